"""Whatever is wrong between a student's server and the service is one sentence, and what passes is tried again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import requests
import served_course
from course_on_hub import SCOPE, OnHub, serving
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError, ExchangeFactory
from served_course import NAME
from traitlets.config import Config

import small_course
from chainrule.service import way_in
from chainrule.service.policies import Policy
from chainrule_student import configure, connection, folder
from chainrule_student.connection import PAUSES, TOKEN, Connection, ServiceError


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnHub]:
    course = served_course.make(tmp_path_factory.mktemp("sentences") / "course")
    with pytest.MonkeyPatch.context() as patch, serving(served_course.open_desk(course), patch) as found:
        yield found


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody waits before a further try, and the student's folder is an empty one."""
    monkeypatch.setattr(connection, "PAUSES", (0.01,) * len(PAUSES))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def ada(hub: OnHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks."""
    monkeypatch.setenv(TOKEN, hub.enrol("ada"))


Do = Callable[..., Any]


@pytest.fixture
def do(hub: OnHub) -> Do:
    """Does something as nbgrader does it: `Submit`, `FetchAssignment`, `FetchFeedback` or `List`."""

    def done(
        what: str, assignment: str = NAME, url: str = "", course: str = "nn", student: str = "*", **settings: Any
    ) -> Any:
        config = Config()
        configure(config, "nn", url or hub.url)
        config.CourseDirectory.course_id = course
        config.CourseDirectory.assignment_id = assignment
        config.CourseDirectory.student_id = student
        plugin = getattr(ExchangeFactory(config=config), what)(
            coursedir=CourseDirectory(config=config), authenticator=Authenticator(config=config), config=config
        )
        for name, value in settings.items():
            setattr(plugin, name, value)
        return plugin.start()

    return done


def sentence(do: Do, *what: str, **more: Any) -> str:
    """What is said when this does not work."""
    with pytest.raises((ExchangeError, ServiceError)) as raised:
        do(*what, **more)
    said = str(raised.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def solved(hub: OnHub) -> Path:
    """A folder to submit."""
    place = Path(NAME)
    place.mkdir()
    nbformat.write(small_course.solved(hub.desk.course), place / f"{NAME}.ipynb")
    return place


def test_a_token_that_is_unknown_or_lacks_the_scope(do: Do, hub: OnHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "expired")
    assert "does not know this server's token, or it has expired: stop your server" in sentence(do, "List")
    monkeypatch.setenv(TOKEN, hub.enrol("eve", scopes=("self",)))
    solved(hub)
    for what in ("List", "FetchAssignment", "FetchFeedback", "Submit"):
        if what == "FetchAssignment":
            Path(NAME).rename("kept")
        said = sentence(do, what)
        assert "eve's server may not use this course" in said
        assert SCOPE in said
        if what == "FetchAssignment":
            Path("kept").rename(NAME)


@pytest.mark.usefixtures("ada")
def test_an_answer_that_was_lost_doubles_nothing(do: Do, hub: OnHub, monkeypatch: pytest.MonkeyPatch) -> None:
    solved(hub)
    once = Connection._once
    lost: list[int] = []

    def losing(self: Connection, method: str, path: tuple[str, ...], body: bytes | None) -> Any:
        answer = once(self, method, path, body)
        if method == "POST" and not lost:
            lost.append(answer.status_code)
            raise requests.ConnectionError
        return answer

    monkeypatch.setattr(Connection, "_once", losing)
    before = len(hub.desk.history.of("ada"))
    do("Submit")
    assert lost == [200]
    assert len(hub.desk.history.of("ada")) == before + 1


@pytest.mark.usefixtures("ada")
def test_an_assignment_that_is_not_there(do: Do) -> None:
    Path("week9").mkdir()
    assert sentence(do, "FetchAssignment", "week8") == f"nn has no assignment 'week8'; released are: {NAME}."
    assert sentence(do, "Submit", "week9") == f"nn has no assignment 'week9'; released are: {NAME}."
    assert sentence(do, "List", course="physics") == "The course 'physics' is not known here: known are nn."
    assert sentence(do, "FetchAssignment", course="") == "No course is named: add --course with one of nn."


@pytest.mark.usefixtures("ada")
def test_a_folder_that_cannot_be_submitted(do: Do, hub: OnHub) -> None:
    place, before = solved(hub), len(hub.desk.history.of("ada"))
    for name, target in (("data.csv", "/etc/hostname"), ("data", "/etc"), ("gone", "nowhere")):
        (place / name).symlink_to(target)
        assert sentence(do, "Submit").startswith(f"{NAME}/{name} is a link, and links are not submitted")
        (place / name).unlink()
    (place / "large.bin").write_bytes(bytes(2000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "LARGEST", 1000)
        assert "MiB of files, counted up to" in sentence(do, "Submit")
    (place / "large.bin").unlink()
    os.mkfifo(place / "pipe")
    assert sentence(do, "Submit") == f"{NAME}/pipe is no file: remove it."
    (place / "pipe").unlink()
    for number in range(folder.MOST_FILES):
        (place / str(number)).touch()
    assert "has more than 500 files" in sentence(do, "Submit")
    (place / f"{NAME}.ipynb").unlink()
    for number in range(folder.MOST_FILES):
        (place / str(number)).unlink()
    assert sentence(do, "Submit") == f"{NAME} has no files to submit."
    assert len(hub.desk.history.of("ada")) == before


def test_a_refusal_by_the_policy_is_told(do: Do, hub: OnHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, hub.enrol("flo"))
    solved(hub)
    try:
        hub.desk.set_policy(NAME, Policy(cool_down=1e6))
        do("Submit")
        said = sentence(do, "Submit")
    finally:
        hub.desk.set_policy(NAME, Policy())
    assert said.startswith(f"{NAME} is not taken: It came too soon after the one before")


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("what", ["List", "FetchFeedback", "Submit"])
def test_nobody_acts_for_another(do: Do, hub: OnHub, what: str) -> None:
    solved(hub)
    said = sentence(do, what, student="bob")
    assert said == "Who you are says the Hub, so --student has no meaning here: leave it out."
    assert hub.desk.history.of("bob") == []


@pytest.mark.usefixtures("ada")
def test_missing_notebooks_are_told_and_with_strict_not_sent(do: Do, hub: OnHub) -> None:
    place = solved(hub)
    (place / f"{NAME}.ipynb").rename(place / "other.ipynb")
    before = len(hub.desk.history.of("ada"))
    said = sentence(do, "Submit", strict=True)
    assert said == f"{NAME} is not submitted, because {NAME}.ipynb is missing in it."
    assert len(hub.desk.history.of("ada")) == before
    do("Submit")
    assert len(hub.desk.history.of("ada")) == before + 1


@pytest.mark.usefixtures("ada")
def test_nothing_is_overwritten_or_removed(do: Do, hub: OnHub) -> None:
    place = solved(hub)
    mine = (place / f"{NAME}.ipynb").read_bytes()
    with pytest.raises(ExchangeError, match="already have a copy"):
        do("FetchAssignment")
    do("FetchAssignment", replace_missing_files=True)
    assert (place / f"{NAME}.ipynb").read_bytes() == mine
    assert sentence(do, "List", remove=True).startswith("Nothing is removed by students")


@pytest.mark.usefixtures("ada")
def test_a_path_of_the_services_that_leads_elsewhere_is_not_written(
    do: Do, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    get = Connection.get
    for path in ("../evil", "/etc/evil", "a/../../evil", ""):
        monkeypatch.setattr(
            Connection, "get", lambda self, *way, p=path: {p: 1} if way[1:] == (NAME, "") else get(self, *way)
        )
        assert "is no path within" in sentence(do, "FetchAssignment")
    assert list(tmp_path.iterdir()) == []


def test_what_is_sent_fits_into_what_is_taken() -> None:
    assert folder.MOST_FILES == way_in.MOST_FILES
    assert folder.LARGEST * 4 / 3 + folder.MOST_FILES * 2 * way_in.LONGEST_PATH < way_in.LARGEST_BODY
