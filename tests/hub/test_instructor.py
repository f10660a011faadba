"""An instructor's way, in a browser: release, watch, correct by hand in the formgrader, grade again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

import small_course
from demonstration import course
from demonstration.place import Place
from hub import formgrader, handing_in
from hub.handing_in import Work
from hub.visits import until, visiting

pytestmark = pytest.mark.hub
ASSIGNMENT = "week2"
COMMENT = "We talked about it: the idea is right."


def test_from_releasing_to_a_correction_that_stays(place: Place, browser: Browser) -> None:
    course.as_course(place, "chainrule", "new", ASSIGNMENT)
    with visiting(browser, place, "ina") as ina, visiting(browser, place, "alice") as alice:
        live = ina.open_live(f"{ina.service}class/")
        assignments = formgrader.open_assignments(ina)
        for column in ("assign", "release"):
            formgrader.press(assignments, ASSIGNMENT, column)

        notebook = handing_in.answered(place, small_course.WRONG, ASSIGNMENT)
        handing_in.lay(place, Work("alice", notebook, ASSIGNMENT))
        expect(live.locator("main")).to_contain_text(ASSIGNMENT)
        overview = ina.open_live(f"{ina.service}class/{ASSIGNMENT}")
        row = overview.locator("tr", has_text=alice.user)
        expect(row).to_contain_text(re.compile(r"2\s+of\s+3"))

        (submission,) = formgrader.asked(ina, f"submitted_notebooks/{ASSIGNMENT}/{ASSIGNMENT}")
        formgrader.correct(ina, submission["id"], "2.5", COMMENT)
        page = alice.open_live()
        expect(page.locator("main")).to_contain_text(re.compile(r"2\.5\s+of\s+3"))
        expect(page.locator("main")).to_contain_text(COMMENT)

        overview.reload()
        overview.wait_for_selector("body[data-live=yes]")
        graded_before = handing_in.graded_at(place, alice.user, ASSIGNMENT)
        row.get_by_role("button", name="Re-grade").click()
        expect(overview.locator("main")).to_contain_text("No points change for anybody")
        overview.get_by_role("button", name="Write").click()
        until(lambda: handing_in.graded_at(place, alice.user, ASSIGNMENT) > graded_before)
        again = ina.open_live(f"{ina.service}class/{ASSIGNMENT}").locator("tr", has_text=alice.user)
        expect(again).to_contain_text(re.compile(r"2\.5\s+of\s+3"))
        (grade,) = formgrader.asked(ina, f"grades?submission_id={submission['id']}")
        assert (grade["auto_score"], grade["manual_score"]) == (2, 2.5)
        expect(alice.open_live().locator("main")).to_contain_text(re.compile(r"2\.5\s+of\s+3"))
