"""Nothing that a cell can read, reach, harm or leave behind is anybody else's, at every level of the sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from conftest import ATTACKED_LEVELS, OWN_SERVER_LEVELS, at_level, notebook_of, own_server, printed_cells
from falls_today import FALLS_WITHOUT_BUBBLEWRAP, each, only

from chainrule.attacks import bait, get_out, read, trial
from chainrule.attacks.attack import Cell, Lasting
from chainrule.attacks.bait import Bait
from chainrule.attacks.trial import Told
from chainrule.engine.notebook import NotebookRunner
from chainrule.sandbox import server
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings
from chainrule.sandbox.server import Preload

CELLS = only(Cell, read.ATTACKS, get_out.ATTACKS)
LASTING = only(Lasting, get_out.ATTACKS)

OWN = Preload(modules=("json",))
"""For fork servers that start when the bait is laid, and so could inherit it."""


@dataclass
class Tried:
    """What became of all attacks at one level."""

    level: Layers
    bait: Bait
    told: dict[str, Told]
    found_by_the_next: dict[str, Told]
    outputs: str
    harmed: list[str]
    left: list[str]


@pytest.fixture(scope="module", params=dict.fromkeys((*ATTACKED_LEVELS, *OWN_SERVER_LEVELS)))
def tried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """One kernel tries everything, and another one is asked what it finds of it."""
    level = at_level(request.param)
    folder = tmp_path_factory.mktemp("other")
    settings = SandboxSettings(layers=level, preload=OWN)
    with ExitStack() as stack:
        other = stack.enter_context(another_submission(level, folder))
        laid = stack.enter_context(bait.laid(other=other / "scratch" / "answers.txt"))
        (other / "scratch" / "answers.txt").write_text(laid.secret)
        cells = trial.possible(CELLS, laid)
        lasting = [f"attempt({attack.name!r}, {attack.code!r})" for attack in LASTING]
        first = NotebookRunner(notebook_of(*trial.sources(cells, laid), *lasting), settings)
        looks = [f"attempt({attack.name!r}, {attack.look!r})" for attack in LASTING]
        next_one = NotebookRunner(notebook_of(trial.PRELUDE, *looks), settings)
        stack.callback(first.close)
        stack.callback(next_one.close)
        notebooks = [runner.run().notebook for runner in (first, next_one)]
        below = psutil.Process((own_server(first) or server.shared(OWN, level)).process_id)
        first.close()
        next_one.close()
        return Tried(
            level,
            laid,
            trial.told(notebooks[0]),
            trial.told(notebooks[1]),
            "".join(map(printed_cells, notebooks)),
            laid.harmed(),
            names_below(below),
        )


@contextmanager
def another_submission(level: Layers, folder: Path) -> Iterator[Path]:
    """The folder of a submission that runs at the same time, at the same fork server where there is one for all."""
    own = None if level.scopes_signals else server.ForkServer(OWN, level)
    kernel = (own or server.shared(OWN, level)).launch(Limits(), (folder,))
    try:
        yield kernel.folder
    finally:
        kernel.close()
        if own is not None:
            own.close()


def names_below(process: psutil.Process) -> list[str]:
    """The names of the processes that a fork server has started and that still run."""
    if not process.is_running():
        return []
    running = [one for one in process.children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]
    return [one.name() for one in running]


@each(CELLS)
def test_nothing_is_taken(tried: Tried, request: pytest.FixtureRequest, attack: Cell) -> None:
    if attack not in trial.possible([attack], tried.bait):
        pytest.skip("system call numbers of another processor")
    if attack.name in FALLS_WITHOUT_BUBBLEWRAP and not tried.level.bubblewrap:
        request.applymarker(pytest.mark.xfail(reason=FALLS_WITHOUT_BUBBLEWRAP[attack.name], strict=True))
    assert not tried.told[attack.name].success(attack, tried.bait, tried.harmed)


@each(LASTING)
def test_nothing_is_left_behind(tried: Tried, attack: Lasting) -> None:
    assert attack.name in tried.told
    assert not tried.found_by_the_next[attack.name].true


def test_no_secret_is_in_any_output(tried: Tried) -> None:
    assert tried.bait.secret not in tried.outputs


def test_nothing_outside_is_harmed(tried: Tried) -> None:
    assert tried.harmed == []


def test_no_process_is_left(tried: Tried) -> None:
    assert "chainrule-waits" not in tried.left
    assert "chainrule-waits" not in [process.name() for process in psutil.process_iter()]


def test_the_bait_can_be_taken() -> None:
    """Whoever is not in a sandbox has it: a trial that nobody can win proves nothing."""
    with bait.laid() as laid:
        assert laid.harmed() == []
        assert (Path(str(laid.names["course"])) / "gradebook.db").read_text().strip() == laid.secret
        assert Path(str(laid.names["shared"])).read_text() == laid.secret
        assert os.environ[bait.VARIABLE] == laid.secret
        assert laid.secret in laid.bystander.cmdline()
