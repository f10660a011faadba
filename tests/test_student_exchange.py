"""nbgrader's own commands in a student's server, over the service: from fetching to feedback, with no shared folder."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import served_course
from course_on_hub import SECONDS, OnHub, serving
from nbgrader.server_extensions.assignment_list.handlers import AssignmentList
from served_course import NAME

import small_course
from chainrule_student.connection import TOKEN
from submissions import ROOT

STUDENT = ROOT / "deploy" / "student"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnHub]:
    """A course whose service grades what comes in."""
    course = served_course.make(tmp_path_factory.mktemp("over_hub") / "course")
    with pytest.MonkeyPatch.context() as patch, serving(served_course.open_desk(course), patch, grade=True) as found:
        yield found


class Server:
    """A student's server: a home of its own, and a token of the Hub's."""

    def __init__(self, hub: OnHub, home: Path, name: str) -> None:
        self.home = home
        home.mkdir()
        lines = ["from chainrule_student import configure", f"configure(get_config(), 'nn', {hub.url!r})", ""]
        (home / "nbgrader_config.py").write_text("\n".join(lines))
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            TOKEN: hub.enrol(name),
            # No grader is to be found: nothing but the student's own package.
            "PYTHONPATH": str(STUDENT),
        }

    def nbgrader(self, *words: str, code: int = 0) -> str:
        """Type one of nbgrader's commands; what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words], cwd=self.home, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == code, done.stdout
        return done.stdout

    def panel(self, action: str, *arguments: str) -> Any:
        """Do what JupyterLab's list of assignments does in the server."""
        panel: Any = AssignmentList()
        panel.root_dir = str(self.home)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(TOKEN, self.environment[TOKEN])
            patch.chdir(self.home)
            return getattr(panel, action)(*arguments)

    def solve(self, hub: OnHub, answer: str | None = None) -> None:
        """Fill the exercise of the notebook that was fetched."""
        file = self.home / NAME / f"{NAME}.ipynb"
        assert file.is_file()
        nbformat.write(small_course.solved(hub.desk.course, answer), file)


def wait_for_feedback(hub: OnHub, student: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not all(one.feedback for one in hub.desk.history.of(student, NAME)):
        assert time.monotonic() < deadline, hub.desk.history.of(student)
        time.sleep(0.2)


def test_fetch_submit_list_and_feedback_by_nbgraders_commands(hub: OnHub, tmp_path: Path) -> None:
    ada = Server(hub, tmp_path / "ada", "ada")
    assert f"Fetched as: nn {NAME}" in ada.nbgrader("fetch_assignment", NAME)
    assert f"nn {NAME} (already downloaded)" in ada.nbgrader("list")
    ada.solve(hub)
    assert f"Submitted as: nn {NAME}" in ada.nbgrader("submit", NAME)
    assert [one.student for one in hub.desk.history.at(NAME)] == ["ada"]
    wait_for_feedback(hub, "ada")
    ada.nbgrader("fetch_feedback", NAME)
    (page,) = (ada.home / NAME / "feedback").rglob("*.html")
    made = hub.desk.course.folder / "feedback" / "ada" / NAME / f"{NAME}.html"
    assert page.read_bytes() == made.read_bytes()
    assert small_course.EXERCISE in page.read_text()
    assert "feedback already fetched" in ada.nbgrader("list", "--cached")


def test_fetch_submit_list_and_feedback_in_jupyterlab(hub: OnHub, tmp_path: Path) -> None:
    bob = Server(hub, tmp_path / "bob", "bob")
    assert bob.panel("list_courses") == {"success": True, "value": ["nn"]}
    (released,) = bob.panel("list_assignments", "nn")["value"]
    assert (released["status"], released["assignment_id"]) == ("released", NAME)
    assert bob.panel("fetch_assignment", "nn", NAME) == {"success": True}
    bob.solve(hub, small_course.WRONG)
    assert bob.panel("submit_assignment", "nn", NAME) == {"success": True}
    wait_for_feedback(hub, "bob")
    fetched, submitted = bob.panel("list_assignments", "nn")["value"]
    assert (fetched["status"], fetched["path"]) == ("fetched", NAME)
    assert fetched["notebooks"] == [{"notebook_id": NAME, "path": f"{NAME}/{NAME}.ipynb"}]
    (submission,) = submitted["submissions"]
    assert (submission["has_exchange_feedback"], submission["has_local_feedback"]) == (True, False)
    assert bob.panel("fetch_feedback", "nn", NAME) == {"success": True}
    (submission,) = bob.panel("list_assignments", "nn")["value"][1]["submissions"]
    assert (submission["has_local_feedback"], submission["feedback_updated"]) == (True, False)
    assert (bob.home / submission["local_feedback_path"] / f"{NAME}.html").is_file()
    # A page that was made anew is told of.
    (bob.home / submission["local_feedback_path"] / f"{NAME}.html").write_text("an older page")
    (submission,) = bob.panel("list_assignments", "nn")["value"][1]["submissions"]
    assert submission["feedback_updated"] is True


def test_a_second_student_gets_nothing_of_the_first(hub: OnHub, tmp_path: Path) -> None:
    notebook = nbformat.writes(small_course.solved(hub.desk.course))
    coded = base64.b64encode(notebook.encode()).decode()
    assert hub.send(hub.enrol("carla"), {"key": "0123456789abcdef", "files": {f"{NAME}.ipynb": coded}}).ok
    wait_for_feedback(hub, "carla")
    dora = Server(hub, tmp_path / "dora", "dora")
    assert dora.panel("list_submitted_assignments", "nn") == {"success": True, "value": []}
    assert dora.panel("fetch_feedback", "nn", NAME) == {"success": True}
    assert "Who you are says the Hub" in dora.nbgrader("fetch_feedback", NAME, "--student=carla", code=1)
    assert not list(dora.home.rglob("*.html"))


def test_jupyterlabs_list_says_what_is_wrong(hub: OnHub, tmp_path: Path) -> None:
    eve = Server(hub, tmp_path / "eve", "eve")
    del hub.tokens[eve.environment[TOKEN]]
    listed = eve.panel("list_assignments", "nn")
    assert listed["success"] is False
    assert "exchange directory" not in listed["value"]
    said = listed["value"].strip().splitlines()[-1]
    assert said.endswith(
        "The Hub does not know this server's token, or it has expired: stop your server and start it again."
    )
