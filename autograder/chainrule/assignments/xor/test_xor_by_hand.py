"""Hidden tests of `xor_by_hand`: two lines and an output, with thresholds and with ReLU, their weights set by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.probe.student import Student

from . import reference, xor_answers
from .xor_networks import CORNERS, XOR

pytestmark = pytest.mark.exercise("xor_by_hand")

Array = NDArray[np.float64]
RADIUS = 0.2 - 1e-9
"""Around each corner, in each coordinate: less than 0.2, with room for rounding."""


SIZES = (9, 2), (1, 3), (2, 2), (12, 5), (3, 3), (5, 5), (4, 1), (1, 1), (9, 2)
"""Points and hidden units, as many as one another too."""


def network(rng: np.random.Generator, n: int, width: int) -> tuple[Array, Array, Array, Array, float]:
    """Points x (n, 2), and W1 (width, 2), b1 (width,), w2 (width,), b2."""
    hidden = draws.away_from(rng, (width, 2), 0.3), draws.away_from(rng, (width,), 0.1, 0.8)
    return rng.normal(size=(n, 2)), *hidden, draws.away_from(rng, (width,), 0.3), float(draws.away_from(rng, (), 0.1))


def around(corner: Array) -> Array:
    """A grid (1681, 2) of points around one corner, up to the edges."""
    offsets = np.linspace(-RADIUS, RADIUS, 41)
    return corner + np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2)


def asked(student: Student, name: str, given: tuple[Array, Array, Array, Array, float]) -> list[object]:
    """h and y of one of the two networks, which leaves its arguments alone."""
    *arrays, b2 = given
    held = [student.put(array) for array in arrays]
    got = expect.sequence(getattr(student, name)(*held, b2), 2, f"the result of {name}")
    for what, handle, original in zip(("x", "W1", "b1", "w2"), held, arrays, strict=True):
        expect.unchanged(handle.value(), original, what)
    return got


def check_weights(y_at_corners: Array, y_around: list[Array], name: str) -> None:
    """Whether the network is XOR at the corners and around them, from the classes (True and False) it gives."""
    right = int((y_at_corners == XOR).sum())
    expect.that(right == 4, f"With the weights of {name}(), the network is right on {right} of the four corners.")
    for corner, got, want in zip(CORNERS, y_around, XOR, strict=True):
        expect.that(
            np.all(got == want),
            f"{name}() is right at the corner ({corner[0]:.0f}, {corner[1]:.0f}), but not in all of its surroundings, "
            "less than 0.2 away in each coordinate.",
        )


@pytest.mark.points(0.5)
def test_threshold_network(student: Student, rng: np.random.Generator) -> None:
    """Two layers of threshold neurons: the hidden values and the output, for any number of hidden units"""
    for n, width in SIZES:
        given = network(rng, n, width)
        h, y = asked(student, "threshold_network", given)
        want_h, want_y = reference.threshold_network(*given)
        xor_answers.classes(h, want_h, f"h of threshold_network for {n} points and {width} hidden units")
        xor_answers.classes(y, want_y, f"y of threshold_network for {n} points and {width} hidden units")
    # Whole numbers, so that the sums of some hidden neurons and of the output are exactly 0: these are off.
    side = float(rng.choice([-1.0, 1.0]))
    given = CORNERS, np.array([[side, side], [1.0, -1.0]]), np.array([-side, 0.0]), np.array([1.0, 1.0]), -1.0
    h, y = expect.sequence(student.threshold_network(*given), 2, "the result of threshold_network")
    want_h, want_y = reference.threshold_network(*given)
    xor_answers.classes(h, want_h, "h of threshold_network for the corners, where some sums are exactly 0,")
    xor_answers.classes(y, want_y, "y of threshold_network for the corners, where some sums are exactly 0,")
    # Of the hidden neurons' sums, and then of the output's, some are only just above 0; all are exact.
    tiny = xor_answers.TINY
    x = np.column_stack([1 + tiny * rng.permutation([-1.0, 0.0, 1.0, 2.0]), np.zeros(4)])
    hidden = np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([-1.0, 0.0])
    for output in (np.array([1.0, 0.0]), -0.5), (np.array([tiny, 1.0]), -1.0):
        given = x, *hidden, *output
        h, y = expect.sequence(student.threshold_network(*given), 2, "the result of threshold_network")
        want_h, want_y = reference.threshold_network(*given)
        xor_answers.classes(h, want_h, "h of threshold_network where sums are only just above 0 or below it")
        xor_answers.classes(y, want_y, "y of threshold_network where sums are only just above 0 or below it")


@pytest.mark.points(0.5)
def test_threshold_weights(student: Student, rng: np.random.Generator) -> None:
    """XOR of threshold neurons by hand: right at the corners and around them"""
    weights = xor_answers.two_layers(student.xor_threshold_weights(), "xor_threshold_weights()")
    with np.errstate(all="ignore"):
        around_them = [reference.threshold_network(around(corner), *weights)[1] for corner in CORNERS]
        check_weights(reference.threshold_network(CORNERS, *weights)[1], around_them, "xor_threshold_weights")


@pytest.mark.points(0.5)
def test_relu_network(student: Student, rng: np.random.Generator) -> None:
    """A ReLU layer and a linear output: the hidden values and the output, for any number of hidden units"""
    for n, width in SIZES:
        given = network(rng, n, width)
        h, y = asked(student, "relu_network", given)
        want_h, want_y = reference.relu_network(*given)
        expect.close(h, want_h, f"h of relu_network for {n} points and {width} hidden units")
        expect.close(y, want_y, f"y of relu_network for {n} points and {width} hidden units")
    calls = [network(rng, 6, 3) for _ in range(2)]
    for got, call in zip(xor_answers.called_twice(student.relu_network, *calls), calls, strict=True):
        for name, one, want in zip(
            "hy", expect.sequence(got, 2, "the result of relu_network"), reference.relu_network(*call), strict=True
        ):
            expect.close(one, want, f"{name} of relu_network, of one of two calls, read after both,")


@pytest.mark.points(0.5)
def test_relu_weights(student: Student, rng: np.random.Generator) -> None:
    """XOR with two ReLU units by hand: on the right side of one half at the corners and around them"""
    weights = xor_answers.two_layers(student.xor_relu_weights(), "xor_relu_weights()")

    def classes(x: Array) -> Array:
        y = reference.relu_network(x, *weights)[1]
        return np.where(y > 0.5, 1.0, np.where(y < 0.5, 0.0, np.nan))

    with np.errstate(all="ignore"):
        check_weights(classes(CORNERS), [classes(around(corner)) for corner in CORNERS], "xor_relu_weights")
