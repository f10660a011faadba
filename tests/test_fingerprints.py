"""Fingerprints are computed once, kept for their owner alone, and only asked for where a mistake can differ."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from chainrule.diagnosis import fingerprint_files as files
from chainrule.diagnosis import fingerprints as computing
from chainrule.diagnosis import hints
from chainrule.diagnosis.fingerprints import (
    ExercisePrints,
    FingerprintError,
    Fingerprints,
    MistakePrint,
    TestPrint,
    fingerprints,
)
from chainrule.diagnosis.reach import can_differ, changed_functions
from chainrule.diagnosis.stand_in import ELSEWHERE, StandIns, standing_in
from chainrule.engine.assignment import Assignment
from chainrule.engine.grade import Settings, grade_notebook
from chainrule.engine.seed import diagnosis_seed, submission_seed
from chainrule.probe.outcome import TimedOut
from chainrule.sandbox.provisioner import SandboxSettings
from submissions import bank

SEED = "1"

NUMPY = bank("numpy_mlp")
SANDBOX = SandboxSettings()

SMALL = Fingerprints(
    "mine",
    "0.2.0+abc",
    "seed",
    {
        "neuron": ExercisePrints(
            {"test_values": [{"": np.array([[1.0, np.nan]]), " dtype": "float64", "[0]": None}, {}]},
            [MistakePrint("other", "Look again.", {"test_values": TestPrint(2, {1: {"raised": "ValueError: no"}})})],
        )
    },
)


def test_fingerprints_survive_the_way_to_another_machine() -> None:
    data = files.to_bytes(SMALL)
    for back in (files.from_bytes(data), pickle.loads(pickle.dumps(SMALL))):
        assert back is not None
        assert files.to_bytes(back) == data
        assert np.array_equal(back.exercises["neuron"].truth["test_values"][0][""], [[1.0, np.nan]], equal_nan=True)


def test_a_stored_file_is_its_owners_alone_and_found_by_version_and_seed(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "folder"
    assert files.stored(folder, "mine", "0.2.0+abc", "seed") is None
    files.store(folder, SMALL)
    files.store(folder, SMALL)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert files.stored(folder, "mine", "0.2.0+abc", "seed") is not None
    assert files.stored(folder, "mine", "0.2.0+abd", "seed") is None
    assert files.stored(folder, "mine", "0.2.0+abc", "seed 2") is None


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "another format"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    files.store(tmp_path, SMALL)
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    other = hashlib.sha256(b"\x80").digest() + b"\x80"
    file.write_bytes({"cut": data[:-5], "empty": b"", "flipped": data[:-1] + b"!", "another format": other}[damage])
    assert files.stored(tmp_path, "mine", "0.2.0+abc", "seed") is None


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Path]:
    """A folder with a secret, of which this process knows nothing yet."""
    hints._known.clear()
    yield tmp_path
    hints._known.clear()
    hints._failed.clear()


def test_a_course_computes_once_and_for_what_is_missing(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    of_exercise = computing.of_exercise

    def counted(assignment: Assignment, exercise: str, others: StandIns, seed: str) -> ExercisePrints:
        asked.append(exercise)
        return of_exercise(assignment, exercise, others, seed)

    monkeypatch.setattr(computing, "of_exercise", counted)
    hints.hints_for(course / files.FOLDER, SEED, NUMPY.assignment, SANDBOX, ["neuron"])
    assert asked == ["neuron"]
    hints._known.clear()
    hints.hints_for(course / files.FOLDER, SEED, NUMPY.assignment, SANDBOX, ["neuron", "collapse"])
    assert asked == ["neuron", "collapse"]
    hints._known.clear()
    hints.hints_for(course / files.FOLDER, SEED, NUMPY.assignment, SANDBOX, ["neuron", "collapse"])
    assert asked == ["neuron", "collapse"]
    (file,) = (course / files.FOLDER).iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    hints._known.clear()
    hints.hints_for(course / files.FOLDER, SEED, NUMPY.assignment, SANDBOX, ["neuron"])
    assert asked == ["neuron", "collapse", "neuron"]


def test_a_folder_that_cannot_be_written_costs_hints_and_no_points(course: Path) -> None:
    (course / ".chainrule").mkdir()
    (course / files.FOLDER).write_text("in the way")
    diagnosis = hints.hints_for(course / files.FOLDER, SEED, NUMPY.assignment, SANDBOX, ["neuron"])
    wrong = NUMPY.lean_notebook(NUMPY.with_mistake(NUMPY.mistakes[0]), ["neuron"])
    settings = Settings(SANDBOX, exercises=frozenset({"neuron"}))
    results = grade_notebook(wrong, NUMPY.assignment, settings, "1", diagnosis)
    assert 0 < results.score < results.max_score
    assert not results.grader_fault
    assert "which keeps what mistakes answer, cannot be read or written (Not a directory)" in results.hint_faults[0]


def test_every_course_has_a_seed_of_its_own_which_is_no_submissions() -> None:
    seeds = {diagnosis_seed("one", "xor"), diagnosis_seed("two", "xor"), diagnosis_seed("one", "numpy_mlp")}
    seeds |= {submission_seed("one", "diagnosis", b"xor"), submission_seed("one", "xor", b"diagnosis")}
    assert len(seeds) == 5


def test_mistakes_asked_only_where_they_can_differ_have_the_same_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["activations", "shallow_joints"]
    few = fingerprints(NUMPY.assignment, SANDBOX, "1", wanted)
    monkeypatch.setattr(computing, "can_differ", lambda changed, ran: True)
    assert files.to_bytes(few) == files.to_bytes(fingerprints(NUMPY.assignment, SANDBOX, "1", wanted))


@pytest.mark.whole
def test_on_several_cores_they_are_the_same() -> None:
    one, two = (fingerprints(NUMPY.assignment, SANDBOX, "1", ["neuron", "collapse"], jobs) for jobs in (1, 2))
    assert files.to_bytes(one) == files.to_bytes(two)


CODE = """
class Layer:
    size: int = 3

    @property
    def width(self):
        return 1

    @width.setter
    def width(self, value):
        self.size = value

