"""Whoever answers in the place of the service: one sentence; and what passes is tried again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from traitlets.config import Config

from chainrule_student import configure, connection
from chainrule_student.connection import PAUSES, TOKEN, Connection, ServiceError

SECONDS = 120


@pytest.fixture(autouse=True)
def _ada(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks, and does not wait before a further try."""
    monkeypatch.setenv(TOKEN, "token-of-ada")
    monkeypatch.setattr(connection, "PAUSES", (0.01,) * len(PAUSES))


def sentence(url: str) -> str:
    """What is said when nobody gives a good answer."""
    with pytest.raises(ServiceError) as raised:
        Connection("nn", url).get("released", "")
    said = str(raised.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def test_a_server_that_no_hub_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    assert sentence("http://127.0.0.1:9/") == f"{TOKEN} is not set: do this in a server that JupyterHub has started."


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/services/chainrule-nn/"
    assert sentence(url).startswith(f"The Hub cannot be reached at {url} (ConnectionError): try again")


@pytest.mark.parametrize(("answer", "said"), [
    ("503 Service Unavailable", "The service of nn is not ready: try again in a minute"),
    ("404 Not Found", "There is no service of nn at http://127.0.0.1:"),
    ("413 Too Large", "That is more than the Hub takes at once"),
    ("302 Found\r\nLocation: https://elsewhere.example/", "The Hub does not know this server's token"),
    ("403 Forbidden", "Your server may not use nn: ask your instructor"),
    ("500 Oh", "The service of nn answered with the error 500"),
    ("200 OK", "Something else than the service of nn answers at"),
])  # fmt: skip
def test_a_page_of_somebody_else(answer: str, said: str) -> None:
    with speaking([answer] * (1 + len(PAUSES))) as (url, asked):
        assert said in sentence(url)
    assert len(asked) == (1 + len(PAUSES) if answer.startswith("503") else 1)


def test_what_passes_is_tried_again_under_the_same_key() -> None:
    told = '[{"id": 1}]'
    answers = ["503 Service Unavailable", "", f"200 OK\r\nContent-Type: application/json\r\n\r\n{told}"]
    with speaking(answers) as (url, asked):
        assert Connection("nn", url).post("submissions", "week1", body=b'{"key": "k"}') == [{"id": 1}]
    assert len(asked) == 3
    assert len({one.partition(b"\r\n\r\n")[2] for one in asked}) == 1
    assert all(b"Authorization: token token-of-ada" in one for one in asked)


def test_the_configuration_of_several_courses(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config()
    with pytest.raises(
        ValueError, match=r"'' is no address of the service of nn: in nbgrader_config.py write configure"
    ):
        configure(config, "nn")
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_HUB_URL", "https://hub.example/base/hub/")
    configure(config, "nn")
    assert config.CourseDirectory.course_id == "nn"
    configure(config, "physics", "http://proxy/services/chainrule-physics")
    assert config.HubExchange.services == {
        "nn": "https://hub.example/base/services/chainrule-nn/", "physics": "http://proxy/services/chainrule-physics/",
    }  # fmt: skip
    assert config.CourseDirectory.course_id == ""


@contextmanager
def speaking(answers: list[str]) -> Iterator[tuple[str, list[bytes]]]:
    """Somebody who gives these answers, one for each connection, and none for an empty one; and what was asked."""
    asked: list[bytes] = []

    def speak(server: socket.socket) -> None:
        for answer in answers:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client, client.makefile("rb") as lines:
                head = b"".join(iter(lines.readline, b"\r\n")) + b"\r\n"
                length = next((int(line[15:]) for line in head.splitlines() if line.startswith(b"Content-Length:")), 0)
                asked.append(head + lines.read(length))
                if answer:
                    end = "" if "\r\n\r\n" in answer else "\r\nContent-Type: text/html\r\n\r\n<p>Hello"
                    client.sendall(f"HTTP/1.0 {answer}{end}".encode())

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=speak, args=(server,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/services/chainrule-nn/", asked
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(SECONDS)
