"""The files beside a notebook: those released come first, and nothing hostile among those handed in is followed."""

import os
from pathlib import Path

import pytest

import scratch_course
from chainrule.sandbox.files import lay_in, too_large
from chainrule.sandbox.limits import Limits

IMAGES = "data/MNIST/raw/train-images-idx3-ubyte"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def laid(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def released(tmp_path: Path) -> Path:
    return write(tmp_path / "released", {"data/images": "real", "notebook.ipynb": "{}"})


def test_released_files_win_and_others_are_kept(tmp_path: Path, released: Path) -> None:
    submitted = write(tmp_path / "submitted", {"data/images": "tampered", "data/more": "mine", "notes.txt": "mine"})
    lay_in((released, submitted), tmp_path / "scratch")
    assert laid(tmp_path / "scratch") == {"data/images": "real", "data/more": "mine", "notes.txt": "mine"}


@pytest.mark.parametrize("name", ["data", "data/images/deeper/file"])
def test_file_where_a_folder_belongs_does_not_get_in_the_way(tmp_path: Path, released: Path, name: str) -> None:
    submitted = write(tmp_path / "submitted", {name: "mine", "notes.txt": "mine"})
    lay_in((released, submitted), tmp_path / "scratch")
    assert laid(tmp_path / "scratch") == {"data/images": "real", "notes.txt": "mine"}


def test_links_and_pipes_are_left_out(tmp_path: Path, released: Path) -> None:
    submitted = write(tmp_path / "submitted", {"notes.txt": "mine"})
    (submitted / "link").symlink_to("/etc/passwd")
    (submitted / "folder").symlink_to("/etc")
    os.mkfifo(submitted / "pipe")
    lay_in((released, submitted), tmp_path / "scratch")
    assert laid(tmp_path / "scratch") == {"data/images": "real", "notes.txt": "mine"}


def test_too_many_bytes_are_noticed_over_all_folders(tmp_path: Path, released: Path) -> None:
    submitted = write(tmp_path / "submitted", {"big": "x" * 60, "also big": "x" * 60})
    assert not too_large((released, submitted), Limits(scratch_size=1000))
    assert too_large((released, submitted), Limits(scratch_size=200))
    assert too_large((released, submitted), Limits(scratch_files=5))


def test_tampered_images_are_put_back_in_the_pipeline(tmp_path: Path) -> None:
    """A student's own images would make training easier; the notebook in the sandbox reads the released ones."""
    course = scratch_course.make(tmp_path, ["pytorch_mlp"])
    notebook = scratch_course.released(course, "pytorch_mlp")
    probe = f"print(open('{IMAGES}', 'rb').read(8).hex(), open('notes.txt').read())"
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    for cell in notebook.cells:
        cell.source = ""
    notebook.cells[0].metadata = {}
    notebook.cells[0].source = probe
    file = scratch_course.hand_in(course, "mallory", notebook, "pytorch_mlp")
    write(file.parent, {IMAGES: "tampered", "notes.txt": "my notes"})
    course.grade("pytorch_mlp")
    text = (tmp_path / "autograded" / "mallory" / "pytorch_mlp" / "pytorch_mlp.ipynb").read_text()
    assert "0000080300002710 my notes" in text
