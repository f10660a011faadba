"""Fingerprints: what the reference and every mistake answer to the hidden tests under one seed, for comparison.

They are computed before any student's code runs, in a sandbox that ends with the computing, and then kept: hints give
no points, so one set of inputs does for a whole course. Of a mistake only that is kept in which it differs.
"""

from __future__ import annotations

import contextvars
import hashlib
import multiprocessing
import os
import platform
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from typing import Any

import msgspec

from chainrule.diagnosis.listening import ask_on, ask_patiently
from chainrule.diagnosis.mistakes import Mistake, mistakes_of
from chainrule.diagnosis.reach import can_differ, changed_functions
from chainrule.diagnosis.stand_in import StandIns, reference_source, standing_in
from chainrule.diagnosis.transcript import Transcript, same
from chainrule.engine import hidden_tests
from chainrule.engine.assignment import Assignment
from chainrule.engine.hidden_tests import HiddenTest
from chainrule.engine.version import grader_version, installed
from chainrule.inside import process_control
from chainrule.probe.outcome import StudentProblem, TimedOut
from chainrule.probe.student import Student
from chainrule.sandbox.provisioner import SandboxSettings

Leaves = dict[str, Any]
"""One reply: a `Leaf` or None by its place. msgspec cannot say so."""


class FingerprintError(RuntimeError):
    """The reference did not answer its own hidden tests; the message says which."""


class TestPrint(msgspec.Struct, frozen=True):
    """What a mistake answers to one hidden test: how many replies, and by their numbers the leaves that differ."""

    __test__ = False

    replies: int
    differing: dict[int, Leaves]


class MistakePrint(msgspec.Struct, frozen=True):
    """A mistake's hint, and its answers to the tests in which it differs from the reference."""

    name: str
    hint: str
    tests: dict[str, TestPrint]


class ExercisePrints(msgspec.Struct, frozen=True):
    """The reference's replies to each test, with None for what is another thing each time, and the mistakes."""

    truth: dict[str, list[Leaves]]
    mistakes: list[MistakePrint]


class Fingerprints(msgspec.Struct, frozen=True):
    """The fingerprints of an assignment's exercises, and what they hang on; plain values, to be sent anywhere."""

    assignment: str
    version: str
    seed: str
    exercises: dict[str, ExercisePrints]


def version_of(assignment: Assignment, digest_of_tests: str) -> str:
    """What fingerprints hang on besides their seed: the grader, and the versions of what answers are computed with."""
    versions = installed(("numpy", *assignment.packages))
    about = repr((platform.python_version(), platform.machine(), sorted(versions.items())))
    return f"{grader_version(digest_of_tests)} {hashlib.sha256(about.encode()).hexdigest()[:12]}"


def exercises_with_mistakes(assignment: Assignment) -> tuple[str, ...]:
    """The exercises that have hidden tests and named mistakes.

    Raises:
        ValueError: a file of mistakes is not in order.
    """
    _, sections = reference_source(assignment)
    named = {mistake.exercise for mistake in mistakes_of(assignment.folder, sections)}
    return tuple(name for name in hidden_tests.load(assignment).exercises if name in named)


def fingerprints(
    assignment: Assignment,
    sandbox: SandboxSettings,
    seed: str,
    exercises: Collection[str] | None = None,
    jobs: int = 1,
) -> Fingerprints:
    """Compute the fingerprints of these exercises, or of all, on `jobs` cores. No student's code must be running.

    Raises:
        GradersError, ValueError: hidden tests or mistakes are not in order.
        NoSandboxError, ServerError: there is no sandbox to compute them in.
        FingerprintError: the reference itself cannot be heard.
    """
    wanted = [name for name in exercises_with_mistakes(assignment) if exercises is None or name in exercises]
    version = version_of(assignment, hidden_tests.digest(assignment))
    if jobs > 1 and len(wanted) > 1:
        # Forks, which find hidden tests and sandbox warm: only a process of a single thread asks for several jobs.
        context, count = multiprocessing.get_context("fork"), min(jobs, len(wanted))
        with ProcessPoolExecutor(count, context, _stand_in, (assignment, sandbox, os.getpid())) as workers:
            futures = {
                name: workers.submit(_by_stand_ins, assignment, name, seed)
                for name in _longest_first(wanted, assignment)
            }
            found = [futures[name].result() for name in wanted]
    else:
        with standing_in(assignment, sandbox) as stand_ins:
            found = [of_exercise(assignment, name, stand_ins, seed) for name in wanted]
    return Fingerprints(assignment.name, version, seed, dict(zip(wanted, found, strict=True)))


