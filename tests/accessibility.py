"""Axe-core's rules on a page in the browser; where there is no axe-core, the test is skipped and says how to get it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(
    os.environ.get("CHAINRULE_AXE", Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js")
).absolute()
"""One file, which asks nobody for anything."""


def violations(page: Page) -> list[str]:
    """What of a page breaks axe-core's rules, best practices too; its context has to bypass the page's policy."""
    if not AXE.is_file():
        pytest.skip(
            f"there is no axe-core in {AXE}: npm install --no-save axe-core, or set CHAINRULE_AXE to axe.min.js"
        )
    page.add_script_tag(path=AXE)
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(found => found.violations)")
    return [f"{one['id']}: {node['target']} {node['html'][:200]}" for one in found for node in one["nodes"]]
