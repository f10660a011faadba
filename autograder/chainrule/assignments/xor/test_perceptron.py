"""Hidden tests of `perceptron`: one step, the history of a training, and what a history shows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.probe.outcome import WrongAnswer
from chainrule.probe.student import Student

from . import reference, xor_answers
from .xor_networks import CORNERS, SIGNS

pytestmark = pytest.mark.exercise("perceptron")

Array = NDArray[np.float64]
AND, OR = np.array([-1.0, -1.0, -1.0, 1.0]), np.array([-1.0, 1.0, 1.0, 1.0])
VERDICTS = ("converged", "cycling", "undecided")


def drawn_sample(rng: np.random.Generator, side: int) -> tuple[Array, float, Array, float]:
    """w, b and a sample x with its label y, for which y·(w·x + b) has this sign, clearly."""
    tries = draws.attempts()
    while True:
        next(tries)
        w, b, x = draws.away_from(rng, (2,), 0.3), float(draws.away_from(rng, (), 0.2)), draws.away_from(rng, (2,), 0.3)
        z = float(w @ x + b)
        if abs(z) > 0.3:
            return w, b, x, side * float(np.sign(z))


def check_step(student: Student, w: Array, b: float, x: Array, y: float, kind: str) -> None:
    """One step on one sample."""
    got_w, got_b = expect.sequence(student.perceptron_step(w, b, x, y), 2, "the result of perceptron_step")
    want_w, want_b = reference.perceptron_step(w, b, x, y)
    expect.close(got_w, want_w, f"w after a step on a sample {kind}, y = {y:+.0f},")
    expect.close(got_b, want_b, f"b after a step on a sample {kind}, y = {y:+.0f},")


def check_moves(student: Student, w: Array, b: float, x: Array, y: float) -> None:
    """A step that never moves anything says nothing about samples on the right side."""
    got_w, got_b = expect.sequence(student.perceptron_step(w, b, x, y), 2, "the result of perceptron_step")
    still = np.array_equal(expect.array(got_w, "w after a step", (2,)), w) and expect.number(got_b, "b") == b
    expect.that(not still, "A step on a sample on the wrong side moves neither w nor b.")


def check_history(student: Student, x: Array, y: Array, epochs: int, name: str) -> None:
    """Every row of the history of one training."""
    want = reference.train_perceptron(x, y, epochs)
    what = f"the history of {name} over {epochs} epochs of {len(x)} samples"
    got = expect.array(student.train_perceptron(x, y, epochs), what, want.shape)
    expect.that(not got[0].any(), f"Row 0 of {what} is the start, where w and b are zero.")
    wrong = ~np.isclose(got, want, rtol=1e-9, atol=1e-9).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        still = np.array_equal(want[row], want[row - 1])
        frozen = want[:, 2].any() and not got[:, 2].any()
        say = "w or b moves although the sample is on its right side" if still else "w or b is not right"
        say = "b never moves; w or b is not right" if frozen else say
        raise WrongAnswer(f"{what}: {say} in row {row}, the first that is wrong.")


def verdict(student: Student, history: Array, want: tuple[str, int], name: str) -> None:
    """What the student reads out of a history."""
    got, number = expect.sequence(student.perceptron_verdict(history), 2, "the result of perceptron_verdict")
    expect.that(isinstance(got, str), "The first result of perceptron_verdict should be a string.")
    expect.that(got in VERDICTS, f"The first result of perceptron_verdict is none of {', '.join(VERDICTS)}.")
    expect.that(got == want[0], f"{name}: the verdict is not “{got}”.")
    expect.equal(number, want[1], f"{name}: the number that goes with “{got}”")


def walk(rng: np.random.Generator, rows: int) -> Array:
    """Different rows of whole numbers (rows, 3)."""
    numbers = rng.permutation(np.arange(-100, 101))[:rows].astype(np.float64)
    return np.column_stack([numbers, rng.integers(-2, 3, rows), rng.integers(-2, 3, rows)])


@pytest.mark.points(0.5)
def test_wrong_side(student: Student, rng: np.random.Generator) -> None:
    """A sample on the wrong side, or on the line, moves w by y·x and b by y, for both labels"""
    for _ in range(4):
        check_step(student, *drawn_sample(rng, -1), "on the wrong side")
    for y in (-1.0, 1.0):
        check_step(student, np.zeros(2), 0.0, rng.normal(size=2), y, "on the line")
        check_step(student, np.array([1.0, -2.0]), 1.0, np.array([3.0, 2.0]), y, "on the line")


@pytest.mark.points(0.5)
def test_right_side(student: Student, rng: np.random.Generator) -> None:
    """A sample on the right side changes nothing, and a step never changes its arguments"""
    check_moves(student, *drawn_sample(rng.spawn(1)[0], -1))
    for _ in range(4):
        check_step(student, *drawn_sample(rng, 1), "on the right side")
    for side in (1, -1):
        w, b, x, y = drawn_sample(rng, side)
        held_w, held_x = student.put(w), student.put(x)
        student.perceptron_step.keep(held_w, b, held_x, y)
        expect.unchanged(held_w.value(), w, "w")
        expect.unchanged(held_x.value(), x, "x")


@pytest.mark.points(0.5)
def test_history(student: Student, rng: np.random.Generator) -> None:
    """Training: w and b at the start and after each sample, for AND, OR and samples in any order"""
    order = rng.permutation(4)
    check_history(student, CORNERS[order], AND[order], 12, "AND")
    check_history(student, CORNERS[order], OR[order], 12, "OR")
    points = draws.away_from(rng, (2, 7, 2), 0.2)
    points += 0.5 * np.sign(points)
    for x in points:
        check_history(student, x, np.sign(x[:, 0]), 6, "seven other points")
    check_history(student, points[0, :1], np.ones(1), 2, "one point")
    check_history(student, points[0], np.ones(7), 0, "seven other points")
    calls = [(x, np.sign(x[:, 0]), 6) for x in points]
    for got, call in zip(xor_answers.called_twice(student.train_perceptron, *calls), calls, strict=True):
        expect.close(got, reference.train_perceptron(*call), "the history of one of two trainings, read after both")


@pytest.mark.points(0.5)
def test_xor(student: Student, rng: np.random.Generator) -> None:
    """On XOR the training goes on to the last epoch, and x and y keep their values"""
    for _ in range(2):
        order = rng.permutation(4)
        check_history(student, CORNERS[order], SIGNS[order], 15, "XOR")
    x, y = CORNERS[order], SIGNS[order]
    held_x, held_y = student.put(x), student.put(y)
    student.train_perceptron.keep(held_x, held_y, 3)
    expect.unchanged(held_x.value(), x, "x")
    expect.unchanged(held_y.value(), y, "y")


@pytest.mark.points(0.5)
def test_converged(student: Student, rng: np.random.Generator) -> None:
    """The verdict “converged”, with the first row after which nothing changes any more"""
    order = rng.permutation(4)
    for name, y in (("AND", AND), ("OR", OR)):
        history = reference.train_perceptron(CORNERS[order], y[order], 12)
        verdict(student, history, reference.perceptron_verdict(history), f"A training on {name}")
    for moving, still in ((5, 4), (3, 1), (0, 3), (0, 1)):
        rows = walk(rng, moving + 1)
        history = np.concatenate([rows, np.repeat(rows[-1:], still, axis=0)])
        name = f"A history of {len(history)} rows, the last {still + 1} of them equal"
        verdict(student, history, ("converged", moving), name)
    rows = walk(rng, 4)
    history = rows[[0, 1, 1, 2, 3, 3, 3]]
    verdict(student, history, ("converged", 4), "A history that rests for a moment and later for good")
    rows = walk(rng, 3)
    rows[1, 1:] = 0
    history = np.concatenate([rows[:2], -1.0 * -rows[1:2]])
    history[2, 1:] = -0.0
    verdict(student, history, ("converged", 1), "A history whose last row has -0 where the one before has 0 (equal)")


@pytest.mark.points(0.5)
def test_cycling(student: Student, rng: np.random.Generator) -> None:
    """The verdict “cycling” with the shortest period, and “undecided” when the last row is new"""
    order = rng.permutation(4)
    history = reference.train_perceptron(CORNERS[order], SIGNS[order], 6)
    verdict(student, history, reference.perceptron_verdict(history), "A training on XOR")
    for period in (2, 3, 5):
        rows = walk(rng, period + 2)
        history = np.concatenate([rows[:2], np.tile(rows[2:], (3, 1))])[: 2 * period + 3]
        verdict(student, history, ("cycling", period), f"A history that repeats its last {period} rows")
    rows = walk(rng, 6)
    verdict(student, rows, ("undecided", 0), "A history whose rows are all different")
    verdict(student, rows[[0, 1, 1, 2, 0, 3]], ("undecided", 0), "A history whose last row is new")
    verdict(student, rows[:1], ("undecided", 0), "A history of a single row")
    verdict(student, rows[[0, 1, 2, 1]], ("cycling", 2), "A history whose last row was there once before, two rows ago")
    verdict(student, rows[[0, 1, 2, 1, 3, 4, 1]], ("cycling", 3), "A history that comes back by another way")
    near = np.nextafter(rows[2:3] + 0.5, np.inf)
    for between in (0, 2):
        history = np.concatenate([rows[:2], rows[2:3] + 0.5, rows[3 : 3 + between], near])
        verdict(student, history, ("undecided", 0), "A history whose last row is only almost equal to an earlier one")
    for history, kind in ((rows[[0, 1, 1]], "converged"), (rows[[0, 1, 2, 1]], "cycling")):
        number = expect.sequence(student.perceptron_verdict(history), 2, "the result of perceptron_verdict")[1]
        whole = type(number) is int or (isinstance(number, np.ndarray) and number.dtype.kind in "iu")
        expect.that(whole, f"The number that goes with “{kind}” counts rows: it should be an int, not a float.")
