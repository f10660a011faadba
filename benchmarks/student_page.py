"""A student's browser, as far as time counts: listens to the service's events, and fetches what they tell of."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from machine import BenchmarkError

LONGEST = 1800.0
"""Seconds after which nothing more is to be expected."""

DEAD_ENDS = ("refused", "failed", "superseded")


@dataclass(frozen=True)
class Seconds:
    """After the click: until the page with the score, and the feedback page, had come."""

    score: float
    feedback: float


def browser(url: str, token: str) -> httpx.AsyncClient:
    """What a student's requests go through; as many at once as are made."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    headers = {"Authorization": f"token {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=120, limits=limits)


async def watched(client: httpx.AsyncClient, submit: Callable[[], Awaitable[None]], feedback: bool = True) -> Seconds:
    """Open the page, hand in, and wait as a student does.

    Raises:
        BenchmarkError: it was not graded, or took too long.
    """
    await _page(client, "")
    async with asyncio.timeout(LONGEST), client.stream("GET", "events", timeout=LONGEST) as stream:
        stream.raise_for_status()
        events = _Events(stream)
        await events.begun()
        clicked = time.perf_counter()
        await submit()
        told = await events.until(lambda told: told["state"] == "graded")
        await _page(client, "")
        score = time.perf_counter() - clicked
        if not feedback:
            return Seconds(score, 0.0)
        if not told["feedback"]:
            told = await events.until(lambda told: told["state"] == "graded" and told["feedback"])
        await _page(client, f"attempts/{told['attempt']}/feedback")
        return Seconds(score, time.perf_counter() - clicked)


async def _page(client: httpx.AsyncClient, path: str) -> None:
    (await client.get(path)).raise_for_status()


class _Events:
    """What a stream tells: those without a name; others are of places in the queue and steps."""

    def __init__(self, stream: httpx.Response) -> None:
        self._lines = stream.aiter_lines()

    async def begun(self) -> None:
        """The service listens for us."""
        await anext(self._lines)

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first that is wanted."""
        named = False
        async for line in self._lines:
            if line.startswith("data: ") and not named:
                told: dict[str, Any] = json.loads(line.removeprefix("data: "))
                if told["state"] in DEAD_ENDS:
                    raise BenchmarkError(f"The attempt {told['attempt']} was {told['state']}.")
                if wanted(told):
                    return told
            named = line.startswith("event: ") or (named and line != "")
        raise BenchmarkError("The service has ended the stream of events.")
