"""The command `chainrule`, used as a person or a program would use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import small_course
from chainrule import cli, doctor, show
from chainrule.course.opened import CONFIG, Graded
from chainrule.engine.results import ExerciseResult, Results, TestResult
from chainrule.probe.outcome import Outcome
from chainrule.sandbox import layers
from scratch_course import REPO

BIN = Path(sys.executable).parent


def chainrule(*words: str, home: Path, cwd: Path = REPO) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(home)}
    command = [str(BIN / "chainrule"), *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)


def test_demo_of_an_assignment_that_is_not_shipped_makes_nothing(tmp_path: Path) -> None:
    done = chainrule("demo", "nothing", "--folder", str(tmp_path / "course"), home=tmp_path)
    assert done.returncode == 2
    assert "There is no assignment 'nothing'" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_demo_leaves_a_full_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = chainrule("demo", "--folder", str(tmp_path), home=tmp_path)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def graded(student: str, hints: int, failed: int, passed: int = 10) -> Graded:
    outcomes = [Outcome.FAILED] * failed + [Outcome.PASSED] * passed
    tests = [TestResult(name=f"test_{n}", title="", points=1, outcome=one) for n, one in enumerate(outcomes)]
    exercise = ExerciseResult(name="neuron", tests=tests, hints=[f"hint {n}" for n in range(hints)])
    results = Results(
        assignment="numpy_mlp",
        submission="",
        seed="",
        grader="",
        sandbox="",
        seconds=1.0,
        notes=[],
        exercises=[exercise],
    )
    return Graded(student, "numpy_mlp", results)


def test_the_page_worth_opening_is_the_one_with_the_most_hints() -> None:
    lost = Graded("lost", "numpy_mlp", None)
    class_ = [
        lost,
        graded("failing", 0, 9),
        graded("forger", 6, 50, passed=1),
        graded("hinted", 2, 3),
        graded("aino", 0, 0),
        graded("one", 1, 4),
    ]
    found = show.most_telling(class_)
    assert found is not None
    assert found.student == "hinted"
    assert show.most_telling([lost]) is None


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("chainrule ")


def test_ctrl_c_is_one_word_and_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(layers, "found", interrupted)
    assert cli.main(["verify"]) == 130
    assert capsys.readouterr().err == "chainrule: Interrupted.\n"


def test_a_traceback_in_a_proof_is_shown_by_its_last_line() -> None:
    fault = "Grader fault on mistake neuron: Traceback (most recent call last):\n  File x\nServerError: gone\n"
    assert show._in_one_line(fault) == "Grader fault on mistake neuron … ServerError: gone"
    assert show._in_one_line("No hidden test catches it.") == "No hidden test catches it."


def test_grading_where_there_is_no_submission_says_so(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text((REPO / CONFIG).read_text())
    done = chainrule("grade", "numpy_mlp", home=tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "Nobody has handed in numpy_mlp" in " ".join(done.stderr.split())


def test_no_sandbox_no_grading(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(layers, "found", lambda: layers.NONE)
    assert cli.main(["demo"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "nothing was graded" in said
    assert "apt install bubblewrap" in said


def test_doctor_says_that_this_machine_is_safe(tmp_path: Path) -> None:
    done = chainrule("doctor", "--json", home=tmp_path)
    said = json.loads(done.stdout)
    assert done.returncode == 0
    assert said["safe"]
    assert said["escapes"] == []
    assert said["versions"]["nbgrader"]


def test_doctor_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(layers, "found", lambda: layers.NONE)
    assert cli.main(["doctor"]) == 1
    assert "bubblewrap is missing" in capsys.readouterr().out


def test_doctor_does_not_believe_a_sandbox_that_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ESCAPES", {"its own variable": "x = 1"})
    report = doctor.examine()
    assert not report.safe
    assert report.escapes == ["its own variable"]


def test_what_a_human_must_look_at_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    course = small_course.make(tmp_path)
    small_course.hand_in(course, "ada", "import pandas\n" + small_course.WRONG)
    assert cli.main(["grade", small_course.NAME, "--course", str(tmp_path)]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "ada, week1, a human must look:" in said
    assert 'packages = ["pandas"]' in said
