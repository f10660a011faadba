"""Who else on this machine can read a file or folder, by the bits of all folders on the way to it."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path

EVERYBODY = "everybody on this machine"


def readers(path: Path) -> list[str]:
    """Whoever can read a file, or what is in a folder, beside its owner; empty if nobody can.

    A group counts if it has somebody else in it.
    """
    resolved = path.resolve()
    found = [place.stat() for place in (*resolved.parents, resolved)]
    if _open_to(found, None):
        return [EVERYBODY]
    groups = {one.st_gid for one in found}
    return [f"the group {_name(group)}" for group in sorted(groups) if _open_to(found, group) and _shared(group)]


def _open_to(places: list[os.stat_result], group: int | None) -> bool:
    """Whether somebody who is in this group alone (None: in none) comes through all folders to the last."""
    for place in places:
        wanted = stat.S_IXOTH if stat.S_ISDIR(place.st_mode) else stat.S_IROTH
        bits = place.st_mode >> 3 if place.st_gid == group else place.st_mode
        if not bits & wanted:
            return False
    return True


def _shared(group: int) -> bool:
    """Whether somebody but this process's user is in a group."""
    own = os.getuid()
    if any(user.pw_gid == group and user.pw_uid != own for user in pwd.getpwall()):
        return True
    try:
        members = grp.getgrgid(group).gr_mem
    except KeyError:
        return True
    return any(member != _user(own) for member in members)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return ""


def _name(group: int) -> str:
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)
