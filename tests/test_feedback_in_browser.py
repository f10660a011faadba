"""A feedback page in a real browser: short, for phones, keyboards, dark rooms and paper, and by axe-core's rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from accessibility import violations
from playwright.sync_api import Browser, Page
from real_browser import browser as browser

import scratch_course
from chainrule.course.opened import Course
from hostile_prose import picture
from scratch_course import ASSIGNMENT, cell

THREE_SCREENS = 3 * 900
PHONE, DESK = 390, 1280
LARGEST = 1_000_000
"""Bytes of a page, beside its pictures."""

STUDENTS = ("near_perfect", "many_faults", "empty")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with one submission that has one mistake, one that has several and much beside, and an empty one."""
    course = scratch_course.make(tmp_path_factory.mktemp("course"))
    near = scratch_course.solved(course)
    answer = cell(near, "linear_backward_answer")
    answer.source = answer.source.replace("dy.sum(axis=0)", "dy.mean(axis=0)")
    scratch_course.hand_in(course, "near_perfect", near)
    many = scratch_course.solved(course)
    cell(many, "linear_forward_answer").source = "def linear_forward(x, weight, bias):\n    return x @ weight, None"
    cell(many, "losses_answer").source = "def mse(prediction, target)"
    cell(many, "neuron_answer").source += "\nprint('a_long_word' * 90)\nraise ValueError('no ' * 200)"
    table = "| wide " * 40 + "|\n" + "|-" * 40 + "|"
    mine = f"# My notes\n\n![plot](attachment:plot.png) $$\\sum_{{i=1}}^{{n}} x_i$$\n\n{table}"
    attachments = {"plot.png": {"image/png": picture(size=(900, 100))}}
    many.cells.insert(6, nbformat.v4.new_markdown_cell(mine, attachments=attachments))
    scratch_course.hand_in(course, "many_faults", many)
    scratch_course.hand_in(course, "empty", scratch_course.released(course))
    for one in course.grade(ASSIGNMENT):
        assert one.results is not None, one.log
    with course.api.gradebook as gradebook:
        comment = gradebook.find_comment("linear_forward_answer", ASSIGNMENT, ASSIGNMENT, "many_faults")
        comment.manual_comment = "Look at the *shapes*: $y = x W^\\top$."
        grade = gradebook.find_grade("sgd", ASSIGNMENT, ASSIGNMENT, "many_faults")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    return course


@pytest.fixture(scope="module")
def pages(course: Course) -> dict[str, Path]:
    """Everybody's page."""
    return {student: course.feedback(ASSIGNMENT, student) for student in STUDENTS}


@contextmanager
def opened(browser: Browser, file: Path, width: int = DESK, **more: Any) -> Iterator[Page]:
    """A page, in which nothing but itself is asked for."""
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, **more)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri(), wait_until="load")
    try:
        yield page
        assert [url for url in asked if not url.startswith("data:image/")] == [file.as_uri()]
    finally:
        context.close()


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def test_a_near_perfect_page_fits_on_three_screens(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["near_perfect"]) as page:
        assert page.evaluate("document.documentElement.scrollHeight") <= THREE_SCREENS


def test_the_first_screen_says_the_total_and_what_to_mend(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["near_perfect"]) as page:
        for what in (page.locator(".total"), page.locator(".next")):
            box = what.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] < 900
        assert page.inner_text(".total") == "37 of 40 points"
        first, second = page.locator(".next > li").all_inner_texts()
        assert first.startswith("linear_backward 1.5 more points to get")
        assert "mean over the batch" in first
        assert "It uses linear_backward, where points were lost too: mend that first. Then this may be right" in second
        page.locator(".next a").first.click()
        assert page.url.endswith("#linear_backward")
        assert page.locator("details#linear_backward").evaluate("one => one.open")


def test_all_that_is_perfect_or_was_given_is_folded(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["near_perfect"]) as page:
        open_ones = page.locator("details.exercise[open]").evaluate_all("all => all.map(one => one.id)")
        assert open_ones == ["linear_backward", "fit_curve"]
        assert page.locator("details.given[open], details.between[open]").count() == 0
        shown = page.locator("details#linear_backward").inner_text()
        assert "dy.mean(axis=0)" in shown
        assert "course.check" not in shown
        assert page.get_by_text("class course:").is_hidden()


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nothing_widens_the_page(browser: Browser, pages: dict[str, Path], student: str, width: int) -> None:
    with opened(browser, pages[student], width) as page:
        unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("student", STUDENTS)
def test_axe_finds_nothing(browser: Browser, pages: dict[str, Path], student: str, scheme: Any) -> None:
    with opened(browser, pages[student], color_scheme=scheme) as page:
        assert violations(page) == []
        unfold(page)
        assert violations(page) == []
        page.set_viewport_size({"width": PHONE, "height": 844})
        assert violations(page) == []


@pytest.mark.parametrize("student", STUDENTS)
def test_headings_are_in_order(browser: Browser, pages: dict[str, Path], student: str) -> None:
    with opened(browser, pages[student]) as page:
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => +one.tagName[1])")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("img:not([alt])").count() == 0


def test_a_perfect_exercise_is_unfolded_by_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["near_perfect"]) as page:
        exercise = page.locator("details#neuron")
        exercise.locator("summary").first.focus()
        page.keyboard.press("Enter")
        assert exercise.evaluate("one => one.open")
        assert "def neuron" in exercise.inner_text()
        page.keyboard.press("Tab")
        assert exercise.evaluate("one => one.contains(document.activeElement)")


def test_a_dark_room_gets_a_dark_page_and_paper_a_white_one(browser: Browser, pages: dict[str, Path]) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, pages["near_perfect"], color_scheme="dark") as page:
        assert page.evaluate(paper) == "rgb(23, 24, 28)"
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(paper) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("student", STUDENTS)
def test_a_page_is_one_small_file_with_formulas_in_it(browser: Browser, pages: dict[str, Path], student: str) -> None:
    text = pages[student].read_text()
    assert len(re.sub(r"data:image/[^\"]*", "", text).encode()) < LARGEST
    assert "$$" not in re.sub(r"<code>.*?</code>", "", text)
    with opened(browser, pages[student]) as page:
        unfold(page)
        formula = page.locator("details#neuron math[display=block]").first.bounding_box()
        assert formula is not None
        assert formula["height"] > 20


def test_a_teachers_comment_and_score_are_where_they_belong(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["many_faults"]) as page:
        said = page.locator("details#linear_forward .comment")
        assert said.locator(".label").inner_text() == "Teacher"
        assert said.locator("em").inner_text() == "shapes"
        assert said.locator("math").count() == 1
        assert "1 of 3 points (changed by a teacher; the hidden tests give 3)" in page.inner_text("details#sgd")


def test_what_hangs_on_an_earlier_mistake_says_so(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["many_faults"]) as page:
        steps = page.locator(".next > li").all_inner_texts()
        order = [step.split()[0] for step in steps]
        assert order[:2] == ["linear_forward", "losses"]
        uses = [step for step in steps if "It uses" in step]
        assert uses
        assert all("mend that first" in step for step in uses)
