"""Hidden tests of `stuck`: the claimed reason against the run itself, and solve rates against counting the runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.probe.outcome import WrongAnswer
from chainrule.probe.student import Student

from . import reference, xor_answers, xor_networks
from .xor_networks import CORNERS, XOR, Parameters

BLOCKS = ("hidden_points", "probabilities", "init_xor", "train_xor_numpy", "train_xor_torch")
pytestmark = [pytest.mark.exercise("stuck"), pytest.mark.builds_on(*BLOCKS)]

Array = NDArray[np.float64]
REASONS = ("solved", "all undecided", "two undecided", "three averaged", "other")
CANDIDATES = 20
"""Seeds looked at for runs that solve XOR and runs that do not."""

LOOKS = 3
"""So often others are looked at where all runs end alike: of 20 of the reference, all solve XOR once in 1400 times."""

EQUAL = 1e-6
LOW = 0.1
"""A loss that four corners at p = 0.9 have."""

CLEAR = 0.1
"""How far a logit must be from the margin for a run to be counted."""


def check_reason(student: Student, network: Parameters, activation: str, kind: str) -> None:
    """The student's reason for one network."""
    named = () if activation == "tanh" else (activation,)
    got = student.stuck_reason(network, *named)
    expect.that(isinstance(got, str), "stuck_reason should give a string.")
    expect.that(got in REASONS, f"stuck_reason gave a string that is none of {', '.join(REASONS)}.")
    if got != reference.stuck_reason(network, activation):
        right = int(xor_networks.corners_right([array[None] for array in network], activation)[0])
        p = ", ".join(f"{value:.2f}" for value in reference.probabilities(network, CORNERS, activation))
        raise WrongAnswer(
            f"stuck_reason says “{got}” of {kind} {activation} network with p = {p} at the corners: {right} of 4 right "
            "with the margin."
        )


def check_built(student: Student, rng: np.random.Generator, p: Array, activation: str) -> None:
    """The reason of a network built to have these probabilities (4,) at the corners."""
    check_reason(student, xor_networks.with_logits(rng, 6, np.log(p / (1 - p)), activation), activation, "a")


def runs(
    rng: np.random.Generator, activation: str, count: int, steps: int, reasons: tuple[str, ...]
) -> dict[str, list[Parameters]]:
    """2-2-1 networks by the reason for which they ended where they are, trained until each of `reasons` was there."""
    found: dict[str, list[Parameters]] = {reason: [] for reason in REASONS}
    tries = draws.attempts()
    while not all(found[reason] for reason in reasons):
        next(tries)
        networks = xor_networks.train(xor_networks.drawn(rng, count, 2), steps, 1.0, activation)
        for index in range(count):
            network = xor_networks.one(networks, index)
            found[reference.stuck_reason(network, activation)].append(network)
    return found


@dataclass(frozen=True)
class Trial:
    """Seeds, the student's networks of them, and a training with its steps, its rate and the share that it solves."""

    seeds: list[int]
    starts: Parameters
    activation: str
    steps: int
    rate: float
    solves: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """How many of the networks solve XOR, one for each of the seeds."""
        return float(self.solves.mean())

    def again(self, index: int) -> Trial:
        """The same with two networks more of one of the seeds."""
        own = np.r_[np.arange(len(self.seeds)), index, index]
        seeds, starts = [self.seeds[which] for which in own], [array[own] for array in self.starts]
        return replace(self, seeds=seeds, starts=starts, solves=self.solves[own])


def started(student: Student, width: int, seeds: NDArray[np.int64]) -> Parameters:
    """The student's networks of these seeds before any step."""
    return xor_networks.together([xor_answers.initial(student, width, int(seed)) for seed in seeds])


