"""One warm fork server for all graders of a user: shared, kept for a while, gone afterwards, and closed to students."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import pytest
from conftest import GRADERS_VARIABLE, SHARED_LEVELS, at_level, notebook_of, printed

from chainrule.engine.notebook import NotebookRunner
from chainrule.inside.messages import MAX_MESSAGE
from chainrule.sandbox import circumstances, held_folder, kept_process, meeting, server, server_folder, warm_process
from chainrule.sandbox.fork_server import ForkServer
from chainrule.sandbox.keeper_messages import Hello
from chainrule.sandbox.kept_process import IDLE_VARIABLE, joined
from chainrule.sandbox.layers import NONE, Layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings

Join = Callable[[], ForkServer]

SECONDS = 30
"""How long a test waits for what should come at once."""


BOTH_LEVELS = pytest.mark.parametrize("layers", SHARED_LEVELS, indirect=True)


@pytest.fixture
def layers(request: pytest.FixtureRequest) -> Layers:
    """What this machine has; a keeper is the same at every level, and what is closed to students is tried at each."""
    return at_level(getattr(request, "param", SHARED_LEVELS[0]))


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A meeting place, and room for server's folders, of this test alone."""
    # Longer than a test, and ended by it.
    monkeypatch.setenv(IDLE_VARIABLE, "600")
    monkeypatch.setenv(GRADERS_VARIABLE, "expected answers")
    with tempfile.TemporaryDirectory(prefix="chainrule-") as temporary:
        monkeypatch.setenv("TMPDIR", temporary)
        monkeypatch.setattr(tempfile, "tempdir", temporary)
        found = Path(temporary) / "keepers"
        found.mkdir(mode=0o700)
        monkeypatch.setattr(meeting, "folder", lambda: found)
        yield found
        for keeper in keepers(found):
            keeper.kill()
        until(lambda: not keepers(found) and not servers(found), "the test's servers have ended")


@pytest.fixture
def join(layers: Layers, place: Path) -> Iterator[Join]:
    """Joins the test's fork server, each time as another client."""
    clients: list[ForkServer] = []

    def join() -> ForkServer:
        clients.append(ForkServer(layers=layers, begin=joined))
        return clients[-1]

    yield join
    for client in clients:
        client.close()


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"not so after {SECONDS} s: {what}"
        time.sleep(0.02)


def keepers(place: Path) -> list[psutil.Process]:
    """The keepers of this meeting place."""
    return processes("chainrule.sandbox.keeper", str(place))


def servers(place: Path) -> list[psutil.Process]:
    """The fork servers, their forks and bubblewraps with a folder beside this meeting place."""
    return processes(str(place.parent / server_folder.PREFIX))


def processes(*words: str) -> list[psutil.Process]:
    """Those with all of these words in their command lines; what has ended has none."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            line = " ".join(process.cmdline())
            if all(word in line for word in words):
                found.append(process)
    return found


def folders(place: Path) -> list[Path]:
    return sorted(place.parent.glob(f"{server_folder.PREFIX}*"))


def running_below(client: ForkServer) -> int:
    """How many processes of the fork server run; what has ended is collected at the next launch."""
    children = psutil.Process(client.process_id).children(recursive=True)
    return sum(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in children)


def works(client: ForkServer) -> bool:
    """Whether it forks kernels that listen."""
    kernel = client.launch(Limits())
    try:
        until(lambda: len(list(kernel.sockets.iterdir())) == 5, "the kernel listens")
        return kernel.poll() is None
    finally:
        kernel.close()


CLIENT = """
import sys
from pathlib import Path
from dataclasses import replace
from chainrule.sandbox import layers, meeting
from chainrule.sandbox.fork_server import ForkServer
from chainrule.sandbox.kept_process import joined
from chainrule.sandbox.limits import Limits
meeting.folder = lambda: Path(sys.argv[1])
level = replace(layers.found(), bubblewrap=layers.found().bubblewrap if sys.argv[2] == "True" else None)
heard = lambda module: print("loading", module, flush=True)
client = ForkServer(layers=level, begin=joined, on_progress=heard)
kernel = client.launch(Limits())
while len(list(kernel.sockets.iterdir())) < 5:
    assert kernel.poll(seconds=0.01) is None, kernel.last_words()
