"""Answers by people who have seen nothing but the released notebook: how right the graders and hints are about these.

A folder holds files in percent format. A file of wrong answers has any number of sections, each an exercise's whole
answer with what is wrong in it, for whoever judges:

    # %% exercise: linear_backward
    # what: the bias gradient is averaged over the samples
    def linear_backward(dy, cache): ...

A file in which no section says what is wrong is a whole right submission, with each exercise once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.diagnosis.mistakes import Mistake
from chainrule.proof.findings import Finding

_SECTION = re.compile(r"^# %% *exercise: *(\w+) *$", re.MULTILINE)
_WHAT = re.compile(r"# what: *((?:[^\n]*\n#(?! *%%)[^\n]*)*[^\n]*)\n?")
_NINETY_FIVE = 1.959964
"""Standard deviations to both sides of the mean of a normal distribution, between which 95 % of it lie."""


@dataclass(frozen=True)
class Strangers:
    """The answers in a folder: wrong ones with what is wrong, and whole right submissions by their files' names."""

    wrong: tuple[Mistake, ...]
    right: Mapping[str, dict[str, str]]


def strangers_in(folder: Path, exercises: Collection[str]) -> Strangers:
    """Read a folder of answers to an assignment with these exercises.

    Raises:
        ValueError: there are none, or a file is not in the format; the message says which and what to do.
        OSError: it cannot be read.
    """
    wrong: list[Mistake] = []
    right: dict[str, dict[str, str]] = {}
    for file in sorted(folder.rglob("*.py")):
        sections = list(_sections(file, exercises))
        if not sections:
            continue
        if not any(what for _, what, _ in sections):
            right[file.stem] = _whole(file, [(exercise, code) for exercise, _, code in sections], exercises)
            continue
        for number, (exercise, what, code) in enumerate(sections, start=1):
            if not what:
                raise ValueError(f"{file}: section {number}, {exercise}, lacks its line '# what: …'.")
            wrong.append(Mistake(exercise, f"{file.stem} {number}", what, "", code))
    if not wrong and not right:
        raise ValueError(
            f"{folder} holds no answers: put files there whose sections start with '# %% exercise: NAME', "
            "wrong ones with a line '# what: …' below it."
        )
    return Strangers(tuple(wrong), right)


def _sections(file: Path, exercises: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Each section's exercise, what is wrong with it (or nothing), and its code."""
    parts = _SECTION.split(file.read_text(encoding="utf-8"))
    for exercise, text in zip(parts[1::2], parts[2::2], strict=True):
        if exercise not in exercises:
            raise ValueError(f"{file}: there is no exercise {exercise!r}; there are {', '.join(exercises)}.")
        body = text.lstrip("\n")
        what = _WHAT.match(body)
        said = " ".join(what[1].replace("\n#", " ").split()) if what else ""
        yield exercise, said, body[what.end() :].strip() if what else body.strip()


def _whole(file: Path, sections: Sequence[tuple[str, str]], exercises: Collection[str]) -> dict[str, str]:
    answers = dict(sections)
    missing = [exercise for exercise in exercises if exercise not in answers]
    if missing:
        raise ValueError(f"{file} is a whole submission without {', '.join(missing)}: add a section for each.")
    if len(answers) < len(sections):
        raise ValueError(f"{file} answers an exercise twice: give each one section, or say what is wrong in each.")
    return answers


@dataclass(frozen=True)
class Validity:
    """What became of strangers' answers to one assignment."""

    assignment: str
    wrong: tuple[Finding, ...]
    right: tuple[Finding, ...]

    @property
    def figures(self) -> dict[str, tuple[int, int]]:
        """How many of how many: wrong answers caught, whole right submissions accepted, and caught ones with a hint."""
        caught = [one for one in self.wrong if one.tests]
        return {
            "caught": (len(caught), len(self.wrong)),
            "accepted": (sum(not one.tests for one in self.right), len(self.right)),
            "with a hint": (sum(bool(one.hints) for one in caught), len(caught)),
        }

    @property
    def faults(self) -> list[str]:
        """What the graders themselves did wrong."""
        return [fault for one in (*self.wrong, *self.right) for fault in one.faults]

    def as_dict(self) -> dict[str, Any]:
        """The figures with their intervals, and every answer with what was said to it, to be judged one by one."""
        return {
            "figures": {name: [*found, *interval(*found)] for name, found in self.figures.items()},
            "wrong": [_as_dict(one) for one in self.wrong],
            "right": [_as_dict(one) for one in self.right],
        }


def _as_dict(one: Finding) -> dict[str, Any]:
    return {
        "exercise": one.exercise,
        "name": one.name,
        "what": one.what,
        "lost": list(one.tests),
        "messages": list(one.messages),
        "hints": list(one.hints),
        "faults": list(one.faults),
    }


def interval(successes: int, tries: int) -> tuple[float, float]:
    """The 95 % interval of a proportion, by Wilson (1927); everything from 0 to 1 where nothing was tried."""
    if not tries:
        return 0.0, 1.0
    share, z = successes / tries, _NINETY_FIVE
    centre = share + z * z / (2 * tries)
    half = z * math.sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries))
    scale = 1 + z * z / tries
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)
