"""What a student's functions of `xor` returned, taken apart: classes 0 and 1, hand-set weights, whole networks.

As in `expect`, values are hostile and nothing but `WrongAnswer` is raised.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chainrule.checks import expect, observe
from chainrule.probe.outcome import WrongAnswer
from chainrule.probe.student import RemoteFunction, Student

from .xor_networks import Parameters

Array = NDArray[np.float64]
NAMES = ("W1", "b1", "W2", "b2")


TINY = 2.0**-50
"""1 ± TINY is still another number than 1: the difference is lost in single precision, by rounding or a tolerance."""


def called_twice(function: RemoteFunction, first: tuple[object, ...], second: tuple[object, ...]) -> list[object]:
    """The results of two calls, both read after the second: one that is kept for all calls would be another by now."""
    kept = [function.keep(*arguments) for arguments in (first, second)]
    return [result.value() for result in kept]


def zeros_and_ones(got: object, what: str, shape: tuple[int, ...]) -> Array:
    """An array of this shape that holds 0 and 1, as whole numbers, floats or True and False."""
    __tracebackhide__ = True
    values = expect.array(_as_numbers(got, expect.DEEPEST_LIST), what, shape)
    strange = values[(values != 0) & (values != 1)]
    if strange.size:
        shown = "nan" if np.isnan(strange[0]) else f"{strange[0]:.3g}"
        raise WrongAnswer(f"{what} should hold 0 and 1 only, but {strange.size} of {values.size} are not: {shown}.")
    return values


def classes(got: object, want: Array, what: str) -> None:
    """`got` holds the classes 0 and 1 of `want`."""
    __tracebackhide__ = True
    wrong = zeros_and_ones(got, what, want.shape) != want
    if wrong.all() and 0 < want.sum() < want.size:
        raise WrongAnswer(f"{what} is 1 exactly where it should be 0.")
    expect.that(not wrong.any(), f"{what} is wrong in {int(wrong.sum())} of {wrong.size} places.")


def _as_numbers(got: object, levels: int) -> object:
    """True and False as 1 and 0, in arrays and lists too; everything else as it is."""
    if isinstance(got, np.ndarray) and got.dtype.kind == "b":
        return got.astype(np.float64)
    if isinstance(got, list) and levels:
        return [_as_numbers(item, levels - 1) for item in got]
    return float(got) if isinstance(got, bool) else got


def finite(got: object, what: str, shape: tuple[int, ...]) -> Array:
    """An array of this shape without nan and infinity."""
    __tracebackhide__ = True
    values = expect.array(got, what, shape)
    problem = observe.nonfinite(values)
    if problem:
        raise WrongAnswer(f"{what} {problem}.")
    return values


def line(got: object, what: str) -> tuple[Array, float]:
    """(w (2,), b) of a neuron."""
    __tracebackhide__ = True
    w, b = expect.sequence(got, 2, what)
    return finite(w, f"w of {what}", (2,)), expect.number(b, f"b of {what}")


def two_layers(got: object, what: str) -> tuple[Array, Array, Array, float]:
    """(W1 (2, 2), b1 (2,), w2 (2,), b2) of a network with two hidden units, set by hand."""
    __tracebackhide__ = True
    w1, b1, w2, b2 = expect.sequence(got, 4, what)
    hidden = finite(w1, f"W1 of {what}", (2, 2)), finite(b1, f"b1 of {what}", (2,))
    return *hidden, finite(w2, f"w2 of {what}", (2,)), expect.number(b2, f"b2 of {what}")


def shapes(width: int, count: int | None = None) -> list[tuple[int, ...]]:
    """Of the parameters of one network, or of a stack of them."""
    first = () if count is None else (count,)
    return [(*first, width, 2), (*first, width), (*first, 1, width), (*first, 1)]


def network(got: object, width: int, what: str, count: int | None = None) -> Parameters:
    """[W1, b1, W2, b2] of a network, or of a stack of `count`, without nan and infinity."""
    __tracebackhide__ = True
    arrays = expect.sequence(got, 4, f"the list of parameters {what}")
    sides = zip(NAMES, arrays, shapes(width, count), strict=True)
    return [finite(array, f"{name} {what}", shape) for name, array, shape in sides]


def trained(
    got: object, width: int, steps: int, what: str, count: int | None = None, single: bool = False
) -> tuple[Parameters, Array]:
    """Parameters and losses that a training returned; one that diverged is told so.

    float32 is refused, as in `expect.close`, unless `single` says that it does no harm.
    """
    __tracebackhide__ = True
    parameters, record = expect.sequence(got, 2, f"the result of {what}")
    arrays = expect.sequence(parameters, 4, f"the list of parameters of {what}")
    for name, array in zip(NAMES, arrays, strict=True):
        short = isinstance(array, np.ndarray) and array.dtype.kind == "f" and array.dtype.itemsize < 8
        expect.that(single or not short, f"{name} after {what} has only single precision: keep float64.")
    found = [
        expect.array(array, f"{name} after {what}", shape)
        for name, array, shape in zip(NAMES, arrays, shapes(width, count), strict=True)
    ]
    curve = expect.array(
        record, f"the array of losses of {what}", (steps + 1,) if count is None else (steps + 1, count)
    )
    for name, values in [("the curve of losses", curve), *zip(NAMES, found, strict=True)]:
        problem = observe.nonfinite(values)
        if problem:
            end = "nan" if any(np.isnan(array).any() for array in (curve, *found)) else "infinity"
            raise WrongAnswer(
                f"{what} ended in {end}: {_since(curve) or f'{name} {problem}'}. A loss that first grows has diverged "
                "(sign and size of the steps); one that is suddenly no number took the log of 0 or an exp too large."
            )
    return found, curve


def _since(losses: Array) -> str:
    """From which step on the losses are no numbers."""
    bad = np.asarray(~np.isfinite(losses.reshape(len(losses), -1)).all(axis=1))
    if not bad.any():
        return ""
    return (
        "the loss is no number before any step" if bad[0] else f"the loss is no number after step {int(bad.argmax())}"
    )


def initial(student: Student, width: int, seed: int) -> Parameters:
    """The student's init_xor(width, seed)."""
    __tracebackhide__ = True
    return network(student.init_xor(width, seed), width, f"of init_xor({width}, seed)")
