"""Submissions laid into the exchange in somebody's name, as `nbgrader submit` does and as somebody else might."""

from __future__ import annotations

import json
import pwd
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import small_course
from chainrule.engine import solutions
from demonstration.commands import done
from demonstration.place import COURSE, Place
from hub.visits import Visitor

LAY = """
import datetime, json, os, secrets, sys
for one in json.load(sys.stdin):
    os.setegid(one["gid"])
    os.seteuid(one["uid"])
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    folder = os.path.join(sys.argv[1], f"{one['student']}+{one['assignment']}+{now}+{secrets.token_hex(16)}")
    os.mkdir(folder)
    for file, text in one["files"].items():
        with open(os.path.join(folder, file), "w") as out:
            out.write(text)
    os.seteuid(0)
    print(os.path.basename(folder))
"""
"""Writes as the users whom the file system then names; the secret, which nbgrader writes too, comes last."""


@dataclass(frozen=True)
class Work:
    """A notebook that `who` hands in; as that of the account `named`, if that is somebody else's."""

    who: str
    notebook: NotebookNode
    assignment: str = small_course.NAME
    named: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)
    """Files by their names."""


def lay(place: Place, *works: Work) -> list[str]:
    """Lay works into the exchange as fast as it goes; the names of their folders."""
    told = []
    for work in works:
        user = pwd.getpwnam(place.user(work.who))
        files = dict(work.beside) | {
            f"{work.assignment}.ipynb": nbformat.writes(work.notebook),
            "timestamp.txt": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC"),
            "submission_secret.txt": secrets.token_hex(32),
        }
        student = work.named or place.user(work.who)
        one = {"uid": user.pw_uid, "gid": user.pw_gid, "student": student, "assignment": work.assignment}
        told.append(one | {"files": files})
    script: list[str | Path] = [place.folder / "student/bin/python", "-c", LAY, place.exchange / COURSE / "inbound"]
    return done(script, "Handing in", input=json.dumps(told)).splitlines()


def answered(place: Place, answer: str, assignment: str = small_course.NAME) -> NotebookNode:
    """The released notebook with an answer in it."""
    released: Any = nbformat.read(
        place.exchange / COURSE / "outbound" / assignment / f"{assignment}.ipynb", as_version=4
    )
    return solutions.filled(released, {small_course.EXERCISE: answer})


def attempts(visitor: Visitor, assignment: str = small_course.NAME) -> list[dict[str, Any]]:
    """What the service tells somebody of the own attempts."""
    answer = visitor.asked(f"{visitor.service}submissions/{assignment}")
    assert answer.status == 200, answer.text()
    found: list[dict[str, Any]] = answer.json()
    return found


def graded_at(place: Place, student: str, assignment: str) -> int:
    """When what nbgrader's folder has of a student was graded, in nanoseconds; 0 while it is written anew."""
    with suppress(FileNotFoundError):
        return (place.course / "autograded" / student / assignment / "results.json").stat().st_mtime_ns
    return 0
