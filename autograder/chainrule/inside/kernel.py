"""The kernel itself: an ordinary ipykernel on unix sockets, with one extra message that opens the probe."""

from __future__ import annotations

import os
import signal
import socket
from typing import Any, ClassVar

import zmq
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config

from chainrule.inside import probe_server
from chainrule.inside.bounded_session import BoundedSession
from chainrule.inside.kernel_channels import CHANNELS, PROBE_REQUEST
from chainrule.inside.mappings import Mappings
from chainrule.inside.messages import Launch


class SandboxKernel(IPythonKernel):
    """An IPython kernel that, when the notebook is done, serves the probe from its main thread and nothing else."""

    probe: ClassVar[socket.socket]
    """The socket over which hidden tests come."""

    landlock: ClassVar[int]
    """The ABI that its copies are confined by."""

    mappings: ClassVar[Mappings]
    """What it has mapped."""

    msg_types = [*IPythonKernel.msg_types, PROBE_REQUEST]  # noqa: RUF012 (that is how ipykernel declares it)

    async def chainrule_probe_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Serve the probe until the trusted side hangs up."""
        probe_server.serve(self.probe, self.shell, self.landlock, self.mappings)
        os._exit(0)


def initialized(launch: Launch, probe: socket.socket, landlock: int, mappings: Mappings) -> Any:
    """The kernel application, ready to start; its sockets are `<launch.sockets>/k-1` to `k-5`."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    SandboxKernel.probe, SandboxKernel.landlock, SandboxKernel.mappings = probe, landlock, mappings
    config = Config()
    config.IPKernelApp.kernel_class = SandboxKernel
    config.IPKernelApp.transport = "ipc"
    config.IPKernelApp.ip = os.path.join(launch.sockets, "k")
    for port, channel in enumerate(CHANNELS, start=1):
        config.IPKernelApp[f"{channel}_port"] = port
    # 0 means: no parent to poll; the guard ends us.
    config.IPKernelApp.parent_handle = 0
    config.Session.key = launch.key.encode()
    config.HistoryManager.hist_file = ":memory:"
    config.HistoryManager.enabled = False
    app: Any = IPKernelApp.instance(config=config)
    app.session = BoundedSession(parent=app)
    app.initialize([])
    # Whoever prints faster than the grader reads waits; a message dropped may be the one that says a cell is done.
    # In the thread that the socket belongs to: ZeroMQ's sockets are not to be shared.
    app.iopub_thread.io_loop.add_callback(app.iopub_thread.socket.setsockopt, zmq.XPUB_NODROP, 1)
    # pyplot does this itself when it is first imported in a kernel; here the fork server has imported it already.
    app.shell.enable_matplotlib("inline")
    return app
