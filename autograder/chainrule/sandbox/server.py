"""Fork servers, one for each set of preloaded packages, shared by all that this process grades."""

from __future__ import annotations

import atexit
import os
import threading
from collections import defaultdict
from collections.abc import Callable

from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox.fork_server import ForkServer
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
    """This process's warm server for `preload`, started at the first call and again should it have died.

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
            server = _shared[key] = ForkServer(*key, on_progress=on_progress, limits=limits)
        return server


@atexit.register
def close_shared() -> None:
    """End all warm servers of this process."""
    while _shared:
        _shared.popitem()[1].close()


# A fork of this process has none of the threads that may hold these.
os.register_at_fork(after_in_child=_starting.clear)
