"""Starts the process of a fork server: its view of Python, its configuration, its command line."""

from __future__ import annotations

import importlib.metadata
import os
import socket
import subprocess
from pathlib import Path

import msgspec

from chainrule.inside.messages import ServerConfig
from chainrule.sandbox import bubblewrap
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.preload import KERNEL_MODULES, Preload
from chainrule.sandbox.readable import WRITABLE_DEVICES, View, build_view

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


class ServerError(RuntimeError):
    """The fork server did not start or is gone."""


def start(
    folder: Path, preload: Preload, layers: Layers, control: socket.socket, only_run: Path | None
) -> tuple[subprocess.Popen[bytes], View]:
    """Start a fork server in `folder` that listens on `control`; `only_run` is the folder of its one submission.

    Raises:
        ServerError: a package is not installed, or bubblewrap or Python cannot be run.
    """
    view = _view(folder, preload)
    config = ServerConfig(
        control=control.fileno(),
        preload=[*KERNEL_MODULES, *preload.modules],
        readable=view.readable,
        writable_devices=[device for device in WRITABLE_DEVICES if os.path.exists(device)],
        landlock=layers.landlock,
        seccomp=layers.seccomp,
        for_one=only_run is not None,
    )
    # While modules load there is next to no garbage, and looking for it takes a third of the time.
    code = (
        f"import gc, sys; gc.disable(); sys.path[:] = {view.sys_path!r}; "
        "from chainrule.inside.fork_server import main; main(sys.argv[1])"
    )
    command = [view.python, "-I", "-S", "-B", "-c", code, msgspec.json.encode(config).decode()]
    writable, temporary = _writable(folder, only_run)
    if layers.bubblewrap is not None:
        command[:0] = bubblewrap.command(layers.bubblewrap, view.mounted, writable)
    with log(folder).open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**ENVIRONMENT, "TMPDIR": str(temporary), "MPLCONFIGDIR": str(temporary / ".matplotlib")},
                cwd=folder,
                pass_fds=[control.fileno()],
            )
        except OSError as error:
            raise ServerError(f"The sandbox's fork server could not be started: {error}.") from error
    return process, view


def log(folder: Path) -> Path:
    """Where the fork server in `folder`, its guards and the kernels that do not come up say what went wrong."""
    return folder / "server.log"


def _view(folder: Path, preload: Preload) -> View:
    (folder / "view").mkdir()
    try:
        return build_view(folder / "view", preload.packages)
    except importlib.metadata.PackageNotFoundError as error:
        raise ServerError(
            f"The notebook may import {error.name}, which is not installed here: install it, or take it off the "
            "packages in assignment.toml."
        ) from error


def _writable(folder: Path, only_run: Path | None) -> tuple[list[Path], Path]:
    """What bubblewrap lets the server and its forks write to, and where the server's own temporary files lie."""
    if only_run is not None:
        return [only_run / "scratch", only_run / "s"], only_run / "scratch"
    # Landlock keeps each submission to its own folder, and all of them out of the server's.
    temporary = folder / "runs" / "server"
    temporary.mkdir(mode=0o700)
    return [folder / "runs"], temporary
