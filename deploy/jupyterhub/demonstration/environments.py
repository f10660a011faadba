"""Two environments: what students' servers need, without any grader; and the course's, which students cannot read."""

from __future__ import annotations

import grp
import os
import shutil
import sys
import tempfile
from pathlib import Path

from demonstration.circumstances import interpreter, uv
from demonstration.commands import done
from demonstration.place import CHECKOUT, Place

HERE = Path(__file__).resolve().parents[1]
READY = "ready"
PROXY = "configurable-http-proxy@5"

STUDENTS_LOAD = (
    *("jupyterhub.singleuser.app", "jupyterlab.labapp", "ipykernel.kernelapp", "matplotlib.pyplot", "numpy"),
    *("nbgrader.apps", "nbgrader.server_extensions.assignment_list", "nbgrader.server_extensions.validate_assignment"),
)
COURSE_LOADS = (
    *("jupyterhub.app", "jupyterhub.singleuser.app", "jupyterlab.labapp", "nbgrader.server_extensions.formgrader"),
    *("chainrule.cli", "chainrule.service.serving", "chainrule.service.grader_process", "chainrule.sandbox.keeper"),
    *("chainrule.inside.fork_server", "nbgrader.apps"),
)
OF_ASSIGNMENTS = """
from chainrule.engine import assignment
from chainrule.sandbox.preload import KERNEL_MODULES
names += [*KERNEL_MODULES, *(one for name in shipped for one in assignment.named(name, None).warm.modules)]
"""

NEED_TORCH = {"xor", "pytorch_mlp"}


def make_students(place: Place) -> None:
    """Make the students' environment, unless it is there."""
    environment = place.folder / "student"
    if not (environment / READY).exists():
        needed = "student-requirements.txt" if NEED_TORCH & set(place.assignments) else "student-base.txt"
        _install(environment, "-r", HERE / needed, CHECKOUT / "deploy" / "student")
        shutil.copyfile(HERE / "nbgrader_config.py", environment / "etc/jupyter/nbgrader_config.py")
        _load(environment, STUDENTS_LOAD)
        (environment / READY).touch()


def make_course(place: Place) -> None:
    """Make the course's environment with chainrule as it is in this checkout, unless it is there."""
    environment = place.folder / "course"
    if not (environment / READY).exists():
        environment.mkdir(exist_ok=True)
        environment.chmod(0o700)
        with tempfile.TemporaryDirectory() as built:
            # What builds it is in the environment that `make setup` has made.
            build = (uv(), "build", "--quiet", "--python", sys.executable, "--no-build-isolation", "--out-dir", built)
            done((*build, CHECKOUT), "chainrule could not be built")
            (wheel,) = Path(built).glob("*.whl")
            _install(environment, f"chainrule[hub] @ {wheel.as_uri()}")
        shutil.copyfile(HERE / "nbgrader_config.py", environment / "etc/jupyter/nbgrader_config.py")
        _load(environment, COURSE_LOADS, place.assignments)
        (environment / READY).touch()
    # The course's account may read it, and nobody else: it holds hidden tests and solutions.
    os.chown(environment, 0, grp.getgrnam(place.account).gr_gid)
    environment.chmod(0o750)


def make_proxy(place: Place) -> None:
    """Install the Hub's proxy, unless it is there."""
    folder = place.folder / "proxy"
    if not (folder / READY).exists():
        command = ("npm", "install", "--no-fund", "--no-audit", "--loglevel", "error", "--prefix", folder, PROXY)
        done(command, "npm could not install the Hub's proxy")
        (folder / READY).touch()


def _install(environment: Path, *what: str | Path) -> None:
    base = (uv(), "venv", "--quiet", "--allow-existing", "--python", interpreter(), environment)
    done(base, f"{environment} could not be made")
    # The versions that chainrule's own tests run with.
    known = ("--constraint", CHECKOUT / "requirements.txt")
    install = (uv(), "pip", "install", "--quiet", "--python", environment / "bin/python", *known, *what)
    done(install, f"{environment} could not be filled")


def _load(environment: Path, modules: tuple[str, ...], assignments: tuple[str, ...] | None = None) -> None:
    """Import it once, so that its bytecode is there: those who will run it may write nothing here."""
    script = f"import os\nfrom importlib import import_module\nnames = {list(modules)!r}\n"
    if assignments is not None:
        script += f"from chainrule.engine import assignment as shipping\nshipped = set({list(assignments)!r}) & set("
        script += f"shipping.shipped_names())\n{OF_ASSIGNMENTS}"
    script += "for name in names:\n    import_module(name)\nos._exit(0)\n"
    variables = {**os.environ, "MPLCONFIGDIR": tempfile.gettempdir(), "PYTHONDONTWRITEBYTECODE": ""}
    done((environment / "bin/python", "-c", script), f"{environment} is not in order", env=variables, cwd="/")
