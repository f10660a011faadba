"""What the service answers: a student's own and nothing else, an instructor's pages to instructors, nothing active."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
import served_course
from served_course import NAME, handed_in
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from chainrule.course.class_scores import Scores
from chainrule.engine import results as result_files
from chainrule.engine.results import ExerciseResult, Results, TestResult
from chainrule.probe.outcome import Outcome
from chainrule.service import store
from chainrule.service.app import make_app
from chainrule.service.attempts import Attempt, State
from chainrule.service.class_pages import table
from chainrule.service.class_view import Row
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading
from chainrule.service.handlers import Handler, Service
from chainrule.service.policies import Policy, Shown

PREFIX = "/services/chainrule/"
HOSTILE = "<script>window.__pwned = 1</script>"
TEACHER = {"name": "ina", "groups": ["formgrade-nn"]}
Get = Callable[..., HTTPResponse]


def student(name: str) -> dict[str, Any]:
    return {"name": name, "groups": ["nbgrader-nn"]}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Ada's attempt is graded, with texts that a browser would run; bob's waits."""
    desk = served_course.open_desk(served_course.make(tmp_path_factory.mktemp("pages") / "course"))
    graded(desk, handed_in(desk, "ada"))
    handed_in(desk, "bob")
    return desk


def graded(desk: Desk, attempt: Attempt) -> None:
    """As if it had been graded: half of one exercise, all of another."""
    lost = TestResult(name="test_a", title="Rows", points=1, outcome=Outcome.FAILED, message=f"differs {HOSTILE}")
    won = TestResult(name="test_b", title="Values", points=1, outcome=Outcome.PASSED)
    results = Results(
        assignment=NAME, submission="", seed="", grader="1", sandbox="all", seconds=1, notes=[f"a note {HOSTILE}"],
        exercises=[
            ExerciseResult(name="softmax", tests=[lost, won], hints=["The samples are averaged."]),
            ExerciseResult(name="relu", tests=[won]),
        ],
    )  # fmt: skip
    file = store.folder_of(desk.course.folder, attempt.origin) / "fresh.json"
    result_files.write(results, file)
    store.keep_results(desk.course.folder, attempt.origin, file)
    desk.history.change(attempt.id, {State.QUEUED}, State.GRADED, score=2.0, max_score=3.0)


@pytest.fixture
def service(desk: Desk) -> Service:
    grading = Grading(desk.course.folder, desk.history, desk.is_gradable, desk.is_releasable, desk.tell, 8)
    return Service(desk, grading, PREFIX, "nn", "formgrade-nn")


@pytest.fixture
def get(service: Service, monkeypatch: pytest.MonkeyPatch) -> Get:
    """Asks the service as somebody whom the Hub knows, or as nobody."""
    monkeypatch.setattr(
        Handler, "get_current_user", lambda self: json.loads(self.request.headers.get("X-Test-User", "null"))
    )
    monkeypatch.setattr(Handler, "get_login_url", lambda self: "/hub/login")
    monkeypatch.setattr(Handler, "xsrf_token", b"token")

    def asked(path: str, user: dict[str, Any] | None, **more: Any) -> HTTPResponse:
        async def ask() -> HTTPResponse:
            channel, port = bind_unused_port()
            server = HTTPServer(make_app(service, disable_check_xsrf=True, xsrf_cookies=False))
            server.add_socket(channel)
            try:
                return await AsyncHTTPClient().fetch(
                    f"http://127.0.0.1:{port}{PREFIX}{path}",
                    headers={"X-Test-User": json.dumps(user)},
                    raise_error=False,
                    follow_redirects=False,
                    **more,
                )
            finally:
                server.stop()
                await server.close_all_connections()

        return asyncio.run(asyncio.wait_for(ask(), 30))

    return asked


def id_of(desk: Desk, student: str) -> int:
    return desk.history.of(student)[-1].id


INSTRUCTORS = ("class/", f"class/{NAME}", f"class/{NAME}/scores.csv")


def test_a_student_sees_score_hint_and_what_to_mend(get: Get) -> None:
    page = get("", student("ada")).body.decode()
    assert "<strong>2</strong> of 3 points" in page
    assert page.index("The samples are averaged.") < page.index("with all points")
    assert "differs &lt;script&gt;" in page


def test_a_student_sees_nothing_of_others(get: Get, desk: Desk) -> None:
    page = get("", student("bob")).body.decode()
    assert "ada" not in page
    assert "averaged" not in page
    assert "at place 1" in page
    assert get(f"attempts/{id_of(desk, 'ada')}/feedback", student("bob")).code == 404
    told = json.loads(get(f"submissions/{NAME}", student("bob")).body)
    assert [one["number"] for one in told] == [1]


@pytest.mark.parametrize("path", INSTRUCTORS)
def test_instructors_pages_are_for_instructors(get: Get, path: str) -> None:
    assert get(path, TEACHER).code == 200
    assert get(path, student("ada")).code == 404
    assert get(path, None).code in (302, 403)


@pytest.mark.parametrize("path", ["attempts/1/retry", f"class/{NAME}/policy"])
def test_students_change_nothing(get: Get, path: str) -> None:
    assert get(path, student("ada"), method="POST", body="").code == 404
    assert get(path, None, method="POST", body="").code == 403


def test_a_stream_of_the_class_is_for_instructors(get: Get) -> None:
    assert get("events?class=1", student("ada")).code == 404


