"""A platform's side of AGS 2.0: takes scores, has results, and makes line items."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from chainrule.engine.visible import in_one_line
from chainrule.lti.addresses import beneath, require_same_host, with_query
from chainrule.lti.failures import ConflictError, LtiError, NotNowError, RefusedError
from chainrule.lti.outbox import Message
from chainrule.lti.settings import Settings
from chainrule.lti.tokens import Tokens
from chainrule.lti.web import Answer, Web

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope"
SCORE, RESULT, LINE_ITEM = f"{AGS}/score", f"{AGS}/result.readonly", f"{AGS}/lineitem"

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"

Found = TypeVar("Found")

MOST_PAGES = 50
_NEXT = re.compile(r"""<([^<>]*)>\s*;[^,<]*\brel\s*=\s*"?next"?""", re.IGNORECASE)


class _Score(msgspec.Struct, rename="camel"):
    """No comment and no name: points, and whose."""

    user_id: str
    score_given: float
    score_maximum: float
    timestamp: str
    activity_progress: str = "Completed"
    grading_progress: str = "FullyGraded"


class _Result(msgspec.Struct, rename="camel"):
    user_id: str
    result_score: float | None = None
    result_maximum: float | None = None


class _NewLineItem(msgspec.Struct, rename="camel"):
    label: str
    score_maximum: float
    resource_id: str


class _LineItem(msgspec.Struct, rename="camel"):
    id: str
    resource_id: str | None = None


class Platform:
    """The platform of a course's settings."""

    def __init__(self, settings: Settings, tokens: Tokens, web: Web) -> None:
        """Nothing is asked yet."""
        self._settings = settings
        self._tokens = tokens
        self._web = web

    def put(self, message: Message) -> None:
        """Send a score.

        Raises:
            ConflictError, RefusedError, NotNowError: what became of it.
            LtiError
        """
        when = datetime.fromtimestamp(message.moment / 1000, UTC).isoformat(timespec="milliseconds")
        body = msgspec.json.encode(_Score(message.user_id, message.points, message.most, when))
        url = beneath(message.line_item, "scores")
        answer = self._answer("POST", url, SCORE, {"Content-Type": SCORE_TYPE, "Accept": "application/json"}, body)
        if answer.status == 409:
            raise ConflictError
        self._require_done(answer, url)

    def has(self, message: Message) -> bool:
        """Whether the platform has just this score for this user; False too if it does not tell."""
        url = beneath(message.line_item, "results", user_id=message.user_id)
        try:
            answer = self._answer("GET", url, RESULT, {"Accept": RESULTS_TYPE})
            self._require_done(answer, url)
            found = msgspec.json.decode(answer.body, type=list[_Result])
        except (RefusedError, LtiError, msgspec.MsgspecError):
            # Not every platform lets every tool ask.
            return False
        return any(one.user_id == message.user_id and _agrees(one, message) for one in found)

    def line_item(self, assignment: str, label: str, most: float) -> str:
        """The address of an assignment's line item: the one that was made before, by whatever name now, or a new one.

        Raises:
            RefusedError, NotNowError, LtiError
        """
        there: str | None = with_query(self._settings.lineitems, resource_id=assignment)
        for _ in range(MOST_PAGES):
            if there is None:
                return self._made(assignment, label, most)
            answer = self._answer("GET", there, LINE_ITEM, {"Accept": LINE_ITEMS_TYPE})
            self._require_done(answer, there)
            for one in _decoded(answer, list[_LineItem], there):
                # Not every platform filters.
                if one.resource_id == assignment:
                    return self._address(one)
            following = _NEXT.search(answer.link)
            there = following and require_same_host(following[1], there, "The next page of line items")
        raise LtiError(f"{self._settings.lineitems} has more than {MOST_PAGES} pages: write line-item into lti.toml.")

    def _made(self, assignment: str, label: str, most: float) -> str:
        url = self._settings.lineitems
        body = msgspec.json.encode(_NewLineItem(label, most, assignment))
        headers = {"Content-Type": LINE_ITEM_TYPE, "Accept": LINE_ITEM_TYPE}
        answer = self._answer("POST", url, LINE_ITEM, headers, body)
        self._require_done(answer, url)
        return self._address(_decoded(answer, _LineItem, url))

    def _address(self, found: _LineItem) -> str:
        if not found.id:
            raise LtiError(f"{self._settings.lineitems} gives a line item no address: write line-item into lti.toml.")
        return require_same_host(found.id, self._settings.lineitems, "The line item's address")

    def _answer(self, method: str, url: str, scope: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
        """An answer; with a new token where the platform takes the old one no longer."""
        answer = self._web.ask(method, url, {**headers, "Authorization": f"Bearer {self._token(scope)}"}, body)
        if answer.status == 401:
            self._tokens.forget(scope)
            answer = self._web.ask(method, url, {**headers, "Authorization": f"Bearer {self._token(scope)}"}, body)
        return answer

    def _token(self, scope: str) -> str:
        return self._tokens.get(self._web, scope)

    def _require_done(self, answer: Answer, url: str) -> None:
        if 200 <= answer.status < 300:
            return
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise NotNowError(f"{url} answers {answer.status}.", answer.pause)
        said = "" if "html" in answer.kind else in_one_line(answer.body.decode(errors="replace").strip())[:300]
        raise RefusedError(f"{url} answers {answer.status}{f' ({said})' if said else ''}: {_meaning(answer.status)}")


def _meaning(status: int) -> str:
    if status < 400:
        return "it sends elsewhere, where nothing is sent; write the right address into lti.toml."
    return {
        401: "it does not know this tool; look at client-id and key in lti.toml.",
        403: "allow the tool to send grades, in its settings there.",
        404: "there is no such line item, or no such user in the course.",
    }.get(status, "is this user enrolled there as a student, and is the course still open?")


def _agrees(result: _Result, message: Message) -> bool:
    """As a part of the maximum, which platforms scale to their own."""
    if result.result_score is None or not result.result_maximum:
        return False
    return abs(result.result_score / result.result_maximum - message.points / message.most) < 1e-4


def _decoded(answer: Answer, kind: type[Found], url: str) -> Found:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError as error:
        raise LtiError(f"{url} answers what is no list of line items ({error}).") from error
