"""What a notebook holds open or mapped is in each copy of it as the notebook left it, and stays in that copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from conftest import ATTACKED_LEVELS, RunCells, at_level, running_cells

from chainrule.engine.notebook import FinishedNotebook
from chainrule.probe.outcome import OutOfMemory

HELD = """
import fcntl, mmap, os, tempfile
import numpy as np

mapped = np.memmap("mapped.dat", mode="w+", shape=4)
mapped[:] = 1
def put_mapped(): mapped[:] = 7
def get_mapped(): return np.array(mapped)

named = open("named.txt", "w+")
named.write("kept"); named.flush()
def put_named(): named.seek(0); named.write("told"); named.flush()
def get_named(): return (named.tell(), named.seek(0), named.read(), open("named.txt").read())

nameless = tempfile.TemporaryFile("w+")
nameless.write("kept"); nameless.flush()
def put_nameless(): nameless.seek(0); nameless.write("told"); nameless.flush()
def get_nameless(): return (nameless.tell(), nameless.seek(0), nameless.read())

gone = tempfile.TemporaryFile("w+b")
gone.write(b"kept"); gone.flush()
gone = mmap.mmap(gone.fileno(), 4)
def put_gone(): gone[:] = b"told"
def get_gone(): return gone[:]

np.save("read.npy", np.arange(4.0))
read = np.load("read.npy", mmap_mode="r")
def put_read(): open("read.npy", "r+b").write(bytes(128 + 32))
def get_read(): return np.array(read)

def put_flags():
    for number in range(3): fcntl.fcntl(number, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
def get_flags(): return [fcntl.fcntl(number, fcntl.F_GETFL) & (os.O_NONBLOCK | os.O_APPEND) for number in range(3)]

channel, other = os.pipe()
os.set_blocking(channel, False)
def put_channel(): os.write(other, b"told")
def get_channel(): return os.read(channel, 4)

try:
    master, terminal = os.openpty()
    os.set_blocking(master, False)
except OSError:
    master = terminal = os.open(os.devnull, os.O_RDWR)
def put_terminal(): os.write(terminal, b"told")
def get_terminal(): return os.read(master, 4)
"""

LEFT = {
    "mapped": [1, 1, 1, 1],
    "named": [4, 0, "kept", "kept"],
    "nameless": [4, 0, "kept"],
    "gone": b"kept",
    "read": [0, 1, 2, 3],
    "flags": [0, 0, 0],
    "channel": b"",
    "terminal": b"",
}
"""What each holds when the notebook is done."""


@pytest.fixture(scope="module", params=ATTACKED_LEVELS)
def finished(request: pytest.FixtureRequest) -> Iterator[FinishedNotebook]:
    with running_cells(level=at_level(request.param)) as run:
        yield run(HELD)


def asked(finished: FinishedNotebook, *questions: str) -> Any:
    """What a fresh copy answers to the last of these questions."""
    with closing(finished.student(10)) as student:
        answers = [getattr(student, question)() for question in questions]
    return answers[-1].tolist() if isinstance(answers[-1], np.ndarray) else answers[-1]


@pytest.mark.parametrize("what", LEFT)
def test_what_a_copy_puts_somewhere_is_not_there_for_the_next(finished: FinishedNotebook, what: str) -> None:
    assert asked(finished, f"get_{what}") == LEFT[what]
    asked(finished, f"put_{what}")
    assert asked(finished, f"get_{what}") == LEFT[what]


@pytest.mark.parametrize(
    ("what", "told"), [("mapped", [7, 7, 7, 7]), ("named", [4, 0, "told", "told"]), ("nameless", [4, 0, "told"])]
)
def test_what_a_copy_puts_somewhere_is_there_for_itself(finished: FinishedNotebook, what: str, told: object) -> None:
    assert asked(finished, f"put_{what}", f"get_{what}") == told


def test_a_file_that_has_become_shorter_than_what_is_mapped_of_it_ends_nothing(run_here: RunCells) -> None:
    finished = run_here(
        "import mmap, os",
        "f = open('x', 'w+b'); f.write(b'a' * 10_000); f.flush(); m = mmap.mmap(f.fileno(), 10_000); f.truncate(5000)",
        "def get(): return m[4999:5001]",
    )
    assert asked(finished, "get") == b"a\0"


def test_more_mapped_than_a_copy_can_have_for_itself_is_out_of_memory(run_here: RunCells) -> None:
    finished = run_here(
        "import mmap",
        "f = open('x', 'w+b'); f.truncate(60 * 2**20); held = [mmap.mmap(f.fileno(), 0) for _ in range(9)]",
        "def get(): return 1",
    )
    with pytest.raises(OutOfMemory, match="More files are mapped"):
        asked(finished, "get")
