"""Feedback names the mistake when values are equal, says nothing when none fits, and never costs points."""

import ast
import pickle
from functools import partial

import msgspec
import pytest
from jupyter_core.utils import run_sync

from chainrule.diagnosis import naming
from chainrule.diagnosis.fingerprints import fingerprints
from chainrule.diagnosis.fit import Heard
from chainrule.diagnosis.transcript import Transcript
from chainrule.engine import notebook
from chainrule.engine.grade import Settings, grade_notebook
from chainrule.sandbox.provisioner import SandboxSettings
from submissions import Graded, bank

NUMPY = bank("numpy_mlp")


def hints(graded: Graded, exercise: str) -> list[str]:
    return graded.exercises[exercise].hints


def with_function_of(code: str, function: str, other: str) -> str:
    """`code` with its function of this name taken from `other`."""
    (found,) = (node for node in ast.parse(other).body if isinstance(node, ast.FunctionDef) and node.name == function)
    return f"{code}\n\n{ast.unparse(found)}\n"


def test_mistake_in_another_style_is_named() -> None:
    code = """
def linear_backward(upstream, saved):
    inputs, w = saved
    samples = len(upstream)
    db = np.zeros(len(w))
    dw = np.zeros(w.shape)
    for row, value in zip(upstream, inputs):
        db += row / samples
        dw += np.outer(row, value)
    return np.einsum("no,oi->ni", upstream, w), dw, db
"""
    graded = NUMPY.grade_answers({**NUMPY.reference, "linear_backward": code}, ["linear_backward"])
    assert hints(graded, "linear_backward") == [NUMPY.mistake("linear_backward: bias_mean").hint]


def test_two_mistakes_that_are_no_block_of_their_own_get_two_hints() -> None:
    first, second = NUMPY.mistake("losses: mse_without_two"), NUMPY.mistake("losses: mae_without_sign")
    code = with_function_of(first.code, "mae", second.code)
    graded = NUMPY.grade_answers({**NUMPY.reference, "losses": code}, ["losses"])
    assert set(hints(graded, "losses")) == {first.hint, second.hint}


def test_two_mistakes_in_one_function_are_told_apart_by_the_values_they_touch() -> None:
    code = """
def linear_backward(dy, cache):
    x, weight = cache
    return dy @ weight, dy.T @ x / len(dy), dy.sum(axis=1)
"""
    graded = NUMPY.grade_answers({**NUMPY.reference, "linear_backward": code}, ["linear_backward"])
    assert NUMPY.mistake("linear_backward: bias_summed_over_units").hint in hints(graded, "linear_backward")


@pytest.mark.parametrize(
    "gradients", ["3 * (dy @ weight), dy.T @ x, dy.sum(axis=0)", "dy @ weight, dy.T @ x + 1, dy.sum(axis=0)", "0, 0, 0"]
)
def test_a_mistake_that_is_not_in_the_bank_gets_none_of_its_hints(gradients: str) -> None:
    code = f"def linear_backward(dy, cache):\n    x, weight = cache\n    return {gradients}"
    graded = NUMPY.grade_answers({**NUMPY.reference, "linear_backward": code}, ["linear_backward"])
    assert graded.not_passed
    known = {mistake.hint for mistake in NUMPY.mistakes}
    assert known.isdisjoint(hints(graded, "linear_backward"))


@pytest.mark.parametrize("value", ["[[[]]]", "{'a': 1}", "-1", "np.array(['x'])", "2**62", "[None] * 5"])
def test_values_that_a_patient_grader_stumbles_over_are_no_fault(value: str) -> None:
    code = f"def fit_curve(*args, **kwargs):\n    return {value}\n"
    graded = NUMPY.grade_answers({**NUMPY.reference, "fit_curve": code}, ["fit_curve"])
    assert graded.results.score == 0
    assert not graded.results.faults


def test_an_empty_answer_gets_no_hint() -> None:
    graded = NUMPY.grade_answers({}, ["linear_backward", "losses"])
    assert all(not exercise.hints for exercise in graded.results.exercises)


def test_fault_in_naming_costs_no_points_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("broken on purpose")

    mistake = NUMPY.mistake("linear_backward: bias_mean")
    well = NUMPY.grade_answers(NUMPY.with_mistake(mistake), ["linear_backward"])
    for step in ("listen", "named"):
        with monkeypatch.context() as patch:
            patch.setattr(naming, step, broken)
            graded = NUMPY.grade_answers(NUMPY.with_mistake(mistake), ["linear_backward"])
        assert graded.results.score == well.results.score
        assert not graded.results.grader_fault
        assert "broken on purpose" in graded.results.hint_faults[0]


def test_hints_come_from_fingerprints_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a student's notebook is graded, no other kernel runs: no solution is in any sandbox."""
    mistake = NUMPY.mistake("linear_backward: bias_mean")
    settings = Settings(SandboxSettings(), exercises=frozenset({"linear_backward"}))
    prints = fingerprints(NUMPY.assignment, settings.sandbox, "a diagnosis seed", ["linear_backward"])
    diagnosis = pickle.loads(pickle.dumps(partial(naming.diagnose, fingerprints=prints)))  # as workers get it
    started = []
    run = notebook.NotebookRunner.async_run

    async def counted(runner: notebook.NotebookRunner) -> notebook.FinishedNotebook:
        started.append(runner)
        return await run(runner)

    monkeypatch.setattr(notebook.NotebookRunner, "run", run_sync(counted))
    answers = NUMPY.lean_notebook(NUMPY.with_mistake(mistake), ["linear_backward"])
    results = grade_notebook(answers, NUMPY.assignment, settings, "1", diagnosis)
    assert results.hint_faults == []
    assert results.exercises[0].hints == [mistake.hint]
    assert len(started) == 1


def test_fingerprints_of_other_hidden_tests_give_no_hint_and_that_is_told() -> None:
    mistake = NUMPY.mistake("linear_backward: bias_mean")
    settings = Settings(SandboxSettings(), exercises=frozenset({"linear_backward"}))
    prints = fingerprints(NUMPY.assignment, settings.sandbox, "1", ["linear_backward"])
    other = partial(naming.diagnose, fingerprints=msgspec.structs.replace(prints, version="0.0.0+another"))
    answers = NUMPY.lean_notebook(NUMPY.with_mistake(mistake), ["linear_backward"])
    results = grade_notebook(answers, NUMPY.assignment, settings, "1", other)
    assert results.exercises[0].hints == []
    assert "those of the grader 0.0.0+another" in results.hint_faults[0]


def test_what_is_right_under_the_diagnosis_seed_needs_no_hint() -> None:
    prints = fingerprints(NUMPY.assignment, SandboxSettings(), "1", ["neuron"]).exercises["neuron"]
    right = {name: Transcript(list(replies)) for name, replies in prints.truth.items()}
    assert naming.named(Heard("neuron", right, frozenset(right)), prints) == []


def test_the_bank_is_not_in_the_sandbox() -> None:
    """What names mistakes holds solutions: a student's notebook must not find it."""
    spy = """
import glob, sys
def linear_backward(dy, cache):
    found = [p for p in sys.path if glob.glob(p + "/**/mistakes/*", recursive=True)]
    try:
        import chainrule.diagnosis.mistakes as bank
        found.append(bank.__file__)
    except ImportError:
        pass
    return found
"""
    graded = NUMPY.grade_answers({**NUMPY.reference, "linear_backward": spy}, ["linear_backward"])
    assert graded.not_passed
    assert all("should have 3 elements, but has 0" in message for message in graded.not_passed)
