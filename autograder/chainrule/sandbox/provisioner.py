"""The sandbox as a Jupyter kernel provisioner: any notebook runner gets a sandboxed kernel by its kernelspec alone."""

from __future__ import annotations

import asyncio
import signal
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

POLL_SECONDS = 0.02
START_SECONDS = 30.0


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
        return not (self.unsafe or self.layers.keeps_forks_apart)

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
    _server: server.ForkServer | None = None
    _owns_server = False

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
        """
        settings = getattr(self.parent, "sandbox", None) or SandboxSettings()
        settings.require_safe()
        start = server.ForkServer if settings.own_server else server.shared
        self._server = start(settings.preload, settings.layers)
        self._owns_server = settings.own_server
        self.kernel = self._server.launch(settings.limits, settings.files, dict(settings.environment))
        manager: Any = self.parent
        manager.transport = "ipc"
        manager.ip = str(self.kernel.sockets / "k")
        for port, channel in enumerate(CHANNELS, start=1):
            setattr(manager, f"{channel}_port", port)
        manager.session.key = self.kernel.key.encode()
        manager.client_factory = bounded(manager.client_factory)
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Wait until the forked kernel listens; returns its connection information."""
        assert self.kernel is not None
        waited = 0.0
        while len(list(self.kernel.sockets.iterdir())) < len(CHANNELS):
            if self.kernel.poll() is not None:
                raise RuntimeError("The sandboxed kernel ended before it had started.")
            await asyncio.sleep(0.002)
            waited += 0.002
            if waited > START_SECONDS:
                raise RuntimeError("The sandboxed kernel did not open its sockets.")
        manager: Any = self.parent
        self.connection_info = manager.get_connection_info()
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """End what is left of the kernel and remove its folder."""
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None
        if self._server is not None and self._owns_server:
            self._server.close()
        self._server = None
