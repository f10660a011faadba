"""nbgrader's collect without its trust in students: set as `c.ExchangeFactory.collect`.

Whose a submission is says the file system, and when it came the kernel's clock; no link is followed.
"""

from __future__ import annotations

import fnmatch
import os
import re
import secrets
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.default import ExchangeCollect
from traitlets import Unicode

from chainrule.course import collected_files, timestamps
from chainrule.course.beside import LeftOut, Room, is_ignored, link_on_the_way
from chainrule.course.grade import GradeInSandbox
from chainrule.course.inbound import MOST_REFUSED, ChangedError, HandedIn, Inbound, Owner, RefusedError, user_number
from chainrule.course.internals import COLLECTING, alone
from chainrule.course.replacing import put_back, replacing
from chainrule.sandbox.entry import UNREADABLE, Entry, LeftOutError, is_sound_name, shown
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.remove import clear

SECRET = "submission_secret.txt"
"""What nbgrader finds the feedback of a submission by: a student's own program has written it."""

SETTLES = timedelta(seconds=5)
"""So long after its last change a submission is what it is: what cannot be read of it then is left out."""

ALREADY = "Submission already exists, use --update to update"
SOUND_SECRET = re.compile(rb"[A-Za-z0-9_=-]{16,1000}\n?")


class CollectSubmissions(ExchangeCollect):  # type: ignore[misc]
    """Copies what students handed in from the exchange into the course, as `nbgrader collect` does."""

    inbound_owner = Unicode(
        "",
        help="The account that everything in the exchange's inbound folder belongs to, where a service hands in for "
        "all students: whose a submission is then says the name of its folder, which is as good as that service is. "
        "None: every submission must belong to the student whom the name of its folder says.",
    ).tag(config=True)

    def init_src(self) -> None:
        """Look at what was handed in, and choose one submission of each student."""
        if not self.coursedir.course_id:
            self.fail("No course id specified. Re-run with --course flag.")
        self.duedate = self._duedate() if self.before_duedate else None
        self.inbound = self.inbound_of(self.coursedir.assignment_id)
        found = self.inbound.handed_in(self.coursedir.student_id or "*")
        self.src_records = [self._chosen(one) for one in found.values()]
        for sentence in self.inbound.refused[:MOST_REFUSED]:
            self.log.warning("%s Nothing that was collected before is replaced by it.", sentence)
        if len(self.inbound.refused) > MOST_REFUSED:
            self.log.warning("%d others were refused too.", len(self.inbound.refused) - MOST_REFUSED)
        if self.inbound.refused and not found:
            self.log.warning(
                "If one account hands in for all students here, c.CollectSubmissions.inbound_owner must say which."
            )

    def inbound_of(self, assignment: str) -> Inbound:
        """The exchange's inbound folder, and what was handed in there for an assignment."""
        place = Path(self.root) / self.coursedir.course_id / "inbound"
        if not place.is_dir():
            self.fail(f"Course not found: {place}")
        if not os.access(place, os.R_OK | os.X_OK):
            self.fail(f"You don't have read permissions for the directory: {place}")
        return Inbound(place, assignment, self._owner(), self._limits.scratch_files)

    def copy_files(self) -> None:
        """Copy what is new."""
        assignment, course = self.coursedir.assignment_id, self.coursedir.course_id
        if not self.src_records:
            self.log.warning("No submissions of '%s' for course '%s' to collect", assignment, course)
            return
        self.log.info("Processing %d submissions of '%s' for course '%s'", len(self.src_records), assignment, course)
        failed = []
        with alone(Path(self.coursedir.root), COLLECTING, self.log):
            for handed_in in self.src_records:
                student = handed_in.student
                try:
                    self._collect(handed_in)
                except RefusedError as error:
                    said = "%s was refused: %s. What was collected of %s before stays."
                    self.log.warning(said, shown(handed_in.folder), error, student)
                except OSError as error:
                    failed.append(student)
                    said = "The submission of %s could not be written (%s); what was collected of it before stays."
                    self.log.error(said, student, error)
        if failed:
            self.fail(f"Not collected: {', '.join(failed)}; the messages above say why.")

    def _collect(self, handed_in: HandedIn) -> None:
        student, assignment = handed_in.student, self.coursedir.assignment_id
        target = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, assignment))
        if (link := link_on_the_way(target, Path(self.coursedir.root))) is not None:
            raise RefusedError(f"{link} is a link; put the folder itself there")
        put_back(target)
        updating = target.exists()
        if updating and not self._is_wanted(handed_in.time, self.coursedir.get_existing_timestamp(str(target))):
            said = "No newer submission to collect" if self.update else ALREADY
            self.log.info("%s: %s %s", said, student, assignment)
            return
        self.log.info("%s submission: %s %s", "Updating" if updating else "Collecting", student, assignment)
        with replacing(target) as folder:
            notes = self.copy(self.inbound, handed_in, folder)
            timestamp = timestamps.written(handed_in.time)
            (folder / timestamps.FILE).write_text(timestamp)
            if require_secret(folder):
                notes.append(
                    f"`{SECRET}` was none of nbgrader's: the feedback cannot be fetched by nbgrader's command."
                )
            if self.coursedir.groupshared:
                _share(folder)
            collected_files.write(
                Path(self.coursedir.root), assignment, student, collected_files.Collected(timestamp, notes)
            )
        for note in notes:
            self.log.warning("The submission of %s: %s", student, note)

    def _is_wanted(self, new: datetime, existing: datetime | None) -> bool:
        """Whether what came then takes the place of what was collected before."""
        if self.update and (existing is None or new > existing):
            return True
        return bool(self.before_duedate) and existing != new

    def copy(self, inbound: Inbound, handed_in: HandedIn, folder: Path) -> list[str]:
        """Copy a submission into a new folder; a sentence for each thing left out.

        Raises:
            ChangedError: it changed meanwhile, or something in it cannot be read and has changed a moment ago.
            RefusedError: it is not its student's any more.
            OSError: the copy cannot be written.
        """
        left_out = LeftOut()
        unreadable = False
        room = Room(self._limits, 1000 * self.coursedir.max_file_size, 1000 * self.coursedir.max_dir_size)
        with inbound.entries_of(handed_in) as found:
            for entry in found:
                path = PurePosixPath(entry.path)
                if is_ignored(path, self.coursedir.ignore) or path.parts[0] == timestamps.FILE:
                    continue
                try:
                    self._take(entry, path, folder, room)
                except LeftOutError as error:
                    unreadable = unreadable or str(error).startswith(UNREADABLE)
                    left_out.add(entry.path, str(error))
                    if _is_notebook(path) and is_sound_name(path.name):
                        # It is graded as what it is, and not as if nothing had been handed in.
                        (folder / path).write_text(f"This was handed in as a notebook, but {error}.\n")
        if unreadable and timestamps.now() - handed_in.time < SETTLES:
            # Submitting sets the modes last: what nobody may read yet is no empty submission.
            raise ChangedError("something in it cannot be read, and it changed a moment ago; collect again")
        return left_out.notes

    def _take(self, entry: Entry, path: PurePosixPath, folder: Path, room: Room) -> None:
        """Copy a file, or make a folder.

        Raises:
            LeftOutError: it is neither, too large, or cannot be read.
        """
        if entry.reason:
            raise LeftOutError(entry.reason)
        if not entry.is_file:
            if _is_notebook(path):
                raise LeftOutError("it is a folder, not a file")
            if not _is_notebook(PurePosixPath(path.parts[0])):
                (folder / path).mkdir(parents=True, exist_ok=True)
        elif len(path.parts) == 1 or not _is_notebook(PurePosixPath(path.parts[0])):
            if not any(fnmatch.fnmatchcase(path.name, pattern) for pattern in self.coursedir.include):
                return
            if entry.status is not None and entry.status.st_nlink > 1 and not self._belongs_to_student:
                raise LeftOutError("it has a second name elsewhere, and could be anybody's")
            room.copy(entry, folder / path)

    @property
    def _belongs_to_student(self) -> bool:
        """Whether every submission must belong to its student."""
        return self.check_owner and not self.inbound_owner

    def _owner(self) -> Owner:
        if not self.inbound_owner:
            return user_number if self.check_owner else lambda student: None
        try:
            number = user_number(self.inbound_owner)
        except RefusedError as error:
            self.fail(f"c.CollectSubmissions.inbound_owner is wrong: {error}.")
        return lambda student: number

    @property
    def _limits(self) -> Limits:
        return GradeInSandbox(config=self.config).limits

    def _duedate(self) -> datetime | None:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                found: datetime | None = gradebook.find_assignment(self.coursedir.assignment_id).duedate
            except MissingEntry:
                return None
        return found

    def _chosen(self, handed_in: list[HandedIn]) -> HandedIn:
        """The latest, or with a due date the latest before it, if there is one."""
        in_time = [one for one in handed_in if self.duedate is None or one.time <= self.duedate]
        return (in_time or handed_in)[0]


def _is_notebook(path: PurePosixPath) -> bool:
    """Whether nbgrader would take this for a notebook of the submission."""
    return len(path.parts) == 1 and path.suffix == ".ipynb"


def require_secret(folder: Path) -> bool:
    """Make a secret where there is none that nbgrader can use; whether that was so."""
    if _is_sound_secret(folder / SECRET):
        return False
    clear(folder / SECRET)
    (folder / SECRET).write_text(secrets.token_hex(64))
    return True


def _is_sound_secret(file: Path) -> bool:
    """Whether nbgrader can use this secret; without one it would release nobody's feedback."""
    return file.is_file() and SOUND_SECRET.fullmatch(file.read_bytes()[:2000]) is not None


def _share(folder: Path) -> None:
    """Let the group of a course that has several teachers write there too, as nbgrader does."""
    for place, _, files in os.walk(folder):
        os.chmod(place, 0o2770 | os.stat(place).st_mode & 0o777)
        for file in files:
            name = os.path.join(place, file)
            os.chmod(name, 0o660 | os.stat(name).st_mode & 0o777)
