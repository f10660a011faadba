"""Hidden tests of `train_xor_numpy`: the start, gradient descent by hand, and how many of many runs solve XOR."""

from contextlib import suppress

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.probe.outcome import Crashed, StudentProblem, WrongAnswer
from chainrule.probe.student import Student

from . import reference, xor_answers, xor_networks
from .xor_networks import CORNERS, SIGNS, XOR, Parameters

pytestmark = [pytest.mark.exercise("train_xor_numpy"), pytest.mark.builds_on("hidden_points")]

Array = NDArray[np.float64]
ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")

RUNS, ENOUGH = 50, 40
"""Starting networks, and how many must end solved; those of usual sizes all do, N(0, 0.1²) in 19 of 20 runs."""

OWN_RUNS = 10
"""Runs by the student's own training, whose time is limited."""

STEPS, RATE, WIDTH = 500, 1.0, 8
SPREAD = 0.05
"""How much of the size of the weights must come from the seed."""

TOO_MANY_SOLVED = 10
"""Of the starting networks, by luck; large random weights manage one in hundreds."""


def problem(rng: np.random.Generator, n: int, width: int, activation: str) -> tuple[Parameters, Array, Array]:
    """A network whose gradients are not small, with samples x (n, 2), y (n,): XOR itself for n = 4."""
    tries = draws.attempts()
    while True:
        next(tries)
        start = xor_networks.one(xor_networks.drawn(rng, 1, width), 0)
        x, y = (CORNERS, XOR) if n == 4 else (rng.normal(size=(n, 2)), rng.permutation(np.arange(n) % 2) * 1.0)
        after, _ = reference.train_xor_numpy(start, x, y, 1, 1.0, activation)
        if min(np.abs(new - old).max() for new, old in zip(after, start, strict=True)) > draws.WEAKEST_GRADIENT:
            return start, x, y


def check_steps(
    student: Student, given: tuple[Parameters, Array, Array], steps: int, rate: float, activation: str | None
) -> None:
    """Losses and the change of each parameter over some steps from the same start; None names no activation."""
    start, x, y = given
    n, width, named = len(x), len(start[1]), () if activation is None else (activation,)
    what = f"{steps} step{'s' * (steps > 1)} on {n} samples with {width} {activation or 'tanh'} units"
    got = student.train_xor_numpy(start, x, y, steps, rate, *named)
    after, losses = xor_answers.trained(got, width, steps, what)
    want, want_losses = reference.train_xor_numpy(start, x, y, steps, rate, *named)
    expect.close(float(losses[0]), want_losses[0], f"the first loss (before any step) of {what}", batch=n)
    for name, new, old, right in zip(xor_answers.NAMES, after, start, want, strict=True):
        expect.close(new - old, right - old, f"the change of {name} after {what}", rtol=1e-5, atol=1e-8, batch=n)
    expect.close(losses, want_losses, f"the losses over {what}", batch=n)


@pytest.mark.points(0.25)
def test_init(student: Student, rng: np.random.Generator) -> None:
    """init_xor: the right shapes, the same numbers from the same seed, others from another, and units that differ"""
    seed = int(rng.integers(1, 1000))
    for width in (8, 2, 3, 1):
        one, other, again = (xor_answers.initial(student, width, which) for which in (seed, seed + 1, seed))
        expect.that(
            all(np.array_equal(a, b) for a, b in zip(one, again, strict=True)),
            f"init_xor({width}, seed) gives other numbers when it is called again with the same seed.",
        )
        expect.that(
            not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True)),
            f"init_xor({width}, seed) gives the same numbers for another seed.",
        )
        units = np.column_stack([one[0], one[1], one[2][0]])
        expect.that(
            len(np.unique(units, axis=0)) == width,
            f"Of the {width} hidden units of init_xor({width}, seed), some start with equal weights: equal units get "
            "equal gradients and stay equal for ever.",
        )
    arrays = expect.sequence(student.init_xor(3, seed), 4, "the result of init_xor")
    for name, array in zip(xor_answers.NAMES, arrays, strict=True):
        if isinstance(array, np.ndarray):
            double = array.dtype == np.float64
            expect.that(double, f"{name} of init_xor(3, seed) is of dtype {array.dtype}: make it float64.")
    network = xor_answers.initial(student, 3, 0)
    held = student.init_xor.keep(3, 0)
    held[0].assign(np.zeros((3, 2)))
    again = xor_answers.initial(student, 3, 0)
    expect.that(
        all(np.array_equal(a, b) for a, b in zip(network, again, strict=True)),
        "init_xor(3, 0) gives other numbers at a second call, after the arrays of the first were written into.",
    )


