"""Which functions a mistake changes: where none of them runs, it answers as the reference does."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from chainrule.diagnosis.stand_in import ELSEWHERE

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def changed_functions(reference: str, code: str) -> frozenset[str] | None:
    """The qualified names of the functions whose bodies differ; None if anything else differs too.

    That is a statement or class outside functions, a signature or decorator, or a function that is new or missing:
    these can matter without being called.
    """
    before, after = _Parts(reference), _Parts(code)
    if before.outside != after.outside:
        return None
    return frozenset(name for name, body in before.bodies.items() if after.bodies[name] != body)


def can_differ(changed: frozenset[str] | None, ran: Collection[str] | None) -> bool:
    """Whether a mistake that changes these can answer otherwise where of the reference these ran; None: not known."""
    if changed is None or ran is None or ELSEWHERE in ran:
        return True
    return not changed.isdisjoint(name.partition(".<locals>")[0] for name in ran)


class _Parts:
    """Code as the bodies of its functions and methods, by qualified name, and all that is outside of these."""

    def __init__(self, code: str) -> None:
        tree = ast.parse(code)
        self.bodies: dict[str, list[str]] = {}
        for name, function in list(_functions(tree, "")):
            # A getter and its setter have one name.
            self.bodies.setdefault(name, []).append("\n".join(map(ast.dump, function.body)))
            function.body = []
        self.outside = ast.dump(tree)


def _functions(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, _Function]]:
    for child in node.body:
        if isinstance(child, _Function):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
