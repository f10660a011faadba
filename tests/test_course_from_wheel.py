"""chainrule as a stranger has it: the wheel in an environment of its own, no checkout, no git, no compiler."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scratch_course import REPO

Run = Callable[..., str]


def build(kind: str, source: Path, folder: Path) -> Path:
    """A wheel or an sdist of a source tree, made with what is installed here."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (made,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", REPO, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is made from the sdist: the longer way, on which more can get lost."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(sdist, unpacked)
    (source,) = unpacked.iterdir()
    return build("wheel", source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, beside links to all that it needs."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python3.*/site-packages"))
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        # The editable installation of this very project must not help out.
        if "chainrule" not in entry.name and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)
    into = ["--quiet", "--no-deps", "--no-index", "--prefix", str(folder), str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "install", "--ignore-installed", *into], check=True)
    commands = {"nbgrader": "nbgrader.apps.nbgraderapp", "pytest": "pytest", "alembic": "alembic.config"}
    for name, module in commands.items():
        script = folder / "bin" / name
        script.write_text(f"#!{folder}/bin/python\nimport sys\nfrom {module} import main\nsys.exit(main())\n")
        script.chmod(0o755)
    for entry in Path(sys.prefix, "share", "jupyter").iterdir():
        if not (folder / "share" / "jupyter" / entry.name).exists():
            (folder / "share" / "jupyter" / entry.name).symlink_to(entry)
    if bubblewrap := shutil.which("bwrap"):
        (folder / "bin" / "bwrap").symlink_to(bubblewrap)
    return folder


