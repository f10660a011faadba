"""Submissions that are broken in some way: each gets a reason and what it still earned, and the batch goes on."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

import scratch_course
from chainrule.course.opened import Course, Graded
from chainrule.engine.results import Results
from scratch_course import ASSIGNMENT, cell

FULL = 40.0


def doubled_cells(notebook: NotebookNode) -> NotebookNode:
    notebook.cells.append(copy.deepcopy(cell(notebook, "neuron")))
    notebook.cells.insert(0, copy.deepcopy(cell(notebook, "losses_answer")))
    return notebook


def check_cells_deleted(notebook: NotebookNode) -> NotebookNode:
    kept = [one for one in notebook.cells if not one.metadata.get("nbgrader", {}).get("grade")]
    notebook.cells = kept
    return notebook


def setup_deleted(notebook: NotebookNode) -> NotebookNode:
    notebook.cells.remove(cell(notebook, "setup"))
    return notebook


def check_and_answer_deleted(notebook: NotebookNode) -> NotebookNode:
    for name in ("collapse_answer", "collapse"):
        notebook.cells.remove(cell(notebook, name))
    return notebook


def settings_altered(notebook: NotebookNode) -> NotebookNode:
    cell(notebook, "neuron").metadata["nbgrader"]["grade"] = False
    cell(notebook, "losses").metadata["nbgrader"]["points"] = 4000
    cell(notebook, "mlp").metadata["nbgrader"]["locked"] = False
    cell(notebook, "sgd").source = "print('40 points')"
    cell(notebook, "collapse").cell_type = "markdown"
    return notebook


def metadata_of_another_sort(notebook: NotebookNode) -> NotebookNode:
    cell(notebook, "neuron").metadata["nbgrader"]["schema_version"] = 99
    notebook.cells[0].metadata["nbgrader"] = "nonsense"
    notebook.cells[1].metadata["nbgrader"]["grade_id"] = ["setup"]
    notebook.metadata = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
    return notebook


REPAIRED: dict[str, Callable[[NotebookNode], NotebookNode]] = {
    "doubled_cells": doubled_cells,
    "check_cells_deleted": check_cells_deleted,
    "setup_deleted": setup_deleted,
    "settings_altered": settings_altered,
    "metadata_of_another_sort": metadata_of_another_sort,
}
"""Damage that costs nothing: everything can be put back."""


def nbformat_of(version: int) -> bytes:
    return json.dumps({"nbformat": version, "nbformat_minor": 0, "metadata": {}, "cells": []}).encode()


UNREADABLE = {
    "empty_file": b"",
    "not_json": b"dear teacher, my notebook is attached",
    "not_utf8": b"\xff\xfe{}",
    "json_of_a_list": b"[]",
    "format_99": nbformat_of(99),
    "format_text": b'{"nbformat": "four", "cells": []}',
    "cells_are_no_list": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 7}',
    "nested_deep": b'{"nbformat": 4, "cells": ' + b"[" * 100_000,
    "nul_bytes": b"\0" * 64,
}


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, dict[str, Graded], dict[str, str]]:
    """One class with all this in it, graded in one go; with the digests of what they handed in."""
    course = scratch_course.make(tmp_path_factory.mktemp("course"))
    files: dict[str, Path] = {}
    for name, damage in REPAIRED.items():
        files[name] = scratch_course.hand_in(course, name, damage(scratch_course.solved(course)))
    for name, raw in UNREADABLE.items():
        files[name] = scratch_course.hand_in(course, name, raw)
    partly = check_and_answer_deleted(scratch_course.solved(course))
    files["partly"] = scratch_course.hand_in(course, "partly", partly)
    old = nbformat.convert(scratch_course.solved(course), 3)
    files["format_3"] = scratch_course.hand_in(course, "format_3", json.dumps(old).encode())
    files["zz_good"] = scratch_course.hand_in(course, "zz_good", scratch_course.solved(course))
    digests = {name: digest(file) for name, file in files.items()}
    graded = {one.student: one for one in course.grade(ASSIGNMENT)}
    return course, graded, digests


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def results_of(batch: tuple[Course, dict[str, Graded], Any], student: str) -> Results:
    graded = batch[1][student]
    assert graded.results is not None, graded.log
    return graded.results


@pytest.mark.parametrize("student", REPAIRED)
def test_damage_is_put_right_and_costs_nothing(batch: Any, student: str) -> None:
    assert results_of(batch, student).score == FULL


@pytest.mark.parametrize("student", ["doubled_cells", "check_cells_deleted", "setup_deleted", "settings_altered"])
def test_damage_is_reported(batch: Any, student: str) -> None:
    assert results_of(batch, student).notes


@pytest.mark.parametrize("student", UNREADABLE)
def test_unreadable_file_scores_zero_with_a_reason(batch: Any, student: str) -> None:
    results = results_of(batch, student)
    assert results.score == 0.0
    assert set(results.outcomes) == {"missing"}
    assert "could not be read" in results.notes[0]


def test_missing_answer_costs_its_own_points_alone(batch: Any) -> None:
    results = results_of(batch, "partly")
    assert [one.name for one in results.exercises if one.score < one.max_score] == ["collapse"]
    assert any("collapse_answer" in note for note in results.notes)


def test_notebook_of_an_older_format_is_read(batch: Any) -> None:
    assert results_of(batch, "format_3").score == FULL


def test_rest_of_the_batch_is_graded(batch: Any) -> None:
    assert results_of(batch, "zz_good").score == FULL


def test_nothing_handed_in_is_changed(batch: Any) -> None:
    course, _, digests = batch
    for student, before in digests.items():
        assert digest(course.folder / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb") == before


def test_results_are_bound_to_the_file_handed_in(batch: Any) -> None:
    assert results_of(batch, "zz_good").submission == batch[2]["zz_good"]


def test_gradebook_has_the_same_scores(batch: Any) -> None:
    course, graded, _ = batch
    with course.api.gradebook as gradebook:
        for student in graded:
            submission = gradebook.find_submission(ASSIGNMENT, student)
            assert submission.score == results_of(batch, student).score
