"""`chainrule verify`: the mutants, what counts as a problem, and the command itself."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import small_course
from chainrule import cli
from chainrule.checks import expect
from chainrule.diagnosis.mistakes import Mistake
from chainrule.engine.assignment import named
from chainrule.proof import matrix, mutants, verify
from chainrule.proof.bank import Bank, bank_of
from chainrule.proof.findings import CORRECT, MISTAKE, MUTANT, Finding, Proof
from chainrule.proof.mutants import equivalent_to_reference, mutants_of
from scratch_course import REPO
from submissions import ASSIGNMENTS, bank

HINT = "Your weight gradient is transposed."
SOURCE = '''
def scores(x, w, limit: int = 3):
    """Not 1 change in here."""
    total = (x @ w.T).sum(axis=0) / 2.0
    if total.any() and not limit < 5:
        total += 1
    return -total
'''


def changed(source: str) -> set[str]:
    """The line that each mutant changes, as it then reads."""
    before = set(ast.unparse(ast.parse(source)).splitlines())
    return {
        line.strip()
        for mutant in mutants_of({"scores": source})
        for line in mutant.code.splitlines()
        if line not in before
    }


def test_every_operator_makes_its_change_and_signatures_stay() -> None:
    assert changed(SOURCE) == {
        "total = (x @ w.T).sum(axis=0) * 2.0",
        "total = (w.T @ x).sum(axis=0) / 2.0",
        "total = (x @ w).sum(axis=0) / 2.0",
        "total = x @ w.T / 2.0",
        "total = (x @ w.T).sum(axis=1) / 2.0",
        "total = (x @ w.T).sum(axis=0) / 4.0",
        "if total.any() or not limit < 5:",
        "if total.any() and limit < 5:",
        "if total.any() and (not limit <= 5):",
        "if total.any() and (not limit < 6):",
        "total -= 1",
        "total += 2",
        "pass",
        "return total",
    }


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_mutants_differ_in_name_and_code_and_the_equivalent_ones_are_among_them(assignment: str) -> None:
    found = mutants_of(bank(assignment).reference)
    assert len(found) >= 100
    assert len({str(mutant) for mutant in found}) == len(found)
    assert all(mutant.code != bank(assignment).reference[mutant.exercise] for mutant in found)
    assert set(equivalent_to_reference(bank(assignment).assignment.folder)) <= {str(mutant) for mutant in found}


def test_an_equivalent_mutant_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / mutants.EQUIVALENT).write_text("# a comment\nneuron: neuron: drop minus in `return -x`\n")
    with pytest.raises(ValueError, match=r"line 2, should be '<mutant> \| <reason>'"):
        equivalent_to_reference(tmp_path)


CAUGHT = Finding("mine", MISTAKE, "neuron", "transposed", ("neuron/test_values",), HINT, (HINT,))
KILLED = Finding("mine", MUTANT, "neuron", "drop minus in `return -x`", ("neuron/test_values",))
ACCEPTED = Finding("mine", CORRECT, "", "loops", ())


def proof(*findings: Finding, sampled: bool = False, equivalent: str = "") -> Proof:
    reasons = {equivalent: "because"} if equivalent else {}
    return Proof("mine", sampled, list(findings), reasons, ["neuron/test_values"])


def test_a_bank_in_order_has_no_problem() -> None:
    assert proof(CAUGHT, KILLED, ACCEPTED).problems == []
    assert proof(CAUGHT, KILLED, ACCEPTED).counts == {
        "mistakes": 1,
        "caught": 1,
        "named": 1,
        "mutants": 1,
        "mutants_caught": 1,
        "equivalent": 0,
        "correct": 1,
        "accepted": 1,
    }


SURVIVED = replace(KILLED, tests=())
NAME = "neuron: drop minus in `return -x`"


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (proof(replace(CAUGHT, tests=()), CAUGHT), "No hidden test catches the mistake neuron: transposed."),
        (proof(replace(CAUGHT, hints=("Another.",))), "gets the hint of another: Another."),
        (proof(replace(CAUGHT, hints=())), "Only 0 of 1 mistakes are named."),
        (proof(CAUGHT, SURVIVED), f"No hidden test catches the mutant {NAME}."),
        (proof(CAUGHT, KILLED, equivalent=NAME), f"is caught by neuron/test_values: {NAME}"),
        (proof(CAUGHT, equivalent=NAME), f"There is no mutant {NAME}"),
        (proof(KILLED), "The hidden test neuron/test_values catches no mistake."),
        (proof(CAUGHT, replace(ACCEPTED, tests=("neuron/test_values",))), "loops loses points in neuron/test_values."),
        (proof(CAUGHT, replace(ACCEPTED, hints=(HINT,))), "The correct submission loops gets a hint"),
        (proof(replace(CAUGHT, faults=("ZeroDivisionError",))), "Grader fault on mistake neuron transposed"),
        (proof(replace(CAUGHT, giveaways=("It is 3.1416.",))), "neuron transposed gives a value away: It is 3.1416."),
    ],
)
def test_everything_that_is_not_in_order_is_told(found: Proof, problem: str) -> None:
    assert any(problem in told for told in found.problems)
    assert len(found.problems) <= 2
    assert problem.split(".")[0][:40] in matrix.page([found]).replace("&#x27;", "'")


def test_a_mutant_that_is_no_mistake_may_survive() -> None:
    assert proof(CAUGHT, SURVIVED, equivalent=NAME).problems == []


def test_a_sample_says_nothing_about_what_was_not_tried() -> None:
    assert proof(KILLED, sampled=True, equivalent="another mutant").problems == []


def test_texts_on_the_page_are_escaped() -> None:
    hostile = replace(CAUGHT, name="<script>", hint="<script>", hints=("<script>",))
    assert "<script>" not in matrix.page([proof(hostile)])


def test_command_proves_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    status = cli.main(
        ["verify", "numpy_mlp", "--every", "60", "--secrets", "2", "--json", "--html", str(page), "--course", str(REPO)]
    )
    counts = json.loads(capsys.readouterr().out)["assignments"]["numpy_mlp"]
    assert status == 0
    assert counts["mistakes"] == counts["caught"] >= 2
    assert counts["mutants"] - counts["equivalent"] == counts["mutants_caught"] >= 2
    assert counts["correct"] == counts["accepted"] == 1
    first = bank("numpy_mlp").mistakes[0]
    assert f"<code>{first.name}</code>" in page.read_text()
    assert first.hint in unescape(page.read_text())


def plain(assignment: str) -> Bank:
    """A bank of its own, as the proof makes it."""
    return bank_of(named(assignment, None), None)


def test_graders_that_compare_nothing_are_found_out() -> None:
    """The proof of the proof: while every comparison is passed over, a mistake goes through and is told."""
    task = verify.Task(plain("numpy_mlp"), MISTAKE, "linear_backward", ("1",), ("bias_mean",))
    with expect.patience():
        (finding,) = verify.findings(task)
    assert "No hidden test catches the mistake linear_backward: bias_mean." in proof(finding).problems
    assert verify.findings(task)[0].tests


def test_a_mistake_that_cannot_be_tried_loses_no_other_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    mistake = verify._mistake

    def broken(task: verify.Task, one: Mistake, *rest: Any) -> Finding:
        if one.name == "bias_mean":
            raise RuntimeError("broken on purpose")
        return mistake(task, one, *rest)

    monkeypatch.setattr(verify, "_mistake", broken)
    task = verify.Task(plain("numpy_mlp"), MISTAKE, "linear_backward", ("1",), ("bias_mean", "transposed"))
    found = {finding.name: finding for finding in verify.findings(task)}
    assert found.keys() == {"bias_mean", "transposed"}
    assert "broken on purpose" in found["bias_mean"].faults[0]
    assert found["transposed"].named
    assert not found["transposed"].faults


def test_every_seed_is_tried_on_a_correct_submission() -> None:
    own = plain("numpy_mlp")
    own.correct["wrong"] = own.with_mistake(bank("numpy_mlp").mistake("linear_backward: bias_mean"))
    lost = {
        style: list(verify._lost_with_other_inputs(verify.Task(own, CORRECT, style, ("1", "2", "3"))))
        for style in ("reference", "wrong")
    }
    assert lost["reference"] == []
    assert {one.partition(" ")[2] for one in lost["wrong"]} == {"with seed 2", "with seed 3"}


def test_a_task_that_cannot_be_done_loses_no_other_finding(tmp_path: Path) -> None:
    course = small_course.make(tmp_path)
    folder = course.folder / "assignments" / small_course.NAME
    (folder / "correct" / "broken.py").write_text("# %% another_exercise\nx = 1\n")
    (found,) = verify.prove([bank_of(named(small_course.NAME, course.folder), course.folder)], jobs=1)
    assert [problem for problem in found.problems if "broken" not in problem] == []
    assert any("Grader fault on correct" in problem and "another_exercise" in problem for problem in found.problems)
    assert found.counts["caught"] == found.counts["mistakes"] == found.counts["named"] >= 4
    assert found.counts["accepted"] == found.counts["correct"] - 1 >= 2


def test_an_unknown_assignment_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "nothing", "--course", str(REPO)]) == 2
    assert "There is no assignment 'nothing'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_of_cores_that_is_none_is_told(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["verify", "--jobs", number])
    assert "is not a whole number of 1 or more" in capsys.readouterr().err
