"""Comparisons for hidden graders: every function raises `WrongAnswer` with a sentence for the student.

The first argument is what came back from the student's process: None, bool, int, float, str, bytes, list, dict or
ndarray (0-d for a numpy scalar). It is plain but hostile, so whatever it holds, nothing but `WrongAnswer` is raised.
`what` names the value in the sentence ("dweight", "the loss of mse"). No message shows an expected value.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn, ParamSpec

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.checks import observe
from chainrule.probe.outcome import WrongAnswer

Array = NDArray[np.float64]
DEEPEST_LIST = 8  # levels of nested lists
MOST_AXES = 8  # of one array
MOST_ROWS = 200_000  # of one array that is taken apart, as a list has them at most

Arguments = ParamSpec("Arguments")
_patient = ContextVar("patient", default=False)
_watched: ContextVar[set[float] | None] = ContextVar("watched", default=None)


@contextmanager
def patience() -> Iterator[None]:
    """In here a comparison that fails raises nothing, so that a hidden test goes on asking and more can be heard."""
    token = _patient.set(True)
    try:
        yield
    finally:
        _patient.reset(token)


@contextmanager
def watching() -> Iterator[set[float]]:
    """Collects the numbers that values are compared with in here, for a look at what messages give away."""
    expected: set[float] = set()
    token = _watched.set(expected)
    try:
        yield expected
    finally:
        _watched.reset(token)


def _watch(want: ArrayLike) -> None:
    """Note an expected number, where a comparison counts and is not passed over."""
    expected = _watched.get()
    if expected is not None and not _patient.get():
        values = np.asarray(want)
        if values.dtype.kind in "iuf":
            expected.update(map(float, values.ravel()))


def _comparison(compare: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """A comparison that only says whether it is satisfied, and so can be passed over."""

    @functools.wraps(compare)
    def passed_over_in_patience(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        __tracebackhide__ = True
        try:
            compare(*args, **kwargs)
        except WrongAnswer:
            if not _patient.get():
                raise

    return passed_over_in_patience


@_comparison
def that(condition: object, message: str) -> None:
    """Raise with `message` unless `condition` holds."""
    __tracebackhide__ = True
    if not condition:
        raise WrongAnswer(message)


@_comparison
def close(
    got: object,
    want: ArrayLike,
    what: str,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    batch: int | None = None,
    single: bool = False,
) -> None:
    """`got` has the shape of `want` and |got − want| <= atol + rtol |want| in every entry.

    float32 and float16 are refused whatever they hold, so that the verdict does not hang on the drawn numbers, unless
    `single` precision is what is asked for. NaN and infinity are never close. `batch` is the number of samples N, for
    messages that recognise a factor 1/N.
    """
    __tracebackhide__ = True
    _watch(want)
    expected = np.asarray(want, dtype=np.float64)
    values = array(got, what, expected.shape)
    problem = observe.nonfinite(values)
    if problem:
        _fail(what, problem)
    if not single and isinstance(got, np.ndarray) and got.dtype.kind == "f" and got.dtype.itemsize < 8:
        _fail(what, f"has only single precision ({got.dtype}): keep float64")
    with np.errstate(all="ignore"):
        if not np.all(np.abs(values - expected) <= atol + rtol * np.abs(expected)):
            _fail(what, observe.difference(values, expected, rtol, atol, batch, single))


@_comparison
def near(got: object, want: ArrayLike, what: str, rtol: float = 1e-4, batch: int | None = None) -> None:
    """`close` in single precision, where `rtol` is also allowed as a part of the largest expected entry."""
    __tracebackhide__ = True
    largest = float(np.abs(np.asarray(want, dtype=np.float64)).max(initial=0.0))
    close(got, want, what, rtol, rtol * largest + 1e-7, batch, single=True)


@_comparison
def equal(got: object, want: int | str | bool, what: str) -> None:
    """Exactly `want`. A bool is not an int. A whole float (25.0) counts as the int 25: np.ceil returns floats."""
    __tracebackhide__ = True
    _watch(want)
    if isinstance(want, (str, bool)):
        value = got.item() if isinstance(got, np.ndarray) and got.shape == () and got.dtype.kind in "bU" else got
        if type(value) is not type(want):
            _fail(what, f"should be {'True or False' if isinstance(want, bool) else 'a string'}, but {_kind(got)}")
        that(value == want, f"{what} is not right.")
    elif type(got) is int:  # compared as it is: a huge int does not fit a float
        that(got == want, f"{what} is not right: it is too {'large' if got > want else 'small'}.")
    else:
        value = number(got, what)
        that(value == int(value), f"{what} should be a whole number.")
        that(value == want, f"{what} is not right: it is too {'large' if value > want else 'small'}.")


def number(got: object, what: str) -> float:
    """A finite number: int, float or 0-d array; not a bool, not an array of one element."""
    __tracebackhide__ = True
    value = array(got, what, ())
    problem = observe.nonfinite(value)
    if problem:
        _fail(what, problem)
    return float(value)


def array(got: object, what: str, shape: tuple[int, ...] | None = None) -> Array:
    """`got` as a new float64 array, lists (of lists, of arrays) included; of `shape` when it is given."""
    __tracebackhide__ = True
    numeric = isinstance(got, np.ndarray) and got.dtype.kind in "iuf" and got.ndim <= MOST_AXES
    if shape is not None and numeric and (found := getattr(got, "shape", ())) != tuple(shape):
        # Before it is converted: it may be very large.
        _fail(what, observe.shapes(found, tuple(shape)))
    values = _numeric(got, what, DEEPEST_LIST)
    if shape is not None and values.shape != tuple(shape):
        _fail(what, observe.shapes(values.shape, tuple(shape)))
    return values


@_comparison
def dtype(got: object, name: str, what: str) -> None:
    """An array or a tensor of this dtype ("float32")."""
    __tracebackhide__ = True
    if not isinstance(got, np.ndarray):
        _fail(what, f"should be a tensor of dtype {name}, but {_kind(got)}")
    if got.dtype.name != name:
        _fail(what, f"should be of dtype {name}, but is of dtype {got.dtype.name}")


@_comparison
def shape(got: object, shape: tuple[int, ...], what: str) -> None:
    """`got` is numeric and has this shape."""
    __tracebackhide__ = True
    array(got, what, shape)


def indices(got: object, what: str) -> NDArray[np.int64]:
    """A one-dimensional array of whole numbers, as used for indexing."""
    __tracebackhide__ = True
    values = array(got, what)
    if values.ndim != 1:
        _fail(what, f"should be a one-dimensional array of indices, but has shape {values.shape}")
    that(np.all(np.abs(values) < 2**53) and np.all(values == np.round(values)), f"{what} should hold whole numbers.")
    return values.astype(np.int64)


def sequence(got: object, length: int | None, what: str) -> list[object]:
    """A list or tuple (or an array, along its first axis) of `length` elements; None means any length."""
    __tracebackhide__ = True
    if not isinstance(got, list) and not (isinstance(got, np.ndarray) and got.ndim >= 1):
        wanted = "several values" if length is None else f"{length} values"
        _fail(what, f"should be {wanted} (a tuple or a list), but {_kind(got)}")
    if length is not None and len(got) != length:
        _fail(what, f"should have {length} elements, but has {len(got)}")
    if len(got) > MOST_ROWS:
        _fail(what, f"has {len(got)} elements, which is too many")
    return [np.asarray(row) for row in got] if isinstance(got, np.ndarray) else got


def mapping(got: object, keys: Iterable[str], what: str) -> dict[str, object]:
    """A dict with at least these keys; more are allowed."""
    __tracebackhide__ = True
    if not isinstance(got, dict):
        _fail(what, f"should be a dict, but {_kind(got)}")
    missing = [key for key in keys if key not in got]
    if missing:
        _fail(what, f"lacks the key{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
    return got


@_comparison
def unchanged(got: object, original: ArrayLike, what: str) -> None:
    """`got`, an argument read back after the call, still equals `original` exactly."""
    __tracebackhide__ = True
    expected = np.asarray(original, dtype=np.float64)
    values = array(got, what)
    if values.shape != expected.shape or not np.array_equal(values, expected):
        _fail(what, "was changed by the call: leave the arguments as they are and work on new arrays")


def _numeric(got: object, what: str, levels: int) -> Array:
    """A float64 copy of a number, an array of numbers or nested lists of them."""
    __tracebackhide__ = True
    if isinstance(got, np.ndarray):
        if got.dtype.kind not in "iuf":
            _fail(what, f"should hold real numbers, but holds {_CONTENTS.get(got.dtype.kind, got.dtype.name)}")
        if got.ndim > MOST_AXES:
            _fail(what, f"has {got.ndim} axes, which is too many")
        with np.errstate(all="ignore"):  # a long double may overflow to inf, which is reported as such
            return got.astype(np.float64)
    if type(got) is float:
        return np.array(got)
    if type(got) is int:
        try:
            return np.array(float(got))
        except OverflowError:
            _fail(what, "is an integer too large for a float64")
    if not isinstance(got, list):
        _fail(what, f"should be numeric, but {_kind(got)}")
    if not levels:
        _fail(what, "is a list nested too deeply")
    element_name = f"an element of {what}"
    rows = [_numeric(element, element_name, levels - 1) for element in got]
    if any(row.shape != rows[0].shape for row in rows):
        _fail(what, "is a list whose elements differ in shape, so it is no array")
    return np.array(rows, dtype=np.float64)


def _kind(got: object) -> str:
    """What a value is, for "…, but <this>"."""
    if got is None:
        return "is None: is a `return` missing?"
    if isinstance(got, np.ndarray):
        return f"is an array of shape {got.shape}"
    names = {bool: "is True or False", str: "is a string", dict: "is a dict", list: f"is a list of {_length(got)}"}
    return names.get(type(got), f"is of type {type(got).__name__}")


def _length(got: object) -> int:
    return len(got) if isinstance(got, list) else 0


def _fail(what: str, observation: str) -> NoReturn:
    __tracebackhide__ = True
    raise WrongAnswer(f"{what} {observation}" + ("" if observation.endswith("?") else "."))


_CONTENTS = {"b": "True/False", "c": "complex numbers", "U": "strings", "S": "bytes", "O": "objects"}
