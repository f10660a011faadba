"""What the feedback page shows: the total, what to mend next, and each exercise with its cells and hidden tests."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from chainrule.course import report
from chainrule.engine import prose
from chainrule.engine.asking import AGAIN
from chainrule.engine.results import ExerciseResult, Results, TestResult
from chainrule.engine.solutions import ANSWER
from chainrule.engine.visible import visible
from chainrule.probe.outcome import Outcome

HEADING = re.compile(r"\s*#{1,6} *(?P<text>[^\n]+)")
LONGEST_ERROR = 300
"""Characters."""

ENOUGH = 1e-9
"""By which scores may differ and be the same."""


@dataclass(frozen=True)
class Given:
    """What the gradebook says of one graded cell; `pending` ones wait for a teacher, who has given others `by_hand`."""

    score: float
    points: float
    pending: bool = False
    by_hand: bool = False


@dataclass(frozen=True)
class Scores:
    """What the gradebook says of one notebook: scores by cell, and the total, from which lateness is off already.

    `automatic` are the cells whose comment is not a teacher's.
    """

    cells: Mapping[str, Given]
    score: float
    max_score: float
    late_penalty: float = 0.0
    automatic: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Comment:
    """A comment on a cell, in Markdown."""

    text: str
    by_teacher: bool


@dataclass(frozen=True)
class Exercise:
    """A graded cell: its score, its hidden tests if it has some, and the exercises that should be mended before it."""

    name: str
    given: Given
    result: ExerciseResult | None = None
    mend_first: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether it has all its points."""
        return not self.given.pending and self.to_get < ENOUGH

    @property
    def to_get(self) -> float:
        """The points that it has not."""
        return max(0.0, self.given.points - self.given.score)

    @property
    def answer(self) -> str:
        """The cell that hints are about."""
        return self.name + ANSWER

    @property
    def changed_from(self) -> float | None:
        """What the hidden tests gave, where a teacher has given something else."""
        if self.result is None or abs(self.given.score - self.result.score) < ENOUGH:
            return None
        return self.result.score

    @property
    def tests(self) -> list[TestResult]:
        """Its hidden tests, first those that were not passed."""
        return [] if self.result is None else sorted(self.result.tests, key=lambda test: bool(test.earned))

    @property
    def lost(self) -> list[TestResult]:
        """Those that were not passed."""
        return [test for test in self.tests if not test.earned]

    @property
    def hints(self) -> list[str]:
        """The mistakes that its values show."""
        return [] if self.result is None else self.result.hints

    @property
    def is_written(self) -> bool:
        """Whether a hidden test found anything to ask."""
        return self.result is None or any(test.outcome is not Outcome.MISSING for test in self.tests)

    @property
    def wrong_by_itself(self) -> bool:
        """Whether there is something to mend here beside what is to mend before it."""
        lent = self.result is not None and set(self.mend_first) <= set(self.result.lent)
        return lent and any(test.outcome in AGAIN for test in self.lost)


@dataclass(frozen=True)
class Section:
    """Cells that belong together: those of one exercise, or what stands between exercises."""

    title: str
    cells: list[NotebookNode] = field(default_factory=list)
    exercise: Exercise | None = None
    comments: list[Comment] = field(default_factory=list)

    @property
    def said(self) -> list[Comment]:
        """The comments; where hidden tests say what is missing, nbgrader need not."""
        tested = self.exercise is not None and self.exercise.result is not None
        return [one for one in self.comments if one.by_teacher or not tested]

    @property
    def stopped(self) -> str:
        """What the first of its cells that stopped with an error said; empty if none did."""
        errors = (one for cell in self.cells for one in cell.get("outputs", ()) if one.output_type == "error")
        return next((error(one) for one in errors), "")


