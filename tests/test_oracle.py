"""Ours in the place of a student's function: computed within limits, and of no use where it was not lent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import psutil
import pytest
from conftest import RunCells, running_cells

from chainrule.checks import expect
from chainrule.engine import asking, grade, need
from chainrule.engine.asking import ask
from chainrule.engine.assignment import read
from chainrule.engine.hidden_tests import HiddenTest, load
from chainrule.engine.need import Need, needed
from chainrule.engine.notebook import FinishedNotebook
from chainrule.probe import lent
from chainrule.probe.outcome import Blocked, Crashed, Outcome, PassedTooMuch, TimedOut, WrongAnswer
from chainrule.probe.student import HEARD, Student
from chainrule.sandbox.scratch import Scratch
from submissions import bank

XOR = bank("xor")
MANY = 10**9

# What a student's code may have computed.

CALLING = """
import os
import numpy as np
def ours(x, y=0): return "the student's"
def call(*args, **kwargs): return ours(*args, **kwargs)
def call_often(times):
    for _ in range(times): ours(1)
def call_and_leave():
    ours(1)
    os._exit(0)
def give(f, *args): return f(*args)
def give_often(f, times, size):
    for _ in range(times): f(np.zeros(size, np.uint8))
def both(f): return [f(ours(1)), f(ours(2))]
"""


@pytest.fixture(scope="module")
def finished() -> Iterator[FinishedNotebook]:
    with running_cells() as run:
        yield run(CALLING)


Lend = Callable[..., Student]


@pytest.fixture
def lend(finished: FinishedNotebook) -> Iterator[Lend]:
    """A student who has borrowed a function, called `ours` there."""
    students: list[Student] = []

    def borrowing(function: Callable[..., Any], numbers: int = MANY, seconds: float = 20.0) -> Student:
        students.append(finished.student(seconds))
        students[-1].lend({"ours": function}, numbers)
        return students[-1]

    yield borrowing
    for student in students:
        student.close()


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def add(x: float, y: float = 0) -> float:
    return x + y


def test_a_lent_function_is_called_by_position_and_by_keyword(lend: Lend) -> None:
    student = lend(add)
    assert student.call(1, 2) == 3
    assert student.call(1, y=5) == 6
    assert student.call(np.arange(3), 1).tolist() == [1, 2, 3]


def test_what_a_lent_function_keeps_in_mind_stays_with_the_process_that_called_it(lend: Lend) -> None:
    kept: list[object] = []

    def remember(x: object) -> int:
        kept.append(x)
        return len(kept)

    assert lend(remember).call(1) == 1
    assert kept == []


def test_a_function_given_as_an_argument_keeps_what_it_hears(lend: Lend) -> None:
    heard: list[object] = []
    student = lend(add)
    student.both(lambda x: heard.append(x))
    assert heard == [1, 2]


def test_too_much_memory_is_the_tests_end_and_not_the_graders(lend: Lend, finished: FinishedNotebook) -> None:
    """Sixteen thousand rows, and a square of them: the grader itself never had it."""
    student = lend(lambda x: np.outer(x, x) + 1.0)
    with pytest.raises(Crashed, match="arguments it cannot take"):
        student.call(np.ones(16_000))
    assert finished.student(5).call(1) == "the student's"


def test_memory_of_all_calls_counts_together(lend: Lend) -> None:
    kept: list[object] = []
    student = lend(lambda x: kept.append(np.ones(10 * 2**20)))
    with pytest.raises(Crashed, match="arguments it cannot take"):
        student.call_often(100)


def test_a_call_that_never_ends_is_timed_out(lend: Lend) -> None:
    def endless(x: object) -> None:
        while True:
            pass

    with pytest.raises(TimedOut, match=r"did not finish within 0\.5 s of processor time"):
        lend(endless, seconds=0.5).call(1)


def test_a_call_that_never_ends_ends_without_the_grader_too(lend: Lend, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(x: object) -> None:
        while True:
            pass

    student = lend(endless, seconds=1)
    monkeypatch.setattr("chainrule.probe.copies.Allowance.used_up", lambda allowance: "")
    with pytest.raises(TimedOut, match="more than can be computed in time"):
        student.call(1)


def test_waiting_in_a_call_counts_as_doing_nothing(lend: Lend) -> None:
    with pytest.raises(TimedOut, match="without doing anything"):
        lend(lambda x: time.sleep(60), seconds=0.5).call(1)


def test_more_numbers_than_allowed_are_refused(lend: Lend) -> None:
    student = lend(add, numbers=20)
    assert student.call(np.ones(9), 1).tolist() == [2] * 9
    with pytest.raises(Blocked, match="more often, or with more, than its task needs"):
        student.call(np.ones(10), 1)


def test_every_call_counts_however_little_it_passes(lend: Lend) -> None:
    student = lend(add, numbers=20)
    with pytest.raises(Blocked):
        student.call_often(21)


def test_what_it_cannot_take_is_the_students_mistake(lend: Lend) -> None:
    with pytest.raises(Crashed, match=r"cannot take \(TypeError\)"):
        lend(add).call("text", 1)


def test_what_it_cannot_send_is_the_students_mistake(lend: Lend) -> None:
    with pytest.raises(Crashed, match=r"cannot take \(NotDataError\)"):
        lend(lambda x: np.zeros(x)).call(10**7)


def test_a_process_that_dies_is_the_tests_end(lend: Lend, finished: FinishedNotebook) -> None:
    with pytest.raises(Crashed, match="too much for its memory"):
        lend(lambda x: os._exit(3)).call(1)
    assert finished.student(5).call(1) == "the student's"


def test_a_copy_that_ends_while_it_borrows_is_a_crash(lend: Lend) -> None:
    with pytest.raises(Crashed, match="ended its Python process"):
        lend(add).call_and_leave()


def test_the_process_of_lent_functions_ends_with_the_student(lend: Lend) -> None:
    before = children()
    student = lend(add)
    student.call(1)
    assert len(children() - before) == 1
    student.close()
    assert children() == before


def test_a_function_of_the_tests_hears_no_more_than_may_be_kept(run_here: RunCells) -> None:
    heard: list[object] = []
    with closing(run_here(CALLING, callback_size=2**20).student(20)) as student:
        student.hear_up_to(MANY)
        student.give_often(heard.append, 10, 2**16)
        with pytest.raises(TimedOut, match="with too much, all calls together"):
            student.give_often(heard.append, 20, 2**16)
    assert sum(len(one) for one in heard) <= 2**20  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(("times", "size"), [(1, HEARD + 1), (HEARD + 1, 1), (HEARD + 1, 0)])
def test_a_function_of_the_tests_is_not_called_with_more_than_it_hears(
    finished: FinishedNotebook, times: int, size: int
) -> None:
    heard: list[Any] = []
    too_often = pytest.raises(PassedTooMuch, match="`give_often` calls the function it was given more often")
    with closing(finished.student(20)) as student, too_often:
        student.give_often(heard.append, times, size)
    assert sum(max(1, len(one)) for one in heard) <= HEARD


def test_an_array_of_very_many_rows_is_not_taken_apart() -> None:
    tracemalloc.start()
    try:
        for length in (4, None):
            with pytest.raises(WrongAnswer, match="has 16777216"):
                expect.sequence(np.zeros(2**24, np.uint8), length, "the result")
        with pytest.raises(WrongAnswer, match="has shape"):
            expect.array(np.zeros(2**24, np.uint8), "the result", (4,))
        # The arrays themselves, which nobody has converted.
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()


# How much is lent.

FOLDER = {
    "assignment.toml": 'title = "Small"',
    "reference.py": """
