"""What students' servers install: no grader, reference or source; and of nbgrader's extensions those for students."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.config_manager import BaseJSONConfigManager

from submissions import ROOT

STUDENT = ROOT / "deploy" / "student"
REQUIREMENTS = [ROOT / "deploy" / "jupyterhub" / name for name in ("student-base.txt", "student-requirements.txt")]
CODE = """
import sys, chainrule_student
print(sorted({name.partition('.')[0] for name in sys.modules} & {'chainrule', 'reference', 'torch'}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel brings, unpacked beside nbgrader's own files."""
    place = tmp_path_factory.mktemp("student")
    shutil.copytree(STUDENT, place / "checkout", ignore=shutil.ignore_patterns("dist", "__pycache__"))
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=place / "checkout", check=True)
    (wheel,) = (place / "checkout" / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "wheel")
    (data,) = (place / "wheel").glob("*.data")
    shutil.copytree(data / "data" / "etc", place / "etc")
    own = Path(sys.prefix) / "etc" / "jupyter" / "jupyter_server_config.d" / "nbgrader.json"
    shutil.copy(own, place / "etc" / "jupyter" / "jupyter_server_config.d")
    return place


def test_the_wheel_holds_the_exchange_and_no_more(installed: Path) -> None:
    wheel = installed / "wheel"
    files = [file.relative_to(wheel) for file in wheel.rglob("*") if file.is_file()]
    assert {file.parts[0].partition("-")[0] for file in files} == {"chainrule_student"}
    assert {file.suffix for file in files} <= {".py", ".typed", ".json", ""}
    for file in files:
        text = (wheel / file).read_text()
        assert not re.search(r"^\s*(from|import) (chainrule|reference)\b(?!_student)", text, re.MULTILINE), file


def test_nothing_of_chainrule_is_imported() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(STUDENT)}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, text=True, capture_output=True, check=True)
    assert done.stdout == "[]\n"


def test_of_nbgraders_extensions_students_have_list_and_validate(installed: Path) -> None:
    def settings(folder: str, section: str) -> Any:
        return BaseJSONConfigManager(config_dir=str(installed / "etc" / "jupyter" / folder)).get(section)

    servers = settings("", "jupyter_server_config")["ServerApp"]["jpserver_extensions"]
    assert {name.rpartition(".")[2] for name, on in servers.items() if on} == {"assignment_list", "validate_assignment"}
    disabled = settings("labconfig", "page_config")["disabledExtensions"]
    lab = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "@jupyter" / "nbgrader"
    plugins = set(re.findall(r"@jupyter/nbgrader:[a-z-]+", "".join(one.read_text() for one in lab.rglob("*.js"))))
    assert {name.rpartition(":")[2] for name in plugins - disabled.keys()} == {
        "assignment-list", "menu", "validate-assignment",
    }  # fmt: skip


def test_students_are_given_nothing_of_chainrule_and_versions_as_it_has_them() -> None:
    written = [line for file in REQUIREMENTS for line in file.read_text().splitlines()]
    lines = [line for line in written if line and not line.startswith("#") and line != f"-r {REQUIREMENTS[0].name}"]
    course = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = {*course["dependencies"], *course["optional-dependencies"]["hub"]}
    assert set(lines) <= known
    student = tomllib.loads((STUDENT / "pyproject.toml").read_text())["project"]
    assert student["version"] == course["version"]
    assert json.dumps(student["dependencies"]).count("chainrule") == 0
