"""Loads a course's `nbgrader_config.py` as nbgrader does, and says whether it is configured for chainrule."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGrader
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from chainrule.course.configuration import configure

CONFIG = "nbgrader_config.py"


class CourseError(RuntimeError):
    """There is no such course, assignment or submission; the message says what to do."""


def configuration(folder: Path) -> Config:
    """The configuration of a course as nbgrader loads it.

    Raises:
        CourseError: it cannot be loaded; says where it stopped.
    """
    config: Config = nbgrader_app(folder).config
    return config


def nbgrader_app(folder: Path) -> NbGrader:
    """nbgrader itself, with the configuration of a course loaded.

    Raises:
        CourseError: it cannot be loaded; says where it stopped.
    """
    app = NbGrader()
    app.load_cwd_config = False
    app.raise_config_file_errors = True
    try:
        app.initialize(["--log-level=CRITICAL"], root=str(folder))
    except (Exception, SystemExit) as error:
        line = next((f", line {n}" for n, file in _lines(error) if Path(file).name == CONFIG), "")
        raise CourseError(
            f"{folder / CONFIG}{line}: nbgrader cannot load it ({type(error).__name__}: {error})."
        ) from error
    return app


def _lines(error: BaseException) -> list[tuple[int, str]]:
    """Line and file of the statements that led to an error, the last one first."""
    passed = [(line, frame.f_code.co_filename) for frame, line in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        passed.append((error.lineno or 0, error.filename or ""))
    return passed[::-1]


def settings_lacking(config: Config) -> list[str]:
    """The settings of nbgrader's that `configure` makes and this configuration has not; empty if it has them all."""
    ours = Config()
    configure(ours)
    lacking = []
    for section in ("Autograde", "GenerateFeedback"):
        for name, wanted in ours[section].items():
            found = [_class(one) for one in _listed(config[section].get(name))]
            needed = [import_item(one) for one in _listed(wanted) if str(one).startswith("chainrule.")]
            if not all(any(issubclass(one, need) for one in found) for need in needed):
                lacking.append(f"c.{section}.{name}")
    return lacking


def _listed(value: object) -> list[Any]:
    if isinstance(value, (str, type)):
        return [value]
    return list(value) if isinstance(value, (list, tuple)) else []


def _class(setting: object) -> type:
    """The class that a setting names; `object` if it names none."""
    try:
        found = import_item(setting) if isinstance(setting, str) else setting
    except ImportError:
        return object
    return found if isinstance(found, type) else object