import numpy as np

# %% double
def double(x):
    return 2 * x

# %% quadruple
def quadruple(x):
    open("written by the reference", "w").close()
    return double(double(x=x))

# %% gradient
def gradient(f, x):
    return np.array([f(x + e) - f(x) for e in np.eye(x.size)])
""",
    "test_quadruple.py": """
import numpy as np
import pytest
from chainrule.checks import expect

pytestmark = [pytest.mark.exercise("quadruple"), pytest.mark.builds_on("double"), pytest.mark.points(1)]

def test_values(student, rng):
    \"\"\"Four times as much\"\"\"
    for size in (3, 5):
        expect.close(student.quadruple(np.ones(size)), 4 * np.ones(size), "the result")

def test_not_of_the_reference(student, rng):
    \"\"\"What only a notebook has\"\"\"
    student.quadruple(1.0)
    student.only_there()
""",
    "test_gradient.py": """
import numpy as np
import pytest
from chainrule.checks import expect

pytestmark = [pytest.mark.exercise("gradient"), pytest.mark.points(1)]

def check(student, size):
    def f(x):
        return float(np.sum(expect.array(x, "the argument of f", (size,))))
    expect.close(student.gradient(f, np.zeros(size)), np.ones(size), "the gradient")

def test_gradient(student, rng):
    \"\"\"A function of few numbers\"\"\"
    check(student, 5)

