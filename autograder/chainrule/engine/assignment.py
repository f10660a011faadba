"""An assignment: one folder with everything that is not for students; `assignment.toml` says what it needs.

| in the folder | what it is |
| --- | --- |
| `assignment.toml` | title, the packages that the notebook may import, limits |
| `reference.py` | the reference solution in percent format, a section `# %% <exercise>` each |
| `test_<exercise>.py` | the hidden tests of one exercise |
| `mistakes/<exercise>.diff` | wrong answers as changes of the reference, each beside a hint |
| `equivalent.txt` | mutants of the reference that are no mistakes, with reasons |
| `correct/*.py`, `samples/*.py` | right submissions in other styles, and a demo's students |

A course has its assignments in `assignments/`; beside these it can use the ones that are shipped with chainrule.
"""

from __future__ import annotations

import difflib
import importlib.metadata
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

import chainrule.assignments
from chainrule.sandbox.limits import Limits, settings
from chainrule.sandbox.server import Preload

FILE_NAME = "assignment.toml"
ROOM = "assignments"
"""The folder of a course that holds its assignments' folders."""

SHIPPED = Path(next(iter(chainrule.assignments.__path__)))


class AssignmentError(RuntimeError):
    """There is no such assignment, or its folder is not in order; the message says where and what to do."""


_LimitsTable = msgspec.defstruct(
    "_LimitsTable",
    [(limit.name, type(limit.default) | None, None) for limit in settings()],
    forbid_unknown_fields=True,
)
"""The table `[limits]`: what is not named is as configured for the course. Sizes in MiB."""


class _AssignmentFile(msgspec.Struct, forbid_unknown_fields=True):
    """`assignment.toml`."""

    title: str
    packages: list[str] = []
    forbidden: list[str] = []
    preload: list[str] | None = None
    after_answers: dict[str, str] = {}
    limits: _LimitsTable = msgspec.field(default_factory=_LimitsTable)  # type: ignore[valid-type]


@dataclass(frozen=True)
class Assignment:
    """One assignment, as its folder says.

    `packages` are the distributions that the notebook may import beside numpy, matplotlib and the standard library,
    `forbidden` those whose import is the student's own mistake; `preload` the modules that a warm process holds.
    `limits` are the settings of its own, by name.
    `after_answers` is code that the notebook runs after the answers, by the exercise whose hidden tests ask for it.
    """

    name: str
    folder: Path
    title: str
    packages: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    limits: tuple[tuple[str, float], ...] = ()
    after_answers: tuple[tuple[str, str], ...] = ()

    @property
    def warm(self) -> Preload:
        """The warm process that this assignment's notebooks are forked from."""
        return Preload(self.preload, self.packages)

    @property
    def reference(self) -> Path:
        """The module that holds the reference solution."""
        return self.folder / "reference.py"

    @property
    def source(self) -> Path:
        """The source notebook's folder as shipped with the assignment; a course's own lies in its `source/`."""
        return self.folder / "source"

    def limited(self, limits: Limits) -> Limits:
        """A course's limits with this assignment's own in their place."""
        return limits.with_settings(dict(self.limits))


def find(name: str, course: Path | None) -> Assignment | None:
    """The assignment of this name: the course's own, else the one shipped with chainrule; None if there is neither.

    Raises:
        AssignmentError: its folder is not in order.
    """
    if not is_name(name):
        if course is not None and "/" not in name and name not in ("", ".", "..") and (course / ROOM / name).is_dir():
            raise AssignmentError(
                f"{course / ROOM / name}: an assignment with hidden tests needs the name of a Python module, of "
                "letters, digits and underscores; rename it there and in source/."
            )
        return None
    for room in ([] if course is None else [course / ROOM]) + [SHIPPED]:
        if (room / name / FILE_NAME).is_file():
            return read(room / name)
        if (room / name).is_dir():
            raise AssignmentError(
                f"{room / name} has no {FILE_NAME}, so it is no assignment yet: "
                f'add one, with a line such as title = "{name}", or remove the folder.'
            )
    return None


