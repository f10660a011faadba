"""A fork server as the trusted side holds it: starts it, asks it for kernels, ends it."""

from __future__ import annotations

import os
import secrets
import select
import socket
import subprocess
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec
import psutil

from chainrule.inside.messages import MAX_MESSAGE, FromServer, Launch, Progress, Ready, WithoutBytecode
from chainrule.sandbox import bytecode, server_process
from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox.files import lay_in, too_large
from chainrule.sandbox.kernel import SandboxedKernel, last_line
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.preload import BASE, Preload
from chainrule.sandbox.readable import View
from chainrule.sandbox.remove import remove_tree
from chainrule.sandbox.server_folder import FolderError, ServerFolder
from chainrule.sandbox.server_process import ServerError

CLOSE_SECONDS = 15.0


class ForkServer:
    """One warm process tree: `launch` gives a kernel in some hundredths of a second.

    Where nothing else keeps the signals of one submission from another, it is for one submission only.
    """

    def __init__(
        self,
        preload: Preload = BASE,
        layers: Layers | None = None,
        on_progress: Callable[[str], None] = lambda module: None,
        limits: Limits | None = None,
    ) -> None:
        """Start and wait until it is warm; `on_progress` hears the name of each module before it is loaded.

        Raises:
            ServerError: it did not come up; the message ends with what it said last.
        """
        self.layers = sandbox_layers.found() if layers is None else layers
        self._owner = os.getpid()
        self._kernels: weakref.WeakSet[SandboxedKernel] = weakref.WeakSet()
        self._process: subprocess.Popen[bytes] | None = None
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._folder = ServerFolder()
        except FolderError as error:
            self._control.close()
            inside.close()
            raise ServerError(str(error)) from error
        self.folder = self._folder.path
        try:
            (self.folder / "runs").mkdir()
            self._only_run = self._made_run() if self.layers.safe and not self.layers.scopes_signals else None
            with inside:
                self._process, view = server_process.start(self.folder, preload, self.layers, inside, self._only_run)
            self._wait_until_warm(view, on_progress, (limits or Limits()).warm_seconds)
        except BaseException:
            self.close()
            raise

    def _made_run(self) -> Path:
        """The folder of one submission, fresh."""
        run = self.folder / "runs" / secrets.token_hex(8)
        for folder in (run, run / "scratch", run / "s"):
            folder.mkdir(mode=0o700)
        return run

    def _wait_until_warm(self, view: View, on_progress: Callable[[str], None], seconds: float) -> None:
        without_bytecode: list[str] = []
        self._control.settimeout(max(seconds, 0.001))
        try:
            while message := self._control.recv(MAX_MESSAGE):
                match msgspec.json.decode(message, type=FromServer):
                    case Progress(module):
                        on_progress(module)
                    case WithoutBytecode(sources):
                        without_bytecode += map(view.original, sources)
                    case Ready():
                        self._control.settimeout(None)
                        bytecode.write_later(without_bytecode)
                        return
        except TimeoutError:
            pass
        raise ServerError(f"The sandbox's fork server did not start: {last_line(server_process.log(self.folder))}")

    @property
    def alive(self) -> bool:
        """Whether the fork server still runs; a fork of its owner can tell too."""
        ended = self._process is None or (os.getpid() == self._owner and self._process.poll() is not None)
        if ended or self._control.fileno() < 0:
            return False
        hung_up = select.poll()
        hung_up.register(self._control, 0)
        return not hung_up.poll(0)

    @property
    def process_id(self) -> int:
        """The fork server's process, or bubblewrap's around it."""
        assert self._process is not None
        return self._process.pid

    def launch(
        self, limits: Limits, files: Sequence[Path] = (), environment: Mapping[str, str] | None = None
    ) -> SandboxedKernel:
        """Fork a kernel with a scratch folder of its own, and these variables in its environment.

        `files` are folders whose regular files (no links are followed) are laid into the scratch folder; of two files
        in the same place the first folder's stays.

        Raises:
            ServerError: the fork server is gone, or the files cannot be laid in.
        """
        if too_large(files, limits):
            places = " and ".join(map(str, files))
            raise ServerError(f"The files beside the notebook, in {places}, are too many or too large to lay in.")
        with ExitStack() as undo, ExitStack() as theirs:
            run = self._run()
            undo.callback(remove_tree, run)
            try:
                lay_in(files, run / "scratch")
            except OSError as error:
                raise ServerError(f"The files beside the notebook could not be laid in: {error}.") from error
            report, guard_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            probe, kernel_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            for stack, ends in ((undo, (report, probe)), (theirs, (guard_end, kernel_end))):
                for end in ends:
                    stack.callback(end.close)
            key = secrets.token_hex(32)
            message = msgspec.json.encode(_launch(run, key, limits, environment))
            try:
                socket.send_fds(self._control, [message], [guard_end.fileno(), kernel_end.fileno()])
            except OSError as error:
                raise _gone() from error
            kernel = SandboxedKernel(report, probe, run, key, limits, server_process.log(self.folder))
            self._kernels.add(kernel)
            undo.pop_all()
        return kernel

    def _run(self) -> Path:
        """The folder for a submission."""
        if not (self.folder / "runs").exists():
            raise _gone()
        if not self.layers.safe or self.layers.scopes_signals:
            return self._made_run()
        run, self._only_run = self._only_run, None
        if run is None:
            raise ServerError("At this level of the sandbox each submission needs a fork server of its own.")
        return run

    def close(self) -> None:
        """End the server, every kernel it forked, and its folder. Safe to call twice."""
        if os.getpid() != self._owner:
            # A fork of the grader that exits must not end what the grader still uses.
            return
        for kernel in list(self._kernels):
            kernel.close()
        with suppress(OSError):
            # Forks of this process hold the socket too.
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        if self._process is not None:
            try:
                self._process.wait(timeout=CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill()
                self._process.wait()
        self._folder.remove()

    def _kill(self) -> None:
        """End the server's processes; bubblewrap's own death would leave what is inside of it.

        Not before the server had its time to end by itself: what bubblewrap forks waits for ever for one that is killed
        while it sets up.
        """
        if self._process is None or self._process.poll() is not None:
            return
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self._process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self._process.kill()


def _gone() -> ServerError:
    return ServerError("The sandbox's fork server is gone; grading starts a new one.")


def _launch(run: Path, key: str, limits: Limits, environment: Mapping[str, str] | None) -> Launch:
    return Launch(
        scratch=str(run / "scratch"),
        sockets=str(run / "s"),
        key=key,
        environment=dict(environment or {}),
        seconds=limits.notebook_seconds + limits.grace_seconds,
        cpu_seconds=limits.cpu_seconds,
        memory=limits.memory,
        processes=limits.processes,
        open_files=limits.open_files,
        file_size=limits.file_size,
        scratch_size=limits.scratch_size,
        scratch_files=limits.scratch_files,
        scratch_depth=limits.scratch_depth,
    )
