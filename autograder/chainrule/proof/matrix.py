"""The proof as a page to look at: for each assignment a matrix of mistakes and the hidden tests that catch them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import jinja2

from chainrule.proof.findings import CORRECT, MISTAKE, MUTANT, Proof

HEADINGS = {
    "mistakes": "mistakes",
    "caught": "caught",
    "named": "named",
    "mutants": "mutants",
    "mutants_caught": "caught",
    "equivalent": "equivalent",
    "correct": "correct submissions",
    "accepted": "accepted",
}

_pages = jinja2.Environment(
    loader=jinja2.PackageLoader("chainrule.proof", "pages"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def page(proofs: Sequence[Proof]) -> str:
    """The whole page; every text in it is escaped."""
    return _pages.get_template("matrix.html").render(headings=HEADINGS, proofs=[_shown(proof) for proof in proofs])


def _shown(proof: Proof) -> dict[str, Any]:
    """What the page shows of one assignment."""
    exercises = []
    for exercise, found in groupby(proof.of(MISTAKE), key=lambda one: one.exercise):
        tests = [test for test in proof.hidden_tests if test.startswith(f"{exercise}/")]
        exercises.append({"name": exercise, "tests": tests, "mistakes": list(found)})
    survived = [f"{one.exercise}: {one.name}" for one in proof.of(MUTANT) if not one.tests]
    return {
        "assignment": proof.assignment,
        "counts": proof.counts,
        "sampled": proof.sampled,
        "problems": proof.problems,
        "exercises": exercises,
        "survived": [(name, proof.equivalent.get(name, "no reason given")) for name in survived],
        "styles": list(dict.fromkeys(one.name for one in proof.of(CORRECT))),
    }
