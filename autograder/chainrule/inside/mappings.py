"""Makes memory private that a process has mapped from files of its own: its forks would share what is written there.

Shared memory without a file there is none (`system_calls`).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

PART = 1 << 16
MAP_NORESERVE = 0x4000
MREMAP_IN_PLACE = 3
"""MREMAP_MAYMOVE | MREMAP_FIXED."""

LINE = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)$", re.MULTILINE)

# Bound before a student's code runs, which may put others in their places.
_libc = ctypes.CDLL(None, use_errno=True)
_place, _size, _number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
_map, _remap, _protect, _write, _read = (_libc[name] for name in ("mmap", "mremap", "mprotect", "write", "read"))
_map.restype = _remap.restype = ctypes.c_ssize_t
_map.argtypes = [_place, _size, _number, _number, _number, ctypes.c_ssize_t]
_remap.argtypes = [_place, _size, _size, _number, _place]
_protect.argtypes = [_place, _size, _number]
_write.restype = _read.restype = ctypes.c_ssize_t
_write.argtypes = _read.argtypes = [_number, _place, _size]


@dataclass(frozen=True)
class Mapping:
    """A stretch of memory, and what it may be used for."""

    start: int
    size: int
    protection: int


@dataclass(frozen=True)
class Mappings:
    """What this process has mapped: `listing` is its open /proc/self/maps, which Landlock does not let it open later.

    `folder` is where files lie that it may write, by its real path.
    """

    listing: int
    folder: str

    def make_private(self, most: int) -> None:
        """Put private memory of the same content in the place of what was mapped from own files, and close the list.

        Raises:
            MemoryError: it is more than so many bytes, or there is no memory left.
        """
        found = list(self._own())
        os.close(self.listing)
        if sum(one.size for one in found) > most:
            raise MemoryError("More files are mapped than each copy of the notebook can have for itself.")
        if found:
            end, other = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            for one in found:
                _replace(one, end, other)
            os.close(end)
            os.close(other)

    def _own(self) -> Iterator[Mapping]:
        """Mappings through which something can change that other processes have mapped too.

        Private ones as well: of a file, they show what is written to it until they are written to themselves.
        """
        folder = os.fsencode(self.folder) + b"/"
        for start, end, rights, path in LINE.findall(self._listed()):
            shared = rights[3:] == b"s" and (b"w" in rights or path.endswith(b" (deleted)"))
            if shared or path.startswith(folder):
                protections = zip(rights, b"rwx", (mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC), strict=False)
                protection = sum(flag for has, letter, flag in protections if has == letter)
                yield Mapping(int(start, 16), int(end, 16) - int(start, 16), protection)

    def _listed(self) -> bytes:
        listed = b""
        while part := os.pread(self.listing, PART, len(listed)):
            listed += part
        return listed


def opened(folder: str) -> Mappings:
    """Open the list of this process; not that of a fork, which would go on to list this one's."""
    return Mappings(os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC), os.path.realpath(folder))


def _replace(old: Mapping, end: int, other: int) -> None:
    kind = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE
    fresh = _map(None, old.size, mmap.PROT_READ | mmap.PROT_WRITE, kind, -1, 0)
    if fresh == -1:
        raise MemoryError("There is no memory for what the notebook has mapped from files.")
    if not old.protection & mmap.PROT_READ:
        _protect(old.start, old.size, mmap.PROT_READ)
    done = 0
    while done < old.size:
        # By a pipe: what is mapped beyond the end of a file is an error of this call, and else a signal.
        passed = _write(other, old.start + done, min(PART, old.size - done))
        if passed <= 0 or _read(end, fresh + done, passed) != passed:
            break
        done += passed
    _protect(fresh, old.size, old.protection)
    if _remap(fresh, old.size, old.size, MREMAP_IN_PLACE, old.start) != old.start:
        raise MemoryError("What the notebook has mapped from files could not be made its own.")
