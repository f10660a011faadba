"""JupyterLab on a student's server, as a student uses it: nbgrader's list of assignments, and a notebook."""

from __future__ import annotations

import re
from contextlib import suppress

from playwright.sync_api import Locator, Page, TimeoutError, expect

from hub.visits import PATIENCE, Visitor, until


def open_lab(visitor: Visitor) -> Page:
    """JupyterLab, on a server that is started if need be."""
    page = visitor.open(f"{visitor.place.url}/hub/spawn/{visitor.user}?next=/user/{visitor.user}/lab")
    page.wait_for_selector("#jp-main-dock-panel")
    return page


def open_list(lab: Page) -> None:
    """nbgrader's list of assignments."""
    lab.click(".lm-MenuBar-item:has-text('Nbgrader')")
    lab.click(".lm-Menu-item:has-text('Assignment List')")
    lab.wait_for_selector("#released_assignments_list:visible")


def listed(lab: Page, kind: str, assignment: str) -> Locator:
    """The row of an assignment among the `released`, `fetched` or `submitted`."""
    return lab.locator(f"#{kind}_assignments_list .list_item:visible", has_text=assignment).first


def fetch(lab: Page, assignment: str) -> None:
    """Fetch an assignment, by its button in the list."""
    listed(lab, "released", assignment).get_by_role("button", name="Fetch").click()
    listed(lab, "fetched", assignment).wait_for()


def submit(lab: Page, assignment: str) -> None:
    """Hand in, by the button in the list."""
    listed(lab, "fetched", assignment).get_by_role("button", name="Submit").first.click()
    listed(lab, "submitted", assignment).wait_for()


def fetch_feedback(lab: Page) -> None:
    """By its button, until the list has a link to it: a click is lost while the list is drawn anew."""
    submitted = lab.locator("#submitted_assignments_list")
    lab.click("#refresh_assignments_list, .refresh_assignments, [title='Refresh assignments list']")

    def is_there() -> bool:
        with suppress(TimeoutError):
            # Once there is a link, there is no button.
            submitted.get_by_role("button", name="Fetch Feedback").first.click(timeout=5000)
        lab.wait_for_timeout(2000)
        return submitted.get_by_text(re.compile("view feedback", re.I)).count() > 0

    until(is_there, submitted.inner_text)


def open_notebook(visitor: Visitor, assignment: str) -> Page:
    """The notebook, its kernel ready."""
    page = visitor.open(f"{visitor.server}lab/tree/{assignment}/{assignment}.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.locator(".jp-StatusBar-Widget, #jp-main-statusbar").get_by_text(re.compile(r"\| Idle")).wait_for()
    return page


def fill(notebook: Page, function: str, answer: str) -> None:
    """Write into the cell of a function, in the place of what is there."""
    editor = notebook.locator(".jp-CodeCell .cm-content", has_text=f"def {function}(").first
    editor.click()
    notebook.keyboard.press("Control+a")
    notebook.keyboard.insert_text(answer.strip())
    expect(editor).to_contain_text(answer.strip().splitlines()[-1].strip())


def run_all(notebook: Page) -> None:
    """By the menu."""
    notebook.click(".lm-MenuBar-item:has-text('Run')")
    notebook.locator(".lm-Menu-item").get_by_text("Run All Cells", exact=True).click()


def validate(notebook: Page) -> str:
    """By nbgrader's button, which saves before; what its dialog says."""
    notebook.locator(".jp-NotebookPanel-toolbar").get_by_text("Validate").click()
    dialog = notebook.locator(".jp-Dialog")
    dialog.wait_for(timeout=PATIENCE)
    said = dialog.inner_text()
    dialog.locator("button").last.click()
    dialog.wait_for(state="detached")
    return said
