"""`chainrule doctor` where scores go into a learning platform: a sentence for each thing that is not in order."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chainrule import cli, doctor
from chainrule.course.init import create
from chainrule.lti import examination, keys, settings, users

WHOLE = """issuer = "https://lms.example.org"
client-id = "tool"
token-url = "https://lms.example.org/token"
deployment = "d-1"
[assignments.xor]
line-item = "https://lms.example.org/lineitems/4/lineitem"
"""


def write(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o600)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    create(folder)
    write(folder / settings.FILE, WHOLE)
    write(folder / users.FILE, "user,user_id\nada,1\n")
    keys.make(folder / settings.KEY)
    return folder


def problems(course: Path) -> list[str]:
    found = examination.examine(course)
    assert found is not None
    return found.problems


def test_what_is_in_order_is_told_in_a_line(course: Path) -> None:
    found = examination.examine(course)
    assert found is not None
    assert (found.problems, found.about) == ([], "https://lms.example.org, client tool, deployment d-1")
    write(course / settings.FILE, WHOLE.replace('deployment = "d-1"\n', ""))
    without = examination.examine(course)
    assert without is not None
    assert (without.problems, without.about) == ([], "https://lms.example.org, client tool, no deployment")


def test_a_course_that_sends_nothing_has_nothing_to_look_at(tmp_path: Path) -> None:
    assert examination.examine(tmp_path) is None


def no_key(course: Path) -> str:
    (course / settings.KEY).unlink()
    return "There is no key"


def key_for_all(course: Path) -> str:
    (course / settings.KEY).chmod(0o640)
    return "Others may read"


def no_pem(course: Path) -> str:
    write(course / settings.KEY, "?")
    return "holds no private key in PEM"


def settings_for_all(course: Path) -> str:
    (course / settings.FILE).chmod(0o666)
    return "Others may write"


def no_users(course: Path) -> str:
    (course / users.FILE).unlink()
    return "user,user_id"


def no_toml(course: Path) -> str:
    write(course / settings.FILE, "issuer")
    return "lti.toml: "


@pytest.mark.parametrize("damage", [no_key, key_for_all, no_pem, settings_for_all, no_users, no_toml])
def test_each_thing_that_is_not_is_one_sentence(course: Path, damage: Callable[[Path], str]) -> None:
    said = damage(course)
    (problem,) = problems(course)
    assert said in problem
    assert "\n" not in problem


def test_everything_is_told_at_once(course: Path) -> None:
    text = WHOLE.replace('"tool"', '""').replace("https://lms.example.org/token", "http://lms.example.org/token")
    write(course / settings.FILE, text.replace('issuer = "https', 'issuer = "ftp'))
    key_for_all(course)
    said = ["client-id is empty", "issuer is 'ftp:", "token-url is 'http:", "Others may read"]
    found = problems(course)
    assert len(found) == len(said)
    assert all(wanted in problem for wanted, problem in zip(said, found, strict=True))


def test_loopback_may_be_asked_without_tls(course: Path) -> None:
    write(course / settings.FILE, WHOLE.replace("https://lms.example.org", "http://127.0.0.1:8000"))
    assert problems(course) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to somebody else")
def test_root_looks_for_the_courses_account(course: Path) -> None:
    for place in (course, course / settings.FILE, course / users.FILE, course / settings.KEY):
        os.chown(place, 4242, 4242)
    assert problems(course) == []
    os.chown(course / settings.KEY, 4243, 4243)
    (problem,) = problems(course)
    assert "belongs to another account" in problem


def test_the_doctor_says_so_and_ends_with_another_status(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "reached", lambda preload, folder: [])
    assert cli.main(["doctor", "--course", str(course)]) == 0
    assert "scores go to: https://lms.example.org, client tool, deployment d-1" in capsys.readouterr().out
    no_key(course)
    assert cli.main(["doctor", "--course", str(course)]) == 1
    assert "There is no key" in capsys.readouterr().out
    assert cli.main(["doctor", "--json", "--course", str(course)]) == 1
    assert len(json.loads(capsys.readouterr().out)["lti"]["problems"]) == 1
