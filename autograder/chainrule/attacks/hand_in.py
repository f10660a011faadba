"""Hand in what is not yours: links, folders where files are expected, and things that are neither."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from chainrule.attacks.attack import Attack, Beside, Inbound

NOTEBOOK = "practice.ipynb"
FULL = 3.0


def _beside(name: str, tries: str, plant: object, earns: float = FULL, noted: str = "") -> Beside:
    return Beside(name=name, tries=tries, plant=plant, earns=earns, noted=noted)  # type: ignore[arg-type]


def _link(name: str, tries: str, target: str, within: str = "") -> Beside:
    """A link to a file or folder of the bait's."""

    def plant(folder: Path, bait: Path) -> None:
        (folder / within).mkdir(exist_ok=True)
        (folder / within / "x").symlink_to(bait / target)

    return _beside(name, tries, plant)


LINKS: tuple[Attack, ...] = (
    _link("link_to_gradebook", "A link to the gradebook is laid beside the notebook.", "course/gradebook.db"),
    _link("link_to_secret", "A link to the course's secret.", "course/.chainrule/secret"),
    _link("link_to_hidden_test", "A link to a hidden test.", "course/assignments/week1/test_softmax.py"),
    _link("link_to_folder", "A link to the folder of reference solutions.", "course/assignments"),
    _link("link_to_key", "A link to the instructor's key.", "home/.ssh/id_rsa"),
    _link("link_in_a_folder", "A link in a folder.", "course/gradebook.db", "data"),
    _beside(
        "link_by_dots",
        "A relative link leads out of the folder.",
        lambda folder, bait: (folder / "x").symlink_to(os.path.relpath(bait / "course/gradebook.db", folder)),
    ),
    _beside(
        "link_to_link",
        "A link leads to a link.",
        lambda folder, bait: ((folder / "y").symlink_to(bait / "course/gradebook.db"), (folder / "x").symlink_to("y")),
    ),
    _beside(
        "link_to_process",
        "A link leads to what the grader has open.",
        lambda folder, bait: (folder / "x").symlink_to("/proc/self/environ"),
    ),
    _beside("dangling_link", "A link leads nowhere.", lambda folder, bait: (folder / "x").symlink_to("nowhere")),
    _beside(
        "link_in_a_ring",
        "Links lead to each other.",
        lambda folder, bait: ((folder / "x").symlink_to("y"), (folder / "y").symlink_to("x")),
    ),
    _beside("link_to_itself", "A folder holds a link to itself.", lambda folder, bait: (folder / "x").symlink_to(".")),
    _link("link_to_large_file", "A link to a file that is larger than a submission may be.", "large"),
)


def link_for_notebook(folder: Path, bait: Path) -> None:
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).symlink_to(bait / "course/gradebook.db")


def folder_for_notebook(folder: Path, bait: Path) -> None:
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).mkdir()


def pipe_for_notebook(folder: Path, bait: Path) -> None:
    (folder / NOTEBOOK).unlink()
    os.mkfifo(folder / NOTEBOOK)


def socket_beside(folder: Path, bait: Path) -> None:
    # By a short way: the path of a socket has little room.
    before = os.getcwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("x")
    finally:
        os.chdir(before)


def deep_folders(folder: Path, bait: Path) -> None:
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        for _ in range(300):
            os.mkdir("d" * 20)
            os.chdir("d" * 20)
        Path("end").write_text("x")
    finally:
        os.fchdir(before)
        os.close(before)


def names(folder: Path, bait: Path) -> None:
    for name in (
        """\
a
b""",
        "..a",
        "'",
        '"',
        "=cmd()|'calc'!A0",
        "-rf",
        "\x1b[2J",
        "x" * 255,
        b"\xff\xfe".decode(errors="surrogateescape"),
        "%(x)s",
        "{x}",
        "$(touch x)",
    ):
        (folder / name).write_text("x")


def start_up_files(folder: Path, bait: Path) -> None:
    code = "raise SystemExit('started')\n"
    for name in (
        "sitecustomize.py",
        "usercustomize.py",
        "conftest.py",
        "numpy.py",
        "nbgrader_config.py",
        "chainrule.py",
        "json.py",
        "ipython_config.py",
        "test_double.py",
    ):
        (folder / name).write_text(code)
    (folder / ".ipython/profile_default/startup").mkdir(parents=True)
    (folder / ".ipython/profile_default/startup/00.py").write_text(code)
    (folder / "x.pth").write_text("import os; os._exit(1)\n")
    (folder / ".matplotlib").mkdir()
    (folder / ".matplotlib/matplotlibrc").write_text("backend: nonsense\n")


def results_forged(folder: Path, bait: Path) -> None:
    (folder / "results.json").write_text(json.dumps({"assignment": "practice", "score": 1000, "exercises": []}))


def _timestamp(text: str) -> object:
    return lambda folder, bait: (folder / "timestamp.txt").write_text(text)


