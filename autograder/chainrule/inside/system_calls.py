"""The system calls that a notebook may not make, as a seccomp filter.

A deny list on purpose: what numpy, torch and IPython call changes with every release, and the files are Landlock's
business. What is denied is what reaches past the submission: the network, other processes, other files' metadata,
memory that nobody counts, and the kernel's rarely used corners.
"""

from __future__ import annotations

import errno
import mmap
import platform
import socket

from seccompy import Action, ArgCmp, CmpOp, Filter, syscall_nr

from chainrule.inside.process_control import PR_SET_DUMPABLE, PR_SET_PDEATHSIG

FORBIDDEN = """
    ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd kcmp
    mount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick mount_setattr
    statmount listmount listns unshare setns bpf perf_event_open userfaultfd modify_ldt personality lookup_dcookie
    io_uring_setup io_uring_enter io_uring_register io_setup io_submit io_getevents io_pgetevents io_destroy
    io_cancel keyctl add_key request_key name_to_handle_at open_by_handle_at fanotify_init fanotify_mark file_setattr
    init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff acct quotactl quotactl_fd
    settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog vhangup iopl ioperm uselib
    ioprio_set migrate_pages move_pages
    connect
    shmget shmat msgget semget mq_open memfd_create memfd_secret
    inotify_init inotify_init1 inotify_add_watch
    setsid setpgid
    symlink symlinkat
"""
"""Answered with EPERM.

`connect`: Landlock does not yet say which sockets may be reached by path, and the kernel's own sockets only listen.
`memfd_create` and the line it is in: memory that belongs to no process's resident size. `inotify`: a watch on a folder
tells the names of files in it, and Landlock lets it pass. `setsid`, `setpgid`: everything stays in the kernel's process
group, so that one signal ends it all; a chain of forks outruns a list. `symlink`: nothing outside follows a name made
in there, with Landlock or without.
"""

SCHEDULING = "sched_setaffinity sched_setscheduler sched_setparam sched_setattr"
"""Landlock lets these reach other processes of the same user, the grader among them.

For any but the caller itself (0) they do nothing and say that all went well: ZeroMQ aborts otherwise.
"""

METADATA = "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat"
"""Change any file of the same user by its path: opening the gradebook to everybody, say. Landlock lets them pass.

They do nothing and say that all went well, because `shutil.copy` and its like call them by the way.
"""

ATTRIBUTES = "setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat"
"""Answered as by a file system that has no extended attributes."""

IOCTLS = (0x5412, 0x541C, 0x40086602, 0x401C5820)
"""TIOCSTI and TIOCLINUX (typing into a terminal), FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR (metadata again)."""

SHARED_WITHOUT_A_FILE = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
KIND_OF_MAPPING = 0x0F | mmap.MAP_ANONYMOUS
"""MAP_TYPE, and whether there is a file."""

INT = 0xFFFFFFFF
"""The kernel looks at these bits of an int argument, seccomp at 64."""

X32_BIT = 0x40000000
X32_CALLS = range(548)
CLONE_NEW = 0x7E020000 | 0x00000080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME, from linux/sched.h."""


def compiled() -> Filter:
    """The filter, ready to be loaded by a fork: building it takes longer than forking."""
    rules = Filter(default=Action.ALLOW)
    _errno(rules, errno.EPERM, FORBIDDEN)
    _errno(rules, 0, METADATA)
    _errno(rules, errno.ENOTSUP, ATTRIBUTES)
    rules.errno("prlimit64", errno.EPERM, args=[ArgCmp(0, CmpOp.NE, 0)])
    for name in SCHEDULING.split():
        rules.errno(name, 0, args=[ArgCmp(0, CmpOp.NE, 0)])
    # Which kind of target (0: a process) and which one (0: oneself).
    for argument in (0, 1):
        rules.errno("setpriority", errno.EPERM, args=[ArgCmp(argument, CmpOp.NE, 0)])
    for command in IOCTLS:
        rules.errno("ioctl", errno.EPERM, args=[ArgCmp(1, CmpOp.MASKED_EQ, command, mask=INT)])
    # It would hide the open files from the guard.
    rules.errno("prctl", errno.EPERM, args=[ArgCmp(0, CmpOp.MASKED_EQ, PR_SET_DUMPABLE, mask=INT)])
    # It would outlive its guard. torch asks for it in passing, and does not take no for an answer.
    rules.errno("prctl", 0, args=[ArgCmp(0, CmpOp.MASKED_EQ, PR_SET_PDEATHSIG, mask=INT)])
    # Shared memory without a file may be in no process's tables, where nobody can count it; and all forks share it.
    rules.errno("mmap", errno.EPERM, args=[ArgCmp(3, CmpOp.MASKED_EQ, SHARED_WITHOUT_A_FILE, mask=KIND_OF_MAPPING)])
    # clone3 hides its flags behind a pointer; glibc falls back to clone when it is not there.
    rules.errno("clone3", errno.ENOSYS)
    for bit in range(32):
        if CLONE_NEW >> bit & 1:
            rules.errno("clone", errno.EPERM, args=[ArgCmp(0, CmpOp.MASKED_EQ, 1 << bit, mask=1 << bit)])
    _sockets(rules)
    if platform.machine() == "x86_64":
        # The x32 ABI reaches the same calls under other numbers. Nothing in here is an x32 program.
        for number in X32_CALLS:
            rules.errno(X32_BIT | number, errno.ENOSYS)
    assert rules.program
    return rules


def _sockets(rules: Filter) -> None:
    """Only unix sockets that keep to one partner: a datagram socket can send to any path behind seccomp's back."""
    # ipykernel tries a TCP pipe first. ZeroMQ aborts when it may not list the network interfaces, unless told EINVAL.
    rules.errno("socket", errno.EINVAL, args=[ArgCmp(0, CmpOp.EQ, int(socket.AF_NETLINK))])
    for call in ("socket", "socketpair"):
        rules.errno(call, errno.EPERM, args=[ArgCmp(0, CmpOp.NE, int(socket.AF_UNIX))])
        for kind in set(range(16)) - {int(socket.SOCK_STREAM), int(socket.SOCK_SEQPACKET)}:
            # SOCK_RAW is one of them: the kernel takes it for SOCK_DGRAM.
            rules.errno(call, errno.EPERM, args=[ArgCmp(1, CmpOp.MASKED_EQ, kind, mask=0xF)])
    rules.errno("sendto", errno.EPERM, args=[ArgCmp(4, CmpOp.NE, 0)])


def _errno(rules: Filter, number: int, names: str) -> None:
    for name in names.split():
        try:
            call = syscall_nr(name)
        except ValueError:
            # Not on this processor architecture.
            continue
        rules.errno(call, number)
