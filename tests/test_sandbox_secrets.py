"""Nothing that a notebook can read, reach or harm is the grader's: each test tries, in a real sandboxed kernel.

What is tried would be harmless if it worked: a hole in the sandbox must fail a test, not the machine it runs on.
"""

from __future__ import annotations

import errno
import os
import platform
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import GRADERS_VARIABLE, OWN_SERVER_LEVELS, SHARED_LEVELS, at_level, notebook_of, own_server

import chainrule
from chainrule.engine.notebook import NotebookRunner
from chainrule.probe.student import Student
from chainrule.sandbox import readable, server
from chainrule.sandbox.held_folder import LOCK
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.provisioner import SandboxSettings

ROOT = Path(__file__).parents[1]
PACKAGE = Path(chainrule.__file__).parent

ATTACKER = """
import ctypes, os, socket

def attempt(code):
    names = {"os": os, "socket": socket, "syscall": syscall}
    try:
        exec(code, names)
    except BaseException as error:
        return type(error).__name__
    return names.get("got", "done")

def syscall(number, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *[ctypes.c_long(argument) for argument in arguments]) >= 0:
        return 0
    return ctypes.get_errno()

guard = os.getppid()
"""

UNREADABLE = {"PermissionError", "FileNotFoundError", "NotADirectoryError"}
NOBODYS_USER_ID = 987_654_321
"""Without processes: PRIO_USER for a user who has some would slow down all of them, the machine's own too."""

UNREACHABLE = {"PermissionError", "ProcessLookupError"}

Attempt = Callable[[str], object]

X86_64 = pytest.mark.skipif(platform.machine() != "x86_64", reason="system call numbers of x86_64")


@pytest.fixture(scope="module", params=SHARED_LEVELS + OWN_SERVER_LEVELS)
def layers(request: pytest.FixtureRequest) -> Layers:
    """Every level: what is secret at one is secret at all."""
    return at_level(request.param)


@pytest.fixture(scope="module")
def runner(layers: Layers) -> Iterator[NotebookRunner]:
    os.environ[GRADERS_VARIABLE] = "expected answers"
    runner = NotebookRunner(notebook_of(ATTACKER), SandboxSettings(layers=layers))
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def student(runner: NotebookRunner) -> Student:
    return runner.run().student(seconds=60)


@pytest.fixture(scope="module")
def fork_server(layers: Layers, runner: NotebookRunner, student: Student) -> server.ForkServer:
    """The one that the kernel was forked from."""
    return own_server(runner) or server.shared(server.BASE, layers)


@pytest.fixture
def attempt(student: Student) -> Attempt:
    return student.attempt


@pytest.fixture
def guard(student: Student) -> int:
    """The guard's process id, as seen from the inside."""
    number = student.attempt("got = globals()['__builtins__']['__import__']('__main__').guard")
    assert isinstance(number, int)
    return number


def read(path: object) -> str:
    return f"got = open({str(path)!r}, 'rb').read(10)"


def listed(path: object) -> str:
    return f"got = os.listdir({str(path)!r})"


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder that any process of the same user may read."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "gradebook.db").write_text("every hidden test")
    (folder / "gradebook.db").chmod(0o644)
    return folder


@pytest.mark.parametrize(
    "secret",
    [
        PACKAGE / "assignments" / "xor" / "test_stuck.py",
        PACKAGE / "assignments" / "xor" / "reference.py",
        PACKAGE / "engine" / "seed.py",
        PACKAGE / "sandbox" / "server.py",
        ROOT / "reference" / "xor.py",
        ROOT / "pyproject.toml",
        ROOT / "source" / "numpy_mlp" / "numpy_mlp.ipynb",
        Path(__file__),
        Path("/etc/passwd"),
        Path("/etc/hostname"),
    ],
    ids=str,
)
def test_a_secret_file_cannot_be_read(attempt: Attempt, secret: Path) -> None:
    assert secret.exists()
    assert attempt(read(secret)) in UNREADABLE


@pytest.mark.parametrize("folder", [PACKAGE, PACKAGE / "assignments", ROOT / "source"], ids=str)
def test_a_secret_folder_cannot_be_listed(attempt: Attempt, folder: Path) -> None:
    assert attempt(listed(folder)) in UNREADABLE


@pytest.mark.parametrize(
    "folder", [ROOT, Path.home(), Path("/"), Path("/tmp"), Path("/var"), Path("/dev/shm")], ids=str
)
def test_a_folder_above_shows_nothing_but_the_way_to_what_may_be_read(
    attempt: Attempt, layers: Layers, fork_server: server.ForkServer, tmp_path: Path, folder: Path
) -> None:
    """With Landlock not even that: a folder is either allowed or closed."""
    seen = attempt(listed(folder))
    if isinstance(seen, list):
        assert not layers.landlock
        found = [*readable.build_view(tmp_path, ()).readable, "/proc", "/dev", "/tmp", "/lib", "/lib64"]
        allowed = [fork_server.folder, *map(Path, found)]
        ways = {path.relative_to(folder).parts[0] for path in allowed if folder in path.parents}
        assert set(seen) <= ways
    else:
        assert seen in UNREADABLE


