"""Re-grading after a grader was mended: who gains and who loses is shown first, and only that is then written."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grading_here
import pytest
import served_course
from served_course import NAME, handed_in, now, until, while_grading
from tornado.web import HTTPError

import small_course
from chainrule.course.opened import Course
from chainrule.course.unwritten import Answered
from chainrule.service import proposal_pages, proposal_view, proposals, store
from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.grading import LOST, MOST_TRIES, NOT_WRITTEN, Grading
from chainrule.service.orders import Event, WriteAgain
from chainrule.service.policies import Count, Policy
from chainrule.service.proposal_view import ProposalView
from chainrule.service.proposals import Answer
from chainrule.workers.local import local_graders
from chainrule.workers.task import GradingError, Task

OVERFLOWS = (
    "\ndef softmax(scores):\n    powers = np.exp(scores)\n    return powers / powers.sum(axis=1, keepdims=True)\n"
)
CHECKED = '    expect.unchanged(held.value(), scores, "scores")\n'
LARGE = "@pytest.mark.points(1)\ndef test_large_scores"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return served_course.make(tmp_path_factory.mktemp("served") / "course")


@pytest.fixture
def desk(course: Course) -> Iterator[Desk]:
    """An empty history each, and the grader as it was."""
    tests = test_file(course)
    before = tests.read_text()
    with served_course.empty_desk(course) as desk:
        yield desk
    tests.write_text(before)
    proposals.discard(course.folder, NAME)


def test_file(course: Course) -> Path:
    return course.folder / "assignments" / NAME / f"test_{small_course.EXERCISE}.py"


test_file.__test__ = False  # type: ignore[attr-defined]


def mended(desk: Desk) -> None:
    """The grader lets pass that the scores change, and large ones are worth more."""
    file = test_file(desk.course)
    text = file.read_text()
    assert CHECKED in text
    assert LARGE in text
    text = text.replace(CHECKED, "").replace(LARGE, LARGE.replace("(1)", "(2)"))
    file.write_text(text.replace("@pytest.mark.points(1)\n", "@pytest.mark.points(0.5)\n"))


def files_of(desk: Desk) -> dict[str, str]:
    """Digests of all that nbgrader has of this course."""
    folders = [desk.course.folder / name for name in ("autograded", "submitted", "feedback")]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def score(desk: Desk, student: str) -> float:
    with desk.course.api.gradebook as gradebook:
        return float(gradebook.find_submission(NAME, student).score)


def proposed(desk: Desk, only: str = "") -> ProposalView:
    """What would change, after all of it was graded again."""
    proposal_pages._begin(desk, NAME, only, "ina")
    grading_here.carry_on(desk)
    found = proposal_pages._view(desk, NAME)
    assert found is not None
    return found


def accepted(desk: Desk, found: ProposalView) -> None:
    proposal_pages._accept(desk, NAME, found.proposal.key)
    grading_here.carry_on(desk)


@pytest.fixture
def three(desk: Desk) -> list[Attempt]:
    """Ada's answer changes its argument, bob's overflows, and cleo's has a teacher's score."""
    attempts = [handed_in(desk, student, answer) for student, answer in (
        ("ada", small_course.WRONG), ("bob", OVERFLOWS), ("cleo", small_course.WRONG),
    )]  # fmt: skip
    grading_here.grade(desk)
    with desk.course.api.gradebook as gradebook:
        gradebook.find_grade(small_course.EXERCISE, NAME, NAME, "cleo").manual_score = 2.5
        gradebook.db.commit()
    return attempts


def test_what_changes_for_whom_is_shown_and_only_then_written(desk: Desk, three: list[Attempt]) -> None:
    mended(desk)
    before = files_of(desk)
    found = proposed(desk)
    assert [(row.attempt.student, row.was, row.now) for row in found.rows] == [
        ("ada", 2.0, 3.0), ("bob", 2.0, 1.0), ("cleo", 2.5, 2.5),
    ]  # fmt: skip
    assert (found.gaining, found.losing, found.waiting, found.problems) == (1, 1, 0, [])
    assert found.rows[0].cells[0].name == small_course.EXERCISE
    assert found.same[0].kept == [small_course.EXERCISE]
    assert found.graders_before != found.graders_now
    # Nothing has been written.
    assert files_of(desk) == before
    assert [score(desk, one.student) for one in three] == [2.0, 2.0, 2.5]
    accepted(desk, found)
    assert [score(desk, one.student) for one in three] == [3.0, 1.0, 2.5]
    after = [now(desk, one) for one in three]
    assert [(one.state, one.counts, one.score) for one in after] == [
        (State.GRADED, True, 3.0), (State.GRADED, True, 1.0), (State.GRADED, True, 2.5),
    ]  # fmt: skip
    assert all(one.feedback for one in after)
    assert [one.grader for one in after] == found.graders_now * 3
    assert proposals.find(desk.course.folder, NAME) is None
    results = store.results_of(desk.course.folder, three[0].origin)
    assert results is not None
    assert results.grader == found.graders_now[0]


def test_what_is_written_is_what_was_shown_and_is_not_graded_once_more(
    desk: Desk, three: list[Attempt], monkeypatch: pytest.MonkeyPatch
) -> None:
    mended(desk)
    found = proposed(desk)
    monkeypatch.setattr("chainrule.workers.local.LocalGraders.submit", None)
    accepted(desk, found)
    assert score(desk, "ada") == 3.0


def test_a_proposal_that_is_discarded_changes_nothing(desk: Desk, three: list[Attempt]) -> None:
    mended(desk)
    before = files_of(desk)
    found = proposed(desk, str(three[0].id))
    assert [row.attempt.student for row in found.rows] == ["ada"]
    proposals.discard(desk.course.folder, NAME)
    grading_here.carry_on(desk)
    assert files_of(desk) == before
    with pytest.raises(HTTPError, match="no re-grading"):
        proposal_pages._accept(desk, NAME, found.proposal.key)


def test_a_grader_that_changes_meanwhile_and_another_proposal_are_refused(desk: Desk, three: list[Attempt]) -> None:
    mended(desk)
    found = proposed(desk, str(three[0].id))
    with pytest.raises(HTTPError, match="replaced by another one"):
        proposal_pages._accept(desk, NAME, "another")
    file = test_file(desk.course)
    file.write_text(file.read_text() + "\n# Once more.\n")
    with pytest.raises(HTTPError, match="has changed since"):
        proposal_pages._accept(desk, NAME, found.proposal.key)


def test_only_the_proposal_that_was_shown_is_discarded(desk: Desk) -> None:
    attempt = handed_in(desk)
    desk.history.change(attempt.id, {State.QUEUED}, State.GRADED, score=1.0, max_score=3.0)
    shown = proposal_pages._begin(desk, NAME, "", "ina")
    newer = proposal_pages._begin(desk, NAME, "", "ed")
    with pytest.raises(HTTPError, match="replaced by another one"):
        proposal_pages._discard(desk, NAME, shown.key)
    assert proposals.find(desk.course.folder, NAME) == newer
    proposal_pages._discard(desk, NAME, newer.key)
    assert proposals.find(desk.course.folder, NAME) is None
    with pytest.raises(HTTPError, match="no re-grading"):
        proposal_pages._discard(desk, NAME, newer.key)


def test_what_was_not_graded_again_yet_is_not_written(desk: Desk) -> None:
    attempt = handed_in(desk)
    desk.history.change(attempt.id, {State.QUEUED}, State.GRADED, score=1.0, max_score=3.0)
    proposal = proposal_pages._begin(desk, NAME, "", "ina")
    assert proposals.unanswered(desk.course.folder, proposal) == [attempt.id]
    with pytest.raises(HTTPError, match="Not all attempts"):
        proposal_pages._accept(desk, NAME, proposal.key)
    with pytest.raises(HTTPError, match="nothing to grade again"):
        proposal_pages._begin(desk, NAME, "999", "ina")


def test_who_hands_in_meanwhile_is_left_out(desk: Desk, three: list[Attempt]) -> None:
    mended(desk)
    found = proposed(desk)
    newer = handed_in(desk, "ada")
    grading_here.grade(desk)
    again = proposal_view.view(desk.course, found.proposal, {one.id: one for one in desk.history.at(NAME)})
    assert [(row.attempt.student, row.problem) for row in again.problems] == [("ada", "Another attempt counts by now.")]
    accepted(desk, found)
    assert now(desk, newer).counts
    assert [score(desk, student) for student in ("ada", "bob")] == [3.0, 1.0]


def test_an_attempt_that_cannot_be_graded_again_is_left_out(desk: Desk) -> None:
    attempt = handed_in(desk)
    desk.history.change(attempt.id, {State.QUEUED}, State.GRADED, score=1.0, max_score=3.0)
    proposal = proposals.propose(desk.course.folder, NAME, [attempt.id], "ina")
    kept = proposals.keep(desk.course.folder, NAME, proposal.key, attempt.id, Answer(problem="It cannot be read."))
    assert kept
    found = proposal_view.view(desk.course, proposal, {attempt.id: now(desk, attempt)})
    assert [row.problem for row in found.problems] == ["It cannot be read."]
    assert not proposals.keep(desk.course.folder, NAME, "older", attempt.id, Answer())


def test_files_that_hold_something_else_propose_nothing_and_end_nothing(desk: Desk) -> None:
    folder = desk.course.folder
    proposal = proposals.propose(folder, NAME, [1], "ina")
    file = folder / proposals.FOLDER / NAME / "1.json"
    file.write_text("{")
    answer = proposals.answer_of(folder, NAME, 1)
    assert answer is not None
    assert "cannot be read" in answer.why_not
    file.with_name(proposals.FILE).write_text("{")
    assert proposals.find(folder, NAME) is None
    assert grading_here.GradingHere(desk)._again.next_order() is None
    assert proposal.attempts == [1]


def test_the_grading_process_that_dies_again_and_again_ends_a_proposal(desk: Desk) -> None:
    attempt = handed_in(desk)
    desk.history.change(attempt.id, {State.QUEUED}, State.GRADED, score=1.0, max_score=3.0)
    proposal = proposal_pages._begin(desk, NAME, "", "ina")
    again = grading_here.GradingHere(desk)._again
    orders = [again.next_order() for _ in range(4)]
    assert [order is not None for order in orders] == [True, True, True, False]
    answer = proposals.answer_of(desk.course.folder, NAME, attempt.id)
    assert answer is not None
    assert "3 times" in answer.problem
    assert proposals.unanswered(desk.course.folder, proposal) == []


class DyingProcess(Grading):
    """The grading process ends with each order in its hands."""

    async def _started(self) -> Any:
        async def drain() -> None:
            """All is written."""

        return SimpleNamespace(stdin=SimpleNamespace(write=lambda line: None, drain=drain))

    async def _heard(self, process: object) -> Event:
        raise EOFError


def dying(desk: Desk) -> DyingProcess:
    return DyingProcess(
        desk.course.folder, desk.history, desk.is_gradable, desk.is_releasable, desk.tell, 8, desk.counts_best
    )


def test_what_was_accepted_when_the_process_died_is_written_as_it_was_shown(
    desk: Desk, three: list[Attempt], monkeypatch: pytest.MonkeyPatch
) -> None:
    mended(desk)
    found = proposed(desk)
    proposal_pages._accept(desk, NAME, found.proposal.key)
    grading = dying(desk)
    order = grading._again.next_order()
    assert order is not None
    assert asyncio.run(grading._graded_again(order))
    assert [now(desk, one).state for one in three] == [State.GRADED] * 3
    # Neither this service nor the next one grades anew, by a grader that may have changed again.
    file = test_file(desk.course)
    file.write_text(file.read_text() + "\n# Once more.\n")
    assert desk.history.take_up() == []
    assert desk.history.in_state(State.QUEUED) == []
    monkeypatch.setattr("chainrule.workers.local.LocalGraders.submit", None)
    grading_here.carry_on(desk)
    after = [now(desk, one) for one in three]
    assert [(one.state, one.score) for one in after] == [(State.GRADED, row.now) for row in found.rows]
    assert [one.grader for one in after] == found.graders_now * 3
    assert [score(desk, one.student) for one in three] == [3.0, 1.0, 2.5]
    assert proposals.find(desk.course.folder, NAME) is None


def test_what_kills_the_process_again_and_again_is_put_aside_alone(desk: Desk, three: list[Attempt]) -> None:
    mended(desk)
    accept = proposed(desk).proposal.key
    proposal_pages._accept(desk, NAME, accept)
    grading = dying(desk)
    sizes = []
    for _ in range(MOST_TRIES + 1):
        order = grading._again.next_order(grading._deaths)
        assert isinstance(order, WriteAgain)
        sizes.append(len(order.attempts))
        asyncio.run(grading._graded_again(order))
    # Of a batch that ended it, each is tried alone.
    assert (sizes[0] > 1, set(sizes[1:])) == (True, {1})
    first = now(desk, three[0])
    assert first.state is State.FAILED
    assert first.reason == f"{NOT_WRITTEN} {LOST.format(times=MOST_TRIES)}"
    assert score(desk, "ada") == 2.0
    grading_here.carry_on(desk)
    assert [score(desk, one.student) for one in three] == [2.0, 1.0, 2.5]


def lost_answer(desk: Desk, attempt: Attempt) -> None:
    (desk.course.folder / proposals.FOLDER / NAME / f"{attempt.id}.graded").unlink()


def other_work(desk: Desk, attempt: Attempt) -> None:
    notebook = store.folder_of(desk.course.folder, attempt.origin) / store.FILES / f"{NAME}.ipynb"
    notebook.write_text(notebook.read_text() + "\n")


@pytest.mark.parametrize(
    ("spoilt", "said"), [(lost_answer, "cannot be read any more (No such file"), (other_work, "graded of other work")]
)
def test_what_cannot_be_written_as_it_was_shown_is_not_graded_in_its_place(
    desk: Desk, three: list[Attempt], spoilt: Callable[[Desk, Attempt], None], said: str
) -> None:
    mended(desk)
    found = proposed(desk)
    spoilt(desk, three[0])
    accepted(desk, found)
    first = now(desk, three[0])
    assert first.state is State.FAILED
    assert first.reason.startswith(NOT_WRITTEN)
    assert said in first.reason
    assert [score(desk, one.student) for one in three] == [2.0, 1.0, 2.5]


def test_of_the_best_another_attempt_counts_when_a_regrade_takes_points_away(desk: Desk) -> None:
    desk.set_policy(NAME, Policy(count=Count.BEST))
    attempts = []
    for answer in (OVERFLOWS, small_course.WRONG):
        attempts.append(handed_in(desk, "mia", answer))
        grading_here.grade(desk)
    assert [now(desk, one).counts for one in attempts] == [True, False]
    mended(desk)
    accepted(desk, proposed(desk))
    assert now(desk, attempts[0]).score == 1.0
    grading_here.grade(desk)
    assert [now(desk, one).counts for one in attempts] == [False, True]
    assert score(desk, "mia") == 3.0


def test_graders_that_have_answered_grade_nothing_else(desk: Desk) -> None:
    answered = Answered(local_graders(1), {})
    with pytest.raises(GradingError, match="graded of other work"):
        answered.submit(0, Task(b"", "", None)).result()


def test_the_service_itself_grades_again_shows_and_writes(desk: Desk) -> None:
    mended_later = handed_in(desk, "hal", small_course.WRONG)

    async def all_of_it(grading: Grading) -> None:
        await until(lambda: now(desk, mended_later).feedback)
        mended(desk)
        proposal = proposal_pages._begin(desk, NAME, "", "ina")
        grading.wake()
        await until(lambda: not proposals.unanswered(desk.course.folder, proposal))
        # Somebody who hands in is graded meanwhile, and not by the proposal.
        newer = handed_in(desk, "ira")
        grading.wake()
        await until(lambda: now(desk, newer).feedback)
        assert now(desk, mended_later).score == 2.0
        proposal_pages._accept(desk, NAME, proposal.key)
        grading.wake()
        await until(lambda: proposals.find(desk.course.folder, NAME) is None)

    while_grading(desk, 8, all_of_it)
    found = now(desk, mended_later)
    assert (found.state, found.score, score(desk, "hal")) == (State.GRADED, 3.0, 3.0)
