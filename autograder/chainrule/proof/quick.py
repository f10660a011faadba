"""The quick way to ask hidden tests about an answer: in a warm sandboxed kernel, without running a notebook each time.

The real way, through the engine, gives the same verdicts; a test compares them.
"""

from __future__ import annotations

from chainrule.diagnosis.stand_in import StandIns
from chainrule.engine.asking import Answered, ask
from chainrule.engine.assignment import Assignment
from chainrule.engine.hidden_tests import HiddenTest, HiddenTests
from chainrule.probe.outcome import Outcome
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings

SECONDS = 3.0
"""For an answer's code in one hidden test; a right one needs about one at most."""


def sandbox(assignment: Assignment) -> SandboxSettings:
    """How the kernel of an assignment's stand-ins is started."""
    return SandboxSettings(limits=assignment.limited(Limits(test_seconds=SECONDS)), preload=assignment.warm)


def answered(test: HiddenTest, tests: HiddenTests, stand_ins: StandIns, code: str, seed: str) -> Answered:
    """Ask one hidden test about the reference with `code` put over it."""
    return ask(test, lambda: stand_ins.with_answer(code), seed, tests.reference)


def askable(tests: HiddenTests, exercise: str, stand_ins: StandIns, seed: str) -> list[HiddenTest]:
    """The hidden tests of an exercise that the reference passes here: some want what only a whole notebook makes."""
    return [test for test in tests.of(exercise) if passed(answered(test, tests, stand_ins, "", seed))]


def passed(answer: Answered) -> bool:
    """Whether a hidden test was passed."""
    return answer.result.outcome is Outcome.PASSED