@pytest.mark.points(0.5)
def test_one_step(student: Student, rng: np.random.Generator) -> None:
    """One step of gradient descent: the loss before and after, and the change of all weights and biases"""
    for n, width in ((5, 1), (2, 2), (3, 3), (4, 8), (7, 3), (1, 2)):
        given = problem(rng, n, width, "tanh")
        check_steps(student, given, 1, float(rng.uniform(0.3, 1.0)), None)
    with suppress(StudentProblem):
        student.variable("torch").set_grad_enabled.keep(False)
    try:
        student.train_xor_numpy.keep(*given, 1, 0.1)
    except Crashed as crash:
        if "RuntimeError" not in getattr(crash, "kinds", ()):
            raise
        raise WrongAnswer("With autograd switched off, train_xor_numpy fails: write its gradients by hand.") from None


@pytest.mark.points(0.25)
def test_steps(student: Student, rng: np.random.Generator) -> None:
    """Several steps: each loss, the last one of the parameters returned, and the arguments keep their values"""
    check_steps(student, problem(rng, 4, 8, "tanh"), 20, 0.5, "tanh")
    check_steps(student, problem(rng, 7, 3, "tanh"), 20, 0.2, None)
    # So long that a rate which falls has fallen, and so near its end that there is hardly a step to be seen.
    check_steps(student, problem(rng, 4, 3, "tanh"), 150, 0.2, "tanh")
    near = xor_networks.with_logits(rng, 6, SIGNS * rng.uniform(9, 12, 4), "tanh")
    check_steps(student, (near, CORNERS, XOR), 10, 0.5, "tanh")
    (w1, b1, w2, b2), x, y = problem(rng, 7, 3, "identity")
    # A long gradient, of logits that are not large.
    check_steps(student, ([w1 / 400, b1 / 20, 20 * w2, b2], 20 * x, y), 2, 1e-5, "identity")
    calls = [(*problem(rng, 7, 3, "tanh"), 2, 0.5) for _ in range(2)]
    for got, call in zip(xor_answers.called_twice(student.train_xor_numpy, *calls), calls, strict=True):
        after, losses = xor_answers.trained(got, 3, 2, "2 steps")
        want, want_losses = reference.train_xor_numpy(*call)
        expect.close(losses, want_losses, "the losses of one of two trainings, read after both,", batch=7)
        for name, new, right in zip(xor_answers.NAMES, after, want, strict=True):
            expect.close(new, right, f"{name} after one of two trainings, read after both,")
    start, x, y = problem(rng, 4, 3, "tanh")
    held, held_x, held_y = student.put(start), student.put(x), student.put(y)
    got = student.train_xor_numpy(held, held_x, held_y, 3, 0.5)
    xor_answers.trained(got, 3, 3, "3 steps")
    for name, after, original in zip(xor_answers.NAMES, held.value(), start, strict=True):
        expect.unchanged(after, original, f"{name} of the parameters given")
    expect.unchanged(held_x.value(), x, "x")
    expect.unchanged(held_y.value(), y, "y")
    after, losses = xor_answers.trained(student.train_xor_numpy(start, x, y, 0, 0.5), 3, 0, "a training of no steps")
    for name, new, original in zip(xor_answers.NAMES, after, start, strict=True):
        expect.close(new, original, f"{name} after a training of no steps")
    want_losses = reference.train_xor_numpy(start, x, y, 0, 0.5)[1]
    expect.close(losses, want_losses, "the loss of a training of no steps", batch=len(x))


@pytest.mark.points(0.25)
def test_activations(student: Student, rng: np.random.Generator) -> None:
    """Every activation has its own slope in the gradient"""
    for activation in ACTIVATIONS:
        check_steps(student, problem(rng, 4, 5, activation), 3, 0.4, activation)
    (w1, _, w2, b2), x, y = problem(rng, 4, 5, "relu")
    # Without biases the corner (0, 0) lies on the kink of every unit.
    check_steps(student, ([w1, np.zeros(5), w2, b2], x, y), 1, 0.4, "relu")


@pytest.mark.points(0.25)
def test_stable(student: Student, rng: np.random.Generator) -> None:
    """The loss stays finite and right where the network is very sure, of the right class or of the wrong one"""
    for side in (1, -1):
        logits = side * SIGNS * rng.uniform(700, 1000, 4)
        start = xor_networks.with_logits(rng, 6, logits, "tanh")
        _, losses = xor_answers.trained(
            student.train_xor_numpy(start, CORNERS, XOR, 1, 0.1), 6, 1, "a training of one step"
        )
        want = reference.train_xor_numpy(start, CORNERS, XOR, 0, 0.1)[1]
        expect.close(losses[:1], want, "the loss of a network whose logits are between 700 and 1000 in size", batch=4)


