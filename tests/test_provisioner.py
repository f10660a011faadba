"""The sandboxed kernel as others get it: by its kernelspec, and from an installed wheel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import nbclient
import pytest
from conftest import notebook_of, printed_cells
from jupyter_client.kernelspec import KernelSpecManager

from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.provisioner import SandboxSettings

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is published."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel in its site-packages, beside everything it needs."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    asked = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    site = Path(asked.stdout.strip())
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        # The editable installation of this very project must not help out.
        if "chainrule" not in entry.name and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return python


@pytest.fixture(scope="session")
def spec_manager(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> KernelSpecManager:
    """Finds only the kernelspecs that the wheel brings along."""
    folder = tmp_path_factory.mktemp("data")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (kernels,) = folder.glob("chainrule-*.data/data/share/jupyter/kernels")
    return KernelSpecManager(kernel_dirs=[str(kernels)])


@pytest.fixture
def plain_run(spec_manager: KernelSpecManager) -> Any:
    """Runs cells with nothing but nbclient."""
    if not sandbox_layers.found().safe:
        pytest.skip(f"no safe sandbox on this machine, which has {sandbox_layers.found()!r}")

    def run(*cells: str) -> str:
        notebook = notebook_of(*cells)
        client: Any = nbclient.NotebookClient(notebook, kernel_name="chainrule", allow_errors=True)
        client.create_kernel_manager()
        client.km.kernel_spec_manager = spec_manager
        client.execute()
        return printed_cells(notebook)

    return run


def test_plain_nbclient_runs_a_notebook(plain_run: Any) -> None:
    assert plain_run("x = 6", "print(7 * x)").strip() == "42"


def test_plain_nbclient_runs_it_in_the_sandbox(plain_run: Any) -> None:
    assert "PermissionError" in plain_run("import socket; socket.socket()")


def test_plain_nbclient_gets_the_end_of_a_notebook_that_ends_its_kernel(plain_run: Any) -> None:
    with pytest.raises(nbclient.exceptions.DeadKernelError):
        plain_run("import os; os._exit(3)")


SIGNALS_SCOPED, SIGNALS_REACH = Layers(None, 6, True), Layers(None, 5, True)


@pytest.mark.parametrize(
    ("layers", "safe"),
    [
        (SIGNALS_SCOPED, True),
        (SIGNALS_REACH, False),
        (Layers("/usr/bin/bwrap", 5, True), True),
        (Layers("/usr/bin/bwrap", 0, True), True),
        (Layers("/usr/bin/bwrap", 7, False), False),
        (sandbox_layers.NONE, False),
    ],
    ids=str,
)
def test_a_level_is_safe_only_if_files_processes_and_system_calls_are_shut_away(layers: Layers, safe: bool) -> None:
    assert layers.safe is safe


@pytest.mark.parametrize(("landlock", "own"), [(0, True), (5, True), (6, False)])
def test_submissions_share_a_fork_server_only_where_signals_do_not_cross(landlock: int, own: bool) -> None:
    assert SandboxSettings(layers=Layers("/usr/bin/bwrap", landlock, True)).own_server is own


def test_an_unsafe_level_is_refused() -> None:
    with pytest.raises(sandbox_layers.NoSandboxError, match="nothing was graded"):
        SandboxSettings(layers=sandbox_layers.NONE).require_safe()


# The wheel's own modules run a notebook that tries to get at the hidden tests in the wheel's own site-packages.
TRIAL = """
import dataclasses, json, sys
import chainrule, nbformat
from pathlib import Path
from chainrule.engine.notebook import running
from chainrule.sandbox import layers
from chainrule.sandbox.provisioner import SandboxSettings

level = layers.found()
if sys.argv[1] == "without bubblewrap":
    level = dataclasses.replace(level, bubblewrap=None)
package = Path(chainrule.__file__).parent
site = package.parent
graders = next((package / "assignments").rglob("test_*.py"))
cells = [
    f"open({str(graders)!r})",
    f"open({str(package / 'assignments/xor/reference.py')!r})",
    f"import os; os.listdir({str(site)!r})",
    f"import os; os.listdir({str(package)!r})",
    "import chainrule.assignments",
    "import chainrule.assignments.xor.reference",
    "import chainrule, pathlib; sorted(p.name for p in pathlib.Path(next(iter(chainrule.__path__))).rglob('*.py'))",
]
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
with running(notebook, SandboxSettings(layers=level)):
    pass
answers = [output.get("ename") or output["data"]["text/plain"] for cell in notebook.cells for output in cell.outputs]
print(json.dumps({"site": str(site), "answers": answers}))
"""


@pytest.fixture(scope="session")
def trial(installed: Path, layers: Layers) -> dict[str, Any]:
    level = "as found" if layers.bubblewrap else "without bubblewrap"
    done = subprocess.run(
        [installed, "-c", TRIAL, level],
        cwd=installed.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(installed.parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_the_trial_runs_from_the_wheel(trial: dict[str, Any], installed: Path) -> None:
    assert Path(trial["site"]).is_relative_to(installed.parents[1])


@pytest.mark.parametrize(
    ("cell", "secret"),
    enumerate(["a hidden test's file", "the reference's file", "site-packages' list", "the package's list"]),
    ids=str,
)
def test_a_secret_of_an_installed_wheel_cannot_be_read(trial: dict[str, Any], cell: int, secret: str) -> None:
    assert trial["answers"][cell] in {"PermissionError", "FileNotFoundError"}, secret


@pytest.mark.parametrize(("cell", "module"), [(4, "chainrule.assignments"), (5, "chainrule.assignments.xor.reference")])
def test_a_secret_module_of_an_installed_wheel_cannot_be_imported(
    trial: dict[str, Any], cell: int, module: str
) -> None:
    assert trial["answers"][cell] == "ModuleNotFoundError", module


def test_only_the_sandboxs_own_part_of_a_wheel_is_in_there(trial: dict[str, Any]) -> None:
    assert "guard.py" in trial["answers"][6]
    assert "seed.py" not in trial["answers"][6]
