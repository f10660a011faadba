"""Which of the changes that help is told, and in which words: a change that helps by accident must not speak."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.diagnosis.repair.ideas import IDEAS, MISSING, ORDER, PLACE_ONLY, REMOVED
from chainrule.diagnosis.repair.search import Patient, Repair, repairs

MOST_PLACES = 2
"""Lines of an answer of which each could be changed alone: with more of them, none is the mistake."""


MOST_HINTS = 2


def hints_by_search(patient: Patient) -> list[str]:
    """Hints for an answer that no listed mistake explains; none if no small change explains it either."""
    titles = {test.name: test.title for test in patient.tests}
    found = list(repairs(patient))
    hints: list[str] = []
    while len(hints) < MOST_HINTS and (best := chosen(found)) is not None:
        hints.append(sentence(best, found, [titles[name] for name in best.mended]))
        # A second mistake is one that the first change leaves as it was.
        found = [repair for repair in found if set(repair.mended).isdisjoint(best.mended)]
    return hints


def chosen(repairs: Sequence[Repair]) -> Repair | None:
    """The change that explains the mistake; None if those that help agree in nothing."""
    if not repairs:
        return None
    most = max(len(repair.mended) for repair in repairs)
    left = [repair for repair in repairs if len(repair.mended) == most]
    left = [repair for repair in left if repair.edit.idea not in MISSING] or left
    if len({repair.edit.line for repair in left}) > MOST_PLACES:
        return None
    first = min(left, key=_rank)
    here = [repair for repair in left if repair.edit.line == first.edit.line]
    return min((repair for repair in here if repair.edit.idea in REMOVED), key=_rank, default=first)


def _rank(repair: Repair) -> int:
    return ORDER[repair.edit.idea]


def sentence(repair: Repair, repairs: Sequence[Repair], titles: Sequence[str]) -> str:
    """The hint: the line of the answer, the idea, and what that alone changes."""
    edit = repair.edit
    alike = [other for other in repairs if other.edit.line == edit.line and other.mended == repair.mended]
    others = {other.edit.idea for other in alike if other.edit.idea not in MISSING or edit.idea in MISSING}
    said = PLACE_ONLY if edit.idea not in REMOVED and others - {edit.idea} else IDEAS[edit.idea]
    what = "everything that fails here" if repair.whole else f"“{titles[0]}”"
    return f"In line {edit.line} of your answer, {said.format(old=edit.old)}. With this alone mended, {what} passes."
