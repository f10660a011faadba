"""What a monitor hears: in Prometheus' own format, counted once, without names."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import served_course
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from served_course import handed_in

from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.health import HOLDS, Told
from chainrule.service.history import HistoryError
from chainrule.service.measures import Measures


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return served_course.open_desk(served_course.make(tmp_path / "course"))


def told(found: Measures, problem: str = "") -> dict[str, float]:
    """What a monitor reads, by name and labels."""
    registry = CollectorRegistry()
    registry.register(found.of(problem))
    text = generate_latest(registry).decode()
    return {
        f"{sample.name}{''.join(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def graded(desk: Desk, attempt: Attempt, seconds: float) -> None:
    """As the grading tells it: the score, then that there is a page."""
    started = datetime(2030, 1, 1, tzinfo=UTC)
    ended = started + timedelta(seconds=seconds)
    done = replace(attempt, state=State.GRADED, started=started, ended=ended, score=1.0, max_score=3.0)
    desk.history.change(attempt.id, {State.QUEUED}, State.GRADED, started=started, ended=ended)
    desk.tell(done)
    desk.tell(replace(done, feedback=ended))


def test_attempts_are_counted_by_state_and_each_grading_once(desk: Desk) -> None:
    found = Measures(desk)
    first, _ = handed_in(desk, "ada"), handed_in(desk, "bob")
    graded(desk, first, 2.5)
    said = told(found)
    assert (said["chainrule_attemptsgraded"], said["chainrule_attemptsqueued"]) == (1, 1)
    assert said["chainrule_attemptsfailed"] == 0, "all states are there, so that a graph has no holes"
    assert said["chainrule_queue_length"] == 1
    assert (said["chainrule_grading_seconds_count"], said["chainrule_grading_seconds_sum"]) == (1, 2.5)
    desk.tell(replace(first, state=State.QUEUED))
    graded(desk, first, 1.5)
    said = told(found)
    assert (said["chainrule_grading_seconds_count"], said["chainrule_grading_seconds_sum"]) == (2, 4.0)


def test_the_age_of_the_queue_is_that_of_who_waits_longest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    before = handed_in(desk, "zoe")
    found = Measures(desk)
    clock[0] = 130.0
    first = handed_in(desk, "ada")
    clock[0] = 140.0
    handed_in(desk, "bob")
    assert told(found)["chainrule_queue_oldest_seconds"] == 40, "since the service has begun"
    graded(desk, before, 1)
    assert told(found)["chainrule_queue_oldest_seconds"] == 10
    graded(desk, first, 1)
    clock[0] = 145.0
    assert told(found)["chainrule_queue_oldest_seconds"] == 5


def test_nobody_waits(desk: Desk) -> None:
    said = told(Measures(desk))
    assert (said["chainrule_queue_length"], said["chainrule_queue_oldest_seconds"]) == (0, 0)


def test_what_is_wrong_is_a_number(desk: Desk) -> None:
    found = Measures(desk)
    assert (told(found)["chainrule_can_grade"], told(found)["chainrule_in_order"]) == (1, 1)
    desk.problem = "The exchange is closed."
    said = told(found, "There is no sandbox.")
    assert (said["chainrule_can_grade"], said["chainrule_in_order"]) == (0, 0)


def test_whoever_asks_again_and_again_has_the_database_asked_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    asked = []
    counts = desk.history.counts

    def counted() -> dict[State, int]:
        asked.append(1)
        return counts()

    monkeypatch.setattr(desk.history, "counts", counted)
    found = Told(Measures(desk))

    async def all_at_once(callers: int) -> set[bytes]:
        return set(await asyncio.gather(*(found.text("") for _ in range(callers))))

    async def over_time() -> None:
        (first,) = await all_at_once(50)
        handed_in(desk, "ada")
        clock[0] += HOLDS - 1
        assert (await all_at_once(50), len(asked)) == ({first}, 1)
        clock[0] += 2
        (later,) = await all_at_once(50)
        assert (b'{state="queued"} 1.0' in later, len(asked)) == (True, 2)

    asyncio.run(over_time())


def test_a_database_in_trouble_is_asked_no_more_often(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def broken() -> None:
        asked.append(1)
        raise HistoryError

    monkeypatch.setattr(desk.history, "counts", broken)
    found = Told(Measures(desk))

    async def again() -> None:
        for _ in range(3):
            with pytest.raises(HistoryError):
                await found.text("")

    asyncio.run(again())
    assert len(asked) == 1
