"""A submission that turns on whoever looks at it, opened by its student and by an instructor: none of it runs."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import Browser, Dialog, Page

import small_course
from demonstration.place import Place
from hostile_notebook import HANDLER, hostile
from hostile_prose import EVIL, RUN, SVG
from hub import handing_in
from hub.handing_in import Work
from hub.visits import until, visiting

pytestmark = pytest.mark.hub
ASSIGNMENT = small_course.NAME
FAILING = f"""
def softmax(scores):
    raise ValueError({HANDLER!r})
"""
BESIDE = {
    "evil.html": f"<script>{RUN}</script>",
    "evil.svg": SVG,
    f"=cmd('{RUN}')<img src=x onerror={RUN}>.svg": SVG,
}


@pytest.fixture(scope="module")
def attempt(place: Place, browser: Browser) -> int:
    """The hostile submission, graded; and a folder whose name is hostile too, refused."""
    notebook = nbformat.from_dict(hostile(handing_in.answered(place, FAILING)))
    with visiting(browser, place, "mallory") as mallory:
        mallory.open_live()
        before = len(handing_in.attempts(mallory))
        handing_in.lay(place, Work("mallory", notebook, beside=BESIDE))
        handing_in.lay(place, Work("mallory", notebook, named=f"<img src=x onerror={RUN}>"))
        until(lambda: [one["state"] for one in handing_in.attempts(mallory)][before:] == ["graded"])
        number = int(handing_in.attempts(mallory)[-1]["id"])
        until(lambda: mallory.status(f"{mallory.service}attempts/{number}/feedback") == 200)
    return number


@pytest.fixture(params=[False, True], ids=["as it is", "without its policy"])
def without_policy(request: pytest.FixtureRequest) -> bool:
    """Whether the browser ignores what the pages' Content-Security-Policy forbids: nothing may stand on it alone."""
    return bool(request.param)


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("mallory", ""),
        ("mallory", "attempts/{attempt}/feedback"),
        ("ina", "class/"),
        ("ina", f"class/{ASSIGNMENT}"),
        ("ina", "attempts/{attempt}/feedback"),
    ],
)
def test_nothing_of_it_runs(
    place: Place, browser: Browser, attempt: int, who: str, path: str, without_policy: bool
) -> None:
    with visiting(browser, place, who, bypass_csp=without_policy) as visitor:
        page = visitor.context.new_page()
        asked: list[str] = []
        dialogs: list[str] = []
        page.on("request", lambda request: asked.append(request.url))

        def dismiss(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", dismiss)
        page.goto(visitor.service + path.format(attempt=attempt))
        # It is the page that was meant, and shows what it has of the submission.
        assert visitor.user in page.content() or "softmax" in page.content()
        open_all(page)
        touch_all(page)
        assert page.evaluate("() => window.__pwned") is None
        assert dialogs == []
        assert [url for url in asked if not url.startswith((place.url, "data:"))] == []
        assert EVIL not in "".join(asked)


def open_all(page: Page) -> None:
    """Whatever can be unfolded."""
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")


def touch_all(page: Page) -> None:
    """What a hand would do that passes over everything, and every picture that would fail does."""
    page.evaluate("""async () => {
        for (const one of document.querySelectorAll("body *")) {
            one.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
            one.dispatchEvent(new FocusEvent("focus"));
        }
        await Promise.all([...document.images].map(one => one.decode().catch(() => null)));
    }""")


def test_what_is_shown_is_text(place: Place, browser: Browser, attempt: int) -> None:
    assert attempt
    with visiting(browser, place, "ina") as ina:
        page = ina.open_live(f"{ina.service}class/")
        # The refused folder's name is there to be read, letter by letter.
        assert f"<img src=x onerror={RUN}>" in page.inner_text("main")
        assert page.locator("main img, main script, main iframe").count() == 0
