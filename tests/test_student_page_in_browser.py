"""The student's page in a real browser: it follows without a reload, fits a phone, and runs nothing of anybody's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import served_course
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from real_browser import browser as browser
from running_service import Running, grade, know_everybody, running, service_of, user
from served_course import COURSE, NAME, handed_in
from tornado.testing import bind_unused_port

from chainrule.course.opened import Course
from chainrule.engine.results import ExerciseResult, TestResult
from chainrule.probe.outcome import Outcome
from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.orders import Progress
from chainrule.service.policies import Policy
from hostile_prose import RUN

MILLISECONDS = 60_000
HOSTILE = f"</script><script>{RUN}</script><img src=x onerror='{RUN}'><a href='javascript:{RUN}'>x</a>"
LONG = "a_very_long_name_without_any_place_to_break_it_" * 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course."""
    return served_course.make(tmp_path_factory.mktemp("in-browser") / "course").folder


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    """A course whose history is empty."""
    with served_course.empty_desk(Course(folder)) as desk:
        yield desk


@pytest.fixture
def served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    know_everybody(monkeypatch)
    with running(service_of(desk)) as found:
        yield found


@dataclass
class Opened:
    """A student's page, and what it did."""

    page: Page
    context: BrowserContext
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Errors of scripts, and what the page's policy forbade."""

    def listens(self) -> None:
        """Wait until it hears of changes."""
        expect(self.page.locator("body[data-live=yes]")).to_be_attached(timeout=MILLISECONDS)

    def says(self, text: str) -> None:
        """Wait until this is on the page."""
        expect(self.page.locator("#main")).to_contain_text(text, timeout=MILLISECONDS)


@contextmanager
def opened(
    browser: Browser, url: str, student: str = "ada", width: int = 1280, group: str = "", **more: Any
) -> Iterator[Opened]:
    """Open a student's page."""
    context = browser.new_context(
        viewport={"width": width, "height": 844}, extra_http_headers=user(student, group), **more
    )
    context.add_cookies([{"name": "_xsrf", "value": "a-token", "url": url}])
    found = Opened(context.new_page(), context)
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.on("pageerror", lambda error: found.problems.append(str(error)))
    found.page.on("console", lambda said: found.problems.append(said.text) if "Policy" in said.text else None)
    found.page.on("dialog", lambda dialog: found.problems.append(dialog.message))
    found.page.goto(url, wait_until="domcontentloaded")
    try:
        yield found
    finally:
        context.close()


def elsewhere(opened: Opened, served: Running) -> list[str]:
    """What a page asked of anybody but the service."""
    return [one for one in opened.requests if one != "data:," and not one.startswith(served.url)]


def exercises(name: str = "softmax", text: str = "Rows") -> list[ExerciseResult]:
    """Half of one exercise and all of another, with these texts."""
    lost = TestResult(name="test_a", title=text, points=1, outcome=Outcome.FAILED, message=f"`{text}` differs {text}")
    won = TestResult(name="test_b", title="Values", points=1, outcome=Outcome.PASSED)
    missing = [
        TestResult(name=f"test_{n}", title=text, points=1, outcome=Outcome.MISSING, message=text) for n in range(2)
    ]
    return [
        ExerciseResult(name=name, tests=[lost, won], hints=[f"A hint about `{text}`."]),
        ExerciseResult(name=f"{name}2", tests=missing),
        ExerciseResult(name="relu", tests=[won]),
    ]


def begin(served: Running, attempt: Attempt, step: Progress) -> None:
    """An attempt is taken from the queue and has come so far."""
    desk, live = served.service.desk, served.service.grading.live
    desk.history.change(attempt.id, {State.QUEUED}, State.GRADING)
    live.begin([attempt])
    desk.changed(attempt.id)
    live.reached(step)


def test_the_page_follows_an_attempt_without_a_reload(served: Running, desk: Desk, browser: Browser) -> None:
    grade(desk, handed_in(desk), exercises())
    with opened(browser, served.url) as ada:
        ada.listens()
        ada.says("2 of 5 points")
        ada.page.evaluate("window.__mark = 1")
        ada.page.locator("summary", has_text="1 attempt").click()
        handed_in(desk, "bob")
        attempt = handed_in(desk)
        ada.says("Attempt 2 is in the queue, at place 2")
        served.do(begin, served, attempt, Progress(attempt.id, 0, 3))
        ada.says("Attempt 2 is being graded: your notebook is running")
        # From here on only the events themselves can have told.
        fetched = len(ada.requests)
        served.do(served.service.grading.live.reached, Progress(attempt.id, 1, 3, "relu"))
        ada.says("being graded: 1 of 3 exercises done, now relu")
        assert ada.page.locator("progress").evaluate("bar => [bar.value, bar.max]") == [1, 3]
        assert len(ada.requests) == fetched
        served.do(served.service.grading.live.end, [attempt.id])
        grade(desk, attempt, exercises()[2:])
        ada.says("1 of 1 points")
        ada.says("Attempt 2 counts")
        # It is told to who does not see it; and nothing that was open or in use was lost.
        expect(ada.page.locator("#said")).to_contain_text("1 of 1 points")
        summary = ada.page.locator("summary", has_text="2 attempts")
        assert summary.evaluate("one => one.parentElement.open")
        assert ada.page.evaluate("window.__mark") == 1
        assert ada.problems == []
        assert elsewhere(ada, served) == []


