"""Tries the graders on several cores: right answers as whole notebooks, mistakes and mutants the quick way."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace

from chainrule.checks import expect
from chainrule.diagnosis.mistakes import Mistake
from chainrule.engine import hidden_tests
from chainrule.engine.asking import ask
from chainrule.engine.hidden_tests import HiddenTests
from chainrule.engine.notebook import running
from chainrule.proof import quick
from chainrule.proof.bank import Answers, Bank
from chainrule.proof.findings import CORRECT, MISTAKE, MUTANT, RIGHT, WRONG, Finding, Proof
from chainrule.proof.giveaway import giving_away
from chainrule.proof.mutants import Mutant, equivalent_to_reference, mutants_of
from chainrule.proof.strangers import Strangers, Validity


@dataclass(frozen=True)
class Task:
    """What one worker does at a time: one correct submission, or mistakes or mutants of one exercise, given by name.

    Only correct submissions are tried with more than the first of `seeds`. Of strangers, who are in no bank, the
    answers themselves are `given`.
    """

    bank: Bank
    kind: str
    name: str
    seeds: tuple[str, ...]
    answers: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()


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
    found = _found(tasks, jobs, on_finding)
    proofs = []
    for bank in banks:
        proof = Proof(bank.assignment.name, every > 1, equivalent=equivalent_to_reference(bank.assignment.folder))
        proof.findings = [one for task in tasks if task.bank == bank for one in found[task]]
        proof.hidden_tests = [f"{test.exercise}/{test.name}" for test in hidden_tests.load(bank.assignment).tests]
        proofs.append(proof)
    return proofs


def tried(
    bank: Bank, strangers: Strangers, jobs: int, on_finding: Callable[[int, int], None] = lambda done, total: None
) -> Validity:
    """Grade strangers' answers to one assignment, on `jobs` cores."""
    wrong = [
        Task(bank, WRONG, one.exercise, ("1",), (one.name, one.what), ((one.exercise, one.code),))
        for one in strangers.wrong
    ]
    right = [Task(bank, RIGHT, name, ("1",), (), tuple(answers.items())) for name, answers in strangers.right.items()]
    found = _found([*wrong, *right], jobs, on_finding)
    return Validity(
        bank.assignment.name,
        tuple(one for task in wrong for one in found[task]),
        tuple(one for task in right for one in found[task]),
    )


def _found(tasks: Sequence[Task], jobs: int, on_finding: Callable[[int, int], None]) -> dict[Task, list[Finding]]:
    """Do all tasks; of one that fails, its fault."""
    found: dict[Task, list[Finding]] = {}
    context = multiprocessing.get_context("spawn")
    # A worker must not use more than the one core that it has.
    os.environ.update(dict.fromkeys(hidden_tests.ONE_THREAD, "1"))
    with ProcessPoolExecutor(jobs, context) as workers:
        futures = {workers.submit(findings, task): task for task in sorted(tasks, key=_length, reverse=True)}
        on_finding(0, len(tasks))
        for future in as_completed(futures):
            task = futures[future]
            try:
                found[task] = future.result()
            except hidden_tests.FAULTS:
                found[task] = [_fault(task, traceback.format_exc())]
            on_finding(len(found), len(tasks))
    return found


def _fault(task: Task, fault: str, name: str = "") -> Finding:
    """What could not be done; it counts as caught, so that its fault is what is told of it."""
    return Finding(task.bank.assignment.name, task.kind, "", name or task.name, ("not tried",), faults=(fault,))


def _tasks(bank: Bank, every: int, seeds: Sequence[str]) -> Iterator[Task]:
    mistakes = bank.mistakes[::every]
    for exercise in bank.exercises:
        chosen = tuple(mistake.name for mistake in mistakes if mistake.exercise == exercise)
        if chosen:
            yield Task(bank, MISTAKE, exercise, tuple(seeds), chosen)
    for exercise in bank.exercises:
        mutants = mutants_of({exercise: bank.reference[exercise]})[::every]
        yield Task(bank, MUTANT, exercise, tuple(seeds), tuple(mutant.name for mutant in mutants))
    for style in list(bank.correct)[::every]:
        yield Task(bank, CORRECT, style, tuple(seeds))


def _length(task: Task) -> int:
    """Roughly how many hidden tests are asked: longer tasks first, so that no core waits at the end."""
    tests = hidden_tests.load(task.bank.assignment)
    if task.kind in (CORRECT, RIGHT):
        return 3 * len(tests.tests) * len(task.seeds)
    # A mistake is asked all tests, again for its hint, and once more for its fingerprint.
    return len(task.answers) * (4 * len(tests.of(task.name)) if task.kind == MISTAKE else 2)


