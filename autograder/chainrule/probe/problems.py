"""Names what a student's process did instead of answering; whatever text came from there is made fit to show."""

from __future__ import annotations

import errno

from chainrule.inside import wire
from chainrule.probe.outcome import Blocked, Crashed, Missing, OutOfMemory, StudentProblem, TimedOut

DENIED = frozenset({errno.EPERM, errno.EACCES, errno.EROFS, errno.ENETUNREACH, errno.EFBIG})


def limit_problem(limit: str, what: str) -> StudentProblem:
    """The outcome for a limit that the guard enforced."""
    if limit == "memory":
        return OutOfMemory(f"{what} used more memory than a submission may have.")
    if limit in ("time", "processor time"):
        return TimedOut(f"{what} took more {limit} than a submission may have.")
    return Blocked(f"{what} made more {limit} than a submission may have.")


def raised_problem(raised: wire.Raised, name: str) -> StudentProblem:
    """The outcome of an exception in the student's code."""
    kind = printable(raised.kinds[0], 60) if raised.kinds else "an exception"
    text = printable(raised.text, 300)
    where = f" ({printable(raised.where, 200)})" if raised.where else ""
    sentence = f"`{name}` raised {kind}{': ' + text if text else ''}{where}."
    if "NotImplementedError" in raised.kinds:
        return Missing(f"`{name}` is not written yet{where}.")
    if "MemoryError" in raised.kinds:
        return OutOfMemory(sentence)
    if "PermissionError" in raised.kinds or raised.error_number in DENIED:
        return Blocked(sentence)
    problem = Crashed(sentence)
    problem.kinds = frozenset(raised.kinds)  # type: ignore[attr-defined]
    return problem


def forged() -> Blocked:
    """The outcome of what is no answer."""
    return Blocked("The notebook answered the grader with something that is no answer.")


def bad_arguments(name: str, error: str) -> Crashed:
    """The outcome of arguments that a function of the grader's cannot take."""
    return Crashed(f"`{name}` called the function it was given with arguments it cannot take ({error}).")


def printable(text: str, length: int) -> str:
    """Hostile text made fit to show: one line, no control or direction characters, cut to `length`."""
    clean = "".join(char if char.isprintable() else " " for char in text[: 4 * length])
    clean = " ".join(clean.split())
    return clean if len(clean) <= length else clean[: length - 1] + "…"
