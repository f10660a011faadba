"""Hidden tests of `no_hidden_layer`: what is left of a network without a nonlinearity, and what no line can do."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.probe.student import Student

from . import reference, xor_networks
from .xor_networks import Parameters

pytestmark = [
    pytest.mark.exercise("no_hidden_layer"),
    pytest.mark.builds_on("hidden_points", "probabilities", "solved"),
]

Array = NDArray[np.float64]
TINY = 2.0**-60
"""A power of two, so that sums of what is multiplied by it are rounded as before."""


@pytest.mark.points(0.25)
def test_collapse(student: Student, rng: np.random.Generator) -> None:
    """An identity network is one affine map: w and b of it"""
    for width, size in ((8, 1), (1, 1), (2, 1), (8, 40)):
        network = [size * array for array in xor_networks.one(xor_networks.drawn(rng, 1, width), 0)]
        w, b = expect.sequence(student.collapse_network(network), 2, "the result of collapse_network")
        want_w, want_b = reference.collapse_network(network)
        expect.close(w, want_w, f"w of a collapsed network of {width} units")
        expect.close(b, want_b, f"b of a collapsed network of {width} units")


@pytest.mark.points(0.5)
def test_most_corners(student: Student, rng: np.random.Generator) -> None:
    """How many corners a linear model gets right, where a logit of exactly zero is right for no class"""
    lines = dict.fromkeys(range(4), 0)
    for _ in range(200):
        w, b = draws.away_from(rng, (2,), 0.2), float(draws.away_from(rng, (), 0.1))
        want = reference.most_corners_right(w, b)
        if lines[want] < 2:
            lines[want] += 1
            expect.equal(student.most_corners_right(w, b), want, "the number of corners right for a random line")
            # The same line, exactly.
            what = "the number of corners right for a line with very small weights"
            expect.equal(student.most_corners_right(TINY * w, TINY * b), want, what)
    for w, b in ((np.zeros(2), 0.0), (np.ones(2), -1.0), (-np.ones(2), 0.0), (np.array([1.0, -1.0]), 0.0)):
        want = reference.most_corners_right(w, b)
        what = f"the number of corners right for a line through corners, w = ({w[0]:.0f}, {w[1]:.0f}), b = {b:.0f},"
        expect.equal(student.most_corners_right(w, b), want, what)


@pytest.mark.points(0.25)
def test_identity_solve_rate(student: Student, rng: np.random.Generator) -> None:
    """The measured share of solved networks without a nonlinearity, over hidden seeds and for any width"""
    seeds = rng.choice(1_000_000, 5, replace=False).tolist()
    once = student.instruments.one_pass.keep(seeds[:2])
    for arguments in ((seeds,), (seeds[:3], 3, 60, 0.5), (once, 2, 0)):
        rate = expect.number(student.identity_solve_rate(*arguments), "identity_solve_rate(seeds)")
        expect.that(
            rate == 0,
            f"identity_solve_rate says that a share of {rate:.2g} is solved, but no line has all four corners right.",
        )
    check_measured(student, rng.spawn(1)[0])


def check_measured(student: Student, rng: np.random.Generator) -> None:
    """The share is measured on networks of the seeds: 0 is right, and as easily written down."""
    seeds: list[int] = rng.choice(1_000_000, 3, replace=False).tolist()
    network, started = xor_networks.one(xor_networks.drawn(rng, 1, 3), 0), set()

    def init_xor(width: object, seed: object) -> Parameters:
        started.add(expect.number(seed, "the seed"))
        return network

    student.define("init_xor", init_xor)
    student.identity_solve_rate.keep(student.instruments.one_pass.keep(seeds), 3, 60, 0.5)
    expect.that(
        started >= set(seeds),
        "identity_solve_rate(seeds) does not start one network init_xor(width, seed) for each of the seeds.",
    )
