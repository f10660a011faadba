"""What a student finds in the file system of another one's, and of the course's: nothing that is not theirs."""

from __future__ import annotations

import json
import pwd
import secrets
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from demonstration.accounts import OPEN_TO_ALL
from demonstration.commands import done, in_the_name_of
from demonstration.place import COURSE, Place, SetUpError
from hub import handing_in
from hub.handing_in import Work
from hub.visits import Visitor, until, visiting

pytestmark = pytest.mark.hub
MARK = f"mark_{secrets.token_hex(8)}"
"""Stands in a student's work, and so in all that is made of it."""

LOOK = """
import json, os, sys
words, users, found = sys.argv[1].split(","), set(map(int, sys.argv[2].split(","))), {}
for top in sys.argv[3:]:
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            try:
                about = os.stat(path)
                if about.st_uid in users and about.st_size < 2_000_000:
                    with open(path, "rb") as file:
                        data = file.read()
                    for word in words:
                        if word.encode() in data:
                            found.setdefault(word, []).append(path)
            except OSError:
                pass
print(json.dumps(found))
"""
"""Reads whatever can be found and read, as the user who runs it."""


def test_the_file_system_shows_no_ones_work_and_no_secrets(place: Place, browser: Browser) -> None:
    with visiting(browser, place, "alice") as alice:
        alice.open_live()
        before = len(handing_in.attempts(alice))
        handing_in.lay(place, Work("alice", handing_in.answered(place, f"# {MARK}")))
        until(lambda: alice.status(f"{alice.service}attempts/{newest(alice, before)}/feedback") == 200)
    # A name that only the hidden tests have, the other one's mark, and what opens the Hub.
    words = ["def test_large_scores", MARK, place.password]
    everywhere: list[str | Path] = [place.folder, "/home", *left_in_the_open(place)]
    assert readable(place, place.user("bob"), words, everywhere) == {}
    assert set(readable(place, place.account, words, [place.course, place.folder / "course"])) == set(words[:2])


def test_nobody_puts_an_exchange_of_their_own_in_the_place_of_the_courses(place: Place) -> None:
    course, environment = place.exchange / COURSE, place.folder / "student"
    mine = (place.exchange / "mine", course / "mine", course / "outbound" / "mine")
    for command in (("mv", course, mine[0]), ("touch", mine[1]), ("touch", mine[2])):
        with pytest.raises(SetUpError, match=r"Permission denied|not permitted"):
            done(command, "Changing it", **in_the_name_of(place.user("bob"), environment))


def left_in_the_open(place: Place) -> list[Path]:
    """What the Hub's accounts have where everybody may write."""
    users = {pwd.getpwnam(name).pw_uid for name in place.accounts}
    return [one for folder in OPEN_TO_ALL for one in Path(folder).iterdir() if one.lstat().st_uid in users]


def readable(place: Place, account: str, words: list[str], tops: Sequence[str | Path]) -> dict[str, list[str]]:
    """Which of the words an account finds in files of root's and of the class, and where."""
    users = ",".join(str(pwd.getpwnam(name).pw_uid) for name in ("root", *place.accounts))
    environment = place.folder / ("course" if account == place.account else "student")
    script = [environment / "bin/python", "-c", LOOK, ",".join(words), users, *tops]
    found: dict[str, list[str]] = json.loads(done(script, "Looking", **in_the_name_of(account, environment)))
    return found


def newest(visitor: Visitor, before: int) -> int:
    """The id of somebody's last attempt, if there are more than before; else one that nobody has."""
    found = handing_in.attempts(visitor)
    return int(found[-1]["id"]) if len(found) > before else 0
