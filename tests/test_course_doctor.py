"""`chainrule doctor` in a course: is it configured, are its assignments in order, who can read it?"""

from __future__ import annotations

import grp
import json
import os
import pwd
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from chainrule import cli, doctor
from chainrule.course import examination, privacy
from chainrule.course.examination import CourseReport
from chainrule.course.init import create
from chainrule.course.loaded import CONFIG
from chainrule.course.new import new
from chainrule.sandbox.server import Preload


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "a course"
    create(folder)
    new("week1", folder)
    return folder


def test_a_course_in_order(course: Path) -> None:
    report = examination.examine(course)
    assert report.in_order
    assert report.configured
    assert report.warnings == []
    (week1,) = report.assignments
    assert (week1.name, week1.hidden_tests, week1.points, week1.own) == ("week1", 3, 3.0, True)
    assert week1.warnings == week1.problems == []


def configuration_without_ours(course: Path) -> str:
    (course / CONFIG).write_text("c = get_config()  # chainrule.configure(c)\n")
    return "does not configure chainrule (c.Autograde.exporter_class, "


def configuration_that_is_broken(course: Path) -> str:
    (course / CONFIG).write_text("c = get_confg()\n")
    return f"{CONFIG}, line 1: nbgrader cannot load it"


def configuration_without_sandbox(course: Path) -> str:
    with (course / CONFIG).open("a") as file:
        file.write("c.GradeInSandbox.unsafe = True\n")
    return "without a sandbox"


def hidden_tests_gone(course: Path) -> str:
    (course / "assignments/week1").rename(course / "away")
    return "says that it has hidden tests, but there is no folder"


def hidden_tests_that_do_not_import(course: Path) -> str:
    (course / "assignments/week1/test_softmax.py").write_text("import nothing_of_this_name\n")
    return "test_softmax.py cannot be imported: ModuleNotFoundError"


def points_that_do_not_add_up(course: Path) -> str:
    file = course / "source/week1/week1.ipynb"
    file.write_text(file.read_text().replace('"points": 3', '"points": 4'))
    return "worth 3 points together, but its cell in the notebook 4"


def package_not_installed(course: Path) -> str:
    (course / "assignments/week1/assignment.toml").write_text('title = "1"\npackages = ["no-such-package"]\n')
    return "lists the package 'no-such-package', which is not installed"


def misspelt_key(course: Path) -> str:
    (course / "assignments/week1/assignment.toml").write_text('titel = "1"\n')
    return "did you mean `title`?"


def no_notebook(course: Path) -> str:
    (course / "source/week1/week1.ipynb").write_text("{}")
    return "is no notebook"


@pytest.mark.parametrize(
    "damage",
    [
        configuration_without_ours,
        configuration_that_is_broken,
        configuration_without_sandbox,
        hidden_tests_gone,
        hidden_tests_that_do_not_import,
        points_that_do_not_add_up,
        package_not_installed,
        misspelt_key,
        no_notebook,
    ],
)
def test_what_is_not_in_order_is_said(course: Path, damage: Callable[[Path], str]) -> None:
    expected = damage(course)
    report = examination.examine(course)
    assert not report.in_order
    (problem,) = [*report.problems, *(problem for one in report.assignments for problem in one.problems)]
    assert expected in problem


def test_what_a_teacher_should_know(course: Path) -> None:
    (course / "source/essay").mkdir()
    (course / "source/week1").rename(course / "source/week2")
    notebook = course / "source/week2/week1.ipynb"
    read = nbformat.read(notebook, as_version=4)
    read.metadata.pop("chainrule")
    nbformat.write(read, notebook.with_name("week2.ipynb"))
    report = examination.examine(course)
    assert report.in_order
    assert [one.warnings for one in report.assignments] == [
        ["it has no hidden tests: nbgrader scores what its cells print"]
    ] * 2
    (warning,) = report.warnings
    assert "week1 has hidden tests, but there is no notebook" in warning


