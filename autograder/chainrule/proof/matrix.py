"""The proof as a page to look at: for each assignment a matrix of mistakes and the hidden tests that catch them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from chainrule.proof.verify import CORRECT, MISTAKE, MUTANT, Finding, Proof

STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; color: #24292f; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.5rem } h2 { margin: 2.5rem 0 .5rem }
h3 { margin: 1.6rem 0 .3rem; font-family: ui-monospace, monospace }
table { border-collapse: collapse } td, th { padding: 2px 8px; text-align: left; font-weight: normal }
.numbers th { color: #57606a } .numbers td { font-variant-numeric: tabular-nums; text-align: right }
.matrix th.test { vertical-align: bottom; padding: 0 }
.matrix th.test span { writing-mode: vertical-rl; transform: rotate(180deg); color: #57606a; white-space: nowrap }
.matrix td.cell { width: 1.3rem; height: 1.3rem; padding: 0; border: 1px solid #eaeef2 }
.matrix tr:hover td { background-color: #f6f8fa } .matrix td.hit { background: #2f6fb2 !important }
.good { color: #1a7f37 } .bad { color: #b42318; font-weight: 600 } .hint { color: #57606a }
code { font-family: ui-monospace, monospace }
"""
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


def page(proofs: Sequence[Proof]) -> str:
    """The whole page."""
    rows = "".join(
        f"<tr><th><a href='#{proof.assignment}'>{proof.assignment}</a></th>"
        + "".join(f"<td>{proof.counts[key]}</td>" for key in HEADINGS)
        + "</tr>"
        for proof in proofs
    )
    headings = "".join(f"<th>{heading}</th>" for heading in HEADINGS.values())
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>chainrule: proof of the graders</title>"
        f"<style>{STYLE}</style><h1>Which hidden test catches which mistake</h1>"
        f"<table class='numbers'><tr><th></th>{headings}</tr>{rows}</table>"
        + "".join(_assignment(proof) for proof in proofs)
        + "</html>\n"
    )


def _assignment(proof: Proof) -> str:
    parts = [f"<h2 id='{proof.assignment}'>{proof.assignment}</h2>"]
    if proof.sampled:
        parts.append("<p>Only a sample was tried.</p>")
    if proof.problems:
        items = "".join(f"<li>{escape(problem)}</li>" for problem in proof.problems)
        parts.append(f"<ul class='bad'>{items}</ul>")
    else:
        parts.append("<p class='good'>Everything is as it should be.</p>")
    for exercise, found in groupby(proof.of(MISTAKE), key=lambda one: one.exercise):
        parts.append(_matrix(proof, exercise, list(found)))
    parts.append(_equivalent(proof))
    styles = ", ".join(dict.fromkeys(escape(one.name) for one in proof.of(CORRECT)))
    parts.append(f"<h3>correct submissions</h3><p>{styles}</p>")
    return "".join(parts)


def _matrix(proof: Proof, exercise: str, found: Sequence[Finding]) -> str:
    tests = [test for test in proof.hidden_tests if test.startswith(f"{exercise}/")]
    head = "".join(f"<th class='test'><span>{escape(test.partition('/test_')[2])}</span></th>" for test in tests)
    rows = "".join(
        "<tr>"
        f"<td><code>{escape(one.name)}</code></td>"
        + "".join(
            f"<td class='cell{' hit' if test in one.tests else ''}' title='{escape(test)}'></td>" for test in tests
        )
        + f"<td>{_naming(one)}</td></tr>"
        for one in found
    )
    return f"<h3>{escape(exercise)}</h3><table class='matrix'><tr><th></th>{head}<th></th></tr>{rows}</table>"


def _naming(one: Finding) -> str:
    """What the student reads."""
    if not one.tests:
        return "<span class='bad'>not caught</span>"
    wrong = "".join(f" <span class='bad'>{escape(hint)}</span>" for hint in one.named_wrongly)
    return (f"<span class='hint'>{escape(one.hint)}</span>" if one.named else "not named") + wrong


def _equivalent(proof: Proof) -> str:
    """The mutants that nothing catches, with the reasons why that is right."""
    survived = [f"{one.exercise}: {one.name}" for one in proof.of(MUTANT) if not one.tests]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(proof.equivalent.get(name, 'no reason given'))}</td></tr>"
        for name in survived
    )
    return f"<h3>mutants that are no mistakes</h3><table>{rows}</table>" if rows else ""
