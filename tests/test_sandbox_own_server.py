"""Where Landlock does not keep signals in, each submission has a fork server and a PID namespace of its own."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from conftest import OWN_SERVER_LEVELS, at_level, notebook_of, own_server

from chainrule.engine.notebook import FinishedNotebook, NotebookRunner
from chainrule.probe.outcome import Blocked, OutOfMemory
from chainrule.sandbox import server
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import MEBIBYTE, Limits
from chainrule.sandbox.provisioner import SandboxSettings

Run = Callable[..., FinishedNotebook]

X86_64 = pytest.mark.skipif(platform.machine() != "x86_64", reason="system call numbers of x86_64")

SIGNALS = """
import ctypes, fcntl, os, signal, socket

def attempt(way, number):
    libc = ctypes.CDLL(None, use_errno=True)
    if ways[way](libc, int(number)) >= 0:
        return 0
    return ctypes.get_errno()

guard = os.getppid()
HIGH = 1 << 32
info = (ctypes.c_int * 32)(0, 0, -1)
ways = {
    "kill": lambda libc, n: libc.kill(guard, n),
    "kill, upper half set": lambda libc, n: libc.syscall(62, ctypes.c_long(guard | HIGH), n),
    "its group": lambda libc, n: libc.kill(-guard, n),
    "everybody": lambda libc, n: libc.kill(-1, n),
    "fork server": lambda libc, n: libc.kill(1, n),
    "tgkill": lambda libc, n: libc.syscall(234, guard, guard, n),
    "tkill": lambda libc, n: libc.syscall(200, guard, n),
    "rt_sigqueueinfo": lambda libc, n: libc.syscall(129, guard, n, info),
    "rt_tgsigqueueinfo": lambda libc, n: libc.syscall(297, guard, guard, n, info),
    "pidfd_send_signal": lambda libc, n: libc.syscall(424, libc.syscall(434, guard, 0), n, 0, 0),
    "F_SETOWN": lambda libc, n: libc.fcntl(0, 8, guard),
    "F_SETOWN_EX": lambda libc, n: libc.fcntl(0, 15, (ctypes.c_int * 2)(1, guard)),
    "F_SETSIG": lambda libc, n: libc.fcntl(0, 10, 9),
    "FIOSETOWN": lambda libc, n: libc.ioctl(socket.socketpair()[0].fileno(), 0x8901, ctypes.byref(ctypes.c_int(guard))),
}
"""
WAYS = [line.split('"')[1] for line in SIGNALS.splitlines() if "lambda" in line]


@pytest.fixture(scope="module", params=OWN_SERVER_LEVELS)
def layers(request: pytest.FixtureRequest) -> Layers:
    return at_level(request.param)


@pytest.fixture
def run(layers: Layers) -> Iterator[Run]:
    runners: list[NotebookRunner] = []

    def run(*cells: str, **limits: Any) -> FinishedNotebook:
        runners.append(NotebookRunner(notebook_of(*cells), SandboxSettings(limits=Limits(**limits), layers=layers)))
        return runners[-1].run()

    yield run
    for runner in runners:
        runner.close()


@pytest.fixture(scope="module")
def attacker(layers: Layers) -> Iterator[FinishedNotebook]:
    runner = NotebookRunner(notebook_of(SIGNALS), SandboxSettings(layers=layers))
    yield runner.run()
    runner.close()


@X86_64
@pytest.mark.parametrize("way", WAYS)
def test_no_signal_reaches_the_guard_or_the_fork_server(attacker: FinishedNotebook, way: str) -> None:
    student = attacker.student(5)
    assert student.attempt(way, 0) == 1
    student.close()


def test_signals_to_ones_own_processes_pass(run: Run) -> None:
    cell = (
        "import os, signal, time\n"
        "def ended():\n"
        "    child = os.fork()\n"
        "    if child == 0: time.sleep(60)\n"
        "    os.kill(child, signal.SIGTERM)\n"
        "    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])"
    )
    assert run(cell).student(20).ended() == -15


GREEDY = "x = []\nwhile True: x.append(bytearray(10**6))"


@X86_64
def test_limits_hold_after_an_attack_on_the_guard(run: Run) -> None:
    cells = (SIGNALS, "for number in (9, 19, 2):\n    for way in ways: attempt(way, number)", GREEDY)
    assert isinstance(run(*cells, memory=512 * MEBIBYTE).problem, OutOfMemory)


def test_files_beside_the_sockets_count_too(run: Run, layers: Layers) -> None:
    cell = "import time\nfor i in range(300): open(f'../s/{i}', 'w')\ntime.sleep(60)"
    finished = run(cell, scratch_files=200, cell_seconds=10)
    assert layers.landlock or isinstance(finished.problem, Blocked)


def test_a_server_serves_one_submission_only(layers: Layers) -> None:
    own = server.ForkServer(layers=layers)
    try:
        own.launch(Limits())
        with pytest.raises(server.ServerError, match="of its own"):
            own.launch(Limits())
    finally:
        own.close()


def test_a_submissions_server_ends_with_it(layers: Layers) -> None:
    runner = NotebookRunner(notebook_of("1"), SandboxSettings(layers=layers))
    runner.run()
    own = own_server(runner)
    assert own is not None
    family = psutil.Process(own.process_id).children(recursive=True)
    runner.close()
    assert not own.folder.exists()
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert not own.alive


def test_two_submissions_have_two_servers(run: Run) -> None:
    first, second = run("x = 1\ndef look(): return x"), run("x = 2\ndef look(): return x")
    assert (first.student(5).look(), second.student(5).look()) == (1, 2)
    assert first.kernel is not None
    assert second.kernel is not None
    assert first.kernel.folder.parent != second.kernel.folder.parent


def test_a_notebook_finds_what_it_needs(run: Run) -> None:
    cell = (
        "import os, tempfile, matplotlib.pyplot as plt, subprocess, multiprocessing\n"
        "with tempfile.NamedTemporaryFile() as f: f.write(b'x')\n"
        "plt.plot([1, 2]); plt.savefig('a.png')\n"
        "def size(): return os.path.getsize('a.png')"
    )
    assert run(cell).student(5).size() > 1000
