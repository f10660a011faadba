"""The grader's side of the probe: `student.linear_forward(x, weight, bias)` asks the sandbox and gives plain data."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from chainrule.inside import wire
from chainrule.probe.copies import Copy
from chainrule.probe.lent import Lent, numbers_in
from chainrule.probe.outcome import Crashed, Missing, PassedTooMuch, TimedOut, WrongAnswer
from chainrule.probe.problems import bad_arguments, forged, printable, raised_problem

HEARD = 2048
"""Numbers that functions of a hidden test hear in all, unless it is known that more is needed."""


class Student:
    """A fresh copy of the finished notebook, for one hidden test.

    Any attribute is a function of the notebook by that name. Values come back as None, bool, int, float, str, bytes,
    list (tuples too), dict or ndarray. What the student's code does instead of returning a value is raised as one of
    the exceptions of `chainrule.probe.outcome`, which a grader lets pass.

    A function given as an argument is called here, in the grader, where it can keep what it hears: it checks the shape
    of what it gets before it computes, and it hears so many numbers (`hear_up_to`). The reference's own functions are
    lent, and called elsewhere (`lend`).
    """

    heard: int
    """How many numbers the functions of the hidden test were called with in all; each call counts as one at least."""

    called: set[str]
    """The names of the notebook's that were asked for."""

    def __init__(self, copy: Copy, hear: Callable[[wire.Reply], None] = lambda reply: None) -> None:
        """Ask this copy; `hear` gets every reply too, but for calls of what was lent."""
        self._copy = copy
        self._hear = hear
        self._callbacks: list[Callable[..., Any]] = []
        self._called_with = 0
        self.heard = 0
        self.called = set()
        self._most_heard = HEARD
        self._lent: Lent | None = None

    def __getattr__(self, name: str) -> RemoteFunction:
        """The notebook's function of this name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteFunction(self, name, None)

    def put(self, value: Any) -> Handle:
        """Send a value over and keep it there."""
        return self._kept(wire.Put(self._pack(value)), "put")

    def lend(self, functions: Mapping[str, Callable[..., Any]], numbers: int) -> None:
        """Put functions of the grader's in the place of the notebook's by their names: calls ask for their values.

        The student's code may pass them so many `numbers` in all. What they compute is computed in a process of its
        own, within limits; what they keep in mind is lost.
        """
        lent = {}
        for name, function in functions.items():
            packed = self._pack(function)
            lent[len(self._callbacks) - 1] = function
            self._value(wire.Define(name, packed, list(inspect.signature(function).parameters)), name)
        self._lent = Lent(self._copy, lent, numbers)

    def define(self, name: str, function: Callable[..., Any]) -> None:
        """Put a function of the hidden test in the place of the notebook's `name`; it hears what it is called with.

        It is computed here, so it must not do more work than its arguments are long.
        """
        self._value(wire.Define(name, self._pack(function), list(inspect.signature(function).parameters)), name)

    def become(self, code: str) -> None:
        """Put other definitions in the place of the notebook's, in this copy alone."""
        self._value(wire.Become(code), "become")

    def hear_up_to(self, numbers: int) -> None:
        """Let functions of the hidden test be called with so many numbers in all, each call counted as one at least."""
        self._most_heard = numbers

    def variable(self, name: str) -> Handle:
        """The notebook's global of this name, which stays there."""
        self.called.add(name)
        return self._kept(wire.Variable(name), name)

    @functools.cached_property
    def instruments(self) -> Handle:
        """The module `chainrule.inside.instruments` in the student's process: `student.instruments.sgd.keep(model)`."""
        return self._kept(wire.Instruments(), "instruments")

    def close(self) -> None:
        """Hang up; the copy ends."""
        if self._lent is not None:
            self._lent.close()
        self._copy.close()

    def _call(self, name: str, target: int | None, args: tuple[Any, ...], kwargs: dict[str, Any], keep: bool) -> Any:
        if target is None:
            self.called.add(name)
        packed = {key: self._pack(value) for key, value in kwargs.items()}
        request = wire.Call(name, target, [self._pack(arg) for arg in args], packed, keep)
        return self._kept(request, name) if keep else self._value(request, name)

    def _kept(self, request: wire.Request, name: str) -> Handle:
        match self._ask(request, name):
            case wire.Kept(handle):
                return Handle(self, handle, name)
            case _:
                raise forged()

    def _value(self, request: wire.Request, name: str) -> Any:
        match self._ask(request, name):
            case wire.Returned(value):
                return value
            case _:
                raise forged()

    def _ask(self, request: wire.Request, name: str) -> wire.Reply:
        """Send a request and wait for its reply, once all calls of the grader's functions have been answered.

        All of it within what is left of the test's time, those functions included: they are called as often and with as
        much as the student's code likes.
        """
        token = wire.new_token()
        with self._copy.asked(name):
            self._copy.send(request, token)
            for _ in range(self._copy.limits.callbacks):
                reply, size = self._reply(token, name)
                self._hear(reply)
                match reply:
                    case wire.Callback(number, args):
                        self._copy.send(wire.CallbackResult(self._called_back(number, args, size, name)), token)
                    case wire.Raised() as raised:
                        raise raised_problem(raised, name)
                    case wire.Missing(what):
                        raise Missing(f"`{printable(what, 100)}` is not defined in the notebook.")
                    case wire.NotData(what):
                        what = printable(what, 200)
                        raise WrongAnswer(f"`{name}` returned {what}; return numbers or arrays of numbers.")
                    case _:
                        return reply
        raise TimedOut(f"`{name}` called the function it was given more than {self._copy.limits.callbacks} times.")

    def _reply(self, token: bytes, name: str) -> tuple[wire.Reply, int]:
        """The next reply that is no call of what was lent, and its size in bytes."""
        frame = self._copy.receive(token)
        reply = wire.decode_reply(frame)
        if isinstance(reply, wire.Callback) and self._lent is not None and reply.number in self._lent:
            frame = self._lent.answer(frame, token, name)
            reply = wire.decode_reply(frame)
        return reply, len(frame)

    def _called_back(self, number: int, args: list[Any], size: int, name: str) -> Any:
        if not 0 <= number < len(self._callbacks):
            raise forged()
        # A function of a hidden test's may keep what it hears.
        self._called_with += size
        if self._called_with > self._copy.limits.callback_size:
            raise TimedOut(f"`{name}` called the function it was given with too much, all calls together.")
        self.heard += max(1, numbers_in(args))
        if self.heard > self._most_heard:
            raise PassedTooMuch(
                f"`{name}` calls the function it was given more often, or with more, than its task needs."
            )
        try:
            return self._pack(self._callbacks[number](*args))
        except Exception as error:
            # The arguments are the student's. Were this the grader's fault, the reference would run into it too.
            raise bad_arguments(name, type(error).__name__) from error

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
