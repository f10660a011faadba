"""Hidden tests of `softmax`; their points add up to those of the notebook's cell `softmax`.

A test draws its inputs from `rng`, anew for each submission, and asks `student`, a copy of the finished notebook, for
values. Its docstring is the title that students read. `expect` never shows them the expected value.
"""

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("softmax")


@pytest.mark.points(1)
def test_probabilities(student: Student, rng: np.random.Generator) -> None:
    """The probabilities of several batches, one sample alone among them"""
    for samples, classes in ((5, 3), (1, 4), (2, 6)):
        scores = rng.normal(0, 2, size=(samples, classes))
        expect.close(student.softmax(scores), reference.softmax(scores), "the probabilities", batch=samples)


@pytest.mark.points(1)
def test_large_scores(student: Student, rng: np.random.Generator) -> None:
    """Scores around 1000 and -1000, whose exponentials do not fit into a float"""
    for centre in (1000.0, -1000.0):
        scores = rng.normal(centre, 2, size=(4, 3))
        expect.close(student.softmax(scores), reference.softmax(scores), "the probabilities of large scores")


@pytest.mark.points(1)
def test_scores_are_not_changed(student: Student, rng: np.random.Generator) -> None:
    """The scores keep their values, so a second call gives the same probabilities"""
    scores = rng.normal(size=(3, 5))
    held = student.put(scores)
    expect.close(student.softmax(held), reference.softmax(scores), "the probabilities")
    expect.unchanged(held.value(), scores, "scores")
