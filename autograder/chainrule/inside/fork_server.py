"""The fork server: loads the heavy packages once, then forks a guard for every submission. Runs no student code."""

from __future__ import annotations

import gc
import importlib
import os
import socket
import sys
import warnings
from collections.abc import Iterator

import msgspec

from chainrule.inside import guard, huge_pages, process_control
from chainrule.inside import system_calls as seccomp
from chainrule.inside.messages import MAX_MESSAGE, FromServer, Launch, Progress, Ready, ServerConfig, WithoutBytecode


def main(config_json: str) -> None:
    """Preload, say so on the control channel, and serve launches until the other end of it is closed."""
    config = msgspec.json.decode(config_json, type=ServerConfig)
    control = socket.socket(fileno=config.control)
    # The grader that started it may be limited; what is launched here has limits of its own.
    process_control.unlimit()
    for module in config.preload:
        _send(control, Progress(module))
        importlib.import_module(module)
    if "matplotlib.pyplot" in config.preload and not config.for_one:
        _draw_once()
    system_calls = seccomp.compiled() if config.seccomp else None
    for sources in _batches(_without_bytecode()):
        _send(control, WithoutBytecode(sources))
    # Nothing that runs beside this process or its guards may look into them.
    process_control.set_dumpable(False)
    # What is loaded now stays: collections in the forks leave it alone, and so leave its memory shared.
    gc.freeze()
    gc.enable()
    huge_pages.collapse()
    _send(control, Ready())
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, MAX_MESSAGE, 2)
        if not message:
            return
        _reap()
        launch = msgspec.json.decode(message, type=Launch)
        report, probe = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        if os.fork() == 0:
            control.close()
            guard.run(launch, config, report, probe, system_calls)
        report.close()
        probe.close()


def _send(control: socket.socket, message: FromServer) -> None:
    control.send(msgspec.json.encode(message))


def _without_bytecode() -> list[str]:
    """The source files that had to be compiled."""
    specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
    cached = {spec.origin: spec.cached for spec in specs if spec is not None and spec.origin and spec.cached}
    return sorted(source for source, bytecode in cached.items() if not os.path.exists(bytecode))


def _batches(sources: list[str]) -> Iterator[list[str]]:
    """As many at a time as surely fit in a message."""
    for start in range(0, len(sources), 50):
        yield sources[start : start + 50]


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