print("ready", client.process_id, kernel.folder, flush=True)
sys.stdin.read()
kernel.close()
"""


@contextmanager
def another_grader(place: Path, layers: Layers) -> Iterator[subprocess.Popen[str]]:
    """A process that joins the server and has a kernel, until its standard input is closed."""
    command = [sys.executable, "-c", CLIENT, str(place), str(bool(layers.bubblewrap))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def ready(grader: subprocess.Popen[str]) -> tuple[int, Path]:
    """The fork server's process and the folder of the kernel, once there is one."""
    assert grader.stdout is not None
    for line in grader.stdout:
        word, *rest = line.split()
        if word == "ready":
            return int(rest[0]), Path(rest[1])
    raise AssertionError("the grader ended before it was ready")


# Shared, and kept warm.


def test_graders_that_start_at_once_share_one_server(layers: Layers, place: Path) -> None:
    with another_grader(place, layers) as first, another_grader(place, layers) as second:
        (one, folder), (two, other) = ready(first), ready(second)
        assert one == two
        assert folder.parent == other.parent
        assert folder != other
        assert len(keepers(place)) == 1


def test_the_next_grader_finds_the_server_warm(layers: Layers, join: Join) -> None:
    first = join()
    first.close()
    heard: list[str] = []
    second = ForkServer(layers=layers, begin=joined, on_progress=heard.append)
    assert second.process_id == first.process_id
    assert heard == []
    assert works(second)
    second.close()


def test_every_client_hears_how_far_the_server_is(layers: Layers, place: Path) -> None:
    with another_grader(place, layers) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline().startswith("loading")


