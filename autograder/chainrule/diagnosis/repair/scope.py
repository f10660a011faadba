"""What a function of an answer knows by name: the variables that another one may have been meant for."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chainrule.diagnosis.repair.places import statements_in

MOST_NAMES = 12


@dataclass(frozen=True)
class Scope:
    """The parameters of a function, all of its variables, and the functions that are defined beside it.

    `held` are the values that its variables were given, with the variables; `values` the whole values of its lines.
    """

    parameters: tuple[str, ...]
    variables: tuple[str, ...]
    functions: tuple[str, ...]
    held: Mapping[str, str]
    values: tuple[ast.expr, ...]

    @property
    def optimizers(self) -> tuple[str, ...]:
        """Variables that may be an optimizer, or a model: what has gradients to be set to zero."""
        kinds = ("opt", "sgd", "adam", "model", "net", "mlp")
        return tuple(name for name in self.variables if name.lower().startswith(kinds))

    @property
    def models(self) -> tuple[str, ...]:
        """Variables that may be a network."""
        return tuple(name for name in self.variables if name.lower().startswith(("model", "net", "mlp")))


def scope_of(function: ast.FunctionDef, functions: tuple[str, ...]) -> Scope:
    """What a function knows; of many variables the first."""
    arguments = function.args
    given = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    parameters = [name for name in given if name not in ("self", "cls")]
    stored = [
        node.id
        for statement in statements_in(function)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id != "_"
    ]
    variables = tuple(dict.fromkeys([*parameters, *stored]))[:MOST_NAMES]
    held = {
        ast.unparse(statement.value): statement.targets[0].id
        for statement in statements_in(function)
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    values = {
        ast.unparse(value): copy.deepcopy(value)
        for statement in statements_in(function)
        for value in _values(statement)
    }
    return Scope(tuple(parameters), variables, functions[:MOST_NAMES], held, tuple(values.values())[:MOST_NAMES])


def _values(statement: ast.stmt) -> Iterator[ast.expr]:
    """What a statement assigns or appends."""
    match statement:
        case ast.Assign(value=value) if not isinstance(value, ast.Constant | ast.Name | ast.List | ast.Dict):
            yield value
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[value])):
            yield value
