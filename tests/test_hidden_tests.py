"""Hidden tests are loaded from the very bytes that the recorded version is a digest of, or refused in a sentence."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from chainrule.engine import hidden_tests
from chainrule.engine.asking import ask
from chainrule.engine.assignment import AssignmentError, find, read
from chainrule.engine.hidden_tests import GradersError
from chainrule.engine.version import grader_version
from chainrule.probe.outcome import Outcome, WrongAnswer
from chainrule.probe.student import Student

HEAD = "import pytest\npytestmark = pytest.mark.exercise('neuron')\n"
FINE = "@pytest.mark.points(1)\ndef test_fine(student):\n    'A title'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An assignment's folder with one hidden test."""
    place = tmp_path / "assignments" / "mine"
    place.mkdir(parents=True)
    (place / "assignment.toml").write_text('title = "Mine"')
    (place / "test_neuron.py").write_text(HEAD + FINE)
    return place


def load(folder: Path) -> hidden_tests.HiddenTests:
    return hidden_tests.load(read(folder))


def test_a_test_has_its_exercise_title_and_points(folder: Path) -> None:
    (test,) = load(folder).tests
    assert (test.exercise, test.name, test.title, test.points) == ("neuron", "test_fine", "A title", 1.0)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import nothing_at_all\n", r"test_neuron\.py cannot be imported: ModuleNotFoundError: .*nothing_at_all"),
        ("def broken(:\n", r"test_neuron\.py cannot be imported: SyntaxError"),
        ("raise RuntimeError('on purpose')\n", "cannot be imported: RuntimeError: on purpose"),
        ("import sys\nsys.exit(3)\n", "cannot be imported: SystemExit: 3"),
        (HEAD + "def test_free(student): 'free'\n", "test_free does not say"),
        ("import pytest\n" + FINE, "does not say which exercise it belongs to"),
        ("import pytest\npytest.skip('no', allow_module_level=True)\n", "cannot be imported: Skipped"),
        (HEAD + FINE.replace("def ", "async def "), "is a generator or async"),
        (HEAD + FINE + "    yield\n", "is a generator or async"),
        (HEAD + "@pytest.mark.parametrize('n', [1])\n" + FINE.replace("(student)", "(student, n)"), "parametrized"),
        (HEAD + FINE.replace("points(1)", "points(-1)"), "is worth -1: points are a number above 0"),
        (HEAD + FINE.replace("points(1)", "points(float('nan'))"), "is worth nan"),
        (HEAD + FINE.replace("(student)", "(student, tmp_path)"), "asks for 'tmp_path'"),
        (HEAD + "@pytest.mark.parametrize('n', [1])\n" + FINE.replace("(student)", "(student, rng)"), "parametrized"),
    ],
)
def test_a_file_that_is_not_in_order_is_told_with_its_reason(folder: Path, code: str, problem: str) -> None:
    (folder / "test_neuron.py").write_text(code)
    with pytest.raises(GradersError, match=problem):
        load(folder)


def test_a_ctrl_c_while_loading_is_no_broken_file(folder: Path) -> None:
    (folder / "test_neuron.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load(folder)


def test_no_hidden_tests_is_told(folder: Path) -> None:
    (folder / "test_neuron.py").unlink()
    with pytest.raises(GradersError, match=r"has no test_\*\.py"):
        load(folder)


def test_what_is_on_disk_now_is_what_is_loaded(folder: Path) -> None:
    before = load(folder)
    (folder / "test_neuron.py").write_text(HEAD + FINE.replace("A title", "B title"))
    after = load(folder)
    assert [test.title for test in (*before.tests, *after.tests)] == ["A title", "B title"]
    assert load(folder) is after
    assert before.tests[0].function.__module__ not in sys.modules
    assert after.tests[0].function.__module__ in sys.modules


def test_every_file_that_a_grade_hangs_on_is_in_the_version(folder: Path) -> None:
    (folder / "images.npz").write_bytes(b"1")
    (folder / "networks.py").write_text("SIZE = 3\n")
    (folder / "test_neuron.py").write_text(HEAD + "from .networks import SIZE\n" + FINE)
    versions = {grader_version(load(folder).digest)}
    for name in ("images.npz", "networks.py", "assignment.toml", "test_neuron.py"):
        (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
        versions.add(grader_version(load(folder).digest))
    assert len(versions) == 5


def test_code_of_ours_is_in_the_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = grader_version(load(folder).digest)
    monkeypatch.setattr("chainrule.engine.version._OWN_CODE", b"another")
    assert grader_version(load(folder).digest) != before


def test_two_assignments_with_files_of_one_name_do_not_mix(folder: Path) -> None:
    other = folder.parent / "other"
    other.mkdir()
    (other / "assignment.toml").write_text('title = "Other"')
    (other / "test_neuron.py").write_text(HEAD + FINE.replace("A title", "Other title"))
    assert load(folder).tests[0].title == "A title"
    assert load(other).tests[0].title == "Other title"
    assert load(folder).tests[0].title == "A title"


class Nobody:
    """A student of whom nothing is asked."""

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("pass", Outcome.PASSED),
        ("assert 1 == 2", Outcome.FAILED),
        ("pytest.fail('no')", Outcome.FAILED),
        ("pytest.skip('no')", Outcome.GRADER_FAULT),
        ("1 / 0", Outcome.GRADER_FAULT),
        ("return True", Outcome.GRADER_FAULT),
        ("raise SystemExit(0)", Outcome.GRADER_FAULT),
    ],
)
def test_whatever_a_hidden_test_does_has_an_outcome(folder: Path, body: str, outcome: Outcome) -> None:
    (folder / "test_neuron.py").write_text(HEAD + FINE.replace("(student)", "()") + f"    {body}\n")
    loaded = load(folder)

    answered = ask(loaded.tests[0], Nobody, "1", loaded.reference)  # type: ignore[arg-type]
    assert answered.result.outcome is outcome
    assert bool(answered.fault) == (outcome is Outcome.GRADER_FAULT)


