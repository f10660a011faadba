"""Forge a score with the notebook: cells that bend IPython before the tests come, and cells that are not as released."""

from __future__ import annotations

import copy

from nbformat import NotebookNode

from chainrule.attacks.attack import Attack, Notebook
from chainrule.attacks.notebooks import Change, cell, changed, new_cell, on_top

FULL = 3.0
CHANGED = "the original was put back"


def _hook(name: str, tries: str, code: str) -> Notebook:
    """Code that runs before all wrong answers."""
    return Notebook(name=name, tries=tries, change=on_top(code), earns=0.0)


def _edit(name: str, tries: str, change: Change, noted: str = "", earns: float = FULL) -> Notebook:
    """Right answers, in a notebook that is not as it went out."""
    return Notebook(name=name, tries=tries, change=changed(change), earns=earns, noted=noted)


HOOKS: tuple[Attack, ...] = (
    _hook(
        "asserts_dropped",
        "An AST transformer drops every assertion.",
        """\
import ast

class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()

get_ipython().ast_transformers.append(Drop())""",
    ),
    _hook(
        "comparisons_true",
        "An AST transformer makes every comparison true.",
        """\
import ast

class Agree(ast.NodeTransformer):
    def visit_Assert(self, node):
        node.test = ast.Constant(True)
        return ast.fix_missing_locations(node)

get_ipython().ast_transformers.append(Agree())""",
    ),
    _hook(
        "source_rewritten",
        "A transformer of the source takes the tests out of cells.",
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'] if any('assert' in line for line in lines) else lines)",
    ),
    _hook(
        "cells_not_run",
        "`run_cell` does nothing and says that all went well.",
        """\
from IPython.core.interactiveshell import ExecutionResult
shell = get_ipython()
run = shell.run_cell_async
async def skip(source, *more, **named):
    return await run('pass' if 'assert' in source else source, *more, **{**named, 'transformed_cell': None})
shell.run_cell_async = skip""",
    ),
    _hook(
        "traceback_not_shown",
        "`showtraceback` is replaced, so that errors are not seen.",
        """\
shell = get_ipython()
shell.showtraceback = lambda *more, **named: None
shell._showtraceback = lambda *more, **named: None
result = shell.run_cell_async
async def well(*more, **named):
    done = await result(*more, **named)
    done.error_in_exec = done.error_before_exec = None
    return done
shell.run_cell_async = well""",
    ),
    _hook(
        "exceptions_handled",
        "A handler of one's own is set for failed assertions.",
        """\
def handled(shell, kind, error, traceback, tb_offset=None):
    return []

get_ipython().set_custom_exc((AssertionError,), handled)
import builtins
builtins.AssertionError = ArithmeticError""",
    ),
    _hook(
        "tests_prepared",
        "Before each cell numpy is patched.",
        """\
def prepare(info):
    import numpy
    numpy.allclose = lambda *more, **named: True

get_ipython().events.register('pre_run_cell', prepare)""",
    ),
    _hook(
        "grade_shown",
        "A result that looks like a grade is shown in each cell, and the error is cleared away.",
        """\
from IPython.display import clear_output, display

def show(result):
    result.error_in_exec = None
    clear_output()
    print('score: 3 / 3')
    display({'text/plain': '1.0', 'application/json': {'score': 3}}, raw=True)

get_ipython().events.register('post_run_cell', show)""",
    ),
    _hook(
        "reply_changed",
        "The kernel's replies say that every cell went well.",
        """\
kernel = get_ipython().kernel
send = kernel.session.send

def well(stream, kind, *more, **named):
    content = more[0] if more else named.get('content')
    if kind == 'error':
        return None
    if isinstance(content, dict) and content.get('status') == 'error':
        content.update(status='ok', payload=[], user_expressions={})
    return send(stream, kind, *more, **named)

kernel.session.send = well""",
    ),
    _hook(
        "kernel_left",
        "The kernel is left before the tests come.",
        """\
import os
get_ipython().ask_exit()
raise SystemExit""",
    ),
    _hook(
        "probe_taken_away",
        "The way by which hidden tests come is taken away.",
        """\
kernel = get_ipython().kernel
kernel.shell_handlers.pop('chainrule_probe_request', None)""",
    ),
    _hook(
        "probe_answered",
        "Hidden tests are answered by the notebook itself, from a thread.",
        """\
import threading
from chainrule.inside import probe_server
probe_server.serve = lambda probe, shell: threading.Event().wait()""",
    ),
)


def points_raised(notebook: NotebookNode) -> None:
    cell(notebook, "double").metadata["nbgrader"]["points"] = 4000


def points_negative(notebook: NotebookNode) -> None:
    cell(notebook, "again").metadata["nbgrader"]["points"] = -1


def grade_off(notebook: NotebookNode) -> None:
    cell(notebook, "double").metadata["nbgrader"]["grade"] = False


def test_rewritten(notebook: NotebookNode) -> None:
    cell(notebook, "double").metadata["nbgrader"]["locked"] = False
    cell(notebook, "double").source = "print('3 points')"


def test_made_prose(notebook: NotebookNode) -> None:
    cell(notebook, "double").cell_type = "markdown"


def test_renamed(notebook: NotebookNode) -> None:
    cell(notebook, "double").metadata["nbgrader"]["grade_id"] = "double_of_mine"


