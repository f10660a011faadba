"""Where inputs come from: the course's secret is made whole, by one of many, and never empty."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chainrule.engine.seed import SECRET_FILE, SecretError, course_secret


def test_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    secret = course_secret(tmp_path)
    assert len(secret) == 64
    assert course_secret(tmp_path) == secret
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / SECRET_FILE).parent.iterdir()] == ["secret"]


def test_many_graders_at_once_have_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as graders:
        assert len(set(graders.map(course_secret, [tmp_path] * 64))) == 1


def test_secret_is_never_there_before_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment when the file gets its name it holds the whole secret."""
    link = os.link

    def watched(source: Path, target: Path) -> None:
        assert not target.exists()
        assert len(source.read_text().strip()) == 64
        link(source, target)

    monkeypatch.setattr("os.link", watched)
    course_secret(tmp_path)


@pytest.mark.parametrize("content", ["", "\n", "short"])
def test_secret_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / SECRET_FILE).parent.mkdir()
    (tmp_path / SECRET_FILE).write_text(content)
    with pytest.raises(SecretError, match="remove it"):
        course_secret(tmp_path)
    assert (tmp_path / SECRET_FILE).read_text() == content


def test_a_folder_where_no_secret_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / ".chainrule").write_text("a file")
    with pytest.raises(SecretError, match="cannot be read or made"):
        course_secret(tmp_path)
