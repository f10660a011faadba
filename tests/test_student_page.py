"""What a student reads on the page: what counts, what is left, how far it is; and hears nothing of anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import served_course
from running_service import Running, grade, know_everybody, running, service_of, user
from served_course import NAME, handed_in
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from chainrule.course.opened import Course
from chainrule.engine.results import ExerciseResult, TestResult
from chainrule.probe.outcome import Outcome
from chainrule.service import events, times
from chainrule.service.assignment_view import AssignmentView, assignments_of, step_in_words
from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.live import Live, Places
from chainrule.service.orders import Progress
from chainrule.service.policies import Policy, Shown, When

SECONDS = 60


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    """A course whose history is empty."""
    with served_course.empty_desk(Course(folder)) as desk:
        yield desk


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course."""
    return served_course.make(tmp_path_factory.mktemp("student-page") / "course").folder


@pytest.fixture
def served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    know_everybody(monkeypatch)
    with running(service_of(desk)) as found:
        yield found


def page(served: Running, student: str = "ada") -> str:
    async def ask() -> str:
        answer = await AsyncHTTPClient().fetch(served.url, headers=user(student), request_timeout=SECONDS)
        return answer.body.decode()

    return asyncio.run(ask())


def check(points: float, outcome: Outcome, title: str = "Rows", message: str = "") -> TestResult:
    return TestResult(name=f"test_{title}", title=title, points=points, outcome=outcome, message=message)


HALF = ExerciseResult(name="softmax", tests=[check(1, Outcome.FAILED), check(1, Outcome.PASSED)], hints=["Averaged."])
WHOLE = ExerciseResult(name="relu", tests=[check(1, Outcome.PASSED)])


def view(desk: Desk, student: str = "ada") -> AssignmentView:
    (found,) = assignments_of(desk, student, Live(), Places(desk.history, desk.is_gradable, timedelta()))
    return found


# What counts, and what is left.


def test_the_attempt_that_counts_is_named_while_a_newer_one_waits(served: Running, desk: Desk) -> None:
    grade(desk, handed_in(desk), [HALF, WHOLE])
    assert "Attempt 1 counts" in page(served)
    assert "until the newer one is graded" not in page(served)
    handed_in(desk)
    found = page(served)
    assert "Attempt 2 is in the queue" in found
    assert "Attempt 1 counts" in found
    assert "until the newer one is graded" in found
    assert "graded, counts</td>" in found


def test_a_newer_attempt_that_does_not_count_is_named(desk: Desk) -> None:
    first = handed_in(desk)
    grade(desk, first, [WHOLE])
    second = handed_in(desk)
    grade(desk, second, [HALF])
    found = view(desk)
    assert found.counted is not None
    assert (found.counted.attempt.id, found.beaten) == (second.id, None)
    other = replace(found, counts=first.id)
    assert other.counted is not None
    assert other.beaten is not None
    assert (other.counted.attempt.id, other.beaten.attempt.id, other.beaten.score) == (first.id, second.id, 1.0)


def test_attempts_left_and_the_moment_of_the_next_one(served: Running, desk: Desk) -> None:
    desk.set_policy(NAME, Policy(attempts=2, cool_down=3600))
    try:
        handed_in(desk)
        found = view(desk)
        assert found.left == 1
        assert found.free_at is not None
        assert found.free_at == desk.history.of("ada")[0].at + timedelta(hours=1)
        assert found.reads_otherwise_in == timedelta(minutes=1)
        text = page(served)
        assert "1 of 2 attempts left" in text
        assert "at least 1 hour between two attempts" in text
        assert "The next attempt is taken from" in text
        assert 'data-again="60"' in text
        # Refused, for it came too soon: it takes none of those that are left, and the first keeps its place.
        handed_in(desk)
        assert view(desk).left == 1
        text = page(served)
        assert "Attempt 2 was not taken: It came too soon" in text
        assert "Attempt 1 is in the queue" in text
        desk.set_policy(NAME, Policy(attempts=1))
        assert "All attempts are used" in page(served)
    finally:
        desk.set_policy(NAME, Policy())


