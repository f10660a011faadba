"""Starts fork servers, one for each set of preloaded packages, and asks them for kernels."""

from __future__ import annotations

import atexit
import importlib.metadata
import os
import secrets
import socket
import subprocess
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from chainrule.inside.orders import MAX_MESSAGE, FromServer, Launch, Progress, Ready, ServerConfig
from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox.files import lay_in, too_large
from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.readable import WRITABLE_DEVICES, View, build_view
from chainrule.sandbox.remove import remove_tree

START_SECONDS = 180.0
"""A cold start loads torch from a cold disk in the worst case."""

GRACE_SECONDS = 10.0
"""After `notebook_seconds`, for the trusted side to end the notebook by itself before the guard does."""

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    # A process that used two OpenMP threads and is forked hangs in its first backward pass; and one is fastest here.
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


GONE = "The sandbox's fork server is gone; grading starts a new one."


class ServerError(RuntimeError):
    """The fork server did not start or is gone."""


@dataclass(frozen=True)
class Preload:
    """What a warm process holds beside numpy and matplotlib: modules to import, and distributions that may be."""

    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


BASE = Preload()
"""What every notebook may import, and no more; it does not pay for torch."""

# Everything that ipykernel would import in each fork otherwise.
KERNEL_MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.historyapp",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "encodings.idna",
    "jedi",
    "pygments.formatters.terminal256",
    "sqlite3",
    "stack_data",
    "tornado.platform.asyncio",
    "tornado.queues",
    "matplotlib_inline.backend_inline",
    "matplotlib.pyplot",
    "numpy",
)


class ForkServer:
    """One warm process tree: `launch` gives a kernel in some hundredths of a second."""

    def __init__(
        self,
        preload: Preload = BASE,
        layers: Layers | None = None,
        on_progress: Callable[[str], None] = lambda module: None,
    ) -> None:
        """Start and wait until it is warm; `on_progress` hears the name of each module before it is loaded.

        Raises:
            ServerError: it did not come up; the message ends with what it said last.
        """
        self.layers = sandbox_layers.found() if layers is None else layers
        self.folder = Path(tempfile.mkdtemp(prefix="chainrule-"))
        (self.folder / "runs").mkdir()
        self._owner = os.getpid()
        self._kernels: weakref.WeakSet[SandboxedKernel] = weakref.WeakSet()
        try:
            self._view = build_view(self._made("view"), preload.packages)
        except importlib.metadata.PackageNotFoundError as error:
            remove_tree(self.folder)
            raise ServerError(
                f"The notebook may import {error.name}, which is not installed here: install it, or take it off the "
                "packages in assignment.toml."
            ) from error
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = ServerConfig(
            control=inside.fileno(),
            preload=[*KERNEL_MODULES, *preload.modules],
            readable=self._view.readable,
            writable_devices=[device for device in WRITABLE_DEVICES if os.path.exists(device)],
            landlock=bool(self.layers.landlock),
            seccomp=self.layers.seccomp,
        )
        with (self.folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command(config),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
                cwd=self.folder,
                pass_fds=[inside.fileno()],
            )
        inside.close()
        self._wait_until_warm(on_progress)

    def _made(self, name: str) -> Path:
        (self.folder / name).mkdir()
        return self.folder / name

    def _command(self, config: ServerConfig) -> list[str]:
        start = (
            f"import sys; sys.path[:] = {self._view.sys_path!r}; "
            "from chainrule.inside.fork_server import main; main(sys.argv[1])"
        )
        python = [self._view.python, "-I", "-S", "-B", "-c", start, msgspec.json.encode(config).decode()]
        return [*bubblewrap(self.layers, self._view, self.folder / "runs"), *python]

    def _wait_until_warm(self, on_progress: Callable[[str], None]) -> None:
        self._control.settimeout(START_SECONDS)
        try:
            while message := self._control.recv(MAX_MESSAGE):
                match msgspec.json.decode(message, type=FromServer):
                    case Progress(module):
                        on_progress(module)
                    case Ready():
                        self._control.settimeout(None)
                        return
        except TimeoutError:
            pass
        said = (self.folder / "server.log").read_text(errors="replace").strip().splitlines()
        self.close()
        raise ServerError("The sandbox's fork server did not start: " + (said[-1] if said else "it said nothing."))

    @property
    def alive(self) -> bool:
        """Whether the fork server still runs."""
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        """The fork server's process, or bubblewrap's around it."""
        return self._process.pid

    def launch(
        self, limits: Limits, files: Sequence[Path] = (), environment: Mapping[str, str] | None = None
    ) -> SandboxedKernel:
        """Fork a kernel with a scratch folder of its own, and these variables in its environment.

        `files` are folders whose regular files (no links are followed) are laid into the scratch folder; of two files
        in the same place the first folder's stays.

        Raises:
            ServerError: the fork server is gone, or there are more files than may be.
        """
        run = self.folder / "runs" / secrets.token_hex(8)
        scratch, sockets = run / "scratch", run / "s"
        if too_large(files, limits):
            places = " and ".join(map(str, files))
            raise ServerError(f"The files beside the notebook, in {places}, are too many or too large to lay in.")
        if not run.parent.exists():
            raise ServerError(GONE)
        for folder in (run, scratch, sockets):
            folder.mkdir(mode=0o700)
        lay_in(files, scratch)
        key = secrets.token_hex(32)
        report, guard_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        door, kernel_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        order = Launch(
            scratch=str(scratch),
            sockets=str(sockets),
            key=key,
            environment=dict(environment or {}),
            seconds=limits.notebook_seconds + GRACE_SECONDS,
            cpu_seconds=limits.cpu_seconds,
            memory=limits.memory,
            processes=limits.processes,
            file_size=limits.file_size,
            scratch_size=limits.scratch_size,
            scratch_files=limits.scratch_files,
        )
        try:
            socket.send_fds(self._control, [msgspec.json.encode(order)], [guard_end.fileno(), kernel_end.fileno()])
        except OSError as error:
            for end in (report, door):
                end.close()
            remove_tree(run)
            raise ServerError(GONE) from error
        finally:
            guard_end.close()
            kernel_end.close()
        kernel = SandboxedKernel(report=report, door=door, folder=run, key=key)
        self._kernels.add(kernel)
        return kernel

    def close(self) -> None:
        """End the server, every kernel it forked, and its folder."""
        if os.getpid() != self._owner:
            # A fork of the grader that exits must not end what the grader still uses.
            return
        for kernel in list(self._kernels):
            kernel.close()
        self._control.close()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        remove_tree(self.folder)