class Active(HTMLParser):
    """What of a page would run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "script" and not str(given.get("src", "")).startswith(f"{PREFIX}static/"):
            self.found.append("script")
        self.found += [name for name in given if name.startswith("on") or name == "style"]


@pytest.mark.parametrize(("path", "user"), [("", student("ada")), ("class/", TEACHER), (f"class/{NAME}", TEACHER)])
def test_pages_have_nothing_inline_and_a_policy_that_forbids_it(get: Get, path: str, user: dict[str, Any]) -> None:
    answer = get(path, user)
    parser = Active()
    parser.feed(answer.body.decode())
    assert parser.found == []
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_class_by_exercises(get: Get) -> None:
    page = get(f"class/{NAME}", TEACHER).body.decode()
    assert "1 × The samples are averaged." in page
    assert "Students by tenths of all points: 0, 0, 0, 0, 0, 0, 1, 0, 0, 0" in page


def test_scores_as_a_table_hold_no_formula(get: Get, desk: Desk) -> None:
    attempt = desk.history.of("ada")[-1]
    lines = get(f"class/{NAME}/scores.csv", TEACHER).body.decode().splitlines()
    assert lines[1].startswith(f"ada,{NAME},1,")
    assert lines[1].endswith(",2.0,3.0")
    assert "'=1+1," in table([Row(replace(attempt, student="=1+1"), 2.0, 3.0, Scores())])


@pytest.mark.parametrize(("shown", "there", "hidden"), [
    (Shown.NOTHING, "its score is not shown yet", "<strong>2</strong>"),
    (Shown.TOTAL, "<strong>2</strong> of 3 points", "softmax"),
    (Shown.EXERCISES, "softmax", "averaged"),
])  # fmt: skip
def test_a_policy_says_how_much_is_shown(get: Get, desk: Desk, shown: Shown, there: str, hidden: str) -> None:
    try:
        desk.set_policy(NAME, Policy(after_deadline=shown))
        page = get("", student("ada")).body.decode()
        assert there in page
        assert hidden not in page
        assert get(f"attempts/{id_of(desk, 'ada')}/feedback", student("ada")).code == 404
    finally:
        desk.set_policy(NAME, Policy())


FORM = {
    "grade": "on submit", "before-deadline": "total", "after-deadline": "everything", "attempts": "3",
    "cool-down": "60",
}  # fmt: skip


def test_an_instructor_sets_a_policy_whole_or_not_at_all(get: Get, desk: Desk) -> None:
    def post(**changes: str) -> HTTPResponse:
        body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in {**FORM, **changes}.items())
        return get(f"class/{NAME}/policy", TEACHER, method="POST", body=body)

    try:
        assert post().code == 302
        assert desk.policy(NAME) == Policy(before_deadline=Shown.TOTAL, attempts=3, cool_down=60)
        for wrong in ({"attempts": "-1"}, {"attempts": "1.5"}, {"cool-down": "soon"}, {"grade": "never"}):
            assert post(**wrong).code == 400
        assert desk.policy(NAME).attempts == 3
    finally:
        desk.set_policy(NAME, Policy())


Send = Callable[..., HTTPResponse]


@pytest.fixture
def send(get: Get) -> Send:
    """Sends a submission as a student's program does."""

    def sent(name: str, files: dict[str, str], key: str = "0123456789abcdef", assignment: str = NAME) -> HTTPResponse:
        coded = {path: base64.b64encode(text.encode()).decode() for path, text in files.items()}
        body = json.dumps({"key": key, "files": coded})
        return get(f"submissions/{assignment}", student(name), method="POST", body=body)

    return sent


def test_what_is_sent_is_taken_once_and_is_the_senders(send: Send, desk: Desk) -> None:
    first = json.loads(send("carla", {f"{NAME}.ipynb": "{}", "data/points.csv": "1"}).body)
    again = json.loads(send("carla", {f"{NAME}.ipynb": "{}"}).body)
    assert first == again
    (attempt,) = desk.history.of("carla")
    files = store.folder_of(desk.course.folder, attempt.origin) / "files"
    assert (files / "data" / "points.csv").read_text() == "1"
    # The same key of somebody else is another submission.
    assert json.loads(send("dora", {f"{NAME}.ipynb": "{}"}).body)[0]["id"] != first[0]["id"]


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", ".", "a//b", "a\nb", "/".join("a" * 40)])
def test_a_path_that_leads_elsewhere_is_one_sentence(send: Send, desk: Desk, path: str) -> None:
    answer = send("eve", {path: "x"})
    assert (answer.code, desk.history.of("eve")) == (400, [])
    assert b"is no path of a file within a submission" in answer.body


def test_what_is_no_submission_is_one_sentence(send: Send, get: Get) -> None:
    assert send("eve", {}).code == 400
    assert send("eve", {"a": "b"}, key="short").code == 400
    assert send("eve", {"a": "b"}, assignment="other").code == 404
    assert get(f"submissions/{NAME}", student("eve"), method="POST", body="{").code == 400
    assert get(f"submissions/{NAME}", student("../eve"), method="POST", body="{}").code == 403


def test_a_monitor_hears_counts_and_no_names(get: Get) -> None:
    told = get("metrics", None).body.decode()
    assert 'chainrule_attempts{state="graded"} 1' in told
    assert "ada" not in told
    assert get("health", None).body == b"ok\n"


def test_static_files_are_there(get: Get) -> None:
    assert b"EventSource" in get("static/live.js", None).body
    assert get("static/../app.py", None).code in (403, 404)


def test_what_keeps_scores_from_the_learning_platform_is_told_to_instructors(
    get: Get, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "scores_back", f"The platform says {HOSTILE}")
    page = get("class/", TEACHER).body.decode()
    assert "The platform says &lt;script&gt;" in page
    assert HOSTILE not in page
