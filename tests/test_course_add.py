"""`chainrule add`: what chainrule ships comes into a course, all that was asked for or nothing."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from chainrule import cli
from chainrule.course.init import create
from chainrule.course.opened import Course
from chainrule.engine import hidden_tests
from chainrule.engine.assignment import AssignmentError, find, named, read
from chainrule.proof.bank import bank_of


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a course"
    create(folder)
    monkeypatch.chdir(folder / "source")
    return folder


def names(room: Path) -> set[str]:
    return {path.name for path in room.iterdir()}


def test_data_comes_along_and_hidden_tests_do_not(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["add", "pytorch_mlp", "xor"]) == 0
    assert "source/pytorch_mlp/, source/xor/" in capsys.readouterr().out
    assert names(course / "source") == {"pytorch_mlp", "xor"}
    assert (course / "source/pytorch_mlp/data/MNIST/raw/train-images-idx3-ubyte").stat().st_size > 1_000_000
    assert names(course / "assignments") == set()
    assert names(course) == {"source", "assignments", "nbgrader_config.py", ".gitignore"}
    assert not [path for path in course.rglob("*") if path.is_symlink()]


def test_plain_nbgrader_makes_the_student_version(course: Path) -> None:
    cli.main(["add", "xor"])
    Course(course).generate("xor")
    text = (course / "release/xor/xor.ipynb").read_text()
    assert "NotImplementedError" in text
    assert "BEGIN SOLUTION" in (course / "source/xor/xor.ipynb").read_text()
    assert "BEGIN SOLUTION" not in text


def test_what_is_there_is_not_overwritten(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "source/xor").mkdir()
    assert cli.main(["add", "numpy_mlp", "xor"]) == 2
    assert "source/xor is already there; nothing was changed" in capsys.readouterr().err
    assert names(course / "source") == {"xor"}
    assert names(course) == {"source", "assignments", "nbgrader_config.py", ".gitignore"}


def test_unknown_names_are_told_what_there_is(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("xnor", "../xor", ""):
        assert cli.main(["add", "xor", name]) == 2
        assert "there are numpy_mlp, pytorch_mlp, xor" in capsys.readouterr().err
    assert names(course / "source") == set()


def test_outside_of_a_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["add", "xor"]) == 2
    assert "is no course" in capsys.readouterr().err
    assert names(tmp_path) == set()


def test_own_hidden_tests(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["add", "xor"])
    notebook = course / "source/xor/xor.ipynb"
    notebook.write_bytes(notebook.read_bytes() + b"\n")
    assert cli.main(["add", "xor", "--own"]) == 0
    assert notebook.read_bytes().endswith(b"\n\n"), "a source notebook of the course's own was written over"
    own, shipped = named("xor", course), named("xor", None)
    assert own.folder == (course / "assignments/xor").resolve()
    assert own.folder.stat().st_mode & 0o777 == 0o700
    assert not own.source.exists()
    assert not [path for path in own.folder.rglob("*") if path.is_symlink()]
    assert own.reference.read_bytes() == shipped.reference.read_bytes()
    assert [one.name for one in hidden_tests.load(own).tests] == [one.name for one in hidden_tests.load(shipped).tests]
    bank = bank_of(own, course)
    assert bank.source == course / "source/xor"
    assert len(bank.mistakes) == len(bank_of(shipped, None).mistakes)
    assert cli.main(["add", "xor", "--own"]) == 2
    assert "assignments/xor is already there" in capsys.readouterr().err


def test_a_name_is_asked_for_twice(course: Path) -> None:
    assert cli.main(["add", "xor", "xor"]) == 0
    assert nbformat.read(course / "source/xor/xor.ipynb", as_version=4).cells


def test_a_folder_that_cannot_be_written(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        assert cli.main(["add", "xor"]) == 2
    assert names(course / "source") == set()
    assert names(course) == {"source", "assignments", "nbgrader_config.py", ".gitignore"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('titel = "X"', "there is no key `titel`; did you mean `title`?"),
        ('title = "X"\n[limits]\ncell_second = 3', "there is no key `cell_second` in [limits]; did you mean"),
        ("title = X", "is no TOML"),
    ],
)
def test_a_misspelt_assignment_file(course: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str) -> None:
    folder = course / "assignments/week1"
    folder.mkdir()
    (folder / "assignment.toml").write_text(text)
    with pytest.raises(AssignmentError):
        read(folder)
    for command in (["verify", "week1"], ["verify"]):
        assert cli.main(command) == 2
        assert sentence in " ".join(capsys.readouterr().err.split())
    with pytest.raises(AssignmentError):
        find("week1", course)
