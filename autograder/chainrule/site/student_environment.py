"""Whether the environment in which students' notebooks run holds a grader, a reference or its source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

OURS = "chainrule"
GRADING = ("assignments", "engine", "probe", "proof")
"""Folders that only the package with the graders has."""


def problems(environment: Path) -> Iterator[str]:
    """A sentence for each thing that is not for students, or for what cannot be looked at."""
    if not environment.is_dir():
        yield f"There is no environment of students in {environment}: name it with --student-environment."
        return
    rooms = packages(environment)
    if not rooms:
        yield f"{environment} is no Python environment, as it has no site-packages: name it with --student-environment."
    remove = f"take it out with `{environment}/bin/pip uninstall {OURS}`"
    for room in rooms:
        for place in sorted(room.iterdir()):
            if _is_our_distribution(place.name):
                yield f"Students' environment holds the graders' distribution {place}: {remove}."
            elif place.name.lower() == OURS and any((place / name).is_dir() for name in GRADING):
                yield f"Students' environment holds graders and references in {place}: {remove}."
            elif place.suffix == ".pth" and OURS in place.name.lower():
                yield f"Students' environment leads to a checkout of chainrule by {place}: {remove}."


def packages(environment: Path) -> list[Path]:
    """The folders in which an environment has its packages; it may be named by one of them."""
    if environment.name == "site-packages":
        return [environment]
    patterns = ("lib*/python*/site-packages", "lib*/python*/dist-packages", "local/lib/python*/dist-packages")
    found = {place.resolve() for pattern in patterns for place in environment.glob(pattern)}
    return sorted(place for place in found if place.is_dir())


def _is_our_distribution(name: str) -> bool:
    for ending in (".dist-info", ".egg-info", ".egg-link"):
        if name.endswith(ending):
            return canonicalize_name(name.removesuffix(ending).split("-")[0]) == OURS
    return False