def bubblewrap(layers: Layers, view: View, writable: Path) -> list[str]:
    """The command line that puts what follows into bubblewrap, or nothing where it is not to be had.

    The fork server is process 1 of its namespace: no signal from in there ends it, and when it ends, all else does.
    """
    if layers.bubblewrap is None:
        return []
    command = [layers.bubblewrap, "--unshare-all", "--new-session", "--as-pid-1", "--cap-drop", "ALL"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in view.mounted:
        command += ["--ro-bind", path, path]
    if os.path.exists("/sys/devices/system/cpu"):
        command += ["--ro-bind", "/sys/devices/system/cpu", "/sys/devices/system/cpu"]
    for link in ("/lib", "/lib64"):
        if os.path.islink(link):
            command += ["--symlink", os.readlink(link), link]
    return [*command, "--bind", str(writable), str(writable), "--chdir", "/", "--"]


_shared: dict[tuple[Preload, Layers], ForkServer] = {}


def shared(
    preload: Preload, layers: Layers | None = None, on_progress: Callable[[str], None] = lambda module: None
) -> ForkServer:
    """This process's warm server for `preload`, started at the first call and again should it have died.

    Raises:
        ServerError: it did not start.
    """
    key = (preload, sandbox_layers.found() if layers is None else layers)
    server = _shared.get(key)
    if server is not None and not server.alive:
        _shared.pop(key).close()
        server = None
    if server is None:
        server = _shared[key] = ForkServer(*key, on_progress=on_progress)
    return server


@atexit.register
def close_shared() -> None:
    """End all warm servers of this process."""
    while _shared:
        _shared.popitem()[1].close()
