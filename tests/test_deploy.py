"""What deploy/ has for administrators: it can be read, and its names agree with each other and with what was run."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from chainrule.service.known_to_hub import NEEDED
from chainrule.site import hub_config, scopes
from chainrule.site.hub_config import HubConfig, HubService, Role

DEPLOY = Path(__file__).parent.parent / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
COURSE = Path("/course")
TABLE = """
[nn101]
account = "chr_course"
folder = "/course"
instructors = ["ina"]
students = ["alice", "bob"]
"""


@pytest.fixture(scope="module")
def run_here(tmp_path_factory: pytest.TempPathFactory) -> HubConfig:
    """The configuration that was really run."""
    place = tmp_path_factory.mktemp("hub")
    (place / "run").mkdir()
    (place / "run" / "password").write_text("password")
    (place / "courses.toml").write_text(TABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_HUB", str(place))
        file = place / "jupyterhub_config.py"
        shutil.copyfile(DEPLOY / "jupyterhub" / file.name, file)
        return hub_config.load(file)


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((KUBERNETES / "values.yaml").read_text())
    return found


@pytest.fixture(scope="module")
def manifests() -> dict[str, Any]:
    return {one["kind"]: one for one in yaml.safe_load_all((KUBERNETES / "course.yaml").read_text())}


@pytest.fixture(scope="module")
def chart(values: dict[str, Any]) -> HubConfig:
    """What the chart makes of the values, as far as the doctor looks at it."""
    hub = values["hub"]
    groups = hub["config"]["JupyterHub"]["load_groups"]
    return HubConfig(
        bind_url="", base_url="/", hub_bind_url="", proxy_command=[], spawner_command=[], admins=[],
        services=[HubService(name, one["url"], api_token=True) for name, one in hub["services"].items()],
        roles=[Role(name=name, **one) for name, one in hub["loadRoles"].items()],
        groups={name: one["users"] for name, one in groups.items()},
    )  # fmt: skip


def test_the_values_let_students_in_and_no_further(chart: HubConfig) -> None:
    assert list(scopes.problems(chart, COURSE, "nn101", "course")) == []


def test_the_values_agree_with_the_configuration_that_was_run(chart: HubConfig, run_here: HubConfig) -> None:
    names = [one.name for one in chart.services]
    assert names == [one.name for one in run_here.services]
    assert set(chart.groups) == {group for group in run_here.groups if group.endswith("-nn101")}
    for group in chart.groups:
        held = scopes.scopes(run_here, "", {group})
        assert {scope for scope in scopes.scopes(chart, "", {group}) if "access:" in scope} <= held
    (server,) = [one.scopes for one in chart.roles if one.name == "server"]
    assert server == next(one.scopes for one in run_here.roles if one.name == "server")


def test_the_pod_has_what_the_service_needs(chart: HubConfig, manifests: dict[str, Any]) -> None:
    ports = {one["port"] for one in manifests["Service"]["spec"]["ports"]}
    pod = manifests["Deployment"]["spec"]["template"]
    assert manifests["Service"]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    containers = {one["name"]: one for one in pod["spec"]["containers"]}
    for container, service in zip(("service", "formgrader"), chart.services, strict=True):
        given = {one["name"]: one.get("value", "a secret") for one in containers[container]["env"]}
        assert set(NEEDED) <= set(given)
        assert given["JUPYTERHUB_SERVICE_NAME"] == service.name
        assert given["JUPYTERHUB_SERVICE_PREFIX"] == f"/services/{service.name}/"
        assert given["JUPYTERHUB_CLIENT_ID"] == f"service-{service.name}"
        host, port = service.place
        assert host == manifests["Service"]["metadata"]["name"]
        assert port in ports
        assert given["JUPYTERHUB_SERVICE_URL"].endswith(f":{port}")
        (secret,) = [one["valueFrom"]["secretKeyRef"] for one in containers[container]["env"] if "valueFrom" in one]
        assert secret["key"] == f"hub.services.{service.name}.apiToken"
    claim = pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"]
    assert claim == manifests["PersistentVolumeClaim"]["metadata"]["name"]


def test_students_get_another_image(values: dict[str, Any], manifests: dict[str, Any]) -> None:
    image = values["singleuser"]["image"]["name"]
    assert all(image not in one["image"] for one in manifests["Deployment"]["spec"]["template"]["spec"]["containers"])
    assert "nothing to build an image with" in (KUBERNETES / "README.md").read_text()


def test_the_units_environment_is_whole() -> None:
    lines = (DEPLOY / "systemd" / "nn101.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(NEEDED) <= set(given)
    unit = (DEPLOY / "systemd" / "chainrule@.service").read_text()
    assert set(re.findall(r"\$\{(\w+)\}", unit)) <= set(given)


BREAKING = (
    "RestrictNamespaces",
    "ProtectKernelTunables",
    "ProtectKernelLogs",
    "ProtectProc",
    "ProcSubset",
    "PrivateUsers",
)


def test_the_unit_sets_nothing_that_breaks_the_sandbox() -> None:
    lines = (DEPLOY / "systemd" / "chainrule@.service").read_text().splitlines()
    settings = [line.partition("=")[0] for line in lines if not line.startswith("#")]
    assert set(BREAKING).isdisjoint(settings)
    assert "NoNewPrivileges" in settings


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for name, made in {
        "jupyterhub.service": "jupyterhub.service",
        "chainrule@.service": "chainrule@nn101.service",
    }.items():
        text = (DEPLOY / "systemd" / name).read_text()
        # It also asks whether the programs are there.
        (tmp_path / made).write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M))
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / made)], capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])
