"""Fork servers, one for each set of preloaded packages, shared by all that this user grades on this machine."""

from __future__ import annotations

import atexit
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox.fork_server import ForkServer
from chainrule.sandbox.held_folder import FolderError
from chainrule.sandbox.kept_process import joined
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.preload import BASE, Preload
from chainrule.sandbox.server_process import ServerError

__all__ = ["BASE", "ForkServer", "Preload", "ServerError", "close_shared", "shared"]

_shared: dict[tuple[Preload, Layers], ForkServer] = {}
_starting: defaultdict[tuple[Preload, Layers], threading.Lock] = defaultdict(threading.Lock)
"""Held while a server is looked up or started: whoever else wants it waits for it."""


def shared(
    preload: Preload,
    layers: Layers | None = None,
    on_progress: Callable[[str], None] = lambda module: None,
    limits: Limits | None = None,
) -> ForkServer:
    """The warm server for `preload`, started at the first call and again should it have died.

    A keeper holds it for all processes of this user. Without a sandbox, where a student's code could reach the keeper,
    and where there is no place to meet a keeper at, this process has one of its own.

    Raises:
        ServerError: it did not start.
    """
    key = (preload, sandbox_layers.found() if layers is None else layers)
    with _starting[key]:
        server = _shared.get(key)
        if server is not None and not server.alive:
            _shared.pop(key).close()
            server = None
        if server is None:
            server = _shared[key] = _started(*key, on_progress, limits)
        return server


def _started(preload: Preload, layers: Layers, on_progress: Callable[[str], None], limits: Limits | None) -> ForkServer:
    if layers.safe and layers.scopes_signals:
        with suppress(FolderError):
            return ForkServer(preload, layers, on_progress, limits, begin=joined)
    return ForkServer(preload, layers, on_progress, limits)


@atexit.register
def close_shared() -> None:
    """Leave all shared servers; those that no other process uses end in a while."""
    while _shared:
        _shared.popitem()[1].close()


# A fork of this process has none of the threads that may hold these.
os.register_at_fork(after_in_child=_starting.clear)
