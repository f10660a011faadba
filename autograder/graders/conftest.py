"""Makes the hidden tests an ordinary pytest run: `pytest autograder/graders/numpy_mlp --notebook FILE.ipynb`."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.grading import seed as seeds
from autograder.grading.hidden_tests import HiddenTests
from autograder.grading.notebook import NotebookRunner
from autograder.grading.submission import read_submission
from autograder.sandbox.layers import NoSandboxError
from autograder.sandbox.provisioner import SandboxSettings

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
    settings = SandboxSettings(files=config.option.files)
    try:
        settings.require_safe()
    except NoSandboxError as error:
        raise pytest.UsageError(str(error)) from None
    seed = config.option.seed or seeds.submission_seed("", path.stem, submission.raw)
    runner = config.stash[RUNNER] = NotebookRunner(submission.notebook, settings)
    config.pluginmanager.register(HiddenTests(runner.run, seed, settings.limits.test_seconds))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the notebook's kernel, if one was started."""
    runner = config.stash.get(RUNNER, None)
    if runner is not None and runner.kc is not None:
        runner.close()
