"""`chainrule new`: an assignment of one's own that works as it stands."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

import small_course
from chainrule import cli
from chainrule.course.consistency import MARK, require_consistent
from chainrule.course.init import create
from chainrule.course.new import new
from chainrule.course.proving import banks
from chainrule.engine.assignment import named
from chainrule.proof.verify import prove


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a course"
    create(folder)
    monkeypatch.chdir(folder / "assignments")
    return folder


def test_its_parts_fit_together(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "week1"]) == 0
    assert "source/week1/week1.ipynb" in capsys.readouterr().out
    assignment = named("week1", course)
    assert assignment.title == "Week1"
    assert assignment.folder.stat().st_mode & 0o777 == 0o700
    tests = require_consistent(assignment, course / "source/week1")
    assert tests.exercises == ("softmax",)
    notebook = nbformat.read(course / "source/week1/week1.ipynb", as_version=4)
    assert MARK in notebook.metadata
    assert notebook.cells[0].source.startswith("# Week1\n")
    assert cli.main(["write-solutions"]) == 0
    assert "source/week1/week1.ipynb: up to date" in capsys.readouterr().out


def test_it_is_proven_as_it_stands(course: Path) -> None:
    new("week1", course)
    (proof,) = prove(banks("week1", course), jobs=2, seeds=["1", "2", "3"])
    assert proof.problems == []
    assert proof.counts["mistakes"] >= 4
    assert proof.counts["named"] == proof.counts["mistakes"]
    assert proof.counts["correct"] == 3


def test_it_is_graded_from_a_subfolder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = small_course.make(tmp_path / "c")
    small_course.hand_in(course, "ada")
    small_course.hand_in(course, "bob", small_course.WRONG)
    monkeypatch.chdir(course.folder / "source" / small_course.NAME)
    assert cli.main(["grade", small_course.NAME]) == 0
    scores = {one.student: one.results.score for one in course.grade(small_course.NAME) if one.results is not None}
    assert scores == {"ada": 3.0, "bob": 2.0}


@pytest.mark.parametrize("title", ['Softmax "by hand": \\ and €', "Ein Titel / 一"])
def test_a_title_of_any_text(course: Path, title: str) -> None:
    new("week1", course, title)
    assert named("week1", course).title == title
    notebook = nbformat.read(course / "source/week1/week1.ipynb", as_version=4)
    assert notebook.cells[0].source.splitlines()[0] == f"# {title}"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["week-1"], "take letters, digits and underscores"),
        (["../week1"], "take letters, digits and underscores"),
        ([""], "take letters, digits and underscores"),
        (["xor"], "chainrule ships an assignment 'xor'"),
        (["there"], "source/there is already there"),
        (["hidden"], "assignments/hidden is already there"),
        (["week1", "--title", "two\nlines"], "cannot have the title"),
        (["week1", "--title", " "], "cannot have the title"),
    ],
)
def test_what_cannot_be_made(course: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str) -> None:
    (course / "source/there").mkdir()
    (course / "assignments/hidden").mkdir()
    before = set(course.rglob("*"))
    assert cli.main(["new", *words]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
    assert set(course.rglob("*")) == before


def run_cells(course: Path, answer: str) -> None:
    """Run the set-up cell, an answer and its check, as a kernel would."""
    new("week1", course)
    notebook = nbformat.read(course / "source/week1/week1.ipynb", as_version=4)
    code = {cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells if cell.cell_type == "code"}
    names: dict[str, object] = {}
    for source in (code["setup"], answer or code["softmax_answer"], code["softmax"]):
        exec(source, names)


WRONG = "def softmax(scores):\n    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)"
UNFINISHED = "def softmax(scores):\n    raise NotImplementedError()"


@pytest.mark.parametrize(
    ("answer", "out", "err"),
    [("", "✓ the probabilities", ""), (WRONG, "", "✗ scores of 1000"), (UNFINISHED, "", "○ not written yet")],
    ids=["right", "wrong", "unfinished"],
)
def test_the_visible_check(course: Path, capsys: pytest.CaptureFixture[str], answer: str, out: str, err: str) -> None:
    run_cells(course, answer)
    captured = capsys.readouterr()
    assert out in captured.out
    assert err in captured.err
    assert bool(captured.err) == bool(err), "nbgrader gives no points where something is written to stderr"


def test_an_nbgrader_without_our_configuration_gives_no_points(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    run_cells(course, "")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Not graded: ")
    assert captured.err.count("\n") == 1


def test_nbgraders_own_validation_runs_the_check(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    run_cells(course, "")
    assert "✓" in capsys.readouterr().out


def test_write_solutions_changes_all_or_nothing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("week1", "week2"):
        new(name, course)
    first, second = (course / f"assignments/{name}/reference.py" for name in ("week1", "week2"))
    first.write_text(first.read_text().replace("powers", "exponentials"))
    before = (course / "source/week1/week1.ipynb").read_bytes()
    intact = second.read_text()
    for broken, sentence in [
        (intact + "\n\n# %% sigmoid\ndef sigmoid(z): ...\n", "has the exercise 'sigmoid'"),
        (intact + "\n    return return\n", "is no Python"),
        (intact + "\n# %% softmax\n", "starts a second section"),
    ]:
        second.write_text(broken)
        assert cli.main(["write-solutions"]) == 2
        assert sentence in " ".join(capsys.readouterr().err.split())
        assert (course / "source/week1/week1.ipynb").read_bytes() == before
    second.write_text(intact)
    assert cli.main(["write-solutions"]) == 0
    assert "source/week1/week1.ipynb: written" in capsys.readouterr().out
    assert "exponentials" in (course / "source/week1/week1.ipynb").read_text()


def test_verify_says_what_an_empty_course_needs(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify"]) == 2
    assert "has no assignment to prove: make one with `chainrule new NAME`" in " ".join(capsys.readouterr().err.split())


def test_what_verify_proves(course: Path, tmp_path: Path) -> None:
    (course / "source/xor").mkdir()
    xor = course / "source/xor/xor.ipynb"
    xor.write_bytes((named("xor", None).source / "xor.ipynb").read_bytes())
    assert [bank.assignment.name for bank in banks(None, course)] == ["xor"]
    new("week1", course)
    assert [bank.assignment.name for bank in banks(None, course)] == ["week1"]
    assert [bank.assignment.name for bank in banks(None, None)] == ["numpy_mlp", "pytorch_mlp", "xor"]


@pytest.mark.parametrize(
    ("file", "old", "new_text", "sentence"),
    [
        ("test_softmax.py", 'exercise("softmax")', 'exercise("softmaks")', "the exercise 'softmaks', but the notebook"),
        ("test_softmax.py", "points(1)", "points(2)", "are worth 6 points together, but its cell in the notebook 3"),
        ("test_softmax.py", "import pytest", "import pytset", "cannot be imported: ModuleNotFoundError"),
        ("mistakes/softmax.diff", "axis=1", "axis=3", "is not there"),
        ("equivalent.txt", "#", "x", "should be '<mutant> | <reason>'"),
        ("correct/loops.py", "# %% softmax", "# %% soft max", "should name an exercise"),
        ("reference.py", "# %% softmax", "# %% softmaks", "no exercise"),
    ],
)
def test_verify_reads_everything_first(
    course: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new_text: str, sentence: str
) -> None:
    new("week1", course)
    path = course / "assignments/week1" / file
    path.write_text(path.read_text().replace(old, new_text))
    assert cli.main(["verify", "week1"]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_verify_wants_a_reference_and_a_folder_for_its_page(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new("week1", course)
    assert cli.main(["verify", "week1", "--html", "nowhere/page.html"]) == 2
    assert "There is no folder" in capsys.readouterr().err
    (course / "assignments/week1/reference.py").unlink()
    test = course / "assignments/week1/test_softmax.py"
    test.write_text(test.read_text().replace("from . import reference", "reference = None"))
    assert cli.main(["verify", "week1"]) == 2
    assert "reference.py, the solution that hidden tests are proven with" in " ".join(capsys.readouterr().err.split())
