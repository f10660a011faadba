"""Where everything of a demonstration lies, and what was made for it: only that is ever removed."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
SITE = "site.json"
COURSE = "nn101"


class SetUpError(RuntimeError):
    """It cannot be set up; the message says what was found and what to do."""


@dataclass(frozen=True)
class Place:
    """A folder with a Hub in it. Accounts have the `prefix` before their names."""

    folder: Path
    prefix: str = "chr_"
    port: int = 8000
    students: tuple[str, ...] = ("alice", "bob")
    instructors: tuple[str, ...] = ("ina",)
    assignments: tuple[str, ...] = ("numpy_mlp",)

    @property
    def run(self) -> Path:
        """What the Hub keeps: nobody else may look into it."""
        return self.folder / "run"

    @property
    def exchange(self) -> Path:
        """nbgrader's exchange."""
        return self.folder / "exchange"

    @property
    def account(self) -> str:
        """The course's account."""
        return f"{self.prefix}course"

    @property
    def course(self) -> Path:
        """The course's folder."""
        return home(self.account) / COURSE

    @property
    def password(self) -> str:
        """The one password of the demonstration."""
        return (self.run / "password").read_text().strip()

    @property
    def url(self) -> str:
        """The Hub's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ports(self) -> range:
        """The Hub takes the first ones, services those from the eleventh on."""
        return range(self.port, self.port + 12)

    def user(self, name: str) -> str:
        """The account of somebody."""
        return f"{self.prefix}{name}"

    @property
    def accounts(self) -> list[str]:
        """All accounts, the course's last."""
        return [*map(self.user, (*self.students, *self.instructors)), self.account]

    @property
    def made_accounts(self) -> list[str]:
        """Those that were made for it."""
        return [*json.loads((self.folder / SITE).read_text())["accounts"]] if self.is_begun else []

    def note(self, *accounts: str) -> None:
        """Keep what this is, and that these accounts are about to be made for it."""
        site = asdict(self) | {"folder": str(self.folder), "accounts": sorted({*self.made_accounts, *accounts})}
        new = self.folder / f".{SITE}"
        new.write_text(json.dumps(site, indent=1) + "\n")
        new.replace(self.folder / SITE)

    def begin(self) -> None:
        """Make the folder, or find what was begun in it.

        Raises:
            SetUpError: it holds something else, or lies where other users cannot reach it.
        """
        if self.folder.is_dir() and any(self.folder.iterdir()) and not self.is_begun:
            raise SetUpError(f"{self.folder} holds other things: name a folder that is new or empty, with FOLDER=.")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        if closed := closed_above(self.folder):
            self.folder.rmdir()
            raise SetUpError(f"Students' servers cannot enter {closed}: name a folder elsewhere, with FOLDER=.")
        self.note()
        self.run.mkdir(mode=0o700, exist_ok=True)
        self.exchange.mkdir(exist_ok=True)
        # Everybody adds to it, and nobody renames what others have there.
        self.exchange.chmod(0o1777)

    @property
    def is_begun(self) -> bool:
        """Whether it is a demonstration's folder."""
        return (self.folder / SITE).is_file()

    def vanish(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)


def begun(folder: Path) -> Place | None:
    """The demonstration that was begun in a folder; None if there is none."""
    try:
        site = json.loads((folder / SITE).read_text())
    except FileNotFoundError:
        return None
    names = {one: tuple(site[one]) for one in ("students", "instructors", "assignments")}
    return Place(folder, site["prefix"], site["port"], **names)


def home(account: str) -> Path:
    """The home of an account of the demonstration."""
    return Path("/home") / account


def closed_above(path: Path) -> Path | None:
    """The first folder at or above a path that not everybody may enter."""
    folders = [*reversed(path.parents), path] if path.is_dir() else [*reversed(path.parents)]
    return next((folder for folder in folders if not os.stat(folder).st_mode & 0o001), None)
