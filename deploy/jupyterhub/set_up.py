"""`make hub`: a JupyterHub with a course that is graded on submit, on loopback, on a machine that has nothing yet.

As root. Everything lies in one folder; accounts begin with one prefix; `--remove` takes both away again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from demonstration import accounts, circumstances, course, hub
from demonstration.environments import make_course, make_proxy, make_students
from demonstration.place import COURSE, Place, SetUpError, begun

FOLDER = Path("/srv/chainrule-hub")

READY = """
A Hub with the course {course} is at {url}

  students     {students}
  instructors  {instructors}
  password     {password}

  what students see      {url}/services/chainrule-{course}/
  what instructors see   {url}/services/chainrule-{course}/class/
  the formgrader         {url}/services/{course}/
  the log                {log}

`{clean}` ends it and removes the accounts and {folder}."""


def set_up(place: Place) -> None:
    """Set up what is not there, and start the Hub.

    Raises:
        SetUpError: the machine lacks something, or something is in the way; called again, it goes on there.
    """
    circumstances.require()
    if place.is_begun and hub.is_up(place):
        return
    place.begin()
    say("accounts and exchange")
    accounts.make(place)
    say("environments of students and of the course, and the Hub's proxy")
    with ThreadPoolExecutor() as workers:
        made = [workers.submit(make, place) for make in (make_course, make_students, make_proxy)]
    for one in made:
        one.result()
    say("course")
    course.make(place)
    course.require_sandbox(place)
    say("Hub")
    hub.describe(place)
    hub.start(place)


def remove(place: Place) -> None:
    """End it, and remove the accounts that were made for it and the folder.

    Raises:
        SetUpError: something does not end.
    """
    hub.stop(place)
    accounts.remove(place)
    place.vanish()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    options = _options(arguments)
    folder = options.folder.resolve()
    before = begun(folder)
    try:
        if options.remove:
            circumstances.require_root()
            if before is None:
                raise SetUpError(f"{folder} is no folder that `make hub` has made: name the one with FOLDER=.")
            remove(before)
            say(f"{folder} and its accounts are removed.")
            return 0
        place = before or Place(folder, options.prefix)
        asked = tuple(options.assignment or place.assignments)
        place = replace(place, assignments=asked, port=options.port or place.port)
        set_up(place)
    except SetUpError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _tell(place)
    return 0


def say(what: str) -> None:
    """Say what comes next, or what is done."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _tell(place: Place) -> None:
    say(
        READY.format(
            course=COURSE,
            url=place.url,
            students=" ".join(map(place.user, place.students)),
            instructors=" ".join(map(place.user, place.instructors)),
            password=place.password,
            log=place.run / "hub.log",
            clean="make hub-clean" if place.folder == FOLDER else f"make hub-clean FOLDER={place.folder}",
            folder=place.folder,
        )
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="set_up.py", description=str(__doc__).splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for all that is installed and kept")
    parser.add_argument("--port", type=int, default=0, help="the first of twelve on loopback (default: 8000)")
    parser.add_argument("--prefix", default="chr_", help="what the names of accounts begin with")
    what = "one that chainrule ships, or a new small one (may be repeated; default: numpy_mlp)"
    parser.add_argument("--assignment", action="append", metavar="NAME", help=what)
    parser.add_argument("--remove", action="store_true", help="end it, and remove its accounts and its folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
