"""The format of the mistakes: one file per exercise, each mistake as its change of the reference."""

from pathlib import Path

import pytest

from chainrule.diagnosis.mistakes import Mistake, mistakes_of

SECTIONS = {
    "neuron": "def neuron(x, w, b):\n    return w @ x + b",
    "layer": "def layer(x, w, b):\n    return x @ w.T + b",
}
BLOCK = """\
# %% no_bias
# mistake 39: no bias
# hint: The bias is
#   left out.
@@ neuron
-    return w @ x + b
+    return w @ x
"""
NO_BIAS = Mistake(
    "neuron", "no_bias", "mistake 39: no bias", "The bias is left out.", "def neuron(x, w, b):\n    return w @ x"
)


def write(folder: Path, exercise: str, text: str) -> None:
    (folder / "mistakes").mkdir(exist_ok=True)
    (folder / "mistakes" / f"{exercise}.diff").write_text(text, encoding="utf-8")


def test_a_block_is_the_whole_answer_with_the_change_in_it(tmp_path: Path) -> None:
    write(tmp_path, "neuron", f"The mistakes of `neuron`.\n\n{BLOCK}")
    assert mistakes_of(tmp_path, SECTIONS) == (NO_BIAS,)
    assert str(NO_BIAS) == "neuron: no_bias"


def test_the_exercises_have_the_order_of_the_reference_and_the_blocks_that_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "layer", BLOCK.replace("neuron", "layer").replace("w @ x", "x @ w.T"))
    write(tmp_path, "neuron", BLOCK.replace("no_bias", "zero") + "\n" + BLOCK)
    assert [str(mistake) for mistake in mistakes_of(tmp_path, SECTIONS)] == [
        "neuron: zero",
        "neuron: no_bias",
        "layer: no_bias",
    ]


def test_an_assignment_without_the_folder_has_no_mistakes(tmp_path: Path) -> None:
    assert mistakes_of(tmp_path, SECTIONS) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BLOCK.replace("# hint: The bias is\n#   left out.\n", ""), "'# %% no_bias' needs the lines '# %% name', '# "),
        (BLOCK.replace("# mistake 39: no bias\n", ""), "'# %% no_bias' needs the lines"),
        (BLOCK.replace("no_bias", ""), "'# %% ' needs the lines"),
        (f"{BLOCK}\n{BLOCK}", "'no_bias' is there twice; give one of them another name."),
        (BLOCK.replace("@@ neuron", "@@ neurone"), "neuron.diff, no_bias: the reference has no 'neurone'"),
        (BLOCK.replace("-    return w", "-    return v"), "in 'neuron' of the reference, 'return v @ x [+] b' is"),
    ],
)
def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, "neuron", text)
    with pytest.raises(ValueError, match=message):
        mistakes_of(tmp_path, SECTIONS)


def test_a_file_for_no_exercise_is_told(tmp_path: Path) -> None:
    write(tmp_path, "neurone", BLOCK)
    with pytest.raises(ValueError, match=r"neurone\.diff: there is no exercise 'neurone'; there are neuron, layer\."):
        mistakes_of(tmp_path, SECTIONS)
