"""Hints for mistakes on no list: the change that mends a student's own answer, said only when it is no accident."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from chainrule.diagnosis.repair import search
from chainrule.diagnosis.repair.apart import LONGEST_ANSWER, edits_apart
from chainrule.diagnosis.repair.choice import chosen, sentence
from chainrule.diagnosis.repair.edits import Edit, edits_of
from chainrule.diagnosis.repair.ideas import IDEAS, LONGEST
from chainrule.diagnosis.repair.search import Repair
from chainrule.engine.hidden_tests import HiddenTest
from chainrule.engine.results import Results
from chainrule.sandbox.limits import Limits
from submissions import bank

NUMPY = bank("numpy_mlp")

WRONG_AND_RIGHT = [
    ("mean to sum", "return dy.mean(axis=0)", "return dy.sum(axis=0)"),
    ("sum to mean", "return np.sum(dy)", "return np.mean(dy)"),
    ("axis", "return dy.sum(axis=1)", "return dy.sum(axis=0)"),
    ("keepdims", "return dy.sum(axis=0)", "return dy.sum(axis=0, keepdims=True)"),
    ("transpose", "return dy @ x", "return dy.T @ x"),
    ("order of product", "return x @ dy", "return dy @ x"),
    ("product", "return x * dy", "return x @ dy"),
    ("argument", "x += 1\n    return x", "x = x.copy()\n    x += 1\n    return x"),
    ("in place", "x -= dy\n    return x", "x = x - dy\n    return x"),
    ("rebinding", "x = x - dy", "x[...] = x - dy"),
    ("whole numbers", "return x", "x = np.asarray(x, dtype=float)\n    return x"),
    ("sign", "return x + dy", "return x - dy"),
    ("divided", "return x / 2", "return x"),
    ("factor", "return 2 * x", "return x"),
    ("value too many", "return (x, dy, 1)", "return (x, dy)"),
    ("computed again", "h = f(x)\n    return f(x)", "h = f(x)\n    return h"),
    ("computed again", "h = f(x)\n    return f(x) + 2 * f(x)", "h = f(x)\n    return h + 2 * h"),
    ("whole numbers", "return np.vectorize(f)(x)", "return np.vectorize(f, otypes=[float])(x)"),
    ("call", "return f(x)", "return x"),
    ("argument order", "return f(x, dy)", "return f(dy, x)"),
    ("comparison", "return x >= dy", "return x > dy"),
    ("steps", "return range(len(x))", "return range(0 + 1, len(x))"),
    ("accumulate", "x = dy", "x += dy"),
    ("superfluous", "f(x)\n    return x", "return x"),
    ("indentation", "for a in x:\n        f(a)\n        return a", "for a in x:\n        f(a)\n    return a"),
    ("order of values", "return (x, dy)", "return (dy, x)"),
    ("variable", "return f(x)", "return f(dy)"),
    ("factor 2", "return x", "return x * 2"),
    ("not divided", "return f(x)", "return f(x) / len(x)"),
    ("missing factor", "return f(x)", "return f(x) * dy"),
    ("no zero_grad", "opt = x\n    x.backward()", "opt = x\n    opt.zero_grad()\n    x.backward()"),
]


def definition(body: str) -> str:
    return f"def g(x, dy):\n    {body}"


@pytest.mark.parametrize(("idea", "wrong", "right"), WRONG_AND_RIGHT)
def test_a_mistake_has_its_repair_among_the_changes(idea: str, wrong: str, right: str) -> None:
    edits = edits_of(definition(wrong), ["g"], tensors=False)
    found = {edit.code: edit.idea for edit in edits}
    assert found.get(ast.unparse(ast.parse(definition(right)))) == idea


def test_every_change_is_python_and_another_answer() -> None:
    for code in NUMPY.reference.values():
        own = {ast.unparse(node) for node in ast.parse(code).body}
        edits = edits_of(code, [], tensors=False)
        assert edits
        for edit in edits:
            compile(edit.code, "<edit>", "exec")
            assert edit.code not in own
            assert 0 < edit.line <= len(code.splitlines())
            assert len(edit.old) <= LONGEST


def test_a_lambda_is_a_function() -> None:
    edits = edits_of("g = lambda dy: dy.mean(axis=0)", ["g"], tensors=False)
    assert Edit("mean to sum", 1, "dy.mean(axis=0)", "def g(dy):\n    return dy.sum(axis=0)") in edits


def test_the_line_that_computes_a_value_does_not_compute_it_again() -> None:
    edits = edits_of(definition("h = f(x)\n    return h"), ["g"], tensors=False)
    assert "computed again" not in {edit.idea for edit in edits}


def test_only_what_is_asked_for_is_changed_and_what_that_calls() -> None:
    code = "def f(x):\n    return x + 1\n\ndef g(x):\n    return f(x)\n\ndef h(x):\n    return x + 2"
    assert {edit.code.partition("(")[0] for edit in edits_of(code, ["g"], tensors=False)} == {"def f", "def g"}


@pytest.mark.parametrize(
    "code",
    [
        "(" * 5_000,
        "-" * 15_000 + "1",
        "def g():\n" + "\n".join(f"{' ' * depth}if x:" for depth in range(1, 99)),
        "x = " + "[" * 190 + "]" * 190,
        "def g(): return " + "+".join("x" * 4_000),
        "def g(: ",
        "x" * (LONGEST_ANSWER + 1),
        "def g():\n    return '\\ud800'",
        "\0",
    ],
)
def test_code_that_keeps_a_parser_busy_or_breaks_it_costs_nothing_but_the_hint(code: str) -> None:
    assert isinstance(edits_apart(code, ["g"], tensors=True), list)


def graded(code: str, limits: Limits | None = None) -> Results:
    """The results of an answer to `linear_backward`, all others right."""
    answers = {**NUMPY.reference, "linear_backward": code}
    return NUMPY.graded(NUMPY.lean_notebook(answers, ["linear_backward"]), ["linear_backward"], limits=limits)


def hints(results: Results) -> list[str]:
    (exercise,) = results.exercises
    assert exercise.score < exercise.max_score
    assert not results.hint_faults
    return exercise.hints


def repair(idea: str, line: int, *mended: str, whole: bool = True) -> Repair:
    return Repair(Edit(idea, line, "x", ""), mended or ("test",), whole)


def test_where_three_lines_could_be_changed_none_is_the_mistake() -> None:
    assert chosen([repair("sign", 1), repair("sign", 2)]) is not None
    assert chosen([repair("sign", 1), repair("sign", 2), repair("sign", 3)]) is None
    assert chosen([]) is None


def test_what_mends_most_speaks_and_what_is_there_before_what_is_missing() -> None:
    assert chosen([repair("sign", 1, "a", whole=False), repair("axis", 2, "a", "b")]) == repair("axis", 2, "a", "b")
    assert chosen([repair("missing factor", 1), repair("superfluous", 2)]) == repair("superfluous", 2)


def test_where_taking_something_away_helps_that_is_told() -> None:
    several = [repair("sign", 3), repair("call", 3), repair("variable", 3)]
    best = chosen(several)
    assert best == several[1]
    assert IDEAS["call"].format(old="x") in sentence(best, several, ["one"])


def test_where_several_ideas_help_in_one_place_only_the_place_is_told() -> None:
    several = [repair("sign", 3), repair("variable", 3)]
    assert "something in `x` is not right" in sentence(several[0], several, ["one"])
    assert IDEAS["sign"].format(old="x") in sentence(several[0], several[:1], ["one"])


@pytest.mark.parametrize(
    ("body", "idea"),
    [
        ("return max(1, x)", "axis"),
        ("if x:\n        dy = 1\n    dy = 2\n    return dy", "order"),
        ("return len(x)", "call"),
    ],
)
def test_what_would_be_nonsense_is_not_tried(body: str, idea: str) -> None:
    assert idea not in {edit.idea for edit in edits_of(definition(body), ["g"], tensors=False)}


def test_where_several_additions_help_only_the_place_is_told() -> None:
    several = [repair("missing factor", 3), repair("missing term", 3)]
    assert IDEAS["missing factor"].format(old="x") not in sentence(several[0], several, ["one"])
    assert "In line 3 of your answer, something in `x` is not right." in sentence(several[0], several, ["one"])


DW_WITH_NEW_NAMES = """
def linear_backward(upstream, cache):
    inputs, w = cache
    samples = len(inputs)
    d_inputs = np.einsum("no,oi->ni", upstream, w)
    d_weight = 3 * np.einsum("no,ni->oi", upstream, inputs)
    return d_inputs, d_weight, upstream.sum(axis=0)
