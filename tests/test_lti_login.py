"""The Hub's configuration for login by LTI: who logs in is noted, for the scores, once."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from chainrule.lti import settings, users
from submissions import ROOT

FOLDER = ROOT / "deploy" / "jupyterhub"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("CHAINRULE_LTI_USERS", str(tmp_path / users.FILE))
    return PyFileConfigLoader("lti_login.py", str(FOLDER)).load_config()


def launched(config: Config, name: str, sub: str) -> Any:
    """As JupyterHub calls it: the name is normalized, the state is the whole token of the launch."""
    model = {"name": name, "auth_state": {"sub": sub, ENDPOINT: {"lineitems": "https://lms.example.org/items"}}}
    authenticator = SimpleNamespace(log=logging.getLogger("lti login"))
    return config.Authenticator.post_auth_hook(authenticator, None, model)


def test_who_logs_in_is_found_by_the_scores(config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    model = launched(config, "ada", "u-1")
    assert model["name"] == "ada"
    for name, sub in [("ada", "u-1"), ('o\'neill, "bob"', "u,2"), ("ada", "u-1")]:
        launched(config, name, sub)
    assert len((tmp_path / users.FILE).read_text().splitlines()) == 3
    found = users.read(tmp_path, settings.NONE)
    assert found.id_of("ada") == "u-1"
    assert found.id_of('o\'neill, "bob"') == "u,2"
    assert "https://lms.example.org/items" in caplog.text


def test_a_file_that_cannot_be_written_keeps_nobody_out(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / users.FILE).mkdir()
    assert launched(config, "ada", "u-1")["name"] == "ada"
    assert "could not be written" in caplog.text
