"""The folder of a fork server: short enough for unix sockets, and swept away when its owner did not get to it."""

from __future__ import annotations

from chainrule.sandbox.held_folder import PREFIX as HELD
from chainrule.sandbox.held_folder import HeldFolder

KIND = "server"
PREFIX = f"{HELD}{KIND}-"

LONGEST = 107 - len("/runs/0123456789abcdef/s/k-5")
"""Bytes of a server's folder: a unix socket's path has room for 107."""


class ServerFolder(HeldFolder):
    """A fresh folder for a fork server and the submissions that run in it."""

    def __init__(self) -> None:
        """Make one.

        Raises:
            FolderError: no place is writable, and short enough for unix sockets.
        """
        super().__init__(KIND, LONGEST)
