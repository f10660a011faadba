"""What the feedback page says: what to mend and in which order, what hangs on what, and which cells belong together."""

from __future__ import annotations

from collections.abc import Iterable

import nbformat
import pytest
from nbformat import NotebookNode

from chainrule.course import feedback_page
from chainrule.course.feedback_page import FeedbackPage, Given, Scores
from chainrule.course.released_prose import within_a_section
from chainrule.engine import prose
from chainrule.engine.assignment import find
from chainrule.engine.dependence import dependence
from chainrule.engine.hidden_tests import load
from chainrule.engine.results import ExerciseResult, Results, TestResult
from chainrule.probe.outcome import Outcome


def graded(name: str, **more: object) -> NotebookNode:
    settings = {"grade_id": name, "grade": True, "solution": False, "locked": True, **more}
    return NotebookNode(nbformat.v4.new_code_cell(f"check({name})", metadata={"nbgrader": settings}))


def answer(name: str, **more: object) -> NotebookNode:
    settings = {"grade_id": f"{name}_answer", "grade": False, "solution": True, "locked": False, **more}
    return NotebookNode(nbformat.v4.new_code_cell(f"def {name}(): ...", metadata={"nbgrader": settings}))


def text(source: str) -> NotebookNode:
    return NotebookNode(nbformat.v4.new_markdown_cell(source))


def code(source: str) -> NotebookNode:
    return NotebookNode(nbformat.v4.new_code_cell(source))


def result(name: str, outcome: Outcome, uses: Iterable[str] = (), lent: Iterable[str] | None = None) -> ExerciseResult:
    """One test passed and one with this outcome; what it uses was lent, if nobody says otherwise."""
    tests = [TestResult(name="a", title="A", points=1, outcome=Outcome.PASSED)]
    tests.append(TestResult(name="b", title="B", points=1, outcome=outcome))
    return ExerciseResult(name=name, tests=tests, uses=[*uses], lent=[*(uses if lent is None else lent)])


def page(cells: list[NotebookNode], exercises: Iterable[ExerciseResult] = (), **given: Given) -> FeedbackPage:
    """The page of these cells; the gradebook says what the hidden tests do, or something else where that is given."""
    exercises = [*exercises]
    scores = {one.name: Given(one.score, one.max_score) for one in exercises} | given
    results = Results(
        assignment="a", submission="", seed="", grader="", sandbox="", seconds=1, notes=[], exercises=exercises
    )
    notebook = nbformat.v4.new_notebook(cells=cells)
    return feedback_page.make(notebook, "a", Scores(scores, 0, 0), results, {"draw()"})


def names(sections: Iterable[feedback_page.Section]) -> list[str]:
    return [one.exercise.name for one in sections if one.exercise is not None]


# What to mend, and in which order.

FORWARD, BACKWARD = result("forward", Outcome.FAILED), result("backward", Outcome.FAILED, ["forward"])


def exercise(found: FeedbackPage, name: str) -> feedback_page.Exercise:
    (one,) = (one.exercise for one in found.exercises if one.exercise is not None and one.exercise.name == name)
    return one


def test_what_lost_points_is_to_mend_in_the_order_of_the_notebook() -> None:
    cells = [graded("forward"), graded("relu"), graded("backward")]
    found = page(cells, [BACKWARD, result("relu", Outcome.PASSED), FORWARD])
    assert names(found.next_steps) == ["forward", "backward"]
    assert exercise(found, "backward").to_get == 1


def test_what_uses_an_exercise_that_lost_points_says_so() -> None:
    cells = [graded("forward"), graded("backward")]
    assert exercise(page(cells, [FORWARD, BACKWARD]), "backward").mend_first == ["forward"]
    whole = page(cells, [result("forward", Outcome.PASSED), BACKWARD])
    assert exercise(whole, "backward").mend_first == []


def test_the_nearest_that_lost_points_is_to_mend_first() -> None:
    cells = [graded("forward"), graded("mlp"), graded("fit")]
    fit = result("fit", Outcome.FAILED, ["mlp"])
    for outcome, first in ((Outcome.PASSED, ["forward"]), (Outcome.FAILED, ["mlp"])):
        found = page(cells, [FORWARD, result("mlp", outcome, ["forward"]), fit])
        assert exercise(found, "fit").mend_first == first


@pytest.mark.parametrize(("outcome", "lent", "by_itself"), [
    (Outcome.FAILED, ["forward"], True), (Outcome.FAILED, [], False), (Outcome.TIMED_OUT, ["forward"], False),
])  # fmt: skip
def test_what_failed_with_right_functions_too_is_wrong_by_itself(
    outcome: Outcome, lent: list[str], by_itself: bool
) -> None:
    cells = [graded("forward"), graded("backward")]
    found = exercise(page(cells, [FORWARD, result("backward", outcome, ["forward"], lent)]), "backward")
    assert (found.mend_first, found.wrong_by_itself) == (["forward"], by_itself)


