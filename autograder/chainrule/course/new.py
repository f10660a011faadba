"""`chainrule new`: an assignment of one's own, small and whole, to be changed into what one wants."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from chainrule.course.init import TEMPLATES
from chainrule.course.loaded import CourseError
from chainrule.course.placing import PRIVATE, placing, private_folder, require_free
from chainrule.engine import assignment as assignments
from chainrule.engine.assignment import FILE_NAME, ROOM

TITLE = "TITLE"
"""What stands in the templates for the assignment's title."""


def new(name: str, course: Path, title: str | None = None) -> list[Path]:
    """Make the assignment's two folders, for students in `source/` and all else in `assignments/`; returns them.

    Raises:
        CourseError: the name or the title cannot be used, or there is such an assignment; nothing is changed.
    """
    title = name.replace("_", " ").capitalize() if title is None else title
    source, tests = course / "source" / name, course / ROOM / name
    _require_usable(name, title)
    for folder in (source, tests):
        require_free(folder)
    with placing(course) as made:
        shutil.copytree(
            TEMPLATES / "assignment", copy := made.make(tests), ignore=shutil.ignore_patterns("__pycache__")
        )
        copy.chmod(PRIVATE)
        # Quoted as in JSON, which TOML reads too.
        _replace(copy / FILE_NAME, f'"{TITLE}"', json.dumps(title, ensure_ascii=False))
        (notebook := made.make(source)).mkdir()
        shutil.copyfile(TEMPLATES / "source" / "notebook.ipynb", notebook / f"{name}.ipynb")
        _replace(notebook / f"{name}.ipynb", f"# {TITLE}", json.dumps(f"# {title}", ensure_ascii=False)[1:-1])
        private_folder(tests.parent)
    return [source, tests]


def _require_usable(name: str, title: str) -> None:
    if not assignments.is_name(name):
        raise CourseError(
            f"An assignment cannot have the name {name!r}: take letters, digits and underscores, as in week_1."
        )
    if name in assignments.shipped_names():
        raise CourseError(
            f"chainrule ships an assignment {name!r}, which one of the same name would hide: take another name, or "
            f"`chainrule add {name} --own` to change the shipped one."
        )
    if not title.strip() or not title.isprintable():
        raise CourseError(f"An assignment cannot have the title {title!r}: take one line of printable text.")


def _replace(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
