"""The bank of named mistakes: for each assignment small wrong implementations, each beside a hint that names the idea.

`autograder/mistakes/<assignment>.py` is in percent format. A block

    # %% linear_backward: weight_gradient_transposed
    # mistake 1: dweight is transposed
    # hint: Your weight gradient is transposed: it must have the shape of the weight, (out, in).

with code below it is a whole wrong answer to its exercise; all other exercises are right. The bank serves twice: the
hidden tests must catch every block (`chainrule verify`), and a student whose values equal a block's reads its hint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from collections.abc import Mapping
from pathlib import Path

_MARKER = re.compile(r"^# %% (\w+): (\w+)\n# (mistake[^\n]*)\n# hint: ((?:[^\n]*\n#   )*[^\n]*)\n", re.MULTILINE)
_BLOCK = re.compile(r"^# %%", re.MULTILINE)


@dataclass(frozen=True)
class Mistake:
    """A wrong answer: its exercise and name, what is wrong (for teachers), the hint (for students), and the code."""

    exercise: str
    name: str
    what: str
    hint: str
    code: str

    def __str__(self) -> str:
        """The two names, as the marker has them."""
        return f"{self.exercise}: {self.name}"


def mistakes_of(folder: Path, sections: Mapping[str, str]) -> tuple[Mistake, ...]:
    """The mistakes of an assignment in the order of its file; none if it has no file.

    Raises:
        ValueError: two blocks have one name, or a block lacks its exercise, name, mistake or hint.
    """
    file = folder / "mistakes.py"
    if not file.is_file():
        return ()
    source = file.read_text(encoding="utf-8")
    _, *parts = _MARKER.split(source)
    fields = [parts[start : start + 5] for start in range(0, len(parts), 5)]
    mistakes = tuple(
        Mistake(exercise, name, what, " ".join(hint.replace("\n#", " ").split()), code)
        for exercise, name, what, hint, code in fields
    )
    names = [str(mistake) for mistake in mistakes]
    if len(names) != len(_BLOCK.findall(source)):
        raise ValueError(f"{file}: a block needs the lines '# %% exercise: name', '# mistake …' and '# hint: …'.")
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"{file}: {doubled[0]!r} is there twice; give one of them another name.")
    return mistakes
