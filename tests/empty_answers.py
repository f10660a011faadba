"""Answers that compute nothing, for the test that none of them earns a point: it reads this file into the sandbox.

There each function of an assignment is replaced by one that gives something of no worth: None, its own arguments, or
what has the shape and type of the right value and holds only zeros. For the shape, a reference of this file's own is
asked, which leaves no trace: it gets copies, and is not the one that hidden tests watch.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Collection
from types import FunctionType, GeneratorType, ModuleType
from typing import Any

import numpy as np

Right = Callable[..., Any]
Nothing = Callable[[Right, tuple[Any, ...], dict[str, Any]], Any]
"""What is answered, from the right function and the arguments."""

Leaf = Callable[[Any], Any]

WRITTEN_ONLY = (bool, int, float)


def form_of(right: Right, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What the reference returns for copies of these arguments; None where it raises or returns nothing."""
    if getattr(right, "__annotations__", {}).get("return", "") in (None, "None"):
        # It would do what it is for, such as to write a file.
        return None
    try:
        args, named = copy.deepcopy((tuple(map(apart, args)), {key: apart(value) for key, value in named.items()}))
        value = right(*args, **named)
    except Exception:  # noqa: BLE001
        return None
    return list(value) if isinstance(value, GeneratorType) else value


def apart(value: Any) -> Any:
    """What can be copied of an argument, and tells nobody what is done with it."""
    if isinstance(value, GeneratorType):
        return list(value)
    if hasattr(value, "calls") and hasattr(value, "model"):  # a recorder, which is the same in all of its copies
        return value.model
    if hasattr(value, "clone_state"):
        return value.clone_state()
    if isinstance(value, FunctionType):
        return lambda *args: 0.5
    return value


def rebuilt(value: Any, leaf: Leaf) -> Any:
    """The same lists, tuples and dicts with other leaves."""
    if isinstance(value, (list, tuple)):
        return type(value)(rebuilt(item, leaf) for item in value)
    if isinstance(value, dict):
        return {key: rebuilt(item, leaf) for key, item in value.items()}
    return leaf(value)


def leaves(value: Any) -> list[Any]:
    """The leaves of lists, tuples and dicts."""
    found: list[Any] = []
    rebuilt(value, found.append)
    return found


def filled(number: float) -> Leaf:
    """A leaf of the same shape and type that holds this number only."""

    def leaf(value: Any) -> Any:
        if isinstance(value, WRITTEN_ONLY):
            return type(value)(number)
        if isinstance(value, (np.ndarray, np.generic)):
            return np.full_like(value, number)
        if hasattr(value, "new_full"):
            return value.new_full(value.shape, number)
        if hasattr(value, "state_dict"):
            model = copy.deepcopy(value)
            for parameter in model.parameters():
                parameter.data.fill_(number)
            return model
        return "" if isinstance(value, str) else None

    return leaf


def like_the_right(leaf: Leaf) -> Nothing:
    """The lists, arrays and numbers of the right value, each with other contents."""
    return lambda right, args, named: rebuilt(form_of(right, args, named), leaf)


def what_came_in(right: Right, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """For each part of the right value an argument of its shape, or ones."""
    given = [leaf for leaf in leaves(args) if hasattr(leaf, "shape") or isinstance(leaf, WRITTEN_ONLY)]

    def leaf(value: Any) -> Any:
        for one in given:
            if np.shape(value) == np.shape(one) and hasattr(value, "new_full") == hasattr(one, "new_full"):
                return copy.deepcopy(one)
        return filled(1)(value)

    return rebuilt(form_of(right, args, named), leaf)


def as_many_arguments(right: Right, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """As many of the arguments as there are results: `return w, b`."""
    form = form_of(right, args, named)
    return args[: len(form)] if isinstance(form, (list, tuple)) else first(args)


def first(args: tuple[Any, ...]) -> Any:
    """The first argument, if there is one."""
    return args[0] if args else None


def zeros_like(value: Any) -> Any:
    """Zeros in the shape of an argument; nothing of what has no shape."""
    try:
        return rebuilt(apart(value), filled(0))
    except Exception:  # noqa: BLE001
        return None


def copied(value: Any) -> Any:
    """A copy of an argument."""
    try:
        return copy.deepcopy(apart(value))
    except Exception:  # noqa: BLE001
        return value


def refused(right: Right, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """An exception, whatever the arguments are."""
    raise ValueError("nothing is right")


KINDS: dict[str, Nothing] = {
    "None": lambda right, args, named: None,
    "0": lambda right, args, named: 0,
    "1": lambda right, args, named: 1,
    "True": lambda right, args, named: True,
    "False": lambda right, args, named: False,
    "(1.0, 0)": lambda right, args, named: (1.0, 0),
    "nan": lambda right, args, named: float("nan"),
    "an empty list": lambda right, args, named: [],
    "an empty array": lambda right, args, named: np.zeros(0),
    "its first argument": lambda right, args, named: first(args),
    "a copy of its first argument": lambda right, args, named: copied(first(args)),
    "its arguments": lambda right, args, named: args,
    "as many arguments as results": as_many_arguments,
    "zeros like its first argument": lambda right, args, named: zeros_like(first(args)),
    "zeros like its arguments": lambda right, args, named: tuple(map(zeros_like, args)),
    "zeros": like_the_right(filled(0)),
    "halves": like_the_right(filled(0.5)),
    "ones": like_the_right(filled(1)),
    "what came in": what_came_in,
    "a ValueError": refused,
}


RIGHT = "the right value"
"""No kind of nothing: for the proof that what is put in the place of a function is asked."""


def empty_function(right: Right, nothing: Nothing) -> Right:
    """A function in the place of this one."""
    return lambda *args, **named: nothing(right, args, named)


def empty_class(right: Any, nothing: Nothing) -> type:
    """A class with the same methods. Its objects keep one of the right class, for the shapes."""

    def start(self: Any, *args: Any, **named: Any) -> None:
        if nothing is refused:
            nothing(right, args, named)
        if right.__base__ is not object:
            right.__base__.__init__(self)
        try:
            self.__dict__["_right"] = [right(*args, **named)]
        except ValueError:
            self.__dict__["_right"] = []

    def method(name: str) -> Right:
        def called(self: Any, *args: Any, **named: Any) -> Any:
            (own,) = self.__dict__["_right"]
            return nothing(getattr(own, name), args, named)

        return called

    names = [name for name, value in vars(right).items() if isinstance(value, FunctionType) and name != "__init__"]
    return type(right.__name__, (right.__base__,), {"__init__": start, **{name: method(name) for name in names}})


def install(namespace: dict[str, Any], source: str, answers: Collection[tuple[str, str]]) -> None:
    """Put answers into a notebook's names: pairs of a name and a kind. `source` is that of the reference."""
    ours = ModuleType("ours")
    sys.modules["ours"] = ours
    exec(compile(source, "<ours>", "exec"), ours.__dict__)
    for name, kind in answers:
        right = getattr(ours, name)
        nothing: Nothing = (lambda right, args, named: right(*args, **named)) if kind == RIGHT else KINDS[kind]
        namespace[name] = (empty_class if isinstance(right, type) else empty_function)(right, nothing)