def test_what_waits_for_a_teacher_is_no_mistake() -> None:
    found = page([graded("forward")], [FORWARD], forward=Given(0, 2, pending=True))
    assert (names(found.next_steps), names(found.pending)) == ([], ["forward"])


def test_a_teachers_score_is_told_from_that_of_the_hidden_tests() -> None:
    assert exercise(page([graded("forward")], [FORWARD]), "forward").changed_from is None
    found = page([graded("forward")], [FORWARD], forward=Given(2, 2, by_hand=True))
    assert exercise(found, "forward").changed_from == 1
    assert found.next_steps == []


def test_tests_that_were_not_passed_come_first() -> None:
    found = exercise(page([graded("forward")], [FORWARD]), "forward")
    assert [one.title for one in found.tests] == ["B", "A"]


def test_hidden_tests_know_which_exercises_one_uses() -> None:
    assignment = find("numpy_mlp", None)
    assert assignment is not None
    loaded = load(assignment)
    assert loaded.dependence.uses["fit_curve"] == ["losses", "mlp", "sgd"]
    assert loaded.lent_to("fit_curve") == ["activations", "losses"]
    assert loaded.lent_to("neuron") == []


def test_a_parameter_of_the_same_name_is_no_use() -> None:
    reference = (
        "# %% one\ndef f(): ...\nclass G: ...\n# %% two\ndef a(f): return f()\n# %% three\ndef b(x: G): f = 1; return f"
    )
    assert dependence(reference).uses == {"one": [], "two": [], "three": ["one"]}
    inside = "# %% one\ndef f(): ...\n# %% two\ndef a():\n    def b(): return f()\n    return b"
    assert dependence(inside).uses["two"] == ["one"]


# Which cells belong together.


def test_an_exercise_begins_with_its_heading_and_keeps_what_follows() -> None:
    mine = text(prose.block("<h2>Mine</h2>"))
    found = page(
        [
            *(text("# Title"), code("setup"), text("## 1. `forward`"), answer("forward"), mine, graded("forward")),
            *(code("draw()"), text("## 2. `backward`"), answer("backward"), graded("backward"), text("## The end")),
        ],
        [FORWARD, BACKWARD],
    )
    assert found.title == "Title"
    assert [(one.title, len(one.cells)) for one in found.sections] == [
        *(("Title", 2), ("1. forward", 5), ("2. backward", 3), ("The end", 1)),
    ]
    assert names(found.sections) == ["forward", "backward"]
    forward = found.sections[1]
    assert found.given(forward) == [forward.cells[0], forward.cells[3], forward.cells[4]]


def test_what_is_right_or_untouched_is_folded() -> None:
    stub, written, check = answer("forward"), answer("forward"), graded("forward")
    stub.source = "draw()"
    missing = ExerciseResult(name="forward", tests=[TestResult(name="a", title="A", points=1, outcome=Outcome.MISSING)])
    for cell, found, opened in (
        *((stub, missing, False), (written, missing, True), (written, FORWARD, True)),
        (written, result("forward", Outcome.PASSED), False),
    ):
        shown = page([cell, check], [found])
        assert shown.is_open(shown.sections[0]) is opened


def test_without_headings_an_exercise_ends_where_the_next_answer_begins() -> None:
    found = page(
        [answer("forward"), graded("forward"), code("mine"), answer("backward"), graded("backward")],
        [FORWARD, BACKWARD],
    )
    assert [len(one.cells) for one in found.sections] == [3, 2]


def test_a_cell_that_is_answer_and_graded_is_an_exercise() -> None:
    question = text("words")
    question.metadata["nbgrader"] = {"grade_id": "why", "grade": True, "solution": True, "comment": "Good."}
    found = page([text("## Why?"), question], why=Given(1, 2, by_hand=True))
    (why,) = found.exercises
    assert [(one.text, one.by_teacher) for one in why.comments] == [("Good.", True)]
    assert found.given(why) == why.cells[:1]
    assert names(found.next_steps) == ["why"]


def test_a_comment_that_no_teacher_wrote_is_not_called_a_teachers() -> None:
    notebook = nbformat.v4.new_notebook(cells=[answer("forward", comment="No response."), graded("forward")])
    book = Scores({"forward": Given(0, 2)}, 0, 2, automatic=frozenset({"forward_answer"}))
    (section,) = feedback_page.make(notebook, "a", book, None).sections
    assert [(one.text, one.by_teacher) for one in section.comments] == [("No response.", False)]


@pytest.mark.parametrize("level", [1, 4, 6])
def test_headings_in_prose_are_below_those_of_exercises(level: int) -> None:
    assert within_a_section(f'<h{level} style="x">y</h{level}> &lt;h1&gt; <hr>') == (
        '<h4 style="x">y</h4> &lt;h1&gt; <hr>'
    )


def test_a_table_has_no_header_of_nothing() -> None:
    assert within_a_section('<th align="left"> </th><th>x</th>') == '<td align="left"></td><th>x</th>'
