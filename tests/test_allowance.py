"""A submission's code may take so much processor time, or do nothing so long, whatever else the machine does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from conftest import RunCells

from busy import crowded
from chainrule.inside.messages import MAX_MESSAGE, HowMuch, LimitHit, ToGuard, Used
from chainrule.probe.outcome import TimedOut
from chainrule.sandbox import layers, server
from chainrule.sandbox.allowance import Allowance
from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.limits import BACKSTOP

SPIN = """
import time
def spin(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
"""

IN_CHILDREN = """
import os
def in_children(seconds, count, wait=True):
    for _ in range(count):
        if os.fork() == 0:
            spin(seconds); os._exit(0)
        if wait: os.wait()
    while True:
        try: os.wait()
        except ChildProcessError: return
"""


@pytest.fixture
def warm_here() -> server.ForkServer:
    """The fork server of `run_here`."""
    return server.shared(server.BASE, layers.found())


def notes(run: RunCells, *cells: str, seconds: float) -> list[str]:
    return run(SPIN, IN_CHILDREN, *cells, cell_seconds=seconds).notes


# Cells.


def test_a_cell_that_spins_is_stopped_by_processor_time(run_here: RunCells) -> None:
    (note,) = notes(run_here, "spin(1000)", seconds=0.5)
    assert note == "Cell 3 did not finish within 0.5 s of processor time and was stopped."


def test_a_cell_that_sleeps_is_stopped_by_that(run_here: RunCells) -> None:
    (note,) = notes(run_here, "time.sleep(1000)", seconds=0.5)
    assert note == "Cell 3 waited for 0.5 s without doing anything and was stopped."


def test_the_time_of_child_processes_counts(run_here: RunCells) -> None:
    (note,) = notes(run_here, "in_children(1000, 3, wait=False)", seconds=0.5)
    assert "of processor time" in note


def test_the_time_of_child_processes_that_have_ended_counts(run_here: RunCells) -> None:
    (note,) = notes(run_here, "in_children(0.2, 1000)", seconds=0.5)
    assert "of processor time" in note


NOBODY_WAITS = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"


def test_the_time_of_child_processes_that_nobody_waits_for_counts(run_here: RunCells) -> None:
    """Linux forgets it with them."""
    (note,) = notes(run_here, NOBODY_WAITS + "while True: in_children(0.3, 1, wait=False)", seconds=0.5)
    assert "of processor time" in note


def test_a_cell_that_hides_its_time_meets_the_wall_clock(run_here: RunCells) -> None:
    """No look of the guard's comes often enough for these."""
    # There may be a second one: an interrupt is lost when it comes in the middle of a fork.
    note, *_ = notes(run_here, NOBODY_WAITS + "while True: in_children(0.002, 1, wait=False)", seconds=0.3)
    assert "was stopped" in note


def test_all_cells_together_have_a_limit_too(run_here: RunCells) -> None:
    finished = run_here(SPIN, *["spin(0.6)"] * 3, "print('never')", notebook_seconds=1)
    assert finished.notes[0] == "Cell 3 was stopped: the notebook did not finish within 1 s of processor time."
    assert isinstance(finished.problem, TimedOut)
    assert "from cell 4 on, did not run" in str(finished.problem)


# On one core with four busy processes, which makes five seconds of one.


def test_a_slow_cell_is_not_late_on_a_busy_machine(run_here: RunCells, warm_here: server.ForkServer) -> None:
    with crowded(warm_here):
        started = time.monotonic()
        assert notes(run_here, "spin(0.7)", seconds=1) == []
        assert time.monotonic() - started > 1


def test_many_short_processes_are_not_late_on_a_busy_machine(run_here: RunCells, warm_here: server.ForkServer) -> None:
    """What each of them waited for a core goes with it, and must not look like sleep."""
    with crowded(warm_here):
        started = time.monotonic()
        assert notes(run_here, "in_children(0.01, 70)", seconds=2) == []
        assert time.monotonic() - started > 2


def test_a_sleeping_cell_is_stopped_as_soon_on_a_busy_machine(run_here: RunCells, warm_here: server.ForkServer) -> None:
    with crowded(warm_here):
        started = time.monotonic()
        (note,) = notes(run_here, "time.sleep(1000)", seconds=1)
        assert "without doing anything" in note
        assert time.monotonic() - started < BACKSTOP


def test_a_slow_function_is_not_late_on_a_busy_machine(run_here: RunCells, warm_here: server.ForkServer) -> None:
    with crowded(warm_here):
        student = run_here(SPIN).student(1)
        started = time.monotonic()
        assert student.spin(0.7) is None
        assert time.monotonic() - started > 1


# Hidden tests.


def test_a_function_that_spins_runs_out_of_processor_time(run_here: RunCells) -> None:
    with pytest.raises(TimedOut, match=r"`spin` did not finish within 0\.3 s of processor time\. Is there a loop"):
        run_here(SPIN).student(0.3).spin(1000)


def test_a_function_that_sleeps_is_told_so(run_here: RunCells) -> None:
    with pytest.raises(TimedOut, match=r"`sleep` waited for 0\.3 s without doing anything\.$"):
        run_here("from time import sleep").student(0.3).sleep(1000)


def test_a_function_that_spins_in_child_processes_runs_out_of_processor_time(run_here: RunCells) -> None:
    with pytest.raises(TimedOut, match="of processor time"):
        run_here(SPIN, IN_CHILDREN).student(0.3).in_children(1000, 3, False)


def test_several_calls_have_the_time_together(run_here: RunCells) -> None:
    student = run_here(SPIN).student(0.5)
    student.spin(0.3)
    with pytest.raises(TimedOut):
        student.spin(0.4)


def test_what_the_grader_does_between_calls_is_not_counted(run_here: RunCells) -> None:
    student = run_here(SPIN).student(0.5)
    student.spin(0.1)
    time.sleep(1)
    end = time.thread_time() + 0.6
    while time.thread_time() < end:
        pass
    assert student.spin(0.1) is None


def test_several_copies_have_the_time_together(run_here: RunCells) -> None:
    finished = run_here(SPIN)
    together = finished.allowance(0.5)
    finished.student(5, together=together).spin(0.3)
    with pytest.raises(
        TimedOut, match=r"^Together, the hidden tests did not finish within 0\.5 s of processor time\.$"
    ):
        finished.student(5, together=together).spin(0.4)


# An allowance by itself, with a guard made by hand.


class Guard:
    """Says what it is told to."""

    def __init__(self) -> None:
        self.report, self.end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        probe, self._inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.kernel = SandboxedKernel(self.report, probe, folder=Path("/nonexistent"), key="")
        self.asked = 0
        self.awake_for = self.processor = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while message := self.end.recv(MAX_MESSAGE):
            question = msgspec.json.decode(message, type=ToGuard)
            if isinstance(question, HowMuch):
                self.asked += 1
                # Late, of another question, and with news in between.
                self.end.send(msgspec.json.encode(Used(question.since - 1, 10**6, 0.0)))
                self.end.send(msgspec.json.encode(LimitHit("memory", kernel=False)))
                time.sleep(0.02)
                self.end.send(msgspec.json.encode(Used(question.since, self.processor, self.awake_for)))

    def close(self) -> None:
        for end in (self.report, self.kernel.probe, self._inside):
            end.close()
        self._thread.join(10)
        self.end.close()


@pytest.fixture
def guard() -> Iterator[Guard]:
    made = Guard()
    yield made
    made.close()


def wall_clock_until_used_up(allowance: Allowance) -> float:
    started = time.monotonic()
    with allowance:
        while not allowance.used_up():
            time.sleep(min(allowance.patience(), 0.02))
    return time.monotonic() - started


def test_the_guard_is_not_asked_before_it_matters(guard: Guard) -> None:
    allowance = Allowance(guard.kernel, 5)
    with allowance:
        assert not allowance.used_up()
        assert allowance.patience() > 4
    assert guard.asked == 0


def test_time_that_is_hidden_ends_at_ten_times_the_wall_clock(guard: Guard) -> None:
    guard.awake_for = 10**6
    allowance = Allowance(guard.kernel, 0.1)
    assert wall_clock_until_used_up(allowance) == pytest.approx(BACKSTOP * 0.1, abs=0.5)
    assert allowance.used_up() == "did not finish within 1 s"


def test_a_guard_that_does_not_answer_leaves_the_wall_clock(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SandboxedKernel, "used", lambda kernel, since: None)
    allowance = Allowance(guard.kernel, 0.1)
    assert wall_clock_until_used_up(allowance) > BACKSTOP * 0.1
    assert allowance.used_up() == "did not finish within 1 s"


def test_what_was_said_of_another_question_is_not_taken_for_the_answer(guard: Guard) -> None:
    guard.processor = 7.0
    used = guard.kernel.used(time.monotonic())
    assert used is not None
    assert used.processor == 7.0
    assert guard.kernel.limits_hit == ["memory"]


def test_the_graders_own_time_counts_as_processor_time(guard: Guard) -> None:
    allowance = Allowance(guard.kernel, 0.2)
    with allowance:
        while not allowance.used_up():
            pass
    assert "processor time" in allowance.used_up()
