"""Locks a freshly forked process in, before it runs a line of student code: descriptors, limits, Landlock, seccomp."""

from __future__ import annotations

import errno
import os
import platform
import resource
import socket

from landlockpy import AccessFS, Ruleset, Scope
from seccompy import Action, ArgCmp, CmpOp, Filter, syscall_nr

from autograder.sandbox.inside.orders import Launch, ServerConfig

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

FORBIDDEN_CALLS = (
    "ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp "
    "mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr "
    "unshare setns bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register "
    "keyctl add_key request_key name_to_handle_at open_by_handle_at fanotify_init "
    "init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff acct quotactl "
    "settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog vhangup iopl ioperm "
    "connect shmget shmat msgget semget mq_open memfd_secret"
).split()
"""System calls that no notebook needs and an escape might: answered with EPERM.

`connect` is among them: the kernel's own sockets only listen, and Landlock cannot yet say which unix sockets may be
reached by path.
"""

X32_BIT = 0x40000000

NAMESPACE_FLAGS = 0x7E020000 | 0x00000080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME, from linux/sched.h."""


def confine(launch: Launch, config: ServerConfig) -> None:
    """Confine this process for good; beside what the kernel needs, only font files are still open from before."""
    os.umask(0o077)
    _own_files()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    os.chdir(launch.scratch)
    os.environ.update(
        HOME=launch.scratch,
        TMPDIR=launch.scratch,
        IPYTHONDIR=os.path.join(launch.scratch, ".ipython"),
        JUPYTER_RUNTIME_DIR=os.path.join(launch.scratch, ".runtime"),
        MPLCONFIGDIR=os.path.join(launch.scratch, ".matplotlib"),
    )
    _limit(launch)
    if config.landlock:
        _landlock(launch, config)
    if config.seccomp:
        _seccomp()


def _own_files() -> None:
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
        resource.RLIMIT_CPU: launch.cpu_seconds,
        resource.RLIMIT_FSIZE: launch.file_size,
        resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_MEMLOCK: 0,
        # Sudden demands end in a MemoryError here; what grows slowly is the guard's to see. RLIMIT_AS breaks torch.
        resource.RLIMIT_DATA: 4 * launch.memory,
    }
    for name, value in hard.items():
        resource.setrlimit(name, (value, value))


def _landlock(launch: Launch, config: ServerConfig) -> None:
    with Ruleset(scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as rules:
        for path in config.readable:
            # A directory right on a file is an error, hence the two cases.
            rules.allow_path(path, READ if os.path.isdir(path) else AccessFS.READ_FILE | AccessFS.EXECUTE)
        for device in config.writable_devices:
            rules.allow_path(device, AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        rules.allow_path(launch.scratch, SCRATCH)
        # The kernel binds its sockets here; it can add names but neither remove nor replace one.
        rules.allow_path(launch.sockets, AccessFS.MAKE_SOCK)
        rules.restrict()


def _seccomp() -> None:
    rules = Filter(default=Action.ALLOW)
    for number in _numbers(FORBIDDEN_CALLS):
        rules.errno(number, errno.EPERM)
    if platform.machine() == "x86_64":
        # The x32 ABI reaches the same calls under other numbers (and some of its own, 512 to 547).
        for number in {*_numbers([*FORBIDDEN_CALLS, "socket", "clone", "clone3", "sendto"]), *range(512, 548)}:
            rules.errno(X32_BIT | number, errno.EPERM)
    # clone3 hides its flags behind a pointer; glibc falls back to clone when it is not there.
    rules.errno("clone3", errno.ENOSYS)
    for bit in range(64):
        if NAMESPACE_FLAGS >> bit & 1:
            rules.errno("clone", errno.EPERM, args=[ArgCmp(0, CmpOp.MASKED_EQ, 1 << bit, mask=1 << bit)])
    # ipykernel tries a TCP pipe first. ZeroMQ aborts when it may not list the network interfaces, unless told EINVAL.
    rules.errno("socket", errno.EINVAL, args=[ArgCmp(0, CmpOp.EQ, int(socket.AF_NETLINK))])
    rules.errno("socket", errno.EPERM, args=[ArgCmp(0, CmpOp.NE, int(socket.AF_UNIX))])
    rules.errno("socket", errno.EPERM, args=[ArgCmp(1, CmpOp.MASKED_EQ, int(socket.SOCK_DGRAM), mask=0xF)])
    rules.errno("sendto", errno.EPERM, args=[ArgCmp(4, CmpOp.NE, 0)])
    rules.load()


def _numbers(names: list[str]) -> set[int]:
    """The numbers of these system calls, leaving out what this processor architecture does not have."""
    numbers = set()
    for name in names:
        try:
            numbers.add(syscall_nr(name))
        except ValueError:
            continue
    return numbers
