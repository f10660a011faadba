"""A replay grades again with the recorded seed: it agrees, or says which tests differ and what has changed since."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import small_course
from chainrule import cli
from chainrule.course.comparison import Comparison
from chainrule.course.opened import CONFIG
from chainrule.engine import results as result_files
from chainrule.engine.results import ExerciseResult, Provenance, Results, TestResult
from chainrule.engine.seed import SECRET_FILE
from chainrule.probe.outcome import Outcome

LOOPS = """
def softmax(scores):
    while scores.max() > 500:
        pass
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
"""
"""An answer that never ends for large scores."""

ANSWERS = {"ada": None, "bob": small_course.WRONG, "lena": LOOPS}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    course = small_course.make(folder)
    with (folder / CONFIG).open("a") as file:
        # The visible check of the one that never ends does not end either.
        file.write("\nc.GradeInSandbox.timeout = 1\nc.GradeInSandbox.test_seconds = 1.0\n")
    for student, answer in ANSWERS.items():
        small_course.hand_in(course, student, answer)
    assert cli.main(["grade", small_course.NAME, "--course", str(folder), "--json"]) == 0
    return folder


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    """A copy of a graded course, to be changed."""
    return Path(shutil.copytree(graded, tmp_path / "course"))


def results_of(course: Path, student: str) -> Path:
    return course / "autograded" / student / small_course.NAME / result_files.FILE_NAME


def submission_of(course: Path, student: str) -> Path:
    return course / "submitted" / student / small_course.NAME / f"{small_course.NAME}.ipynb"


def edited(file: Path, edit: Callable[[Any], object]) -> None:
    content = json.loads(file.read_text())
    edit(content)
    file.unlink()
    file.write_text(json.dumps(content))


Said = tuple[int, dict[str, Any]]


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Replays a student's results; the exit status, and what was said as data."""

    def replay(course: Path, student: str, *words: str) -> Said:
        capsys.readouterr()
        status = cli.main(["replay", str(results_of(course, student)), "--json", *words])
        return status, json.loads(capsys.readouterr().out)

    return replay


def content(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.rglob("*") if file.is_file()}


def test_what_is_as_it_was_agrees(course: Path, replay: Callable[..., Said]) -> None:
    status, said = replay(course, "bob")
    assert status == 0
    assert said == {
        "student": "bob",
        "assignment": small_course.NAME,
        "agrees": True,
        "score": {"was": 2.0, "now": 2.0},
        "max_score": {"was": 3.0, "now": 3.0},
        "tests": [],
        "changed": [],
        "hanging": {"time": [], "memory": []},
        "hints": [],
        "notes": {"was": [], "now": []},
    }


def test_nothing_is_written_into_the_course(course: Path, replay: Callable[..., Said]) -> None:
    # So that what mistakes answer is computed anew.
    test = course / "assignments" / small_course.NAME / "test_softmax.py"
    test.write_text(test.read_text() + "\n")
    before = content(course)
    replay(course, "bob")
    assert content(course) == before


def test_a_changed_hidden_test_is_named_with_what_it_costs(course: Path, replay: Callable[..., Said]) -> None:
    test = course / "assignments" / small_course.NAME / "test_softmax.py"
    test.write_text(test.read_text() + "\n\ntest_large_scores.__code__ = (lambda student, rng: 1 / 0).__code__\n")
    status, said = replay(course, "bob")
    assert status == 1
    assert said["tests"] == [
        {
            "exercise": "softmax",
            "test": "test_large_scores",
            "was": "passed",
            "now": "grader fault",
            "points_was": 1.0,
            "points_now": 0.0,
            "hangs_on": "",
        }
    ]
    assert [change["what"] for change in said["changed"]] == ["week1/test_softmax.py"]


def test_another_file_in_the_submissions_place_never_agrees(course: Path, replay: Callable[..., Said]) -> None:
    file = submission_of(course, "ada")
    file.write_bytes(file.read_bytes() + b"\n")
    status, said = replay(course, "ada")
    assert status == 1
    assert said["tests"] == []
    assert [change["what"] for change in said["changed"]] == ["the submission"]