def test_rules_and_what_is_not_shown_are_said(desk: Desk) -> None:
    now = datetime.now(UTC)
    policy = Policy(grade=When.AFTER_DEADLINE, before_deadline=Shown.TOTAL, paused=True)
    found = AssignmentView(NAME, now, now + timedelta(days=3), policy, [])
    assert found.rules == ["graded after the deadline", "grading is paused"]
    assert found.not_shown == "The exercises' points are shown after the deadline."
    assert found.reads_otherwise_in == timedelta(hours=1)
    assert replace(found, due=now + timedelta(seconds=30)).reads_otherwise_in == timedelta(seconds=30)
    over = replace(found, due=now - timedelta(seconds=1))
    assert over.reads_otherwise_in is None
    assert over.rules == ["grading is paused"]
    assert over.not_shown == ""
    never = replace(found, policy=Policy(before_deadline=Shown.NOTHING, after_deadline=Shown.NOTHING))
    assert never.not_shown == "Scores are not shown here."


def test_what_a_teacher_has_to_look_at_is_no_mistake(served: Running, desk: Desk) -> None:
    fault = ExerciseResult(name="fit", tests=[check(2, Outcome.GRADER_FAULT, message="The grader itself failed.")])
    grade(desk, handed_in(desk), [WHOLE, fault])
    found = view(desk).counted
    assert found is not None
    assert ([one.name for one in found.pending], found.next_steps) == (["fit"], [])
    text = page(served)
    assert "A teacher looks at this" in text
    assert "What to do next" not in text
    assert "Every exercise has all its points" not in text


def test_checks_that_ended_alike_are_one_line(desk: Desk) -> None:
    alike = [check(1, Outcome.MISSING, title, "not defined") for title in ("Rows", "Sums")]
    grade(desk, handed_in(desk), [ExerciseResult(name="softmax", tests=[*alike, check(1, Outcome.PASSED)])])
    graded = view(desk).counted
    assert graded is not None
    (exercise,) = graded.next_steps
    assert [(one.titles, one.message) for one in exercise.lost] == [(["Rows", "Sums"], "not defined")]
    assert exercise.passed == 1


@pytest.mark.parametrize(("seconds", "said"), [
    (3 * 86_400 + 4 * 3600 + 59, "in 3 days 4 hours"), (3600, "in 1 hour"), (61, "in 1 minute"),
    (59, "in less than a minute"), (-5, "just now"), (-86_400 - 60, "1 day ago"), (-7260, "2 hours 1 minute ago"),
])  # fmt: skip
def test_how_long_is_left(seconds: float, said: str) -> None:
    now = datetime.now(UTC)
    assert times.distance(now + timedelta(seconds=seconds), now) == said


def test_the_whole_page_is_for_whose_it_is_and_runs_nothing(served: Running, desk: Desk) -> None:
    attempts = []
    for _ in range(2):
        attempts.append(handed_in(desk))
        grade(desk, attempts[-1], [HALF])
        desk.history.has_feedback(attempts[-1].id, attempts[-1].at)
    first, second = attempts
    file = desk.course.folder / "feedback" / "ada" / NAME / f"{NAME}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("<p>All of it")
    assert f'href="/services/chainrule/attempts/{second.id}/feedback"' in page(served)

    async def ask(student: str, attempt: Attempt) -> tuple[int, str, str]:
        url = f"{served.url}attempts/{attempt.id}/feedback"
        answer = await AsyncHTTPClient().fetch(url, headers=user(student), raise_error=False, request_timeout=SECONDS)
        return answer.code, answer.body.decode(), answer.headers["Content-Security-Policy"]

    code, text, policy = asyncio.run(ask("ada", second))
    assert (code, text) == (200, "<p>All of it")
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert asyncio.run(ask("bob", second))[0] == 404
    # The file is that of the attempt that counts.
    assert asyncio.run(ask("ada", first))[0] == 404


# How far it is.


def test_progress_is_on_the_page_without_a_script(served: Running, desk: Desk) -> None:
    attempt = handed_in(desk)
    desk.history.change(attempt.id, {State.QUEUED}, State.GRADING)
    assert "being graded<span" in page(served)
    live = served.service.grading.live
    served.do(live.begin, [attempt])
    served.do(live.reached, Progress(attempt.id, 2, 12, "<b>softmax"))
    assert "2 of 12 exercises done, now &lt;b&gt;softmax" in page(served)
    assert 'value="2" max="12"' in page(served)
    served.do(live.end, [attempt.id])
    assert "2 of 12" not in page(served)


