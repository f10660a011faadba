"""nbgrader's own tests of autograding and collecting, run with our configuration: what differs is named, and why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

REPO = Path(__file__).parent.parent
MODULES = "nbgrader.tests.apps.test_nbgrader_"

DIFFERENT_AUTOGRADE = {
    "test_side_effects": "A file that a notebook writes stays in its sandbox; nothing is copied out of there.",
    "test_handle_failure": "An nbgrader cell that was not released becomes an ordinary one; nbgrader fails on it.",
    "test_handle_failure_single_notebook": "The same, with one notebook.",
    "test_missing_source_kernelspec": "The kernel that a submission asks for is not looked at; nbgrader fails on it.",
    "test_grade_empty_timestamp": "A timestamp that says no time is not believed; nbgrader fails on it.",
}
"""The tests of nbgrader that fail here, and why they do."""

OWNERS = "What is handed in in another student's name is refused; nbgrader warns, collects it, and keeps its modes."
DIFFERENT_COLLECT = {"test_permissions[False]": OWNERS, "test_permissions[True]": OWNERS}

SKIPPED = {"test_many_students", "test_infinite_loop_with_output"}
"""nbgrader skips these itself."""

PLUGIN = """
import functools
import nbgrader.api
nbgrader.api.get_alembic_version = functools.cache(nbgrader.api.get_alembic_version)
"""
"""Each of its tests makes gradebooks, and each new one starts alembic, for two seconds and always the same answer."""


@pytest.mark.whole
@pytest.mark.parametrize(
    ("what", "number", "skipped", "different"),
    [("autograde", 42, SKIPPED, DIFFERENT_AUTOGRADE), ("collect", 11, set(), DIFFERENT_COLLECT)],
)
def test_nbgraders_own_tests_fail_only_where_we_differ(
    tmp_path: Path, what: str, number: int, skipped: set[str], different: dict[str, str]
) -> None:
    report = tmp_path / "report.xml"
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "nbgrader_config.py").write_text((REPO / "nbgrader_config.py").read_text())
    (tmp_path / "one_alembic.py").write_text(PLUGIN)
    # The tests write an nbgrader_config.py of their own into their working folder; ours is read before it.
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))},
        "JUPYTER_CONFIG_PATH": str(tmp_path / "config"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "none"),
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", "-pone_alembic", "--tb=short"]
    done = subprocess.run(
        [*command, f"--junitxml={report}", "--pyargs", f"{MODULES}{what}"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    cases = list(ElementTree.parse(report).iter("testcase"))

    def named(*tags: str) -> set[str]:
        return {str(case.get("name")) for case in cases if any(case.find(tag) is not None for tag in tags)}

    assert len(cases) == number, done.stdout[-3000:]
    assert named("skipped") == skipped
    assert named("failure", "error") == set(different), done.stdout[-3000:]
