"""The blind bank: the reference with one small systematic change each, to measure the hidden tests. No hints.

A mutant that behaves as the reference does, on everything that the exercise asks for, is equivalent. Such ones are
listed by hand, each with its reason, in the assignment's `equivalent.txt`: a line `<mutant> | <reason>`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

EQUIVALENT = "equivalent.txt"
LONGEST = 60
"""Characters of a statement that are shown."""


@dataclass(frozen=True)
class Mutant:
    """A whole answer to an exercise with one change; `name` says where and what, and is the same on every machine."""

    exercise: str
    name: str
    code: str

    def __str__(self) -> str:
        """The exercise and the change."""
        return f"{self.exercise}: {self.name}"


Change = tuple[str, Callable[[], None]]
"""What is changed, in words, and a function that does it in place."""


def mutants_of(sections: dict[str, str]) -> list[Mutant]:
    """All mutants of an assignment's reference, given by exercise."""
    return [mutant for exercise, code in sections.items() for mutant in _mutants(exercise, code)]


def equivalent_to_reference(folder: Path) -> dict[str, str]:
    """The mutants that are no mistakes, by name, and why.

    Raises:
        ValueError: a line lacks its reason.
    """
    file = folder / EQUIVALENT
    found = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines() if file.is_file() else [], start=1):
        if line.strip() and not line.startswith("#"):
            name, bar, reason = line.rpartition(" | ")
            if not (bar and reason.strip()):
                raise ValueError(f"{file}, line {number}, should be '<mutant> | <reason>'.")
            found[name.strip()] = reason.strip()
    return found


def _mutants(exercise: str, code: str) -> Iterator[Mutant]:
    tree = ast.parse(code)
    original = ast.unparse(tree)
    seen: dict[str, int] = {}
    for index in range(len(list(_changes(tree)))):
        mutated = copy.deepcopy(tree)
        (place, what), change = list(_changes(mutated))[index]
        change()
        source = ast.unparse(ast.fix_missing_locations(mutated))
        if source == original:
            continue
        name = f"{place}: {what}"
        seen[name] = seen.get(name, 0) + 1
        # The same change to the same words a second time in one function.
        yield Mutant(exercise, name if seen[name] == 1 else f"{name} (no. {seen[name]})", source)


def _changes(tree: ast.Module) -> Iterator[tuple[tuple[str, str], Callable[[], None]]]:
    """Every change to the bodies of functions, with its place and words. Signatures are given to the student."""
    for function in _functions(tree, ""):
        path, node = function
        for statement in _statements(node):
            shown = ast.unparse(statement).splitlines()[0]
            shown = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
            for what, change in [*_removals(statement, node), *_expression_changes(statement)]:
                yield (path, f"{what} in `{shown}`"), change


def _functions(node: ast.AST, path: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Outermost functions and methods with their dotted names."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield path + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{path}{child.name}.")


def _statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function and not _is_text(node):
            yield node


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _removals(statement: ast.stmt, function: ast.FunctionDef) -> Iterator[Change]:
    """Lines that can go without leaving a name undefined: calls, updates in place, conditions."""
    removable = isinstance(statement, (ast.Expr, ast.AugAssign)) or (
        isinstance(statement, ast.If) and not statement.orelse
    )
    if removable:
        for parent in ast.walk(function):
            for field in ("body", "orelse"):
                block = getattr(parent, field, None)
                if isinstance(block, list) and statement in block:
                    yield "remove", _put(parent, field, block.index(statement), ast.Pass())


def _expression_changes(statement: ast.stmt) -> Iterator[Change]:
    """Changes within one statement, without those in statements below it."""
    if isinstance(statement, ast.AugAssign) and type(statement.op) in SWAPPED:
        yield _swap(statement)
    for node in _expressions(statement):
        match node:
            case ast.BinOp() if type(node.op) in SWAPPED:
                yield _swap(node)
            case ast.Compare() if len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
                yield _compare(node)
            case ast.BoolOp():
                yield _boolean(node)
            case ast.Constant():
                yield from _constant_changes(node)
        for field, value in ast.iter_fields(node):
            places = value if isinstance(value, list) else [value]
            for index, child in enumerate(places):
                for what, smaller in _dropped(child):
                    yield what, _put(node, field, index if isinstance(value, list) else None, smaller)
    for field, value in ast.iter_fields(statement):
        if isinstance(value, ast.expr):
            for what, smaller in _dropped(value):
                yield what, _put(statement, field, None, smaller)


SWAPPED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.MatMult,
}
"""A matrix product keeps its sign and changes its order."""

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
REDUCTIONS = ("sum", "mean")
TRANSPOSED = ("T", "mT")


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions of a statement in order, without annotations and nested statements."""
    queue: list[ast.AST] = [statement]
    while queue:
        node = queue.pop(0)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "type_comment"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.expr):
                    yield child
                if isinstance(child, ast.AST) and not isinstance(child, ast.stmt):
                    queue.append(child)


def _swap(node: ast.BinOp | ast.AugAssign) -> Change:
    if isinstance(node.op, ast.MatMult) and isinstance(node, ast.BinOp):
        left, right = node.left, node.right
        return "other order of @", lambda: node.__dict__.update(left=right, right=left)
    new = SWAPPED[type(node.op)]
    return f"{type(node.op).__name__} to {new.__name__}", lambda: setattr(node, "op", new())


def _compare(node: ast.Compare) -> Change:
    new = COMPARED[type(node.ops[0])]
    return f"{type(node.ops[0]).__name__} to {new.__name__}", lambda: setattr(node, "ops", [new()])


def _boolean(node: ast.BoolOp) -> Change:
    new = ast.Or if isinstance(node.op, ast.And) else ast.And
    return f"{type(node.op).__name__} to {new.__name__}", lambda: setattr(node, "op", new())


def _constant_changes(node: ast.Constant) -> Iterator[Change]:
    """Another truth value; off by one; twice as large."""
    value = node.value
    if isinstance(value, bool):
        new: bool | int | float = not value
    elif isinstance(value, int):
        new = value + 1 if value else 1
    elif isinstance(value, float):
        new = 2 * value if value else 1.0
    else:
        return
    yield f"{value} to {new}", lambda: setattr(node, "value", new)


def _dropped(node: object) -> Iterator[tuple[str, ast.expr]]:
    """A smaller expression in the place of one: without its minus, `not`, transposition, sum or mean."""
    match node:
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand) if not isinstance(operand, ast.Constant):
            yield f"drop {'minus' if isinstance(node.op, ast.USub) else 'not'}", operand
        case ast.Attribute(attr=name, value=value) if name in TRANSPOSED:
            yield f"drop .{name}", value
        case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id="np" | "torch")), args=[first, *_]) if (
            name in REDUCTIONS
        ):
            yield f"drop {name}", first
        case ast.Call(func=ast.Attribute(attr=name, value=value)) if name in REDUCTIONS:
            yield f"drop {name}", value


def _put(node: ast.AST, field: str, index: int | None, new: ast.AST) -> Callable[[], None]:
    if index is None:
        return lambda: setattr(node, field, new)
    return lambda: getattr(node, field).__setitem__(index, new)
