"""Tries the graders on several cores: on mistakes and right answers the real way, on mutants the quick way."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from chainrule.diagnosis.stand_in import stand_ins
from chainrule.engine import hidden_tests
from chainrule.engine.asking import ask
from chainrule.engine.notebook import running
from chainrule.proof import quick
from chainrule.proof.bank import Bank
from chainrule.proof.mutants import Mutant, equivalent_to_reference, mutants_of

MISTAKE, MUTANT, CORRECT = "mistake", "mutant", "correct"
ENOUGH_NAMED = 0.95
"""Of the mistakes, the part that must be named; some leave nothing but chance to be compared."""


@dataclass(frozen=True)
class Task:
    """What one worker does at a time: one mistake, one correct submission, or the mutants of one exercise.

    Only correct submissions are tried with more than the first of `seeds`.
    """

    bank: Bank
    kind: str
    name: str
    seeds: tuple[str, ...]
    every: int = 1


@dataclass(frozen=True)
class Finding:
    """What became of one answer: the hidden tests that did not pass it, and for a mistake the hints it got."""

    assignment: str
    kind: str
    exercise: str
    name: str
    tests: tuple[str, ...]
    hint: str = ""
    hints: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether its own hint was among those given."""
        return self.hint in self.hints

    @property
    def named_wrongly(self) -> tuple[str, ...]:
        """Hints that it should not have got."""
        return tuple(hint for hint in self.hints if hint != self.hint)


