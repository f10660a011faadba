"""Other load on the machine, for tests that must not mind it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from chainrule.sandbox.server import ForkServer

SPIN = """
import os, sys, time
core, until, parent = int(sys.argv[1]), time.monotonic() + float(sys.argv[2]), os.getppid()
if core >= 0:
    os.sched_setaffinity(0, {core})
while time.monotonic() < until and os.getppid() == parent:
    for _ in range(10**6): pass
"""


@contextmanager
def busy_processes(count: int, seconds: float, core: int = -1) -> Iterator[None]:
    """Processes that do nothing, as fast as they can, until the block ends; or this process, or the seconds."""
    words = [sys.executable, "-I", "-c", SPIN, str(core), str(seconds)]
    running: list[subprocess.Popen[bytes]] = []
    try:
        running += (subprocess.Popen(words) for _ in range(count))
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@contextmanager
def crowded(server: ForkServer, seconds: float = 60.0, count: int = 4) -> Iterator[None]:
    """What the server forks in this block shares one core with so many busy processes; the other cores are free."""
    processes = [psutil.Process(server.process_id)]
    processes += (child for child in processes[0].children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE)
    cores = processes[0].cpu_affinity()
    with busy_processes(count, seconds, cores[0]):
        try:
            for process in processes:
                process.cpu_affinity(cores[:1])
            yield
        finally:
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.cpu_affinity(cores)
