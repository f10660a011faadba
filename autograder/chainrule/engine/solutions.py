"""The reference solution, carried into notebooks: sections, solution regions, filled answer cells.

An assignment's `reference.py` is the single source of every solution. It is in percent format; the section of an
exercise is the code of that exercise's answer cell. The same format holds correct submissions and samples.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
ANSWER = "_answer"

_MARKER = re.compile(r"# %%(.*)")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def exercise_sections(reference_source: str) -> dict[str, str]:
    """The code of each exercise in a source in percent format, in order, without the marker lines.

    What stands before the first `# %% <exercise>` line belongs to no exercise and is left out.
    Raises ValueError if a marker names no exercise or one that was there before.
    """
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for number, line in enumerate(reference_source.splitlines(), start=1):
        if marker := _MARKER.fullmatch(line.rstrip()):
            exercise = marker.group(1).strip()
            if not exercise.isidentifier():
                raise ValueError(f"Line {number}, {line.strip()!r}, should name an exercise, as in '# %% neuron'.")
            if exercise in sections:
                raise ValueError(f"Line {number} starts a second section for the exercise {exercise!r}; join the two.")
            sections[exercise] = lines = []
        else:
            lines.append(line)
    return {exercise: "\n".join(code).strip() for exercise, code in sections.items()}


def with_solution_region(code: str) -> str:
    """The code with every function and method body, after its docstring, between the solution marks of nbgrader.

    Comments at either end of a body are part of it. What stands outside functions stays visible to students.
    Raises ValueError if a body shares a line with its `def` or docstring, where no mark can be put between them.
    """
    lines = code.split("\n")  # as ast counts them
    # from the last function to the first, so that inserted lines do not move the ones still to do
    for function in sorted(_outermost_functions(ast.parse(code)), key=lambda found: found.lineno, reverse=True):
        start, end = _body_lines(function, lines)
        indent = " " * function.body[0].col_offset
        lines[start:end] = [indent + BEGIN, *lines[start:end], indent + END]
    return "\n".join(lines)


def write_solutions(source_notebook: Path, reference_module: Path) -> bool:
    """Write each exercise's section of the reference into its answer cell in the source notebook.

    Returns whether anything changed; if not, the file is not touched.
    Raises ValueError if the exercises of the two are not the same.
    """
    written = with_solutions(source_notebook, reference_module)
    if written is not None:
        nbformat.write(written, source_notebook)
    return written is not None


def with_solutions(source_notebook: Path, reference_module: Path) -> NotebookNode | None:
    """What `write_solutions` writes, None if there is nothing to change.

    Raises ValueError if the exercises of the two are not the same.
    """
    notebook: NotebookNode = nbformat.read(source_notebook, as_version=4)
    sections = exercise_sections(reference_module.read_text(encoding="utf-8"))
    cells = _answer_cells(notebook)
    for exercise in sections:
        if exercise not in cells:
            raise ValueError(
                f"{reference_module} has the exercise {exercise!r}, but {source_notebook} has no cell with the "
                f"grade_id {exercise + ANSWER!r}; add the cell or remove the section."
            )
    for exercise in cells:
        if exercise not in sections:
            raise ValueError(
                f"{source_notebook} has the cell {exercise + ANSWER!r}, but {reference_module} has no section "
                f"'# %% {exercise}'; add the section or remove the cell."
            )
    answers = {exercise: with_solution_region(code) for exercise, code in sections.items()}
    changed = any(cells[exercise].source != code for exercise, code in answers.items())
    return filled(notebook, answers) if changed else None


def filled(released: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    """A copy of the released notebook in which the given exercises' answer cells hold the given code.

    Exercises without an answer keep their stub.
    Raises ValueError if an answer belongs to no cell.
    """
    notebook = deepcopy(released)
    cells = _answer_cells(notebook)
    for exercise, code in answers.items():
        if exercise not in cells:
            raise ValueError(
                f"There is an answer for the exercise {exercise!r}, but the notebook has no cell with the grade_id "
                f"{exercise + ANSWER!r}; its exercises are {', '.join(cells) or 'none'}."
            )
        cells[exercise].source = code
    return notebook


def answers_in(notebook: NotebookNode) -> dict[str, str]:
    """The code of each exercise's answer cell, by exercise."""
    return {exercise: cell.source for exercise, cell in _answer_cells(notebook).items()}


def _outermost_functions(node: ast.AST) -> Iterator[_Function]:
    """Functions and methods under a node, without those inside other functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            yield child
        else:
            yield from _outermost_functions(child)


def _body_lines(function: _Function, lines: list[str]) -> tuple[int, int]:
    """The half-open range of line indices that holds a function's body after its docstring."""
    has_docstring = ast.get_docstring(function) is not None
    statements = function.body[has_docstring:]
    above = function.body[0].end_lineno if has_docstring else function.lineno
    assert above is not None
    if not statements:
        return above, above
    # a decorated function or class starts at its first decorator
    start = min(part.lineno for part in [statements[0], *getattr(statements[0], "decorator_list", [])]) - 1
    if start < above:
        raise ValueError(f"The body of {function.name!r} starts on a line with other code; give it a line of its own.")
    while start > above and _is_comment_or_blank(lines[start - 1]):
        start -= 1
    end = reach = function.end_lineno or len(lines)
    indent = function.body[0].col_offset
    while reach < len(lines) and _is_comment_or_blank(lines[reach]):
        line = lines[reach]
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            break
        reach += 1
        if line.strip():
            end = reach
    return start, end


def _is_comment_or_blank(line: str) -> bool:
    return line.strip() == "" or line.lstrip().startswith("#")


def _answer_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The answer cell of each exercise, in notebook order."""
    grade_ids = ((cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell) for cell in notebook.cells)
    return {grade_id.removesuffix(ANSWER): cell for grade_id, cell in grade_ids if grade_id.endswith(ANSWER)}
