"""Whom a hidden test asks: a fresh copy of a finished notebook, with the line to it and the time its code may take."""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol

from chainrule.inside import wire
from chainrule.probe.outcome import Crashed, StudentProblem, TimedOut
from chainrule.probe.problems import forged, limit_problem
from chainrule.sandbox.allowance import Allowance, Spent
from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.limits import Limits


class Copy(Protocol):
    """Somebody who answers the questions of one hidden test; `seconds` are what all answers may take."""

    channel: socket.socket
    seconds: float

    @property
    def limits(self) -> Limits:
        """What its code may use up."""

    def asked(self, name: str) -> AbstractContextManager[None]:
        """Let time pass for a question, and name what becomes of it; `name` is what it was asked for.

        Raises:
            StudentProblem: its time is up, it has ended, or what it sent is no reply.
        """

    def send(self, request: wire.Request, token: bytes) -> None:
        """Send a request."""

    def receive(self, token: bytes) -> bytes:
        """The frame of the next reply; one to another request, made up in advance or come late, is none.

        Raises:
            ProtocolError: it is no reply to this request.
        """

    def until(self, event: int, channel: socket.socket) -> None:
        """Wait for room in a channel, or for something to read, while there is time left."""

    def count(self, spent: Spent) -> None:
        """Count what another process spends in its service as its time."""

    def close(self) -> None:
        """Hang up; it ends."""


class NotebookCopy:
    """A fork of the notebook's process, and the channel to it. Its processes end with the next copy, and its files go.

    Its code may take `seconds` in all, and what is left for all copies `together`.
    """

    def __init__(self, kernel: SandboxedKernel, seconds: float, together: Allowance | None = None) -> None:
        """Fork the notebook.

        Raises:
            StudentProblem: there is no copy to be had.
        """
        self._kernel = kernel
        self._together = together
        self.seconds = seconds
        # Limits that earlier tests ran into are not this one's.
        kernel.poll()
        self._limits_before = len(kernel.limits_hit)
        kernel.alone()
        self.channel, theirs = socket.socketpair()
        self.channel.setblocking(False)
        try:
            self._fork(theirs)
            self._allowances = [Allowance(kernel, seconds), *([] if together is None else [together])]
        except BaseException:
            self.channel.close()
            raise

    @property
    def limits(self) -> Limits:
        """See `Copy`."""
        return self._kernel.limits

    def _fork(self, theirs: socket.socket) -> None:
        token = wire.new_token()
        allowance = Allowance(self._kernel, self._kernel.limits.copy_seconds)
        try:
            with allowance:
                with theirs:
                    self._until(select.POLLOUT, self._kernel.probe, allowance)
                    socket.send_fds(self._kernel.probe, [token], [theirs.fileno()])
                echo, frame = wire.receive(self.channel, lambda: self._until(select.POLLIN, self.channel, allowance))
            if echo != token or not isinstance(wire.decode_reply(frame), wire.Hello):
                raise forged()
        except _UsedUpError as error:
            # The tests to come need not wait for it as well.
            self._kernel.signal(signal.SIGKILL)
            raise Crashed("After the notebook ran, its kernel no longer answered.") from error
        except (EOFError, OSError) as error:
            raise self._gone() from error
        except wire.ProtocolError as error:
            raise forged() from error

    @contextmanager
    def asked(self, name: str) -> Iterator[None]:
        """See `Copy`."""
        try:
            with ExitStack() as time_passes:
                for allowance in self._allowances:
                    time_passes.enter_context(allowance)
                yield
        except _UsedUpError as error:
            raise self._timed_out(error.allowance, name) from error
        except (EOFError, OSError) as error:
            raise self._gone(name) from error
        except wire.ProtocolError as error:
            raise forged() from error

    def send(self, request: wire.Request, token: bytes) -> None:
        """See `Copy`."""
        wire.send(self.channel, request, token, lambda: self.until(select.POLLOUT, self.channel))

    def receive(self, token: bytes) -> bytes:
        """See `Copy`."""
        echo, frame = wire.receive(self.channel, lambda: self.until(select.POLLIN, self.channel))
        if echo != token:
            raise wire.ProtocolError("a reply to another request")
        return frame

    def until(self, event: int, channel: socket.socket) -> None:
        """See `Copy`."""
        self._until(event, channel, *self._allowances)

    def count(self, spent: Spent) -> None:
        """See `Copy`."""
        for allowance in self._allowances:
            allowance.count(spent)

    def close(self) -> None:
        """See `Copy`."""
        self.channel.close()

    def _until(self, event: int, channel: socket.socket, *allowances: Allowance) -> None:
        """Wait for room in a channel, or for something to read.

        Raises:
            _UsedUpError: one of the allowances is used up. Also when there is something to read: one byte a second must
                not keep the grader for ever.
            EOFError: the kernel has ended, and nothing more comes.
        """
        waiting = select.poll()
        waiting.register(channel, event)
        while True:
            for allowance in allowances:
                if allowance.used_up():
                    raise _UsedUpError(allowance)
            patience = min(allowance.patience() for allowance in allowances)
            if waiting.poll(1000 * patience):
                return
            if self._kernel.exit_status is not None:
                raise EOFError

    def _gone(self, name: str = "") -> StudentProblem:
        """Why the other side is no longer there."""
        # Whatever the guard ends, it tells why before it does.
        self._kernel.used(0.0)
        status = self._kernel.poll()
        what = f"`{name}`" if name else "The notebook"
        hits = self._kernel.limits_hit
        new = hits[self._limits_before :] or (hits if status is not None else [])
        if not new:
            self._kernel.require_watched()
        return limit_problem(new[-1], what) if new else Crashed(f"{what} ended its Python process.")

    def _timed_out(self, allowance: Allowance, name: str) -> TimedOut:
        if allowance is self._together:
            return TimedOut(f"Together, the hidden tests {allowance.used_up()}.")
        loop = "" if allowance.slept else " Is there a loop that never ends?"
        return TimedOut(f"`{name}` {allowance.used_up()}.{loop}")


class _UsedUpError(Exception):
    """An allowance is used up."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__()
        self.allowance = allowance
