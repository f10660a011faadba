"""Ends processes of a running `chainrule grade` at random moments, as the machine or a careless hand would."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import psutil

import numbered_course
from chainrule.course.opened import Course
from chainrule.sandbox.kept_process import IDLE_VARIABLE

SECONDS = 300.0
"""How long anything may take that comes to an end."""

POLL_SECONDS = 0.005

LEAVE_SECONDS = 60.0
"""What is still there then is left behind; keepers stay for five seconds when nobody uses them."""

MEETING_PLACE = (f"chainrule-keepers-{os.geteuid()}",)
"""A folder that stays, as this user's; what is in it must not."""

Ending = Callable[[], bool]
"""Ends something of its kind, or says that there is nothing of the kind at the moment."""

INTERRUPT = "interrupt"
"""Of the command, as by Ctrl-C: no kill, and not counted as one."""

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
    """What was done to courses, and how they stood it."""

    ended: Counter[str] = field(default_factory=Counter)
    """By what was killed or interrupted."""
    runs: int = 0
    """How often the command was started."""
    statuses: Counter[int] = field(default_factory=Counter)
    """By exit status of the command."""
    batches: int = 0
    compared: int = 0
    """Grades that were compared with those of the undisturbed run."""

    @property
    def kills(self) -> int:
        """How many of these were kills."""
        return self.ended.total() - self.ended[INTERRUPT]

    def __str__(self) -> str:
        """In one line."""
        ended = ", ".join(f"{number} {what}" for what, number in sorted(self.ended.items()))
        statuses = ", ".join(f"{number} with {status}" for status, number in sorted(self.statuses.items()))
        return (
            f"{self.kills} kills ({ended}) in {self.batches} batches; {self.runs} runs ended ({statuses}); "
            f"{self.compared} grades are those of the undisturbed run"
        )


class Killing:
    """Runs `chainrule grade` on courses and kills parts of it, at moments that a seed draws.

    `temporary` is the temporary folder of all that runs, `arguments` are the command's, asked for before each run. All
    parts that every grading has are ended, or those of `parts`, and `others` by their names.
    """

    def __init__(
        self,
        temporary: Path,
        seed: int,
        arguments: Callable[[], list[str]] = lambda: ["--jobs", "2"],
        parts: Collection[str] = (),
        others: Mapping[str, Ending] = MappingProxyType({}),
    ) -> None:
        """Begin with nothing done."""
        self._temporary = temporary
        self._random = random.Random(seed)
        self._arguments = arguments
        self._said = temporary.with_name("said")
        self.processes = Processes(temporary)
        self.tally = Tally()
        self._command: subprocess.Popen[bytes] | None = None
        found = self.processes
        endings: dict[str, Ending] = {
            "command": lambda: self.ended([psutil.Process(self._pid)]),
            INTERRUPT: lambda: self.ended([psutil.Process(self._pid)], signal.SIGINT),
            "dispatcher": lambda: self.ended(found.dispatchers()),
            "grader": lambda: self.ended(found.graders()),
            "fork server": lambda: self.ended(found.fork_servers()),
            "bubblewrap": lambda: self.ended(found.bubblewraps()),
            "guard": lambda: self.ended(found.guards()),
            "keeper": lambda: self.ended(found.keepers()),
        }
        self._endings = {part: endings[part] for part in parts or endings} | dict(others)
        self._turns = self._random.sample(list(self._endings), len(self._endings))

    @property
    def _pid(self) -> int:
        assert self._command is not None
        return self._command.pid

    def ended(self, processes: list[psutil.Process], how: int = signal.SIGKILL) -> bool:
        """Send the signal to one of these; False if there is none."""
        with suppress(psutil.NoSuchProcess):
            if processes:
                self._random.choice(processes).send_signal(how)
                return True
        return False

    def batch(self, course: Course, kills: int, check: Callable[[], None]) -> None:
        """Grade a course with up to so many kills, started again after each that ends it, until all is graded.

        `check` is called after each run that was disturbed.
        """
        self.tally.batches += 1
        most = self.tally.kills + kills
        while self.tally.kills < most:
            status = self.run(course, min(self._random.randint(1, 5), most - self.tally.kills))
            check()
            if status == 0:
                return
        _until(lambda: self.run(course, 0) == 0)

    def run(self, course: Course, kills: int, *more: str) -> int:
        """Run the command and kill up to so many parts of it, one after the other; its exit status."""
        command = [sys.executable, "-m", "chainrule.cli", "grade", numbered_course.NAME, *self._arguments(), *more]
        environment = {
            **os.environ,
            "TMPDIR": str(self._temporary),
            IDLE_VARIABLE: str(self._random.choice([0, 5])),
        }
        self.tally.runs += 1
        with self._said.open("wb") as said:
            grading = self._command = subprocess.Popen(
                command, cwd=course.folder, env=environment, stdout=said, stderr=said, start_new_session=True
            )
        try:
            before = self.tally.kills
            starting = self._random.random() < 0.25
            while self.tally.kills < before + kills and self._ended_one(grading, course, starting):
                starting = False
            status = grading.wait(SECONDS)
        finally:
            grading.kill()
            grading.wait()
        assert status in ENDED, self.said()
        self.tally.statuses[status] += 1
        return status

    def said(self) -> str:
        """The end of what the last command said."""
        return self._said.read_text(errors="replace")[-3000:]

    def _ended_one(self, grading: subprocess.Popen[bytes], course: Course, starting: bool) -> bool:
        """Wait for a moment and end something; False if the command has ended before."""
        if not starting:
            students = len(list((course.folder / "submitted").iterdir()))
            # In the middle, where there is something to lose; the start has its own turns.
            goal = _written(course) + max(1, self._random.randrange(1 + students // 5))
            _until(lambda: grading.poll() is not None or _written(course) >= goal)
        with suppress(subprocess.TimeoutExpired):
            # Any time after that: this waits for nothing that has to happen.
            grading.wait(self._random.uniform(0, 6 if starting else 0.3))
        while grading.poll() is None:
            # What has not had its turn for longest, of what there is at the moment.
            for target in list(self._turns):
                if self._endings[target]():
                    self._turns.remove(target)
                    self._turns.append(target)
                    self.tally.ended[target] += 1
                    return True
        return False

    def left(self) -> list[str]:
        """What is left of all that has run, a moment later: files and folders, and command lines of processes."""
        deadline = time.monotonic() + LEAVE_SECONDS
        while time.monotonic() < deadline:
            lines = [" ".join(process.cmdline())[:300] for process in self.processes.all()]
            found = [str(place) for place in self._temporary.rglob("*") if place.name not in MEETING_PLACE]
            if not lines and not found:
                return []
            time.sleep(0.2)
        return [*lines, *found]


def _written(course: Course) -> int:
    """How many submissions are written."""
    return len(list((course.folder / "autograded").glob(f"*/{numbered_course.NAME}/results.json")))


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"not so after {SECONDS:g} s"
        time.sleep(POLL_SECONDS)
