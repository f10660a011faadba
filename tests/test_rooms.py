"""The house: which room may import which, what runs beside a student's code, and that no room knows an assignment."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import chainrule
from chainrule.engine import assignment as assignments

PACKAGE = Path(str(chainrule.__file__)).parent
ASSIGNMENTS = assignments.shipped_names()
FRONTS = {"cli", "show", "doctor", "demo", "pytest_plugin"}
NOT_CODE_OF_OURS = {"samples", "correct", "source", "templates", "__pycache__"}


def files() -> Iterator[Path]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if not NOT_CODE_OF_OURS & set(file.relative_to(PACKAGE).parts) and not file.is_symlink():
            yield file


def room(file: Path) -> str:
    """The room of a file; what lies outside of all rooms is one of its own."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported(file: Path) -> Iterator[str]:
    """The modules of chainrule that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("chainrule"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chainrule") and not node.level:
            names = [alias.name for alias in node.names]
            yield from (f"chainrule.{name}" for name in names) if node.module == "chainrule" else [str(node.module)]


def arrows() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for file in files():
        for module in imported(file):
            piece = module.split(".")
            if len(piece) > 1 and (PACKAGE / piece[1]).exists() | (PACKAGE / f"{piece[1]}.py").exists():
                found[room(file)].add(piece[1])
    return {start: ends - {start} for start, ends in found.items()}


def reached(start: str, found: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for end in found.get(waiting.pop(), set()) - seen:
            seen.add(end)
            waiting.append(end)
    return seen


def test_no_room_imports_one_that_imports_it() -> None:
    found = arrows()
    assert len(found) > 8
    assert {start for start in found if start in reached(start, found)} == set()


def test_what_runs_beside_a_students_code_imports_nothing_else_of_ours() -> None:
    assert arrows().get("inside", set()) == set()


@pytest.mark.parametrize(
    ("start", "never"),
    [
        ("sandbox", {"engine", "checks", "probe", "diagnosis", "course", "proof"}),
        ("probe", {"engine", "checks", "diagnosis", "course", "proof"}),
        ("checks", {"engine", "diagnosis", "course", "proof"}),
        ("engine", {"diagnosis", "course", "proof"}),
        ("diagnosis", {"course", "proof"}),
        ("proof", {"course", "service"}),
        ("course", {"service", "lti"}),
        ("lti", {"service", "proof"}),
        ("assignments", {"engine", "diagnosis", "course", "proof", "sandbox"}),
    ],
)
def test_arrows_point_down(start: str, never: set[str]) -> None:
    assert arrows().get(start, set()) & (never | FRONTS) == set()


@pytest.mark.parametrize("where", ["engine", "sandbox", "inside", "probe", "checks", "diagnosis", "proof", "course"])
def test_only_an_assignments_own_folder_names_it(where: str) -> None:
    named = [
        (file.name, assignment)
        for file in files()
        if room(file) == where
        for node in ast.walk(_without_docstrings(ast.parse(file.read_text(encoding="utf-8"))))
        for assignment in ASSIGNMENTS
        if (isinstance(node, ast.Constant) and isinstance(node.value, str) and assignment in node.value.lower())
        or (isinstance(node, ast.Name) and assignment in node.id.lower())
    ]
    assert named == []


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                part for part in body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            ] or [ast.Pass()]
    return tree
