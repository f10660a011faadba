"""The disk that submissions write to: nobody loses points because it is full."""

from __future__ import annotations

import os
from pathlib import Path

from chainrule.sandbox.limits import MEBIBYTE

FULL = MEBIBYTE
"""A disk with less than so many bytes left may have refused somebody's."""


def room(folder: Path) -> int:
    """How many bytes more fit on the disk of a folder.

    Raises:
        OSError: the folder is gone.
    """
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