@dataclass
class Proof:
    """What was found for one assignment. `sampled` says that not all was tried."""

    assignment: str
    sampled: bool
    findings: list[Finding] = field(default_factory=list)
    equivalent: dict[str, str] = field(default_factory=dict)
    hidden_tests: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[Finding]:
        """The findings of one kind, in the order of the bank."""
        return [finding for finding in self.findings if finding.kind == kind]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each there are and how many are as they should be."""
        mistakes, mutants, correct = self.of(MISTAKE), self.of(MUTANT), self.of(CORRECT)
        return {
            "mistakes": len(mistakes),
            "caught": sum(bool(one.tests) for one in mistakes),
            "named": sum(one.named and not one.named_wrongly for one in mistakes),
            "mutants": len(mutants),
            "mutants_caught": sum(bool(one.tests) for one in mutants),
            "equivalent": sum(f"{one.exercise}: {one.name}" in self.equivalent for one in mutants),
            "correct": len(correct),
            "accepted": sum(not one.tests for one in correct),
        }

    @property
    def problems(self) -> list[str]:
        """One sentence for everything that is not as it should be."""
        return list(self._problems())

    def _problems(self) -> Iterator[str]:
        for one in self.of(MISTAKE):
            name = f"{one.exercise}: {one.name}"
            if not one.tests:
                yield f"No hidden test catches the mistake {name}."
            for hint in one.named_wrongly:
                yield f"The mistake {name} gets the hint of another: {hint}"
        mistakes, named = len(self.of(MISTAKE)), self.counts["named"]
        if named < ENOUGH_NAMED * mistakes:
            yield f"Only {named} of {mistakes} mistakes are named."
        for one in self.of(MUTANT):
            name = f"{one.exercise}: {one.name}"
            if not one.tests and name not in self.equivalent:
                yield f"No hidden test catches the mutant {name}."
            if one.tests and name in self.equivalent:
                yield f"A mutant listed as equivalent is caught by {one.tests[0]}: {name}."
        if not self.sampled:
            known = {f"{one.exercise}: {one.name}" for one in self.of(MUTANT)}
            yield from (f"There is no mutant {name} (listed as equivalent)." for name in self.equivalent.keys() - known)
            yield from (f"The hidden test {test} catches no mistake." for test in self.idle_tests)
        for one in self.of(CORRECT):
            for test in one.tests:
                yield f"The correct submission {one.name} loses points in {test}."
            if one.hints:
                yield f"The correct submission {one.name} gets a hint: {one.hints[0]}"
        for one in self.findings:
            yield from (f"Grader fault on {one.kind} {one.exercise} {one.name}: {fault}" for fault in one.faults)

    @property
    def idle_tests(self) -> list[str]:
        """Hidden tests that catch no mistake of the bank."""
        busy = {test for one in self.of(MISTAKE) for test in one.tests}
        return [test for test in self.hidden_tests if test not in busy]


def prove(
    banks: Sequence[Bank],
    jobs: int,
    every: int = 1,
    seeds: Sequence[str] = ("1",),
    on_finding: Callable[[int, int], None] = lambda done, total: None,
) -> list[Proof]:
    """Try every mistake, mutant and correct submission (or every `every`-th of each kind), on `jobs` cores.

    Correct submissions are tried with the inputs of each of `seeds`. `on_finding` hears how many tasks are done, and of
    how many. A task that fails is a fault of its own in the proof: the findings of the others are kept.
    """
    tasks = [task for bank in banks for task in _tasks(bank, every, seeds)]
    found: dict[Task, list[Finding]] = {}
    context = multiprocessing.get_context("spawn")
    # torch in a worker must not use more than the one core that it has.
    threads = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    os.environ.update(threads)
    with ProcessPoolExecutor(jobs, context) as workers:
        futures = {workers.submit(findings, task): task for task in sorted(tasks, key=_length, reverse=True)}
        on_finding(0, len(tasks))
        for future in as_completed(futures):
            task = futures[future]
            try:
                found[task] = future.result()
            except Exception:  # noqa: BLE001
                found[task] = [_fault(task, traceback.format_exc())]
            on_finding(len(found), len(tasks))
    proofs = []
    for bank in banks:
        proof = Proof(bank.assignment.name, every > 1, equivalent=equivalent_to_reference(bank.assignment.folder))
        proof.findings = [one for task in tasks if task.bank == bank for one in found[task]]
        proof.hidden_tests = [f"{test.exercise}/{test.name}" for test in hidden_tests.load(bank.assignment).tests]
        proofs.append(proof)
    return proofs


def _fault(task: Task, fault: str) -> Finding:
    """A task that could not be done; it counts as caught, so that its fault is what is told of it."""
    return Finding(task.bank.assignment.name, task.kind, "", task.name, ("not tried",), faults=(fault,))


def _tasks(bank: Bank, every: int, seeds: Sequence[str]) -> Iterator[Task]:
    for mistake in bank.mistakes[::every]:
        yield Task(bank, MISTAKE, str(mistake), tuple(seeds))
    for exercise in bank.exercises:
        yield Task(bank, MUTANT, exercise, tuple(seeds), every)
    for style in list(bank.correct)[::every]:
        yield Task(bank, CORRECT, style, tuple(seeds))


def _length(task: Task) -> int:
    """Longer tasks first, so that no core waits at the end."""
    return {CORRECT: 2, MUTANT: 1, MISTAKE: 0}[task.kind]


def findings(task: Task) -> list[Finding]:
    """Do one task."""
    if task.kind == MISTAKE:
        return [_mistake(task)]
    if task.kind == CORRECT:
        return [_correct(task)]
    every = mutants_of({task.name: task.bank.reference[task.name]})[:: task.every]
    return list(_mutants(task, every))


def _mistake(task: Task) -> Finding:
    bank = task.bank
    (mistake,) = (mistake for mistake in bank.mistakes if str(mistake) == task.name)
    notebook = bank.lean_notebook(bank.with_mistake(mistake), [mistake.exercise])
    results = bank.graded(notebook, [mistake.exercise], task.seeds[0])
    (exercise,) = results.exercises
    caught = tuple(f"{exercise.name}/{test.name}" for test in exercise.tests if not test.earned)
    hints, faults = tuple(exercise.hints), (*results.faults, *results.hint_faults)
    return Finding(bank.assignment.name, MISTAKE, mistake.exercise, mistake.name, caught, mistake.hint, hints, faults)


def _correct(task: Task) -> Finding:
    bank = task.bank
    results = bank.graded(bank.whole_notebook(bank.correct[task.name]), seed=task.seeds[0])
    lost = tuple(f"{one.name}/{test.name}" for one in results.exercises for test in one.tests if not test.earned)
    lost += tuple(_lost_with_other_inputs(task))
    hints = tuple(hint for exercise in results.exercises for hint in exercise.hints)
    return Finding(
        bank.assignment.name, CORRECT, "", task.name, lost, "", hints, (*results.faults, *results.hint_faults)
    )


def _lost_with_other_inputs(task: Task) -> Iterator[str]:
    """The hidden tests that a correct submission does not pass with the other seeds: one notebook, asked many times."""
    if len(task.seeds) == 1:
        return
    bank, tests = task.bank, hidden_tests.load(task.bank.assignment)
    sandbox = bank.sandbox()
    with running(bank.lean_notebook(bank.correct[task.name]), sandbox) as finished:
        for test in tests.tests:
            for seed in task.seeds[1:]:
                answer = ask(test, lambda: finished.student(sandbox.limits.test_seconds), seed, tests.reference)
                if not quick.passed(answer):
                    yield f"{test.exercise}/{test.name} with seed {seed}"


def _mutants(task: Task, mutants: Sequence[Mutant]) -> Iterator[Finding]:
    """Each mutant until the first hidden test that catches it."""
    assignment, seed = task.bank.assignment, task.seeds[0]
    others = stand_ins(assignment, quick.sandbox(assignment))
    loaded = hidden_tests.load(assignment)
    tests = quick.askable(loaded, task.name, others, seed)
    for mutant in mutants:
        caught: tuple[str, ...] = ()
        faults: list[str] = []
        for test in tests:
            answer = quick.answered(test, loaded, others, mutant.code, seed)
            faults += [answer.fault] if answer.fault else []
            if not quick.passed(answer):
                caught = (f"{task.name}/{test.name}",)
                break
        yield Finding(assignment.name, MUTANT, task.name, mutant.name, caught, faults=tuple(faults))