@dataclass(frozen=True)
class FeedbackPage:
    """All of the page. `released` is the code that went out: a cell that is still like it is not the student's."""

    title: str
    scores: Scores
    sections: list[Section]
    notes: list[str] = field(default_factory=list)
    released: frozenset[str] = frozenset()

    @property
    def exercises(self) -> list[Section]:
        """The sections of exercises, in the order of the notebook."""
        return [one for one in self.sections if one.exercise is not None]

    @property
    def next_steps(self) -> list[Section]:
        """Those that lost points, in the order in which to mend them: a later one may use earlier ones."""
        return [
            one for one in self.exercises if one.exercise and not (one.exercise.whole or one.exercise.given.pending)
        ]

    @property
    def pending(self) -> list[Section]:
        """Those that a teacher has to look at."""
        return [one for one in self.exercises if one.exercise and one.exercise.given.pending]

    @property
    def tests(self) -> list[TestResult]:
        """All hidden tests."""
        return [test for one in self.exercises if one.exercise for test in one.exercise.tests]

    def is_open(self, section: Section) -> bool:
        """Whether there is something in an exercise to look at: not where all is right, or nothing is written."""
        one = section.exercise
        if one is None or section.said:
            return bool(section.said)
        untouched = not one.is_written and all(self.is_given(cell) for cell in section.cells)
        return not (one.whole or untouched)

    def is_given(self, cell: NotebookNode) -> bool:
        """Whether a cell is as it was released: no student's work is in it."""
        if cell.cell_type == "markdown":
            return not (prose.is_block(cell.source) or _settings(cell).get("solution"))
        return bool(_settings(cell).get("locked")) or cell.source in self.released

    def given(self, section: Section) -> list[NotebookNode]:
        """The cells of a section that are as they were released."""
        return [cell for cell in section.cells if self.is_given(cell)]


def make(
    notebook: NotebookNode, name: str, scores: Scores, results: Results | None, released: Collection[str] = ()
) -> FeedbackPage:
    """The page of a graded notebook; `results` are None where there are no hidden tests."""
    by_name = {} if results is None else {one.name: one for one in results.exercises}
    exercises: dict[str, Exercise] = {}
    for cell in notebook.cells:
        graded = str(_settings(cell).get("grade_id", ""))
        if graded in scores.cells:
            result = by_name.get(graded)
            first = [] if result is None else list(dict.fromkeys(_mend_first(result, exercises)))
            exercises[graded] = Exercise(graded, scores.cells[graded], result, first)
    title = next(filter(None, map(_heading, notebook.cells)), name)
    notes = [] if results is None else report.notes(results)
    sections = _sections(notebook.cells, exercises, scores.automatic)
    return FeedbackPage(title, scores, sections, notes, frozenset(released))


def _mend_first(result: ExerciseResult, earlier: Mapping[str, Exercise]) -> Iterator[str]:
    """The nearest exercises that lost points, of those that an exercise uses and those that these use."""
    for name in result.uses:
        used = earlier.get(name)
        if used is not None and not used.whole:
            yield name
        elif used is not None and used.result is not None:
            yield from _mend_first(used.result, earlier)


def error(output: NotebookNode) -> str:
    """An error in one line."""
    said = strip_ansi(f"{output.ename}: {output.evalue}".removesuffix(": "))
    return visible(" ".join(said.split())[:LONGEST_ERROR])


def _sections(
    cells: Sequence[NotebookNode], exercises: Mapping[str, Exercise], automatic: Collection[str]
) -> list[Section]:
    """The notebook in pieces, of which each has one graded cell at most.

    A piece begins with a heading that was released; after a graded cell also with the next cell that is for an answer
    or is graded. What a student adds, and pictures, stay with what they follow.
    """
    found: list[Section] = []
    for cell in cells:
        heading, settings = _heading(cell), _settings(cell)
        name = str(settings.get("grade_id", ""))
        answers = name in exercises or bool(settings.get("solution"))
        if not found or heading or (answers and found[-1].exercise is not None):
            found.append(Section(heading or name))
        last = found[-1]
        if name in exercises:
            found[-1] = last = Section(last.title, last.cells, exercises[name], last.comments)
        last.cells.append(cell)
        if comment := settings.get("comment"):
            last.comments.append(Comment(visible(str(comment)), name not in automatic))
    return found


def _heading(cell: NotebookNode) -> str:
    """The text of the heading that a released cell begins with; empty if there is none."""
    if cell.cell_type != "markdown" or prose.is_block(cell.source) or _settings(cell).get("solution"):
        return ""
    found = HEADING.match(cell.source)
    return found["text"].replace("`", "").strip() if found else ""


def _settings(cell: NotebookNode) -> Mapping[str, object]:
    """nbgrader's metadata of a cell."""
    found: Mapping[str, object] = cell.metadata.get("nbgrader", {})
    return found
