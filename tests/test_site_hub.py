"""`chainrule doctor --hub`: the Hub's configuration, roles, ports, proxy and token; each finding says what to do."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chainrule import cli
from chainrule.course.init import create
from chainrule.course.loaded import CourseError
from chainrule.site import answering, hub_config, scopes
from chainrule.site.hub_config import HubConfig

COURSE = Path("/srv/course/nn101")
CONFIG = """
c = get_config()
print("configurations may print")
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.services = [
    {"name": "chainrule-nn101", "url": "http://127.0.0.1:8010", "user": "course", "api_token": "hidden",
     "command": ["/srv/bin/chainrule", "serve", "--course", "/srv/course/nn101"]},
    {"name": "nn101", "url": "http://127.0.0.1:8011", "user": "course", "cwd": "/srv/course/nn101",
     "command": ["/srv/bin/jupyterhub-singleuser"]},
]
c.JupyterHub.load_groups = {"nbgrader-nn101": {"users": ["ada"]}, "formgrade-nn101": {"users": ["ina"]}}
c.JupyterHub.load_roles = [
    {"name": "submits", "groups": ["nbgrader-nn101", "formgrade-nn101"],
     "scopes": ["access:services!service=chainrule-nn101"]},
    {"name": "grades", "groups": ["formgrade-nn101"], "scopes": ["access:services!service=nn101"]},
]
c.Spawner.cmd = ["/srv/student/bin/jupyterhub-singleuser"]
c.ConfigurableHTTPProxy.command = ["/srv/proxy/configurable-http-proxy"]
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> HubConfig:
    """A configuration in order, loaded as the Hub does."""
    file = tmp_path_factory.mktemp("hub") / "jupyterhub_config.py"
    file.write_text(CONFIG)
    return hub_config.load(file)


def test_a_configuration_is_loaded_and_no_token_leaves_it(config: HubConfig) -> None:
    assert [service.name for service in config.services] == ["chainrule-nn101", "nn101"]
    assert config.services[0].place == ("127.0.0.1", 8010)
    assert config.student_environment == Path("/srv/student")
    assert config.proxy_command == ["/srv/proxy/configurable-http-proxy"]
    assert "hidden" not in str(config)


def test_a_configuration_in_order(config: HubConfig) -> None:
    assert list(scopes.problems(config, COURSE, "nn101", "course")) == []
    assert scopes.students_of(config, "nn101") == ["ada"]


def changed(config: HubConfig, change: Callable[[dict[str, Any]], object]) -> list[str]:
    """What is found in a configuration after a change."""
    data = msgspec.to_builtins(config)
    change(data)
    return list(scopes.problems(msgspec.convert(data, HubConfig), COURSE, "nn101", "course"))


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "No service of the Hub runs `chainrule serve`": lambda data: data["services"].pop(0),
    "chainrule-nn101 and again are services of one course": lambda data: data["services"].append(
        data["services"][0] | {"name": "again", "url": "http://127.0.0.1:8020"}
    ),
    "as the Hub's own user, and the course belongs to course": lambda data: data["services"][0].update(user=""),
    "as ina, and the course belongs to course": lambda data: data["services"][0].update(user="ina"),
    "Nothing starts the service chainrule-nn101": lambda data: data["services"][0].update(command=[], api_token=False),
    "names no port": lambda data: data["services"][0].update(url="http://127.0.0.1"),
    "have one port": lambda data: data["services"][1].update(url="http://127.0.0.1:8010"),
    "may do what it need not": lambda data: data["services"][0].update(admin=True),
    "No role lets the group nbgrader-nn101 into": lambda data: data["roles"][0]["groups"].remove("nbgrader-nn101"),
    "No role lets the group formgrade-nn101 into the service nn101": lambda data: data["roles"].pop(1),
    "can come into the formgrader nn101": lambda data: data["roles"][1]["groups"].append("nbgrader-nn101"),
    "ada has the scopes admin:users, which reach": lambda data: data["roles"].append(
        {"name": "wide", "users": ["ada"], "scopes": ["admin:users", "access:servers!user=ada", "users!user"]}
    ),
    "ada is one of the Hub's admins": lambda data: data["admins"].append("ada"),
    "ada is in nbgrader-nn101 and in formgrade-nn101": lambda data: data["groups"]["formgrade-nn101"].append("ada"),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_in_a_configuration_is_one_sentence(config: HubConfig, said: str) -> None:
    (finding,) = changed(config, WRONG[said])
    assert said in finding


def test_who_comes_into_everything_comes_into_the_formgrader(config: HubConfig) -> None:
    def everybody(data: dict[str, Any]) -> None:
        data["roles"].append({"name": "user", "scopes": ["self", "access:services"]})

    (finding,) = changed(config, everybody)
    assert "everybody in the group nbgrader-nn101 can come into the formgrader" in finding