def named(name: str, course: Path | None) -> Assignment:
    """The same, where there must be one.

    Raises:
        AssignmentError: there is none; the message names those that there are.
    """
    found = find(name, course)
    if found is None:
        known = sorted({*names(course), *shipped_names()})
        raise AssignmentError(f"There is no assignment {name!r} with hidden tests; there are {', '.join(known)}.")
    return found


def is_name(name: str) -> bool:
    """Whether an assignment can have this name: that of a Python module, which cannot be a path."""
    return name.isidentifier()


def names(course: Path | None) -> list[str]:
    """The course's own assignments, in alphabetical order."""
    return [] if course is None else _names(course / ROOM)


def shipped_names() -> list[str]:
    """The assignments shipped with chainrule, in alphabetical order."""
    return _names(SHIPPED)


def _names(room: Path) -> list[str]:
    return sorted(file.parent.name for file in room.glob(f"*/{FILE_NAME}") if is_name(file.parent.name))


def read(folder: Path) -> Assignment:
    """Read the assignment in this folder.

    Raises:
        AssignmentError: `assignment.toml` is missing, is no TOML or says something that it cannot say.
    """
    file = folder / FILE_NAME
    try:
        found = msgspec.toml.decode(file.read_bytes(), type=_AssignmentFile)
    except OSError as error:
        raise AssignmentError(f"{file} could not be read ({error.strerror}).") from error
    except msgspec.ValidationError as error:
        raise AssignmentError(f"{file}: {_said(str(error))}") from error
    except ValueError as error:
        raise AssignmentError(f"{file} is no TOML: {error}.") from error
    limits = msgspec.structs.asdict(found.limits)
    own = tuple((name, value) for name, value in limits.items() if value is not None)
    if wrong := [name for name, value in own if not value > 0]:
        raise AssignmentError(f"{file}: `{wrong[0]}` in [limits] must be more than 0.")
    preload = _modules(tuple(found.packages)) if found.preload is None else tuple(found.preload)
    after_answers = tuple(found.after_answers.items())
    return Assignment(
        name=folder.name,
        folder=folder.resolve(),
        title=found.title,
        packages=tuple(found.packages),
        forbidden=tuple(found.forbidden),
        preload=preload,
        limits=own,
        after_answers=after_answers,
    )


def _said(problem: str) -> str:
    """msgspec's sentence, with the key that was probably meant."""
    unknown = re.search(r"unknown field `(\w+)`(.*)", problem)
    if unknown is None:
        return f"{problem}."
    table = _LimitsTable if "limits" in unknown.group(2) else _AssignmentFile
    close = difflib.get_close_matches(unknown.group(1), table.__struct_fields__, n=1)
    meant = f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(table.__struct_fields__)}."
    return f"there is no key `{unknown.group(1)}`{' in [limits]' if table is _LimitsTable else ''}; {meant}"


def _modules(packages: tuple[str, ...]) -> tuple[str, ...]:
    """The modules by which these distributions are imported; none of one that is not installed."""
    wanted = {normal(package) for package in packages}
    return tuple(sorted(module for module, owners in _owners().items() if wanted & set(owners)))


def distribution_of(module: str) -> str | None:
    """The installed distribution that a top-level module comes from, or None."""
    owners = _owners().get(module)
    return owners[0] if owners else None


@cache
def _owners() -> dict[str, tuple[str, ...]]:
    found = importlib.metadata.packages_distributions()
    return {
        module: tuple(normal(owner) for owner in owners)
        for module, owners in found.items()
        if module.isidentifier() and not module.startswith("_")
    }


def normal(package: str) -> str:
    """A distribution's name as packaging compares it."""
    return re.sub(r"[-_.]+", "-", package).lower()
