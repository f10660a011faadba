"""Where inputs come from: the course's secret is made whole, by one of many, and never empty; or a fresh seed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

import small_course
from chainrule.course.by_hand import grade_file
from chainrule.engine.assignment import read
from chainrule.engine.seed import NO_COURSE, SECRET_FILE, SecretError, course_secret, submission_seed


def test_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    secret = course_secret(tmp_path)
    assert len(secret) == 64
    assert course_secret(tmp_path) == secret
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / SECRET_FILE).parent.iterdir()] == ["secret"]


def test_many_graders_at_once_have_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as graders:
        assert len(set(graders.map(course_secret, [tmp_path] * 64))) == 1


def test_secret_is_never_there_before_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment when the file gets its name it holds the whole secret."""
    link = os.link

    def watched(source: Path, target: Path) -> None:
        assert not target.exists()
        assert len(source.read_text().strip()) == 64
        link(source, target)

    monkeypatch.setattr("os.link", watched)
    course_secret(tmp_path)


@pytest.mark.parametrize("content", ["", "\n", "short"])
def test_secret_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / SECRET_FILE).parent.mkdir()
    (tmp_path / SECRET_FILE).write_text(content)
    with pytest.raises(SecretError, match="remove it"):
        course_secret(tmp_path)
    assert (tmp_path / SECRET_FILE).read_text() == content


def test_a_folder_where_no_secret_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / ".chainrule").write_text("a file")
    with pytest.raises(SecretError, match="cannot be read or made"):
        course_secret(tmp_path)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that belongs to no course, with an assignment and a notebook that solves it."""
    course = small_course.make(tmp_path_factory.mktemp("course"))
    folder = tmp_path_factory.mktemp("outside")
    shutil.copytree(course.folder / "assignments" / small_course.NAME, folder / small_course.NAME)
    nbformat.write(small_course.solved(course), folder / "solved.ipynb")
    return folder


def by_hand(folder: Path, *options: str) -> str:
    """What pytest says of the notebook."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", small_course.NAME]
    command += ["--notebook", "solved.ipynb"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_without_a_course_nobody_can_foresee_the_inputs(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(outside)
    assignment = read(outside / small_course.NAME)
    notebook = outside / "solved.ipynb"
    seeds = [grade_file(notebook, assignment, frozenset({small_course.EXERCISE})).seed for _ in range(2)]
    foreseen = submission_seed(NO_COURSE, assignment.name, notebook.read_bytes())
    assert len({*seeds, foreseen}) == 3


def test_a_run_by_hand_tells_how_to_draw_its_inputs_again(outside: Path) -> None:
    (said,) = re.findall("--notebook-seed=[0-9a-f]{64}$", by_hand(outside), re.MULTILINE)
    assert said in by_hand(outside, said).splitlines()[-2]