def test_the_focus_stays_where_it_was(served: Running, desk: Desk, browser: Browser) -> None:
    grade(desk, handed_in(desk), exercises())
    with opened(browser, served.url) as ada:
        ada.listens()
        ada.page.locator("summary", has_text="with all points").focus()
        attempt = handed_in(desk)
        ada.says("Attempt 2 is in the queue")
        assert "with all points" in ada.page.evaluate("document.activeElement.textContent")
        grade(desk, attempt, exercises())
        ada.says("Attempt 2 counts")
        assert "with all points" in ada.page.evaluate("document.activeElement.textContent")


def test_events_and_fetches_bring_the_hubs_token(served: Running, desk: Desk, browser: Browser) -> None:
    tokens: list[str | None] = []
    with opened(browser, served.url) as ada:
        ada.listens()
        ada.page.on("request", lambda request: tokens.append(request.headers.get("x-xsrftoken")))
        handed_in(desk)
        ada.says("is in the queue")
        assert any(one.endswith("events?_xsrf=a-token") for one in ada.requests)
        assert set(tokens) == {"a-token"}


def test_a_lost_connection_is_said_and_what_was_missed_is_shown(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    know_everybody(monkeypatch)
    channel, port = bind_unused_port()
    channel.close()
    with running(service_of(desk), port) as served:
        context = opened(browser, served.url)
        ada = context.__enter__()
        ada.listens()
    try:
        expect(ada.page.locator("#connection")).to_contain_text("The connection is lost", timeout=MILLISECONDS)
        grade(desk, handed_in(desk), exercises())
        with running(service_of(desk), port):
            ada.says("2 of 5 points")
            expect(ada.page.locator("#connection")).to_be_empty(timeout=MILLISECONDS)
    finally:
        context.__exit__(None, None, None)


def test_a_page_that_nobody_may_see_any_more_says_so(
    served: Running, desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(browser, served.url) as ada:
        ada.listens()
        # As the Hub does when somebody is logged out: it answers with its own page.
        ada.page.route(served.url, lambda route: route.fulfill(body="<main id='main'>Log in</main>"))
        handed_in(desk)
        expect(ada.page.locator("#connection")).to_contain_text("log in", timeout=MILLISECONDS)
        expect(ada.page.locator("h1")).to_have_text("Your work")


def test_a_stream_that_is_refused_is_tried_again(served: Running, desk: Desk, browser: Browser) -> None:
    with opened(browser, served.url) as ada:
        ada.listens()
        refused: list[str] = []

        def refuse(route: Route) -> None:
            refused.append(route.request.url)
            if len(refused) > 1:
                route.continue_()
            else:
                route.fulfill(status=429)

        ada.page.route("**/events?*", refuse)
        ada.page.reload(wait_until="domcontentloaded")
        ada.listens()
        assert len(refused) == 2
        handed_in(desk)
        ada.says("is in the queue")


def test_a_form_is_not_taken_from_under_somebodys_hands(served: Running, desk: Desk, browser: Browser) -> None:
    first, *others = [handed_in(desk, student) for student in ("ada", "bob", "cyd")]
    grade(desk, first, exercises())
    with opened(browser, f"{served.url}class/{NAME}", student="ina", group=f"formgrade-{COURSE}") as ina:
        ina.listens()
        button = ina.page.get_by_role("button", name="Re-grade…", exact=True)
        button.focus()
        button.evaluate("one => { one.marked = true; }")
        for attempt in others:
            # The next is asked for when the one before has been dealt with; the first may be of the page's beginning.
            with ina.page.expect_response(f"{served.url}class/{NAME}", timeout=MILLISECONDS):
                grade(desk, attempt, exercises())
        assert button.evaluate("one => one.marked")
        button.blur()
        ina.says("3 graded")
        # It has no stamp to tell by what it missed, so it asks whenever it is connected anew.
        assert ina.page.locator("#main").get_attribute("data-stamp") is None


def test_no_text_of_others_runs(served: Running, desk: Desk, browser: Browser) -> None:
    grade(desk, handed_in(desk), exercises(HOSTILE, HOSTILE), notes=(HOSTILE,))
    with opened(browser, served.url) as ada:
        ada.listens()
        attempt = handed_in(desk)
        ada.says("Attempt 2 is in the queue")
        served.do(begin, served, attempt, Progress(attempt.id, 0, 2, HOSTILE))
        ada.says(f"now {HOSTILE}")
        desk.history.change(attempt.id, {State.GRADING}, State.REFUSED, reason=HOSTILE)
        desk.changed(attempt.id)
        ada.says("Attempt 2 was not taken")
        assert ada.page.evaluate("window.__pwned") is None
        assert (
            ada.page.locator("#main").evaluate("one => one.querySelectorAll('script, img, a[href^=java]').length") == 0
        )
        assert ada.problems == []
        assert elsewhere(ada, served) == []


def some_of_everything(desk: Desk) -> None:
    """Long names, a score, mistakes, a newer attempt that waits, and one that was not taken."""
    grade(desk, handed_in(desk), exercises(LONG, LONG), notes=(LONG,))
    handed_in(desk)
    refused = handed_in(desk)
    desk.history.change(refused.id, {State.QUEUED}, State.REFUSED, reason=LONG)
    desk.history.change(refused.id - 1, {State.SUPERSEDED}, State.QUEUED)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(served: Running, desk: Desk, browser: Browser, width: int) -> None:
    some_of_everything(desk)
    with opened(browser, served.url, width=width) as ada:
        ada.listens()
        ada.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        assert ada.page.evaluate("document.documentElement.scrollWidth") <= width
        # Nor is anything cut off but what scrolls by itself.
        cut = """[...document.querySelectorAll('main *')].filter(one => !one.closest('.wide, .unseen')
            && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"""
        assert ada.page.evaluate(cut) == []


CONTRASTS = """() => {
  const channels = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = (rgb) => {
    const linear = (one) => one <= .03928 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4;
    const [r, g, b] = rgb.map((one) => linear(one / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const paper = (one) => {
    for (; one; one = one.parentElement) {
      const found = channels(getComputedStyle(one).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !one.checkVisibility()) continue;
    const [a, b] = [channels(getComputedStyle(one).color).slice(0, 3), paper(one)].map(light).sort((x, y) => y - x);
    found.push([Math.round(100 * (a + .05) / (b + .05)) / 100, texts.currentNode.data.trim().slice(0, 40)]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_in_both_themes(served: Running, desk: Desk, browser: Browser, scheme: str) -> None:
    some_of_everything(desk)
    with opened(browser, served.url, color_scheme=scheme) as ada:
        ada.listens()
        ada.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        ada.page.evaluate("document.getElementById('connection').textContent = 'The connection is lost'")
        found = ada.page.evaluate(CONTRASTS)
        assert len(found) > 20
        assert [one for one in found if one[0] < 4.5] == []
        paper = ada.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") is (scheme == "light")


def test_the_page_is_read_by_keyboard_and_by_ear(served: Running, desk: Desk, browser: Browser) -> None:
    some_of_everything(desk)
    with opened(browser, served.url, width=390) as ada:
        ada.listens()
        page = ada.page
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.evaluate("['header', 'nav', 'main', 'h1'].map(one => document.querySelectorAll(one).length)") == [
            1, 1, 1, 1,
        ]  # fmt: skip
        levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(one => Number(one.tagName[1]))")
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        # No name is given twice, and every control has one to be called by.
        names = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
        assert len(names) == len(set(names))
        assert all(page.evaluate("[...document.querySelectorAll('a, summary')].map(one => one.textContent.trim())"))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert page.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused(timeout=MILLISECONDS)
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.closest('details').open")


def test_without_script_the_page_says_the_same(served: Running, desk: Desk, browser: Browser) -> None:
    grade(desk, handed_in(desk), exercises())
    attempt = handed_in(desk)
    served.do(begin, served, attempt, Progress(attempt.id, 1, 3, "relu"))
    with opened(browser, served.url, java_script_enabled=False) as ada:
        ada.says("2 of 5 points")
        ada.says("A hint about Rows.")
        ada.says("being graded: 1 of 3 exercises done, now relu")
        ada.says("UTC")
        expect(ada.page.locator("body")).to_contain_text("it needs JavaScript for that. Reload it to see what is new")


def test_what_the_clock_alone_changes_is_asked_for_again_and_again(
    served: Running, desk: Desk, browser: Browser
) -> None:
    desk.set_policy(NAME, Policy(cool_down=7200))
    try:
        handed_in(desk)
        with opened(browser, served.url) as ada:
            ada.page.clock.install()
            ada.page.reload(wait_until="domcontentloaded")
            ada.listens()
            before, end = ada.requests.count(served.url), time.monotonic() + MILLISECONDS / 1000
            # The next is arranged when one has been shown.
            while ada.requests.count(served.url) < before + 3 and time.monotonic() < end:
                ada.page.clock.fast_forward(64_000)
                ada.page.wait_for_timeout(50)
            assert ada.requests.count(served.url) >= before + 3
    finally:
        desk.set_policy(NAME, Policy())


def test_times_are_those_of_the_readers_clock(served: Running, desk: Desk, browser: Browser) -> None:
    grade(desk, handed_in(desk), exercises())
    with opened(browser, served.url, timezone_id="Asia/Kolkata") as ada:
        ada.listens()
        expect(ada.page.locator(".facts time").first).to_contain_text("GMT+5:30", timeout=MILLISECONDS)
        assert ada.page.locator(".facts time").first.get_attribute("title").endswith("UTC")  # type: ignore[union-attr]
