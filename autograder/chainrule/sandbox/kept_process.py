"""The process of a fork server that a keeper holds for all graders of this user: found, or started, and joined."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from chainrule.inside.messages import MAX_MESSAGE, Progress
from chainrule.sandbox import circumstances, meeting
from chainrule.sandbox.keeper_messages import Failed, FromKeeper, KeeperConfig, Listening, Welcome
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.preload import Preload
from chainrule.sandbox.server_process import ServerError

IDLE_VARIABLE = "CHAINRULE_KEEP_WARM_SECONDS"
"""For how long a fork server waits for the next grader when the last one has ended; 0 ends it with that."""

IDLE_SECONDS = 300.0
AGAIN_SECONDS = 0.05
PASSED_ON = ("PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX")
"""Of the environment, what a keeper gets: it outlives its client, whose secrets are none of its business."""

_started: list[subprocess.Popen[bytes]] = []
"""Keepers that this process started; kept, so that they are collected when they have ended."""


@dataclass(eq=False)
class KeptProcess:
    """A fork server's process that a keeper holds; see WarmProcess. `connection` is what keeps it for this client."""

    connection: socket.socket
    control: socket.socket
    lock: int
    folder: Path
    process_id: int
    prefix: str
    only_run: Path | None = None
    ended: bool = False

    def close(self) -> None:
        """Leave the server to its keeper. Safe to call twice."""
        if not self.ended:
            self.ended = True
            self.control.close()
            os.close(self.lock)
            self.connection.close()


def joined(preload: Preload, layers: Layers, on_progress: Callable[[str], None], seconds: float) -> KeptProcess:
    """Join the fork server that fits, or have it started, and wait for so many seconds until it is warm.

    Raises:
        ServerError: there is none; the message ends with the reason.
        FolderError: there is no place where keepers and their clients can meet.
    """
    idle = _idle_seconds()
    name = circumstances.name(preload, layers)
    deadline = time.monotonic() + seconds
    try:
        with tempfile.TemporaryFile() as log:
            while True:
                started = False
                place = meeting.folder()
                with meeting.locked(place, seconds):
                    connection = meeting.connected(place, name, idle)
                    if connection is None:
                        started = True
                        config = KeeperConfig(-1, str(place), name, preload, layers, seconds, idle)
                        connection = _keeper(config, log, deadline)
                process = _welcomed(connection, on_progress, deadline)
                if process is not None:
                    return process
                if started:
                    raise ServerError(f"The keeper of the sandbox's fork server ended: {_said(log)}")
                if time.monotonic() > deadline:
                    raise TimeoutError
                # It was about to end.
                time.sleep(AGAIN_SECONDS)
    except TimeoutError as error:
        raise ServerError(f"The sandbox's fork server did not start within {seconds:g} s.") from error


def _idle_seconds() -> float:
    said = os.environ.get(IDLE_VARIABLE, "")
    try:
        seconds = float(said or IDLE_SECONDS)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ServerError(f"{IDLE_VARIABLE} is {said!r} in the environment; set it to a number of seconds, 0 or more.")
    return seconds


def _keeper(config: KeeperConfig, log: IO[bytes], deadline: float) -> socket.socket:
    """Start a keeper; its end of the returned connection has said that it can be found."""
    _started[:] = [keeper for keeper in _started if keeper.poll() is None]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    code = (
        f"import gc, sys; gc.disable(); sys.path[:] = {circumstances.import_path()!r}; "
        "from chainrule.sandbox.keeper import main; gc.enable(); main(sys.argv[1])"
    )
    config = msgspec.structs.replace(config, starter=theirs.fileno())
    flags = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
    try:
        with theirs:
            _started.append(
                subprocess.Popen(
                    [sys.executable, *flags, "-c", code, msgspec.json.encode(config).decode()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
                    cwd="/",
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            )
        ours.settimeout(max(deadline - time.monotonic(), 0.001))
        message = ours.recv(MAX_MESSAGE)
        if not message or not isinstance(msgspec.json.decode(message, type=FromKeeper), Listening):
            raise ServerError(f"The keeper of the sandbox's fork server did not start: {_said(log)}")
    except OSError as error:
        ours.close()
        if isinstance(error, TimeoutError):
            raise
        raise ServerError(f"The keeper of the sandbox's fork server could not be started: {error}.") from error
    except BaseException:
        ours.close()
        raise
    return ours


def _welcomed(connection: socket.socket, on_progress: Callable[[str], None], deadline: float) -> KeptProcess | None:
    """Wait for the keeper's word that the server is warm; None where it hangs up before."""
    try:
        while True:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                message, descriptors, _, _ = socket.recv_fds(connection, MAX_MESSAGE, 2, socket.MSG_CMSG_CLOEXEC)
            except ConnectionResetError:
                # It closed with our greeting unread.
                message = b""
            if not message:
                connection.close()
                return None
            match msgspec.json.decode(message, type=FromKeeper):
                case Progress(module):
                    on_progress(module)
                case Failed(reason):
                    raise ServerError(reason)
                case Welcome(folder, process_id, prefix):
                    control, lock = descriptors
                    connection.settimeout(None)
                    return KeptProcess(
                        connection, socket.socket(fileno=control), lock, Path(folder), process_id, prefix
                    )
    except BaseException:
        connection.close()
        raise


def _said(log: IO[bytes]) -> str:
    """The last line of what a keeper said."""
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing."
