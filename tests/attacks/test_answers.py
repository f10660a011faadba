"""No answer earns anything by what it returns, sends, changes or breaks, and the exercises beside it keep their points.

All answers are in one notebook: each hidden test gets a copy of its own, and so each attack.
"""

from __future__ import annotations

import practice_course
import pytest
from conftest import ATTACKED_LEVELS
from falls_today import each, only
from graded_class import GradedClass, grade
from practice_course import ANSWERS, HONEST

from chainrule.attacks import bait, break_the_batch, forge, forge_frames, read
from chainrule.attacks.attack import Answer
from chainrule.course.opened import Course
from chainrule.probe.outcome import Outcome

ATTACKS = only(Answer, forge.ATTACKS, forge_frames.ATTACKS, read.ATTACKS, break_the_batch.ATTACKS)
ATTACKER, NEIGHBOUR = "attacker", "neighbour"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with all attacks handed in by one student, and right answers by another."""
    folder = tmp_path_factory.mktemp("answers")
    made = practice_course.create_with_answers(folder, ATTACKS)
    right = {name: practice_course.doubling(name) for name in (*HONEST, *(attack.name for attack in ATTACKS))}
    wrong = {attack.name: practice_course.written(attack) for attack in ATTACKS}
    for student, answers in ((ATTACKER, right | wrong), (NEIGHBOUR, right)):
        practice_course.hand_in(folder, student, ANSWERS, practice_course.filled(folder, ANSWERS, answers))
    return made


@pytest.fixture(scope="module", params=ATTACKED_LEVELS)
def graded(request: pytest.FixtureRequest, course: Course) -> GradedClass:
    with bait.laid() as laid:
        return grade(course, ANSWERS, request.param, laid)


@each(ATTACKS)
def test_an_attack_is_made_and_earns_nothing(graded: GradedClass, attack: Answer) -> None:
    (test,) = graded.exercise(ATTACKER, attack.name).tests
    assert test.earned == 0
    assert (test.outcome, attack.said in test.message) == (Outcome(attack.outcome), True), test.message


@each(ATTACKS)
def test_no_message_holds_what_a_page_or_a_terminal_would_run(graded: GradedClass, attack: Answer) -> None:
    (test,) = graded.exercise(ATTACKER, attack.name).tests
    assert test.message.isprintable()
    assert len(test.message) < 1000


@pytest.mark.parametrize("exercise", HONEST)
def test_what_is_right_in_the_same_notebook_keeps_its_points(graded: GradedClass, exercise: str) -> None:
    assert graded.exercise(ATTACKER, exercise).score == 1


def test_the_next_submission_keeps_its_points(graded: GradedClass) -> None:
    assert graded.results(NEIGHBOUR).score == len(ATTACKS) + len(HONEST)


def test_no_human_is_troubled(graded: GradedClass) -> None:
    assert graded.results(ATTACKER).faults == []


def test_nothing_outside_is_read_or_harmed(graded: GradedClass) -> None:
    assert graded.harmed == graded.leaked == []
