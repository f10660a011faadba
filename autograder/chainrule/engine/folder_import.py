"""Imports the files of a folder as a package, from bytes that were read before, which a version can be a digest of."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def offer(package: str, folder: Path, modules: Mapping[str, bytes]) -> None:
    """Let `import package.module` find these modules of the folder, by their names without `.py`."""
    _finder.packages[package] = _Folder(folder, modules)


def forget(package: str) -> None:
    """Let go of a package and of what was imported from it."""
    _finder.packages.pop(package, None)
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


@dataclass(frozen=True)
class _Folder:
    """What is imported as one package: the folder, and the bytes of its modules."""

    folder: Path
    modules: Mapping[str, bytes]


class _FromBytes(importlib.machinery.SourceFileLoader):
    """Compiles a module from bytes that were read before; bytecode is neither trusted nor left behind."""

    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self._source = source

    def get_data(self, path: str) -> bytes:
        if path != self.path:
            raise OSError(f"{path} is not read")
        return self._source

    def set_data(self, path: str, data: ReadableBuffer, *, _mode: int = 0o666) -> None:
        """Keep no bytecode."""


@dataclass
class _Finder(importlib.abc.MetaPathFinder):
    """Finds the packages of loaded folders."""

    packages: dict[str, _Folder] = field(default_factory=dict)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, _, module = fullname.partition(".")
        found = self.packages.get(package)
        if found is None:
            return None
        if not module:
            spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [str(found.folder)]
            return spec
        if module not in found.modules:
            return None
        file = str(found.folder / f"{module}.py")
        loader = _FromBytes(fullname, file, found.modules[module])
        return importlib.util.spec_from_file_location(fullname, file, loader=loader)


_finder = _Finder()
sys.meta_path.insert(0, _finder)
