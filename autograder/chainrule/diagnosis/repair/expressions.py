"""Other expressions that may have been meant by one that a student wrote."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from chainrule.diagnosis.repair.scope import Scope

New = tuple[str, ast.expr]
"""An idea and the expression in whose place the old one stood."""

OTHER_OPERATIONS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
}
OTHER_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
TRANSPOSED = ("T", "mT")
LARGEST = 2**53
"""Below it every whole number is a float."""


def changed(old: ast.expr, scope: Scope) -> Iterator[New]:
    """What may stand in the place of any expression, by its form; calls have their own."""
    if isinstance(old, ast.Call | ast.BinOp) and (name := scope.held.get(ast.unparse(old))) is not None:
        yield "computed again", ast.Name(name, ast.Load())
    if isinstance(old, ast.Tuple) and len(old.elts) > 1:
        for index in range(len(old.elts)):
            yield "value too many", ast.Tuple([*old.elts[:index], *old.elts[index + 1 :]], ast.Load())
    match old:
        case ast.BinOp():
            yield from _other_operation(old)
        case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
            yield "sign", operand
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "condition", operand
        case ast.Compare(ops=[operation], left=left, comparators=[right]):
            for opposite in OTHER_COMPARISONS.get(type(operation), ()):
                yield "comparison", ast.Compare(left, [opposite()], [right])
        case ast.BoolOp(op=operation, values=values):
            yield "condition", ast.BoolOp(ast.Or() if isinstance(operation, ast.And) else ast.And(), values)
        case ast.Constant():
            yield from _other_constant(old)
        case ast.Attribute(attr=name, value=value) if name in TRANSPOSED:
            yield "transpose", value
        case ast.Attribute(attr="detach" | "data", value=value):
            yield "detach", value
        case ast.Tuple(elts=[first, second]):
            yield "order of values", ast.Tuple([second, first], ast.Load())
        case ast.Tuple(elts=[first, second, third]):
            yield "order of values", ast.Tuple([first, third, second], ast.Load())
            yield "order of values", ast.Tuple([second, first, third], ast.Load())
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield "condition", ast.IfExp(test, orelse, body)
        case ast.Subscript(value=value):
            yield from _other_slice(old)
        case ast.Name(id=name):
            for other in scope.variables:
                if other != name and name in scope.variables:
                    yield "variable", ast.Name(other, ast.Load())


def completed(old: ast.expr, scope: Scope, tensors: bool) -> Iterator[New]:
    """What may have been meant by a whole value: one that is assigned, returned, or an item of a tuple returned."""
    if isinstance(old, ast.Constant | ast.Lambda | ast.Dict | ast.List | ast.ListComp | ast.Tuple | ast.Starred):
        return
    yield "sign", ast.UnaryOp(ast.USub(), old)
    yield "factor 2", ast.BinOp(old, ast.Mult(), ast.Constant(2))
    yield "factor 2", ast.BinOp(old, ast.Div(), ast.Constant(2))
    for name in scope.parameters:
        yield "not divided", ast.BinOp(old, ast.Div(), _call("len", ast.Name(name, ast.Load())))
        if not tensors:
            size = ast.Attribute(ast.Name(name, ast.Load()), "size", ast.Load())
            yield "not divided", ast.BinOp(old, ast.Div(), size)
    if isinstance(old, ast.Name | ast.Attribute | ast.Subscript):
        yield "copy", _method(_method(old, "detach"), "clone") if tensors else _method(old, "copy")
        yield "square", ast.BinOp(old, ast.Pow(), ast.Constant(2))
    yield "transpose", ast.Attribute(old, "T", ast.Load())
    if tensors:
        yield "detach", _method(old, "detach")
        yield "detach", _method(old, "item")
    for value in scope.values:
        if value is not old:
            yield "same as elsewhere", value
    for name in scope.variables:
        if not _names(old, name):
            yield "missing factor", ast.BinOp(old, ast.Mult(), ast.Name(name, ast.Load()))
            yield "missing term", ast.BinOp(old, ast.Add(), ast.Name(name, ast.Load()))
            yield "missing factor", ast.BinOp(old, ast.Div(), ast.Name(name, ast.Load()))
            twice = ast.BinOp(ast.Constant(2), ast.Mult(), ast.Name(name, ast.Load()))
            yield "missing factor", ast.BinOp(old, ast.Mult(), twice)


def _other_operation(old: ast.BinOp) -> Iterator[New]:
    left, right = old.left, old.right
    match old.op:
        case ast.MatMult():
            yield from _other_products(left, right)
            yield "product", ast.BinOp(left, ast.Mult(), right)
        case ast.Mult():
            yield "product", ast.BinOp(left, ast.MatMult(), right)
            yield "factor", left
            yield "factor", right
        case ast.Div():
            yield "divided", left
            yield "whole division", ast.BinOp(left, ast.FloorDiv(), right)
        case ast.FloorDiv():
            yield "whole division", ast.BinOp(left, ast.Div(), right)
        case ast.Add():
            yield "term", left
            yield "term", right
        case ast.Sub():
            yield "sign", ast.BinOp(right, ast.Sub(), left)
            yield "term", left
        case ast.Pow():
            yield "square", left
            yield "sign", ast.BinOp(left, ast.Pow(), ast.UnaryOp(ast.USub(), right))
    for other in OTHER_OPERATIONS.get(type(old.op), ()):
        idea = "sign" if isinstance(old.op, ast.Add | ast.Sub) and other in (ast.Add, ast.Sub) else "operation"
        yield idea, ast.BinOp(left, other(), right)
    if isinstance(old.op, ast.Mult | ast.Div):
        yield "square", ast.BinOp(left, old.op, ast.BinOp(right, ast.Pow(), ast.Constant(2)))
        yield "square", ast.BinOp(ast.BinOp(left, ast.Pow(), ast.Constant(2)), old.op, right)


def _other_products(left: ast.expr, right: ast.expr) -> Iterator[New]:
    """The same two factors, each as it is or transposed, in both orders."""
    yield "order of product", ast.BinOp(right, ast.MatMult(), left)
    for first, second in ((left, right), (right, left)):
        for one, other in ((True, False), (False, True), (True, True)):
            new = ast.BinOp(turned(first) if one else first, ast.MatMult(), turned(second) if other else second)
            yield "transpose", new


def turned(factor: ast.expr) -> ast.expr:
    """A factor transposed, or without its transposition."""
    if isinstance(factor, ast.Attribute) and factor.attr in TRANSPOSED:
        return factor.value
    return ast.Attribute(factor, "T", ast.Load())


def _other_constant(old: ast.Constant) -> Iterator[New]:
    value = old.value
    if isinstance(value, bool):
        yield "truth", ast.Constant(not value)
    elif isinstance(value, int):
        yield "whole numbers", ast.Constant(float(value)) if abs(value) < LARGEST else ast.Constant(value)
        near = (value + 1, value - 1, 2 * value, 10 * value)
        yield from (("constant", ast.Constant(other)) for other in dict.fromkeys(near) if other != value)
    elif isinstance(value, float):
        near_floats = (2 * value, value / 2, 0.0, 1.0, 1.0 - value)
        yield from (("constant", ast.Constant(other)) for other in dict.fromkeys(near_floats) if other != value)
    elif value in ("mean", "sum"):
        yield "reduction", ast.Constant("sum" if value == "mean" else "mean")


def _other_slice(old: ast.Subscript) -> Iterator[New]:
    match old.slice:
        case ast.Slice(lower=lower, upper=upper, step=None):
            if lower is not None:
                yield "steps", ast.Subscript(old.value, ast.Slice(None, upper, None), ast.Load())
            if upper is not None:
                yield "steps", ast.Subscript(old.value, ast.Slice(lower, None, None), ast.Load())
                more = ast.BinOp(copy.copy(upper), ast.Add(), ast.Constant(1))
                yield "steps", ast.Subscript(old.value, ast.Slice(lower, more, None), ast.Load())
            if lower is None:
                yield "steps", ast.Subscript(old.value, ast.Slice(ast.Constant(1), upper, None), ast.Load())
            if upper is None:
                yield "steps", ast.Subscript(old.value, ast.Slice(lower, ast.Constant(-1), None), ast.Load())


def _names(expression: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(expression))


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [*arguments], [])


def _method(value: ast.expr, name: str) -> ast.Call:
    return ast.Call(ast.Attribute(value, name, ast.Load()), [], [])