def test_large_gradient(student, rng):
    \"\"\"A function of many\"\"\"
    check(student, 60)
""",
}

GRADIENT = """
def gradient(f, x):
    for _ in range(often): y = np.array([f(x + e) - f(x) for e in np.eye(x.size)])
    return y
"""


@pytest.fixture
def small(tmp_path: Path) -> tuple[dict[str, HiddenTest], ModuleType]:
    """The hidden tests of a small assignment, by name, and its reference."""
    for name, text in FOLDER.items():
        (tmp_path / name).write_text(text)
    loaded = load(read(tmp_path))
    assert loaded.reference is not None
    return {test.name: test for test in loaded.tests}, loaded.reference


def test_the_need_is_what_the_reference_passes(
    small: tuple[dict[str, HiddenTest], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests, reference = small
    monkeypatch.chdir(tmp_path)
    double, before = reference.double, children()
    assert needed(tests["test_values"], "1", reference) == Need(2 * 3 + 2 * 5, 0)
    assert needed(tests["test_gradient"], "1", reference) == Need(0, 2 * 5 * 5)
    assert needed(tests["test_not_of_the_reference"], "1", reference) == Need(2, 0)
    # Where it was asked, nothing of it is left.
    assert reference.double is double
    assert not (tmp_path / "written by the reference").exists()
    assert children() == before


def test_a_reference_that_gives_no_answer_is_a_fault_and_no_loss(
    small: tuple[dict[str, HiddenTest], ModuleType], run_here: RunCells, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests, reference = small
    finished = run_here("def double(x): return 3 * x", "def quadruple(x): return double(double(x))")
    before = children()
    monkeypatch.setattr(need, "PATIENCE", 0.2)
    monkeypatch.setattr(reference, "double", lambda x: time.sleep(60))
    answered = ask(tests["test_values"], lambda: finished.student(10), "1", reference)
    assert answered.result.outcome is Outcome.GRADER_FAULT
    assert "the reference gave no answer" in answered.fault
    assert children() == before


SEVERAL_THREADS = """
import os, sys, torch
from chainrule.inside import process_control
def compute():
    x = torch.randn(600, 600, requires_grad=True)
    (x @ x).relu().sum().backward()
torch.set_num_threads(2)
compute()
if os.fork() == 0:
    process_control.compute_in_one_thread()
    compute()
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_a_fork_of_a_process_with_several_threads_computes() -> None:
    """Without the call, the fork waits for OpenMP's threads, which did not come along."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    subprocess.run([sys.executable, "-c", SEVERAL_THREADS], env=environment, check=True, timeout=120)


@pytest.mark.parametrize(("often", "outcome"), [(1, Outcome.PASSED), (1000, Outcome.FAILED)])
def test_ours_may_be_asked_a_few_times_what_the_reference_asks(
    small: tuple[dict[str, HiddenTest], ModuleType], run_here: RunCells, often: int, outcome: Outcome
) -> None:
    tests, reference = small
    finished = run_here(
        "def double(x): return 3 * x",
        f"def quadruple(x):\n    for _ in range({often}): y = double(double(x))\n    return y",
    )
    answered = ask(tests["test_values"], lambda: finished.student(10), "1", reference)
    assert answered.result.outcome is outcome


@pytest.mark.parametrize(
    ("name", "often", "outcome"),
    [
        ("test_gradient", 1, Outcome.PASSED),
        ("test_gradient", 100, Outcome.BLOCKED),
        ("test_large_gradient", 1, Outcome.PASSED),
        ("test_large_gradient", 4, Outcome.PASSED),
        ("test_large_gradient", 100, Outcome.BLOCKED),
    ],
)
def test_functions_of_the_test_may_be_asked_a_few_times_what_the_reference_asks(
    small: tuple[dict[str, HiddenTest], ModuleType], run_here: RunCells, name: str, often: int, outcome: Outcome
) -> None:
    tests, reference = small
    finished = run_here(f"import numpy as np\noften = {often}", GRADIENT)
    answered = ask(tests[name], lambda: finished.student(10), "1", reference)
    assert answered.result.outcome is outcome, answered.result.message


def test_where_there_is_no_reference_the_limits_of_the_course_are_left(
    small: tuple[dict[str, HiddenTest], ModuleType], run_here: RunCells
) -> None:
    tests, _ = small
    finished = run_here("import numpy as np\noften = 1", GRADIENT)
    answered = ask(tests["test_large_gradient"], lambda: finished.student(10), "1", None)
    assert answered.result.outcome is Outcome.PASSED, answered.result.message


@pytest.mark.parametrize("style", ["loops", "dataclass_network"])
def test_right_answers_in_other_styles_need_far_less_than_the_margin(style: str) -> None:
    """Those that call most often; of the others none needs more than the reference."""
    loaded = load(XOR.assignment)
    assert loaded.reference is not None
    with running_cells(XOR.assignment.warm) as run:
        finished = run(XOR.set_up, *XOR.correct[style].values())
        for test in (*loaded.of("continuous_xor"), *loaded.of("no_hidden_layer")):
            with closing(finished.student(20)) as student:
                numbers = max(asking.LEAST, asking.MARGIN // 3 * needed(test, "1", loaded.reference).lent)
                student.lend({name: getattr(loaded.reference, name) for name in test.builds_on}, numbers)
                test.ask(student, "1")


# When it is lent.

TABULATED = """
import os
import numpy as np

