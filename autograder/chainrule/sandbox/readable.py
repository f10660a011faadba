"""What sandboxed Python may read: a list, never a subtraction.

Landlock cannot carve a folder out of an allowed one, so graders, reference, source and the rest of the repo must not
lie under anything allowed, however chainrule itself was installed. Hence no `site-packages` and no standard library
folder as a whole: `build_view` makes a folder of links to each allowed package, and that is the sandbox's `sys.path`.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import chainrule
from chainrule.sandbox import bytecode

PACKAGE = Path(str(chainrule.__file__)).resolve().parent

KERNEL_PACKAGES = ("ipykernel", "numpy", "matplotlib", "landlockpy", "seccompy", "msgspec", "psutil")
"""Distributions that every sandboxed kernel needs; what they depend on comes along."""

OWN_ROOM = "inside"
"""The room of this package that runs beside a student's code, copied whole: the folder is the trust boundary."""

NEVER = frozenset({"chainrule", "__pycache__", "..", "site-packages", "dist-packages", "debugpy"})
"""Names never linked into the view. A debugger costs each kernel 0.15 s and is of no use in there."""

SYSTEM_FOLDERS = (
    "/lib64",
    "/usr/lib64",
    "/usr/lib/locale",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/zoneinfo",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/sys/devices/system/cpu",
)
KERNEL_FILES = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/dev/random", "/dev/urandom")
WRITABLE_DEVICES = ("/dev/null", "/dev/full")
"""Not /dev/zero: mapped, it is shared memory that nobody counts."""


class ExposedError(RuntimeError):
    """A secret lies under something that the sandbox may read."""


@dataclass(frozen=True)
class View:
    """The sandbox's view of Python: its `sys.path` and every real path that it may read."""

    python: str
    sys_path: list[str]
    readable: list[str]
    mounted: list[str]
    """The part of `readable` that bubblewrap binds; /proc, /dev and /sys come from its own."""
    own: Path
    """Where the copy of our own room lies."""

    def original(self, path: str) -> str:
        """The file that a path of the view stands for, outside."""
        if Path(path).is_relative_to(self.own):
            return str(PACKAGE / OWN_ROOM / Path(path).relative_to(self.own))
        return os.path.realpath(path)


def build_view(folder: Path, packages: Iterable[str]) -> View:
    """Make the view for a fork server in `folder`.

    `packages` are distributions that notebooks may import beside numpy and matplotlib; their dependencies follow.

    Raises:
        importlib.metadata.PackageNotFoundError: one of them is not installed.
        ExposedError: the graders or the reference would be readable.
    """
    own = folder / "own" / PACKAGE.name / OWN_ROOM
    shutil.copytree(PACKAGE / OWN_ROOM, own, ignore=shutil.ignore_patterns("__pycache__"))
    for module in own.glob("*.py"):
        bytecode.copy_beside(PACKAGE / OWN_ROOM / module.name, module)

    standard = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix})).resolve()
    links = {"std": _entries(standard), "site": _package_entries(packages)}
    real = []
    for room, entries in links.items():
        (folder / room).mkdir()
        for entry in entries:
            # To the end of a chain of links: what lies between may not be there to follow.
            end = entry.resolve()
            (folder / room / entry.name).symlink_to(end)
            real.append(str(end))
            if room == "site" and entry.suffix == ".py":
                # The folder with the bytecode of all top-level modules is not in the view.
                bytecode.copy_beside(end, folder / room / entry.name)

    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    shared_libraries = [str(path.resolve()) for path in Path(sys.base_prefix, "lib").glob("*.so*")]
    triplet = sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu"
    system = [os.path.realpath(path) for path in (*SYSTEM_FOLDERS, f"/usr/lib/{triplet}") if os.path.exists(path)]
    on_disk = list(dict.fromkeys([python, *shared_libraries, *real, str(folder), *system]))
    # In a checkout an assignment's reference and source are links to rooms elsewhere.
    for secret in {PACKAGE, *(link.resolve() for link in PACKAGE.glob("assignments/*/*") if link.is_symlink())}:
        _require_hidden(secret, on_disk)
    return View(
        python=python,
        sys_path=[str(folder / part) for part in ("own", "std", "std/lib-dynload", "site")],
        readable=[*on_disk, *filter(os.path.exists, KERNEL_FILES)],
        mounted=[path for path in on_disk if not path.startswith("/sys/")],
        own=own,
    )


def _require_hidden(secret: Path, readable: Iterable[str]) -> None:
    """A last look: whatever the lists above say, a system folder may turn out to hold site-packages."""
    for path in readable:
        if secret.is_relative_to(path) or Path(path).is_relative_to(secret):
            raise ExposedError(
                f"The sandbox may read {path}, and {secret} lies in there. Install chainrule in a virtual environment."
            )


def _entries(folder: Path) -> list[Path]:
    return [entry for entry in sorted(folder.iterdir()) if entry.name not in NEVER - {"__pycache__"}]


def offered(packages: Iterable[str]) -> set[str]:
    """The distributions, by their canonical names, that a notebook with these packages can import.

    Raises:
        importlib.metadata.PackageNotFoundError: one of them is not installed.
    """
    found = _with_dependencies([*KERNEL_PACKAGES, *packages])
    return {str(canonicalize_name(distribution.metadata["Name"])) for distribution in found}


def _package_entries(packages: Iterable[str]) -> list[Path]:
    """Top-level files and folders of these distributions and of all they depend on, in site-packages."""
    entries: dict[str, Path] = {}
    for distribution in _with_dependencies([*KERNEL_PACKAGES, *packages]):
        for name in _top_level(distribution):
            if name not in NEVER and name not in entries and not name.endswith((".pth", ".egg-link")):
                entries[name] = Path(str(distribution.locate_file(name)))
    return [entry for entry in entries.values() if entry.exists()]


def _top_level(distribution: importlib.metadata.Distribution) -> Iterable[str]:
    """The first parts of the paths of its files, each once."""
    record = distribution.read_text("RECORD")
    if record is None or '"' in record:
        return dict.fromkeys(file.parts[0] for file in distribution.files or ())
    # Of torch's fifteen thousand lines, `files` would make as many paths first.
    return dict.fromkeys(line.split(",", 1)[0].split("/", 1)[0] for line in record.splitlines() if line)


def _with_dependencies(names: Iterable[str]) -> list[importlib.metadata.Distribution]:
    found: dict[str, importlib.metadata.Distribution] = {}
    waiting = [(name, True) for name in names]
    while waiting:
        name, needed = waiting.pop()
        key = canonicalize_name(name)
        if key in found:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            if needed:
                raise
            # A dependency for another platform, or an optional one.
            continue
        found[key] = distribution
        for line in distribution.requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append((requirement.name, False))
    return list(found.values())
