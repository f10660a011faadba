"""Hidden tests of `continuous_xor`: noisy corners and the probabilities over a grid of points."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference, xor_answers, xor_networks
from .xor_networks import CORNERS

pytestmark = [pytest.mark.exercise("continuous_xor"), pytest.mark.builds_on("hidden_points", "probabilities")]

Array = NDArray[np.float64]
MANY = 4000


def points(student: Student, n: int, sigma: float, seed: int) -> tuple[Array, Array]:
    """The student's x (n, 2) and y (n,), all numbers and y of classes 0 and 1."""
    x, y = expect.sequence(student.noisy_xor(n, sigma, seed), 2, "the result of noisy_xor")
    found = xor_answers.finite(x, f"x of noisy_xor({n}, …)", (n, 2))
    labels = xor_answers.zeros_and_ones(y, f"y of noisy_xor({n}, …)", (n,))
    return found, labels


def parity(x: Array) -> Array:
    """XOR of the nearest corner."""
    return np.asarray((x[:, 0] > 0.5) != (x[:, 1] > 0.5), dtype=np.float64)


@pytest.mark.points(0.25)
def test_corners(student: Student, rng: np.random.Generator) -> None:
    """Every point belongs to a corner drawn at random, whose XOR is its class, and the seed decides all of it"""
    seed = int(rng.integers(1000))
    x, y = points(student, 7, 0.1, seed)
    again, another = points(student, 7, 0.1, seed), points(student, 7, 0.1, seed + 1)
    expect.that(np.array_equal(x, again[0]) and np.array_equal(y, again[1]), "The same seed gives other points.")
    expect.that(not np.array_equal(x, another[0]), "Another seed gives the same points.")
    x, y = points(student, 5, 0.0, seed)
    expect.that(np.isin(x, (0, 1)).all(), "Without noise (sigma = 0), not every point is a corner.")
    near, other = (np.round(points(student, 40, 0.01, which)[0]) for which in (seed, seed + 1))
    expect.that(
        not np.array_equal(near, other), "The points come from the same corners in the same order for any seed."
    )
    held = student.noisy_xor.keep(7, 0.1, seed)
    # A truth value can be written into arrays of any kind of number.
    held[0].assign(np.zeros((7, 2), dtype=bool))
    held[1].assign(np.zeros(7, dtype=bool))
    once_more = points(student, 7, 0.1, seed)
    expect.that(
        np.array_equal(again[0], once_more[0]) and np.array_equal(again[1], once_more[1]),
        "The same seed gives other points once somebody has written into those it gave before: give new arrays.",
    )
    even = 0
    for which in (0, seed):
        x, y = points(student, MANY, 0.01, which)
        wrong = int((y != parity(x)).sum())
        expect.that(not wrong, f"With little noise, {wrong} of {MANY} points do not have the class of their corner.")
        counts = [int((np.abs(x - corner).max(axis=1) < 0.5).sum()) for corner in CORNERS]
        fair = min(counts) > 0.21 * MANY
        expect.that(fair, f"Of {MANY} points, the four corners have {counts}: draw each as often.")
        even += len(set(counts)) == 1
    expect.that(even < 2, f"Of {MANY} points, each corner has exactly a quarter, again and again: draw every corner.")


@pytest.mark.points(0.25)
def test_noise(student: Student, rng: np.random.Generator) -> None:
    """The noise is normal, with the given standard deviation, independent in both coordinates, and changes no class"""
    sigma = float(rng.uniform(0.05, 0.09))
    x, _ = points(student, MANY, sigma, int(rng.integers(1000)))
    noise = x - np.round(np.clip(x, 0, 1))
    spread = np.asarray(noise.std(axis=0))
    expect.that(np.all(spread > 0), "There is no noise on the points.")
    ratio = spread / sigma
    expect.that(
        np.all(np.abs(ratio - 1) < 0.1),
        f"The standard deviation of the noise is {ratio[0]:.2g} times sigma in x1 and {ratio[1]:.2g} times in x2.",
    )
    expect.that(np.all(np.abs(noise.mean(axis=0)) < 0.15 * sigma), "The noise is not around zero.")
    correlation = float(np.asarray(np.corrcoef(noise.T))[0, 1])
    expect.that(abs(correlation) < 0.15, "The noise in x1 and in x2 is not independent: draw one number for each.")
    far = float((np.abs(noise) > 2 * sigma).mean())
    expect.that(0.02 < far < 0.08, "The noise is not normal: too many or too few points are more than 2 sigma away.")
    far = float(np.abs(noise).max())
    expect.that(
        far > 3 * sigma, f"Of {2 * MANY} numbers none is more than 3 sigma away: normal noise has no such limit."
    )
    x, y = points(student, MANY, 0.5, int(rng.integers(1000)))
    agreeing = float((y == parity(x)).mean())
    expect.that(
        agreeing < 0.9,
        "With much noise, y is still the XOR of the nearest corner: it is that of the corner a point came from.",
    )
    x, _ = points(student, MANY, 3.0, int(rng.integers(1000)))
    # A corner's coordinates have the mean ½ and the variance ¼.
    ratio = np.sqrt(((x - 0.5) ** 2).mean(axis=0) / (3.0**2 + 0.25))
    expect.that(
        np.all(np.abs(ratio - 1) < 0.1),
        f"With much noise (sigma = 3), the points are spread {ratio[0]:.2g} times as far as they should be in x1 and "
        f"{ratio[1]:.2g} times in x2.",
    )


@pytest.mark.points(0.5)
def test_grid(student: Student, rng: np.random.Generator) -> None:
    """The probabilities over a grid: one row for each x2, one column for each x1, for every activation"""
    for columns, rows, activation in ((5, 3, "tanh"), (4, 4, "sigmoid"), (1, 3, "relu"), (3, 2, "identity")):
        network = xor_networks.one(xor_networks.drawn(rng, 1, 6), 0)
        x1, x2 = np.sort(rng.uniform(-1, 2, columns)), np.sort(rng.uniform(-1, 2, rows))
        named = () if activation == "tanh" else (activation,)
        want = reference.decision_grid(network, x1, x2, *named)
        what = f"the grid of a {activation} network for {columns} values of x1 and {rows} of x2"
        expect.close(student.decision_grid(network, x1, x2, *named), want, what)
    for size, what in (
        (1.0, "the grid for values in any order, some of them equal,"),
        (300.0, "the grid for large logits"),
    ):
        network = [array * size for array in xor_networks.one(xor_networks.drawn(rng, 1, 4), 0)]
        x1, x2 = rng.uniform(-1, 2, 5)[[3, 1, 0, 1]], rng.uniform(-1, 2, 3)[[2, 0, 2]]
        held_x1, held_x2 = student.put(x1), student.put(x2)
        got, want = student.decision_grid(network, held_x1, held_x2), reference.decision_grid(network, x1, x2)
        expect.close(got, want, what)
        expect.unchanged(held_x1.value(), x1, "x1")
        expect.unchanged(held_x2.value(), x2, "x2")