def findings(task: Task) -> list[Finding]:
    """Do one task."""
    if task.kind == CORRECT:
        return [_correct(task, task.bank.correct[task.name])]
    if task.kind == RIGHT:
        return [_correct(task, dict(task.given))]
    if task.kind == WRONG:
        return [_wrong(task)]
    if task.kind == MISTAKE:
        return list(_mistakes(task))
    every = mutants_of({task.name: task.bank.reference[task.name]})
    return list(_mutants(task, [mutant for mutant in every if mutant.name in task.answers]))


def _mistakes(task: Task) -> Iterator[Finding]:
    """Each mistake with all hidden tests of its exercise; as a notebook where a test wants one."""
    bank = task.bank
    loaded = hidden_tests.load(bank.assignment)
    is_quick = _is_quick(task, loaded)
    for mistake in bank.mistakes:
        if mistake.exercise == task.name and mistake.name in task.answers:
            try:
                yield _mistake(task, mistake, loaded, is_quick)
            except hidden_tests.FAULTS:
                yield _fault(task, traceback.format_exc(), mistake.name)


def _wrong(task: Task) -> Finding:
    """One wrong answer of a stranger's."""
    name, what = task.answers
    ((exercise, code),) = task.given
    loaded = hidden_tests.load(task.bank.assignment)
    found = _mistake(task, Mistake(exercise, name, what, "", code), loaded, _is_quick(task, loaded))
    return replace(found, kind=WRONG)


def _is_quick(task: Task, loaded: HiddenTests) -> bool:
    """Whether the quick way can ask all tests of an exercise."""
    others = quick.stand_ins(task.bank.assignment)
    return len(quick.askable(loaded, task.name, others, task.seeds[0])) == len(loaded.of(task.name))


def _mistake(task: Task, mistake: Mistake, loaded: HiddenTests, is_quick: bool) -> Finding:
    bank, seed = task.bank, task.seeds[0]
    with expect.watching() as expected:
        if is_quick:
            exercise, faults = quick.graded(
                bank.assignment, loaded, task.name, mistake.code, seed, search=task.kind == WRONG
            )
        else:
            notebook = bank.lean_notebook(bank.with_mistake(mistake), [task.name])
            results = bank.graded(notebook, [task.name], seed)
            (exercise,), faults = results.exercises, [*results.faults, *results.hint_faults]
    texts = [*(test.message for test in exercise.tests), *exercise.hints]
    return Finding(
        bank.assignment.name,
        MISTAKE,
        mistake.exercise,
        mistake.name,
        tests=tuple(f"{exercise.name}/{test.name}" for test in exercise.tests if not test.earned),
        hint=mistake.hint,
        hints=tuple(exercise.hints),
        faults=tuple(faults),
        giveaways=tuple(giving_away(texts, expected)),
        what=mistake.what,
        messages=tuple(f"{test.title}: {test.outcome}: {test.message}" for test in exercise.tests if not test.earned),
    )


def _correct(task: Task, answers: Answers) -> Finding:
    bank = task.bank
    results = bank.graded(bank.whole_notebook(answers), seed=task.seeds[0])
    lost = tuple(f"{one.name}/{test.name}" for one in results.exercises for test in one.tests if not test.earned)
    lost += tuple(_lost_with_other_inputs(task))
    hints = tuple(hint for exercise in results.exercises for hint in exercise.hints)
    messages = tuple(
        f"{test.title}: {test.message}" for one in results.exercises for test in one.tests if not test.earned
    )
    return Finding(
        bank.assignment.name,
        task.kind,
        "",
        task.name,
        lost,
        "",
        hints,
        (*results.faults, *results.hint_faults),
        messages=(*results.notes, *messages),
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
    """Each mutant until the first hidden test that catches it; those that have caught most are asked first."""
    assignment, seed = task.bank.assignment, task.seeds[0]
    others = quick.stand_ins(assignment)
    loaded = hidden_tests.load(assignment)
    tests = quick.askable(loaded, task.name, others, seed)
    catches: Counter[str] = Counter()
    for mutant in mutants:
        caught: tuple[str, ...] = ()
        faults: list[str] = []
        for test in sorted(tests, key=lambda test: -catches[test.name]):
            answer = quick.answered(test, loaded, others, mutant.code, seed)
            faults += [answer.fault] if answer.fault else []
            if not quick.passed(answer):
                catches[test.name] += 1
                caught = (f"{task.name}/{test.name}",)
                break
        yield Finding(assignment.name, MUTANT, task.name, mutant.name, caught, faults=tuple(faults))
