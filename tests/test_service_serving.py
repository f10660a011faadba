"""`chainrule serve` as a whole process: what is wrong is one sentence, and whoever ends it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.error import URLError

import psutil
import pytest
import served_course

import small_course
from chainrule.course import exchange_modes
from chainrule.course.opened import Course
from chainrule.service.attempts import State
from chainrule.service.history import History, of_course
from chainrule.service.watching import _Exchange
from stand_in_hub import NAME, PREFIX, TOKEN, StandInHub, free_port, stand_in_hub, variables

SECONDS = 120
SLOW = "import time; time.sleep(60)\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return served_course.make(tmp_path_factory.mktemp("serving") / "course")


@pytest.fixture(scope="module")
def hub() -> Iterator[StandInHub]:
    with stand_in_hub() as hub:
        yield hub


Start = Callable[..., "Serving"]


class Serving:
    """A service's process, with what it has said so far in a file."""

    def __init__(self, folder: Path, log: Path, environment: dict[str, str], options: Sequence[str] = ()) -> None:
        command = [sys.executable, "-P", "-m", "chainrule.cli", "serve", "--course", str(folder), *options]
        self.log = log
        self.url = f"{environment.get('JUPYTERHUB_SERVICE_URL', '')}{PREFIX}"
        with log.open("w") as file:
            self.process = subprocess.Popen(command, env=environment, stdout=file, stderr=file, cwd="/")

    def said(self) -> str:
        return self.log.read_text()

    def ended(self) -> int:
        return self.process.wait(SECONDS)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            with urllib.request.urlopen(f"{self.url}health", timeout=10) as answer:
                return bytes(answer.read()) == b"ok\n"
        except (URLError, OSError):
            return False


@pytest.fixture
def start(course: Course, hub: StandInHub, tmp_path: Path) -> Iterator[Start]:
    """Starts services; changes of the environment are given by name, and None takes away."""
    started: list[Serving] = []

    def begin(*options: str, folder: Path | None = None, **changes: str | None) -> Serving:
        environment = {**variables(hub.api, free_port()), **changes}
        given = {name: value for name, value in environment.items() if value is not None}
        log = tmp_path / f"log-{len(started)}"
        started.append(Serving(folder or course.folder, log, given, options))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.wait()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.1)


def one_sentence(serving: Serving) -> str:
    """What a service said that could not begin, or go on."""
    assert serving.ended() == 2, serving.said()
    assert "Traceback" not in serving.said()
    return serving.said().strip().splitlines()[-1]


@pytest.mark.parametrize(("changes", "said"), [
    ({"JUPYTERHUB_API_URL": None}, "JUPYTERHUB_API_URL is not set"),
    ({"JUPYTERHUB_SERVICE_NAME": None}, "JUPYTERHUB_SERVICE_NAME is not set"),
    ({"JUPYTERHUB_SERVICE_URL": "http://127.0.0.1"}, "names no port: set the service's `url`"),
    ({"JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:http"}, "names no port: set the service's `url`"),
    ({"JUPYTERHUB_API_TOKEN": "another"}, "does not know the service's token (it answers 403): put the same"),
    ({"JUPYTERHUB_SERVICE_NAME": "another"}, f"knows the token of the service another as that of '{NAME}'"),
])  # fmt: skip
def test_a_hub_that_does_not_fit_is_one_sentence(start: Start, changes: dict[str, str | None], said: str) -> None:
    assert said in one_sentence(start(**changes))


def test_a_students_token_is_not_the_services(start: Start, hub: StandInHub) -> None:
    hub.add("ada", "nbgrader-nn")
    assert "as that of 'ada': give each service" in one_sentence(start(JUPYTERHUB_API_TOKEN="ada"))


