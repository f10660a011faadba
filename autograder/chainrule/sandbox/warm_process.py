"""The process of a fork server and its folder: started, waited for until it is warm, ended."""

from __future__ import annotations

import os
import secrets
import select
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from chainrule.inside.messages import MAX_MESSAGE, FromServer, Progress, Ready, WithoutBytecode
from chainrule.sandbox import bytecode, server_process
from chainrule.sandbox.held_folder import FolderError
from chainrule.sandbox.kernel import last_line
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.preload import Preload
from chainrule.sandbox.readable import View
from chainrule.sandbox.server_folder import ServerFolder
from chainrule.sandbox.server_process import ServerError

CLOSE_SECONDS = 15.0


class WarmProcess:
    """A fork server's process, owned by the process that started it.

    `control` leads to it, `folder` is where it lies, and the folders of its submissions begin with `prefix`. `only_run`
    is the folder of the one submission that it is for, where nothing else keeps signals in.
    """

    prefix = ""

    def __init__(self, preload: Preload, layers: Layers, on_progress: Callable[[str], None], seconds: float) -> None:
        """Start it and wait until it is warm, for so many seconds.

        Raises:
            ServerError: it did not come up; the message ends with what it said last.
        """
        self._owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self.control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._folder = ServerFolder()
        except FolderError as error:
            self.control.close()
            inside.close()
            raise ServerError(str(error)) from error
        self.folder = self._folder.path
        try:
            (self.folder / "runs").mkdir()
            alone = layers.safe and not layers.scopes_signals
            self.only_run = made_run(self.folder, self.prefix) if alone else None
            with inside:
                self._process, view = server_process.start(self.folder, preload, layers, inside, self.only_run)
            self._wait_until_warm(view, on_progress, seconds)
        except BaseException:
            self.close()
            raise

    def _wait_until_warm(self, view: View, on_progress: Callable[[str], None], seconds: float) -> None:
        without_bytecode: list[str] = []
        self.control.settimeout(max(seconds, 0.001))
        try:
            while message := self.control.recv(MAX_MESSAGE):
                match msgspec.json.decode(message, type=FromServer):
                    case Progress(module):
                        on_progress(module)
                    case WithoutBytecode(sources):
                        without_bytecode += map(view.original, sources)
                    case Ready():
                        self.control.settimeout(None)
                        bytecode.write_later(without_bytecode)
                        return
        except TimeoutError:
            pass
        raise ServerError(f"The sandbox's fork server did not start: {last_line(server_process.log(self.folder))}")

    @property
    def ended(self) -> bool:
        """Whether the process is known to have ended; a fork of its owner cannot tell."""
        return self._process is None or (os.getpid() == self._owner and self._process.poll() is not None)

    @property
    def process_id(self) -> int:
        """The fork server's process, or bubblewrap's around it."""
        assert self._process is not None
        return self._process.pid

    @property
    def lock(self) -> int:
        """The descriptor of the folder's lock; whoever holds a copy of it keeps the folder from being swept away."""
        return self._folder.lock

    def close(self) -> None:
        """End the server and remove its folder; a fork of its owner that exits must not. Safe to call twice."""
        if os.getpid() != self._owner:
            return
        with suppress(OSError):
            # Forks of this process hold the socket too.
            self.control.shutdown(socket.SHUT_RDWR)
        self.control.close()
        if self._process is not None:
            try:
                self._process.wait(timeout=CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                # Not before: what bubblewrap forks waits for ever for one that is killed while it sets up.
                kill(self._process.pid)
                self._process.wait()
        self._folder.remove()


def made_run(folder: Path, prefix: str) -> Path:
    """The folder of one submission, fresh, in a fork server's folder."""
    run = folder / "runs" / (prefix + secrets.token_hex(8))[:16]
    for place in (run, run / "scratch", run / "s"):
        place.mkdir(mode=0o700)
    return run


def hung_up(control: socket.socket) -> bool:
    """Whether there is nobody at the other end any more, or nothing at this one."""
    if control.fileno() < 0:
        return True
    end = select.poll()
    end.register(control, 0)
    return bool(end.poll(0))


def kill(process_id: int) -> None:
    """End a fork server's processes; bubblewrap's own death would leave what is inside of it."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(process_id)
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        process.kill()
