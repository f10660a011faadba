"""A kernel client that a kernel cannot fill with messages: a hostile one sends what it likes, as fast as it can."""

from __future__ import annotations

import functools
from typing import Any

import zmq
from jupyter_client.client import KernelClient

LONGEST_MESSAGE = 12 * 1024 * 1024
"""Bytes of one part of a message; a kernel that sends a longer one is hung up on. Honest ones keep to less."""

WAITING_MESSAGES = 2
"""Messages of one channel that may wait to be read; then the kernel waits."""


@functools.cache
def bounded(factory: type[KernelClient]) -> type[KernelClient]:
    """The client class `factory`, bounded."""
    return factory if issubclass(factory, _Bounded) else type(f"Bounded{factory.__name__}", (_Bounded, factory), {})


class _Bounded:
    context: zmq.Context[Any]

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> zmq.Socket[bytes]:
        # Defaults for the sockets to come; once a socket is connected it is too late.
        self.context.setsockopt(zmq.MAXMSGSIZE, LONGEST_MESSAGE)
        self.context.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
        connected: zmq.Socket[bytes] = super()._create_connected_socket(channel, identity)  # type: ignore[misc]
        return connected
