"""A fork server's folder fits its sockets, and goes when its owner is gone, however the owner ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from chainrule.sandbox import held_folder, server, server_folder
from chainrule.sandbox.held_folder import LOCK
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.server_folder import ServerFolder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place for folders."""
    monkeypatch.setattr(held_folder, "places", lambda: [tmp_path])
    monkeypatch.setattr(server_folder, "LONGEST", 1000)
    return tmp_path


def folders(place: Path) -> list[Path]:
    return sorted(place.glob("chainrule-server-*"))


# Paths.


def test_a_kernel_starts_under_a_temporary_folder_with_a_long_path(
    layers: Layers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    own = server.ForkServer(layers=layers)
    try:
        kernel = own.launch(Limits())
        assert not own.folder.is_relative_to(long)
        assert len(os.fsencode(kernel.sockets / "k-5")) <= 107
        while len(list(kernel.sockets.iterdir())) < 5:
            assert kernel.poll(seconds=0.01) is None, kernel.last_words()
    finally:
        own.close()


def test_the_temporary_folder_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/somewhere")
    assert held_folder.places()[:2] == [Path("/somewhere"), Path("/tmp")]


def test_where_no_path_is_short_enough_one_sentence_says_so(
    layers: Layers, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_folder, "LONGEST", 5)
    with pytest.raises(server.ServerError, match=r"^Set TMPDIR to a writable folder with a short path .* tried .*\.$"):
        server.ForkServer(layers=layers)
    assert folders(temporary) == []


# The sweep.


@pytest.fixture
def stale(temporary: Path) -> Path:
    """A folder whose owner was killed."""
    child = os.fork()
    if child == 0:
        ServerFolder()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (folder,) = folders(temporary)
    (folder / "runs" / "a").mkdir(parents=True)
    (folder / "runs" / "a" / "closed").mkdir(mode=0)
    return folder


def test_the_folder_of_a_killed_owner_is_swept_by_the_next(stale: Path, temporary: Path) -> None:
    fresh = ServerFolder()
    assert folders(temporary) == [fresh.path]
    fresh.remove()
    assert folders(temporary) == []


def test_a_folder_in_use_stays(temporary: Path) -> None:
    first, second = ServerFolder(), ServerFolder()
    assert folders(temporary) == sorted([first.path, second.path])


def test_a_folder_in_use_by_a_fork_of_its_owner_stays(temporary: Path) -> None:
    wait, go = os.pipe()
    owner = os.fork()
    if owner == 0:
        ServerFolder()
        if os.fork() == 0:
            os.close(go)
            os.read(wait, 1)
        os._exit(0)
    os.close(wait)
    os.waitpid(owner, 0)
    (folder,) = folders(temporary)
    held_folder.sweep()
    assert folder.exists()
    os.close(go)


def test_a_link_is_not_followed(stale: Path, temporary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    stale.rename(elsewhere / "kept")
    (temporary / "chainrule-server-link").symlink_to(elsewhere / "kept")
    held_folder.sweep()
    assert (elsewhere / "kept" / LOCK).exists()


def test_a_lock_that_is_a_link_is_not_followed(stale: Path, tmp_path: Path) -> None:
    (stale / LOCK).rename(tmp_path / "elsewhere")
    (stale / LOCK).symlink_to(tmp_path / "elsewhere")
    held_folder.sweep()
    assert stale.exists()


def test_a_folder_without_a_lock_stays(temporary: Path) -> None:
    """It is about to get one, or it is somebody else's: `chainrule demo` makes such a folder too."""
    (temporary / "chainrule-server-of-mine").mkdir(mode=0o700)
    held_folder.sweep()
    assert folders(temporary) != []


def test_a_folder_that_others_may_write_to_stays(stale: Path) -> None:
    stale.chmod(0o777)
    held_folder.sweep()
    assert stale.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_stays(stale: Path) -> None:
    os.chown(stale, 12345, 12345)
    held_folder.sweep()
    assert stale.exists()


# The end of the grader.

GRADER = """
import sys, time, psutil
from dataclasses import replace
from chainrule.sandbox import layers, server
from chainrule.sandbox.limits import Limits
level = replace(layers.found(), bubblewrap=layers.found().bubblewrap if sys.argv[1] == "True" else None)
warm = server.shared(server.BASE, level)
kernel = warm.launch(Limits())
while len(list(kernel.sockets.iterdir())) < 5:
    assert kernel.poll(seconds=0.01) is None
print(warm.folder, *(child.pid for child in psutil.Process(warm.process_id).children(recursive=True)), warm.process_id)
sys.stdout.flush()
time.sleep(600)
"""


@pytest.fixture
def grader(layers: Layers) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", GRADER, str(bool(layers.bubblewrap))]
    with tempfile.TemporaryDirectory(prefix="chainrule-") as place:
        environment = {**os.environ, "TMPDIR": place}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            yield process
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=str)
def test_nothing_of_a_killed_grader_runs_on_and_its_folder_goes(
    grader: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert grader.stdout is not None
    folder, *pids = grader.stdout.readline().split()
    keeper = psutil.Process(int(pids[-1])).parent()
    assert keeper is not None
    family = [*(psutil.Process(int(pid)) for pid in pids), keeper]
    # Keeper, fork server, guard and kernel; bubblewrap counts too.
    assert len(family) >= 4
    grader.send_signal(number)
    grader.wait()
    assert psutil.wait_procs(family, timeout=20)[1] == []
    assert not Path(folder).exists()
