"""Answers that are written as their change of the reference: hunks of lines, or the functions that differ.

A change is made of hunks, like a diff's, each under the name of what it changes in the reference's section:

    @@ linear_backward
    -    return dy @ weight, dy.T @ x, dy.sum(axis=0)
    +    return dy @ weight, dy.T @ x, dy.mean(axis=0)

The name is that of a function, `Class.method` or `Class`; without one, the hunk is about the whole section. The lines
with a blank or '-' in front must stand there exactly once, one after the other, as they are in the reference: all hunks
of a change are about the reference itself, in any order. Lines with '+' alone are the whole function, method or class
in place of the reference's, without its docstring if they have none, or a new one; under '@@' without a name they are
statements. What is new is put before the first definition of the section, a new method at the end of its class.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

AS_THE_REFERENCE = "# as the reference"
"""The first line of a section of which only what differs from the reference is written down."""

_HEAD = re.compile(r"@@(?: +([\w.]+))?\s*")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Edit = tuple[int, int, list[str]]  # these lines in place of the half-open range of line indices


def applied(code: str, change: str, where: str) -> str:
    """The code with all hunks of the change in it; `where` begins the sentence of an error.

    Raises:
        ValueError: a hunk is not in the format, does not fit the code in one place, or the result is no Python.
    """
    edits = [_edit_of(code, name, hunk, where) for name, hunk in _hunks(change, where)]
    if not edits:
        raise ValueError(f"{where}: there is no hunk; it starts with '@@' and the name of what it changes.")
    for (_, end, _), (start, _, _) in pairwise(sorted(edits, key=lambda edit: edit[:2])):
        if start < end:
            line = code.split("\n")[start].strip()
            raise ValueError(f"{where}: two hunks change {line!r}; make them one.")
    result = _edited(code, edits)
    try:
        ast.parse(result)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise ValueError(f"{where}: with the change, {line!r} is no Python ({error.msg}).") from None
    return result


def merged(code: str, partial: str) -> str:
    """The code with what the partial code has put over it, by the names of functions, methods and classes.

    Of a class only the methods in the partial code are replaced; its bases stay. Statements outside functions are put
    before the first definition, those of a class before its first method.

    Raises:
        SyntaxError: one of the two is no Python.
    """
    partial = partial.strip().removeprefix(AS_THE_REFERENCE)
    edits: list[_Edit] = []
    statements = partial.split("\n")
    for name, (start, end) in reversed(definitions(partial).items()):
        if "." not in name:
            new = statements[start:end]
            del statements[start:end]
            edits = [*(_class_edits(code, name, new) or [_replacement(code, name, new)]), *edits]
    if text := "\n".join(statements).strip():
        edits = [_replacement(code, "", text.split("\n")), *edits]
    return _edited(code, edits)


@lru_cache(maxsize=64)
def definitions(code: str) -> dict[str, tuple[int, int]]:
    """Where each function, class and method (`Class.method`) is: the half-open range of its line indices.

    Decorators and the comments directly above belong to it. Functions inside functions are not listed.
    """
    lines = code.split("\n")
    found = _named(ast.parse(code).body, "")
    return {name: (_first_line(node, lines), node.end_lineno or len(lines)) for name, node in found}


def _named(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, _Definition]]:
    for node in body:
        if isinstance(node, _Definition):
            yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from _named(node.body, f"{prefix}{node.name}.")


def _first_line(node: _Definition, lines: list[str]) -> int:
    """The index of its first line, be it a decorator or one of the comments directly above."""
    first = min(part.lineno for part in [node, *node.decorator_list]) - 1
    while first > 0 and lines[first - 1].startswith(" " * node.col_offset + "#"):
        first -= 1
    return first


def _hunks(change: str, where: str) -> Iterator[tuple[str, list[str]]]:
    """Each hunk's name ("" if it has none) and lines, each with its mark in front."""
    hunks: list[tuple[str, list[str]]] = []
    for line in change.rstrip().split("\n"):
        if head := _HEAD.fullmatch(line):
            hunks.append((head.group(1) or "", []))
        elif line[:1] not in ("", " ", "-", "+") or (line.strip() and not hunks):
            raise ValueError(f"{where}: {line!r} should be a line of a hunk, with ' ', '-', '+' or '@@' in front.")
        elif hunks:
            hunks[-1][1].append(line.rstrip() or " ")
    for name, lines in hunks:
        while lines and not lines[-1].strip():
            lines.pop()
        yield name, lines


