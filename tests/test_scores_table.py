"""The table of scores holds what students are called as text: no formula, no further cell, no further row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from traitlets.config import Config

from chainrule import configure
from chainrule.course.scores_table import ScoresTable, as_text

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "＝1+1")


@pytest.fixture
def gradebook(tmp_path: Path) -> Iterator[Gradebook]:
    """Students who are called what nobody is called, and alice, who handed in late."""
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as found:
        found.add_assignment("week1")
        for number, name in enumerate(FORMULAS):
            found.add_student(name, first_name=name, last_name=name, email=f"{number}@example.org")
        found.add_student("mallory,\nweek1,,,alice", first_name='"', last_name="\x1b[31m")
        found.add_student("alice", last_name="O'Neill-Smith")
        found.add_submission("week1", "alice").timestamp = None
        yield found


def exported(plugin: CsvExportPlugin, gradebook: Gradebook, file: Path) -> list[dict[str, str]]:
    plugin.to = str(file)
    plugin.export(gradebook)
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def formulas(rows: list[dict[str, str]]) -> list[str]:
    cells = [cell for row in rows for cell in row.values() if isinstance(cell, str)]
    return [cell for cell in cells if cell.strip()[:1] in {*"=+-@＝"}]


def test_names_are_text(gradebook: Gradebook, tmp_path: Path) -> None:
    rows = exported(ScoresTable(), gradebook, tmp_path / "grades.csv")
    assert formulas(rows) == []
    assert len(rows) == len(FORMULAS) + 2
    (mallory,) = (row for row in rows if row["first_name"] == '"')
    assert mallory["student_id"] == "mallory,\\nweek1,,,alice"
    assert mallory["last_name"] == "\\x1b[31m"


def test_stock_nbgrader_writes_formulas_and_rows_of_a_students(gradebook: Gradebook, tmp_path: Path) -> None:
    rows = exported(CsvExportPlugin(), gradebook, tmp_path / "grades.csv")
    assert formulas(rows)
    # A line break makes a further row, and a quote that stays open swallows the rows of others.
    names = [row["student_id"] for row in rows]
    assert "alice" in names
    assert not {*FORMULAS} <= {*names}


def test_an_honest_row_is_nbgraders(gradebook: Gradebook, tmp_path: Path) -> None:
    ours = exported(ScoresTable(student=["alice"]), gradebook, tmp_path / "ours.csv")
    assert ours == exported(CsvExportPlugin(student=["alice"]), gradebook, tmp_path / "theirs.csv")
    assert exported(ScoresTable(assignment=["week2"]), gradebook, tmp_path / "none.csv") == []


@pytest.mark.parametrize(("value", "cell"), [(None, ""), (-1.5, "-1.5"), ("a-b", "a-b"), ("-a", "'-a"), ("", "")])
def test_cells(value: object, cell: str) -> None:
    assert as_text(value) == cell


def test_a_course_exports_with_it() -> None:
    c = Config()
    configure(c)
    assert c.ExportApp.plugin_class == f"{ScoresTable.__module__}.{ScoresTable.__name__}"
