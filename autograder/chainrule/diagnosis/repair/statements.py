"""Other statements, or others order, that may have been meant by those that a student wrote."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from chainrule.diagnosis.repair.places import Block
from chainrule.diagnosis.repair.scope import Scope

NewBlock = tuple[str, ast.AST, list[ast.stmt]]
"""An idea, what it is about, and the statements of the whole block."""

SIMPLE = ast.Expr | ast.Assign | ast.AugAssign
LOOPS = ast.For | ast.While | ast.If | ast.With


def changed(block: Block, scope: Scope, tensors: bool) -> Iterator[NewBlock]:
    """What may stand in the place of a block of statements."""
    statements = block.statements
    for index, statement in enumerate(statements):
        before, after = statements[:index], statements[index + 1 :]
        for idea, new in _instead(statement):
            yield idea, statement, [*before, *new, *after]
        if isinstance(statement, ast.Expr | ast.AugAssign | ast.Assign | ast.Continue | ast.Break):
            yield "superfluous", statement, [*before, *([] if before or after else [ast.Pass()]), *after]
        if after and isinstance(statement, SIMPLE) and isinstance(after[0], SIMPLE):
            yield "order", statement, [*before, after[0], statement, *after[1:]]
        yield from _other_depth(statements, index)
        if _calls(statement, "backward"):
            for name in scope.optimizers:
                yield "no zero_grad", statement, [*before, _call(name, "zero_grad"), *statements[index:]]
    yield from _at_the_start(block, scope, tensors)


def _at_the_start(block: Block, scope: Scope, tensors: bool) -> Iterator[NewBlock]:
    """Of a function or loop: the mode of a model, no graph, or something done to an argument first."""
    function = block.parent
    if not isinstance(function, ast.FunctionDef | ast.For) or block.field != "body":
        return
    statements = block.statements
    first = next((n for n, one in enumerate(statements) if not _is_text(one)), len(statements))
    head, body = statements[:first], statements[first:]
    for name in scope.models:
        for mode in ("train", "eval"):
            yield "mode", _named(name, function), [*head, _call(name, mode), *body]
    if not isinstance(function, ast.FunctionDef):
        return
    copied = ".detach().clone()" if tensors else ".copy()"
    copies = {name: ast.parse(f"{name} = {name}{copied}").body for name in scope.parameters}
    for name in scope.parameters:
        about = _named(name, function)
        yield "argument", about, [*head, *copies[name], *body]
        if not tensors:
            floats = ast.parse(f"{name} = np.asarray({name}, dtype=float)").body
            yield "whole numbers", about, [*head, *floats, *body]
        for applied in scope.functions:
            if applied != function.name:
                yield "not applied", about, [*head, *ast.parse(f"{name} = {applied}({name})").body, *body]
    for one, other in pairwise(scope.parameters):
        yield "argument", _named(one, function), [*head, *copies[one], *copies[other], *body]
    if tensors:
        no_graph = ast.parse("torch.no_grad()", mode="eval").body
        yield "detach", _named(function.name, function), [*head, ast.With([ast.withitem(no_graph)], body)]


def _named(name: str, at: ast.FunctionDef | ast.For) -> ast.AST:
    """A variable, as something to be quoted."""
    return ast.copy_location(ast.Name(name, ast.Load()), at)


def _instead(statement: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    match statement:
        case ast.AugAssign(target=target, op=operation, value=value):
            yield "accumulate", [ast.Assign([target], value)]
            if isinstance(operation, ast.Add | ast.Sub):
                other = ast.Sub() if isinstance(operation, ast.Add) else ast.Add()
                yield "sign", [ast.AugAssign(target, other, value)]
            if isinstance(target, ast.Name):
                whole = ast.BinOp(ast.Name(target.id, ast.Load()), operation, value)
                yield "in place", [ast.Assign([target], whole)]
        case ast.Assign(targets=[ast.Name() | ast.Subscript() | ast.Attribute() as target], value=value):
            yield "accumulate", [ast.AugAssign(target, ast.Add(), value)]
            held = ast.parse(ast.unparse(target), mode="eval").body
            yield "rebinding", [ast.Assign([ast.Subscript(held, ast.Constant(...), ast.Store())], value)]
        case ast.Assign(targets=[ast.Tuple(elts=[first, second])], value=value):
            yield "order of values", [ast.Assign([ast.Tuple([second, first], ast.Store())], value)]
        case ast.If(test=test, body=body, orelse=orelse):
            yield "condition", [ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)]
            yield "superfluous", body
            if orelse:
                yield "superfluous", orelse
        case ast.With(body=body):
            yield "detach", body
        case ast.Try(body=body):
            yield "superfluous", body


def _other_depth(statements: list[ast.stmt], index: int) -> Iterator[NewBlock]:
    """The last statement of a loop after it, the first before it; or the neighbour of a loop in it."""
    statement = statements[index]
    if not isinstance(statement, LOOPS):
        return
    body, before, after = statement.body, statements[:index], statements[index + 1 :]
    if len(body) > 1:
        yield "indentation", statement, [*before, _with_body(statement, body[:-1]), body[-1], *after]
        yield "indentation", statement, [*before, body[0], _with_body(statement, body[1:]), *after]
    if after:
        yield "indentation", statement, [*before, _with_body(statement, [*body, after[0]]), *after[1:]]
    if before:
        yield "indentation", statement, [*before[:-1], _with_body(statement, [before[-1], *body]), *after]


def _with_body(statement: ast.For | ast.While | ast.If | ast.With, body: list[ast.stmt]) -> ast.stmt:
    match statement:
        case ast.For(target=target, iter=values, orelse=orelse):
            return ast.For(target, values, body, orelse)
        case ast.While(test=test, orelse=orelse):
            return ast.While(test, body, orelse)
        case ast.If(test=test, orelse=orelse):
            return ast.If(test, body, orelse)
        case _:
            return ast.With(statement.items, body)


def _calls(statement: ast.stmt, method: str) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return name == method
    return False


def _call(name: str, method: str) -> ast.stmt:
    return ast.parse(f"{name}.{method}()").body[0]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
