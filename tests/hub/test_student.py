"""A student's way, in a browser: fetch, fill, run, validate, submit, watch, read."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

import small_course
from demonstration.place import Place
from hub import notebooks
from hub.visits import visiting

pytestmark = pytest.mark.hub
ASSIGNMENT = small_course.NAME


def test_from_fetching_to_the_feedback(place: Place, browser: Browser) -> None:
    with visiting(browser, place, "alice") as alice:
        live = alice.open_live()
        live.evaluate("window.never_loaded_again = true")
        lab = notebooks.open_lab(alice)
        notebooks.open_list(lab)
        notebooks.fetch(lab, ASSIGNMENT)

        notebook = notebooks.open_notebook(alice, ASSIGNMENT)
        notebooks.fill(notebook, small_course.EXERCISE, small_course.WRONG)
        notebooks.run_all(notebook)
        expect(notebook.locator(".jp-OutputArea-output").last).to_contain_text("✓")
        assert "passes all the tests" in notebooks.validate(notebook)

        lab.bring_to_front()
        notebooks.submit(lab, ASSIGNMENT)
        # The service's page comes to the score by itself, and the exercise that lost a point says why.
        expect(live.locator("main")).to_contain_text(re.compile(r"2\s+of\s+3"))
        expect(live.locator("main")).to_contain_text(small_course.EXERCISE)
        link = live.locator("main a[href*='/feedback']").first
        link.wait_for()
        assert live.evaluate("window.never_loaded_again")
        with live.expect_navigation():
            link.click()
        expect(live.locator("body")).to_contain_text("powers = np.exp(scores)")

        lab.bring_to_front()
        notebooks.fetch_feedback(lab)
