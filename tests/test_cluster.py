"""Grading on the workers of a Dask scheduler: the same scores, also when workers go; and what can be wrong with one."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

import small_course
from chainrule import cli
from chainrule.course.batch import Listener
from chainrule.course.opened import Course
from chainrule.workers.cluster import cluster_graders
from chainrule.workers.local import local_graders
from dask_cluster import SOMEBODY_ELSE, Cluster, cluster

STUDENTS = {f"student_{number}": small_course.WRONG if number % 3 == 0 else None for number in range(6)}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    folder = tmp_path / "course"
    folder.mkdir()
    made = small_course.make(folder)
    for student, answer in STUDENTS.items():
        file = small_course.hand_in(made, student, answer)
        (file.parent / "notes.txt").write_text(student)
    return made


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers, one of them another user's where the tests may become another."""
    can_change = os.geteuid() == 0 and shutil.which("setpriv") is not None
    with cluster(tmp_path_factory.mktemp("dask"), ["", SOMEBODY_ELSE if can_change else ""]) as found:
        yield found


def test_the_scores_are_those_of_this_machine(course: Course, dask: Cluster) -> None:
    here = course.grade(small_course.NAME, graders=local_graders(1))
    with closing(cluster_graders(dask.address)) as graders:
        assert graders.jobs == 2
        there = course.grade(small_course.NAME, force=True, graders=graders)
    found = [[one.results and (one.results.seed, one.results.exercises) for one in each] for each in (here, there)]
    assert None not in found[0]
    assert found[0] == found[1]


def test_the_workers_are_of_different_users(dask: Cluster) -> None:
    users = {psutil.Process(dask.processes[name].pid).username() for name in ("worker-0", "worker-1")}
    if os.geteuid() == 0 and shutil.which("setpriv"):
        assert SOMEBODY_ELSE in users
        assert len(users) == 2


def test_a_worker_that_is_killed_at_work_loses_nothing(course: Course, tmp_path: Path) -> None:
    for student in STUDENTS:
        small_course.hand_in(course, student, f"import time; time.sleep(1)\n{small_course.right(course)}")
    written: list[str] = []

    with cluster(tmp_path / "dask", ["", ""]) as two, closing(cluster_graders(two.address)) as graders:

        class KillsAWorker(Listener):
            def done(self, student: str, log: str | None) -> None:
                written.append(student)
                if len(written) == 1:
                    threading.Thread(target=two.kill, args=["worker-0"]).start()

        graded = course.grade(small_course.NAME, listener=KillsAWorker(), graders=graders)
        assert "worker-0" not in two.processes
    assert sorted(written) == sorted(STUDENTS)
    assert [one.results.score for one in graded if one.results] == [small_course.POINTS] * len(STUDENTS)


def test_a_worker_that_comes_later_helps(course: Course, tmp_path: Path) -> None:
    with cluster(tmp_path / "dask", [""]) as dask, closing(cluster_graders(dask.address)) as graders:
        dask.start_worker("late")
        deadline = time.monotonic() + 60
        while graders.jobs < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        dask.kill("worker-0")
        graded = course.grade(small_course.NAME, graders=graders)
    assert all(one.results is not None for one in graded)


def said(capsys: pytest.CaptureFixture[str], course: Course, address: str) -> str:
    """What the command says of a scheduler that cannot be used."""
    assert cli.main(["grade", small_course.NAME, "--course", str(course.folder), "--scheduler", address]) == 2
    assert not (course.folder / "autograded").exists()
    words = " ".join(capsys.readouterr().err.split())
    assert "Traceback" not in words
    return words


def test_no_scheduler(course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.workers.cluster.CONNECT_SECONDS", 1)
    assert "There is no Dask scheduler at tcp://127.0.0.1:9" in said(capsys, course, "tcp://127.0.0.1:9")
    assert "There is no Dask scheduler at nonsense" in said(capsys, course, "nonsense://x")


def test_a_scheduler_without_workers_or_of_another_version(
    course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with cluster(tmp_path / "dask") as dask:
        assert "has no workers: start some with `dask worker" in said(capsys, course, dask.address)
        monkeypatch.setattr("chainrule.workers.cluster.DASK", "1.0")
        assert "runs Dask 2" in said(capsys, course, dask.address)


def test_a_worker_with_another_grader_or_without_sandbox(
    course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, dask: Cluster
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("chainrule.workers.cluster.code_version", lambda: "0.0.1+another")
        assert "and this machine 0.0.1+another: install the same" in said(capsys, course, dask.address)
    with monkeypatch.context() as patch:
        patch.setattr("chainrule.workers.cluster.layers.UNSANDBOXED", _level())
        assert "has no sandbox; `chainrule doctor` there says what is missing" in said(capsys, course, dask.address)


def _level() -> str:
    from chainrule.sandbox import layers

    return str(layers.found())
