"""Which exercises use functions of which others, as the reference does: who reads what to mend begins with those."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from symtable import SymbolTable

from chainrule.engine.solutions import exercise_sections

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Dependence:
    """`home` is the exercise in whose section a name is defined, `uses` names the earlier ones that a section uses."""

    home: Mapping[str, str] = field(default_factory=dict)
    uses: Mapping[str, list[str]] = field(default_factory=dict)


def dependence(reference_source: str) -> Dependence:
    """What the sections of a reference in percent format have to do with each other.

    Raises ValueError or SyntaxError if its sections are not in order.
    """
    home: dict[str, str] = {}
    uses: dict[str, list[str]] = {}
    for exercise, code in exercise_sections(reference_source).items():
        wanted = set(_globals(symtable.symtable(code, exercise, "exec")))
        uses[exercise] = list(dict.fromkeys(earlier for name, earlier in home.items() if name in wanted))
        home |= {node.name: exercise for node in ast.parse(code).body if isinstance(node, DEFINITIONS)}
    return Dependence(home, uses)


def _globals(table: SymbolTable) -> Iterator[str]:
    """The names that code takes from the module; parameters and local variables of the same name are others."""
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _globals(inner)
