"""The fork server: loads the heavy packages once, then forks a guard for every submission. Runs no student code."""

from __future__ import annotations

import gc
import importlib
import os
import socket
import sys
import warnings

import msgspec

from chainrule.inside import guard
from chainrule.inside import system_calls as seccomp
from chainrule.inside.orders import MAX_MESSAGE, FromServer, Launch, Progress, Ready, ServerConfig


def main(config_json: str) -> None:
    """Preload, say so on the control channel, and serve launches until the other end of it is closed."""
    config = msgspec.json.decode(config_json, type=ServerConfig)
    control = socket.socket(fileno=config.control)
    for module in config.preload:
        _send(control, Progress(module))
        importlib.import_module(module)
    if "matplotlib.pyplot" in config.preload:
        _draw_once()
    system_calls = seccomp.compiled() if config.seccomp else None
    # What is loaded now stays: collections in the forks leave it alone, and so leave its memory shared.
    gc.collect()
    gc.freeze()
    _send(control, Ready())
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, MAX_MESSAGE, 2)
        if not message:
            return
        _reap()
        launch = msgspec.json.decode(message, type=Launch)
        report, door = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        if os.fork() == 0:
            control.close()
            guard.run(launch, config, report, door, system_calls)
        report.close()
        door.close()


def _send(control: socket.socket, message: FromServer) -> None:
    control.send(msgspec.json.encode(message))


def _reap() -> None:
    """Collect guards that have ended, so that they do not pile up as zombies."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _draw_once() -> None:
    """Fill matplotlib's font and text caches, which every submission's first picture would otherwise pay for."""
    import io

    from matplotlib import pyplot

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure, axes = pyplot.subplots(1, 2, layout="constrained")
        axes[0].plot([0, 1], [0, 1], label="warm $x_1$")
        axes[0].set(xlabel="x", ylabel="y", title="warm")
        axes[0].legend()
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
        pyplot.close("all")
    pyplot.rcdefaults()


if __name__ == "__main__":
    main(sys.argv[1])
