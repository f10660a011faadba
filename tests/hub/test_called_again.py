"""`make hub` on a machine where it was called before: it finds what is there, and changes nothing."""

from __future__ import annotations

import pytest

import set_up
from demonstration import hub
from demonstration.place import Place

pytestmark = pytest.mark.hub


def test_what_runs_is_found_and_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    process, accounts = hub.running(place), place.made_accounts
    assert process is not None
    assert set_up.main(["--folder", str(place.folder)]) == 0
    told = capsys.readouterr().out
    assert {place.url, place.password, place.user("alice"), place.user("ina")} <= set(told.split())
    assert f"make hub-clean FOLDER={place.folder}" in told
    assert (hub.running(place), place.made_accounts) == (process, accounts)
