"""A fork server as the trusted side uses it: asks it for kernels, and ends them."""

from __future__ import annotations

import os
import secrets
import socket
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import msgspec

from chainrule.inside.messages import Launch
from chainrule.sandbox import disk, server_process
from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox.files import lay_in, too_large
from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import BACKSTOP, MEBIBYTE, Limits
from chainrule.sandbox.preload import BASE, Preload
from chainrule.sandbox.remove import remove_tree
from chainrule.sandbox.server_process import ServerError
from chainrule.sandbox.warm_process import WarmProcess, hung_up, made_run


class Process(Protocol):
    """What a fork server needs of its process; see WarmProcess."""

    control: socket.socket
    folder: Path
    prefix: str
    only_run: Path | None

    @property
    def ended(self) -> bool:
        """Whether it is known to have ended, or was left."""

    @property
    def process_id(self) -> int:
        """The fork server's process, or bubblewrap's around it."""

    def close(self) -> None:
        """End or leave it."""


Begin = Callable[[Preload, Layers, Callable[[str], None], float], Process]


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
        begin: Begin = WarmProcess,
    ) -> None:
        """Start and wait until it is warm; `on_progress` hears the name of each module before it is loaded.

        `begin` gives its process: one of its own, or the one that a keeper holds.

        Raises:
            ServerError: it did not come up; the message ends with what it said last.
        """
        self.layers = sandbox_layers.found() if layers is None else layers
        self._owner = os.getpid()
        self._kernels: weakref.WeakSet[SandboxedKernel] = weakref.WeakSet()
        self._process = begin(preload, self.layers, on_progress, (limits or Limits()).warm_seconds)
        self._only_run = self._process.only_run
        self.folder = self._process.folder

    @property
    def alive(self) -> bool:
        """Whether the fork server still runs; a fork of its owner can tell too."""
        return not self._process.ended and self._runs.exists() and not hung_up(self._process.control)

    @property
    def process_id(self) -> int:
        """The fork server's process, or bubblewrap's around it."""
        return self._process.process_id

    @property
    def _runs(self) -> Path:
        return self.folder / "runs"

    def launch(
        self, limits: Limits, files: Sequence[Path] = (), environment: Mapping[str, str] | None = None
    ) -> SandboxedKernel:
        """Fork a kernel with a scratch folder of its own, and these variables in its environment.

        `files` are folders whose regular files (no links are followed) are laid into the scratch folder; of two files
        in the same place the first folder's stays.

        Raises:
            ServerError: the fork server is gone, the disk has no room, or the files cannot be laid in.
        """
        if too_large(files, limits):
            places = " and ".join(map(str, files))
            raise ServerError(f"The files beside the notebook, in {places}, are too many or too large to lay in.")
        with ExitStack() as undo, ExitStack() as theirs:
            run = self._run()
            undo.callback(remove_tree, run)
            self._require_room(limits)
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
                socket.send_fds(self._process.control, [message], [guard_end.fileno(), kernel_end.fileno()])
            except OSError as error:
                raise _gone() from error
            kernel = SandboxedKernel(report, probe, run, key, limits, server_process.log(self.folder))
            self._kernels.add(kernel)
            undo.pop_all()
        return kernel

    def _require_room(self, limits: Limits) -> None:
        """Refuse where a submission could not write what it may: it would lose points for a full disk."""
        room = disk.room(self.folder)
        if room < limits.scratch_size:
            raise ServerError(
                f"The disk of {self.folder.parent} has only {room // MEBIBYTE} MiB left of the "
                f"{limits.scratch_size // MEBIBYTE} that a submission may write (scratch_size): make room there, or "
                "set TMPDIR to a folder elsewhere."
            )

    def _run(self) -> Path:
        """The folder for a submission."""
        if not self._runs.exists():
            raise _gone()
        if not self.layers.safe or self.layers.scopes_signals:
            try:
                return made_run(self.folder, self._process.prefix)
            except OSError as error:
                raise ServerError(f"There is no room for a submission in {self.folder}: {error.strerror}.") from error
        run, self._only_run = self._only_run, None
        if run is None:
            raise ServerError("At this level of the sandbox each submission needs a fork server of its own.")
        return run

    def close(self) -> None:
        """End every kernel that it forked for this process; and the server and its folder, unless a keeper holds it.

        Safe to call twice.
        """
        if os.getpid() != self._owner:
            # A fork of the grader that exits must not end what the grader still uses.
            return
        for kernel in list(self._kernels):
            kernel.close()
        self._process.close()


def _gone() -> ServerError:
    return ServerError("The sandbox's fork server is gone; grading starts a new one.")


def _launch(run: Path, key: str, limits: Limits, environment: Mapping[str, str] | None) -> Launch:
    return Launch(
        scratch=str(run / "scratch"),
        sockets=str(run / "s"),
        key=key,
        environment=dict(environment or {}),
        seconds=BACKSTOP * limits.notebook_seconds + limits.grace_seconds,
        cpu_seconds=limits.cpu_seconds,
        memory=limits.memory,
        processes=limits.processes,
        open_files=limits.open_files,
        file_size=limits.file_size,
        scratch_size=limits.scratch_size,
        scratch_files=limits.scratch_files,
        scratch_depth=limits.scratch_depth,
    )
