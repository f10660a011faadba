"""Other calls that may have been meant by one that a student wrote."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from chainrule.diagnosis.repair.expressions import New, turned

ALTERNATIVES = (
    ("maximum", "minimum"),
    ("max", "min", "sum", "mean"),
    ("argmax", "argmin"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("floor", "ceil", "round", "int"),
    ("exp", "log", "expm1", "log1p"),
    ("tanh", "sigmoid", "relu"),
    ("softmax", "log_softmax", "sigmoid"),
    ("all", "any"),
    ("train", "eval"),
    ("argsort", "sort"),
    ("vstack", "hstack"),
    ("var", "std"),
    ("normal", "uniform", "standard_normal"),
    ("randn", "rand"),
    ("float32", "float64"),
    ("ReLU", "Tanh", "Sigmoid", "Identity"),
    ("BCELoss", "BCEWithLogitsLoss"),
    ("NLLLoss", "CrossEntropyLoss"),
    ("nll_loss", "cross_entropy"),
    ("abs", "square"),
    ("permutation", "shuffle"),
)
AXES = ("axis", "dim")
KEPT = ("keepdims", "keepdim")
REDUCTIONS = frozenset(
    "sum mean max min argmax argmin all any softmax log_softmax logsumexp std var norm prod cumsum amax amin".split()
)
LIBRARIES = ("np", "numpy", "torch", "F", "math")
ORDERS = 3
"""Arguments of which two neighbours may have been swapped."""


def changed(old: ast.Call) -> Iterator[New]:
    """What may stand in the place of a call."""
    name = _name(old)
    if name in ("mean", "sum"):
        other = "sum" if name == "mean" else "mean"
        yield f"{name} to {other}", ast.Call(_renamed(old.func, other), old.args, old.keywords)
    else:
        for family in ALTERNATIVES:
            if name in family:
                for other in family:
                    if other != name:
                        yield "other function", ast.Call(_renamed(old.func, other), old.args, old.keywords)
    if name in REDUCTIONS and isinstance(old.func, ast.Attribute):
        yield from _other_axes(old)
    if name in ("dot", "matmul") and len(old.args) == 2:
        yield from _other_factors(old)
    if name in ("zeros_like", "ones_like", "empty_like", "full_like", "zeros", "empty", "array", "asarray"):
        exact = [keyword for keyword in old.keywords if keyword.arg != "dtype"]
        as_float = ast.keyword("dtype", ast.Name("float", ast.Load()))
        yield "whole numbers", ast.Call(old.func, old.args, [*exact, as_float])
    if name == "vectorize":
        floats = ast.keyword("otypes", ast.parse("[float]", mode="eval").body)
        yield "whole numbers", ast.Call(old.func, old.args, [*old.keywords, floats])
    if name == "range":
        yield from _other_ranges(old)
    if name == "outer" and len(old.args) == 2:
        yield "order of product", ast.Call(old.func, old.args[::-1], [])
    yield from _less(old, name)
    for index in range(min(len(old.args), ORDERS + 1) - 1):
        swapped = [*old.args]
        swapped[index : index + 2] = swapped[index + 1], swapped[index]
        yield "argument order", ast.Call(old.func, swapped, old.keywords)
    for index, argument in enumerate(old.args):
        if name in ("exp", "sigmoid", "tanh", "append", "log", "relu"):
            opposite = [*old.args]
            opposite[index] = ast.UnaryOp(ast.USub(), argument)
            yield "sign", ast.Call(old.func, opposite, old.keywords)


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, ast.Load())
    return ast.Name(name, ast.Load())


def _less(old: ast.Call, name: str) -> Iterator[New]:
    """Without an option, or without the call."""
    for index, keyword in enumerate(old.keywords):
        if keyword.arg not in (*AXES, *KEPT):
            yield "option", ast.Call(old.func, old.args, [*old.keywords[:index], *old.keywords[index + 1 :]])
    if isinstance(old.func, ast.Attribute) and not _is_library(old.func.value):
        idea = "detach" if name in ("detach", "item", "clone", "copy") else "call"
        yield idea, old.func.value
    if old.args and not isinstance(old.args[0], ast.Starred) and not _counts(old.func):
        yield "call", old.args[0]


def _counts(function: ast.expr) -> bool:
    """Whether its value is another kind of thing than its argument: without the call, it would be no mistake less."""
    return isinstance(function, ast.Name) and function.id in ("len", "range", "enumerate", "isinstance", "hasattr")


def _is_library(value: ast.expr) -> bool:
    """Whether this is a library, or a module of one, and not a value that has methods."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name) and value.id in LIBRARIES


def _other_axes(old: ast.Call) -> Iterator[New]:
    torch_like = any(keyword.arg in ("dim", "keepdim") for keyword in old.keywords)
    others = [keyword for keyword in old.keywords if keyword.arg not in AXES]
    now = next((keyword.value for keyword in old.keywords if keyword.arg in AXES), None)
    shown = ast.unparse(now) if now is not None else ""
    for axis in ("0", "1", "-1", "2"):
        if axis != shown:
            name = "dim" if torch_like else "axis"
            value: ast.expr = ast.parse(axis, mode="eval").body
            yield "axis", ast.Call(old.func, old.args, [*others, ast.keyword(name, value)])
    if now is not None:
        yield "axis", ast.Call(old.func, old.args, others)
    if any(keyword.arg in KEPT for keyword in old.keywords):
        less = [keyword for keyword in old.keywords if keyword.arg not in KEPT]
        yield "keepdims", ast.Call(old.func, old.args, less)
    else:
        kept = ast.keyword("keepdim" if torch_like else "keepdims", ast.Constant(value=True))
        yield "keepdims", ast.Call(old.func, old.args, [*old.keywords, kept])
    # torch takes the axis by position, too
    start = 1 if isinstance(old.func, ast.Attribute) and _is_library(old.func.value) else 0
    for index in range(start, len(old.args)):
        if isinstance(old.args[index], ast.Constant | ast.UnaryOp):
            for other in (0, 1, -1):
                arguments = [*old.args]
                arguments[index] = ast.parse(str(other), mode="eval").body
                yield "axis", ast.Call(old.func, arguments, old.keywords)


def _other_factors(old: ast.Call) -> Iterator[New]:
    left, right = old.args
    yield "order of product", ast.Call(old.func, [right, left], [])
    for first, second in ((left, right), (right, left)):
        for one, other in ((True, False), (False, True), (True, True)):
            factors = [turned(first) if one else first, turned(second) if other else second]
            yield "transpose", ast.Call(old.func, factors, [])


def _other_ranges(old: ast.Call) -> Iterator[New]:
    """A step more or less at either end."""
    start, stop = (ast.Constant(0), old.args[0]) if len(old.args) == 1 else old.args[:2]
    rest = old.args[2:]
    for moved, at in ((ast.Add, 1), (ast.Sub, 1), (ast.Add, 0), (ast.Sub, 0)):
        ends = [start, stop]
        ends[at] = ast.BinOp(ends[at], moved(), ast.Constant(1))
        yield "steps", ast.Call(old.func, [*ends, *rest], [])
