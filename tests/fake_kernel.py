"""A kernel made by hand that sends what it is told to, and the client that takes it for a sandboxed one."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import zmq
from conftest import notebook_of
from jupyter_client.session import DELIM, Session

from chainrule.engine.notebook import FinishedNotebook, NotebookRunner
from chainrule.inside.kernel_channels import CHANNELS
from chainrule.inside.messages import MAX_MESSAGE, Exited, HowMuch, Signal, ToGuard, Used
from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxProvisioner, SandboxSettings
from fuzzing import RIGHT, as_json

Message = dict[str, Any]
"""`channel`, and `header`, `parent`, `metadata`, `content` as plain data; a `parent` of RIGHT is the request's header.

Or `frames`, as they are sent, in Latin-1. `signed` with the kernel's key or not; `cut` leaves parts out at the end, and
`more` adds some.
"""

KINDS = {"shell": zmq.ROUTER, "iopub": zmq.PUB, "stdin": zmq.ROUTER, "control": zmq.ROUTER, "hb": zmq.REP}


class FakeKernel:
    """Answers what a client asks first; whatever it is to execute it answers with `messages`, and says so if it `ends`.

    Its guard tells that nothing is used, and ends it when it is to be killed.
    """

    def __init__(self, messages: Sequence[Message], ends: bool, limits: Limits) -> None:
        self._messages, self._ends = messages, ends
        self._session = Session(key=os.urandom(16))
        self.folder = Path(tempfile.mkdtemp(prefix="chainrule-fake-"))
        (self.folder / "s").mkdir()
        report, self._guard = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        probe, self._inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        key = self._session.key.decode("latin-1")
        self.kernel = SandboxedKernel(report, probe, self.folder, key, limits)
        self._session.key = key.encode()
        self._context = zmq.Context()
        self._sockets = {channel: self._bound(channel, number) for number, channel in enumerate(CHANNELS, start=1)}
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._serve, self._watch)]
        for thread in self._threads:
            thread.start()

    def _bound(self, channel: str, number: int) -> zmq.Socket[bytes]:
        bound: zmq.Socket[bytes] = self._context.socket(KINDS[channel])
        bound.linger = 0
        bound.bind(f"ipc://{self.folder}/s/k-{number}")
        return bound

    def _serve(self) -> None:
        shell = self._sockets["shell"]
        while not self._stopped.is_set():
            if not shell.poll(20):
                continue
            address, parts = self._session.feed_identities(shell.recv_multipart())
            request = self._session.deserialize(parts)
            if request["msg_type"] == "execute_request":
                for message in self._messages:
                    self._send(message, address, request["header"])
            if request["msg_type"] == "kernel_info_request" or self._ends:
                content = {"status": "ok", "execution_count": 1}
                kind = request["msg_type"].replace("request", "reply")
                self._session.send(shell, kind, content, request, address)
                self._session.send(self._sockets["iopub"], "status", {"execution_state": "idle"}, request)
        for bound in self._sockets.values():
            bound.close()
        self._context.term()

    def _send(self, message: Message, address: list[bytes], request: Any) -> None:
        channel = message.get("channel", "iopub")
        frames = self._frames(message, request)
        prefix = address if channel == "shell" else [b"topic"] if channel == "iopub" else address
        with suppress(zmq.ZMQError):
            # Nobody has spoken to this channel yet.
            self._sockets[channel].send_multipart([*prefix, *frames], flags=zmq.DONTWAIT)

    def _frames(self, message: Message, request: Any) -> list[bytes]:
        if "frames" in message:
            return [frame.encode("latin-1") for frame in message["frames"]] or [b""]
        header = as_json(message.get("header"))
        parent = as_json(_plain(request) if message.get("parent") == RIGHT else message.get("parent"))
        parts = [header, parent, as_json(message.get("metadata")), as_json(message.get("content"))]
        signature = self._session.sign(parts) if message.get("signed", True) else b"0" * 64
        frames = [DELIM, signature, *parts, *[b"more"] * message.get("more", 0)]
        return frames[: max(1, len(frames) - message.get("cut", 0))]

    def _watch(self) -> None:
        with self._guard:
            while told := self._guard.recv(MAX_MESSAGE):
                answer: Any = None
                match msgspec.json.decode(told, type=ToGuard):
                    case HowMuch(since):
                        answer = Used(since, processor=0.0, awake=0.0)
                    case Signal(signal.SIGKILL):
                        answer = Exited(-signal.SIGKILL)
                if answer is not None:
                    with suppress(OSError):
                        self._guard.send(msgspec.json.encode(answer))

    def close(self) -> None:
        self._stopped.set()
        self._inside.close()
        self.kernel.close()
        for thread in self._threads:
            thread.join(20)


def _plain(header: Any) -> Any:
    return {key: value if isinstance(value, (str, int)) else str(value) for key, value in header.items()}


class FakeProvisioner(SandboxProvisioner):
    """Gives the kernel that it was told to give."""

    next: FakeKernel

    def _begin(self, settings: SandboxSettings) -> None:
        self.kernel = self.next.kernel


def run_against(messages: Sequence[Message], ends: bool, limits: Limits) -> FinishedNotebook:
    """Run a notebook of two cells in a kernel that sends these messages for each; it and all of its is gone after."""
    fake = FakeProvisioner.next = FakeKernel(messages, ends, limits)
    runner = NotebookRunner(notebook_of("1 + 1", "2 + 2"), SandboxSettings(limits=limits))
    try:
        return runner.run()
    finally:
        runner.close()
        fake.close()
