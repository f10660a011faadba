"""What a submission uses: its processes, their memory and threads, and the files it keeps."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass

import psutil


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, zombies included."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def _children(pid: int) -> list[int]:
    """The children of each thread. The kernel's own list costs the same however many processes the machine has."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                found += map(int, children.read().split())
    except FileNotFoundError:
        if os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children"):
            # The process or thread has just ended; what it leaves behind comes to the guard.
            return found
        try:
            return [child.pid for child in psutil.Process(pid).children()]
        except psutil.NoSuchProcess:
            return []
    except OSError:
        return found
    return found


@dataclass(frozen=True)
class Resident:
    """What one process holds, in bytes: memory, shared with others or not, and page tables; and its threads."""

    memory: int
    tables: int
    threads: int


def resident(pid: int) -> Resident:
    """Anonymous and shared memory, swapped out or not, and threads; nothing for a process that is gone."""
    fields = _fields(f"/proc/{pid}/status")
    memory = sum(fields.get(name, 0) for name in ("RssAnon", "RssShmem", "VmSwap", "HugetlbPages")) * 1024
    return Resident(memory, fields.get("VmPTE", 0) * 1024, fields.get("Threads", 0))


def proportional(pid: int) -> int:
    """The same memory, with what n processes share counted as one nth: adds up over a family. Takes milliseconds."""
    fields = _fields(f"/proc/{pid}/smaps_rollup")
    counted = ("Pss_Anon", "Pss_Shmem", "SwapPss", "Private_Hugetlb", "Shared_Hugetlb")
    return sum(fields.get(name, 0) for name in counted) * 1024


def _fields(path: str) -> dict[str, int]:
    found = {}
    try:
        # A process gives itself a name of any bytes.
        with open(path, errors="replace") as lines:
            for line in lines:
                name, _, rest = line.partition(":")
                number = rest.split(maxsplit=1)
                if number and number[0].isdecimal():
                    found[name] = int(number[0])
    except OSError:
        # Gone while we looked.
        pass
    return found


def too_many_files(folders: Iterable[str], pids: Iterable[int], max_files: int, max_size: int, max_depth: int) -> bool:
    """Whether the files in `folders`, and deleted ones that these processes still hold, are too many or too large.

    Folders nested deeper than `max_depth` count as too many: paths of any length cannot be walked.
    """
    count = size = 0
    places = tuple(folders)
    waiting = [(folder, 0) for folder in places]
    while waiting:
        folder, depth = waiting.pop()
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            continue
        except OSError:
            # A folder that cannot be looked into hides what it holds.
            return True
        count += len(entries)
        if count > max_files or depth > max_depth:
            return True
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, depth + 1))
                else:
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
            except FileNotFoundError:
                continue
    deleted: dict[object, int] = {}
    for pid in pids:
        for found in (_deleted_open(pid), _deleted_mapped(pid, places)):
            for file, held in found.items():
                # Of a file that is open, little may be mapped.
                deleted[file] = max(deleted.get(file, 0), held)
    return count + len(deleted) > max_files or size + sum(deleted.values()) > max_size


def _deleted_open(pid: int) -> dict[object, int]:
    """Deleted files that are still open, by inode."""
    found: dict[object, int] = {}
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                status = os.stat(f"/proc/{pid}/fd/{name}")
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                found[status.st_ino] = status.st_blocks * 512
    except OSError:
        # Gone while we looked.
        pass
    return found


def _deleted_mapped(pid: int, folders: tuple[str, ...]) -> dict[object, int]:
    """Deleted files that are still mapped, by inode."""
    found: dict[object, int] = {}
    try:
        with open(f"/proc/{pid}/maps", errors="surrogateescape") as maps:
            for line in maps:
                if line.endswith("(deleted)\n"):
                    span, _, _, _, inode, path = line.split(maxsplit=5)
                    if path.startswith(folders):
                        start, end = (int(address, 16) for address in span.split("-"))
                        found[int(inode)] = end - start
    except OSError:
        pass
    return found