def test_a_submission_elsewhere_is_named(course: Path, tmp_path: Path, replay: Callable[..., Said]) -> None:
    kept = shutil.move(submission_of(course, "bob"), tmp_path / "kept.ipynb")
    status, said = replay(course, "bob", "--submission", str(kept))
    assert status == 0
    assert said["score"] == {"was": 2.0, "now": 2.0}


def test_results_elsewhere_need_course_and_submission(course: Path, tmp_path: Path) -> None:
    mailed = shutil.move(results_of(course, "bob"), tmp_path / "mailed.json")
    where = ["--course", str(course), "--submission", str(submission_of(course, "bob"))]
    assert cli.main(["replay", str(mailed), *where]) == 0


def test_another_library_is_told_though_all_agrees(course: Path, replay: Callable[..., Said]) -> None:
    edited(results_of(course, "ada"), lambda found: found["provenance"]["packages"].update(numpy="1.0"))
    status, said = replay(course, "ada")
    assert status == 0
    (change,) = said["changed"]
    assert (change["what"], change["was"]) == ("numpy", "1.0")


def test_what_hangs_on_time_is_named_as_such(course: Path, replay: Callable[..., Said]) -> None:
    status, said = replay(course, "lena")
    assert status == 0
    assert said["hanging"]["time"] == ["softmax/test_large_scores"]


def test_the_recorded_seed_is_used_and_another_secret_told(course: Path, replay: Callable[..., Said]) -> None:
    (course / SECRET_FILE).write_text("f" * 64)
    status, said = replay(course, "bob")
    assert status == 0
    assert [change["what"] for change in said["changed"]] == ["the course's secret"]


def test_a_course_with_another_id_gets_no_new_one_in_the_gradebook(course: Path, replay: Callable[..., Said]) -> None:
    with (course / CONFIG).open("a") as file:
        file.write('\nc.CourseDirectory.course_id = "another"\n')
    before = content(course)
    assert replay(course, "bob")[0] == 0
    assert content(course) == before


# What cannot be replayed.


def no_results(course: Path) -> None:
    results_of(course, "bob").unlink()


def no_json(course: Path) -> None:
    results_of(course, "bob").unlink()
    results_of(course, "bob").write_bytes(b"\xff{")


def json_of_something_else(course: Path) -> None:
    edited(results_of(course, "bob"), lambda found: found.pop("seed"))


def a_path_for_a_name(course: Path) -> None:
    edited(results_of(course, "bob"), lambda found: found.update(assignment="../week1"))


def another_assignment(course: Path) -> None:
    edited(results_of(course, "bob"), lambda found: found.update(assignment="week2"))


def elsewhere(course: Path) -> None:
    results_of(course, "bob").parent.parent.parent.rename(course / "kept")
    results_of(course, "bob").parent.mkdir(parents=True)
    results_of(course, "bob").symlink_to(course / "kept" / "bob" / small_course.NAME / result_files.FILE_NAME)


def no_submission(course: Path) -> None:
    submission_of(course, "bob").unlink()


def no_secret(course: Path) -> None:
    (course / SECRET_FILE).unlink()


def no_gradebook(course: Path) -> None:
    (course / "gradebook.db").unlink()


def no_assignment(course: Path) -> None:
    shutil.rmtree(course / "assignments" / small_course.NAME)


PROBLEMS: dict[Callable[[Path], None], str] = {
    no_results: "There is no file",
    no_json: "holds no results of a grading",
    json_of_something_else: "missing required field `seed`",
    a_path_for_a_name: "'../week1' names no assignment",
    another_assignment: "holds results of 'week2', but lies where those of 'week1' are kept",
    elsewhere: "does not lie where",
    no_submission: "There is no submission",
    no_secret: "The course has no secret",
    no_gradebook: "unable to open database file",
    no_assignment: "there is no folder",
}


