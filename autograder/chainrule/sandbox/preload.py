"""What a warm process holds before it is forked: the sets of preloaded packages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preload:
    """What a warm process holds beside numpy and matplotlib: modules to import, and distributions that may be."""

    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


BASE = Preload()
"""What every notebook may import, and no more; it does not pay for torch."""

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
"""Everything that ipykernel would import in each fork otherwise."""
