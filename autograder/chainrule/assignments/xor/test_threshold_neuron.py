"""Hidden tests of `threshold_neuron`: one neuron, and AND, OR and NAND by hand-set weights."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Student

from . import reference, xor_answers
from .xor_networks import CORNERS

pytestmark = pytest.mark.exercise("threshold_neuron")

Array = NDArray[np.float64]
GATES = {"and_neuron": (0, 0, 0, 1), "or_neuron": (0, 1, 1, 1), "nand_neuron": (1, 1, 1, 0)}
CLEARANCE = 0.2 - 1e-9
"""How far a corner must be from the line, with room for rounding."""


def neurons(student: Student) -> dict[str, tuple[Array, float]]:
    """The student's three neurons."""
    return {name: xor_answers.line(getattr(student, name)(), f"{name}()") for name in GATES}


def check_gate(name: str, w: Array, b: float) -> None:
    """The classes of one line at the four corners."""
    with np.errstate(all="ignore"):
        right = int(((CORNERS @ w + b > 0) == np.array(GATES[name])).sum())
    expect.that(right == 4, f"{name}() is right on {right} of the four corners.")


@pytest.mark.points(0.5)
def test_fires(student: Student, rng: np.random.Generator) -> None:
    """The neuron gives 1 where w·x + b is above zero, and 0 elsewhere, on the line too"""
    for n in (6, 1, 40, 6):
        x, w, b = rng.normal(size=(n, 2)), draws.away_from(rng, (2,), 0.3), float(draws.away_from(rng, (), 0.5, 1.2))
        what = f"threshold_neuron(x, w, b) for x of shape {x.shape}"
        held_x, held_w = student.put(x), student.put(w)
        xor_answers.classes(student.threshold_neuron(held_x, held_w, b), reference.threshold_neuron(x, w, b), what)
        expect.unchanged(held_x.value(), x, "x")
        expect.unchanged(held_w.value(), w, "w")
    x, w = rng.permutation([[1.0, 1.0], [2.0, 0.0], [3.0, -1.0], [0.0, 2.0], [2.0, 1.0], [0.0, 0.0]]), np.ones(2)
    got = student.threshold_neuron(x, w, -2.0)
    xor_answers.classes(got, reference.threshold_neuron(x, w, -2.0), "threshold_neuron where points lie on the line")
    # Sums that are exact in whatever order they are added.
    near = xor_answers.TINY * rng.permutation([-1.0, 1.0, 2.0, 0.0])
    for x1, b in ((1 + near, -1.0), (1e-20 * np.sign(near), 0.0)):
        x = np.column_stack([x1, np.zeros(4)])
        what = "threshold_neuron where sums are only just above 0 or below it"
        xor_answers.classes(student.threshold_neuron(x, w, b), reference.threshold_neuron(x, w, b), what)


@pytest.mark.points(0.25)
def test_gates(student: Student, rng: np.random.Generator) -> None:
    """AND, OR and NAND are right on the four corners"""
    for name, (w, b) in neurons(student).items():
        check_gate(name, w, b)


@pytest.mark.points(0.25)
def test_clearance(student: Student, rng: np.random.Generator) -> None:
    """The lines of AND, OR and NAND keep their distance from every corner"""
    lines = neurons(student)
    # Any line far away keeps its distance. The sign of b costs its points in test_gates only.
    at_least_one(*(partial(check_gate, name, w, side * b) for side in (1, -1) for name, (w, b) in lines.items()))
    expect.that(len({(*w, b) for w, b in lines.values()}) > 1, "AND, OR and NAND all have the same line.")
    for name, (w, b) in lines.items():
        expect.that(w.any(), f"The weights of {name}() are zero, so there is no line.")
        with np.errstate(all="ignore"):
            distance = np.abs(CORNERS @ w + b) / np.hypot(*w)
        expect.that(
            np.all(distance >= CLEARANCE),
            f"The line of {name}() is nearer than 0.2 to {int((~(distance >= CLEARANCE)).sum())} of the four corners.",
        )
