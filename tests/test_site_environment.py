"""Students' environment holds no grader: no distribution, no package, no link to a checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chainrule.site import student_environment


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An environment of students with other packages in it."""
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("numpy", "numpy-2.0.dist-info", "chainrule_colours-1.dist-info", "chainrule_student"):
        (packages / name).mkdir(parents=True)
    return tmp_path


def test_an_environment_without_graders(environment: Path, tmp_path: Path) -> None:
    assert list(student_environment.problems(environment)) == []
    (finding,) = student_environment.problems(tmp_path / "none")
    assert "There is no environment" in finding
    shutil.rmtree(environment / "lib")
    (finding,) = student_environment.problems(environment)
    assert "is no Python environment" in finding


@pytest.mark.parametrize(
    "name", ["chainrule-0.2.0.dist-info", "Chainrule.egg-info", "chainrule/assignments", "__editable__.chainrule.pth"]
)
def test_graders_in_students_environment_are_found(environment: Path, name: str) -> None:
    place = environment / "lib/python3.11/site-packages" / name
    place.mkdir(parents=True)
    (finding,) = student_environment.problems(environment)
    assert finding.startswith("Students' environment ")
    assert "pip uninstall chainrule" in finding