def test_no_process_of_others_is_seen(attempt: Attempt, layers: Layers) -> None:
    seen = attempt(listed("/proc"))
    if isinstance(seen, list):
        assert not layers.landlock
        # Fork server, guard, kernel and its copy.
        assert sum(map(str.isdecimal, seen)) <= 4
    else:
        assert seen in UNREADABLE


def test_a_gradebook_cannot_be_read(attempt: Attempt, course: Path) -> None:
    assert attempt(read(course / "gradebook.db")) in UNREADABLE


def test_a_gradebook_cannot_be_read_by_a_relative_path(attempt: Attempt, course: Path) -> None:
    assert attempt(read("../" * 12 + str(course / "gradebook.db"))) in UNREADABLE


def test_the_fork_servers_folder_shows_at_most_what_is_in_the_sandbox(
    attempt: Attempt, fork_server: server.ForkServer
) -> None:
    seen = attempt(listed(fork_server.folder))
    assert set(seen) == {"runs", "view"} if isinstance(seen, list) else seen in UNREADABLE


@pytest.mark.parametrize("name", ["server.log", LOCK])
def test_the_fork_servers_own_files_cannot_be_read(attempt: Attempt, fork_server: server.ForkServer, name: str) -> None:
    assert (fork_server.folder / name).exists()
    assert attempt(read(fork_server.folder / name)) in UNREADABLE


def test_the_fork_servers_folder_is_closed_to_other_users(fork_server: server.ForkServer) -> None:
    assert fork_server.folder.stat().st_mode & 0o077 == 0


def test_another_submission_cannot_be_read(
    attempt: Attempt, layers: Layers, fork_server: server.ForkServer, tmp_path: Path
) -> None:
    (tmp_path / "answers.txt").write_text("42")
    others = fork_server if layers.scopes_signals else server.ForkServer(layers=layers)
    other = others.launch(SandboxSettings().limits, (tmp_path,))
    try:
        assert (other.folder / "scratch" / "answers.txt").exists()
        assert attempt(read(other.folder / "scratch" / "answers.txt")) in UNREADABLE
    finally:
        other.close()
        if others is not fork_server:
            others.close()


@pytest.mark.parametrize(
    "module", ["chainrule.assignments", "chainrule.engine", "reference", "chainrule.sandbox.server"]
)
def test_a_secret_module_cannot_be_imported(attempt: Attempt, module: str) -> None:
    assert attempt(f"import {module}") == "ModuleNotFoundError"


def test_the_graders_environment_is_not_there(attempt: Attempt) -> None:
    assert os.environ[GRADERS_VARIABLE]
    assert attempt(f"got = os.environ.get({GRADERS_VARIABLE!r})") is None


@pytest.mark.parametrize("entry", ["environ", "mem", "maps", "cmdline", "fd/0", "root/etc/passwd", "cwd/server.log"])
@pytest.mark.parametrize("process", ["guard", "1", "grader"])
def test_nothing_of_a_process_in_proc_can_be_read(
    attempt: Attempt, layers: Layers, guard: int, process: str, entry: str
) -> None:
    pid = {"guard": guard, "grader": os.getpid()}.get(process, process)
    if entry == "cmdline" and process != "grader" and not layers.landlock:
        # Open to everybody in the namespace; it names what may be read.
        pytest.skip("the fork server's command line holds no secret")
    assert attempt(read(f"/proc/{pid}/{entry}")) in UNREADABLE


@pytest.mark.parametrize("process", ["guard", "1"])
def test_no_memory_of_the_guard_or_the_fork_server_can_be_written(attempt: Attempt, guard: int, process: str) -> None:
    pid = guard if process == "guard" else 1
    assert attempt(f"open('/proc/{pid}/mem', 'r+b')") in UNREADABLE


@pytest.mark.parametrize("entry", ["environ", "mem"])
def test_memory_of_the_fork_server_cannot_be_read(attempt: Attempt, fork_server: server.ForkServer, entry: str) -> None:
    assert attempt(read(f"/proc/{fork_server.process_id}/{entry}")) in UNREADABLE


def test_a_view_that_would_hold_the_graders_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readable, "SYSTEM_FOLDERS", (*readable.SYSTEM_FOLDERS, str(PACKAGE.parent)))
    with pytest.raises(readable.ExposedError, match="virtual environment"):
        readable.build_view(tmp_path, ())


