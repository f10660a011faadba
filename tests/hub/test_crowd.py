"""Many hand in at the same time, while the grading process, the service and the Hub are killed: nothing is lost."""

from __future__ import annotations

import pwd
import signal
import sqlite3
from collections import Counter

import pytest
from playwright.sync_api import Browser

import small_course
from demonstration import hub, processes
from demonstration.place import Place
from hub import formgrader, handing_in
from hub.handing_in import Work
from hub.visits import until, visiting

pytestmark = pytest.mark.hub
ASSIGNMENT = small_course.NAME
RIGHT = small_course.WRONG.replace("scores -= ", "scores = scores - ")
ANSWERS = ((RIGHT, 3.0), (small_course.WRONG, 2.0))
"""Answers and their points, in turn."""


def test_all_are_graded_once_whatever_is_killed(place: Place, browser: Browser) -> None:
    crowd = [name for name in place.students if name.startswith("crowd")]
    expected = {place.user(name): ANSWERS[number % 2][1] for number, name in enumerate(crowd)}
    notebooks = [handing_in.answered(place, answer) for answer, _ in ANSWERS]
    works = [Work(name, notebooks[number % 2]) for number, name in enumerate(crowd)]
    half = len(works) // 2

    handing_in.lay(place, *works[:half])
    until(lambda: Counter(states(place).values())["graded"] >= 1, lambda: states(place))
    kill(place, "chainrule.service.grader_process")
    until(lambda: Counter(states(place).values())["graded"] >= half // 2, lambda: states(place))
    kill(place, "chainrule serve")
    # Others come while there is no service and then no Hub.
    handing_in.lay(place, *works[half : -half // 2])
    process = hub.running(place)
    assert process is not None
    processes.end(process, signal.SIGKILL)
    handing_in.lay(place, *works[-half // 2 :])
    hub.start(place)
    until(lambda: states(place) == dict.fromkeys(expected, "graded"), lambda: states(place))
    until(lambda: without_page(place) == 0)

    found = attempts(place, "student, number, score")
    assert sorted(found) == sorted((student, 1, points) for student, points in expected.items())
    with visiting(browser, place, "ina") as ina:
        formgrader.open_assignments(ina)
        known = {one["student"]: one for one in formgrader.asked(ina, f"submissions/{ASSIGNMENT}")}
    assert {student: known[student]["score"] for student in expected} == expected
    assert all(known[student]["autograded"] for student in expected)


def attempts(place: Place, columns: str) -> list[tuple[object, ...]]:
    """What the history has of the crowd's attempts."""
    file = place.course / ".chainrule/service/history.db"
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as history:
        asked = f"SELECT {columns} FROM attempts WHERE assignment = ? AND student LIKE ?"
        return list(history.execute(asked, (ASSIGNMENT, f"{place.user('crowd')}%")))


def states(place: Place) -> dict[object, object]:
    """The state of each one's last attempt."""
    return {student: state for student, state in attempts(place, "student, state")}  # noqa: C416


def without_page(place: Place) -> int:
    """How many have no feedback page yet."""
    return sum(feedback is None for (feedback,) in attempts(place, "feedback"))


def kill(place: Place, words: str) -> None:
    """Kill the process of the course's account whose command has these words."""
    uid = pwd.getpwnam(place.account).pw_uid
    found = [process for process in processes.of_user(uid) if words in processes.command(process)]
    assert found, words
    for process in found:
        processes.end(process, signal.SIGKILL)
