"""What can be said about a wrong array without showing the right one.

Every function gets the student's array and the expected one, both float64 and of equal shape, and returns the end of a
sentence whose subject is the student's value: "has the opposite sign everywhere". Nothing here prints an expected
value: a ratio is named only when it is the same in every entry (for a single number: only a simple ratio).
"""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SIMPLE_DENOMINATOR = 8  # 1/2, 2/3, 7/8 are called simple; anything finer is said as a decimal
SAME_PATTERN = 1e-6  # relative tolerance at which "everywhere the same factor" holds
SINGLE_PRECISION = 2e-5  # float32 rounding, grown by a few sums
NO_FACTOR = 5e-3  # a factor of 1.001 is an error, not a factor
SAME_PATTERN_SINGLE = 1e-4  # instead of SAME_PATTERN where single precision is what is asked for


def nonfinite(got: Array) -> str | None:
    """How many entries are NaN or infinite; None when all are finite."""
    nans = int(np.isnan(got).sum())
    infinite = int(np.isinf(got).sum())
    if not nans and not infinite:
        return None
    if got.ndim == 0:
        return "is nan" if nans else "is infinite"
    found = [f"{count} {name}" for count, name in ((nans, "nan"), (infinite, "infinite")) if count]
    return f"has {' and '.join(found)} among its {got.size} values"


def shapes(got: tuple[int, ...], want: tuple[int, ...]) -> str:
    """Both shapes, and what the difference looks like."""
    if not want:
        return f"should be a single number, but has shape {got}"
    sentence = f"has shape {got}, but should have shape {want}"
    if len(want) == 2 and got == want[::-1]:
        return f"{sentence}: it looks transposed"
    if np.prod(got, dtype=float) == np.prod(want, dtype=float):
        return f"{sentence}: it has the right size in another arrangement"
    return sentence


def difference(
    got: Array, want: Array, rtol: float, atol: float, batch: int | None = None, single: bool = False
) -> str:
    """The most telling thing about finite `got` that is not close to `want`; `batch` is the number of samples N.

    With `single` both were computed in single precision, and a pattern is one to fewer digits.
    """
    for sentence in _patterns(got, want, batch, single):
        return sentence
    if got.ndim == 0:
        return f"is not right: its relative error is {_relative_error(got, want)}"
    wrong = int((np.abs(got - want) > atol + rtol * np.abs(want)).sum())
    return f"differs in {wrong} of {got.size} entries, with a relative error of {_relative_error(got, want)}"


def _patterns(got: Array, want: Array, batch: int | None, single: bool) -> Iterator[str]:
    same = SAME_PATTERN_SINGLE if single else SAME_PATTERN
    if not want.any():
        return
    if not got.any():
        yield "is zero everywhere" if got.ndim else "is zero"
    if _alike(-got, want, same):
        yield "has the opposite sign everywhere" if got.ndim else "has the opposite sign"
    if got.ndim == 2 and got.shape[0] == got.shape[1] and _alike(got.T, want, same):
        yield "has the right size but looks transposed"
    if not single and _alike(got, want, SINGLE_PRECISION):
        was_single = bool((got == got.astype(np.float32)).all())
        yield f"agrees to a few digits only{', as in single precision: keep float64' if was_single else ''}"
    factor = float(np.vdot(got, want) / np.vdot(want, want))
    if np.isfinite(factor) and factor and abs(factor - 1) > NO_FACTOR and _alike(got, factor * want, same):
        name = _ratio(factor, batch, same, decimals=bool(np.count_nonzero(want) > 2))
        if name:
            yield f"is the right answer times a constant factor of {name}" + (" everywhere" if got.ndim else "")
    if got.size > 2 and _alike(np.sort(got, axis=None), np.sort(want, axis=None), same):
        yield "has the right numbers in the wrong places"


def _alike(got: Array, want: Array, rtol: float) -> bool:
    """Equal up to `rtol` of the largest expected entry."""
    return bool(np.abs(got - want).max(initial=0.0) <= rtol * np.abs(want).max(initial=0.0))


def _ratio(factor: float, batch: int | None, same: float, decimals: bool) -> str | None:
    """A factor in words: "about 1/N (N = 7 samples)", "about 0.5", "about 2/3"; None when it is not simple."""
    sign, size = ("-", -factor) if factor < 0 else ("", factor)
    if batch is not None and batch > 1:
        for name, value in (("1/N", 1 / batch), ("N", float(batch)), ("2/N", 2 / batch), ("N/2", batch / 2)):
            if math.isclose(size, value, rel_tol=same):
                return f"about {sign}{name} (N = {batch} samples)"
    simple = Fraction(size).limit_denominator(SIMPLE_DENOMINATOR)
    if simple <= 64 and math.isclose(size, float(simple), rel_tol=same):
        exact_decimal = simple.denominator in (1, 2, 4, 5, 8)
        return f"about {sign}{float(simple):g}" if exact_decimal else f"about {sign}{simple}"
    return f"about {sign}{size:.2g}" if decimals else None


def _relative_error(got: Array, want: Array) -> str:
    """max |got − want| / (max |got| + max |want|), as `relative_error` of the assignment has it: 1 is all wrong."""
    size = np.abs(got).max(initial=0.0) + np.abs(want).max(initial=0.0)
    return f"{float(np.abs(got - want).max(initial=0.0) / max(size, 1e-300)):.1g}"