def double(x, factor=2):
    return [factor * one for one in x]
"""


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("factor * one", "factor + one", {"double"}),
        ("return 1", "return 2", {"Layer.width"}),
        ("self.size = value", "self.size = 0", {"Layer.width"}),
        ("# no change", "# a comment", set()),
        ("factor=2", "factor=3", None),
        ("size: int = 3", "size: int = 4", None),
        ("@property", "@functools.cached_property", None),
        ("def double", "def triple", None),
        ("class Layer:", "class Layer(Base):", None),
        ("\ndef double", "\nLIMIT = 3\n\ndef double", None),
    ],
)
def test_what_a_mistake_changes(old: str, new: str, changed: set[str] | None) -> None:
    found = changed_functions(CODE, CODE.replace(old, new))
    assert found == (None if changed is None else frozenset(changed))


def test_a_mistake_can_differ_only_where_it_runs() -> None:
    assert can_differ(frozenset({"double"}), {"double.<locals>.<listcomp>"})
    assert not can_differ(frozenset({"double"}), {"Layer.width"})
    assert not can_differ(frozenset(), {"double"})
    assert can_differ(None, frozenset())
    assert can_differ(frozenset({"double"}), None)
    assert can_differ(frozenset({"double"}), {ELSEWHERE})


def test_functions_that_run_are_seen_and_other_processes_are_told() -> None:
    code = """
import os
def inner(): return 1
def outer(): return inner()
def elsewhere():
    child = os.fork()
    if not child:
        inner()
        os._exit(0)
    os.waitpid(child, 0)
"""
    with standing_in(NUMPY.assignment, SANDBOX) as others:
        student = others.watched(code)
        student.outer()
        assert student.ran() == ["inner", "outer"]
        student.close()
        student = others.watched(code)
        student.elsewhere()
        assert ELSEWHERE in student.ran()
        student.close()


def test_a_kernel_that_an_answer_ends_is_replaced() -> None:
    with standing_in(NUMPY.assignment, SANDBOX) as others:
        others.with_answer("").close()
        before = others._kernel()
        assert before.kernel is not None
        before.kernel.signal(9)
        before.kernel.poll(seconds=5)
        student = others.with_answer("def neuron(): return 7")
        assert student.neuron() == 7
        student.close()


def test_a_reference_that_cannot_be_heard_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*args: object) -> None:
        raise TimedOut("too long")

    monkeypatch.setattr(computing, "ask_on", late)
    with pytest.raises(FingerprintError, match=r"cannot be heard in neuron/test_\w+: too long"):
        fingerprints(NUMPY.assignment, SANDBOX, "1", ["neuron"])


def test_the_kernel_with_solutions_ends_with_the_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = []
    student = StandIns.with_answer

    def noted(others: StandIns, *args: object) -> object:
        found = student(others, *args)  # type: ignore[arg-type]
        kernels.append(others._kernel().kernel)
        return found

    monkeypatch.setattr(StandIns, "with_answer", noted)
    fingerprints(NUMPY.assignment, SANDBOX, "1", ["collapse"])
    (kernel,) = set(kernels)
    assert kernel is not None
    assert not kernel.folder.exists()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(kernel.report.fileno())
