"""The named mistakes of an assignment: small wrong answers, each with a hint that names the idea.

`mistakes/<exercise>.diff` in the assignment's folder holds the mistakes in one exercise, each as its change of the
reference (see `changes`); what stands before the first block is for readers. A block

    # %% bias_mean
    # mistake 3: the bias gradient is averaged over the batch
    # hint: Your bias gradient is averaged: the bias is shared by all samples, so
    #   their gradients add up.
    @@ linear_backward
    -    return dy @ weight, dy.T @ x, dy.sum(axis=0)
    +    return dy @ weight, dy.T @ x, dy.mean(axis=0)

is a wrong answer to its exercise; all other exercises are right. A number after `mistake` is that of the list that the
banks began with. The mistakes serve twice: the hidden tests must catch every one (`chainrule verify`), and a student
whose values equal a mistake's reads its hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chainrule.diagnosis.changes import applied

FOLDER = "mistakes"
"""In the assignment's folder."""

_BLOCK = re.compile(r"^# %%", re.MULTILINE)
_HEAD = re.compile(r" (\w+)\n# (mistake[^\n]*)\n# hint: ((?:[^\n]*\n#   )*[^\n]*)\n")


@dataclass(frozen=True)
class Mistake:
    """A wrong answer: its exercise and name, what is wrong (for teachers), the hint (for students), and the code."""

    exercise: str
    name: str
    what: str
    hint: str
    code: str

    def __str__(self) -> str:
        """The exercise and the name."""
        return f"{self.exercise}: {self.name}"


def mistakes_of(folder: Path, sections: Mapping[str, str]) -> tuple[Mistake, ...]:
    """The mistakes of the assignment in a folder: exercises in the order of the reference's sections, then of the file.

    Raises:
        ValueError: a file is for no exercise, a block lacks its name, mistake or hint, a name is there twice, or a
            change does not apply to the reference.
    """
    files = {file.stem: file for file in sorted((folder / FOLDER).glob("*.diff"))}
    for exercise, file in files.items():
        if exercise not in sections:
            raise ValueError(f"{file}: there is no exercise {exercise!r}; there are {', '.join(sections)}.")
    return tuple(
        mistake
        for exercise, code in sections.items()
        if exercise in files
        for mistake in _read(files[exercise], files[exercise].read_text(encoding="utf-8"), exercise, code)
    )


@lru_cache(maxsize=256)
def _read(file: Path, text: str, exercise: str, code: str) -> tuple[Mistake, ...]:
    """The mistakes in the text of one file."""
    return tuple(_blocks(file, text, exercise, code))


def _blocks(file: Path, text: str, exercise: str, code: str) -> Iterator[Mistake]:
    names = set()
    for block in _BLOCK.split(text)[1:]:
        head = _HEAD.match(block)
        if head is None:
            line = f"# %%{block.splitlines()[0] if block else ''}"
            raise ValueError(f"{file}: {line!r} needs the lines '# %% name', '# mistake …' and '# hint: …'.")
        name, what, hint = head.groups()
        if name in names:
            raise ValueError(f"{file}: {name!r} is there twice; give one of them another name.")
        names.add(name)
        hint = " ".join(hint.replace("\n#", " ").split())
        yield Mistake(exercise, name, what, hint, applied(code, block[head.end() :], f"{file}, {name}"))
