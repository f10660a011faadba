"""nbgrader's formgrader, as a page of its own, as an instructor uses it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from demonstration.place import COURSE
from hub.visits import Visitor


def address(visitor: Visitor) -> str:
    """Where it is."""
    return f"{visitor.place.url}/services/{COURSE}/formgrader/"


def open_assignments(visitor: Visitor) -> Page:
    """The list of assignments."""
    page = visitor.open(f"{address(visitor)}manage_assignments")
    page.wait_for_selector("tbody td.name a")
    return page


def press(page: Page, assignment: str, column: str) -> None:
    """A button of an assignment's row; it takes its time and says `Success`."""
    _row(page, assignment).locator(f"td.{column} a").first.click()
    dialog = page.locator(".modal.in")
    expect(dialog.locator(".modal-title")).to_contain_text("Success")
    dialog.locator(".modal-footer button").first.click()
    expect(page.locator(".modal-backdrop")).to_have_count(0)


def asked(visitor: Visitor, path: str) -> Any:
    """What its API says."""
    answer = visitor.asked(f"{address(visitor)}api/{path}")
    assert answer.status == 200, answer.text()
    return answer.json()


def correct(visitor: Visitor, submission: str, points: str, comment: str) -> None:
    """Give the first graded cell of a submission these points by hand, and a comment."""
    page = visitor.open(f"{address(visitor)}submissions/{submission}")
    score = page.locator("input.score").first
    _saved(page, score, points, "/api/grade/")
    _saved(page, page.locator("textarea.comment").first, comment, "/api/comment/")
    page.close()


def _saved(page: Page, field: Locator, value: str, path: str) -> None:
    # The page's script has to have loaded what it shows before it saves anything.
    page.wait_for_load_state("networkidle")
    with page.expect_response(lambda answer: path in answer.url and answer.request.method == "PUT") as saved:
        field.fill(value)
        field.press("Tab")
    assert saved.value.ok


def _row(page: Page, assignment: str) -> Locator:
    return page.locator("tr", has=page.locator("td.name", has_text=assignment)).first
