"""Every setting is documented with its default, and does what nbgrader's of the same name does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from traitlets.config import Config

from chainrule import configure
from chainrule.course.grade import GradeInSandbox
from chainrule.course.sanitize import Sanitize
from chainrule.engine.assignment import read
from chainrule.sandbox.limits import MEBIBYTE, Limits, settings

DOCS = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")
OWN = [limit.name for limit in settings() if limit.name != "cell_seconds"] + ["timeout", "unsafe", "enabled"]


@pytest.mark.parametrize("name", OWN)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    row = re.search(rf"^\| `c\.GradeInSandbox\.{name}` \| ([^|]+?) \|", DOCS, re.MULTILINE)
    assert row, name
    assert row.group(1) == str(getattr(GradeInSandbox(), name))


def test_the_defaults_are_those_of_the_limits() -> None:
    assert GradeInSandbox().limits == Limits()


@pytest.mark.parametrize("name", Limits.__dataclass_fields__)
def test_every_limit_can_be_set(name: str) -> None:
    setting = "timeout" if name == "cell_seconds" else name
    config = Config({"GradeInSandbox": {setting: 7}})
    limit = getattr(GradeInSandbox(config=config).limits, name)
    assert limit in (7, 7 * MEBIBYTE)
    assert limit != getattr(Limits(), name)


@pytest.mark.parametrize("name", Limits.__dataclass_fields__)
def test_every_limit_can_be_set_for_one_assignment(name: str, tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(f'title = "x"\n[limits]\n{name} = 7\n')
    limit = getattr(read(tmp_path).limited(Limits()), name)
    assert limit in (7, 7 * MEBIBYTE)


@pytest.mark.parametrize("timeout", [None, -1])
def test_no_timeout_is_the_notebooks(timeout: int | None) -> None:
    config = Config({"Execute": {"timeout": timeout}})
    assert GradeInSandbox(config=config).limits.cell_seconds == Limits().notebook_seconds


def test_nbgraders_own_timeout_is_obeyed() -> None:
    assert GradeInSandbox(config=Config({"Execute": {"timeout": 5}})).limits.cell_seconds == 5


def test_manual_scores_are_kept_or_void() -> None:
    assert Sanitize().manual_scores == "keep"
    with pytest.raises(Exception, match="manual_scores"):
        Sanitize(manual_scores="perhaps")


def test_configure_overrides_nothing_that_comes_after_it() -> None:
    c = Config()
    configure(c)
    before = list(c.Autograde.autograde_preprocessors)
    c.GradeInSandbox.memory = 4096
    configure(c)
    assert c.Autograde.autograde_preprocessors == before
    assert c.GradeInSandbox.memory == 4096