"""


def test_the_hint_names_line_and_idea_and_not_the_new_code() -> None:
    (hint,) = hints(graded(DW_WITH_NEW_NAMES))
    assert hint.startswith("In line 6 of your answer, ")
    assert IDEAS["factor"].format(old="3 * np.einsum('no,ni->oi', upstream, inputs)") in hint
    assert hint.endswith("With this alone mended, everything that fails here passes.")


def test_what_no_small_change_mends_gets_no_hint() -> None:
    assert hints(graded("def linear_backward(dy, cache):\n    return 0, 0, 0\n")) == []


def test_a_change_that_helps_with_some_inputs_only_does_not_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = search._passes
    monkeypatch.setattr(search, "_passes", lambda *args: args[-1] == search.SEEDS[0] and passes(*args))
    assert hints(graded(DW_WITH_NEW_NAMES)) == []


def test_a_change_that_costs_what_had_passed_does_not_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = search._passes
    lost = {test.name for test in graded(DW_WITH_NEW_NAMES).exercises[0].tests if not test.earned}
    monkeypatch.setattr(search, "_passes", lambda *args: args[1].name in lost and passes(*args))
    assert hints(graded(DW_WITH_NEW_NAMES)) == []


def test_the_search_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Edit] = []
    passes = search._passes

    def noted(patient: search.Patient, test: HiddenTest, edit: Edit, which: str) -> bool:
        tried.append(edit)
        return passes(patient, test, edit, which)

    monkeypatch.setattr(search, "_passes", noted)
    assert hints(graded("def linear_backward(dy, cache):\n    return 0, 0, 0\n")) == []
    in_full = len(tried)
    tried.clear()
    assert hints(graded(DW_WITH_NEW_NAMES, replace(Limits(), hint_seconds=0.001))) == []
    assert len(tried) <= 1 < in_full
