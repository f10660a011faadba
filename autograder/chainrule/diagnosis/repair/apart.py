"""Parses students' code in a process that may die: a few bytes can keep a parser busy, or crash it."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import time
from collections.abc import Collection
from typing import NoReturn

import msgspec

from chainrule.diagnosis.repair.edits import Edit, edits_of
from chainrule.inside import process_control

LONGEST_ANSWER = 20_000
"""Characters of an answer; the longest right one has 4000."""

SECONDS, MEMORY, MOST_BYTES = 5, 512 * 2**20, 64 * 2**20
"""Processor time, bytes beyond what the grader has, and bytes of what comes back."""

_decoder = msgspec.msgpack.Decoder(list[Edit])


def edits_apart(answer: str, asked: Collection[str], tensors: bool) -> list[Edit]:
    """`edits_of`, in a process of its own; none where it does not come to an end in bounds."""
    if len(answer) > LONGEST_ANSWER:
        return []
    ours, theirs = socket.socketpair()
    grader = os.getpid()
    process = os.fork()
    if process == 0:
        ours.close()
        _work(theirs, answer, asked, tensors, grader)
    theirs.close()
    try:
        with ours:
            return _decoder.decode(_all_of(ours))
    except (msgspec.MsgspecError, OSError):
        return []
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _work(channel: socket.socket, answer: str, asked: Collection[str], tensors: bool, grader: int) -> NoReturn:
    """The whole life of the process."""
    try:
        process_control.end_with_parent(grader)
        process_control.limit(MEMORY, SECONDS)
        gc.freeze()
        channel.sendall(msgspec.msgpack.encode(edits_of(answer, asked, tensors)))
        os._exit(0)
    finally:
        os._exit(1)


def _all_of(channel: socket.socket) -> bytes:
    """What the process sends until it ends; nothing if it sends too much, or takes ten times its time by the clock."""
    found = bytearray()
    deadline = time.monotonic() + 10 * SECONDS
    while len(found) <= MOST_BYTES:
        ready, _, _ = select.select([channel], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            break
        piece = channel.recv(2**20)
        if not piece:
            return bytes(found)
        found += piece
    return b""
