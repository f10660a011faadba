"""What an account can read of a course, tried as root and computed from modes; and modes of the exchange."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chainrule.course import exchange_modes
from chainrule.course.init import create
from chainrule.course.loaded import CourseError
from chainrule.course.new import new
from chainrule.site import course_settings, places, reading
from chainrule.site.accounts import Account, listed
from chainrule.site.course_settings import Settings
from chainrule.site.trying import Tried

STUDENT = Account("ada", 54321, 54321, (54321, 54400))
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
WAYS = [pytest.param(reading.by_trying, marks=AS_ROOT, id="tried"), pytest.param(reading.by_modes, id="computed")]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody on this machine can come to, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        if not STUDENT.may(folder, 5):
            pytest.skip("the temporary folder is closed to others on this machine")
        yield folder


@pytest.fixture
def course(open_folder: Path) -> Path:
    """A course with something in every secret place."""
    folder = open_folder / "course"
    create(folder)
    new("week1", folder)
    for place in (".chainrule/service", "submitted/bob/week1", "autograded/bob/week1", "feedback/bob/week1"):
        (folder / place).mkdir(parents=True)
        (folder / place / "file").write_text("secret")
    (folder / "gradebook.db").write_text("")
    return folder


@pytest.fixture
def settings(course: Path, open_folder: Path) -> Settings:
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"c.Exchange.root = {str(open_folder / 'exchange')!r}\n")
    return course_settings.read(course)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("mode", "readable", "writable"), [
    (0o600, False, False), (0o644, True, False), (0o666, True, True), (0o622, False, True), (0o640, False, False),
])  # fmt: skip
def test_a_file_is_open_as_its_mode_says(
    open_folder: Path, way: Callable[..., Tried], mode: int, readable: bool, writable: bool
) -> None:
    file = open_folder / "file"
    file.write_text("x")
    file.chmod(mode)
    found = way(STUDENT, [file])
    assert (found.readable, found.writable) == ([str(file)] * readable, [str(file)] * writable)


@AS_ROOT
@pytest.mark.parametrize("way", [reading.by_trying, reading.by_modes])
def test_the_first_that_fits_decides(open_folder: Path, way: Callable[..., Tried]) -> None:
    file = open_folder / "file"
    file.write_text("x")
    for owner, mode, readable in [
        ((STUDENT.user, 0), 0o044, False),
        ((0, STUDENT.groups[1]), 0o604, False),
        ((0, STUDENT.groups[1]), 0o640, True),
    ]:
        os.chown(file, *owner)
        file.chmod(mode)
        assert bool(way(STUDENT, [file]).readable) is readable


@pytest.mark.parametrize("way", WAYS)
def test_a_closed_folder_closes_what_is_in_it(open_folder: Path, way: Callable[..., Tried]) -> None:
    room = open_folder / "room"
    room.mkdir()
    (room / "file").write_text("x")
    (room / "file").chmod(0o644)
    room.chmod(0o711)
    assert way(STUDENT, [room, room / "file"]).readable == [str(room / "file")], "it can be opened by its name"
    room.chmod(0o700)
    assert way(STUDENT, [room, room / "file"]).readable == []


@AS_ROOT
def test_what_would_wait_or_lead_elsewhere_is_not_opened(open_folder: Path) -> None:
    os.mkfifo(open_folder / "pipe")
    (open_folder / "link").symlink_to("/etc/passwd")
    for name in ("pipe", "link"):
        assert reading.by_trying(STUDENT, [open_folder / name]).readable == []


def about_the_course(course: Path, settings: Settings) -> list[str]:
    """The findings, but for where chainrule is installed: tests do not choose that."""
    found = places.open_to([STUDENT], course, settings)
    return [finding for finding in found if "install chainrule where" not in finding]


def test_a_closed_course_is_in_order(course: Path, settings: Settings) -> None:
    assert about_the_course(course, settings) == []


@pytest.mark.parametrize(
    "place",
    [
        ".chainrule",
        "source",
        "assignments",
        "submitted",
        "autograded",
        "feedback",
        "gradebook.db",
        "nbgrader_config.py",
    ],
)
def test_each_secret_place_that_is_open_is_found(course: Path, settings: Settings, place: str) -> None:
    for path in course.iterdir():
        path.chmod(0o600)
    course.chmod(0o711)
    for path in [course / place, *(course / place).rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (finding,) = about_the_course(course, settings)
    assert finding.startswith(f"ada can read {course / place}")
    assert f"`chmod go-rwx '{course}'`" in finding


def test_what_a_student_can_change_is_found(course: Path, settings: Settings) -> None:
    course.chmod(0o733)
    (course / "submitted").chmod(0o733)
    changed = [finding for finding in about_the_course(course, settings) if "can change" in finding]
    assert [finding.partition(":")[0] for finding in changed] == [
        f"ada can change what is in {course}",
        f"ada can change what is in {course / 'submitted'}",
    ]


@AS_ROOT
def test_what_is_not_the_courses_own_is_found(course: Path, settings: Settings) -> None:
    account = Account("teacher", 54322, 54322, (54322,))
    for path in (course, *course.rglob("*")):
        os.chown(path, account.user, account.group)
    assert list(places.of_another(course, settings, account)) == []
    os.chown(course / "autograded/bob/week1/file", 0, 0)
    (finding,) = places.of_another(course, settings, account)
    assert finding.startswith(f"{course / 'autograded/bob/week1/file'} does not belong to the course's account")
    assert f"`chown -R teacher: '{course / 'autograded'}'`" in finding


@AS_ROOT
def test_root_does_not_run_the_courses_configuration(course: Path) -> None:
    account = Account("teacher", 54322, 54322, (54322,))
    trial = [sys.executable, "-P", "-c", "import chainrule.site.course_settings"]
    try:
        subprocess.run(trial, user=account.user, group=account.group, extra_groups=[], cwd="/", check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nobody but root can run this environment")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"import os\nopen({str(course / 'who')!r}, 'w').write(str(os.getresuid()))\nprint('noise')\n")
    for path in (course, *course.rglob("*")):
        os.chown(path, account.user, account.group)
    assert course_settings.of(course, account).course_id == "course"
    assert (course / "who").read_text() == "(54322, 54322, 54322)"


@AS_ROOT
def test_a_configuration_that_cannot_be_loaded_is_one_sentence(course: Path) -> None:
    account = Account("teacher", 54322, 54322, (54322,))
    (course / "nbgrader_config.py").write_text("c = get_confg()\n")
    for path in (course, *course.rglob("*")):
        os.chown(path, account.user, account.group)
    with pytest.raises(CourseError) as caught:
        course_settings.of(course, account)
    assert "\n" not in str(caught.value)
    assert "teacher" in str(caught.value)


@pytest.fixture
def exchange(open_folder: Path) -> Path:
    """As nbgrader makes it, with the sticky bit."""
    root = open_folder / "exchange"
    for name, mode in {"": 0o1777, "course": 0o755, "course/inbound": 0o2733, "course/outbound": 0o755}.items():
        (root / name).mkdir()
        (root / name).chmod(mode)
    (root / "course/feedback").mkdir(mode=0o711)
    return root


def test_an_exchange_in_order(exchange: Path, settings: Settings) -> None:
    assert exchange_modes.problems(exchange, "course") == []
    assert exchange_modes.problems(exchange, "not released yet") == []
    assert list(places.closed_to([STUDENT], settings)) == []


@pytest.mark.parametrize(("place", "mode", "said"), [
    ("", 0o700, "Students cannot come into the exchange"),
    ("", 0o777, "Students can rename what lies in the exchange"),
    ("course", 0o777, "Students can put what they like into"),
    ("course/outbound", 0o757, "Students can put what they like into"),
    ("course/inbound", 0o2737, "Students can list"),
    ("course/inbound", 0o2700, "Students cannot hand in"),
    ("course/feedback", 0o755, "and so read the feedback of others"),
])  # fmt: skip
def test_wrong_modes_are_one_sentence_each(exchange: Path, place: str, mode: int, said: str) -> None:
    (exchange / place).chmod(mode)
    (finding,) = exchange_modes.problems(exchange, "course")
    assert said in finding
    assert str(exchange / place) in finding
    assert "`chmod " in finding


def test_an_inbound_folder_that_the_course_may_not_read(exchange: Path) -> None:
    (finding,) = exchange_modes.problems(exchange, "course", lambda folder: False)
    assert "may not read" in finding
    assert str(exchange / "course/inbound") in finding


def test_an_exchange_that_is_not_there(open_folder: Path) -> None:
    (finding,) = exchange_modes.problems(open_folder / "none", "course")
    assert finding.endswith(f"make it with `install -d -m 1777 '{open_folder / 'none'}'`.")


def test_a_student_who_cannot_hand_in(exchange: Path, settings: Settings) -> None:
    (exchange / "course/inbound").chmod(0o2730)
    (finding,) = places.closed_to([STUDENT], settings)
    assert finding.startswith("ada cannot hand in")


@pytest.mark.parametrize(("names", "said"), [
    (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (list("abcde"), "a, b and 3 others"),
])  # fmt: skip
def test_names_are_listed(names: list[str], said: str) -> None:
    assert listed(names) == said
