"""The command `chainrule`, used as a person or a program would use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chainrule import cli, doctor
from chainrule.sandbox import layers
from scratch_course import REPO
from submissions import POINTS

BIN = Path(sys.executable).parent
SCORES = {
    ("numpy_mlp", "aino"): 40.0,
    ("numpy_mlp", "bruno"): 35.0,
    ("numpy_mlp", "empty_eva"): 0.0,
    ("numpy_mlp", "forging_felix"): 2.0,
    ("pytorch_mlp", "aino"): 40.0,
    ("pytorch_mlp", "bruno"): 38.5,
    ("pytorch_mlp", "empty_eva"): 0.0,
    ("pytorch_mlp", "forging_felix"): 2.0,
    ("xor", "aino"): 20.0,
    ("xor", "bruno"): 17.75,
    ("xor", "empty_eva"): 0.0,
    ("xor", "forging_felix"): 1.0,
}
"""The whole scores; what each exercise of each sample earns is in test_samples.py."""


def chainrule(*words: str, home: Path, cwd: Path = REPO) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(home)}
    command = [str(BIN / "chainrule"), *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], int]:
    """The demo, run with an empty home folder: its course, what it printed as JSON, its exit status."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    done = chainrule("demo", "--json", "--folder", str(folder), home=folder.parent)
    return folder, json.loads(done.stdout), done.returncode


def test_demo_grades_everybody(demo: tuple[Path, dict[str, Any], int]) -> None:
    _, said, status = demo
    assert status == 0
    samples = {(file.parent.name, file.stem) for file in (REPO / "chainrule" / "samples").glob("*/*.py")}
    assert {(one["assignment"], one["student"]) for one in said["submissions"]} == samples
    assert all(one["max_score"] == POINTS[one["assignment"]] for one in said["submissions"])
    assert said["sandbox"] == str(layers.found())
    assert said["seconds"] > 0


@pytest.mark.parametrize(("assignment", "student"), SCORES)
def test_demo_scores(demo: tuple[Path, dict[str, Any], int], assignment: str, student: str) -> None:
    scores = {(one["assignment"], one["student"]): one["score"] for one in demo[1]["submissions"]}
    assert scores[assignment, student] == SCORES[assignment, student]


def test_demo_writes_a_feedback_page_for_everybody(demo: tuple[Path, dict[str, Any], int]) -> None:
    folder, said, _ = demo
    for one in said["submissions"]:
        assignment = one["assignment"]
        page = folder / "feedback" / one["student"] / assignment / f"{assignment}.html"
        assert page.stat().st_size > 10_000


def test_demo_leaves_a_full_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = chainrule("demo", "--folder", str(tmp_path), home=tmp_path)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_grading_where_there_is_no_submission_says_so(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text((REPO / "nbgrader_config.py").read_text())
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
