"""The grader's side of the probe: `student.linear_forward(x, weight, bias)` asks the sandbox and gives plain data."""

from __future__ import annotations

import errno
import functools
import inspect
import select
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from chainrule.inside import wire
from chainrule.probe.outcome import Blocked, Crashed, Missing, OutOfMemory, StudentProblem, TimedOut, WrongAnswer
from chainrule.sandbox.allowance import Allowance
from chainrule.sandbox.kernel import SandboxedKernel

DENIED = frozenset({errno.EPERM, errno.EACCES, errno.EROFS, errno.ENETUNREACH, errno.EFBIG})


class Student:
    """A fresh copy of the finished notebook, for one hidden test.

    Any attribute is a function of the notebook by that name. Values come back as None, bool, int, float, str, bytes,
    list (tuples too), dict or ndarray. What the student's code does instead of returning a value is raised as one of
    the exceptions of `chainrule.probe.outcome`, which a grader lets pass.
    """

    def __init__(
        self,
        kernel: SandboxedKernel,
        seconds: float,
        hear: Callable[[wire.Reply], None] = lambda reply: None,
        together: Allowance | None = None,
    ) -> None:
        """Fork the notebook; its code may then take `seconds` in all, and what is left for all copies `together`.

        `hear` gets every reply too.
        """
        self._kernel = kernel
        self._hear = hear
        self._together = together
        self._callbacks: list[Callable[..., Any]] = []
        kernel.probed()
        # Limits that earlier tests ran into are not this one's.
        kernel.poll()
        self._limits_before = len(kernel.limits_hit)
        self._channel, theirs = socket.socketpair()
        self._channel.setblocking(False)
        try:
            self._fork(theirs)
            self._allowance = Allowance(kernel, seconds)
        except BaseException:
            self._channel.close()
            raise

    def _fork(self, theirs: socket.socket) -> None:
        token = wire.new_token()
        allowance = Allowance(self._kernel, self._kernel.limits.copy_seconds)
        try:
            with allowance:
                with theirs:
                    self._until(select.POLLOUT, self._kernel.probe, allowance)
                    socket.send_fds(self._kernel.probe, [token], [theirs.fileno()])
                echo, frame = wire.receive(self._channel, lambda: self._until(select.POLLIN, self._channel, allowance))
            if echo != token or not isinstance(wire.decode_reply(frame), wire.Hello):
                raise _forged()
        except _UsedUpError as error:
            # The tests to come need not wait for it as well.
            self._kernel.signal(signal.SIGKILL)
            raise Crashed("After the notebook ran, its kernel no longer answered.") from error
        except (EOFError, OSError) as error:
            raise self._gone() from error
        except wire.ProtocolError as error:
            raise _forged() from error

    def __getattr__(self, name: str) -> RemoteFunction:
        """The notebook's function of this name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteFunction(self, name, None)

    def put(self, value: Any) -> Handle:
        """Send a value over and keep it there."""
        return self._kept(wire.Put(self._pack(value)), "put")

    def define(self, name: str, function: Callable[..., Any]) -> None:
        """Put a function of the grader's in the place of the notebook's `name`: calling it there asks for its value."""
        parameters = list(inspect.signature(function).parameters)
        self._value(wire.Define(name, self._pack(function), parameters), name)

    def variable(self, name: str) -> Handle:
        """The notebook's global of this name, which stays there."""
        return self._kept(wire.Variable(name), name)

    @functools.cached_property
    def instruments(self) -> Handle:
        """The module `chainrule.inside.instruments` in the student's process: `student.instruments.sgd.keep(model)`."""
        return self._kept(wire.Instruments(), "instruments")

    def close(self) -> None:
        """Hang up; the copy ends."""
        self._channel.close()

    def _call(self, name: str, target: int | None, args: tuple[Any, ...], kwargs: dict[str, Any], keep: bool) -> Any:
        packed = {key: self._pack(value) for key, value in kwargs.items()}
        request = wire.Call(name, target, [self._pack(arg) for arg in args], packed, keep)
        return self._kept(request, name) if keep else self._value(request, name)

    def _kept(self, request: wire.Request, name: str) -> Handle:
        match self._ask(request, name):
            case wire.Kept(handle):
                return Handle(self, handle, name)
            case _:
                raise _forged()

    def _value(self, request: wire.Request, name: str) -> Any:
        match self._ask(request, name):
            case wire.Returned(value):
                return value
            case _:
                raise _forged()

    def _ask(self, request: wire.Request, name: str) -> wire.Reply:
        """Send a request and wait for its reply, answering the callbacks that come in between.

        All of it within what is left of the test's time, the grader's own functions included: they are called as often
        and with as much as the student's code likes.
        """
        token = wire.new_token()
        try:
            with ExitStack() as time_passes:
                for allowance in self._allowances:
                    time_passes.enter_context(allowance)
                return self._answer(request, token, name)
        except _UsedUpError as error:
            raise self._timed_out(error.allowance, name) from error
        except (EOFError, OSError) as error:
            raise self._gone(name) from error
        except wire.ProtocolError as error:
            raise _forged() from error

    def _answer(self, request: wire.Request, token: bytes, name: str) -> wire.Reply:
        """The reply to a request, once all callbacks have been answered."""
        self._send(request, token)
        for _ in range(self._kernel.limits.callbacks):
            reply = self._receive(token)
            self._hear(reply)
            match reply:
                case wire.Callback(number, args):
                    self._send(wire.CallbackResult(self._called_back(number, args, name)), token)
                case wire.Raised() as raised:
                    raise _problem(raised, name)
                case wire.Missing(what):
                    raise Missing(f"`{_printable(what, 100)}` is not defined in the notebook.")
                case wire.NotData(what):
                    what = _printable(what, 200)
                    raise WrongAnswer(f"`{name}` returned {what}; return numbers or arrays of numbers.")
                case _:
                    return reply
        raise TimedOut(f"`{name}` called the function it was given more than {self._kernel.limits.callbacks} times.")

    @property
    def _allowances(self) -> list[Allowance]:
        return [self._allowance] if self._together is None else [self._allowance, self._together]

    def _send(self, request: wire.Request, token: bytes) -> None:
        wire.send(self._channel, request, token, lambda: self._until(select.POLLOUT, self._channel, *self._allowances))

    def _receive(self, token: bytes) -> wire.Reply:
        """The next reply; one to another request, made up in advance or come late, is none."""
        echo, frame = wire.receive(self._channel, lambda: self._until(select.POLLIN, self._channel, *self._allowances))
        if echo != token:
            raise wire.ProtocolError("a reply to another request")
        return wire.decode_reply(frame)

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

    def _called_back(self, number: int, args: list[Any], name: str) -> Any:
        if not 0 <= number < len(self._callbacks):
            raise _forged()
        try:
            return self._pack(self._callbacks[number](*args))
        except Exception as error:
            # The arguments are the student's. Were this the grader's fault, the reference would run into it too.
            raise Crashed(
                f"`{name}` called the function it was given with arguments it cannot take ({type(error).__name__})."
            ) from error

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

    def _pack(self, value: Any) -> Any:
        return wire.pack(self._numbered(value))

    def _numbered(self, value: Any) -> Any:
        """Handles and functions by their numbers, through lists, tuples and dicts."""
        if isinstance(value, Handle):
            return wire.HandleId(value._number)
        if isinstance(value, (list, tuple)):
            return type(value)(self._numbered(item) for item in value)
        if isinstance(value, dict):
            return {key: self._numbered(item) for key, item in value.items()}
        if callable(value):
            self._callbacks.append(value)
            return wire.CallbackId(len(self._callbacks) - 1)
        return value


