"""What is sent with a token is its owner's, whatever it says; what is hostile, too large or half is not kept."""

from __future__ import annotations

import base64
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import served_course
from course_on_hub import PREFIX, SECONDS, OnHub, serving
from served_course import NAME

from chainrule.service import store, way_in
from chainrule.service.handlers import Handler
from chainrule.service.way_in import LARGEST_BODY, MOST_FILES

KEY = "0123456789abcdef"
NOTEBOOK = {f"{NAME}.ipynb": base64.b64encode(b"{}").decode()}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnHub]:
    """The course `nn`, in which ada and bob are enrolled."""
    course = served_course.make(tmp_path_factory.mktemp("way_in") / "course")
    outbound = course.folder.parent / "course-exchange" / "nn" / "outbound"
    shutil.copytree(outbound / NAME, outbound / "week2")
    with pytest.MonkeyPatch.context() as patch, serving(served_course.open_desk(course), patch) as found:
        found.enrol("ada")
        found.enrol("bob")
        yield found


def submission(key: str = KEY, files: dict[str, str] | None = None) -> dict[str, Any]:
    return {"key": key, "files": NOTEBOOK if files is None else files}


def kept(hub: OnHub) -> int:
    """How many submissions are kept."""
    folder = hub.desk.course.folder / store.FOLDER
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def recorded(hub: OnHub) -> int:
    """How many attempts there are; those that a newer one has replaced keep no files."""
    return sum(states.total() for states in hub.desk.history.counts_by_assignment().values())


def test_a_submission_is_the_token_owners(hub: OnHub) -> None:
    answer = hub.send("token-of-ada", submission())
    assert answer.status_code == 200, answer.text
    (told,) = answer.json()
    assert (told["student"], told["assignment"], told["key"], told["state"]) == ("ada", NAME, KEY, "queued")
    assert [one.student for one in hub.desk.history.at(NAME)] == ["ada"]
    assert hub.ask("token-of-bob", f"submissions/{NAME}").json() == []
    assert hub.ask("token-of-bob", "submissions/").json() == []


def test_nobody_hands_in_as_another(hub: OnHub) -> None:
    before = kept(hub)
    for forged in ({"student": "ada"}, {"user": "ada"}, {"name": "ada"}):
        assert hub.send("token-of-bob", submission("forged-by-bob-00") | forged).status_code == 400
    for header in ("X-Test-User", "X-Forwarded-User", "Remote-User"):
        hub.ask("token-of-bob", "submissions/", headers={header: "ada"})
    assert hub.ask("token-of-bob", "submissions/?user=ada&student=ada").json() == []
    assert kept(hub) == before


def test_the_same_key_is_taken_once_however_often_it_is_sent(hub: OnHub) -> None:
    key = "sent-several-times"

    def send(_: int) -> int:
        for _ in range(SECONDS):
            answer = hub.send("token-of-bob", submission(key))
            if answer.status_code != 429:
                return answer.status_code
            time.sleep(0.1)
        return 429

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(8))) == {200}
    assert len([one for one in hub.desk.history.of("bob") if one.origin.endswith(key)]) == 1
    refused = hub.send("token-of-bob", submission(key), "week2")
    assert (refused.status_code, hub.desk.history.of("bob", "week2")) == (409, [])
    # What another sends under the same key is another submission.
    hub.enrol("carla")
    assert hub.send("token-of-carla", submission(key)).json()[0]["student"] == "carla"


@pytest.mark.parametrize(("token", "status", "said"), [
    ("token-of-nobody", 401, "does not know this server's token, or it has expired"),
    ("token-of-eve", 403, "eve's server may not use this course"),
    ("", 403, "You may not see this"),
])  # fmt: skip
def test_who_may_not_send_is_told_why_and_not_read(hub: OnHub, token: str, status: int, said: str) -> None:
    hub.enrol("eve", scopes=("access:services!service=chainrule-other", "read:users"))
    before = kept(hub)
    answer = hub.send(token, submission())
    assert answer.status_code == status
    assert said in answer.text
    assert "\n" not in answer.text.strip()
    # The answer comes before the body is there.
    assert _answer_to_headers(hub, token, 10_000).startswith(f"HTTP/1.1 {status}")
    assert kept(hub) == before


def test_a_service_is_no_student(hub: OnHub) -> None:
    hub.enrol("robot", kind="service")
    assert hub.send("token-of-robot", submission()).status_code == 403


def test_a_cookies_owner_needs_xsrf_and_a_tokens_does_not(hub: OnHub) -> None:
    cookie = {"Cookie": "service-chainrule-nn=anything; _xsrf=anything"}
    answer = hub.ask("", f"submissions/{NAME}", "POST", json=submission("with-a-cookie-00"), headers=cookie)
    assert answer.status_code == 403
    answer = hub.ask("token-of-ada", f"submissions/{NAME}", "POST", json=submission("with-a-token-000"), headers=cookie)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", [
    "../x", "/etc/passwd", "a/../../x", "a\\..\0", f"{NAME}.ipynb/x", "timestamp.txt/x", "submission_secret.txt/x",
    "100%/../x", "é" * 200, "/".join(["a" * 200] * 8), "a\u202eb",
])  # fmt: skip
def test_a_path_that_is_none_is_one_sentence(hub: OnHub, path: str) -> None:
    before = kept(hub)
    answer = hub.send("token-of-ada", submission("with-a-bad-path-", {path: ""}))
    assert answer.status_code == 400
    assert answer.text == f"{path[:100]!r} is no path of a file within a submission."
    assert kept(hub) == before


