"""Functions of the grader's own that a student's code may call, run in a process that may die.

They are called with whatever that code likes, so time, memory and numbers are limited, and what exceeds them ends a
process that nothing else hangs on. It is a fork of the grader, made at the first call. From each call on, until a reply
that is none, it speaks with the copy itself.
"""

from __future__ import annotations

import gc
import math
import os
import resource
import select
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

import numpy as np

from chainrule.inside import process_control, wire
from chainrule.probe.copies import Copy
from chainrule.probe.outcome import Blocked, StudentProblem, TimedOut
from chainrule.probe.problems import bad_arguments
from chainrule.sandbox.allowance import spent_by

MEMORY = 512 * 2**20
"""Bytes beyond what the grader has when it forks."""

REPLY, FAILED, REFUSED, GONE, MALFORMED = (word.ljust(8).encode() for word in "reply failed refused gone bad".split())
"""What a frame from the process is, in the place of a token."""

Function = Callable[..., Any]


class Lent:
    """The functions by the numbers under which a copy knows them, to which it may pass so many `numbers` in all."""

    def __init__(self, copy: Copy, functions: Mapping[int, Function], numbers: int) -> None:
        """Nothing runs before the first call."""
        self._copy = copy
        self._functions = functions
        self._numbers = numbers
        self._process = 0
        self._spent = 0.0, 0.0
        self._link: socket.socket | None = None

    def __contains__(self, number: int) -> bool:
        """Whether this is one of them."""
        return number in self._functions

    def answer(self, call: bytes, token: bytes, name: str) -> bytes:
        """Answer the call in this frame, and all that follow it; returns the frame of the first reply that is no call.

        Raises:
            StudentProblem: the code, which was asked for `name`, calls with what cannot be computed.
            EOFError, ProtocolError: the copy is gone, or sent no reply.
        """
        link = self._link or self._start()
        try:
            link.sendall(wire.HEADER.pack(len(call), token) + call)
            kind, body = wire.receive(link, lambda: self._copy.until(select.POLLIN, link))
        except (EOFError, OSError) as error:
            if not _closed(link):
                raise
            raise self._died(name) from error
        if kind == REPLY:
            return body
        if kind == GONE:
            raise EOFError
        if kind == MALFORMED:
            raise wire.ProtocolError("a call that is none")
        if kind == REFUSED:
            raise Blocked(f"`{name}` calls the functions it builds on more often, or with more, than its task needs.")
        raise bad_arguments(name, body.decode())

    def spent(self) -> tuple[float, float]:
        """The processor time of the process and how long it waited for a core, also when it has ended."""
        if self._process:
            self._spent = spent_by(self._process)
        return self._spent

    def close(self) -> None:
        """End the process, if there is one. Safe to call twice."""
        if self._link is not None:
            os.kill(self._process, signal.SIGKILL)
            self._ended()

    def _start(self) -> socket.socket:
        self._link, theirs = socket.socketpair()
        grader = os.getpid()
        self._process = os.fork()
        if self._process == 0:
            _serve(theirs, self._copy.channel, self._functions, self._numbers, math.ceil(self._copy.seconds), grader)
        theirs.close()
        self._copy.count(self.spent)
        return self._link

    def _ended(self) -> int:
        """Wait for the end of the process; its exit status."""
        assert self._link is not None
        self._link.close()
        self._link = None
        self.spent()
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        return os.waitstatus_to_exitcode(status)

    def _died(self, name: str) -> StudentProblem:
        """Why the process ended by itself."""
        if self._ended() == -signal.SIGXCPU:
            return TimedOut(f"`{name}` called the function it was given with more than can be computed in time.")
        return bad_arguments(name, "too much for its memory")


def _closed(link: socket.socket) -> bool:
    """Whether the other end is gone."""
    with suppress(BlockingIOError):
        try:
            return not link.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except ConnectionResetError:
            return True
    return False


def _serve(
    link: socket.socket, channel: socket.socket, functions: Mapping[int, Function], room: int, seconds: int, grader: int
) -> NoReturn:
    """The whole life of the process."""
    try:
        process_control.end_with_parent(grader)
        keep_open(link, channel)
        # Sooner ends whoever waits for us; the processor time is for when nobody does.
        process_control.limit(MEMORY, seconds + 1)
        process_control.compute_in_one_thread()
        gc.freeze()
        while True:
            token, call = wire.receive(link)
            kind, body, room = _answered(call, token, channel, functions, room)
            link.sendall(wire.HEADER.pack(len(body), kind) + body)
    except EOFError:
        # The grader has hung up.
        os._exit(0)
    finally:
        os._exit(1)


def keep_open(*channels: socket.socket) -> None:
    """Close all else: whoever waits for an end of the grader's must not wait for ours."""
    after = 3
    for kept in sorted(channel.fileno() for channel in channels):
        os.closerange(after, kept)
        after = kept + 1
    os.closerange(after, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _answered(
    call: bytes, token: bytes, channel: socket.socket, functions: Mapping[int, Function], room: int
) -> tuple[bytes, bytes, int]:
    """Answer calls until something else comes, or the room for numbers is used up; what it is, it, and what is left."""
    frame = call
    try:
        while isinstance(reply := wire.decode_reply(frame), wire.Callback) and reply.number in functions:
            room -= max(1, numbers_in(reply.args))
            if room < 0:
                return REFUSED, b"", room
            try:
                result = wire.pack(functions[reply.number](*reply.args))
            except Exception as error:  # noqa: BLE001
                # Were this the grader's fault, the reference would run into it too.
                return FAILED, type(error).__name__.encode(), room
            wire.send(channel, wire.CallbackResult(result), token, lambda: _wait(channel, select.POLLOUT))
            echo, frame = wire.receive(channel, lambda: _wait(channel, select.POLLIN))
            if echo != token:
                return MALFORMED, b"", room
    except wire.NotDataError as error:
        return FAILED, type(error).__name__.encode(), room
    except wire.ProtocolError:
        return MALFORMED, b"", room
    except (EOFError, OSError):
        return GONE, b"", room
    return REPLY, frame, room


def _wait(channel: socket.socket, event: int) -> None:
    # The channel does not block: it is the grader's too.
    waiting = select.poll()
    waiting.register(channel, event)
    waiting.poll()


def numbers_in(value: Any) -> int:
    """How many numbers, or characters, a value holds."""
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, (list, tuple)):
        return sum(map(numbers_in, value))
    if isinstance(value, dict):
        return sum(map(numbers_in, value.values()))
    return len(value) if isinstance(value, (str, bytes)) else 1
