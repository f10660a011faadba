"""Where hints come from: fingerprints, computed before any student's code runs, and kept with the course."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import msgspec

from chainrule.diagnosis import fingerprint_files as files
from chainrule.diagnosis.fingerprints import (
    FingerprintError,
    Fingerprints,
    exercises_with_mistakes,
    fingerprints,
    version_of,
)
from chainrule.diagnosis.naming import diagnose
from chainrule.engine import hidden_tests
from chainrule.engine.assignment import Assignment
from chainrule.engine.grade import Asked, Diagnosis
from chainrule.sandbox.provisioner import SandboxSettings

_known: dict[tuple[str, str], Fingerprints] = {}
_failed: dict[tuple[str, str, str], str] = {}
"""What this process has read or computed last, by the assignment's folder and the seed; and why it could not, by the
version too."""


def hints_for(
    folder: Path | None,
    seed: str,
    assignment: Assignment,
    sandbox: SandboxSettings,
    exercises: Collection[str] | None = None,
    jobs: int = 1,
) -> Diagnosis:
    """How submissions get their hints in these exercises, or in all, from fingerprints under a seed, kept in `folder`.

    What has not been computed yet for this grader is computed now, in the sandbox and on `jobs` cores: call it while no
    student's code runs. If that fails, or cannot be kept, there are no hints, the reason is told with every submission
    that would have had some, and points do not hang on it.

    Raises:
        GradersError: the hidden tests are not in order.
        NoSandboxError, ServerError: there is no sandbox to compute them in.
    """
    version = version_of(assignment, hidden_tests.digest(assignment))
    key = str(assignment.folder), seed
    if (*key, version) not in _failed:
        try:
            _known[key] = _complete(
                _found(folder, assignment, version, seed), folder, assignment, sandbox, exercises, jobs
            )
        except (FingerprintError, ValueError) as error:
            _failed[*key, version] = str(error)
        else:
            return partial(diagnose, fingerprints=_known[key])
    return partial(no_hints, reason=_failed[*key, version])


def no_hints(asked: Asked, reason: str) -> NoReturn:
    """The diagnosis where there are no fingerprints.

    Raises:
        FingerprintError: always, with the reason.
    """
    raise FingerprintError(reason)


def _found(folder: Path | None, assignment: Assignment, version: str, seed: str) -> Fingerprints:
    """What is known of these already, if only for some exercises."""
    found = _known.get((str(assignment.folder), seed))
    if (found is None or found.version != version) and folder is not None:
        with _in_order(folder):
            found = files.stored(folder, assignment.name, version, seed)
    return found if found is not None and found.version == version else Fingerprints(assignment.name, version, seed, {})


def _complete(
    found: Fingerprints,
    folder: Path | None,
    assignment: Assignment,
    sandbox: SandboxSettings,
    exercises: Collection[str] | None,
    jobs: int,
) -> Fingerprints:
    """The same with the exercises that are wanted; what is new is kept."""
    wanted = exercises_with_mistakes(assignment)
    missing = [name for name in wanted if name not in found.exercises and (exercises is None or name in exercises)]
    if not missing:
        return found
    new = fingerprints(assignment, sandbox, found.seed, missing, jobs)
    whole = msgspec.structs.replace(found, exercises={**found.exercises, **new.exercises})
    if folder is not None:
        with _in_order(folder):
            files.store(folder, whole)
    return whole


@contextmanager
def _in_order(folder: Path) -> Iterator[None]:
    """Reads or writes fingerprints.

    Raises:
        FingerprintError: that could not be done.
    """
    try:
        yield
    except OSError as error:
        raise FingerprintError(
            f"{folder}, which keeps what mistakes answer, cannot be read or written ({error.strerror}): "
            "give it back to its owner, or remove it."
        ) from error