def test_a_ctrl_c_in_a_hidden_test_is_no_outcome(folder: Path) -> None:
    (folder / "test_neuron.py").write_text(HEAD + FINE)

    def interrupted() -> Student:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(load(folder).tests[0], interrupted, "1", None)


def test_a_missing_reference_does_not_hinder_a_test_that_builds_on_something(folder: Path) -> None:
    (folder / "test_neuron.py").write_text(
        HEAD.replace("\n", "\n", 1) + FINE.replace("def", "@pytest.mark.builds_on('layer')\ndef")
    )
    loaded = load(folder)

    def wrong() -> Student:
        raise WrongAnswer("It is wrong.")

    assert loaded.reference is None
    assert ask(loaded.tests[0], wrong, "1", loaded.reference).result.message == "It is wrong."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("titel = 'x'", "there is no key `titel`; did you mean `title`"),
        ("title = 'x'\npackages = 'pandas'", "Expected `array`"),
        ("title = 'x'\n[limits]\ncell_secnds = 3", r"no key `cell_secnds` in \[limits\]; did you mean `cell_seconds`"),
        ("title = 'x'\n[limits]\nmemory = 0", r"`memory` in \[limits\] must be more than 0"),
        ("title = ", "is no TOML"),
        ("", "missing required field `title`"),
    ],
)
def test_a_toml_that_is_not_in_order_is_told(folder: Path, text: str, problem: str) -> None:
    (folder / "assignment.toml").write_text(text)
    with pytest.raises(AssignmentError, match=problem):
        read(folder)


def test_a_folder_without_a_toml_is_told(folder: Path) -> None:
    (folder / "assignment.toml").unlink()
    with pytest.raises(AssignmentError, match=r"has no assignment\.toml"):
        find("mine", folder.parents[1])


@pytest.mark.parametrize("name", ["../mine", "mine/..", "", "a b", "/etc"])
def test_a_name_that_is_a_path_is_no_assignment(folder: Path, name: str) -> None:
    assert find(name, folder.parents[1]) is None


def test_an_assignment_whose_name_begins_alike_keeps_its_modules(folder: Path) -> None:
    (folder / "networks.py").write_text("SIZE = 3\n")
    (folder / "test_neuron.py").write_text(HEAD + FINE + "    from . import networks\n    assert networks.SIZE == 3\n")
    longer = folder.with_name("mine_too")
    shutil.copytree(folder, longer)
    (test,) = load(longer).tests
    load(folder)
    assert ask(test, Nobody, "1", None).result.outcome is Outcome.PASSED  # type: ignore[arg-type]


def test_two_tests_of_one_name_are_told(folder: Path) -> None:
    (folder / "test_again.py").write_text(HEAD + FINE)
    with pytest.raises(GradersError, match="neuron/test_fine is there twice"):
        load(folder)


def test_a_test_that_is_imported_is_not_asked_twice(folder: Path) -> None:
    (folder / "test_layer.py").write_text(
        HEAD.replace("neuron", "layer") + "from .test_neuron import test_fine\n" + FINE.replace("test_fine", "test_own")
    )
    found = [(test.exercise, test.name) for test in load(folder).tests]
    assert found == [("layer", "test_own"), ("neuron", "test_fine")]


def test_what_a_test_builds_on_must_be_in_the_reference(folder: Path) -> None:
    (folder / "reference.py").write_text("# %% neuron\ndef neuron(x):\n    return x\n")
    (folder / "test_neuron.py").write_text(HEAD + "@pytest.mark.builds_on('nuron')\n" + FINE)
    with pytest.raises(GradersError, match="builds on 'nuron'"):
        load(folder)


def test_mistakes_are_in_the_version_and_samples_are_not(folder: Path) -> None:
    before = grader_version(load(folder).digest)
    (folder / "samples").mkdir()
    (folder / "samples" / "eva.py").write_text("")
    assert grader_version(load(folder).digest) == before
    (folder / "mistakes").mkdir()
    (folder / "mistakes" / "neuron.diff").write_text("")
    assert grader_version(load(folder).digest) != before


def test_a_folder_with_a_name_that_is_no_modules_is_told(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("ps-1"))
    with pytest.raises(AssignmentError, match="needs the name of a Python module"):
        find("ps-1", folder.parents[1])