_own: list[StandIns] = []
"""The stand-ins of a worker process, whose kernel ends with it."""

_fresh = contextvars.Context()
"""A worker's own: the event loop that the process it is a fork of may have used is in the other one."""


def _stand_in(assignment: Assignment, sandbox: SandboxSettings, parent: int) -> None:
    process_control.end_with_parent(parent)
    _own.append(_fresh.run(StandIns, assignment, sandbox))


def _by_stand_ins(assignment: Assignment, exercise: str, seed: str) -> ExercisePrints:
    return _fresh.run(of_exercise, assignment, exercise, _own[0], seed)


def _longest_first(exercises: Collection[str], assignment: Assignment) -> list[str]:
    """Most mistakes times hidden tests first, so that no worker waits at the end."""
    _, sections = reference_source(assignment)
    mistakes = Counter(mistake.exercise for mistake in mistakes_of(assignment.folder, sections))
    tests = hidden_tests.load(assignment)
    return sorted(exercises, key=lambda name: mistakes[name] * len(tests.of(name)), reverse=True)


def of_exercise(assignment: Assignment, exercise: str, stand_ins: StandIns, seed: str) -> ExercisePrints:
    """The fingerprints of one exercise, asked of these stand-ins."""
    _, sections = reference_source(assignment)
    code = sections.get(exercise, "")
    truth: dict[str, list[Leaves]] = {}
    ran: dict[str, frozenset[str] | None] = {}
    tests = hidden_tests.load(assignment).of(exercise)
    for test in tests:
        truth[test.name], ran[test.name] = _reference(test, code, stand_ins, seed)
    prints = []
    for mistake in mistakes_of(assignment.folder, sections):
        if mistake.exercise == exercise:
            changed = changed_functions(code, mistake.code)
            reached = [test for test in tests if can_differ(changed, ran[test.name])]
            prints.append(MistakePrint(mistake.name, mistake.hint, _mistaken(mistake, reached, truth, stand_ins, seed)))
    return ExercisePrints(truth, prints)


def _reference(
    test: HiddenTest, code: str, stand_ins: StandIns, seed: str
) -> tuple[list[Leaves], frozenset[str] | None]:
    """The reference's replies, and which functions of the exercise's code ran; None if that is not known.

    It is asked twice, so that names of files, times and unseeded draws are no part of it.
    """
    first, second = Transcript(), Transcript()
    try:
        ask_patiently(test, stand_ins.with_answer("", first.hear), seed)
        with closing(stand_ins.watched(code, second.hear)) as student:
            ask_on(test, student, seed)
            again = [*second.replies]
            ran = _ran(student)
    except StudentProblem as problem:
        raise FingerprintError(f"The reference cannot be heard in {test.exercise}/{test.name}: {problem}") from problem
    replies = [
        {place: leaf if same(leaf, other.get(place)) else None for place, leaf in reply.items()}
        for reply, other in zip(first.replies, again, strict=False)
    ]
    return replies, ran


def _ran(student: Student) -> frozenset[str] | None:
    try:
        return frozenset(student.ran())
    except StudentProblem:
        # The test itself ended this copy.
        return None


def _mistaken(
    mistake: Mistake,
    tests: Sequence[HiddenTest],
    truth: Mapping[str, list[Leaves]],
    stand_ins: StandIns,
    seed: str,
) -> dict[str, TestPrint]:
    """What a mistake answers to these tests, where it differs."""
    prints = {}
    late = False
    for test in tests:
        heard = Transcript()
        # Once it has run out of time nothing more is asked: a student's test that did is not asked again either.
        if not late:
            try:
                ask_patiently(test, stand_ins.with_answer(mistake.code, heard.hear), seed)
            except TimedOut:
                late = True
            except StudentProblem:
                # The code cannot even be run.
                heard = Transcript()
        found = _difference(heard, truth[test.name])
        if found.differing or found.replies != len(truth[test.name]):
            prints[test.name] = found
    return prints


def _difference(heard: Transcript, truth: list[Leaves]) -> TestPrint:
    differing = {}
    for number, reply in enumerate(heard.replies):
        right = truth[number] if number < len(truth) else {}
        if leaves := dict(_differing(reply, right)):
            differing[number] = leaves
    return TestPrint(len(heard.replies), differing)


def _differing(reply: Leaves, right: Leaves) -> Iterator[tuple[str, Any]]:
    for place in {**reply, **right}:
        says_nothing = place in right and right[place] is None
        if not says_nothing and not same(reply.get(place), right.get(place)):
            yield place, reply.get(place)