def trials(
    student: Student,
    rng: np.random.Generator,
    width: int,
    activation: str,
    *trainings: tuple[int, float],
    solving: int = 3,
    not_with: int | None = None,
) -> list[Trial]:
    """Trainings of five networks of the student's; where it can be, `solving` of them solve XOR in the first training.

    These do not solve it with `not_with` units, if that is given. Seeds whose runs end near the margin are taken last:
    there, rounding could decide.
    """
    for _ in range(LOOKS):
        seeds = rng.choice(1_000_000, CANDIDATES, replace=False)
        starts = started(student, width, seeds)
        ends = [xor_networks.train(starts, steps, rate, activation) for steps, rate in trainings]
        away = [np.abs(np.abs(xor_networks.corner_logits(end, activation)) - xor_networks.MARGIN) for end in ends]
        clear = np.min(away, axis=(0, 2)) > CLEAR
        solved = [xor_networks.solved(end, activation) for end in ends]
        good, bad = np.flatnonzero(clear & solved[0]), np.flatnonzero(clear & ~solved[0])
        if good.size and bad.size:
            break
    if not_with is not None:
        others = xor_networks.train(started(student, not_with, seeds), *trainings[0], activation)
        good = good[np.argsort(xor_networks.solved(others, activation)[good], kind="stable")]
    chosen = np.concatenate(
        [good[:solving], bad[: 5 - solving], good[solving:], bad[5 - solving :], np.flatnonzero(~clear)]
    )[:5]
    rng.shuffle(chosen)
    own = [array[chosen] for array in starts]
    return [
        Trial([int(seed) for seed in seeds[chosen]], own, activation, steps, rate, solves[chosen])
        for (steps, rate), solves in zip(trainings, solved, strict=True)
    ]


def almost(student: Student, rng: np.random.Generator, width: int, activation: str) -> Trial | None:
    """A training that ends when the losses of some networks are low, but their corners not yet right with the margin.

    None where the student's networks of some seeds are never at that point.
    """
    seeds = rng.choice(1_000_000, CANDIDATES, replace=False)
    starts = networks = started(student, width, seeds)
    best, found = 0, None
    for steps in range(10, 300, 10):
        networks = xor_networks.train(networks, 10, 1.0, activation)
        away = np.abs(np.abs(xor_networks.corner_logits(networks, activation)) - xor_networks.MARGIN).min(axis=1)
        solves = xor_networks.solved(networks, activation)
        low = (xor_networks.corner_losses(networks, activation) < LOW) & ~solves & (away > CLEAR / 3)
        if low.sum() > best:
            best = int(low.sum())
            chosen = np.r_[np.flatnonzero(low)[:3], np.flatnonzero(solves & (away > CLEAR / 3))[:2]]
            own = [array[chosen] for array in starts]
            found = Trial([int(seed) for seed in seeds[chosen]], own, activation, steps, 1.0, solves[chosen])
    return found


def check_rate(student: Student, trial: Trial, *named: object, once: bool = False) -> None:
    """The student's solve rate for some seeds against counting; `named` are the arguments after the seeds.

    These come as a generator, if they can be walked through `once` only.
    """
    width = trial.starts[1].shape[1]
    what = (
        f"solve_rate({width}, “{trial.activation}”, seeds) over {len(trial.seeds)} seeds with {trial.steps} steps of "
        f"size {trial.rate:g}"
    )
    seeds = student.instruments.one_pass.keep(trial.seeds) if once else trial.seeds
    got = expect.number(student.solve_rate(width, trial.activation, seeds, *named), what)
    expect.that(0 <= got <= 1, f"{what} is {got:.3g}, but a share is between 0 and 1.")
    more = "more" if got > trial.share else "fewer"
    expect.that(
        abs(got - trial.share) < EQUAL,
        f"{what} is {got:.2g}: {more} than are solved when your networks of these seeds are trained.",
    )


def check_there_is_a_share(trial: Trial) -> None:
    """Some of the networks solve XOR and some do not: where all end alike, 0 or 1 is right without any counting."""
    width, who = trial.starts[1].shape[1], "all" if trial.share else "none"
    expect.that(
        0 < trial.share < 1,
        f"Of {LOOKS * CANDIDATES} networks of your init_xor({width}, seed), trained with {trial.activation}, {who} "
        "clearly solve XOR: solve_rate has nothing to count.",
    )


@pytest.mark.points(0.5)
def test_trained(student: Student, rng: np.random.Generator) -> None:
    """The claimed reason of trained 2-2-1 networks is the one that their run shows"""
    for activation, count, steps, reasons in (("relu", 160, 500, REASONS[:4]), ("tanh", 40, 800, REASONS[:3:2])):
        found = runs(rng, activation, count, steps, reasons)
        for network in [network for reason in REASONS for network in found[reason][:2]]:
            check_reason(student, network, activation, "a trained 2-2-1")