class _UsedUpError(Exception):
    """An allowance is used up."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__()
        self.allowance = allowance


class RemoteFunction:
    """A function or method in the student's process."""

    def __init__(self, student: Student, name: str, target: int | None) -> None:
        """Name it; `target` is the number of the kept object whose method it is."""
        self._student = student
        self._name = name
        self._target = target

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it and get its value."""
        return self._student._call(self._name, self._target, args, kwargs, keep=False)

    def keep(self, *args: Any, **kwargs: Any) -> Handle:
        """Call it and leave the result there."""
        handle: Handle = self._student._call(self._name, self._target, args, kwargs, keep=True)
        return handle

    def raises(self, kind: str, *args: Any, **kwargs: Any) -> bool:
        """Whether calling it raises an exception of this class name (or of a subclass)."""
        try:
            self.keep(*args, **kwargs)
        except Crashed as problem:
            return kind in getattr(problem, "kinds", ())
        return False


class Handle:
    """An object that stays in the student's process; any attribute is a method of it."""

    def __init__(self, student: Student, number: int, name: str) -> None:
        """Name the kept object `number`; `name` is what it came from, for messages."""
        self._student = student
        self._number = number
        self._name = name

    def __getattr__(self, name: str) -> RemoteFunction:
        """The object's method of this name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteFunction(self._student, name, self._number)

    def __getitem__(self, key: int | str) -> Handle:
        """The object's item, which stays there too."""
        return self._student._kept(wire.Item(self._number, key), self._name)

    def value(self) -> Any:
        """The object as plain data."""
        return self._student._value(wire.Read(self._number), self._name)

    def assign(self, value: Any) -> None:
        """Write into the array in place."""
        self._student._value(wire.Assign(self._number, self._student._pack(value)), self._name)


def limit_problem(limit: str, what: str) -> StudentProblem:
    """The outcome for a limit that the guard enforced."""
    if limit == "memory":
        return OutOfMemory(f"{what} used more memory than a submission may have.")
    if limit in ("time", "processor time"):
        return TimedOut(f"{what} took more {limit} than a submission may have.")
    return Blocked(f"{what} made more {limit} than a submission may have.")


def _problem(raised: wire.Raised, name: str) -> StudentProblem:
    kind = _printable(raised.kinds[0], 60) if raised.kinds else "an exception"
    text = _printable(raised.text, 300)
    where = f" ({_printable(raised.where, 200)})" if raised.where else ""
    sentence = f"`{name}` raised {kind}{': ' + text if text else ''}{where}."
    if "NotImplementedError" in raised.kinds:
        return Missing(f"`{name}` is not written yet{where}.")
    if "MemoryError" in raised.kinds:
        return OutOfMemory(sentence)
    if "PermissionError" in raised.kinds or raised.error_number in DENIED:
        return Blocked(sentence)
    problem = Crashed(sentence)
    problem.kinds = frozenset(raised.kinds)  # type: ignore[attr-defined]
    return problem


def _forged() -> Blocked:
    return Blocked("The notebook answered the grader with something that is no answer.")


def _printable(text: str, length: int) -> str:
    """Hostile text made fit to show: one line, no control or direction characters, cut to `length`."""
    clean = "".join(char if char.isprintable() else " " for char in text[: 4 * length])
    clean = " ".join(clean.split())
    return clean if len(clean) <= length else clean[: length - 1] + "…"