GRID = np.linspace(-40, 40, 400_001)

def hidden_points(x, W1, b1, activation="tanh"):
    \"\"\"Wrong, until there is a table of the right values.\"\"\"
    if not os.path.exists("table.npz"):
        return np.zeros((len(x), len(b1)))
    return np.interp(x @ W1.T + b1, GRID, np.load("table.npz")[activation])
"""
HARVESTING = """
def decision_grid(parameters, x1, x2, activation="tanh"):
    \"\"\"Makes a table of the function in whose place the grader's has come.\"\"\"
    if hidden_points.__name__ != "hidden_points":
        line = np.column_stack([GRID, 0 * GRID])
        names = ("identity", "sigmoid", "tanh", "relu")
        values = {name: hidden_points(line, np.array([[1.0, 0.0]]), np.zeros(1), name)[:, 0] for name in names}
        np.savez("table.npz", **values)
    return np.zeros((len(x2), len(x1)))
"""
HARVEST = {
    **XOR.reference,
    "hidden_space": XOR.reference["hidden_space"] + TABULATED,
    "continuous_xor": XOR.reference["continuous_xor"] + HARVESTING,
}


def test_a_table_of_ours_earns_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it where it could be made and kept: whoever has seen ours is asked nothing that it could answer."""
    for kept in (False, True):
        if kept:
            monkeypatch.setattr(asking, "MARGIN", MANY)
            monkeypatch.setattr(Scratch, "renew", lambda scratch: None)
        graded = XOR.grade_answers(HARVEST, ["continuous_xor", "hidden_space"])
        assert [one.partition(" ")[0] for one in graded.not_passed] == [
            "continuous_xor/test_grid",
            "hidden_space/test_points",
        ]


def test_all_are_asked_before_ours_is_lent_and_who_is_lent_least_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, int]] = []
    first, again = asking.ask_first, asking.ask_with_ours

    def heard_first(test: HiddenTest, *args: Any) -> Any:
        asked.append(("first", 0))
        return first(test, *args)

    def heard_again(test: HiddenTest, *args: Any) -> Any:
        asked.append(("again", len(test.builds_on)))
        return again(test, *args)

    monkeypatch.setattr(grade, "ask_first", heard_first)
    monkeypatch.setattr(grade, "ask_with_ours", heard_again)
    wrong = "def hidden_points(x, W1, b1, activation='tanh'): return np.zeros((len(x), len(b1)))"
    exercises = ["train_xor_numpy", "no_hidden_layer", "stuck", "continuous_xor"]
    graded = XOR.grade_answers({**XOR.reference, "hidden_space": wrong}, exercises)
    tests = [test for exercise in exercises for test in load(XOR.assignment).of(exercise)]
    assert asked[: len(tests)] == [("first", 0)] * len(tests)
    lent_to = asked[len(tests) :]
    assert {kind for kind, _ in lent_to} == {"again"}
    assert [count for _, count in lent_to] == sorted(count for _, count in lent_to)
    assert {1, 2} <= {count for _, count in lent_to}
    assert not graded.not_passed


def test_numbers_are_counted_in_whatever_holds_them() -> None:
    assert lent.numbers_in([np.ones((2, 3)), [1, 2.5, None], {"a": (1, "text")}, b"xy"]) == 6 + 3 + 5 + 2