THINGS: tuple[Attack, ...] = (
    _beside("link_for_notebook", "The notebook is a link to the gradebook.", link_for_notebook, 0.0, "could not be"),
    _beside("folder_for_notebook", "The notebook is a folder.", folder_for_notebook, 0.0, "it is a folder, not a file"),
    _beside(
        "pipe_for_notebook",
        "The notebook is a pipe, which is read for ever.",
        pipe_for_notebook,
        0.0,
        "it is a pipe, not a file",
    ),
    _beside("pipe", "A pipe lies beside the notebook.", lambda folder, bait: os.mkfifo(folder / "x")),
    _beside("socket", "A socket lies beside the notebook.", socket_beside),
    _beside("deep_folders_beside", "Three hundred folders are nested beside the notebook.", deep_folders),
    _beside(
        "many_files_beside",
        "A thousand files lie beside the notebook.",
        lambda folder, bait: [(folder / f"{number}").write_text("x") for number in range(1000)],
    ),
    _beside(
        "large_file_beside",
        "A file of a hundred megabytes lies beside the notebook, almost all of it a hole.",
        lambda folder, bait: os.truncate(_made(folder / "x"), 100 * 2**20),
    ),
    _beside("names_beside", "Names of files have newlines, quotes, escapes, formulas and 255 letters.", names),
    _beside(
        "start_up_files",
        "Files lie there that Python, pytest, IPython and nbgrader run when they find them.",
        start_up_files,
    ),
    _beside("results_forged", "A file with the results of a grading lies there.", results_forged),
    _beside(
        "results_folder",
        "A folder lies where the results are to be written.",
        lambda folder, bait: (folder / "results.json").mkdir(),
    ),
    _beside(
        "partial_results_folder",
        "A folder lies where the results are written first.",
        lambda folder, bait: (folder / "results.partial").mkdir(),
    ),
    _beside(
        "partial_results_link",
        "A link lies there, through which the grader would write.",
        lambda folder, bait: (folder / "results.partial").symlink_to(bait / "course/gradebook.db"),
    ),
    _beside(
        "secret_folder",
        "A folder lies there that is named like the course's own.",
        lambda folder, bait: ((folder / ".chainrule").mkdir(), (folder / ".chainrule/secret").write_text("mine")),
    ),
    _beside(
        "second_notebook",
        "A second notebook is no notebook.",
        lambda folder, bait: (folder / "other.ipynb").write_text("{"),
    ),
    _beside(
        "second_notebook_is_a_folder",
        "A second notebook is a folder.",
        lambda folder, bait: (folder / "other.ipynb").mkdir(),
    ),
    _beside(
        "second_notebook_is_a_link",
        "A second notebook is a link to the gradebook.",
        lambda folder, bait: (folder / "other.ipynb").symlink_to(bait / "course/gradebook.db"),
    ),
    _beside("time_is_garbage", "The time of handing in is no time.", _timestamp("yesterday, I swear")),
    _beside("time_in_year_0", "The time of handing in is in year 0.", _timestamp("0000-00-00 00:00:00 UTC")),
    _beside("time_in_the_future", "The time of handing in is in the future.", _timestamp("9999-12-31 23:59:59 UTC")),
    _beside(
        "time_is_a_folder",
        "The time of handing in is a folder.",
        lambda folder, bait: (folder / "timestamp.txt").mkdir(),
    ),
    _beside(
        "time_is_a_pipe", "The time of handing in is a pipe.", lambda folder, bait: os.mkfifo(folder / "timestamp.txt")
    ),
    _beside(
        "time_is_a_link",
        "The time of handing in is a link to the gradebook.",
        lambda folder, bait: (folder / "timestamp.txt").symlink_to(bait / "course/gradebook.db"),
    ),
    _beside(
        "time_is_binary",
        "The time of handing in is of bytes that are no text.",
        lambda folder, bait: (folder / "timestamp.txt").write_bytes(b"\xff\x00\xfe"),
    ),
)


def _made(file: Path) -> Path:
    file.touch()
    return file


def _inbound(name: str, tries: str, target: str) -> Inbound:
    return Inbound(name=name, tries=tries, plant=lambda folder, bait: (folder / name).symlink_to(bait / target))


INBOUND: tuple[Attack, ...] = (
    _inbound(
        "exchange_link_to_gradebook",
        "A link to the gradebook is handed in, and collecting copies what it leads to.",
        "course/gradebook.db",
    ),
    _inbound("exchange_link_to_secret", "A link to the course's secret is handed in.", "course/.chainrule/secret"),
    _inbound(
        "exchange_link_to_hidden_test",
        "A link to a hidden test is handed in.",
        "course/assignments/week1/test_softmax.py",
    ),
    _inbound(
        "exchange_link_to_folder", "A link to the folder of reference solutions is handed in.", "course/assignments"
    ),
    _inbound("exchange_link_to_key", "A link to the instructor's key is handed in.", "home/.ssh/id_rsa"),
)

ATTACKS = (*LINKS, *THINGS, *INBOUND)