def test_a_cell_that_no_hidden_test_is_for(course: Path) -> None:
    file = course / "source/week1/week1.ipynb"
    notebook = nbformat.read(file, as_version=4)
    settings = {**notebook.cells[-1].metadata.nbgrader, "grade_id": "essay"}
    notebook.cells.append(nbformat.v4.new_code_cell(metadata={"nbgrader": settings}))
    nbformat.write(notebook, file)
    (week1,) = examination.examine(course).assignments
    assert week1.problems == []
    assert week1.warnings == ["no hidden test is for its cell essay: a human grades it"]


def test_the_exchange_is_the_courses_own(course: Path, tmp_path: Path) -> None:
    exchange = tmp_path / "exchange"
    with (course / CONFIG).open("a") as file:
        file.write(f"c.Exchange.root = {str(exchange)!r}\n")
    assert doctor._exchange(course).startswith(f"{exchange} does not exist")
    exchange.mkdir(mode=0o755)
    assert doctor._exchange(course).startswith(f"{exchange} is writable for you, but not for every user")
    exchange.chmod(0o777)
    assert doctor._exchange(course) == str(exchange)
    assert doctor._exchange(None).startswith("/usr/local/share/nbgrader/exchange")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody on this machine can come to, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if not privacy.readers(folder):
            pytest.skip("the temporary folder is closed to others on this machine")
        yield folder


def test_who_can_read_a_course(open_folder: Path) -> None:
    course = open_folder / "c"
    create(course)
    new("week1", course)
    (course / ".chainrule").mkdir()
    (course / ".chainrule/secret").write_text("secret")
    (course / "gradebook.db").write_text("")
    assert examination.examine(course).warnings == [], "the course's own folder is closed"
    course.chmod(0o755)
    names = ["gradebook.db", ".chainrule/secret"]
    assert [privacy.readers(course / name) for name in names] == [[privacy.EVERYBODY]] * 2
    (course / "source").chmod(0o755)
    (course / ".chainrule").chmod(0o700)
    report = examination.examine(course)
    assert report.in_order, "a warning, as it may be meant so"
    assert [warning.split(" can be read by ")[0] for warning in report.warnings] == [
        str(course / "source"),
        str(course / "gradebook.db"),
    ]
    assert f"chmod go-rwx '{course / 'source'}'" in report.warnings[0]


def test_a_group_counts_if_somebody_else_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getgid()
    monkeypatch.setattr(pwd, "getpwall", list)
    monkeypatch.setattr(privacy, "_open_to", lambda places, group: group == own)
    members: list[str] = []
    monkeypatch.setattr(grp, "getgrgid", lambda number: SimpleNamespace(gr_mem=members, gr_name="staff"))
    assert privacy.readers(tmp_path) == []
    members.append("student")
    assert privacy.readers(tmp_path) == ["the group staff"]


@pytest.mark.parametrize(("problems", "status"), [([], 0), (["its configuration is not ours"], 1)])
def test_exit_status(
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    problems: list[str],
    status: int,
) -> None:
    monkeypatch.setattr(doctor, "reached", lambda preload, folder: [])
    found = CourseReport("c", True, problems, ["gradebook.db can be read by everybody"], [])
    monkeypatch.setattr(examination, "examine", lambda folder: found)
    monkeypatch.chdir(course / "source")
    assert cli.main(["doctor", "--json"]) == status
    said = json.loads(capsys.readouterr().out)
    assert said["course"]["problems"] == problems
    assert said["fit"] == (status == 0)
    assert cli.main(["doctor", "--course", str(course)]) == status
    out = " ".join(capsys.readouterr().out.split())
    assert "gradebook.db can be read by everybody" in out
    assert ("the course is not in order" in out) == bool(problems)


def test_trials_use_the_packages_of_the_courses_assignments(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (course / "assignments/week1/assignment.toml").write_text('title = "1"\npackages = ["pandas"]\n')
    tried = []

    def reached(preload: Preload, folder: Path) -> list[str]:
        tried.append((preload.packages, folder))
        return []

    monkeypatch.setattr(doctor, "reached", reached)
    doctor.examine(course)
    assert tried == [((), course), (("pandas",), course)]


def test_a_trial_notebook_cannot_read_the_course(course: Path) -> None:
    report = doctor.examine(course)
    assert report.escapes == []
    assert report.fit
