"""What a student reaches of another one's, and of the instructors': nothing, by any address, or in the files."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

import small_course
from demonstration.place import COURSE, Place
from hub import handing_in, notebooks
from hub.handing_in import Work
from hub.visits import Visitor, visiting

pytestmark = pytest.mark.hub
ASSIGNMENT = small_course.NAME
MARK = f"mark_{secrets.token_hex(8)}"
"""Stands in the first student's work, and so in all that is made of it."""

HEAR = """url => {
    window.heard = [];
    const stream = new EventSource(url);
    stream.onmessage = event => window.heard.push(JSON.parse(event.data));
    return new Promise(done => { stream.onopen = () => done(true); stream.onerror = () => done(false); });
}"""
HEARD = "() => window.heard.some(one => one.state === 'graded')"


@pytest.fixture(scope="module")
def alice(place: Place, browser: Browser) -> Iterator[Visitor]:
    """A student whose server runs, with a graded attempt."""
    with visiting(browser, place, "alice") as visitor:
        notebooks.open_lab(visitor)
        live = visitor.open_live()
        before = len(handing_in.attempts(visitor))
        handing_in.lay(place, Work("alice", handing_in.answered(place, f"{small_course.WRONG}\n# {MARK}\n")))
        live.wait_for_function("n => document.body.innerText.includes(`Attempt ${n} counts`)", arg=before + 1)
        expect(live.locator("main a[href*='/feedback']").first).to_be_visible()
        yield visitor


@pytest.fixture(scope="module")
def bob(place: Place, browser: Browser) -> Iterator[Visitor]:
    """Another student."""
    with visiting(browser, place, "bob") as visitor:
        notebooks.open_lab(visitor)
        visitor.open_live()
        yield visitor


def newest(visitor: Visitor) -> int:
    """The id of somebody's last attempt."""
    return int(handing_in.attempts(visitor)[-1]["id"])


def test_anothers_pages_are_not_there(alice: Visitor, bob: Visitor) -> None:
    path = f"attempts/{newest(alice)}/feedback"
    mine = alice.asked(alice.service + path)
    assert (mine.status, MARK in mine.text()) == (200, True)
    assert bob.status(bob.service + path) == 404
    assert handing_in.attempts(bob) == [] or newest(bob) != newest(alice)
    for asked in (
        "",
        f"submissions/{ASSIGNMENT}",
        f"?student={alice.user}",
        f"submissions/{ASSIGNMENT}?user={alice.user}",
    ):
        answer = bob.asked(bob.service + asked)
        assert answer.status == 200
        assert alice.user not in answer.text()
        assert MARK not in answer.text()


@pytest.mark.parametrize("path", ["", "lab", "api/contents", "api/sessions", "files/week1/week1.ipynb", "api/kernels"])
def test_anothers_server_is_closed(alice: Visitor, bob: Visitor, path: str) -> None:
    assert alice.context.request.get(alice.server + path).status in (200, 404)
    answer = bob.context.request.get(alice.server + path)
    assert answer.status == 403
    assert MARK not in answer.text()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "class/"),
        ("GET", f"class/{ASSIGNMENT}"),
        ("GET", f"class/{ASSIGNMENT}/scores.csv"),
        ("GET", "events?class=1"),
        ("POST", f"class/{ASSIGNMENT}/policy"),
        ("POST", "attempts/1/retry"),
    ],
)
def test_the_instructors_pages_are_not_there(bob: Visitor, method: str, path: str) -> None:
    assert bob.status(bob.service + path, method=method) == 404


@pytest.mark.parametrize(
    "path", ["", "formgrader", "formgrader/gradebook", "api/contents", "lab", "formgrader/api/grades"]
)
def test_the_formgrader_is_closed(place: Place, bob: Visitor, path: str) -> None:
    assert bob.context.request.get(f"{place.url}/services/{COURSE}/{path}").status == 403


@pytest.mark.parametrize("path", ["users", "groups", "services", "proxy", "users/{alice}", "users/{alice}/tokens"])
def test_the_hub_tells_nothing_of_others(place: Place, alice: Visitor, bob: Visitor, path: str) -> None:
    answer = bob.context.request.get(f"{place.url}/hub/api/{path.format(alice=alice.user)}")
    assert answer.status in (403, 404)


def test_who_is_not_logged_in_sees_nothing(place: Place, browser: Browser, alice: Visitor) -> None:
    stranger = browser.new_context()
    for path in ("", "class/", "events", f"submissions/{ASSIGNMENT}", f"attempts/{newest(alice)}/feedback"):
        answer = stranger.request.get(alice.service + path, max_redirects=0)
        assert answer.status in (302, 403), path
        assert MARK not in answer.text()
    stranger.close()


def test_anothers_events_are_not_heard(place: Place, alice: Visitor, bob: Visitor) -> None:
    pages = {}
    for visitor in (alice, bob):
        pages[visitor.name] = visitor.open_live()
        url = f"{visitor.service}events?_xsrf={visitor.xsrf(visitor.service)}&student={alice.user}"
        assert pages[visitor.name].evaluate(HEAR, url)
    handing_in.lay(place, Work("alice", handing_in.answered(place, f"# {MARK} heard")))
    pages["alice"].wait_for_function(HEARD)
    handing_in.lay(place, Work("bob", handing_in.answered(place, "# mine")))
    pages["bob"].wait_for_function(HEARD)
    assert {one["attempt"] for one in pages["bob"].evaluate("window.heard")} == {newest(bob)}


def test_a_folder_in_anothers_name_is_refused(place: Place, browser: Browser, alice: Visitor, bob: Visitor) -> None:
    before = [len(handing_in.attempts(one)) for one in (alice, bob)]
    with visiting(browser, place, "ina") as ina:
        page = ina.open_live(f"{ina.service}class/")
        (name,) = handing_in.lay(place, Work("bob", handing_in.answered(place, "# forged"), named=alice.user))
        # The instructor sees it, and neither of the two has an attempt more.
        row = page.locator("main tr", has_text=name[-16:])
        expect(row).to_contain_text(f"{alice.user} handed it in, and it belongs to {bob.user}")
    assert [len(handing_in.attempts(one)) for one in (alice, bob)] == before


def test_what_is_sent_is_the_senders(place: Place, alice: Visitor, bob: Visitor) -> None:
    before = [len(handing_in.attempts(one)) for one in (alice, bob)]
    url = f"{bob.service}submissions/{ASSIGNMENT}"
    sent = {"key": secrets.token_hex(16), "files": {f"{ASSIGNMENT}.ipynb": "e30="}}
    headers = {"Content-Type": "application/json"}
    forged = bob.asked(url, "POST", headers=headers, data=json.dumps(sent | {"student": alice.user}))
    assert forged.status == 400
    assert bob.status(f"{url}?user={alice.user}", method="POST", headers=headers, data=json.dumps(sent)) == 200
    assert [len(handing_in.attempts(one)) for one in (alice, bob)] == [before[0], before[1] + 1]
    assert bob.context.request.post(url, data=json.dumps(sent), headers=headers).status == 403