# Network and sockets.


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"])
def test_there_is_no_network_socket(attempt: Attempt, family: str) -> None:
    assert attempt(f"socket.socket(socket.{family})") in {"PermissionError", "OSError"}


def test_no_name_can_be_resolved(attempt: Attempt) -> None:
    assert attempt("socket.getaddrinfo('localhost.example', 80)") == "gaierror"


def test_a_unix_socket_cannot_be_connected_to(attempt: Attempt, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        assert attempt(f"socket.socket(socket.AF_UNIX).connect({str(tmp_path / 's')!r})") == "PermissionError"


def test_an_abstract_socket_cannot_be_connected_to(attempt: Attempt) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("\0chainrule-test")
        listening.listen()
        assert attempt(r"socket.socket(socket.AF_UNIX).connect('\0chainrule-test')") == "PermissionError"


@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_RAW", "SOCK_DGRAM | socket.SOCK_CLOEXEC"])
@pytest.mark.parametrize("call", ["socket", "socketpair"])
def test_there_are_no_datagram_sockets_that_could_send_to_a_path(attempt: Attempt, call: str, kind: str) -> None:
    assert attempt(f"socket.{call}(socket.AF_UNIX, socket.{kind})") == "PermissionError"


def test_a_stream_socket_pair_works(attempt: Attempt) -> None:
    assert attempt("a, b = socket.socketpair(); a.send(b'x'); got = b.recv(1)") == b"x"


# Other processes.


@pytest.mark.parametrize("number", [0, signal.SIGSTOP, signal.SIGKILL])
@pytest.mark.parametrize("victim", ["guard", "fork server", "the guard's group"])
def test_no_signal_reaches_outside(
    attempt: Attempt, fork_server: server.ForkServer, guard: int, victim: str, number: int
) -> None:
    inside = 1 if fork_server.layers.bubblewrap else fork_server.process_id
    pid = {"guard": guard, "fork server": inside, "the guard's group": -guard}[victim]
    assert attempt(f"os.kill({pid}, {int(number)})") in UNREACHABLE


def test_the_grader_cannot_be_signalled(attempt: Attempt) -> None:
    assert attempt(f"os.kill({os.getpid()}, 0)") in UNREACHABLE


def test_the_guards_limits_cannot_be_changed(attempt: Attempt, guard: int) -> None:
    assert attempt(f"import resource; resource.prlimit({guard}, resource.RLIMIT_CPU, (0, 0))") in UNREACHABLE


@pytest.mark.parametrize("which", ["PRIO_PROCESS, {guard}", "PRIO_PGRP, {guard}", f"PRIO_USER, {NOBODYS_USER_ID}"])
def test_no_other_process_is_slowed_down(attempt: Attempt, guard: int, which: str) -> None:
    assert attempt(f"os.setpriority(os.{which.format(guard=guard)}, 19)") == "PermissionError"


def test_the_graders_processors_are_not_taken_away(attempt: Attempt) -> None:
    before = os.sched_getaffinity(0)
    attempt(f"os.sched_setaffinity({os.getpid()}, {{0}})")
    assert os.sched_getaffinity(0) == before


def test_the_graders_scheduling_is_left_alone(attempt: Attempt) -> None:
    attempt(f"os.sched_setscheduler({os.getpid()}, os.SCHED_BATCH, os.sched_param(0))")
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


@X86_64
@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("ptrace", (101, 16, "guard", 0, 0)),
        ("process_vm_readv", (310, "guard", 0, 0, 0, 0, 0)),
        ("pidfd_getfd", (438, 0, 0, 0)),
        ("unshare", (272, 0x10000000)),
        ("setns", (308, 0, 0)),
        ("clone with a new user namespace", (56, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)),
        ("mount", (165, 0, 0, 0, 0, 0)),
        ("chroot", (161, 0)),
        ("bpf", (321, 0, 0, 0)),
        ("perf_event_open", (298, 0, 0, -1, -1, 0)),
        ("userfaultfd", (323, 0)),
        ("io_uring_setup", (425, 1, 0)),
        ("keyctl", (250, 0, 0, 0, 0, 0)),
        ("memfd_create", (319, 0, 0)),
        ("shmget", (29, 0, 4096, 0o1600)),
        ("mq_open", (240, 0, 0, 0, 0)),
        ("inotify_init", (253,)),
        ("setsid", (112,)),
        ("personality", (135, 0)),
        ("open_by_handle_at", (304, 0, 0, 0)),
        ("prctl(PR_SET_DUMPABLE)", (157, 4, 0, 0, 0, 0)),
        ("prctl(PR_SET_DUMPABLE), hidden in the upper half", (157, 4 | 1 << 32, 0, 0, 0, 0)),
        ("ioctl(TIOCSTI)", (16, 0, 0x5412, 0)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_dangerous_system_call_is_refused(
    attempt: Attempt, guard: int, call: str, arguments: tuple[int | str, ...]
) -> None:
    numbers = [guard if argument == "guard" else argument for argument in arguments]
    assert attempt(f"got = syscall(*{numbers!r})") == errno.EPERM, call


@X86_64
@pytest.mark.parametrize(
    ("call", "number"), [("clone3", 435), ("x32 ptrace", 0x40000000 | 521), ("x32 read", 0x40000000)]
)
def test_another_way_to_the_same_system_calls_is_closed(attempt: Attempt, call: str, number: int) -> None:
    assert attempt(f"got = syscall({number}, 0, 0, 0)") == errno.ENOSYS, call


def test_no_capability_is_left(attempt: Attempt) -> None:
    code = (
        "import ctypes, struct; data = (ctypes.c_uint32 * 6)(); "
        "ctypes.CDLL(None).capget((ctypes.c_uint32 * 2)(0x20080522, 0), data); got = bytes(data)"
    )
    assert attempt(code) == struct.pack("6I", 0, 0, 0, 0, 0, 0)


def test_a_limit_once_set_cannot_be_raised(attempt: Attempt) -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))"
    )
    assert attempt(code) in {"ValueError", "PermissionError"}


