"""`expect` survives whatever comes back from a student's process, and what it says is true."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import expect
from chainrule.probe.outcome import WrongAnswer

Array = NDArray[Any]

RNG = np.random.default_rng(5)
WANT = RNG.normal(size=(4, 4))
VECTOR = RNG.normal(size=6)


def nested(depth: int) -> list[Any]:
    """A list in a list in a list …"""
    return [nested(depth - 1)] if depth else []


HOSTILE: dict[str, object] = {
    "none": None,
    "true": True,
    "huge int": 10**400,
    "negative huge int": -(10**400),
    "64-bit int": 2**64 - 1,
    "nan": float("nan"),
    "inf": float("inf"),
    "minus zero": -0.0,
    "largest float": 1.7976931348623157e308,
    "empty text": "",
    "text": "right",
    "bytes": b"\xff\x00",
    "empty list": [],
    "list of empty lists": [[], []],
    "deep list": nested(100),
    "wide list": [1.0] * 10_000,
    "ragged list": [[1.0], [1.0, 2.0]],
    "ragged arrays": [np.ones((2, 3)), np.ones((3, 2))],
    "mixed list": [1, None, "x", {"a": 1}, b"", [np.nan]],
    "list of dicts": [{}, {}],
    "list of huge ints": [10**400, 1],
    "empty dict": {},
    "dict of anything": {"": None, "loss": [{}], "h": np.array(np.nan)},
    "0-d nan": np.array(np.nan),
    "0-d bool": np.array(True),
    "0-d int": np.array(7, dtype=np.uint64),
    "array of bools": np.ones((4, 4), dtype=bool),
    "array of nan": np.full((4, 4), np.nan),
    "array of inf": np.full((4, 4), -np.inf),
    "one nan": np.where(np.arange(16).reshape(4, 4) == 3, np.nan, WANT),
    "unsigned": np.full((4, 4), 2**64 - 1, dtype=np.uint64),
    "smallest int": np.full((4, 4), -(2**63)),
    "half precision": WANT.astype(np.float16),
    "single precision": WANT.astype(np.float32),
    "largest floats": np.full((4, 4), 1.7976931348623157e308) * RNG.choice([-1, 1], (4, 4)),
    "denormals": np.full((4, 4), 5e-324),
    "no rows": np.ones((0, 4)),
    "no columns": np.ones((4, 0)),
    "empty array": np.ones(0),
    "many axes": np.ones((1,) * 32),
    "long array": np.zeros(100_000),
    "complex": np.ones((4, 4)) * 1j,
    "strings": np.array([["a", "b"], ["c", "d"]]),
    "objects": np.array([None, [], {}], dtype=object),
    "times": np.array(["2024-01-01"], dtype="datetime64[D]"),
}

WANTED: tuple[Any, ...] = (0.0, 0.7, 3, WANT, VECTOR, np.zeros((4, 4)), np.ones(0), np.ones((4, 0)), [1.0, 2.0])

ASKED: dict[str, Callable[[object], object]] = {
    "close": lambda got: [_judge(expect.close, got, want, "it", batch=4) for want in WANTED],
    "equal to an int": lambda got: expect.equal(got, 7, "it"),
    "equal to a text": lambda got: expect.equal(got, "relu", "it"),
    "equal to a bool": lambda got: expect.equal(got, False, "it"),
    "number": lambda got: expect.number(got, "it"),
    "array": lambda got: expect.array(got, "it"),
    "array of a shape": lambda got: expect.array(got, "it", (4, 3)),
    "shape": lambda got: expect.shape(got, (3, 4), "it"),
    "indices": lambda got: expect.indices(got, "it"),
    "sequence": lambda got: expect.sequence(got, 4, "it"),
    "sequence of any length": lambda got: expect.sequence(got, None, "it"),
    "mapping": lambda got: expect.mapping(got, ("h", "loss"), "it"),
    "unchanged": lambda got: expect.unchanged(got, np.full((4, 4), 1.5), "it"),
}


def _judge(judge: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """The message, or nothing if the value is taken."""
    try:
        judge(*args, **kwargs)
    except WrongAnswer as problem:
        return str(problem)
    return ""


def said(got: Any, want: Any, batch: int | None = None) -> str:
    """What `close` says of a value, "" if it takes it."""
    return _judge(expect.close, got, want, "it", batch=batch)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("question", ASKED)
def test_nothing_but_a_wrong_answer_is_raised(question: str, value: str) -> None:
    message = _judge(ASKED[question], HOSTILE[value])
    assert len(message) < 300
    assert message.isprintable()


NOT_A_NUMBER: dict[str, Any] = {
    "nan": np.nan,
    "0-d array": np.array(np.nan),
    "array": np.array([1.0, np.nan]),
    "list": [1.0, np.nan],
    "nested list": [[np.nan]],
    "all nan": np.full(3, np.nan),
}


@pytest.mark.parametrize("value", NOT_A_NUMBER)
def test_nan_never_passes(value: str) -> None:
    got = NOT_A_NUMBER[value]
    for want in (got, np.nan_to_num(np.asarray(got)), 1.0):
        assert said(got, want)
    assert _judge(expect.unchanged, got, got, "it")
    assert _judge(expect.indices, got, "it")
    assert _judge(expect.number, got, "it")
    assert _judge(expect.equal, got, 1, "it")


@pytest.mark.parametrize("size", [np.inf, -np.inf])
def test_infinity_is_never_close(size: float) -> None:
    assert said(size, size)
    assert said(np.full(3, size), np.full(3, size))


TAKEN: dict[str, tuple[Any, Any]] = {
    "the same": (WANT, WANT),
    "rounding": (WANT * (1 + 1e-12), WANT),
    "a list for an array": (WANT.tolist(), WANT),
    "a list of arrays": (list(WANT), WANT),
    "whole numbers": (np.array([1, 2]), np.array([1.0, 2.0])),
    "an int for a float": (3, 3.0),
    "a 0-d array for a number": (np.array(0.7), 0.7),
    "minus zero": (-0.0, 0.0),
    "nothing at all": (np.ones((0, 3)), np.ones((0, 3))),
}


@pytest.mark.parametrize("case", TAKEN)
def test_right_values_are_taken(case: str) -> None:
    assert said(*TAKEN[case]) == ""


REFUSED: dict[str, tuple[Any, Any]] = {
    "one entry": (WANT + 1e-3 * np.eye(4), WANT),
    "broadcast": (WANT[:1], WANT),
    "an array of one element": (np.array([0.7]), 0.7),
    "a column": (VECTOR[:, None], VECTOR),
    "True": (True, 1.0),
    "text": ("0.7", 0.7),
    "True in an array": (np.array([True, False]), np.array([1.0, 0.0])),
    "True in a list": ([True, False], np.array([1.0, 0.0])),
    "single precision, exact": (np.array([0.5, 0.25], dtype=np.float32), np.array([0.5, 0.25])),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_values_are_refused(case: str) -> None:
    assert said(*REFUSED[case])


TRANSPOSED = "transposed"
OPPOSITE = "opposite sign"
FACTOR = "constant factor"
ONE_OVER_N = "1/N (N = 5 samples)"
FEW_DIGITS = "a few digits only"
SINGLE = "single precision"
ZERO = "is zero"
PLACES = "right numbers in the wrong places"
PHRASES = (TRANSPOSED, OPPOSITE, FACTOR, ONE_OVER_N, FEW_DIGITS, SINGLE, ZERO, PLACES)

OBSERVED: dict[str, tuple[Any, Any, set[str]]] = {
    "transposed square": (WANT.T, WANT, {TRANSPOSED}),
    "transposed shape": (np.ones((3, 4)), np.ones((4, 3)), {TRANSPOSED}),
    "opposite": (-WANT, WANT, {OPPOSITE}),
    "opposite number": (-0.7, 0.7, {OPPOSITE}),
    "half": (WANT / 2, WANT, {FACTOR}),
    "half a number": (0.35, 0.7, {FACTOR}),
    "minus a third": (WANT / -3, WANT, {FACTOR}),
    "odd factor": (1.2345 * WANT, WANT, {FACTOR}),
    "one over N": (WANT / 5, WANT, {FACTOR, ONE_OVER_N}),
    "single precision values": (
        (WANT + 1e-6 * WANT[::-1]).astype(np.float32).astype(float),
        WANT,
        {FEW_DIGITS, SINGLE},
    ),
    "a few digits, for whatever reason": (WANT + 1e-6 * WANT[::-1], WANT, {FEW_DIGITS}),
    "single precision type": (WANT.astype(np.float32), WANT, {SINGLE}),
    "zero": (0 * WANT, WANT, {ZERO}),
    "in another order": (VECTOR[::-1], VECTOR, {PLACES}),
    # and when it is not so
    "other numbers": (RNG.normal(size=(4, 4)), WANT, set()),
    "transposed but for one entry": (WANT.T + np.eye(4)[0] * 0.01, WANT, set()),
    "other shape": (np.ones((4, 2)), np.ones((4, 3)), set()),
    "opposite in one entry": (np.where(np.eye(4), -WANT, WANT), WANT, set()),
    "a factor in one row": (WANT * [[2], [1], [1], [1]], WANT, set()),
    "two factors": (WANT * [[2], [2], [3], [3]], WANT, set()),
    "odd factor of one number": (1.2345 * 0.7, 0.7, set()),
    "three digits": (WANT * (1 + 1e-3 * RNG.uniform(-1, 1, (4, 4))), WANT, set()),
    "a half where zero is right": (np.full((4, 4), 0.5), np.zeros((4, 4)), set()),
    "zero in one entry": (np.where(np.eye(4), 0, WANT), WANT, set()),
}


@pytest.mark.parametrize("case", OBSERVED)
def test_observations_are_said_when_true_and_only_then(case: str) -> None:
    got, want, phrases = OBSERVED[case]
    message = said(got, want, batch=5)
    assert message
    assert {phrase for phrase in PHRASES if phrase in message} == phrases, message


def test_one_over_n_is_not_said_without_a_batch() -> None:
    assert "constant factor of about 0.2 everywhere" in said(WANT / 5, WANT)


@pytest.mark.parametrize("n", [1, 3, 7, 130])
def test_n_is_the_number_of_samples(n: int) -> None:
    assert (f"N (N = {n} samples)" in said(n * WANT, WANT, batch=n)) == (n > 1)


def test_message_counts_the_wrong_entries() -> None:
    assert "differs in 4 of 16 entries" in said(WANT + np.eye(4) * RNG.uniform(1, 2, 4), WANT)


def test_ratio_of_a_single_number_is_not_told_unless_it_is_simple() -> None:
    # value and ratio together would be the expected value
    for factor in RNG.uniform(0.1, 9, 50):
        assert "factor" not in said(float(factor) * 0.7, 0.7)


def test_dict_may_hold_more_but_not_less() -> None:
    expect.mapping({"loss": 1, "h": 2, "more": 3}, ("loss", "h"), "it")
    assert _judge(expect.mapping, {"loss": 1}, ("loss", "h"), "it") == "it lacks the key h."


def test_whole_float_is_equal_to_an_int_but_a_bool_is_not() -> None:
    expect.equal(25.0, 25, "it")
    expect.equal(np.array(25.0), 25, "it")
    assert _judge(expect.equal, True, 1, "it")
    assert "too large" in _judge(expect.equal, 26, 25, "it")
    assert "whole number" in _judge(expect.equal, 25.5, 25, "it")


def test_unchanged_means_exactly() -> None:
    expect.unchanged(WANT.copy(), WANT, "it")
    assert "was changed" in _judge(expect.unchanged, np.nextafter(WANT, 9), WANT, "it")
