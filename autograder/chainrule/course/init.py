"""`chainrule init`: a new nbgrader course, or the lines that an existing one's configuration needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from chainrule.course import placing
from chainrule.course.loaded import CONFIG, CourseError, configuration, settings_lacking
from chainrule.course.opened import course_above
from chainrule.engine.assignment import ROOM

TEMPLATES = Path(__file__).parent / "templates"
GITIGNORE = ".gitignore"

LINES = """
# Written by `chainrule init`: hidden tests grade, in a sandbox. What is set below this overrides it.
from chainrule import configure

configure(get_config())  # noqa: F821
"""
"""What an existing configuration needs; `get_config` is always there, whatever the file calls what it gives."""


@dataclass(frozen=True)
class Initialised:
    """What was found and done in a course's folder.

    `made` are new files and folders. `lines` are what the configuration needs: "" if it is configured, and `written`
    says whether they now stand in it. `left` are files of the folder's own that a new course would have otherwise.
    """

    folder: Path
    made: tuple[Path, ...] = ()
    lines: str = ""
    written: bool = False
    left: tuple[Path, ...] = ()

    @property
    def configured(self) -> bool:
        """Whether the course is configured now."""
        return not self.lines or self.written


def init(folder: Path | None, write: bool) -> Initialised:
    """Make a course in `folder`, or look at the one that is there; an existing configuration needs `write` to change.

    Without a folder it is the course at or above the current one; where there is none, a new one is made here.

    Raises:
        CourseError: a file is in the way, or the configuration cannot be loaded; nothing is changed.
    """
    folder = folder.resolve() if folder is not None else course_above(Path()) or Path().resolve()
    if not (folder / CONFIG).exists():
        return create(folder)
    if not settings_lacking(configuration(folder)):
        return Initialised(folder)
    if write:
        _append(folder)
    return Initialised(folder, lines=LINES.lstrip(), written=write)


def create(folder: Path, more: str = "") -> Initialised:
    """Make a new course in a folder, which may be there and have other files; `more` is added to its configuration.

    Raises:
        CourseError: a file is in the way; nothing is changed.
    """
    rooms = [folder / "source", folder / ROOM]
    for place in (folder, *rooms):
        if place.exists() and not place.is_dir():
            raise CourseError(f"{place} is in the way, as it is no folder: rename or remove it.")
    above = next(place for place in (folder, *folder.parents) if place.exists())
    if not above.is_dir():
        raise CourseError(f"{above} is in the way: it is no folder. Nothing was changed; choose another folder.")
    made = [place for place in rooms if not place.exists()]
    ignore = folder / GITIGNORE
    text = (TEMPLATES / CONFIG).read_text(encoding="utf-8").replace("COURSE_ID", course_id(folder))
    is_new = not folder.exists()
    try:
        placing.private_folder(folder)
        with placing.placing(folder) as new:
            for place in made:
                new.make(place).mkdir(mode=placing.PRIVATE)
            if not ignore.exists():
                new.make(ignore).write_bytes((TEMPLATES / "gitignore").read_bytes())
                made.append(ignore)
            # Last, as it is what makes the folder a course.
            new.make(folder / CONFIG).write_text(text + more, encoding="utf-8")
    except OSError as error:
        raise placing.unwritable(error, folder) from error
    except CourseError:
        if is_new:
            folder.rmdir()
        raise
    return Initialised(folder, (folder / CONFIG, *made), left=() if ignore in made else (ignore,))


def course_id(folder: Path) -> str:
    """The folder's name without what a course's name in the exchange and on a Hub cannot have."""
    return re.sub(r"[^\w.-]+", "-", folder.name).strip("-.") or "course"


def _append(folder: Path) -> None:
    """Add the lines to the configuration, below what stands there, and make sure that they are heard.

    Raises:
        CourseError: it cannot be written, or does not come to these lines; the file is as it was.
    """
    file = folder / CONFIG
    before = file.read_bytes()
    newline = b"" if before.endswith(b"\n") or not before else b"\n"
    try:
        file.write_bytes(before + newline + LINES.encode())
    except OSError as error:
        raise placing.unwritable(error, folder) from error
    if settings_lacking(configuration(folder)):
        file.write_bytes(before)
        raise CourseError(f"{file} was left as it was: with chainrule's lines at its end, it does not reach them.")
