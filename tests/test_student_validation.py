"""Validate says of a failed check what it is and what is wrong; nothing of its code comes before that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.validator import Validator

from chainrule_student.validation import name_failed_checks

CHECK = {
    **{"grade_id": "neuron", "grade": True, "solution": False, "locked": True, "task": False},
    **{"points": 2, "schema_version": 3, "cell_type": "code"},
}


@pytest.fixture(autouse=True)
def _as_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a student's server, and as before afterwards; the notebook has been run."""
    monkeypatch.setattr(Validator, "validate", Validator.validate)
    monkeypatch.setattr(Validator, "_preprocess", lambda self, notebook: notebook)
    name_failed_checks()
    name_failed_checks()


def failed(source: str, folder: Path) -> list[dict[str, Any]]:
    """What Validate says of a notebook with one check that failed."""
    said = nbformat.v4.new_output("stream", name="stderr", text="✗ neuron: is 2, it should be 3.")
    cell = nbformat.v4.new_code_cell(source, outputs=[said], metadata={"nbgrader": CHECK})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "week1.ipynb")
    found: list[dict[str, Any]] = Validator().validate(str(folder / "week1.ipynb"))["failed"]
    return found


def test_a_failed_check_is_named_and_its_code_left_out(tmp_path: Path) -> None:
    (cell,) = failed("# The check of neuron: run this cell.\n@course.check('neuron')\ndef _(): ...", tmp_path)
    assert cell["source"] == "# The check of neuron: run this cell."
    assert "it should be 3" in cell["error"]


def test_a_check_without_a_comment_is_shown_whole(tmp_path: Path) -> None:
    (cell,) = failed("assert neuron(1) == 3\nassert neuron(2) == 5", tmp_path)
    assert cell["source"] == "assert neuron(1) == 3\nassert neuron(2) == 5"


def test_a_notebook_without_failures_is_as_before(tmp_path: Path) -> None:
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "week1.ipynb")
    assert Validator().validate(str(tmp_path / "week1.ipynb")) == {}
