"""The instructor's pages: who works, what needs a human, points of now, the form of policies, and re-grading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from served_course import NAME, handed_in, kept
from test_service_pages import PREFIX, TEACHER, Active, Get, get, graded, service, student
from test_service_pages import desk as desk
from tornado.httpclient import HTTPResponse

import small_course
from chainrule.course.class_scores import class_scores
from chainrule.course.decided import Span, Unit
from chainrule.engine.results import Results
from chainrule.service import proposals, store
from chainrule.service.attempts import State
from chainrule.service.class_pages import MOST_ROWS
from chainrule.service.desk import Desk
from chainrule.service.handlers import Service
from chainrule.service.inbox import Refused
from chainrule.service.orders import Grade, Work
from chainrule.service.policies import Count, Policy, Shown
from chainrule.service.proposals import Answer

__all__ = ["get", "service"]
"""Fixtures."""


@pytest.fixture
def in_gradebook(desk: Desk) -> Iterator[str]:
    """Ada as the gradebook has her: two points by a teacher, one late."""
    with desk.course.api.gradebook as gradebook:
        gradebook.update_or_create_student("ada")
        gradebook.update_or_create_submission(NAME, "ada")
        grade = gradebook.find_grade(small_course.EXERCISE, NAME, NAME, "ada")
        grade.auto_score, grade.manual_score, grade.needs_manual_grade = 1.0, 2.0, False
        notebook = gradebook.find_submission_notebook(NAME, NAME, "ada")
        notebook.late_submission_penalty = 0.5
        gradebook.db.commit()
        number = notebook.id
    yield number
    with desk.course.api.gradebook as gradebook:
        gradebook.remove_submission(NAME, "ada")


def test_a_teachers_points_and_lateness_are_those_of_now(get: Get, desk: Desk, in_gradebook: str) -> None:
    page = get(f"class/{NAME}", TEACHER).body.decode()
    assert "1.5 of 3" in page
    assert "late −0.5" in page
    assert "by hand: softmax" in page
    assert f'href="/services/nn/formgrader/submissions/{in_gradebook}"' in page
    # Two of three points: some, not all.
    assert (
        '<strong>1</strong> <span class="percent">100%</span>'
        in page.split("<code>softmax</code>")[1].split("</tr>")[0]
    )
    assert get(f"class/{NAME}/scores.csv", TEACHER).body.decode().splitlines()[1].endswith(",0.5,1.5,3.0")


def test_what_only_a_teacher_can_grade_is_said(desk: Desk, get: Get, in_gradebook: str) -> None:
    with desk.course.api.gradebook as gradebook:
        grade = gradebook.find_grade(small_course.EXERCISE, NAME, NAME, "ada")
        grade.manual_score, grade.auto_score, grade.needs_manual_grade = None, None, True
        gradebook.db.commit()
    assert class_scores(desk.course, NAME).students["ada"].to_do == [small_course.EXERCISE]
    assert "1 submissions have cells that a teacher has to grade" in get(f"class/{NAME}", TEACHER).body.decode()


def test_a_gradebook_that_does_not_know_the_assignment_has_nobodys_points(desk: Desk) -> None:
    assert class_scores(desk.course, "other").students == {}


def test_what_needs_a_human_is_listed_and_what_the_policy_refuses_is_counted(get: Get, desk: Desk) -> None:
    failed = handed_in(desk, "fay")
    desk.history.change(failed.id, {State.QUEUED}, State.FAILED, reason="The disk is full.")
    faulty = handed_in(desk, "gus")
    graded(desk, faulty)
    desk.history.change(faulty.id, {State.GRADED}, State.GRADED, reason="Something could not be graded.")
    desk.take(Refused("exchange:y", NAME, "it belongs to mallory"))
    desk.set_policy(NAME, Policy(attempts=1))
    desk.take(kept(desk.course, "gus"))
    desk.set_policy(NAME, Policy())
    page = get("class/", TEACHER).body.decode()
    human = page[page.index("For a human") :]
    for said in ("The disk is full.", "Something could not be graded.", "it belongs to mallory"):
        assert said in human
    assert "attempt was used" not in human
    assert f"too soon: 1 of {NAME}." in page


def test_whoever_floods_the_exchange_hides_nothing_that_needs_a_human(get: Get, desk: Desk) -> None:
    failed = handed_in(desk, "fay")
    desk.history.change(failed.id, {State.QUEUED}, State.FAILED, reason="The disk is full.")
    before = desk.history.for_a_human(0)[1]
    for number in range(MOST_ROWS + 5):
        desk.take(Refused(f"exchange:flood-{number}", NAME, f"flood {number:03} belongs to mallory"))
    page = get("class/", TEACHER).body.decode()
    human = page[page.index("For a human") :]
    assert human.count('<tr><th scope="row">') == MOST_ROWS
    assert f"The first {MOST_ROWS} of {before + MOST_ROWS + 5}:" in human
    assert "The disk is full." in human
    assert f"flood {MOST_ROWS + 4:03} belongs" in human
    assert "flood 000 belongs" not in human


def test_who_works_on_what_is_shown(get: Get, service: Service) -> None:
    assert "nothing to do" in get("class/", TEACHER).body.decode()
    service.grading.at_work.begin(Grade(NAME, [Work(1, "ada", "a"), Work(2, "bob", "b")]))
    service.grading.at_work.ended = 2
    page = get("class/", TEACHER).body.decode()
    assert f"grading 2 of {NAME}, since" in page
    assert "ended unasked 2 times" in page
    service.grading.at_work.end()
    assert "nothing to do" in get("class/", TEACHER).body.decode()
    service.grading.problem = "There is no sandbox."
    page = get("class/", TEACHER).body.decode()
    assert "✗ nothing can be graded" in page
    assert "There is no sandbox." in page


@pytest.mark.parametrize("path", ["class/", f"class/{NAME}", f"class/{NAME}/policy", f"class/{NAME}/regrade"])
def test_nothing_of_them_is_inline(get: Get, desk: Desk, path: str) -> None:
    get(f"class/{NAME}/regrade", TEACHER, method="POST", body="")
    try:
        answer = get(path, TEACHER)
        parser = Active()
        parser.feed(answer.body.decode())
        assert (answer.code, parser.found) == (200, [])
        assert b"<style" not in answer.body
    finally:
        proposals.discard(desk.course.folder, NAME)


@pytest.mark.parametrize("path", ["policy", "regrade", "regrade/write", "regrade/discard"])
def test_none_of_it_is_a_students(get: Get, path: str) -> None:
    assert get(f"class/{NAME}/{path}", student("ada"), method="POST", body="").code == 404
    assert get(f"class/{NAME}/{path}", None, method="POST", body="").code == 403
    if path in ("policy", "regrade"):
        assert get(f"class/{NAME}/{path}", student("ada")).code == 404


FORM = {
    "grade": "on submit", "before-deadline": "total", "after-deadline": "everything", "count": "best",
    "attempts": "3", "cool-down": "60", "late-penalty": "12.5", "late-in": "percent", "late-per": "hour",
    "late-most": "50", "late-grace": "10", "time-limit": "40",
}  # fmt: skip


def set_policy(get: Get, **changes: str) -> HTTPResponse:
    given = {name.replace("_", "-"): text for name, text in changes.items()}
    return get(f"class/{NAME}/policy", TEACHER, method="POST", body=urlencode({**FORM, **given}))


def test_all_of_a_policy_is_set_on_its_page_and_shown_there(get: Get, desk: Desk) -> None:
    try:
        assert set_policy(get).code == 302
        assert desk.policy(NAME) == Policy(
            before_deadline=Shown.TOTAL, count=Count.BEST, attempts=3, cool_down=60, late_penalty=12.5,
            late_in=Unit.PERCENT, late_per=Span.HOUR, late_most=50, late_grace=10, time_limit=40,
        )  # fmt: skip
        page = get(f"class/{NAME}/policy", TEACHER).body.decode()
        assert "<option selected>best</option>" in page
        told = get("", student("ada")).body.decode()
        assert "the best attempt counts" in told
        assert "late work loses 12.5 percent for each started hour" in told
        assert 'name="late-penalty" inputmode="decimal" value="12.5"' in page
        assert (
            "late work loses 12.5 percent for each started hour, at most 50"
            in get(f"class/{NAME}", TEACHER).body.decode()
        )
    finally:
        desk.set_policy(NAME, Policy())


@pytest.mark.parametrize(("changes", "said"), [
    ({"count": "worst"}, "worst"), ({"late_penalty": "-1"}, "late-penalty is '-1'; it must be from 0 to"),
    ({"late_penalty": "120"}, "at most 100 percent"), ({"late_most": "nan"}, "late-most is 'nan'"),
    ({"late_grace": "soon"}, "late-grace is 'soon', which is no number"), ({"time_limit": "0.5"}, "below one second"),
    ({"cool_down": "1e99"}, "cool-down is '1e99'"), ({"late_per": "week"}, "week"),
])  # fmt: skip
def test_what_is_no_policy_is_refused_in_one_sentence(get: Get, desk: Desk, changes: dict[str, str], said: str) -> None:
    answer = set_policy(get, **changes)
    assert answer.code == 400
    assert said in answer.body.decode()
    assert len(answer.body.decode().splitlines()) == 1
    assert desk.policy(NAME) == Policy()


def test_a_page_of_policies_is_of_assignments_that_there_are(get: Get) -> None:
    assert get("class/other/policy", TEACHER).code == 404


def test_a_regrade_is_begun_shown_and_discarded(get: Get, desk: Desk, in_gradebook: str) -> None:
    ada = next(one for one in desk.history.of("ada") if one.counts)
    path = f"class/{NAME}/regrade"
    assert get(path, TEACHER).code == 302
    begun = get(path, TEACHER, method="POST", body=f"attempt={ada.id}")
    assert (begun.code, begun.headers["Location"]) == (302, f"{PREFIX}{path}")
    assert "0 of 1 graded again" in get(path, TEACHER).body.decode()
    proposal = proposals.find(desk.course.folder, NAME)
    assert proposal is not None
    assert proposal.by == "ina"
    early = get(f"{path}/write", TEACHER, method="POST", body=f"key={proposal.key}")
    assert (early.code, early.body) == (409, b"Not all attempts are graded again yet; wait for the rest.")
    old = store.results_of(desk.course.folder, ada.origin)
    assert isinstance(old, Results)
    proposals.keep(desk.course.folder, NAME, proposal.key, ada.id, Answer(old))
    page = get(path, TEACHER).body.decode()
    # The teacher's points are kept, and it is not late by the gradebook.
    assert "1.5 → 2 of 3" in page
    assert "▲ +0.5" in page
    assert "taken off as late: 0.5 → 0" in page
    assert "kept as a teacher gave it: softmax" in page
    outdated = get(f"{path}/write", TEACHER, method="POST", body=f"key={proposal.key}")
    assert (outdated.code, b"has changed since" in outdated.body) == (409, True)
    # Another tab may show another one.
    assert get(f"{path}/discard", TEACHER, method="POST", body="key=older").code == 409
    form = page[page.index(f"{path}/discard") :]
    (key,) = re.findall(r'name="key" value="(\w+)"', form[: form.index("</form>")])
    assert get(f"{path}/discard", TEACHER, method="POST", body=f"key={key}").code == 302
    assert proposals.find(desk.course.folder, NAME) is None
    assert get(f"{path}/discard", TEACHER, method="POST", body=f"key={key}").code == 409


def test_the_style_of_these_pages_is_there(get: Get) -> None:
    assert b"repeating-linear-gradient" in get("static/class.css", None).body
