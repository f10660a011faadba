"""Makes hidden tests an ordinary pytest run: `pytest FOLDER --notebook FILE.ipynb`, FOLDER that of an assignment.

pytest picks (`-k`), reports and counts; the engine loads and asks, as it does when a course is graded. So a test here
ends as it does there, hints and all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    # Every pytest run on the machine loads this module; what is heavy waits until there is something to grade.
    from chainrule.engine.hidden_tests import HiddenTest
    from chainrule.engine.results import Results

GRADED = pytest.StashKey["dict[Path, Results]"]()
MARKERS = (
    "exercise(name): the exercise that a hidden test belongs to",
    "points(value): what a hidden test is worth",
    "builds_on(names): functions of earlier exercises; a test that fails is asked again with ours in their place",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The notebook to grade, and where its inputs come from."""
    group = parser.getgroup("chainrule")
    group.addoption(
        "--notebook", type=Path, metavar="FILE", help="the student's notebook, for chainrule's hidden tests"
    )
    group.addoption("--notebook-files", type=Path, metavar="FOLDER", help="data beside the notebook")
    group.addoption(
        "--notebook-seed",
        default="",
        metavar="SEED",
        help="draw the inputs from this text: that of a results.json, or the one told at the end of another run",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare what hidden tests are marked with."""
    config.stash[GRADED] = {}
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the hidden tests of an assignment's folder by the engine; other files are none of ours."""
    if not (module_path.parent / "assignment.toml").is_file():
        return None
    notebook: Path | None = parent.config.option.notebook
    if notebook is None:
        raise pytest.UsageError("Hidden tests need a notebook to ask: add --notebook FILE.ipynb.")
    if not notebook.is_file():
        raise pytest.UsageError(f"There is no notebook {notebook}.")
    collector: pytest.Collector = HiddenTestFile.from_parent(parent, path=module_path)
    return collector


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell where the inputs came from, so that the run can be repeated."""
    for folder, results in config.stash[GRADED].items():
        terminalreporter.write_line(f"The inputs of {folder.name} can be drawn again: --notebook-seed={results.seed}")


class HiddenTestFile(pytest.File):
    """The hidden tests of one exercise."""

    def collect(self) -> Iterator[pytest.Item]:
        """Each test of this file.

        Raises:
            CollectError: the hidden tests are not in order.
        """
        from chainrule.engine import assignment as assignments
        from chainrule.engine import hidden_tests

        try:
            assignment = assignments.read(self.path.parent)
            tests = hidden_tests.load(assignment).tests
        except (assignments.AssignmentError, hidden_tests.GradersError) as error:
            raise self.CollectError(str(error)) from None
        for test in tests:
            if Path(test.function.__code__.co_filename).name == self.path.name:
                item = HiddenTestItem.from_parent(self, name=test.name)
                item.test = test
                yield item


class HiddenTestItem(pytest.Item):
    """One hidden test; the first one that runs has the notebook graded, with all that pytest has picked."""

    test: HiddenTest

    def runtest(self) -> None:
        """Pass, or fail with what the student would read.

        Raises:
            Failed: the test was not passed.
        """
        found = self._results()
        exercise = next(one for one in found.exercises if one.name == self.test.exercise)
        result = next(one for one in exercise.tests if one.name == self.name)
        for hint in exercise.hints:
            self.add_report_section("call", "hint", hint)
        if not result.earned:
            faults = [fault for fault in found.faults if fault.startswith(f"{exercise.name}/{self.name}:")]
            pytest.fail("\n".join([f"{result.outcome}: {result.message}", *faults]), pytrace=False)

    def _results(self) -> Results:
        from chainrule.course.by_hand import grade_file
        from chainrule.engine import assignment as assignments
        from chainrule.sandbox.layers import NoSandboxError
        from chainrule.sandbox.server_process import ServerError

        graded = self.config.stash[GRADED]
        folder = self.path.parent
        if folder not in graded:
            picked = [item for item in self.session.items if isinstance(item, HiddenTestItem)]
            exercises = frozenset(item.test.exercise for item in picked if item.path.parent == folder)
            option = self.config.option
            try:
                assignment = assignments.read(folder)
                graded[folder] = grade_file(
                    option.notebook, assignment, exercises, option.notebook_seed, option.notebook_files
                )
            except (NoSandboxError, ServerError) as error:
                # The next test would only wait for the same.
                pytest.exit(str(error), returncode=2)
        return graded[folder]

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the test stands, and its title."""
        return self.path, self.test.function.__code__.co_firstlineno - 1, f"{self.test.exercise}: {self.test.title}"