@pytest.mark.parametrize("spoil", PROBLEMS, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_replayed_is_one_sentence(
    course: Path, spoil: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(course)
    before = content(course)
    assert cli.main(["replay", str(results_of(course, "bob"))]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert PROBLEMS[spoil] in " ".join(said.err.split())
    assert len(said.err.strip().splitlines()) == 1
    assert content(course) == before


# Two results beside each other.

PROVENANCE = Provenance(
    code="0.2.0+a",
    machine="x86_64",
    packages={"python": "3.11.7"},
    limits={"memory": 2048.0},
    files={"test_neuron.py": "1", "mistakes/neuron.diff": "2"},
    cells={"neuron": "3"},
    beside=["4", "5"],
)


def results(provenance: Provenance | None = PROVENANCE, grader: str = "0.2.0+b", **outcomes: Outcome) -> Results:
    tests = [TestResult(name=name, title="", points=1.0, outcome=outcome) for name, outcome in outcomes.items()]
    return Results(
        assignment="week1",
        submission="abc",
        seed="1",
        grader=grader,
        sandbox="landlock7",
        seconds=1.0,
        notes=[],
        exercises=[ExerciseResult(name="neuron", tests=tests)],
        provenance=provenance,
    )


def changed(was: Results, now: Results) -> list[tuple[str, str, str]]:
    return [(change.what, change.was, change.now) for change in Comparison("ada", was, now).changes]


def test_everything_that_was_recorded_is_compared() -> None:
    after = Provenance(
        code="0.2.1+a",
        machine="aarch64",
        packages={"python": "3.12.1", "numpy": "2.0"},
        limits={"memory": 4096.0},
        files={"test_neuron.py": "1", "mistakes/neuron.diff": "7"},
        cells={"neuron": "8"},
        beside=["9"],
    )
    assert changed(results(), results(after)) == [
        ("chainrule", "0.2.0+a", "0.2.1+a"),
        ("the machine", "x86_64", "aarch64"),
        ("python", "3.11.7", "3.12.1"),
        ("the limit memory", "2048", "4096"),
        ("week1/mistakes/neuron.diff", "2", "7"),
        ("the cell neuron as released", "3", "8"),
        ("the files released beside it", "4", "9"),
        ("the files handed in beside it", "5", "-"),
        ("numpy", "-", "2.0"),
    ]


def test_results_of_an_earlier_version_are_read_and_compared_by_their_grader(tmp_path: Path) -> None:
    file = tmp_path / result_files.FILE_NAME
    result_files.write(results(), file)
    edited(file, lambda found: found.pop("provenance"))
    old = result_files.read(file)
    assert changed(old, results()) == []
    assert changed(old, results(grader="0.2.0+c")) == [("chainrule or the assignment's files", "0.2.0+b", "0.2.0+c")]


def test_tests_that_came_and_went_differ() -> None:
    was, now = results(old=Outcome.PASSED, kept=Outcome.PASSED), results(kept=Outcome.PASSED, new=Outcome.FAILED)
    found = Comparison("ada", was, now).differences
    assert [(one.test, one.was, one.now) for one in found] == [("old", "passed", "-"), ("new", "-", "failed")]


def test_a_test_that_is_worth_something_else_differs() -> None:
    was, now = results(neuron=Outcome.PASSED), results(neuron=Outcome.PASSED)
    now.exercises[0].tests[0].points = 2.0
    assert not Comparison("ada", was, now).agrees


@pytest.mark.parametrize(
    ("outcome", "what"), [(Outcome.TIMED_OUT, "time"), (Outcome.OUT_OF_MEMORY, "memory"), (Outcome.CRASHED, "")]
)
def test_a_difference_that_hangs_on_the_machine_says_so(outcome: Outcome, what: str) -> None:
    (found,) = Comparison("ada", results(neuron=outcome), results(neuron=Outcome.PASSED)).differences
    assert found.hangs_on == what


def test_what_differs_is_printed_in_rows(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(
        results_of(course, "lena"),
        lambda found: found["exercises"][0]["tests"][1].update(outcome="passed", name="test_large_scores\x1b[31m"),
    )
    edited(results_of(course, "lena"), lambda found: found.update(grader="0.1.0+x", provenance=None))
    assert cli.main(["replay", str(results_of(course, "lena"))]) == 1
    said = capsys.readouterr().out
    assert "lena, week1 differs: 3 of 3 points then, 2 of 3 now." in said
    assert "hangs on time" in said
    assert "Hang on time, and so on the machine too: softmax/test_large_scores." in said
    assert "0.1.0+x" in said
    assert "\x1b" not in said