def test_files_of_ours_are_not_the_students_to_write(hub: OnHub) -> None:
    said = base64.b64encode(b"1999-01-01 00:00:00 UTC").decode()
    files = NOTEBOOK | {"timestamp.txt": said, "submission_secret.txt": said, "100%": said}
    answer = hub.send("token-of-ada", submission("with-our-files-00", files))
    attempt = hub.desk.history.get(answer.json()[0]["id"])
    assert attempt is not None
    folder = store.folder_of(hub.desk.course.folder, attempt.origin) / "files"
    assert sorted(file.name for file in folder.iterdir()) == ["100%", "submission_secret.txt", f"{NAME}.ipynb"]
    assert b"1999" not in (folder / "submission_secret.txt").read_bytes()


def test_too_many_files_are_one_sentence(hub: OnHub) -> None:
    before = recorded(hub)
    most = {str(number): "" for number in range(MOST_FILES)}
    assert hub.send("token-of-ada", submission("as-many-as-can-be", most)).status_code == 200
    answer = hub.send("token-of-ada", submission("too-many-files-00", most | {"one more": ""}))
    assert (answer.status_code, answer.text) == (400, f"A submission has 1 to {MOST_FILES} files, this one 501.")
    assert recorded(hub) == before + 1


def test_what_is_not_released_is_not_taken(hub: OnHub) -> None:
    answer = hub.send("token-of-ada", submission(), "week%25%2041")
    assert answer.status_code == 404
    answer = hub.send("token-of-ada", submission(), "week9")
    assert (answer.status_code, answer.text) == (404, "No assignment 'week9' is released here.")


def test_a_huge_body_is_refused_before_it_is_sent(hub: OnHub, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept(hub)
    told = _answer_to_headers(hub, "token-of-ada", LARGEST_BODY + 1)
    assert told.startswith("HTTP/1.1 413")
    assert "A submission has at most 72 MiB." in told
    # A length that is not told beforehand ends at the same bound.
    monkeypatch.setattr(way_in, "LARGEST_BODY", 2**21)
    with socket.create_connection(("127.0.0.1", hub.port), SECONDS) as client:
        client.sendall(_headers("token-of-ada", "Transfer-Encoding: chunked"))
        try:
            for _ in range(64):
                client.sendall(b"10000\r\n" + bytes(2**16) + b"\r\n")
            client.sendall(b"0\r\n\r\n")
            told = client.recv(2**16).decode()
        except ConnectionError:
            told = ""
        assert "200" not in told.partition("\r\n")[0]
    # Other addresses take next to nothing.
    with socket.create_connection(("127.0.0.1", hub.port), SECONDS) as client:
        start = f"POST {PREFIX}class/{NAME}/policy HTTP/1.1\r\nHost: x\r\nContent-Length: {2**22}\r\n\r\n"
        client.sendall(start.encode())
        assert client.recv(2**16).startswith(b"HTTP/1.1 400")
    assert kept(hub) == before
    _send_until_taken(hub, "after-a-huge-body")


def test_half_a_body_is_nothing_and_the_next_is_taken(hub: OnHub) -> None:
    before = recorded(hub)
    with socket.create_connection(("127.0.0.1", hub.port), SECONDS) as client:
        client.sendall(_headers("token-of-ada", "Content-Length: 1000\r\nExpect: 100-continue"))
        assert client.recv(2**16).startswith(b"HTTP/1.1 100")
        client.sendall(b'{"key": "half-a-submission", "files": {"')
        # While it is on its way there is no other of hers.
        assert hub.send("token-of-ada", submission("while-it-comes-00")).status_code == 429
        assert hub.send("token-of-bob", submission("while-it-comes-00")).status_code == 200
    _send_until_taken(hub, "after-half-a-body")
    assert recorded(hub) == before + 2


def test_without_the_hub_nobody_is_anybody(hub: OnHub) -> None:
    with pytest.MonkeyPatch.context() as patch, serving(hub.desk, patch) as other:
        patch.setattr(Handler._hub_auth, "api_url", "http://127.0.0.1:9/hub/api")
        answer = other.send("token-of-ada", submission())
        assert (answer.status_code, answer.text) == (
            503, "The Hub cannot be asked just now who you are; try again in a minute.",
        )  # fmt: skip


def _send_until_taken(hub: OnHub, key: str) -> None:
    deadline = time.monotonic() + SECONDS
    while (status := hub.send("token-of-ada", submission(key)).status_code) == 429:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert status == 200


def _headers(token: str, length: str) -> bytes:
    who = f"Authorization: token {token}\r\n" if token else ""
    return f"POST {PREFIX}submissions/{NAME} HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}{length}\r\n\r\n".encode()


def _answer_to_headers(hub: OnHub, token: str, length: int) -> str:
    """What the service answers when nothing of the body has been sent."""
    with socket.create_connection(("127.0.0.1", hub.port), SECONDS) as client:
        client.sendall(_headers(token, f"Content-Length: {length}"))
        told = b""
        while chunk := client.recv(2**16):
            told += chunk
        return told.decode()
