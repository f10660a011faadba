"""Reads what a student handed in: hostile bytes that should be a notebook, and often enough are not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from chainrule.sandbox.entry import LeftOutError, content_of

MAX_BYTES = 50 * 1024 * 1024
MAX_CELLS = 5_000
MOST_DIGITS = 1_000
MAX_VALUES = 2_000_000
"""Commas and brackets: each may stand for a hundred times its size once it is read."""

DEEPEST_HEADING = 6
KNOWN_CELLS = ("code", "markdown", "raw")


class UnreadableError(ValueError):
    """The file is no notebook; the message says what was found and what to do."""


@dataclass
class Submission:
    """What was handed in: its bytes, the notebook (an empty one if it cannot be read), and notes for the report."""

    raw: bytes
    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)


def read_submission(raw: bytes, keep_outputs: bool = False) -> Submission:
    """Read a submitted notebook; whatever is wrong with it becomes a note, never an exception.

    Outputs are left out, or kept as they are: anything may be there in their place.
    """
    try:
        return Submission(raw, _notebook(raw, keep_outputs))
    except UnreadableError as error:
        return Submission(raw, nbformat.v4.new_notebook(), [_note(error)])


def read_file(path: Path, keep_outputs: bool = False) -> Submission:
    """The same from a file, which may be no file at all."""
    raw, notes = read_bytes(path)
    return unread(notes[0]) if notes else read_submission(raw, keep_outputs)


def unread(problem: str) -> Submission:
    """What stands for a submission that cannot be read at all."""
    return Submission(b"", nbformat.v4.new_notebook(), [problem])


def read_bytes(path: Path) -> tuple[bytes, list[str]]:
    """The bytes of a file as they were handed in; none, and a note that says why, if it cannot be opened."""
    try:
        return _bytes(path), []
    except UnreadableError as error:
        return b"", [_note(error)]


def _note(error: UnreadableError) -> str:
    return f"The submitted file could not be read as a notebook: {error} Nothing of it was run."


def _bytes(path: Path) -> bytes:
    try:
        return content_of(path, MAX_BYTES)
    except LeftOutError as error:
        raise UnreadableError(f"{error}.") from error


def _notebook(raw: bytes, keep_outputs: bool) -> NotebookNode:
    if len(raw) > MAX_BYTES:
        raise UnreadableError(
            f"it has more than the {MAX_BYTES // 2**20} MiB allowed. Clear large outputs and submit again."
        )
    if sum(map(raw.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise UnreadableError(f"it holds more than {MAX_VALUES} values. Clear large outputs and submit again.")
    content = _json(raw)
    version = content.get("nbformat")
    if type(version) is not int or not 2 <= version <= nbformat.current_nbformat:
        raise UnreadableError(f"it says it has notebook format {str(version)[:20]!r}, which does not exist.")
    return _with_sound_cells(_cells(content, version), keep_outputs)


def _cells(content: dict[str, Any], version: int) -> list[Any]:
    """The cells, whatever they hold, in the form of version 4.

    Not by nbformat, whose checks take hours for some small files and whose converters take any amount of memory.
    """
    if version == nbformat.current_nbformat:
        cells = content.get("cells")
    else:
        sheets = content.get("worksheets")
        found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
        cells = [_upgraded(cell) for one in found if isinstance(one, list) for cell in one] if found else None
    if not isinstance(cells, list):
        raise UnreadableError("it has no list of cells.")
    return cells


def _upgraded(cell: Any) -> Any:
    """A cell of version 2 or 3 as one of version 4."""
    if not isinstance(cell, dict):
        return cell
    kind = cell.get("cell_type")
    if kind == "code":
        return {**cell, "source": cell.get("input", "")}
    if kind == "heading":
        level = cell.get("level")
        marks = "#" * (min(max(level, 1), DEEPEST_HEADING) if isinstance(level, int) else 1)
        return {**cell, "cell_type": "markdown", "source": f"{marks} {' '.join(_text(cell.get('source')).split())}"}
    return {**cell, "cell_type": "markdown"} if kind == "html" else cell


def _json(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise UnreadableError("it is empty.")
    try:
        content = json.loads(raw.decode("utf-8"), parse_int=_whole_number)
    except UnicodeDecodeError as error:
        raise UnreadableError("it is not text in UTF-8.") from error
    except RecursionError as error:
        raise UnreadableError("its JSON is nested too deep.") from error
    except ValueError as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableError(f"it is not JSON{where}. Save it from Jupyter and submit again.") from error
    if not isinstance(content, dict):
        raise UnreadableError("its JSON is not that of a notebook.")
    return content


def _whole_number(digits: str) -> int:
    """Python reads no number of thousands of digits, and nothing in a notebook is one."""
    return int(digits) if len(digits) <= MOST_DIGITS else 0


def _with_sound_cells(cells: list[Any], keep_outputs: bool) -> NotebookNode:
    """A notebook with only what grading needs of the cells, each in the form that nbformat prescribes."""
    if len(cells) > MAX_CELLS:
        raise UnreadableError(f"it has {len(cells)} cells, more than the {MAX_CELLS} allowed.")
    sound = NotebookNode(nbformat.v4.new_notebook())
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") not in KNOWN_CELLS:
            continue
        metadata = cell.get("metadata")
        make = getattr(nbformat.v4, f"new_{cell['cell_type']}_cell")
        fresh = make(source=_text(cell.get("source")))
        fresh.id = f"cell-{len(sound.cells)}"
        if keep_outputs and fresh.cell_type == "code":
            fresh.outputs = cell.get("outputs", [])
        if fresh.cell_type == "markdown" and isinstance(cell.get("attachments"), dict):
            fresh.attachments = cell["attachments"]
        nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        if isinstance(nbgrader, dict):
            fresh.metadata["nbgrader"] = NotebookNode(
                {key: value for key, value in nbgrader.items() if isinstance(value, (str, int, float))}
            )
        sound.cells.append(fresh)
    return sound


def _text(source: Any) -> str:
    """Text, or lines of text, as it can be written; half a character, which JSON can hold, becomes a question mark."""
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    return text.encode("utf-8", "replace").decode()
