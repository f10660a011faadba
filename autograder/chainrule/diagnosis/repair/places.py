"""Places in an answer's syntax where something else can be put, and taken out again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Definition = ast.FunctionDef | ast.ClassDef
NOT_COMPUTED = ("annotation", "returns", "type_comment", "decorator_list", "bases")
"""Fields of statements and arguments whose expressions compute nothing of an answer."""

BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True)
class Slot:
    """A field of a node, or one item of a field that is a list."""

    parent: ast.AST
    field: str
    index: int | None

    @property
    def content(self) -> Any:
        """What stands there now."""
        whole = getattr(self.parent, self.field)
        return whole if self.index is None else whole[self.index]

    def put(self, new: Any) -> None:
        """Let something else stand there."""
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new


@dataclass(frozen=True)
class Block:
    """A list of statements: the body of a function, loop or condition, or its other branch."""

    parent: ast.AST
    field: str

    @property
    def statements(self) -> list[ast.stmt]:
        """Its statements, to be read."""
        found: list[ast.stmt] = getattr(self.parent, self.field)
        return found


def functions_in(definition: ast.AST) -> Iterator[ast.FunctionDef]:
    """The outermost functions and methods in a definition, itself included."""
    if isinstance(definition, ast.FunctionDef):
        yield definition
    else:
        for child in ast.iter_child_nodes(definition):
            yield from functions_in(child)


def statements_in(function: ast.AST) -> Iterator[ast.stmt]:
    """All statements below a function, in the order of its lines, without docstrings."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.stmt) and not _is_text(child):
            yield child
        yield from statements_in(child)


def blocks_in(function: ast.AST) -> Iterator[Block]:
    """All lists of statements in a function, its own body first."""
    for node in [function, *statements_in(function)]:
        for field in BLOCKS:
            if isinstance(found := getattr(node, field, None), list) and found:
                yield Block(node, field)


def slots_in(statement: ast.AST) -> Iterator[Slot]:
    """The places of all expressions that a statement computes with, outer before inner; not of statements below it."""
    if isinstance(statement, ast.Raise):
        return
    for field, value in ast.iter_fields(statement):
        if field in NOT_COMPUTED:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.expr) and not isinstance(getattr(child, "ctx", None), ast.Store | ast.Del):
                yield Slot(statement, field, index)
            # A text with values in it is a message; its parts have a syntax of their own.
            if isinstance(child, ast.AST) and not isinstance(child, ast.stmt | ast.JoinedStr):
                yield from slots_in(child)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