@pytest.mark.points(1.0)
def test_solve_rate(student: Student, rng: np.random.Generator) -> None:
    """Networks of 8 tanh units, started from 50 hidden seeds, learn XOR: all four corners right with the margin"""
    seeds = rng.choice(1_000_000, RUNS, replace=False).tolist()
    starts = xor_networks.together([xor_answers.initial(student, WIDTH, seed) for seed in seeds])
    ends = xor_networks.train(starts, STEPS, RATE, "tanh")
    own, losses = [], []
    for index in range(OWN_RUNS):
        got = student.train_xor_numpy(xor_networks.one(starts, index), CORNERS, XOR, STEPS, RATE)
        end, curve = xor_answers.trained(got, WIDTH, STEPS, f"{STEPS} steps from your init_xor", single=True)
        own.append(end)
        losses.append(float(curve[-1]))
    own_ends = xor_networks.together(own)
    expect.that(
        xor_networks.solved(own_ends)[xor_networks.solved(ends)[:OWN_RUNS]].all(),
        f"{OWN_RUNS} networks of your init_xor(8, seed), trained by your train_xor_numpy: by the parameters it "
        f"returned, {xor_networks.ends(own_ends)} of the corners right with the margin. The last loss that it returned "
        f"is between {min(losses):.2g} and {max(losses):.2g}.",
    )
    expect.that(
        xor_networks.solved(ends).sum() >= ENOUGH,
        f"{RUNS} networks of your init_xor(8, seed), trained by gradient descent: {xor_networks.ends(ends)} of the "
        "corners right with the margin.",
    )
    check_random(starts, own_ends)


def check_random(starts: Parameters, own_ends: Parameters) -> None:
    """Whether the starts come from their seeds and the ends from their starts."""
    different, ends = xor_networks.different(starts), xor_networks.different(own_ends)
    expect.that(different == RUNS, f"{RUNS} seeds give only {different} different networks.")
    expect.that(
        ends == OWN_RUNS,
        f"{OWN_RUNS} different starts end in only {ends} different networks: train the one given.",
    )
    numbers = np.column_stack([array.reshape(RUNS, -1) for array in starts])
    size, spread = np.sqrt((numbers**2).mean()), np.sqrt(numbers.var(axis=0).mean())
    expect.that(spread > SPREAD * size, f"{RUNS} seeds give networks that are all but the same.")
    already = int(xor_networks.solved(starts).sum())
    expect.that(
        already < TOO_MANY_SOLVED,
        f"{already} of {RUNS} networks of init_xor have solved XOR before the first step: start from random numbers.",
    )


@pytest.mark.points(0.25)
def test_probabilities(student: Student, rng: np.random.Generator) -> None:
    """probabilities: the sigmoid of the logits, of any points, with any activation and for large logits too"""
    for n, width in ((4, 8), (7, 3), (1, 2), (5, 1), (3, 3)):
        network = xor_networks.one(xor_networks.drawn(rng, 1, width), 0)
        x = rng.normal(size=(n, 2))
        what = f"probabilities of {n} points with {width} units"
        expect.close(student.probabilities(network, x), reference.probabilities(network, x), what)
        for activation in ACTIVATIONS:
            want = reference.probabilities(network, x, activation)
            expect.close(student.probabilities(network, x, activation), want, f"{what} with {activation}")
    network = xor_networks.with_logits(rng, 6, rng.permutation([-1000.0, -40.0, 40.0, 1000.0]), "tanh")
    got, want = student.probabilities(network, CORNERS), reference.probabilities(network, CORNERS)
    expect.close(got, want, "probabilities for logits up to 1000", atol=1e-16)
    calls = [(xor_networks.one(xor_networks.drawn(rng, 1, 3), 0), rng.normal(size=(5, 2))) for _ in range(2)]
    for got, call in zip(xor_answers.called_twice(student.probabilities, *calls), calls, strict=True):
        expect.close(got, reference.probabilities(*call), "probabilities of one of two calls, read after both,")


@pytest.mark.points(0.25)
def test_solved(student: Student, rng: np.random.Generator) -> None:
    """solved: True for four right corners with the margin, and for nothing less"""
    for activation, width in (("tanh", 4), ("sigmoid", 5), ("relu", 6)):
        sure, named = rng.uniform(2.3, 6, 4), () if activation == "tanh" else (activation,)
        unsure, also_unsure, wrong = sure.copy(), sure.copy(), sure.copy()
        # p = 0.87 is sure by most margins but ours; a corner of either class
        unsure[rng.choice([0, 3])] = also_unsure[rng.choice([1, 2])] = rng.uniform(1.7, 2.1)
        wrong[rng.integers(4)] *= -1
        barely = rng.uniform(0.3, 2.1, 4)
        for right, want, name in (
            (sure, True, "all four corners are right with the margin"),
            (wrong, False, "three corners are right with the margin and one is wrong"),
            (unsure, False, "four corners are right, but one of class 0 without the margin"),
            (also_unsure, False, "four corners are right, but one of class 1 without the margin"),
            (barely, False, "four corners are right, but none with the margin"),
            (-sure, False, "all four corners are wrong"),
        ):
            network = xor_networks.with_logits(rng, width, SIGNS * right, activation)
            expect.equal(student.solved(network, *named), want, f"solved(…) of a {activation} network where {name}")
