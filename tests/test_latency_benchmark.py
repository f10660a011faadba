"""The benchmark of latency reads events as a browser does, and its figures are those that are named."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import latency
import student_page
from machine import BenchmarkError
from served import token_in
from student_page import Seconds

GRADED = {"attempt": 3, "assignment": "xor", "state": "graded", "feedback": False}


def service(*events: dict[str, Any] | str) -> httpx.AsyncClient:
    """A student's browser, and a service that answers with pages and with these events."""
    told = "".join(one if isinstance(one, str) else f"data: {json.dumps(one)}\n\n" for one in events)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/events":
            return httpx.Response(200, text=f": open\n\n{told}")
        assert request.url.path in ("/", "/attempts/3/feedback")
        return httpx.Response(200, text="a page")

    return httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://service/")


def watched(client: httpx.AsyncClient, feedback: bool = True) -> Seconds:
    async def submit() -> None:
        """Nothing."""

    return asyncio.run(student_page.watched(client, submit, feedback))


def test_a_student_waits_for_the_score_and_then_for_the_page() -> None:
    stamp = 'event: stamp\ndata: {"stamp": "7"}\n\n'
    found = watched(
        service(stamp, {**GRADED, "state": "grading"}, ": still here\n\n", GRADED, {**GRADED, "feedback": True})
    )
    assert 0 < found.score < found.feedback
    assert watched(service(GRADED), feedback=False).feedback == 0


@pytest.mark.parametrize("state", ["refused", "failed", "superseded"])
def test_what_is_not_graded_is_no_figure(state: str) -> None:
    with pytest.raises(BenchmarkError, match=f"was {state}"):
        watched(service({**GRADED, "state": state}))


def test_a_stream_that_ends_is_no_figure() -> None:
    with pytest.raises(BenchmarkError, match="has ended the stream"):
        watched(service(GRADED))


@pytest.mark.parametrize(("values", "share", "found"), [
    ([], 95, None), ([3.0], 50, 3.0), ([4.0, 1.0, 3.0, 2.0], 50, 2.0), ([float(n) for n in range(1, 101)], 95, 95.0),
])  # fmt: skip
def test_percentiles_are_those_of_nearest_rank(values: list[float], share: int, found: float | None) -> None:
    assert latency.percentile(values, share) == found


def test_the_figures_have_their_names() -> None:
    found = latency.figures_of([Seconds(2, 3), Seconds(4, 6)], 80.0, [1.0])
    assert found == {
        "score_p50": 2, "score_p95": 4, "feedback_p95": 6, "hundred_seconds": 80, "cells_seconds": 1,
    }  # fmt: skip
    assert tuple(found) == latency.KEYS
    assert latency.figures_of([], None, [])["hundred_seconds"] is None


def test_a_token_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="put a student's token"):
        token_in(tmp_path / "none")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(BenchmarkError, match="is empty"):
        token_in(tmp_path / "empty")
    (tmp_path / "token").write_text("abc\n")
    assert token_in(tmp_path / "token") == "abc"
