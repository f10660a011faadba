"""The same verdict under any load: everybody is graded while busy processes leave little of each core.

`make verify` runs this file by itself, for what else runs meanwhile would take forever.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import pytest

from busy import busy_processes
from chainrule.engine import hidden_tests
from chainrule.engine.results import Results
from chainrule.sandbox import server
from submissions import ASSIGNMENTS, SAMPLE_LIMITS, bank

BUSY_PER_CORE = 4
AT_A_TIME = 4
LONGEST_SECONDS = 3600.0

CORRECT, SAMPLES = "correct", "samples"
Submission = tuple[str, str, str]
"""Assignment, which of its banks, and the name there."""

EVERY = int(os.environ.get("CHAINRULE_EVERY", "1"))
"""One of so many submissions is graded: make verify EVERY=10"""

RIGHT: list[Submission] = [(one, CORRECT, style) for one in ASSIGNMENTS for style in bank(one).correct][::EVERY]
WRONG: list[Submission] = [(one, SAMPLES, student) for one in ASSIGNMENTS for student in bank(one).samples][::EVERY]

pytestmark = pytest.mark.whole


@dataclass(frozen=True)
class Verdict:
    """All of a result that must not hang on the machine."""

    score: float
    tests: dict[str, str]
    notes: list[str]
    faults: list[str]


def verdict(submission: Submission) -> Verdict:
    assignment, kind, name = submission
    answers = bank(assignment)
    notebook = answers.sample(name) if kind == SAMPLES else answers.whole_notebook(answers.correct[name])
    results: Results = answers.graded(notebook, limits=SAMPLE_LIMITS.get((assignment, name)), name_mistakes=False)
    tests = {
        f"{exercise.name}/{test.name}": str(test.outcome) for exercise in results.exercises for test in exercise.tests
    }
    return Verdict(results.score, tests, results.notes, results.faults)


def verdicts(submissions: list[Submission]) -> dict[Submission, Verdict]:
    """Several at a time, in forks of this process, which has warmed up all that they need."""
    for assignment in ASSIGNMENTS:
        answers = bank(assignment)
        server.shared(answers.sandbox().preload, answers.sandbox().layers)
        hidden_tests.load(answers.assignment)
    with ProcessPoolExecutor(AT_A_TIME, mp_context=get_context("fork")) as pool:
        return dict(zip(submissions, pool.map(verdict, submissions), strict=True))


@pytest.fixture(scope="module")
def under_load() -> dict[Submission, Verdict]:
    with busy_processes(BUSY_PER_CORE * len(os.sched_getaffinity(0)), LONGEST_SECONDS):
        return verdicts(RIGHT + WRONG)


@pytest.fixture(scope="module")
def quiet() -> dict[Submission, Verdict]:
    return verdicts(WRONG)


@pytest.mark.parametrize("submission", RIGHT, ids="/".join)
def test_right_answers_lose_nothing(under_load: dict[Submission, Verdict], submission: Submission) -> None:
    found = under_load[submission]
    assert not found.faults
    assert set(found.tests.values()) == {"passed"}
    assert not [note for note in found.notes if "stopped" in note]


@pytest.mark.parametrize("submission", WRONG, ids="/".join)
def test_wrong_answers_lose_the_same(
    quiet: dict[Submission, Verdict], under_load: dict[Submission, Verdict], submission: Submission
) -> None:
    assert under_load[submission] == quiet[submission]
