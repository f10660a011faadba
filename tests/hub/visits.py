"""Somebody who visits the Hub with a browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect

from demonstration.place import COURSE, Place

PATIENCE = 120_000
"""Milliseconds after which something does not come any more, however busy the machine is."""

expect.set_options(timeout=PATIENCE)


@dataclass
class Visitor:
    """Who is logged in, in a browser of one's own."""

    place: Place
    name: str
    context: BrowserContext

    @property
    def user(self) -> str:
        """The account."""
        return self.place.user(self.name)

    @property
    def service(self) -> str:
        """The address of the service that grades."""
        return f"{self.place.url}/services/chainrule-{COURSE}/"

    @property
    def server(self) -> str:
        """The address of one's own server."""
        return f"{self.place.url}/user/{self.user}/"

    def open(self, url: str) -> Page:
        """A page."""
        page = self.context.new_page()
        page.goto(url)
        return page

    def open_live(self, url: str = "") -> Page:
        """A page of the service, that hears of what changes."""
        page = self.open(url or self.service)
        page.wait_for_selector("body[data-live=yes]")
        return page

    def status(self, url: str, **options: Any) -> int:
        """What is answered when this is asked for, with one's own cookies."""
        return self.asked(url, **options).status

    def asked(self, url: str, method: str = "GET", **options: Any) -> APIResponse:
        """The answer, with one's own cookies and what a page of ours would send along."""
        headers = {"X-XSRFToken": self.xsrf(url), **options.pop("headers", {})}
        return self.context.request.fetch(url, method=method, headers=headers, max_redirects=0, **options)

    def xsrf(self, url: str) -> str:
        """The cookie against requests from elsewhere that holds for this address."""
        found = [one for one in self.context.cookies(url) if one.get("name") == "_xsrf"]
        return str(max(found, key=lambda one: len(str(one.get("path")))).get("value")) if found else ""


def until(done: Callable[[], bool], found: Callable[[], object] = lambda: "it does not come") -> None:
    """Wait for something that no page shows; where it does not come, `found` says what is there instead."""
    deadline = time.monotonic() + 2 * PATIENCE / 1000
    while not done():
        assert time.monotonic() < deadline, found()
        time.sleep(0.1)


@contextmanager
def visiting(browser: Browser, place: Place, name: str, **options: Any) -> Iterator[Visitor]:
    """Log in at the Hub."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(PATIENCE)
    try:
        page = context.new_page()
        page.goto(f"{place.url}/hub/login?next=%2Fhub%2Fhome")
        page.fill("#username_input", place.user(name))
        page.fill("#password_input", place.password)
        page.click("#login_submit")
        page.wait_for_url("**/hub/home")
        page.close()
        yield Visitor(place, name, context)
    finally:
        context.close()