def _edit_of(code: str, name: str, hunk: list[str], where: str) -> _Edit:
    """What a hunk does to the code."""
    old = [line[1:].rstrip() for line in hunk if line[0] in " -"]
    new = [line[1:].rstrip() for line in hunk if line[0] in " +"]
    place = repr(name) if name else "the section"
    found = definitions(code)
    if old == new:
        raise ValueError(f"{where}: the hunk for {place} changes nothing; it needs a line with '-' or '+' in front.")
    if not old:
        if name and not _defines(new, name):
            raise ValueError(
                f"{where}: the lines with '+' alone are not the definition of {place}; put the line above or below "
                "them there too, with a blank in front."
            )
        if name not in found and name.rpartition(".")[0] not in ("", *found):
            raise ValueError(f"{where}: the reference has no class for the new method {place}.")
        return _replacement(code, name, new)
    if name and name not in found:
        raise ValueError(f"{where}: the reference has no {place}; it has {', '.join(found)}.")
    lines = [line.rstrip() for line in code.split("\n")]
    start, end = found[name] if name else (0, len(lines))
    starts = [at for at in range(start, end - len(old) + 1) if lines[at : at + len(old)] == old]
    if len(starts) > 1:
        raise ValueError(f"{where}: {old[0].strip()!r} stands {len(starts)} times in {place}; add the line above it.")
    if not starts:
        missing = [line for line in old if line not in lines[start:end]]
        what = f"{missing[0].strip()!r} is not there" if missing else f"the lines after {old[0].strip()!r} are others"
        raise ValueError(f"{where}: in {place} of the reference, {what}.")
    # only what is between the first and the last changed line, so that two hunks may show the same line
    above = next(number for number, line in enumerate(hunk) if line[0] != " ")
    below = next(number for number, line in enumerate(reversed(hunk)) if line[0] != " ")
    return starts[0] + above, starts[0] + len(old) - below, new[above : len(new) - below]


def _defines(lines: list[str], name: str) -> bool:
    """Whether the lines are one definition of that name, of a method with its indentation."""
    *classes, last = name.split(".")
    opened = "".join(f"{'    ' * depth}class {name}:\n" for depth, name in enumerate(classes))
    try:
        body = ast.parse(opened + "\n".join(lines)).body
    except SyntaxError:
        return False
    for _ in classes:
        body = body[0].body if len(body) == 1 and isinstance(body[0], ast.ClassDef) else []
    return len(body) == 1 and isinstance(body[0], _Definition) and body[0].name == last


def _replacement(code: str, name: str, new: list[str]) -> _Edit:
    """The lines in place of the definition of that name, or as something new."""
    found = definitions(code)
    if name in found:
        return *found[name], new
    if "." in name:
        end = found[name.rpartition(".")[0]][1]
        return end, end, ["", *new]
    first = min((start for start, _ in found.values()), default=len(code.split("\n")))
    return first, first, [*new, "", ""]


def _class_edits(code: str, name: str, new: list[str]) -> list[_Edit]:
    """Put a class over the code's class of that name, part by part; [] if the code has none with methods."""
    own = ast.parse("\n".join(new)).body[0]
    methods = [start for other, (start, _) in definitions(code).items() if other.startswith(f"{name}.")]
    if not methods or not isinstance(own, ast.ClassDef):
        return []
    edits: list[_Edit] = []
    for part in own.body[ast.get_docstring(own) is not None :]:
        if isinstance(part, _Definition):
            edits.append(_replacement(code, f"{name}.{part.name}", new[_first_line(part, new) : part.end_lineno]))
        else:
            edits.append((min(methods), min(methods), [*new[part.lineno - 1 : part.end_lineno], ""]))
    return edits


def _edited(code: str, edits: list[_Edit]) -> str:
    """The code with all edits made, which do not overlap; those in one place stay in their order."""
    lines = code.split("\n")
    # from the last to the first, so that no edit moves the lines of another
    for start, end, new in sorted(edits, key=lambda edit: edit[:2])[::-1]:
        lines[start:end] = new
    return "\n".join(lines)
