"""Opens what lies in a folder that somebody else fills: never through a link, and never what was mounted there."""

from __future__ import annotations

import ctypes
import errno
import os
import sys

OPENAT2 = 437
"""The number of the system call, the same on all machines that we know of."""

NO_XDEV, NO_MAGICLINKS, NO_SYMLINKS, BENEATH = 1, 2, 4, 8
"""The kernel's RESOLVE_ flags: no other mount, no link of /proc's, no link, nothing outside of the folder."""

LACKING = (errno.ENOSYS, errno.EPERM)
"""What kernels before 5.6 answer, and containers whose filter does not know the call."""


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_system_call = ctypes.CDLL(None, use_errno=True).syscall


def open_beneath(folder: int, name: str, flags: int, mounts: bool = True) -> int:
    """Open for reading the thing of this name in an open folder; its descriptor.

    Without `mounts`, what is another file system is refused before it is asked anything: one that a student mounted
    answers when it likes. A kernel that cannot tell still follows no link.

    Raises:
        OSError: as `os.open`.
        ValueError: the name is not that of one thing in the folder.
    """
    if not name or "/" in name or name in (".", ".."):
        raise ValueError(f"{name!r} is no name of a file or folder")
    flags |= os.O_CLOEXEC | os.O_NOFOLLOW
    if sys.platform == "linux":
        resolve = NO_MAGICLINKS | NO_SYMLINKS | BENEATH | (0 if mounts else NO_XDEV)
        how = _OpenHow(flags, 0, resolve)
        descriptor = _system_call(OPENAT2, folder, os.fsencode(name), ctypes.byref(how), ctypes.sizeof(how))
        if descriptor >= 0:
            return int(descriptor)
        if (number := ctypes.get_errno()) not in LACKING:
            raise OSError(number, os.strerror(number), name)
    return os.open(name, flags, dir_fd=folder)
