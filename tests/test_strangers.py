"""Answers by strangers are read as they are written, counted with honest intervals, and graded as a student's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule import cli
from chainrule.proof.strangers import interval, strangers_in

WRONG = """\"\"\"Somebody's.\"\"\"

# %% exercise: linear_backward
# what: the bias gradient is a mean
#   over the batch
def linear_backward(dy, cache):
    x, weight = cache
    return dy @ weight, dy.T @ x, dy.mean(axis=0)

# %% exercise: neuron
# what: no bias
neuron = 1
"""
EXERCISES = ("neuron", "linear_backward")


def test_wrong_answers_are_read_with_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_text(WRONG)
    first, second = strangers_in(tmp_path, EXERCISES).wrong
    assert (first.exercise, first.name, first.what) == (
        "linear_backward",
        "ada 1",
        "the bias gradient is a mean over the batch",
    )
    assert first.code.startswith("def linear_backward")
    assert (second.what, second.code) == ("no bias", "neuron = 1")


def test_a_file_without_what_is_a_whole_right_submission(tmp_path: Path) -> None:
    (tmp_path / "eve.py").write_text("# %% exercise: neuron\na = 1\n\n# %% exercise: linear_backward\nb = 2\n")
    assert strangers_in(tmp_path, EXERCISES).right == {"eve": {"neuron": "a = 1", "linear_backward": "b = 2"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no answers"),
        ("# %% exercise: nothing\n# what: x\n", "there is no exercise 'nothing'"),
        ("# %% exercise: neuron\na = 1\n", "without linear_backward"),
        ("# %% exercise: neuron\na = 1\n# %% exercise: neuron\na = 1\n# %% exercise: linear_backward\n", "twice"),
        ("# %% exercise: neuron\n# what: x\n1\n# %% exercise: neuron\n2\n", "section 2, neuron, lacks its line"),
    ],
)
def test_what_is_not_in_order_is_said_in_a_sentence(
    tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.py").write_text(text)
    with pytest.raises(ValueError, match=said):
        strangers_in(tmp_path, EXERCISES)


def test_no_folder_and_no_assignment_are_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "numpy_mlp", "--blind", str(tmp_path / "none")]) == 2
    assert "holds no answers" in capsys.readouterr().err
    assert cli.main(["verify", "--blind", str(tmp_path)]) == 2
    assert "name it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("successes", "tries", "low", "high"),
    # Brown, Cai and DasGupta (2001), and by hand.
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (0, 0, 0.0, 1.0),
        (157, 174, 0.8493, 0.9383),
    ],
)
def test_intervals_are_wilsons(successes: int, tries: int, low: float, high: float) -> None:
    assert interval(successes, tries) == pytest.approx((low, high), abs=2e-4)


def test_strangers_answers_are_graded_and_every_one_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ada.py").write_text(WRONG.partition("# %% exercise: neuron")[0])
    assert cli.main(["verify", "numpy_mlp", "--blind", str(tmp_path), "--jobs", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["figures"]["caught"][:2] == [1, 1]
    assert found["figures"]["with a hint"][:2] == [1, 1]
    (answer,) = found["wrong"]
    assert answer["what"] == "the bias gradient is a mean over the batch"
    assert "mean over the batch" in answer["hints"][0]
    assert answer["lost"]
    assert len(answer["messages"]) == len(answer["lost"])
