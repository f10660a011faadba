"""Makes a student's outputs and prose safe to show: they are hostile HTML in a teacher's browser otherwise."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from typing import Any

import nbformat
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode

IMAGES = ("image/png", "image/jpeg")
MOST_EXECUTIONS = 1_000_000
_html = SanitizeHTML()


def sanitize(notebook: NotebookNode, trusted_prose: Collection[str]) -> None:
    """Rebuild every output from the few kinds that are safe, and clean the prose that was not released like that."""
    make_safe(notebook)
    for cell in notebook.cells:
        if cell.cell_type != "code" and cell.source not in trusted_prose:
            cell.source = _html.sanitize_html_tags(cell.source)


def make_safe(notebook: NotebookNode) -> None:
    """Rebuild the outputs that were handed in; what is no output goes."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found = cell.outputs if isinstance(cell.outputs, list) else []
            cell.outputs = [safe for output in found if (safe := _safe(output)) is not None]


def _safe(output: Any) -> NotebookNode | None:
    """The output in plain text, cleaned HTML and real images only; None if nothing of it is left."""
    match output:
        case {"output_type": "stream", "text": text}:
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            return NotebookNode(nbformat.v4.new_output("stream", name=name, text=_text(text)))
        case {"output_type": "error"}:
            lines = output.get("traceback")
            traceback = [_text(line) for line in lines] if isinstance(lines, list) else []
            ename, evalue = _text(output.get("ename", "")), _text(output.get("evalue", ""))
            return NotebookNode(nbformat.v4.new_output("error", ename=ename, evalue=evalue, traceback=traceback))
        case {"output_type": "display_data" | "execute_result", "data": dict(data)}:
            safe = _safe_data(data)
            if not safe:
                return None
            if output["output_type"] == "display_data":
                return NotebookNode(nbformat.v4.new_output("display_data", data=safe))
            count = output.get("execution_count")
            count = count if type(count) is int and 0 <= count < MOST_EXECUTIONS else None
            return NotebookNode(nbformat.v4.new_output("execute_result", data=safe, execution_count=count))
    return None


def _safe_data(data: dict[str, Any]) -> dict[str, str]:
    safe = {}
    if "text/plain" in data:
        safe["text/plain"] = _text(data["text/plain"])
    if "text/html" in data:
        safe["text/html"] = _html.sanitize_html_tags(_text(data["text/html"]))
    for kind in IMAGES:
        try:
            safe[kind] = base64.b64encode(base64.b64decode(_text(data[kind]))).decode()
        except (KeyError, binascii.Error, ValueError):
            continue
    return safe


def _text(value: Any) -> str:
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.encode("utf-8", "replace").decode()
