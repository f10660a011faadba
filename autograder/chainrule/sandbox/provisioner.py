"""The sandbox as a Jupyter kernel provisioner: any notebook runner gets a sandboxed kernel by its kernelspec alone."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from chainrule.inside.kernel_channels import CHANNELS
from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox import server
from chainrule.sandbox.bounded_client import bounded
from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import Limits

POLL_SECONDS = 0.002
ENDED_SECONDS = 0.5
"""How long to wait for a killed kernel to end; its manager looks every 0.1 s only, and most need less."""


@dataclass(frozen=True)
class SandboxSettings:
    """What a kernel gets: limits, preloaded packages, folders of files, and layers (`layers.NONE` only for --unsafe).

    Of two files in the same place the one of the first folder stays. `environment` are variables, beside the sandbox's.
    """

    limits: Limits = field(default_factory=Limits)
    preload: server.Preload = server.BASE
    files: tuple[Path, ...] = ()
    layers: Layers = field(default_factory=sandbox_layers.found)
    unsafe: bool = False
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def own_server(self) -> bool:
        """Whether each submission needs a fork server of its own, because nothing keeps forks of one server apart."""
        return not (self.unsafe or self.layers.scopes_signals)

    def require_safe(self) -> None:
        """Refuse to go on without a sandbox, unless told to.

        Raises:
            NoSandboxError: no safe sandbox on this machine; says what is missing.
        """
        if not self.unsafe:
            self.layers.require_safe()


class SandboxProvisioner(KernelProvisionerBase):
    """Launches kernels as forks of a warm, sandboxed process instead of as processes of their own.

    A kernel manager with an attribute `sandbox` (SandboxSettings) sets what its kernels get; others get the defaults.
    """

    kernel: SandboxedKernel | None = None
    _own_server: server.ForkServer | None = None
    _given_up = False
    """Nobody waits for the kernel that a thread may be launching."""

    def __init__(self, **kwargs: Any) -> None:
        """As Jupyter makes them."""
        super().__init__(**kwargs)
        self._lock = threading.Lock()

    @property
    def has_process(self) -> bool:
        """Whether a kernel is running."""
        return self.kernel is not None

    async def poll(self) -> int | None:
        """The exit status of the kernel, None while it runs."""
        return 0 if self.kernel is None else self.kernel.poll()

    async def wait(self) -> int | None:
        """Wait until the kernel has ended, then forget it."""
        while self.kernel is not None and self.kernel.poll() is None:
            await asyncio.sleep(POLL_SECONDS)
        return 0 if self.kernel is None else self.kernel.exit_status

    async def send_signal(self, signum: int) -> None:
        """Pass a signal on through the guard."""
        if self.kernel is not None:
            self.kernel.signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel at once."""
        await self.send_signal(signal.SIGKILL)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), ENDED_SECONDS)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        await self.send_signal(signal.SIGTERM)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """End the kernel without asking: it has nothing to save, and a hostile one would make us wait."""
        await self.kill()

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Fork the kernel and tell the kernel manager where its sockets are.

        Raises:
            NoSandboxError: no safe sandbox on this machine.
            ServerError: no fork server to fork it from.
        """
        settings = getattr(self.parent, "sandbox", None) or SandboxSettings()
        settings.require_safe()
        self._given_up = False
        try:
            # Starting a server takes seconds, and laying in large files too.
            await asyncio.to_thread(self._begin, settings)
            manager: Any = self.parent
            assert self.kernel is not None
            manager.transport = "ipc"
            manager.ip = str(self.kernel.sockets / "k")
            for port, channel in enumerate(CHANNELS, start=1):
                setattr(manager, f"{channel}_port", port)
            manager.session.key = self.kernel.key.encode()
            manager.client_factory = bounded(manager.client_factory)
            return await super().pre_launch(cmd=[], **kwargs)
        except BaseException:
            with self._lock:
                self._given_up = True
            await self.cleanup()
            raise

    def _begin(self, settings: SandboxSettings) -> None:
        """Fork the kernel, in a thread; whoever waits for it may be cancelled meanwhile."""
        start = server.ForkServer if settings.own_server else server.shared
        from_server = start(settings.preload, settings.layers, limits=settings.limits)
        own = from_server if settings.own_server else None
        try:
            kernel = from_server.launch(settings.limits, settings.files, dict(settings.environment))
        except BaseException:
            _end(None, own)
            raise
        with self._lock:
            if not self._given_up:
                self.kernel, self._own_server = kernel, own
                return
        _end(kernel, own)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Wait until the forked kernel listens; returns its connection information.

        Raises:
            RuntimeError: it does not; the message ends with the reason, as far as the sandbox's log knows it.
        """
        try:
            if self.kernel is None:
                raise RuntimeError("There is no sandboxed kernel: it was not launched, or has been ended.")
            await _until_it_listens(self.kernel)
            manager: Any = self.parent
            self.connection_info = manager.get_connection_info()
        except BaseException:
            await self.cleanup()
            raise
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """End what is left of the kernel and remove its folder."""
        with self._lock:
            kernel, own = self.kernel, self._own_server
            self.kernel = self._own_server = None
        try:
            await asyncio.to_thread(_end, kernel, own)
        except RuntimeError:
            # No more threads: the interpreter itself is about to end.
            _end(kernel, own)


async def _until_it_listens(kernel: SandboxedKernel) -> None:
    deadline = time.monotonic() + kernel.limits.start_seconds
    while len(os.listdir(kernel.sockets)) < len(CHANNELS):
        status = kernel.poll()
        if status is not None:
            raise RuntimeError(
                f"The sandboxed kernel ended before it listened (status {status}): {kernel.last_words()}"
            )
        if time.monotonic() > deadline:
            seconds = f"{kernel.limits.start_seconds:g}"
            raise RuntimeError(f"The sandboxed kernel did not listen within {seconds} s: {kernel.last_words()}")
        await asyncio.sleep(POLL_SECONDS)


def _end(kernel: SandboxedKernel | None, own_server: server.ForkServer | None) -> None:
    if kernel is not None:
        kernel.close()
    if own_server is not None:
        own_server.close()
