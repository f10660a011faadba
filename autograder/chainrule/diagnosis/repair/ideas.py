"""What each kind of change says to a student: the idea behind it, and never the new code.

The place is quoted in the student's own words, `{old}`. The kinds stand in the order in which they are tried: what is
both frequent and specific first, what may help by accident last.
"""

from __future__ import annotations

IDEAS = {
    # reductions and axes
    "mean to sum": "`{old}` takes a mean where the parts add up",
    "sum to mean": "`{old}` adds up where a mean is wanted",
    "axis": "`{old}` goes over the wrong axis",
    "keepdims": "`{old}` keeps the axis it goes over where it should go, or the other way round",
    "reduction": "`{old}` puts the samples' values together in the wrong way",
    # products
    "transpose": "`{old}` has something transposed that should not be, or not transposed that should be",
    "order of product": "the factors of `{old}` stand in the wrong order",
    "product": "`{old}` multiplies element by element where a matrix product belongs, or the other way round",
    # habits of training loops
    "no zero_grad": "at `{old}`, the gradients of the step before are still there: nothing sets them to zero",
    "mode": "`{old}` is not in the mode, training or evaluation, that is asked for",
    "detach": "`{old}` keeps the graph of the computation where it should be cut off, or the other way round",
    # arrays that are somebody else's
    "argument": "`{old}` is the caller's own and is changed: work on a copy of it",
    "copy": "`{old}` is no copy: what is changed in one changes in the other",
    "in place": "`{old}` changes an array in place that others still use",
    "rebinding": "`{old}` makes a new array where the old one should get new values: whoever holds it sees no change",
    "whole numbers": "decimals are cut off where `{old}` holds whole numbers: make it float64 first",
    # signs, factors and terms that are there
    "sign": "the sign of `{old}` is wrong, or of a part of it",
    "operation": "`{old}` joins its two parts by the wrong operation",
    "divided": "`{old}` divides by what it should not divide by",
    "square": "the power in `{old}` is wrong, or one is missing",
    "factor": "`{old}` has a factor too many",
    "term": "`{old}` has a term too many",
    "value too many": "`{old}` has a value too many",
    "whole division": "`{old}` divides whole numbers where it should not, or the other way round",
    # functions
    "computed again": "`{old}` computes once more what a variable of yours holds already",
    "call": "the call of a function in `{old}` is one too many",
    "other function": "`{old}` calls a function that does not belong there",
    "argument order": "the arguments of `{old}` stand in the wrong order",
    "option": "an option in `{old}` does not belong there",
    "not applied": "`{old}` is used as it comes, and one of your functions has to be applied to it first",
    # decisions
    "comparison": "`{old}` decides wrongly: look at its direction, and at what happens where both sides are equal",
    "condition": "the condition in `{old}` is the opposite of what it should be, or joined wrongly",
    "truth": "the True or False in `{old}` is the opposite of what it should be",
    "steps": "`{old}` makes a step too many or too few, or begins at the wrong one",
    # statements
    "accumulate": "`{old}` overwrites where it should add up, or the other way round",
    "superfluous": "`{old}` should not be there",
    "order": "`{old}` comes too early: what stands below it has to happen before",
    "indentation": "`{old}` does too much or too little: a line at its edge has the wrong depth of indentation",
    "order of values": "the values in `{old}` stand in the wrong order",
    "constant": "a number in `{old}` is not the right one",
    "variable": "a variable in `{old}` is not the one that belongs there",
    # what is missing
    "factor 2": "`{old}` is off by a factor of 2",
    "not divided": "`{old}` is not divided by how many there are",
    "missing factor": "`{old}` lacks a factor",
    "missing term": "`{old}` lacks a term",
    "same as elsewhere": "`{old}` should have the value that another line of yours computes",
}

REMOVED = ("superfluous", "call", "option", "factor", "term", "divided", "value too many")
"""Ideas whose change takes something away. Where others help in the same place, it is that which is in the way."""

PLACE_ONLY = "something in `{old}` is not right"

MISSING = frozenset({"factor 2", "not divided", "missing factor", "missing term", "same as elsewhere"})
"""Ideas whose change adds something: where another change helps, one of these may do so by accident."""

ORDER = {idea: rank for rank, idea in enumerate(IDEAS)}
LONGEST = 60
"""Characters of a student's code that are quoted."""


def quoted(code: str) -> str:
    """Code of a student's on one line, fit to stand between backticks."""
    line = " ".join(code.split()).replace("`", "'")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