@pytest.fixture(scope="module")
def run(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command line in the environment, with nothing else on the path; what it printed comes back."""
    home = tmp_path_factory.mktemp("home")
    variables = {"PATH": str(environment / "bin"), "HOME": str(home), "LANG": "C.UTF-8", "COLUMNS": "200"}

    def run(*words: str, at: Path, status: int = 0) -> str:
        done = subprocess.run(
            [str(environment / "bin" / words[0]), *words[1:]],
            cwd=at,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="module")
def course(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`init`, `add` and `new` in a folder whose name has a space."""
    folder = tmp_path_factory.mktemp("a class") / "c"
    run("chainrule", "init", "c", at=folder.parent)
    run("chainrule", "add", "numpy_mlp", at=folder)
    run("chainrule", "new", "week1", "--title", "The first week", at=folder / "source")
    return folder


def score(course: Path, student: str, assignment: str) -> float:
    """What nbgrader's own tools would read."""
    from chainrule.course.opened import Course

    with Course(course).api.gradebook as gradebook:
        return float(gradebook.find_submission(assignment, student).score)


def hand_in(course: Path, student: str, notebook: Path) -> Path:
    target = course / "submitted" / student / notebook.stem / notebook.name
    target.parent.mkdir(parents=True)
    shutil.copyfile(notebook, target)
    return target


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_one_top_level_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        files = [line.rsplit(",", 2)[0] for line in archive.read(record).decode().splitlines()]
    tops = {file.split("/")[0] for file in files}
    assert {top for top in tops if not top.startswith("chainrule-")} == {"chainrule"}


def test_what_is_a_link_in_the_checkout_is_a_file_in_the_archives(wheel: Path, sdist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        links = [one.filename for one in archive.infolist() if one.external_attr >> 28 == 0o12]
        in_wheel = {name: archive.read(name) for name in archive.namelist() if name.startswith("chainrule/")}
    with tarfile.open(sdist) as archive:
        links += [member.name for member in archive if not (member.isfile() or member.isdir())]
    assert links == []
    package = REPO / "autograder" / "chainrule"
    for folder in sorted((package / "assignments").glob("*/")):
        if not (folder / "assignment.toml").is_file():
            continue
        files = [folder / "reference.py", *(path for path in (folder / "source").rglob("*") if path.is_file())]
        assert len(files) > 1
        for file in files:
            assert in_wheel[str(file.relative_to(package.parent))] == file.read_bytes()


def test_the_wheel_is_the_same_without_the_sdist(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build("wheel", REPO, tmp_path)) as direct, zipfile.ZipFile(wheel) as archive:
        assert set(direct.namelist()) == set(archive.namelist())


def test_it_is_the_wheel_that_runs(run: Run, environment: Path, tmp_path: Path) -> None:
    where = run("python", "-c", "import chainrule; print(chainrule.__file__)", at=tmp_path)
    assert Path(where.strip()).is_relative_to(environment)
    assert run("chainrule", "--version", at=tmp_path).startswith("chainrule 0.")


def test_an_assignment_of_ones_own(run: Run, course: Path) -> None:
    assert "every grader catches" in run("chainrule", "verify", "week1", at=course / "assignments").lower()
    run("nbgrader", "generate_assignment", "week1", at=course)
    hand_in(course, "ada", course / "source/week1/week1.ipynb")
    unfinished = hand_in(course, "bob", course / "release/week1/week1.ipynb")
    run("nbgrader", "autograde", "week1", at=course)
    assert (score(course, "ada", "week1"), score(course, "bob", "week1")) == (3.0, 0.0)
    assert "3 / 3" in run("chainrule", "grade", "week1", "--force", at=course / "source")
    assert (score(course, "ada", "week1"), score(course, "bob", "week1")) == (3.0, 0.0)
    run("nbgrader", "generate_feedback", "week1", at=course)
    assert (course / "feedback/bob/week1/week1.html").is_file()
    by_hand = ("pytest", "week1", "-q", "--notebook")
    assert "3 passed" in run(*by_hand, "../submitted/ada/week1/week1.ipynb", at=course / "assignments")
    assert "3 failed" in run(*by_hand, str(unfinished), at=course / "assignments", status=1)
    assert "week1.ipynb: up to date" in run("chainrule", "write-solutions", at=course)


def test_a_shipped_assignment(run: Run, course: Path) -> None:
    run("nbgrader", "generate_assignment", "numpy_mlp", at=course)
    hand_in(course, "ada", course / "source/numpy_mlp/numpy_mlp.ipynb")
    run("nbgrader", "autograde", "numpy_mlp", at=course)
    assert score(course, "ada", "numpy_mlp") == 40.0
    assert "40 / 40" in run("chainrule", "grade", "numpy_mlp", "--force", at=course)


def test_doctor(run: Run, course: Path) -> None:
    said = run("chainrule", "doctor", at=course / "source")
    assert "Grading is safe here" in said
    assert "✓ week1: 3 hidden tests for 3 points, the course's own" in said
    assert "✓ numpy_mlp: 76 hidden tests for 40 points, shipped with chainrule" in said


def test_an_own_hidden_test_that_needs_pandas(run: Run, course: Path) -> None:
    """The hidden test and the notebook use a package that chainrule itself does not need."""
    pytest.importorskip("pandas")
    run("chainrule", "new", "week2", at=course)
    folder = course / "assignments/week2"
    imported = "import numpy as np\n"
    replace(folder / "test_softmax.py", imported, f"{imported}import pandas as pd\n")
    replace(folder / "test_softmax.py", "reference.softmax(scores)", "pd.DataFrame(reference.softmax(scores))")
    replace(folder / "reference.py", imported, f"{imported}import pandas as pd\n")
    divided = "pd.DataFrame(powers).div(powers.sum(axis=1), axis=0).to_numpy()"
    replace(folder / "reference.py", "powers / powers.sum(axis=1, keepdims=True)", divided)
    notebook = course / "source/week2/week2.ipynb"
    replace(notebook, "import numpy as np\\n", "import numpy as np\\nimport pandas as pd\\n")
    run("chainrule", "write-solutions", at=course)
    hand_in(course, "ada", notebook)
    said = run("chainrule", "grade", "week2", at=course, status=1)
    assert "grader fault" in said, "a package that is not listed goes to a human"
    replace(folder / "assignment.toml", "packages = []", 'packages = ["pandas"]')
    assert "3 / 3" in run("chainrule", "grade", "week2", "--force", at=course)
    assert score(course, "ada", "week2") == 3.0


def test_bad_input_is_one_sentence(run: Run, course: Path) -> None:
    assert "configured for chainrule already" in run("chainrule", "init", at=course)
    for line in ("add nothing", "new week1"):
        said = run("chainrule", *line.split(), at=course, status=2)
        assert said.startswith("chainrule: ")
        assert len(said.splitlines()) == 1
