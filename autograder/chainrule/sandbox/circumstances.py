"""What two processes must have in common to share a fork server: all that it takes from the one that started it."""

from __future__ import annotations

import hashlib
import os
import resource
import site
import sys
import sysconfig
from pathlib import Path

from chainrule.sandbox import meeting
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.preload import Preload
from chainrule.sandbox.readable import OWN_ROOM, PACKAGE

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
LIMITS = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))


def name(preload: Preload, layers: Layers) -> str:
    """A name for the fork server that this process would start; another name where it would be another one."""
    return meeting.name(preload, layers, _python(), _packages(), _code(), _process())


def import_path() -> list[str]:
    """Where this process imports from, for a process that is to find the same packages."""
    return [str(PACKAGE.parent), *(str(Path(place).absolute()) for place in sys.path if place and Path(place).exists())]


def _python() -> list[str]:
    return [os.path.realpath(sys.executable), sys.prefix, sys.version]


def _packages() -> list[tuple[str, int]]:
    """The folders that packages are installed in, and when something was installed there or removed last.

    Not all of `sys.path`: each command puts a folder of its own first, and some packages add their own.
    """
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), site.getusersitepackages()]
    places += os.environ.get("PYTHONPATH", "").split(os.pathsep)
    there = [Path(place) for place in dict.fromkeys(places) if place and os.path.isdir(place)]
    return [(str(place), place.stat().st_mtime_ns) for place in there if any(place.glob("*.dist-info"))]


def _code() -> str:
    """A digest of the code that a keeper and its fork server run."""
    files = [file for room in (OWN_ROOM, "sandbox") for file in sorted((PACKAGE / room).glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _process() -> list[object]:
    """What a child takes from its parent: control group, namespaces, limits, priority, processors, file mode mask."""
    status = Path("/proc/self/status").read_text().splitlines()
    return [
        Path("/proc/self/cgroup").read_text(),
        [os.readlink(f"/proc/self/ns/{namespace}") for namespace in NAMESPACES],
        # Jupyter raises the soft limit of open files, and each fork sets its own.
        [resource.getrlimit(getattr(resource, limit))[1] for limit in LIMITS],
        os.getpriority(os.PRIO_PROCESS, 0),
        sorted(os.sched_getaffinity(0)),
        next((line for line in status if line.startswith("Umask:")), ""),
    ]