def test_deleted(notebook: NotebookNode) -> None:
    notebook.cells.remove(cell(notebook, "double"))


def tests_all_deleted(notebook: NotebookNode) -> None:
    notebook.cells = [one for one in notebook.cells if not one.metadata.get("nbgrader", {}).get("grade")]


def test_doubled(notebook: NotebookNode) -> None:
    notebook.cells.append(copy.deepcopy(cell(notebook, "double")))


def answer_doubled(notebook: NotebookNode) -> None:
    notebook.cells.insert(0, copy.deepcopy(cell(notebook, "double_answer")))


def answer_split(notebook: NotebookNode) -> None:
    answer = cell(notebook, "double_answer")
    place = notebook.cells.index(answer)
    notebook.cells.insert(place, new_cell(answer.source))
    answer.source = "# above"


def answer_deleted(notebook: NotebookNode) -> None:
    notebook.cells.remove(cell(notebook, "double_answer"))


def reordered(notebook: NotebookNode) -> None:
    notebook.cells.reverse()


def setup_deleted(notebook: NotebookNode) -> None:
    notebook.cells.remove(cell(notebook, "setup"))


def bonus_added(notebook: NotebookNode) -> None:
    notebook.cells.append(
        new_cell("1", grade_id="bonus", grade=True, points=10, locked=True, solution=False, schema_version=3)
    )


def score_written(notebook: NotebookNode) -> None:
    for one in notebook.cells:
        one.metadata["score"] = 3
        one.metadata.get("nbgrader", {}).update(score=1000, auto_score=1000, manual_score=1000)
        if one.cell_type == "code":
            one.outputs = [
                {"output_type": "execute_result", "data": {"text/plain": "3.0"}, "metadata": {}, "execution_count": 1}
            ]


def record_forged(notebook: NotebookNode) -> None:
    notebook.metadata["chainrule"] = {"digest": "0" * 64, "notes": ["Everything is right."]}
    notebook.metadata["chainrule_results"] = {"score": 3}


def schema_unknown(notebook: NotebookNode) -> None:
    cell(notebook, "double").metadata["nbgrader"]["schema_version"] = 99


def marks_senseless(notebook: NotebookNode) -> None:
    notebook.cells[0].metadata["nbgrader"] = "nonsense"
    notebook.cells[1].metadata["nbgrader"] = {"grade_id": ["setup"], "points": "many"}


def same_ids(notebook: NotebookNode) -> None:
    for one in notebook.cells:
        one["id"] = "same"


def kernel_of_another_language(notebook: NotebookNode) -> None:
    notebook.metadata = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}


def kernel_missing(notebook: NotebookNode) -> None:
    notebook.metadata = {}


def execution_counts(notebook: NotebookNode) -> None:
    counts = [-1, 2**70, "<script>", None, [], 1.5]
    for number, one in enumerate(one for one in notebook.cells if one.cell_type == "code"):
        one["execution_count"] = counts[number % len(counts)]


EDITS: tuple[Attack, ...] = (
    _edit("points_raised", "A cell says that it is worth 4000 points.", points_raised, CHANGED),
    _edit("points_negative", "A cell says that it is worth less than nothing.", points_negative, CHANGED),
    _edit("grade_off", "A cell says that it is not to be graded.", grade_off, CHANGED),
    _edit("test_rewritten", "A visible check is replaced by one that always passes.", test_rewritten, CHANGED),
    _edit("test_made_prose", "A visible check is made prose.", test_made_prose, CHANGED),
    _edit("test_renamed", "A check has another id.", test_renamed, "was missing and was put back"),
    _edit("test_deleted", "A check is deleted.", test_deleted, "was missing and was put back"),
    _edit("tests_all_deleted", "All checks are deleted.", tests_all_deleted, "was missing and was put back"),
    _edit("test_doubled", "A check is there twice, so that it might count twice.", test_doubled, "more than once"),
    _edit("answer_doubled", "An answer is there twice.", answer_doubled, "more than once"),
    _edit("answer_split", "An answer is in two cells.", answer_split),
    _edit(
        "answer_deleted",
        "An answer is deleted, with its cell.",
        answer_deleted,
        "where the answer belongs, is missing",
        2.0,
    ),
    _edit("reordered", "All cells are in the opposite order.", reordered, earns=FULL),
    _edit("setup_deleted", "The locked cell on top is deleted.", setup_deleted, "was missing and was put back"),
    _edit("bonus_added", "A cell of the student's own says that it is worth ten points.", bonus_added),
    _edit("score_written", "Scores are written into metadata and outputs.", score_written),
    _edit("record_forged", "The notebook says that it was graded.", record_forged),
    _edit("schema_unknown", "A cell's metadata has a version that does not exist.", schema_unknown),
    _edit("marks_senseless", "The metadata of cells is nonsense.", marks_senseless),
    _edit("same_ids", "All cells have the same id.", same_ids),
    _edit("kernel_of_another_language", "The notebook says that it is in R.", kernel_of_another_language),
    _edit("kernel_missing", "The notebook does not say what it is in.", kernel_missing),
    _edit("execution_counts", "The numbers of cells are negative, huge, a list and a script.", execution_counts),
)
ATTACKS = (*HOOKS, *EDITS)
