"""A kernel that cannot start is ended with all that it had, says why, and keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import notebook_of, printed

from chainrule.engine.notebook import NotebookRunner, SandboxManager
from chainrule.sandbox import fork_server, provisioner, server, server_process, warm_process
from chainrule.sandbox.files import lay_in
from chainrule.sandbox.kernel import GUARD_VANISHED, SandboxedKernel
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings
from chainrule.sandbox.server_folder import ServerFolder
from chainrule.sandbox.server_process import start


@pytest.fixture
def runs(warm: server.ForkServer) -> Callable[[], set[Path]]:
    """The folders of the warm server's submissions."""
    return lambda: set((warm.folder / "runs").iterdir())


def manager(layers: Layers, **limits: Any) -> SandboxManager:
    return SandboxManager(sandbox=SandboxSettings(limits=Limits(**limits), layers=layers))


async def started(kernel_manager: SandboxManager) -> None:
    await kernel_manager.start_kernel()


# What a start leaves behind when it fails.


def test_a_full_disk_leaves_no_folder(
    warm: server.ForkServer, runs: Callable[[], set[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = runs()
    monkeypatch.setattr(fork_server, "lay_in", full)
    with pytest.raises(server.ServerError, match="No space left"):
        warm.launch(Limits())
    assert runs() == before


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[SandboxedKernel]:
    """All kernels launched from now on."""
    found: list[SandboxedKernel] = []
    launch = server.ForkServer.launch

    def remembered(self: server.ForkServer, *args: Any) -> SandboxedKernel:
        found.append(launch(self, *args))
        return found[-1]

    monkeypatch.setattr(server.ForkServer, "launch", remembered)
    return found


def ended(kernel: SandboxedKernel) -> bool:
    return kernel.report.fileno() < 0 and not kernel.folder.exists()


def test_an_exception_after_the_launch_ends_the_kernel(
    layers: Layers, warm: server.ForkServer, launched: list[SandboxedKernel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(factory: type) -> type:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(provisioner, "bounded", broken)
    with pytest.raises(KeyError):
        asyncio.run(started(manager(layers)))
    assert [ended(kernel) for kernel in launched] == [True]


def test_a_kernel_that_ends_before_it_listens_says_why(
    layers: Layers, warm: server.ForkServer, launched: list[SandboxedKernel]
) -> None:
    with pytest.raises(RuntimeError, match=r"ended before it listened \(status 1\): .*Error: not allowed to raise"):
        # More than Linux gives to anybody.
        asyncio.run(started(manager(layers, open_files=2**31)))
    assert [ended(kernel) for kernel in launched] == [True]


def test_a_kernel_that_never_listens_is_given_up(
    layers: Layers, warm: server.ForkServer, launched: list[SandboxedKernel]
) -> None:
    with pytest.raises(RuntimeError, match="did not listen within 0 s: "):
        asyncio.run(started(manager(layers, start_seconds=0)))
    assert [ended(kernel) for kernel in launched] == [True]


def test_a_kernel_that_is_gone_is_no_assertion_error(layers: Layers) -> None:
    async def launch() -> None:
        kernel_manager = manager(layers)
        await kernel_manager.start_kernel()
        sandboxed: Any = kernel_manager.provisioner
        await sandboxed.cleanup()
        await sandboxed.launch_kernel([])

    with pytest.raises(RuntimeError, match="no sandboxed kernel"):
        asyncio.run(launch())


def test_a_start_that_is_cancelled_leaves_no_kernel(
    layers: Layers, warm: server.ForkServer, launched: list[SandboxedKernel], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(*args: Any) -> None:
        reached.set()
        go_on.wait(20)
        lay_in(*args)

    async def cancelled() -> None:
        start = asyncio.ensure_future(started(manager(layers)))
        await asyncio.to_thread(reached.wait, 20)
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        go_on.set()

    monkeypatch.setattr(fork_server, "lay_in", slow)
    asyncio.run(cancelled())
    assert [ended(kernel) for kernel in launched] == [True]


@pytest.mark.parametrize("step", ["build_view", "_wait_until_warm"])
def test_a_server_that_cannot_start_leaves_no_folder(
    layers: Layers, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    made: list[Path] = []

    def broken(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    def remembered() -> Any:
        folder = ServerFolder()
        made.append(folder.path)
        return folder

    monkeypatch.setattr(warm_process, "ServerFolder", remembered)
    target: Any = warm_process.WarmProcess if step.startswith("_") else server_process
    monkeypatch.setattr(target, step, broken)
    with pytest.raises(KeyboardInterrupt):
        server.ForkServer(layers=layers)
    assert [folder.exists() for folder in made] == [False]


def test_a_server_that_takes_too_long_says_so_and_ends(layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it is given up in the middle of bubblewrap's setting up."""
    folders: list[str] = []

    def seen(folder: Path, *args: Any) -> Any:
        folders.append(str(folder))
        return start(folder, *args)

    monkeypatch.setattr(server_process, "start", seen)
    for _ in range(2):
        with pytest.raises(server.ServerError, match="did not start"):
            server.ForkServer(layers=layers, limits=Limits(warm_seconds=0.001))
    assert len(folders) == 2
    deadline = time.monotonic() + 20
    while any(folder in line for folder in folders for line in command_lines()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def command_lines() -> list[str]:
    """Of every process there is."""
    return [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]


# The event loop, and two at once.


@pytest.fixture
def cold(layers: Layers) -> Iterator[server.Preload]:
    preload = server.Preload(modules=("json", "html"))
    yield preload
    server.shared(preload, layers).close()


def test_two_kernels_that_start_at_once_share_one_server(
    layers: Layers, cold: server.Preload, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[server.ForkServer] = []
    real = server.ForkServer

    def counted(*args: Any, **kwargs: Any) -> server.ForkServer:
        started.append(real(*args, **kwargs))
        return started[-1]

    async def both() -> list[Path]:
        managers = [SandboxManager(sandbox=SandboxSettings(layers=layers, preload=cold)) for _ in range(2)]
        await asyncio.gather(*(each.start_kernel() for each in managers))
        found = [each.provisioner.kernel.folder for each in managers]  # type: ignore[union-attr]
        await asyncio.gather(*(each.shutdown_kernel(now=True) for each in managers))
        return found

    monkeypatch.setattr(server, "ForkServer", counted)
    first, second = asyncio.run(both())
    assert len(started) == 1
    assert first != second
    assert first.parent == second.parent


def test_starting_and_ending_leave_the_event_loop_free(
    layers: Layers, warm: server.ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is made to wait until the loop has turned: were it the loop that it kept, it would wait in vain."""
    turned = threading.Event()

    def after_a_turn(real: Callable[..., Any]) -> Callable[..., Any]:
        def waiting(*args: Any, **kwargs: Any) -> Any:
            turned.clear()
            assert turned.wait(20), "the event loop stands still"
            return real(*args, **kwargs)

        return waiting

    async def turning() -> None:
        while True:
            turned.set()
            await asyncio.sleep(0.001)

    async def start_and_end() -> None:
        turner = asyncio.ensure_future(turning())
        kernel_manager = manager(layers)
        await kernel_manager.start_kernel()
        await kernel_manager.shutdown_kernel(now=True)
        turner.cancel()

    monkeypatch.setattr(server, "shared", after_a_turn(server.shared))
    monkeypatch.setattr(SandboxedKernel, "close", after_a_turn(SandboxedKernel.close))
    asyncio.run(start_and_end())


def test_a_fork_of_the_grader_uses_its_server(layers: Layers, warm: server.ForkServer) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0 if server.shared(server.BASE, layers) is warm else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_two_graders_of_one_submission_have_nothing_in_common(warm: server.ForkServer, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    kernels: list[SandboxedKernel] = []
    threads = [threading.Thread(target=lambda: kernels.append(warm.launch(Limits(), (tmp_path,)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = kernels
    assert first.folder != second.folder
    assert first.key != second.key
    first.close()
    assert second.poll() is None
    assert (second.folder / "scratch" / "notes.txt").read_text() == "mine"
    second.close()


def test_what_is_handed_in_is_not_taken_for_ipythons_own(layers: Layers, tmp_path: Path) -> None:
    """A startup file that never ends would look like a fault of the grader's."""
    startup = tmp_path / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "first.py").write_text("handed_in = True")
    runner = NotebookRunner(
        notebook_of("print('handed_in' in globals())"), SandboxSettings(files=(tmp_path,), layers=layers)
    )
    try:
        assert printed(runner.run()).strip() == "False"
    finally:
        runner.close()


def test_a_kernel_whose_guard_is_killed_ends(warm: server.ForkServer) -> None:
    before = set(psutil.Process(warm.process_id).children(recursive=True))
    kernel = warm.launch(Limits())
    while len(list(kernel.sockets.iterdir())) < 5:
        assert kernel.poll(seconds=0.01) is None
    family = set(psutil.Process(warm.process_id).children(recursive=True)) - before
    (guard,) = (process for process in family if process.children())
    (inside,) = family - {guard}
    guard.kill()
    assert kernel.poll(seconds=20) == GUARD_VANISHED
    deadline = time.monotonic() + 20
    while inside.is_running() and inside.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    kernel.close()
