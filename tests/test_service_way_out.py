"""Programs fetch what is released, and of attempts and feedback their student's own, when they may be seen."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import served_course
from course_on_hub import OnHub, serving
from served_course import NAME, handed_in
from tornado.httpclient import HTTPClient

from chainrule.service import released
from chainrule.service.attempts import Attempt, State
from chainrule.service.policies import Policy, Shown

PAGE = b"<p>Ada's feedback</p>"
POINTS = bytes(range(256)) * 5000
FILES = [f"{NAME}.ipynb", "data/a b%20\u00e4.bin"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnHub]:
    """An assignment with a large file, and in its folder things that are none; ada and bob are enrolled."""
    course = served_course.make(tmp_path_factory.mktemp("way_out") / "course")
    folder = outbound(course.folder) / NAME
    (folder / "data").mkdir()
    (folder / FILES[1]).write_bytes(POINTS)
    (folder / "solution.ipynb").symlink_to(course.folder / "source" / NAME / f"{NAME}.ipynb")
    (folder / "source").symlink_to(course.folder / "source")
    os.mkfifo(folder / "pipe")
    (outbound(course.folder) / "linked").symlink_to(course.folder / "source" / NAME)
    (outbound(course.folder) / "no folder").mkdir()
    with pytest.MonkeyPatch.context() as patch, serving(served_course.open_desk(course), patch) as found:
        found.enrol("ada")
        found.enrol("bob")
        found.enrol("eve", scopes=())
        yield found


def outbound(course: Path) -> Path:
    return course.parent / f"{course.name}-exchange" / served_course.COURSE / "outbound"


@pytest.fixture(scope="module")
def attempt(hub: OnHub) -> Attempt:
    """Ada's, graded and with its page."""
    desk, made = hub.desk, handed_in(hub.desk, "ada")
    desk.history.change(made.id, {State.QUEUED}, State.GRADED, score=2.0, max_score=3.0)
    desk.history.has_feedback(made.id, datetime.now(UTC))
    page = desk.course.folder / "feedback" / "ada" / NAME / f"{NAME}.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(PAGE)
    return made


def test_what_is_released_is_fetched_whole(hub: OnHub) -> None:
    (told,) = hub.ask("token-of-bob", "released/").json()
    assert told == {"assignment": NAME, "due": None, "notebooks": [NAME]}
    sizes = hub.ask("token-of-bob", f"released/{NAME}/").json()
    assert sorted(sizes) == sorted(FILES)
    answer = hub.ask("token-of-bob", f"released/{NAME}/data/a%20b%2520%C3%A4.bin")
    assert answer.content == POINTS
    assert sizes[FILES[1]] == len(POINTS)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    notebook = hub.ask("token-of-bob", f"released/{NAME}/{NAME}.ipynb").content
    assert notebook == (hub.desk.course.folder / "release" / NAME / f"{NAME}.ipynb").read_bytes()


@pytest.mark.parametrize("path", [
    f"released/{NAME}/solution.ipynb", f"released/{NAME}/source/{NAME}/{NAME}.ipynb", f"released/{NAME}/pipe",
    f"released/{NAME}/data", f"released/{NAME}/%2e%2e/{NAME}/{NAME}.ipynb", f"released/{NAME}/..%2f..%2finbound",
    f"released/{NAME}//etc/passwd", f"released/{NAME}/%2fetc%2fpasswd", f"released/{NAME}/./{NAME}.ipynb",
    "released/linked/", f"released/linked/{NAME}.ipynb", "released/../", "released/../inbound/", "released/./",
    "released/week9/", "released/week9/x", "released/no%20folder/",
])  # fmt: skip
def test_what_is_not_released_is_not_there(hub: OnHub, path: str) -> None:
    # The path as it stands: requests would tidy it.
    answer = HTTPClient().fetch(hub.url + path, headers={"Authorization": "token token-of-bob"}, raise_error=False)
    assert answer.code == 404, answer.body


def test_too_many_files_are_one_sentence(hub: OnHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(released, "MOST_FILES", 1)
    answer = hub.ask("token-of-bob", f"released/{NAME}/")
    assert answer.status_code == 500
    assert answer.text.startswith(f"{NAME} cannot be given out whole: there are more than 1 files")


def test_nothing_is_released_without_an_exchange(hub: OnHub) -> None:
    place = outbound(hub.desk.course.folder)
    place.rename(place.with_name("away"))
    try:
        assert hub.ask("token-of-bob", "released/").json() == []
        assert hub.ask("token-of-bob", f"released/{NAME}/").status_code == 404
    finally:
        place.with_name("away").rename(place)


@pytest.mark.parametrize("path", ["released/", f"released/{NAME}/", f"released/{NAME}/{NAME}.ipynb", "submissions/"])
def test_nothing_is_for_who_is_not_enrolled(hub: OnHub, path: str) -> None:
    assert hub.ask("token-of-eve", path).status_code == 403
    assert hub.ask("token-of-nobody", path).status_code == 401
    assert hub.ask("", path).status_code == 302


def test_attempts_and_feedback_are_ones_own(hub: OnHub, attempt: Attempt) -> None:
    (told,) = hub.ask("token-of-ada", "submissions/").json()
    assert (told["id"], told["feedback"]) == (attempt.id, hashlib.sha256(PAGE).hexdigest())
    assert told.keys() == {"id", "student", "assignment", "number", "at", "state", "reason", "key", "feedback"}
    assert hub.ask("token-of-ada", f"submissions/{NAME}").json() == [told]
    assert hub.ask("token-of-ada", f"attempts/{attempt.id}/feedback").content == PAGE
    for path in ("submissions/", f"submissions/{NAME}"):
        assert hub.ask("token-of-bob", path).json() == []
    assert hub.ask("token-of-bob", f"attempts/{attempt.id}/feedback").status_code == 404
    assert hub.ask("token-of-eve", f"attempts/{attempt.id}/feedback").status_code != 200


@pytest.mark.parametrize("shown", [Shown.NOTHING, Shown.TOTAL, Shown.EXERCISES])
def test_feedback_is_there_when_everything_is_shown(hub: OnHub, attempt: Attempt, shown: Shown) -> None:
    try:
        hub.desk.set_policy(NAME, Policy(after_deadline=shown))
        assert [one["feedback"] for one in hub.ask("token-of-ada", "submissions/").json()] == [None]
        assert hub.ask("token-of-ada", f"attempts/{attempt.id}/feedback").status_code == 404
    finally:
        hub.desk.set_policy(NAME, Policy())