def test_a_port_that_is_taken(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert "give the service another port in its `url`" in one_sentence(start(JUPYTERHUB_SERVICE_URL=url))


def test_two_services_for_one_course(start: Start) -> None:
    first = start()
    until(first.answers)
    assert "take one of the two out of c.JupyterHub.services" in one_sentence(start())
    assert first.answers()


def test_a_history_that_cannot_be_opened(start: Start) -> None:
    assert "name another with --history" in one_sentence(start("--history", "sqlite:////nonexistent/history.db"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be root")
def test_root_does_not_serve_the_course_of_another(start: Start, course: Course) -> None:
    os.chown(course.folder, 54321, -1)
    try:
        assert "set the service's `user` to '54321'" in one_sentence(start())
    finally:
        os.chown(course.folder, os.geteuid(), -1)


def test_a_course_folder_that_cannot_be_written(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "course"
    small_course.make(folder)
    # Not even root makes a folder below a file.
    (folder / ".chainrule").write_text("")
    assert "cannot be written to" in one_sentence(start(folder=folder))


def test_a_hub_that_starts_later_is_waited_for(start: Start) -> None:
    serving = start(JUPYTERHUB_API_URL=f"http://127.0.0.1:{free_port()}/hub/api")
    until(lambda: "The Hub does not answer" in serving.said())
    assert serving.answers()


def test_an_exchange_of_wrong_modes_is_said_to_the_instructor(course: Course) -> None:
    desk = served_course.open_desk(course)
    exchange = _Exchange(desk)
    inbound = served_course.inbound(course)
    try:
        before = inbound.stat().st_mode
        inbound.parents[1].chmod(0o1777)
        exchange.look_again()
        assert desk.problem == ""
        inbound.chmod(0o2737)
        exchange.look_again()
        assert f"`chmod o-r '{inbound}'`" in desk.problem
        inbound.chmod(before)
        exchange.look_again()
        assert desk.problem == ""
    finally:
        desk.history.close()
    assert exchange_modes.problems(inbound.parents[1], served_course.COURSE) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_it_while_it_starts_sees_no_traceback(start: Start, number: signal.Signals) -> None:
    serving = start()
    until(serving.answers)
    serving.process.send_signal(number)
    assert serving.ended() == 0, serving.said()
    assert "Traceback" not in serving.said()


def test_who_ends_it_while_it_grades_leaves_no_process_and_no_attempt(start: Start, course: Course) -> None:
    served_course.submit(course, answer=SLOW + small_course.right(course))
    serving = start()
    until(serving.answers)
    history = History(of_course(course.folder))
    until(lambda: history.in_state(State.GRADING))
    # Until the student's code runs, a process of the sandbox's.
    until(lambda: len(psutil.Process(serving.process.pid).children(recursive=True)) > 1)
    family = psutil.Process(serving.process.pid).children(recursive=True)
    began = time.monotonic()
    serving.process.terminate()
    assert serving.ended() == 0, serving.said()
    assert time.monotonic() - began < 30
    assert "Traceback" not in serving.said()
    gone, alive = psutil.wait_procs(family, timeout=SECONDS)
    assert alive == []
    assert gone
    (attempt,) = history.in_state(State.GRADING, State.QUEUED)
    assert attempt.score is None
    history.close()


def test_a_service_ends_with_the_hub_that_has_started_it(course: Course, hub: StandInHub, tmp_path: Path) -> None:
    log, environment = tmp_path / "log", variables(hub.api, free_port())
    command = f"'{sys.executable}' -P -m chainrule.cli serve --course '{course.folder}' > '{log}' 2>&1 & wait"
    parent = subprocess.Popen(["sh", "-c", command], env=environment, cwd="/")
    try:
        until(lambda: "Serving nn at" in log.read_text() if log.exists() else False)
        (service,) = psutil.Process(parent.pid).children()
    finally:
        parent.kill()
        parent.wait()
    # Its new parent may leave it a zombie.
    until(lambda: not service.is_running() or service.status() == psutil.STATUS_ZOMBIE)
    assert "has ended" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_the_service_tells_nobody_the_token(start: Start) -> None:
    serving = start()
    until(serving.answers)
    assert TOKEN not in serving.said()