@pytest.mark.parametrize(("text", "said"), [
    ("c = get_confg()\n", "NameError"), ("c.JupyterHub.services = 3\n", "TraitError"),
    ("import sys; sys.exit(3)\n", ""),
])  # fmt: skip
def test_a_configuration_that_cannot_be_loaded(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "jupyterhub_config.py"
    file.write_text(text)
    with pytest.raises(CourseError, match="JupyterHub cannot load") as caught:
        hub_config.load(file)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_configuration_that_others_can_write_is_not_run(tmp_path: Path) -> None:
    file = tmp_path / "jupyterhub_config.py"
    file.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    file.chmod(0o646)
    with pytest.raises(CourseError, match="somebody else can write it"):
        hub_config.load(file)
    if os.geteuid() == 0:
        file.chmod(0o600)
        os.chown(file, 54321, 54321)
        with pytest.raises(CourseError, match="somebody else can write it"):
            hub_config.load(file)
    assert not (tmp_path / "ran").exists()
    with pytest.raises(CourseError, match="cannot be looked at"):
        hub_config.load(tmp_path / "none")


class Answers(BaseHTTPRequestHandler):
    """A Hub, its proxy, or a service, by what is in the server's `answers`: a status and a body for a path."""

    def do_GET(self) -> None:
        """Answer."""
        answers: dict[str, tuple[int, str]] = self.server.answers  # type: ignore[attr-defined]
        status, body = answers.get(self.path, (404, ""))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Silence."""


@pytest.fixture
def web() -> Iterator[HTTPServer]:
    """Something that listens."""
    server = HTTPServer(("127.0.0.1", 0), Answers)
    server.answers = {}  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def url_of(web: HTTPServer, **answers: tuple[int, str]) -> str:
    web.answers = {f"/{path.replace('__', '/')}": answer for path, answer in answers.items()}  # type: ignore[attr-defined]
    return f"http://127.0.0.1:{web.server_port}"


def test_a_port_is_free_or_the_services_or_taken(config: HubConfig, web: HTTPServer) -> None:
    service = msgspec.structs.replace(config.services[0], url=url_of(web), name="nn")
    (finding,) = answering.service_problems(service, "/")
    assert "give the service another port" in finding
    url_of(web, services__nn__health=(200, "ok\n"))
    assert list(answering.service_problems(service, "/")) == []
    web.shutdown()
    web.server_close()
    assert list(answering.service_problems(service, "/")) == []


def test_a_proxy_that_is_not_installed(config: HubConfig) -> None:
    (finding,) = answering.proxy_problems(config)
    assert "The proxy's program /srv/proxy/configurable-http-proxy is not there: `npm install" in finding


def test_a_proxy_that_is_gone(config: HubConfig, web: HTTPServer) -> None:
    hub = url_of(web, hub__health=(200, ""))
    gone = msgspec.structs.replace(config, proxy_command=[], hub_bind_url=hub, bind_url="http://127.0.0.1:9")
    (finding,) = answering.proxy_problems(gone)
    assert "its proxy does not answer at http://127.0.0.1:9: restart the Hub" in finding
    assert list(answering.proxy_problems(msgspec.structs.replace(gone, bind_url=hub))) == []


@pytest.mark.parametrize(("answer", "said"), [
    ((200, '{"kind": "service", "name": "chainrule"}'), None),
    ((200, '{"kind": "user", "name": "ada"}'), "is ada's, and must be the service's own"),
    ((200, "no JSON"), "does not answer"),
    ((403, ""), "does not know the service's token (it answers 403)"),
])  # fmt: skip
def test_a_services_token(web: HTTPServer, answer: tuple[int, str], said: str | None) -> None:
    variables = {"JUPYTERHUB_API_URL": url_of(web, user=answer), "JUPYTERHUB_API_TOKEN": "token"}
    found = list(answering.token_problems(variables))
    assert len(found) == (said is not None)
    assert all(said and said in finding for finding in found)


def test_the_command_says_what_to_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = tmp_path / "course"
    create(course)
    file = tmp_path / "jupyterhub_config.py"
    file.write_text(CONFIG)
    command = ["doctor", "--hub", str(file), "--course", str(course), "--student", "no such student"]
    assert cli.main([*command, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["in_order"] is False
    assert any("There is no user 'no such student'" in finding for finding in found["findings"])
    assert any("No service of the Hub runs `chainrule serve`" in finding for finding in found["findings"])
    assert any("There is no environment of students in /srv/student" in finding for finding in found["findings"])
    assert cli.main(command) == 1
    assert f"To be changed: {len(found['findings'])}" in capsys.readouterr().out


def test_options_of_a_hub_need_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--student", "ada"]) == 2
    assert "add --hub" in capsys.readouterr().err
