"""Every small change of an answer that may mend it, those first that are most often right.

A student's code is only parsed here and never run, in bounds: `chainrule.diagnosis.repair.apart` calls this.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from chainrule.diagnosis.repair import calls, expressions, statements
from chainrule.diagnosis.repair.ideas import MISSING, ORDER, quoted
from chainrule.diagnosis.repair.places import Definition, Slot, blocks_in, functions_in, slots_in, statements_in
from chainrule.diagnosis.repair.scope import Scope, scope_of

MOST = 3_000
"""Changes of one answer that are made."""


class Edit(msgspec.Struct, frozen=True):
    """One change: the idea behind it, the line of the answer and what stands there, and the definition with it."""

    idea: str
    line: int
    old: str
    code: str


@dataclass(frozen=True)
class _Change:
    """What is to stand in all these places, which hold the same."""

    idea: str
    line: int
    old: str
    slots: tuple[Slot, ...]
    new: object


def edits_of(answer: str, asked: Collection[str], tensors: bool) -> list[Edit]:
    """The changes of an answer's functions that can matter to calls of those in `asked`; in the order to be tried.

    `tensors` says that the assignment is about those of torch.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: this is no Python, or not such as anybody writes.
    """
    tree = _with_functions(ast.parse(answer))
    own = {node.name: node for node in tree.body if isinstance(node, Definition)}
    found: dict[str, Edit] = {}
    for name in _reached(own, asked):
        definition = own[name]
        found.setdefault(ast.unparse(definition), Edit("", 0, "", ""))
        for change in _changes(definition, tensors, tuple(own)):
            before = [slot.content for slot in change.slots]
            for slot in change.slots:
                slot.put(change.new)
            code = ast.unparse(ast.fix_missing_locations(definition))
            for slot, old in zip(change.slots, before, strict=True):
                slot.put(old)
            found.setdefault(code, Edit(change.idea, change.line, change.old, code))
            if len(found) > MOST:
                break
    return sorted((edit for edit in found.values() if edit.idea), key=lambda edit: (ORDER[edit.idea], edit.line))


def _with_functions(tree: ast.Module) -> ast.Module:
    """The same with every `name = lambda …` as the function that it is."""
    for index, node in enumerate(tree.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=arguments, body=body)):
                value = ast.copy_location(ast.Return(body), node)
                tree.body[index] = ast.copy_location(ast.FunctionDef(name, arguments, [value], []), node)
    return tree


def _reached(own: dict[str, Definition], asked: Collection[str]) -> list[str]:
    """The definitions that are asked for, and those that these name, and so on; all if none of them is asked for."""
    reached = [name for name in own if name in asked]
    for name in reached:
        named = {node.id for node in ast.walk(own[name]) if isinstance(node, ast.Name)}
        reached += [other for other in own if other in named and other not in reached]
    return reached or list(own)


def _changes(definition: Definition, tensors: bool, own: tuple[str, ...]) -> Iterator[_Change]:
    for function in functions_in(definition):
        scope = scope_of(function, own)
        for block in blocks_in(function):
            for idea, about, new in statements.changed(block, scope, tensors):
                yield _Change(
                    idea,
                    getattr(about, "lineno", function.lineno),
                    _first_line(about),
                    (Slot(block.parent, block.field, None),),
                    new,
                )
        own_statements = [one for one in statements_in(function) if not isinstance(one, Definition)]
        alike: dict[str, list[Slot]] = {}
        for statement in own_statements:
            for slot in slots_in(statement):
                alike.setdefault(ast.unparse(slot.content), []).append(slot)
        for statement in own_statements:
            yield from _in_statement(statement, scope, tensors, alike)


def _in_statement(
    statement: ast.stmt, scope: Scope, tensors: bool, alike: Mapping[str, Sequence[Slot]]
) -> Iterator[_Change]:
    """Changes in one place of a statement, and in all places of the function that hold the same as its first."""
    for slot in slots_in(statement):
        old = slot.content
        places = alike[ast.unparse(old)]
        news = [*expressions.changed(old, scope)]
        if isinstance(old, ast.Call):
            news += calls.changed(old)
        if _is_whole(slot, statement):
            news += expressions.completed(old, scope, tensors)
        for idea, new in news:
            where = [place for place in places if idea != "computed again" or not _is_assigned(place)]
            if slot not in where:
                continue
            shown = statement if isinstance(old, ast.Name | ast.Constant) else old
            yield _Change(idea, old.lineno, _first_line(shown), (slot,), new)
            if len(where) > 1 and where[0] == slot and idea not in MISSING:
                yield _Change(idea, old.lineno, _first_line(shown), tuple(where), new)


def _is_assigned(slot: Slot) -> bool:
    """Whether it is this place that computes what a variable holds."""
    return isinstance(slot.parent, ast.Assign) and slot.field == "value"


def _is_whole(slot: Slot, statement: ast.stmt) -> bool:
    """Whether this is a value that is assigned, returned or added up, or an item or argument of it."""
    own = getattr(statement, "value", None)
    if slot.parent is statement:
        return slot.field == "value"
    return slot.parent is own and isinstance(own, ast.Tuple | ast.Dict | ast.List | ast.Call) and slot.field != "func"


def _first_line(node: ast.AST) -> str:
    return quoted(ast.unparse(node).splitlines()[0])
