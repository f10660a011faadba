"""Accounts of this machine, and what the bits of files let them do."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

READ, WRITE, ENTER = 4, 2, 1


@dataclass(frozen=True)
class Account:
    """A user of this machine with all groups."""

    name: str
    user: int
    group: int
    groups: tuple[int, ...]

    def may(self, path: Path, wanted: int) -> bool:
        """Whether the bits of a file and of all folders on the way let it; access control lists are not looked at."""
        if self.user == 0:
            return True
        resolved = path.resolve()
        ways = all(self._has(place.stat(), ENTER) for place in resolved.parents)
        return ways and self._has(resolved.stat(), wanted)

    def _has(self, status: os.stat_result, wanted: int) -> bool:
        # The first that fits decides, even if a later one would give more.
        if status.st_uid == self.user:
            bits = status.st_mode >> 6
        elif status.st_gid in self.groups:
            bits = status.st_mode >> 3
        else:
            bits = status.st_mode
        return stat.S_IMODE(bits) & wanted == wanted


def account(name: str) -> Account | None:
    """The account of this name; None if this machine has none."""
    try:
        found = pwd.getpwnam(name)
    except (KeyError, ValueError):
        return None
    groups = os.getgrouplist(found.pw_name, found.pw_gid)
    return Account(found.pw_name, found.pw_uid, found.pw_gid, tuple(groups))


def owner(path: Path) -> Account | None:
    """The account that a file belongs to."""
    try:
        return account(pwd.getpwuid(path.stat().st_uid).pw_name)
    except KeyError:
        return None


def members(group: str) -> list[str]:
    """The accounts in a group of this machine; none if there is no such group."""
    try:
        found = grp.getgrnam(group)
    except (KeyError, ValueError):
        return []
    return sorted({*found.gr_mem, *(user.pw_name for user in pwd.getpwall() if user.pw_gid == found.gr_gid)})


def listed(names: list[str]) -> str:
    """Some names and how many more, as in "ada, bob and 3 others"."""
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} others"
    return " and ".join(", ".join(names).rsplit(", ", 1))