@pytest.mark.points(0.25)
def test_averaged(student: Student, rng: np.random.Generator) -> None:
    """Three averaged: around the mean of the three targets that are left, whichever corner is the right one"""
    for activation in ("tanh", "sigmoid", "relu"):
        for corner in range(4):
            mean = (XOR.sum() - XOR[corner]) / 3
            p = mean + rng.uniform(-0.04, 0.04, 4)
            p[corner] = 0.97 if XOR[corner] else 0.03
            check_built(student, rng, p, activation)
            for elsewhere in (1 - mean, mean + float(rng.choice([-0.07, 0.07]))):
                p[:] = elsewhere
                p[corner] = 0.97 if XOR[corner] else 0.03
                check_built(student, rng, p, activation)
    for corner in range(4):
        mean, (sure, unsure) = (XOR.sum() - XOR[corner]) / 3, (0.97, 0.8) if XOR[corner] else (0.03, 0.2)
        # Right on the average only; right, but that the fourth has no margin.
        for rest, fourth in (([mean - 0.09, mean, mean + 0.09], sure), ([mean, mean, mean], unsure)):
            check_built(student, rng, np.insert(rng.permutation(rest), corner, fourth), "tanh")


@pytest.mark.points(0.25)
def test_borders(student: Student, rng: np.random.Generator) -> None:
    """Two undecided, whichever two they are, and networks on either side of each border between the reasons"""
    for pair in combinations(range(4), 2):
        p = np.where(XOR == 1, 0.97, 0.03)
        p[list(pair)] = rng.uniform(0.46, 0.54, 2)
        check_built(student, rng, p, "tanh")
    for right_class in (
        (0.92, 0.92, 0.92, 0.92),
        (0.97, 0.97, 0.97, 0.88),
        (0.97, 0.97, 0.97, 0.03),
        (0.7, 0.8, 0.8, 0.85),
        (0.46, 0.54, 0.47, 0.52),
        (0.46, 0.54, 0.47, 0.57),
        (0.97, 0.97, 0.54, 0.46),
        (0.97, 0.97, 0.54, 0.43),
        (0.97, 0.85, 0.5, 0.5),
        (0.97, 0.03, 0.5, 0.5),
        (0.97, 0.5, 0.5, 0.5),
        (0.03, 0.03, 0.03, 0.03),
        # With the losses of two undecided, all undecided, three averaged and solved.
        (0.8, 0.8, 0.625, 0.625),
        (0.4, 0.4, 0.625, 0.625),
        (0.8, 0.6, 0.6, 0.5144),
        (0.88, 0.99, 0.99, 0.99),
    ):
        p = rng.permutation(right_class)
        check_built(student, rng, np.where(XOR == 1, p, 1 - p), str(rng.choice(["tanh", "sigmoid", "relu"])))


@pytest.mark.points(0.5)
def test_solve_rate(student: Student, rng: np.random.Generator) -> None:
    """solve_rate: the share of solved networks of its width and activation, by counting the runs of hidden seeds"""
    # Another share each time: one that is always the same is not counted.
    one, other = rng.spawn(1)[0].permutation([2, 3]).tolist()
    (trial,) = trials(student, rng, 2, "tanh", (400, 1.0), solving=one)
    # A seed may be there more than once.
    check_rate(student, trial.again(int(np.argmax(trial.solves))), 400)
    check_there_is_a_share(trial)
    # With four units all may solve XOR, from the best of starts.
    (trial,) = trials(student, rng, 4, "relu", (300, 1.0), solving=other, not_with=2)
    check_rate(student, trial, 300, once=True)


@pytest.mark.points(0.5)
def test_steps_and_rate(student: Student, rng: np.random.Generator) -> None:
    """solve_rate: 1000 steps unless told otherwise, and of the length that is asked for"""
    default, few, long = trials(student, rng, 2, "sigmoid", (1000, 1.0), (200, 1.0), (200, 4.0))
    check_rate(student, default)
    check_there_is_a_share(default)
    check_rate(student, few, 200)
    check_rate(student, long, 200, 4.0)
    if unsolved := almost(student, rng, 4, "tanh"):
        check_rate(student, unsolved, unsolved.steps)
