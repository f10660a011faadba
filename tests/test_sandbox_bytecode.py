"""What a fork server had to compile is written down for the next one, where that can be done."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from chainrule.sandbox import bytecode, server
from chainrule.sandbox.layers import Layers

write_later = bytecode.write_later


def compiled(sources: list[str]) -> None:
    """Have them compiled, and wait for it."""
    write_later(sources)
    for compiler in bytecode._running:
        compiler.wait()


def bytecode_of(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source)))


@pytest.fixture
def module(tmp_path: Path) -> Path:
    source = tmp_path / "package" / "module.py"
    source.parent.mkdir()
    source.write_text("x = 1")
    return source


def test_a_source_file_is_compiled(module: Path) -> None:
    compiled([str(module)])
    assert bytecode_of(module).is_file()


def test_a_source_file_that_does_not_compile_is_no_fault(module: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("def")
    compiled([str(tmp_path / "wrong.py"), str(tmp_path / "missing.py"), str(module)])
    assert bytecode_of(module).is_file()


def test_read_only_packages_start_no_compiler(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *args: False)
    before = list(bytecode._running)
    bytecode.write_later([str(module)])
    assert bytecode._running == [each for each in before if each.poll() is None]


def test_a_copy_gets_the_bytecode_of_its_original(module: Path, tmp_path: Path) -> None:
    compiled([str(module)])
    link = tmp_path / "view" / "module.py"
    link.parent.mkdir()
    link.symlink_to(module)
    bytecode.copy_beside(module, link)
    assert bytecode_of(link).read_bytes() == bytecode_of(module).read_bytes()


def test_a_second_server_has_nothing_to_compile(layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def at_once(sources: list[str]) -> None:
        asked.append(sources)
        compiled(sources)

    monkeypatch.setattr(bytecode, "write_later", at_once)
    for _ in range(2):
        server.ForkServer(layers=layers).close()
    assert [source for source in asked[1] if bytecode._can_be_written_for(source)] == []
