"""Ends processes of a running `chainrule grade` at random moments, as the machine or a careless hand would."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

import numbered_course
from chainrule.course.opened import Course
from chainrule.sandbox.kept_process import IDLE_VARIABLE

SECONDS = 300.0
"""How long anything may take that comes to an end."""

POLL_SECONDS = 0.005

ENDED = (0, 1, 2, 130, -signal.SIGINT, -signal.SIGKILL)
"""Graded; some submission, or none, could not be; interrupted, also before our first line; killed."""


class Processes:
    """The processes of gradings whose temporary folder is `temporary`: each has it in its command line."""

    def __init__(self, temporary: Path) -> None:
        """Look there."""
        self._temporary = str(temporary)

    def all(self) -> list[psutil.Process]:
        """All of them but the commands themselves; what has ended has no command line."""
        return [process for process, _ in self._found()]

    def _found(self) -> Iterator[tuple[psutil.Process, str]]:
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess):
                line = " ".join(process.cmdline())
                if self._temporary in line:
                    yield process, line

    def _of(self, module: str) -> list[psutil.Process]:
        return [process for process, line in self._found() if module in line]

    def keepers(self) -> list[psutil.Process]:
        """They hold a fork server."""
        return self._of("chainrule.sandbox.keeper")

    def dispatchers(self) -> list[psutil.Process]:
        """The first of their kind; their forks have the same command line."""
        return self._by_kin("chainrule.workers.dispatcher", 0)

    def graders(self) -> list[psutil.Process]:
        """Forks of a dispatcher."""
        return self._by_kin("chainrule.workers.dispatcher", 1)

    def bubblewraps(self) -> list[psutil.Process]:
        """What stands around a fork server."""
        return [one for one in self._of("chainrule.inside.fork_server") if _name(one) == "bwrap"]

    def fork_servers(self) -> list[psutil.Process]:
        """The first of their kind; guards and kernels have the same command line."""
        return self._by_kin("chainrule.inside.fork_server", 0)

    def guards(self) -> list[psutil.Process]:
        """Forks of a fork server."""
        return self._by_kin("chainrule.inside.fork_server", 1)

    def _by_kin(self, module: str, generation: int) -> list[psutil.Process]:
        """Those of a module with so many ancestors of the same."""
        family = {one.pid: one for one in self._of(module) if _name(one) != "bwrap"}
        found = []
        for one in family.values():
            with suppress(psutil.NoSuchProcess):
                if sum(parent.pid in family for parent in one.parents()) == generation:
                    found.append(one)
        return found


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return ""


@dataclass
class Tally:
    """What was done to a course, and how it stood it."""

    kills: Counter[str] = field(default_factory=Counter)
    """By what was killed."""
    runs: int = 0
    """How often the command was started."""
    endings: Counter[int] = field(default_factory=Counter)
    """By exit status."""
    compared: int = 0
    """Grades that were compared with those of the undisturbed run; lost, doubled or wrong is what differs."""

    @property
    def killed(self) -> int:
        """How many processes were killed or interrupted."""
        return sum(self.kills.values())


class Killing:
    """Runs `chainrule grade` on a course and kills parts of it, at moments that a seed draws."""

    def __init__(self, course: Course, temporary: Path, seed: int, jobs: int = 2) -> None:
        """Begin with nothing done; `temporary` is the temporary folder of all that runs."""
        self._course = course
        self._temporary = temporary
        self._random = random.Random(seed)
        self._jobs = jobs
        self._said = temporary.with_name("said")
        self.processes = Processes(temporary)
        self.tally = Tally()
        self._turns: list[str] = []

    def run(self, kills: int) -> int:
        """Run the command and kill up to so many processes of it, one after the other; its exit status."""
        self.tally.runs += 1
        command = [sys.executable, "-m", "chainrule.cli", "grade", numbered_course.NAME, "--jobs", str(self._jobs)]
        environment = {
            **os.environ,
            "TMPDIR": str(self._temporary),
            IDLE_VARIABLE: str(self._random.choice([0, 5])),
        }
        with self._said.open("wb") as said:
            grading = subprocess.Popen(
                command, cwd=self._course.folder, env=environment, stdout=said, stderr=said, start_new_session=True
            )
        try:
            for number in range(kills):
                if not self._killed_one(grading, first=number == 0):
                    break
            status = grading.wait(SECONDS)
        finally:
            grading.kill()
            grading.wait()
        assert status in ENDED, self._said.read_text(errors="replace")[-3000:]
        self.tally.endings[status] += 1
        return status

    def written(self) -> int:
        """How many submissions are written."""
        return len(list((self._course.folder / "autograded").glob(f"*/{numbered_course.NAME}/results.json")))

    def _killed_one(self, grading: subprocess.Popen[bytes], first: bool) -> bool:
        """Wait for a moment and kill something; False if the command has ended before."""
        goal = self.written() + self._random.randrange(9)
        starting = first and self._random.random() < 0.25
        if not starting:
            _until(lambda: grading.poll() is not None or self.written() >= goal)
        with suppress(subprocess.TimeoutExpired):
            # Any time after that: this waits for nothing that has to happen.
            grading.wait(self._random.uniform(0, 6 if starting else 0.3))
        while grading.poll() is None:
            if self._took_a_turn(grading):
                return True
        return False

    def _took_a_turn(self, grading: subprocess.Popen[bytes]) -> bool:
        """Kill what has not had its turn for longest, of what there is at the moment."""
        found = {
            "command": [psutil.Process(grading.pid)],
            "interrupt": [psutil.Process(grading.pid)],
            "dispatcher": self.processes.dispatchers(),
            "grader": self.processes.graders(),
            "fork server": self.processes.fork_servers(),
            "bubblewrap": self.processes.bubblewraps(),
            "guard": self.processes.guards(),
            "keeper": self.processes.keepers(),
        }
        if not self._turns:
            self._turns = self._random.sample(list(found), len(found))
        for target in self._turns:
            if found[target]:
                self._turns.remove(target)
                self._turns.append(target)
                with suppress(psutil.NoSuchProcess):
                    process = self._random.choice(found[target])
                    process.send_signal(signal.SIGINT if target == "interrupt" else signal.SIGKILL)
                    self.tally.kills[target] += 1
                    return True
        return False

    def until_all_is_done(self) -> None:
        """Run the command undisturbed until nothing is left to be graded."""
        _until(lambda: self.run(0) == 0)


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"not so after {SECONDS:g} s"
        time.sleep(POLL_SECONDS)
