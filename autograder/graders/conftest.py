"""Makes the hidden tests an ordinary pytest run: `pytest autograder/graders/numpy_mlp --notebook FILE.ipynb`."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignments import preload_of
from autograder.grading import seed as seeds
from autograder.grading.hidden_tests import HiddenTests
from autograder.grading.notebook import NotebookRunner
from autograder.grading.submission import read_submission
from autograder.sandbox.layers import NoSandboxError
from autograder.sandbox.provisioner import SandboxSettings
from autograder.sandbox.server import Preload

GRADERS = Path(__file__).parent
RUNNER = pytest.StashKey[NotebookRunner]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The notebook to grade, and where its inputs come from."""
    group = parser.getgroup("chainrule")
    group.addoption("--notebook", type=Path, metavar="FILE", help="the student's notebook to grade")
    group.addoption("--files", type=Path, metavar="FOLDER", help="data files that the notebook finds beside it")
    group.addoption("--seed", default="", help="draw the inputs from this text, as in a results.json")


def pytest_configure(config: pytest.Config) -> None:
    """Unless the grading pipeline has brought its own plugin, grade the notebook named on the command line."""
    if any(isinstance(plugin, HiddenTests) for plugin in config.pluginmanager.get_plugins()):
        return
    path: Path | None = config.option.notebook
    if path is None:
        raise pytest.UsageError("Hidden tests need a notebook to ask: add --notebook FILE.ipynb.")
    if not path.is_file():
        raise pytest.UsageError(f"There is no notebook {path}.")
    submission = read_submission(path)
    folder: Path | None = config.option.files
    settings = SandboxSettings(preload=_preload(config), files=() if folder is None else (folder,))
    try:
        settings.require_safe()
    except NoSandboxError as error:
        raise pytest.UsageError(str(error)) from None
    seed = config.option.seed or seeds.submission_seed("", path.stem, submission.raw)
    runner = config.stash[RUNNER] = NotebookRunner(submission.notebook, settings)
    config.pluginmanager.register(HiddenTests(runner.run, seed, settings.limits.test_seconds))


def _preload(config: pytest.Config) -> Preload:
    """The packages of the assignment whose folder, or file in it, is named on the command line."""
    places = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    names = {part for place in places if place.is_relative_to(GRADERS) for part in place.relative_to(GRADERS).parts[:1]}
    if len(names) != 1:
        raise pytest.UsageError("Name the folder of one assignment, as in pytest autograder/graders/numpy_mlp.")
    return preload_of(names.pop())


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the notebook's kernel, if one was started."""
    runner = config.stash.get(RUNNER, None)
    if runner is not None and runner.kc is not None:
        runner.close()