# Files of others.


def test_the_scratch_folder_can_be_written(attempt: Attempt) -> None:
    assert attempt("open('mine.txt', 'w').write('x'); got = open('mine.txt').read()") == "x"


def test_files_can_be_copied_with_their_metadata(attempt: Attempt) -> None:
    code = "import shutil; open('a', 'w').write('x'); shutil.copy('a', 'b'); shutil.copy2('b', 'c')"
    assert attempt(code + "; got = open('c').read()") == "x"


@pytest.mark.parametrize("place", ["/tmp", "/dev", "/dev/shm", "/var/tmp", str(ROOT), "..", "../..", "../s", "/"])
def test_nothing_can_be_written_outside_the_scratch_folder(attempt: Attempt, layers: Layers, place: str) -> None:
    if place == "../s" and not layers.landlock:
        pytest.skip("the folder of the kernel's own sockets; what is in there counts as the scratch folder's files do")
    assert attempt(f"open({place + '/chainrule-test'!r}, 'x')") in {*UNREADABLE, "OSError"}


def test_the_modules_of_the_view_cannot_be_changed(attempt: Attempt) -> None:
    assert attempt("import json; open(json.__file__, 'a')") in {"PermissionError", "OSError"}


def test_links_cannot_be_made(attempt: Attempt) -> None:
    assert attempt("os.symlink('/etc/passwd', 'link')") == "PermissionError"


def test_a_readable_file_cannot_be_linked_into_the_scratch_folder(attempt: Attempt) -> None:
    assert attempt("import json; os.link(os.path.realpath(json.__file__), 'hard')") in {"PermissionError", "OSError"}


def test_the_gradebook_cannot_be_opened_to_other_users(attempt: Attempt, course: Path) -> None:
    attempt(f"os.chmod({str(course / 'gradebook.db')!r}, 0o666)")
    assert (course / "gradebook.db").stat().st_mode & 0o777 == 0o644


def test_the_gradebooks_time_cannot_be_changed(attempt: Attempt, course: Path) -> None:
    before = (course / "gradebook.db").stat().st_mtime
    attempt(f"os.utime({str(course / 'gradebook.db')!r}, (1, 1))")
    assert (course / "gradebook.db").stat().st_mtime == before


def test_the_gradebook_cannot_be_emptied_by_its_path(attempt: Attempt, course: Path) -> None:
    assert attempt(f"os.truncate({str(course / 'gradebook.db')!r}, 0)") in {*UNREADABLE, "OSError"}


def test_the_gradebook_cannot_be_removed(attempt: Attempt, course: Path) -> None:
    assert attempt(f"os.remove({str(course / 'gradebook.db')!r})") in {*UNREADABLE, "OSError"}


def test_the_kernels_sockets_cannot_be_replaced(attempt: Attempt, layers: Layers) -> None:
    if not layers.landlock:
        pytest.skip("they can, but no link can be made that would lead the grader elsewhere")
    assert attempt("os.remove('../s/k-1')") == "PermissionError"


def test_no_link_can_lead_the_grader_elsewhere(attempt: Attempt) -> None:
    assert attempt("os.symlink('/run', '../s/link')") == "PermissionError"


def test_no_inherited_descriptor_leads_out(student: Student) -> None:
    """Regular files other than fonts, and folders, would."""
    found = student.attempt(
        "import stat\ngot = []\n"
        "for number in range(3, 512):\n"
        "    try: status = os.fstat(number)\n"
        "    except OSError: continue\n"
        "    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode): got.append(os.pread(number, 4, 0))"
    )
    assert set(found) <= {b"\x00\x01\x00\x00", b"OTTO"}