def test_progress_in_words() -> None:
    assert step_in_words(None) == " …"
    assert step_in_words(Progress(1, 0, 3)) == ": your notebook is running"
    assert step_in_words(Progress(1, 3, 3)) == ": the score comes in a moment"
    assert step_in_words(Progress(1, 3, 3, "", 3.5, 4)) == ": 3.5 of 4 points; what to mend next comes in a moment"


class Heard:
    """What came over one stream, as it came."""

    def __init__(self) -> None:
        self.text = ""

    def take(self, part: bytes) -> None:
        self.text += part.decode()

    async def until(self, part: str) -> None:
        async with asyncio.timeout(SECONDS):
            while part not in self.text:
                await asyncio.sleep(0.02)


def test_a_stream_tells_of_ones_own_attempts_and_of_nobody_elses(served: Running, desk: Desk) -> None:
    adas, bobs = handed_in(desk, "ada"), handed_in(desk, "bob")
    live = served.service.grading.live

    def go_on(attempt: Attempt) -> None:
        desk.history.change(attempt.id, {State.QUEUED}, State.GRADING)
        live.begin([attempt])
        desk.changed(attempt.id)
        live.reached(Progress(attempt.id, 1, 3, f"of-{attempt.student}"))

    async def listen() -> tuple[Heard, Heard]:
        ada, bob = Heard(), Heard()
        streams = [asyncio.create_task(_stream(served, name, heard)) for name, heard in (("ada", ada), ("bob", bob))]
        try:
            await ada.until("event: stamp")
            await bob.until("event: stamp")
            # They wait for their turns.
            await ada.until("at place 1")
            await bob.until("at place 2")
            served.do(go_on, bobs)
            await bob.until("of-bob")
            served.do(go_on, adas)
            await ada.until("of-ada")
            served.do(grade, desk, bobs, [WHOLE])
            await bob.until('"state": "graded"')
            served.do(grade, desk, adas, [WHOLE])
            await ada.until('"state": "graded"')
        finally:
            for one in streams:
                one.cancel()
            await asyncio.gather(*streams, return_exceptions=True)
        return ada, bob

    ada, bob = asyncio.run(listen())
    for heard, other in ((ada, bobs), (bob, adas)):
        assert f'"attempt": {other.id}' not in heard.text
        assert f"of-{other.student}" not in heard.text
    # How it went is for the page, as far as the policy allows.
    assert "passed" not in ada.text + bob.text


async def _stream(served: Running, student: str, heard: Heard) -> None:
    await AsyncHTTPClient().fetch(
        f"{served.url}events", headers=user(student), streaming_callback=heard.take, request_timeout=SECONDS
    )


def test_who_comes_back_learns_by_the_stamp_what_was_missed(served: Running, desk: Desk) -> None:
    attempt = handed_in(desk)
    before = page(served)

    async def stamp() -> str:
        heard = Heard()
        stream = asyncio.create_task(_stream(served, "ada", heard))
        await heard.until('"stamp": ')
        await heard.until('"}')
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)
        return heard.text.split('"stamp": "')[1].split('"')[0]

    assert f'data-stamp="{asyncio.run(stamp())}"' in before
    grade(desk, attempt, [WHOLE])
    assert f'data-stamp="{asyncio.run(stamp())}"' not in before
    assert f'data-stamp="{asyncio.run(stamp())}"' in page(served)


def test_one_student_cannot_take_all_connections(served: Running, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 2)

    async def many() -> None:
        heard = [Heard(), Heard(), Heard()]
        streams = [asyncio.create_task(_stream(served, "ada", one)) for one in heard[:2]]
        await heard[0].until("stamp")
        await heard[1].until("stamp")
        with pytest.raises(HTTPClientError, match="429"):
            await _stream(served, "ada", Heard())
        for one in streams:
            one.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
        # Somebody else has one; and she too, once hers are closed.
        last = asyncio.create_task(_stream(served, "bob", heard[2]))
        await heard[2].until("stamp")
        last.cancel()
        await asyncio.gather(last, return_exceptions=True)

    asyncio.run(many())
