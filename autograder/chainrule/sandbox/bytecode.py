"""Writes down what a fork server had to compile, so that the next one starts faster."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_running: list[subprocess.Popen[bytes]] = []
"""Compilers at work; kept, so that they are collected when they have ended."""


def write_later(sources: Iterable[str]) -> None:
    """Compile these source files in a process of its own, which nobody waits for; what is read-only stays as it is."""
    _running[:] = [compiler for compiler in _running if compiler.poll() is None]
    files = [source for source in sources if _can_be_written_for(source)]
    if not files:
        return
    with tempfile.TemporaryFile() as names:
        names.write("\n".join(files).encode(errors="surrogateescape"))
        names.seek(0)
        command = [sys.executable, "-I", "-S", "-m", "compileall", "-q", "-i", "-"]
        _running.append(
            subprocess.Popen(
                ["nice", *command],
                stdin=names,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )


def copy_beside(source: Path, copy: Path) -> None:
    """Give a copy of (or a link to) a source file the bytecode of the original, if there is any."""
    bytecode = Path(importlib.util.cache_from_source(str(source)))
    if bytecode.is_file():
        beside = Path(importlib.util.cache_from_source(str(copy)))
        beside.parent.mkdir(exist_ok=True)
        shutil.copyfile(bytecode, beside)


def _can_be_written_for(source: str) -> bool:
    folder = os.path.join(os.path.dirname(source), "__pycache__")
    return os.access(folder if os.path.isdir(folder) else os.path.dirname(source), os.W_OK)
