"""Reads what a student handed in: hostile bytes that should be a notebook, and often enough are not."""

from __future__ import annotations

import json
import os
import stat
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

MAX_BYTES = 50 * 1024 * 1024
MAX_CELLS = 5_000
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
    return Submission(b"", nbformat.v4.new_notebook(), notes) if notes else read_submission(raw, keep_outputs)


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
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise UnreadableError(f"it could not be opened ({error.strerror}).") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UnreadableError("it is not a regular file.")
        return file.read(MAX_BYTES + 1)


def _notebook(raw: bytes, keep_outputs: bool) -> NotebookNode:
    if len(raw) > MAX_BYTES:
        raise UnreadableError(
            f"it has more than the {MAX_BYTES // 2**20} MiB allowed. Clear large outputs and submit again."
        )
    content = _json(raw)
    version = content.get("nbformat")
    if type(version) is not int or not 2 <= version <= nbformat.current_nbformat:
        raise UnreadableError(f"it says it has notebook format {str(version)[:20]!r}, which does not exist.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(raw.decode("utf-8"), as_version=4)
    except Exception as error:
        # nbformat's converters raise all sorts of things on notebooks that are none.
        raise UnreadableError(f"its cells are not those of a notebook ({type(error).__name__}).") from error
    return _with_sound_cells(notebook, keep_outputs)


def _json(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise UnreadableError("it is empty.")
    try:
        content = json.loads(raw.decode("utf-8"))
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


def _with_sound_cells(notebook: NotebookNode, keep_outputs: bool) -> NotebookNode:
    """The notebook with only what grading needs of its cells, each in the form that nbformat prescribes."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise UnreadableError("it has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise UnreadableError(f"it has {len(cells)} cells, more than the {MAX_CELLS} allowed.")
    sound = NotebookNode(nbformat.v4.new_notebook())
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") not in KNOWN_CELLS:
            continue
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        metadata = cell.get("metadata")
        make = getattr(nbformat.v4, f"new_{cell['cell_type']}_cell")
        fresh = make(source=source)
        fresh.id = f"cell-{len(sound.cells)}"
        if keep_outputs and fresh.cell_type == "code":
            fresh.outputs = cell.get("outputs", [])
        nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        if isinstance(nbgrader, dict):
            fresh.metadata["nbgrader"] = NotebookNode(nbgrader)
        sound.cells.append(fresh)
    return sound
