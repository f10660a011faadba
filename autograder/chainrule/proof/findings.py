"""What the proof found of one assignment, in counts and in a sentence for everything that is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MISTAKE, MUTANT, CORRECT = "mistake", "mutant", "correct"
WRONG, RIGHT = "wrong", "right"
"""Answers by strangers: to one exercise, and whole submissions."""

ENOUGH_NAMED = 0.95
"""Of the mistakes, the part that must be named; some leave nothing but chance to be compared."""


@dataclass(frozen=True)
class Finding:
    """What became of one answer: the hidden tests that did not pass it, and for a mistake the hints it got.

    `giveaways` are messages and hints that hold an expected number. Of a stranger's answer, `what` says what is wrong
    with it and `messages` are those of the tests that it failed.
    """

    assignment: str
    kind: str
    exercise: str
    name: str
    tests: tuple[str, ...]
    hint: str = ""
    hints: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    giveaways: tuple[str, ...] = ()
    what: str = ""
    messages: tuple[str, ...] = ()

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
            yield from (
                f"A message on {one.kind} {one.exercise} {one.name} gives a value away: {text}"
                for text in one.giveaways
            )
            yield from (f"Grader fault on {one.kind} {one.exercise} {one.name}: {fault}" for fault in one.faults)

    @property
    def idle_tests(self) -> list[str]:
        """Hidden tests that catch no mistake of the bank."""
        busy = {test for one in self.of(MISTAKE) for test in one.tests}
        return [test for test in self.hidden_tests if test not in busy]