def test_a_server_that_nobody_wants_any_more_ends(join: Join, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(IDLE_VARIABLE, "0")
    first, second = join(), join()
    first.close()
    assert works(second)
    second.close()
    until(lambda: not keepers(place) and not servers(place), "keeper and server have ended")
    assert folders(place) == []
    assert list(place.iterdir()) == []


def test_graders_that_come_and_go_all_get_kernels(layers: Layers, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes just when the last one leaves finds either the old server or a new one, never a dead one."""
    monkeypatch.setenv(IDLE_VARIABLE, "0")
    worked: list[bool] = []

    def come_and_go() -> None:
        for _ in range(3):
            client = ForkServer(layers=layers, begin=joined)
            worked.append(works(client))
            client.close()

    threads = [threading.Thread(target=come_and_go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worked == [True] * 9


@pytest.mark.parametrize("said", ["soon", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_refused(join: Join, place: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv(IDLE_VARIABLE, said)
    with pytest.raises(server.ServerError, match=rf"^{IDLE_VARIABLE} is '{said}' .* a number of seconds, 0 or more\.$"):
        join()
    assert keepers(place) == []


def test_without_a_sandbox_there_is_no_keeper(place: Path) -> None:
    """A student's code could reach it."""
    alone = server.shared(server.BASE, NONE)
    assert keepers(place) == []
    assert works(alone)
    alone.close()


def test_where_keepers_cannot_be_met_each_grader_has_its_own(
    layers: Layers, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Path:
        raise held_folder.FolderError

    monkeypatch.setattr(meeting, "folder", nowhere)
    preload = server.Preload(modules=("html",))
    alone = server.shared(preload, layers)
    assert keepers(place) == []
    alone.close()


# Which graders share.


def test_other_packages_and_layers_are_other_servers(layers: Layers) -> None:
    names = {
        circumstances.name(server.BASE, layers),
        circumstances.name(server.Preload(modules=("json",)), layers),
        circumstances.name(server.Preload(packages=("pandas",)), layers),
        circumstances.name(server.BASE, replace(layers, landlock=6)),
    }
    assert len(names) == 4


@pytest.mark.parametrize("what", ["_python", "_packages", "_code", "_process"])
def test_other_circumstances_are_another_server(layers: Layers, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    before = circumstances.name(server.BASE, layers)
    assert circumstances.name(server.BASE, layers) == before
    monkeypatch.setattr(circumstances, what, lambda: "something else")
    assert circumstances.name(server.BASE, layers) != before


def test_an_installed_package_is_another_circumstance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one-1.0.dist-info").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    before = circumstances._packages()
    (tmp_path / "two-1.0.dist-info").mkdir()
    assert circumstances._packages() != before


def test_where_a_script_lies_is_none(tmp_path: Path, layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    """`chainrule`, `nbgrader` and `pytest` each put a folder of their own first."""
    before = circumstances.name(server.BASE, layers)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert circumstances.name(server.BASE, layers) == before


# Faults.


@BOTH_LEVELS
def test_what_a_killed_grader_leaves_is_removed_and_another_graders_stays(
    layers: Layers, join: Join, place: Path
) -> None:
    mine = join()
    kernel = mine.launch(Limits())
    with another_grader(place, layers) as grader:
        _, folder = ready(grader)
        before = running_below(mine)
        grader.kill()
        until(lambda: not folder.exists(), "its run is removed")
    until(lambda: running_below(mine) == before - 2, "its guard and its kernel have ended")
    assert kernel.poll() is None
    assert kernel.folder.exists()
    assert works(mine)


def test_a_grader_killed_while_the_server_starts_leaves_nothing(layers: Layers, place: Path) -> None:
    with another_grader(place, layers) as grader:
        until(lambda: keepers(place), "a keeper")
        grader.kill()
    until(lambda: not keepers(place) and not servers(place), "keeper and server have ended")
    assert folders(place) == []


@BOTH_LEVELS
def test_a_killed_keeper_disturbs_nobody_and_leaves_nothing(join: Join, place: Path) -> None:
    orphaned = join()
    kernel = orphaned.launch(Limits())
    (keeper,) = keepers(place)
    keeper.kill()
    keeper.wait(SECONDS)
    assert orphaned.alive
    assert kernel.poll() is None
    assert works(orphaned)
    fresh = join()
    assert fresh.process_id != orphaned.process_id
    old = psutil.Process(orphaned.process_id)
    orphaned.close()
    until(lambda: not old.is_running() or old.status() == psutil.STATUS_ZOMBIE, "the server has ended")
    held_folder.sweep()
    assert folders(place) == [fresh.folder]
    assert {path.stem for path in place.iterdir()} == {path.stem for path in place.glob("*.token")}
    assert len(list(place.iterdir())) == 2


def test_the_names_of_killed_keepers_are_removed_by_the_next(layers: Layers, join: Join, place: Path) -> None:
    other = ForkServer(server.Preload(modules=("html",)), layers, begin=joined)
    (keeper,) = keepers(place)
    keeper.kill()
    other.close()
    assert len(list(place.iterdir())) == 2
    left = set(place.iterdir())
    join()
    assert left.isdisjoint(place.iterdir())


@BOTH_LEVELS
def test_a_killed_server_is_replaced_and_leaves_nothing(join: Join, place: Path) -> None:
    dead = join()
    (keeper,) = keepers(place)
    warm_process.kill(dead.process_id)
    until(lambda: not dead.alive, "its end is seen")
    fresh = join()
    assert works(fresh)
    dead.close()
    until(lambda: not dead.folder.exists(), "the folder of the dead server is gone")
    until(lambda: not keeper.is_running() or keeper.status() == psutil.STATUS_ZOMBIE, "so is its keeper")
    assert folders(place) == [fresh.folder]


def test_a_server_whose_folder_vanished_is_replaced(layers: Layers, place: Path) -> None:
    preload = server.Preload(modules=("html", "json"))
    lost = server.shared(preload, layers)
    for folder in (lost.folder, place):
        folder.rename(folder.with_name("vanished"))
        place.mkdir(mode=0o700, exist_ok=True)
        fresh = server.shared(preload, layers)
        assert fresh.folder != lost.folder or folder is place
        assert works(fresh)
        (place.parent / "vanished").rename(place.parent / f"vanished-{folder.name}")
    fresh.close()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(layers: Layers, place: Path) -> None:
    for preload, said in (
        (server.Preload(packages=("no-such-package",)), "^The notebook may import no-such-package, which is not inst"),
        (server.Preload(modules=("no_such_module",)), "did not start: ModuleNotFoundError"),
    ):
        with pytest.raises(server.ServerError, match=said):
            ForkServer(preload, layers, begin=joined)
    until(lambda: not keepers(place) and not servers(place), "keeper and server have ended")
    assert folders(place) == []
    assert list(place.iterdir()) == []


def test_a_keeper_that_cannot_start_says_why(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circumstances, "import_path", list)
    with pytest.raises(server.ServerError, match=r"keeper .* did not start: ModuleNotFoundError"):
        join()


def test_a_server_that_takes_too_long_ends(layers: Layers, place: Path) -> None:
    with pytest.raises(server.ServerError, match="did not start"):
        ForkServer(layers=layers, begin=joined, limits=Limits(warm_seconds=0.5))
    until(lambda: not keepers(place) and not servers(place), "keeper and server have ended")


# Closed to everybody else.


def greeted(place: Path, greeting: bytes) -> bytes:
    """What the keeper answers to a greeting."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
        (path,) = place.glob("*.socket")
        stranger.settimeout(SECONDS)
        stranger.connect(str(path))
        stranger.send(greeting)
        answer, descriptors, _, _ = socket.recv_fds(stranger, MAX_MESSAGE, 4)
        for descriptor in descriptors:
            os.close(descriptor)
        return answer


def token(place: Path) -> str:
    (path,) = place.glob("*.token")
    return path.read_text()


def test_who_knows_the_token_is_welcome(join: Join, place: Path) -> None:
    join()
    assert b"welcome" in greeted(place, msgspec.json.encode(Hello(token(place), 0)))


@pytest.mark.parametrize(
    "greeting",
    [
        msgspec.json.encode(Hello("", 0)),
        msgspec.json.encode(Hello("0" * 64, 0)),
        msgspec.json.encode(Hello("\ud7ff\x00é", 0)),
        b'{"type": "hello", "token": null, "idle_seconds": 0}',
        b"\xff",
        b"[" * 10_000,
    ],
)
def test_who_does_not_gets_no_answer(join: Join, place: Path, greeting: bytes) -> None:
    client = join()
    assert greeted(place, greeting) == b""
    assert works(client)


def test_who_says_nothing_keeps_nobody_waiting(join: Join, place: Path) -> None:
    join()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.connect(str(next(place.glob("*.socket"))))
        assert works(join())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_who_knows_the_token_gets_no_answer(join: Join, place: Path) -> None:
    join()
    greeting = msgspec.json.encode(Hello(token(place), 0))
    for path in (place.parent, place, *place.iterdir()):
        path.chmod(0o777)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setuid(12345)
            status = 2 if greeted(place, greeting) else 0
        except (BrokenPipeError, ConnectionResetError):
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_only_this_user_can_enter_the_meeting_place(join: Join, place: Path) -> None:
    join()
    (path,) = place.glob("*.token")
    assert path.stat().st_mode & 0o077 == 0
    assert place.stat().st_mode & 0o077 == 0


def test_a_place_that_somebody_else_made_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(meeting, "LONGEST", 1000)
    name = f"chainrule-keepers-{os.geteuid()}"
    good, open_, linked = (tmp_path / each for each in ("good", "open", "linked"))
    for each in (good, open_, linked):
        each.mkdir()
    (open_ / name).mkdir()
    (open_ / name).chmod(0o777)
    (linked / name).symlink_to(tmp_path)
    monkeypatch.setattr(meeting, "places", lambda: [open_, linked, good])
    assert REAL_FOLDER() == good / name
    monkeypatch.setattr(meeting, "places", lambda: [open_, linked])
    with pytest.raises(held_folder.FolderError):
        REAL_FOLDER()


ATTACK = """
import os, socket

def tried(what, *arguments):
    try:
        return repr(what(*arguments))
    except Exception as error:
        return type(error).__name__

def connected(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
        end.connect(path)

for name in {names!r}:
    path = os.path.join({place!r}, name)
    print(tried(os.listdir, {place!r}), tried(open, path), tried(os.open, path, os.O_PATH), tried(os.unlink, path))
    print(tried(connected, path), tried(connected, os.path.relpath(path)))
"""


@BOTH_LEVELS
def test_a_student_reaches_neither_keeper_nor_token(layers: Layers, join: Join, place: Path) -> None:
    """By whatever path, at each level of the sandbox; the kernel is a fork of the very server that is kept there."""
    client = join()
    names = sorted(path.name for path in place.iterdir())
    assert len(names) == 2
    cell = ATTACK.format(names=names, place=str(place))
    with patched_shared(client):
        runner = NotebookRunner(notebook_of(cell), SandboxSettings(layers=layers))
        try:
            said = printed(runner.run()).split()
        finally:
            runner.close()
    assert len(said) == 12
    # A descriptor of a name alone (O_PATH) gives nothing, and Landlock lets it pass.
    assert {word for word in said if not word.isdigit()} <= {"PermissionError", "FileNotFoundError"}
    assert set(said[4:6] + said[10:12]) == {"PermissionError"}


@contextmanager
def patched_shared(client: ForkServer) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "shared", lambda *args, **kwargs: client)
        yield


@BOTH_LEVELS
def test_no_secret_is_in_the_servers_memory(join: Join, place: Path) -> None:
    """Forks of it, and so the students, can read all of that."""
    client = join()
    secrets = (token(place).encode(), b"expected answers")
    (keeper,) = keepers(place)
    family = [psutil.Process(client.process_id), *psutil.Process(client.process_id).children(recursive=True)]
    try:
        assert any(found_in(keeper.pid, secrets[:1]))
        assert [any(found_in(process.pid, secrets)) for process in family] == [False] * len(family)
    except PermissionError:
        pytest.skip("only root can read the memory of a fork server")


def found_in(process: int, secrets: tuple[bytes, ...]) -> Iterator[bool]:
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights, *_ = line.split()
            if rights.startswith("rw"):
                start, end = (int(part, 16) for part in place.split("-"))
                memory.seek(start)
                with suppress(OSError):
                    held = memory.read(end - start)
                    yield any(secret in held for secret in secrets)


def test_a_keeper_does_not_hold_its_clients_environment(join: Join, place: Path) -> None:
    join()
    (keeper,) = keepers(place)
    assert set(keeper.environ()) <= set(kept_process.PASSED_ON)


@BOTH_LEVELS
def test_the_server_has_no_descriptor_of_its_keepers(join: Join, place: Path) -> None:
    client = join()
    (keeper,) = keepers(place)
    for process in [psutil.Process(client.process_id), *psutil.Process(client.process_id).children(recursive=True)]:
        sockets = [path for path in descriptors(process.pid) if path.startswith("socket:")]
        assert len(sockets) <= 1
        assert set(sockets).isdisjoint(descriptors(keeper.pid))


def descriptors(process: int) -> list[str]:
    found = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(os.readlink(descriptor))
    return found


REAL_FOLDER = meeting.folder
