"""The student's side of the probe: forks the finished notebook for each hidden test and answers with plain data.

It runs in the student's own process, so nothing here is trusted by anyone: whatever a student does to this code only
changes which values the grader gets, and the verdict is made from the values.
"""

from __future__ import annotations

import copy
import importlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.inside import settle, wire
from chainrule.inside.apart import Apart
from chainrule.inside.mappings import Mappings

MOST_MAPPED = 512 * 2**20
"""Bytes of files that a notebook may have mapped when it is done."""


def serve(probe: socket.socket, shell: Any, landlock: int, mappings: Mappings) -> None:
    """For each channel that comes over the probe socket, fork a copy of this process that answers on it.

    One at a time: the copy before is ended first. Returns when the trusted side hangs up, or when there is no serving
    because of what the student has changed.
    """
    child = 0
    try:
        _silence(shell)
        settle.settle()
        answers = Answers(shell.user_ns, _why_not(mappings))
        apart = Apart(landlock, mappings.folder)
        while True:
            token, received, _, _ = socket.recv_fds(probe, 16, 1)
            if child:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                child = 0
            if not token:
                return
            child = os.fork()
            if child == 0:
                probe.close()
                apart.set(received[0])
                _run_copy(socket.socket(fileno=received[0]), answers, token)
            os.close(received[0])
    except Exception:  # noqa: BLE001
        return


def _why_not(mappings: Mappings) -> MemoryError | None:
    """Make what the notebook has mapped its own; the reason why no copy can be asked where that fails."""
    try:
        mappings.make_private(MOST_MAPPED)
    except MemoryError as error:
        return error
    return None


def _silence(shell: Any) -> None:
    """Nobody reads the notebook's outputs any more, and their channels belong to threads that no copy has."""
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    shell.display_pub.publish = shell.display_pub.clear_output = lambda *args, **kwargs: None


def _run_copy(channel: socket.socket, answers: Answers, token: bytes) -> None:
    """The forked copy's whole life."""
    try:
        wire.send(channel, wire.Hello(), token)
        answers.run(channel)
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)


class Answers:
    """Answers requests over one channel with the names of one notebook."""

    _channel: socket.socket

    def __init__(self, namespace: dict[str, Any], refusal: BaseException | None = None) -> None:
        """Take the notebook's `namespace` as it stands; with a `refusal`, that is the answer to everything."""
        self._namespace = namespace
        self._refusal = refusal
        self._kept: list[Any] = []
        self._token = b""
        self._decode = wire.request_decoder(self._kept.__getitem__, self._callback)

    def run(self, channel: socket.socket) -> None:
        """Answer on this channel until the grader hangs up (EOFError)."""
        self._channel = channel
        while True:
            self._token, frame = wire.receive(self._channel)
            request = self._decode(frame)
            try:
                reply = self._answer(request)
            except EOFError:
                raise
            except wire.NotDataError as error:
                reply = wire.NotData(str(error)[: wire.MAX_TEXT])
            except BaseException as error:  # noqa: BLE001
                reply = _raised(error)
            try:
                wire.send(self._channel, reply, self._token)
            except wire.NotDataError as error:
                wire.send(self._channel, wire.NotData(str(error)), self._token)

    def _answer(self, request: wire.Request) -> wire.Reply:
        if self._refusal is not None:
            raise self._refusal
        match request:
            case wire.Call():
                return self._call(request)
            case wire.Variable(name):
                return self._keep(self._namespace[name]) if name in self._namespace else wire.Missing(name)
            case wire.Instruments():
                return self._keep(importlib.import_module("chainrule.inside.instruments"))
            case wire.Item(target, key):
                return self._keep(self._kept[target][key])
            case wire.Read(target):
                return wire.Returned(_plain(self._kept[target]))
            case wire.Assign(target, value):
                np.copyto(self._kept[target], value)
                return wire.Returned(None)
            case wire.Put(value):
                return self._keep(value)
            case wire.Define(name, function, parameters):
                self._namespace[name] = _by_position(function, parameters)
                return wire.Returned(None)
            case wire.Become(code):
                exec(compile(code, "<answer>", "exec"), self._namespace)
                return wire.Returned(None)
        raise wire.ProtocolError(f"an unexpected request {type(request).__name__}")

    def _call(self, request: wire.Call) -> wire.Reply:
        if request.target is None:
            if request.name not in self._namespace:
                return wire.Missing(request.name)
            function = self._namespace[request.name]
        else:
            owner = self._kept[request.target]
            if not hasattr(owner, request.name):
                return wire.Missing(f"{type(owner).__name__}.{request.name}")
            function = getattr(owner, request.name)
        result = function(*request.args, **request.kwargs)
        return self._keep(result) if request.keep else wire.Returned(_plain(result))

    def _keep(self, value: Any) -> wire.Kept:
        self._kept.append(value)
        return wire.Kept(len(self._kept) - 1)

    def _callback(self, number: int) -> Callable[..., Any]:
        def ask_the_grader(*args: Any) -> Any:
            question = wire.Callback(number, _plain([copy.copy(arg) for arg in args]))
            wire.send(self._channel, question, self._token)
            reply = self._decode(wire.receive(self._channel)[1])
            if not isinstance(reply, wire.CallbackResult):
                raise EOFError
            return reply.value

        return ask_the_grader


def _by_position(function: Callable[..., Any], parameters: list[str]) -> Callable[..., Any]:
    """`function`, which takes its arguments by position only, callable by keyword too."""

    def called(*args: Any, **kwargs: Any) -> Any:
        rest = [kwargs.pop(name) for name in parameters[len(args) :] if name in kwargs]
        if kwargs:
            raise TypeError(f"unexpected arguments {', '.join(kwargs)}")
        return function(*args, *rest)

    return called


def _plain(value: Any) -> Any:
    return wire.pack(value)


def _raised(error: BaseException) -> wire.Raised:
    kinds = [kind.__name__[:100] for kind in type(error).__mro__ if kind is not object]
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001
        text = "(its text could not be shown)"
    number = getattr(error, "errno", None)
    return wire.Raised(kinds, text[: wire.MAX_TEXT], _where(error), number if type(number) is int else None)


def _where(error: BaseException) -> str:
    """The innermost line of the notebook that the exception passed through."""
    lines = [
        f"in {frame.name}, line {frame.lineno}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and frame.filename != wire.__file__ and "ipykernel" in frame.filename
    ]
    return lines[-1][: wire.MAX_TEXT] if lines else ""
