"""`chainrule init`: a new course, or the lines that an existing one's configuration needs; nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule import cli
from chainrule.course.init import LINES, course_id
from chainrule.course.loaded import CONFIG, configuration, settings_lacking

OWN = b"c = get_config()\nc.CourseDirectory.course_id = 'mine'  # chainrule: from chainrule import configure"
"""An existing configuration that mentions chainrule and does not call it; without a newline at its end."""


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


class Said:
    """What the command printed, in one line."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self) -> str:
        captured = self._capsys.readouterr()
        return " ".join((captured.out + captured.err).split())


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_new_course(tmp_path: Path, said: Said) -> None:
    folder = tmp_path / "neural networks, 2027"
    assert cli.main(["init", str(folder)]) == 0
    assert {path.name for path in folder.iterdir()} == {CONFIG, "source", "assignments", ".gitignore"}
    for private in (folder, folder / "assignments", folder / "source"):
        assert private.stat().st_mode & 0o777 == 0o700
    ignored = (folder / ".gitignore").read_text()
    assert all(name in ignored for name in (".chainrule/", "gradebook.db", "submitted/", "autograded/", "feedback/"))
    config = configuration(folder)
    assert settings_lacking(config) == []
    assert config.CourseDirectory.course_id == "neural-networks-2027"
    assert "A new course is in" in said()


def test_the_default_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init"]) == 0
    assert (tmp_path / CONFIG).is_file()


def test_init_twice_is_harmless_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
    cli.main(["init", str(tmp_path)])
    before = everything(tmp_path)
    said()
    assert cli.main(["init", str(tmp_path), "--write"]) == 0
    assert "is configured for chainrule already" in said()
    monkeypatch.chdir(tmp_path / "source")
    assert cli.main(["init"]) == 0
    assert "is configured for chainrule already" in said()
    assert everything(tmp_path) == before


def test_files_that_are_there_stay(tmp_path: Path, said: Said) -> None:
    (tmp_path / ".gitignore").write_text("*.pdf\n")
    (tmp_path / "source" / "ps1").mkdir(parents=True)
    assert cli.main(["init", str(tmp_path)]) == 0
    assert (tmp_path / ".gitignore").read_text() == "*.pdf\n"
    assert (tmp_path / "source" / "ps1").is_dir()
    assert ".gitignore stays as it is" in said()


def test_an_existing_course_is_shown_what_it_needs(tmp_path: Path, said: Said) -> None:
    (tmp_path / CONFIG).write_bytes(OWN)
    assert cli.main(["init", str(tmp_path)]) == 1
    text = said()
    assert "configure(get_config())" in text
    assert "Nothing was written" in text
    assert everything(tmp_path) == {CONFIG: OWN}


def test_the_lines_are_written_below_what_is_there(tmp_path: Path, said: Said) -> None:
    (tmp_path / CONFIG).write_bytes(OWN)
    assert cli.main(["init", str(tmp_path), "--write"]) == 0
    assert (tmp_path / CONFIG).read_bytes() == OWN + b"\n" + LINES.encode()
    config = configuration(tmp_path)
    assert settings_lacking(config) == []
    assert config.CourseDirectory.course_id == "mine"
    assert cli.main(["init", str(tmp_path), "--write"]) == 0
    assert (tmp_path / CONFIG).read_bytes() == OWN + b"\n" + LINES.encode()


def test_a_configuration_elsewhere_is_found_by_loading_it(tmp_path: Path, said: Said) -> None:
    (tmp_path / "shared.py").write_text("def ours(c):\n    import chainrule\n    chainrule.configure(c)\n")
    loads = f"import runpy\nrunpy.run_path({str(tmp_path / 'shared.py')!r})['ours'](get_config())\n"
    (tmp_path / CONFIG).write_text(loads)
    assert cli.main(["init", str(tmp_path)]) == 0
    assert "configured for chainrule already" in said()


def test_a_subclass_of_ours_is_ours(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text(
        "from chainrule import configure\n"
        "from chainrule.course.exporter import SubmissionExporter\n"
        "class Mine(SubmissionExporter): pass\n"
        "c = get_config()\nconfigure(c)\nc.Autograde.exporter_class = Mine\n"
    )
    assert settings_lacking(configuration(tmp_path)) == []


def test_a_setting_that_was_taken_back_is_lacking(tmp_path: Path) -> None:
    back = "\nc.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']\n"
    (tmp_path / CONFIG).write_text("from chainrule import configure\nc = get_config()\nconfigure(c)\n" + back)
    assert settings_lacking(configuration(tmp_path)) == ["c.Autograde.autograde_preprocessors"]


@pytest.mark.parametrize("name", ["source", "assignments"])
def test_a_file_in_the_way(tmp_path: Path, name: str, said: Said) -> None:
    (tmp_path / name).write_text("mine")
    assert cli.main(["init", str(tmp_path)]) == 2
    assert f"{name} is in the way" in said()
    assert everything(tmp_path) == {name: b"mine"}
    assert cli.main(["init", str(tmp_path / name)]) == 2
    assert cli.main(["init", str(tmp_path / name / "below")]) == 2
    assert everything(tmp_path) == {name: b"mine"}


@pytest.mark.parametrize("broken", ["c = get_config(\n", "undefined_name\n", "import sys; sys.exit(3)\n"])
def test_a_configuration_that_cannot_be_loaded(tmp_path: Path, broken: str, said: Said) -> None:
    (tmp_path / CONFIG).write_text(broken)
    assert cli.main(["init", str(tmp_path), "--write"]) == 2
    assert f"{CONFIG}, line 1: nbgrader cannot load it" in said()
    assert everything(tmp_path) == {CONFIG: broken.encode()}


@pytest.mark.parametrize(("name", "expected"), [("nn 2027", "nn-2027"), ("été", "été"), ("  ", "course")])
def test_course_id(name: str, expected: str) -> None:
    assert course_id(Path("/home") / name) == expected


def test_a_course_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "rename", full)
    assert cli.main(["init", str(tmp_path / "c")]) == 2
    assert "could not be written (No space left on device); nothing was changed" in said()
    assert list(tmp_path.iterdir()) == []
