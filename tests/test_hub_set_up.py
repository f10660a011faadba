"""`make hub` where it cannot be done: one sentence, and nothing is changed."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

import set_up
from demonstration import accounts, circumstances
from demonstration.place import Place, SetUpError, begun, closed_above


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command says when it fails."""
    assert set_up.main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    return error


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_who_is_not_root_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "sudo make hub" in said(capsys, "--folder", str(tmp_path / "hub"))
    assert "sudo make hub" in said(capsys, "--folder", str(tmp_path), "--remove")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(("command", "package"), [("npm", "npm"), ("bwrap", "bubblewrap"), ("useradd", "passwd")])
def test_what_is_missing_is_named(
    command: str, package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda asked, **_: None if asked == command else f"/usr/bin/{asked}")
    assert f"apt install {package}" in said(capsys, "--folder", str(tmp_path / "hub"))
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetUpError, match=f"Port {port} on 127.0.0.1 cannot be taken .*PORT="):
            circumstances.require_free(range(port, port + 1))


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "mine").touch()
    with pytest.raises(SetUpError, match="holds other things"):
        Place(tmp_path).begin()
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_others_cannot_enter_is_none_for_a_hub(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    # Pytest's own folders are closed too.
    assert closed_above(closed / "hub") in (closed, *closed.parents)
    with pytest.raises(SetUpError, match="cannot enter"):
        Place(closed / "hub").begin()
    assert list(closed.iterdir()) == []


@pytest.mark.usefixtures("root")
def test_only_what_was_made_is_removed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert "is no folder that `make hub` has made" in said(capsys, "--folder", str(tmp_path), "--remove")
    assert (tmp_path / "mine").exists()


def test_somebodys_account_is_left_alone(tmp_path: Path) -> None:
    place = Place(tmp_path, prefix="", students=("root",))
    with pytest.raises(SetUpError, match="There is an account root on this machine"):
        accounts.make(place)
    assert place.made_accounts == []


def test_what_was_begun_is_found_again(tmp_path: Path) -> None:
    place = Place(tmp_path, "x_", 9000, ("a", "b"), ("c",), ("week1",))
    assert begun(tmp_path) is None
    place.note("x_a")
    place.note("x_b")
    assert begun(tmp_path) == place
    assert place.made_accounts == ["x_a", "x_b"]
