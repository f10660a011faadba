"""Locks a freshly forked process in, before it runs a line of student code: descriptors, limits, Landlock, seccomp."""

from __future__ import annotations

import ctypes
import os
import resource
import secrets
import tempfile

from landlockpy import AccessFS, Ruleset, Scope, fs_for_abi, net_for_abi, scope_for_abi
from seccompy import Filter

from chainrule.inside import outgoing_signals, process_control
from chainrule.inside.messages import Launch, ServerConfig

READ = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
SCRATCH = (
    READ
    | AccessFS.WRITE_FILE
    | AccessFS.TRUNCATE
    | AccessFS.MAKE_REG
    | AccessFS.MAKE_DIR
    | AccessFS.MAKE_FIFO
    | AccessFS.REMOVE_FILE
    | AccessFS.REMOVE_DIR
)
"""All that a notebook needs in its own folder. No symbolic links: nothing outside follows a name made in there."""

CAPABILITIES_VERSION = 0x20080522
GRACE_SECONDS = 5
"""Processor time between SIGXCPU and SIGKILL; by the first, the guard knows why."""


def confine(launch: Launch, config: ServerConfig, system_calls: Filter | None) -> None:
    """Confine this process for good; beside what the kernel needs, only font files are still open from before."""
    guard = os.getppid()
    os.umask(0o077)
    # The fork server and the guard are closed to what runs beside them; into this process the guard must see.
    process_control.set_dumpable(True)
    process_control.end_with_parent(guard)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    os.chdir(launch.scratch)
    _set_environment(launch)
    _be_first_to_go()
    _limit(launch)
    if config.landlock:
        _landlock(launch, config)
    _drop_capabilities()
    if system_calls is not None:
        system_calls.load()
        if not scope_for_abi(config.landlock) & Scope.SIGNAL:
            outgoing_signals.kept_from(guard).load()


def _set_environment(launch: Launch) -> None:
    os.environ.update(launch.environment)
    # What is handed in beside the notebook lies in the scratch folder: it must not be taken for IPython's own.
    unforeseen = os.path.join(launch.scratch, f".{secrets.token_hex(8)}")
    os.environ.update(
        HOME=launch.scratch,
        TMPDIR=launch.scratch,
        IPYTHONDIR=unforeseen,
        JUPYTER_RUNTIME_DIR=os.path.join(unforeseen, "runtime"),
        MPLCONFIGDIR=os.path.join(launch.scratch, ".matplotlib"),
    )
    # Python remembers where temporary files go; the fork server may have asked already.
    tempfile.tempdir = None


def own_files() -> None:
    """Open inherited regular files anew: forks would share one read position, and disturb each other by it."""
    for name in os.listdir("/proc/self/fd"):
        try:
            path = os.readlink(f"/proc/self/fd/{name}")
            if int(name) > 2 and os.path.isfile(path):
                fresh = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                os.dup2(fresh, int(name), inheritable=False)
                os.close(fresh)
        except FileNotFoundError:
            # The descriptor of the listing itself.
            continue


def _limit(launch: Launch) -> None:
    hard = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: launch.file_size,
        resource.RLIMIT_NOFILE: launch.open_files,
        resource.RLIMIT_MEMLOCK: 0,
        # Sudden demands end in a MemoryError here; what grows slowly is the guard's to see. RLIMIT_AS breaks torch.
        resource.RLIMIT_DATA: 4 * launch.memory,
    }
    for name, value in hard.items():
        resource.setrlimit(name, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (launch.cpu_seconds, launch.cpu_seconds + GRACE_SECONDS))


def _be_first_to_go() -> None:
    """When the machine runs out of memory, the student's processes end before the grader."""
    try:
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
    except OSError:
        # A read-only /proc: the limits on memory stand alone.
        pass


def _drop_capabilities() -> None:
    """Where the grader runs as root, in a container say, root's powers end here: limits could be raised again."""
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capabilities could not be dropped")


def _landlock(launch: Launch, config: ServerConfig) -> None:
    abi = config.landlock
    rights = fs_for_abi(abi), net_for_abi(abi), (Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) & scope_for_abi(abi)
    with Ruleset(handled_fs=rights[0], handled_net=rights[1], scoped=rights[2]) as rules:
        for path in config.readable:
            # A directory right on a file is an error, hence the two cases.
            rules.allow_path(path, READ if os.path.isdir(path) else AccessFS.READ_FILE | AccessFS.EXECUTE)
        for device in config.writable_devices:
            rules.allow_path(device, AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        rules.allow_path(launch.scratch, SCRATCH)
        # The kernel binds its sockets here; it can add names but neither remove nor replace one.
        rules.allow_path(launch.sockets, AccessFS.MAKE_SOCK)
        rules.restrict()
