"""Makes a student's notebook safe to show: its outputs and prose are hostile HTML in a teacher's browser otherwise."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode

from chainrule.engine.bounds import Room, left_out
from chainrule.engine.cleaning import ATTACHED, NOT_TYPESET, Cleaner
from chainrule.engine.pictures import FORMATS, verified
from chainrule.engine.prose import Prose
from chainrule.engine.visible import coloured, in_order

MOST_EXECUTIONS = 1_000_000
LONGEST_LINE = 1_000
"""Characters of a line of code: what colours it takes quadratic time on some."""

LINES = 200
"""Of a traceback."""

NO_PICTURE = "(This picture is not shown: it is no PNG or JPEG, or too large.)"

BLANK = re.compile(r"\s{200,}")
"""And cubic time on blank lines."""


def sanitize(notebook: NotebookNode, trusted_prose: Collection[str]) -> None:
    """Rebuild every output from the few kinds that are safe, and the prose that was not released like that.

    What of the notebook is too much to show is cut off, and a sentence in its place says so.
    """
    room = Room()
    cleaner = Cleaner(room)
    prose = Prose(room, cleaner)
    _rebuild_outputs(notebook, room, cleaner)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = _count(cell.get("execution_count"))
            if not cell.metadata.get("nbgrader", {}).get("locked"):
                cell.source = _code(cell.source, room)
            continue
        attachments = cell.pop("attachments", {})
        if cell.cell_type == "markdown" and (cell.source not in trusted_prose or ATTACHED in cell.source):
            cell.source = prose.as_html(cell.source, attachments)
        elif cell.cell_type != "markdown":
            cell.cell_type = "markdown"
            cell.source = prose.as_text(cell.source)


def make_safe(notebook: NotebookNode) -> None:
    """Rebuild the outputs that were handed in; what is no output goes."""
    room = Room()
    _rebuild_outputs(notebook, room, Cleaner(room))


def _rebuild_outputs(notebook: NotebookNode, room: Room, cleaner: Cleaner) -> None:
    rebuild = _Outputs(room, cleaner)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = rebuild.safe(cell.outputs if isinstance(cell.outputs, list) else [])


class _Outputs:
    """Rebuilds the outputs of one notebook, as many as there is room for."""

    def __init__(self, room: Room, cleaner: Cleaner) -> None:
        self._room = room
        self._cleaner = cleaner

    def safe(self, found: list[Any]) -> list[NotebookNode]:
        """The outputs of a cell, each in plain text, clean HTML and real pictures only."""
        shown = []
        for index, output in enumerate(found):
            if not self._room.outputs.fits(1):
                shown.append(_stream(left_out(len(found) - index, "output"), "stderr"))
                break
            safe = self._safe(output)
            if safe is not None:
                shown.append(safe)
        return shown

    def _safe(self, output: Any) -> NotebookNode | None:
        match output:
            case {"output_type": "stream", "text": text}:
                return _stream(self._text(text), "stderr" if output.get("name") == "stderr" else "stdout")
            case {"output_type": "error"}:
                lines = output.get("traceback")
                traceback = [self._text(line) for line in lines[:LINES]] if isinstance(lines, list) else []
                ename, evalue = self._text(output.get("ename", "")), self._text(output.get("evalue", ""))
                return NotebookNode(nbformat.v4.new_output("error", ename=ename, evalue=evalue, traceback=traceback))
            case {"output_type": "display_data" | "execute_result", "data": dict(data)}:
                return _display(self._data(data), output)
        return None

    def _data(self, data: Mapping[str, Any]) -> dict[str, str]:
        safe = {}
        if "text/plain" in data:
            safe["text/plain"] = self._text(data["text/plain"])
        if "text/html" in data:
            safe["text/html"] = f"{NOT_TYPESET}{self._cleaner.clean(_joined(data['text/html']))}</div>"
        for kind in FORMATS:
            if kind in data:
                picture = verified(kind, _joined(data[kind]), self._room.pictures)
                if picture is None:
                    safe["text/plain"] = f"{safe.get('text/plain', '')}\n{NO_PICTURE}".lstrip("\n")
                else:
                    safe[kind] = picture
        return safe

    def _text(self, value: Any) -> str:
        kept, cut = self._room.text.cut(coloured(_joined(value)))
        return f"{kept}\n{left_out(cut)}" if cut else kept


def _display(safe: dict[str, str], output: Mapping[str, Any]) -> NotebookNode | None:
    if not safe:
        return None
    if output["output_type"] == "display_data":
        return NotebookNode(nbformat.v4.new_output("display_data", data=safe))
    count = _count(output.get("execution_count"))
    return NotebookNode(nbformat.v4.new_output("execute_result", data=safe, execution_count=count))


def _stream(text: str, name: str) -> NotebookNode:
    return NotebookNode(nbformat.v4.new_output("stream", name=name, text=text))


def _count(found: Any) -> int | None:
    """An execution count, which a kernel may say is anything."""
    return found if type(found) is int and 0 <= found < MOST_EXECUTIONS else None


def _code(source: str, room: Room) -> str:
    """A cell of code as far as it is shown, in lines that whatever colours it can take."""
    kept, cut = room.code.cut(in_order(source))
    lines = [line if len(line) <= LONGEST_LINE else _shortened(line) for line in kept.split("\n")]
    shown = BLANK.sub(lambda blank: "\n" * min(blank[0].count("\n"), 20) + " ", "\n".join(lines))
    return f"{shown}\n# {left_out(cut)}" if cut else shown


def _shortened(line: str) -> str:
    return f"{line[:LONGEST_LINE]} # {left_out(len(line) - LONGEST_LINE)}"


def _joined(value: Any) -> str:
    """What an output holds, if it is text or lines of text; anything else could be nested without end."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
