"""What attacks aim at, laid out where any process of the user could get it: a course, a process, sockets, memory."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

import chainrule

VARIABLE = "CHAINRULE_BAIT"
"""In the environment of whoever lays the bait, which is the grader."""

COURSE_FILES = (
    "course/gradebook.db",
    "course/.chainrule/secret",
    "course/nbgrader_config.py",
    "course/source/week1/week1.ipynb",
    "course/assignments/week1/reference.py",
    "course/assignments/week1/test_softmax.py",
    "course/autograder/graders/test_softmax.py",
    "course/submitted/bob/week1/week1.ipynb",
    "course/autograded/bob/week1/results.json",
    "home/.bashrc",
    "home/.ssh/id_rsa",
)
"""Each of them holds the secret."""

LARGE = 100 * 2**20
"""The size of a file of which all but the secret is a hole."""

IPC_PRIVATE, IPC_RMID, FOR_THE_OWNER = 0, 0, 0o600
SIGNALS = (signal.SIGUSR1, signal.SIGIO)
WAITING = """
import os, signal
for number in {numbers}:
    signal.signal(number, lambda number, frame: os.write(1, b"signal %d\\n" % number))
os.write(1, b"ready\\n")
while True:
    signal.pause()
"""
"""What the bystander runs: it says which signals it gets."""


@dataclass(frozen=True)
class Bait:
    """`secret` is in all of it; `names` fill in the names in braces of an attack's code."""

    secret: str
    folder: Path
    names: Mapping[str, object]
    bystander: psutil.Process
    says: int
    """What the bystander writes to."""
    listening: Mapping[str, socket.socket]
    before: Mapping[str, object] = field(default_factory=dict)

    def harmed(self) -> list[str]:
        """What is no longer as it was laid."""
        now = _state(self)
        return sorted(what for what in now.keys() | self.before.keys() if now.get(what) != self.before.get(what))


@contextmanager
def laid(**more: object) -> Iterator[Bait]:
    """Lay the bait out until the end of the block; `more` names are known beside its own."""
    secret = f"bait-{secrets.token_hex(16)}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chainrule-trial-")))
        folder.chmod(0o755)
        for name in COURSE_FILES:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{secret}\n")
            file.chmod(0o644)
        (folder / "large").write_text(secret)
        os.truncate(folder / "large", LARGE)
        stack.callback(os.environ.pop, VARIABLE, None)
        os.environ[VARIABLE] = secret
        listening = {"path": str(folder / "s"), "abstract": f"\0{secret}"}
        sockets = {kind: stack.enter_context(_listener(socket.AF_UNIX, at)) for kind, at in listening.items()}
        sockets["tcp"] = stack.enter_context(_listener(socket.AF_INET, ("127.0.0.1", 0)))
        shared = stack.enter_context(_shared_file(secret))
        bystander, says = stack.enter_context(_bystander(secret, folder / "course"))
        names = {
            "course": folder / "course",
            "home": folder / "home",
            "package": Path(str(chainrule.__file__)).parent,
            "variable": VARIABLE,
            "grader": os.getpid(),
            "bystander": bystander.pid,
            "socket": listening["path"],
            "abstract": secret,
            "port": sockets["tcp"].getsockname()[1],
            "shared": shared,
            "segment": stack.enter_context(_segment(secret)),
            **more,
        }
        bait = Bait(secret, folder, names, bystander, says, sockets)
        yield Bait(secret, folder, names, bystander, says, sockets, _state(bait))


@contextmanager
def _listener(family: int, address: str | tuple[str, int]) -> Iterator[socket.socket]:
    with socket.socket(family) as listening:
        listening.bind(address)
        listening.listen()
        listening.setblocking(False)
        yield listening


@contextmanager
def _shared_file(secret: str) -> Iterator[Path]:
    """A file in shared memory."""
    file = Path("/dev/shm") / secret[:20]
    file.write_text(secret)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def _segment(secret: str) -> Iterator[int]:
    """A System V segment of shared memory that every process of the user may attach; its number."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    number = libc.shmget(IPC_PRIVATE, ctypes.c_size_t(4096), FOR_THE_OWNER)
    if number < 0:
        raise OSError(ctypes.get_errno(), "no shared memory")
    try:
        place = libc.shmat(number, None, 0)
        ctypes.memmove(place, secret.encode(), len(secret))
        libc.shmdt(ctypes.c_void_p(place))
        yield number
    finally:
        libc.shmctl(number, IPC_RMID, None)


@contextmanager
def _bystander(secret: str, folder: Path) -> Iterator[tuple[psutil.Process, int]]:
    """A process that has the secret in its memory, arguments, environment, open files and working folder."""
    code = WAITING.format(numbers=[int(number) for number in SIGNALS])
    with (
        (folder / ".chainrule" / "secret").open() as file,
        subprocess.Popen(
            [sys.executable, "-S", "-c", code, secret],
            cwd=folder,
            env={VARIABLE: secret},
            stdin=file,
            stdout=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        os.set_blocking(process.stdout.fileno(), False)
        try:
            yield psutil.Process(process.pid), process.stdout.fileno()
        finally:
            # Continued first: an attack may have stopped it.
            for number in (signal.SIGKILL, signal.SIGCONT):
                process.send_signal(number)


def _state(bait: Bait) -> dict[str, object]:
    """Everything that an attack could have changed."""
    state: dict[str, object] = {}
    for place in sorted(bait.folder.rglob("*")):
        status = place.lstat()
        content = place.read_bytes() if place.is_file() and status.st_size < LARGE else b""
        state[f"{place.relative_to(bait.folder)}"] = (status.st_mode, status.st_uid, status.st_mtime_ns, content)
    shared = Path(str(bait.names["shared"]))
    state["shared memory"] = shared.read_text() if shared.exists() else None
    process = bait.bystander
    with suppress(psutil.NoSuchProcess):
        stopped = process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
        state["the process"] = (stopped, process.nice(), process.cpu_affinity(), process.rlimit(psutil.RLIMIT_CPU))
    for pid in (os.getpid(), process.pid):
        with suppress(ProcessLookupError):
            state[f"the schedule of {pid}"] = (
                os.sched_getscheduler(pid),
                os.sched_getaffinity(pid),
                os.getpriority(os.PRIO_PROCESS, pid),
            )
    with suppress(BlockingIOError):
        state |= dict.fromkeys(os.read(bait.says, 1000).decode().splitlines(), True)
    for kind, listening in bait.listening.items():
        try:
            listening.accept()[0].close()
            state[f"{kind} socket"] = "somebody connected"
        except BlockingIOError:
            pass
    return state
