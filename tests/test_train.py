"""The reference training program: its steps are autograd's and torch.optim's, its results repeat, its errors help."""

import contextlib
import errno
import json
import urllib.error
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from matplotlib.figure import Figure
from torch.utils.tensorboard import SummaryWriter
from torchvision import datasets

from reference import matrix_products, recipes, train
from reference.fused_mlp import FusedMLP
from reference.mnist_files import FILES, SetupError, read_idx
from reference.recipes import RECIPES, initial_model


def idx(array: torch.Tensor) -> bytes:
    """The bytes of an IDX file."""
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.dim()]) + lengths + bytes(array.flatten().tolist())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a dataset that can be learned: a bright row for each class in noise; 300 images and 100 more."""
    root = tmp_path_factory.mktemp("tiny")
    generator = torch.Generator().manual_seed(0)
    for folder in ("MNIST", "FashionMNIST"):
        raw = root / folder / "raw"
        raw.mkdir(parents=True)
        for count, names in ((300, FILES[:2]), (100, FILES[2:])):
            labels = torch.arange(count) % 10
            images = torch.randint(0, 60, (count, 28, 28), generator=generator)
            images[torch.arange(count), 2 * labels + 4] += 180
            (raw / names[0]).write_bytes(idx(images))
            (raw / names[1]).write_bytes(idx(labels))
    return root


@pytest.fixture
def broken(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the dataset, to be damaged; the folder with the files."""
    raw = tmp_path / "root" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in FILES:
        (raw / name).write_bytes((tiny / "MNIST" / "raw" / name).read_bytes())
    return raw


def run(root: Path, out: Path, *more: str) -> int:
    """The exit status of the program on the CPU."""
    return train.main(["--root", str(root), "--out", str(out), "--device", "cpu", "--epochs", "2", *more])


def refusal(capsys: pytest.CaptureFixture[str], status: int, out: Path) -> str:
    """The one sentence on stderr, after checking that it is one and that nothing is half-written."""
    printed = capsys.readouterr()
    assert status == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.endswith(".\n")
    assert not out.exists()
    return printed.err


# --- the step


@pytest.mark.parametrize("name", list(RECIPES))
@pytest.mark.parametrize("count", [50, 64])  # with a smaller last batch, and without one
def test_steps_are_those_of_autograd_and_torch_optim(name: str, count: int) -> None:
    recipe = RECIPES[name]
    images = torch.randn(count, 784, generator=torch.Generator().manual_seed(1))
    labels = torch.arange(count) % 10
    fast, plain = (initial_model(recipe.activation, seed=3) for _ in range(2))
    trainer = FusedMLP(fast, recipe.activation, recipe.optimizer, images, labels, 16, recipe.smoothing, seed=5)
    optimizer = recipe.optimizer(list(plain.parameters()))
    rates = recipe.rates(8).view(2, 4)
    generator = torch.Generator().manual_seed(5)
    for epoch in range(2):
        loss = trainer.epoch(rates[epoch])
        order = torch.randperm(count, generator=generator)
        losses = []
        for rate, batch in zip(rates[epoch], torch.split(order, 16), strict=True):
            logits = plain(images[batch])
            losses.append(F.cross_entropy(logits, labels[batch], reduction="none").detach())
            optimizer.zero_grad()
            F.cross_entropy(logits, labels[batch], label_smoothing=recipe.smoothing).backward()  # type: ignore[no-untyped-call]
            optimizer.param_groups[0]["lr"] = rate.item()
            optimizer.step()
        torch.testing.assert_close(loss, torch.cat(losses).mean())
    for ours, theirs in zip(fast.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "none"])
@pytest.mark.parametrize("without_onednn", [False, True])
def test_products(activation: str, without_onednn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if without_onednn:
        monkeypatch.setattr(matrix_products, "has_onednn", lambda: False)
    x, weight, bias = torch.randn(40, 70), torch.randn(30, 70), torch.randn(30)
    out = matrix_products.layer(x, weight, bias, activation)
    expected = x @ weight.t() + bias
    torch.testing.assert_close(out, expected if activation == "none" else getattr(torch, activation)(expected))
    torch.testing.assert_close(matrix_products.product(out.t(), x.t()), out.t() @ x, rtol=1e-5, atol=1e-4)


def test_capture_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """With CUDA's graph and streams played by stand-ins: weights, momentum and order are those of a run without it."""
    for name in ("device", "stream", "graph"):
        monkeypatch.setattr(torch.cuda, name, lambda *_: contextlib.nullcontext())
    for name in ("Stream", "current_stream", "CUDAGraph"):
        monkeypatch.setattr(torch.cuda, name, mock.MagicMock())
    recipe, images, labels = RECIPES["best"], torch.randn(50, 784), torch.arange(50) % 10
    models = [initial_model(recipe.activation, seed=3) for _ in range(2)]
    for model in models:
        trainer = FusedMLP(model, recipe.activation, recipe.optimizer, images, labels, 16, recipe.smoothing)
        if model is models[1]:
            trainer._capture()
        for rates in recipe.rates(8).view(2, 4):
            trainer.epoch(rates)
    for plain, captured in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.equal(plain, captured)


def test_learning_rates() -> None:
    assert RECIPES["lecture"].rates(3).tolist() == pytest.approx([0.01] * 3)
    rates = RECIPES["best"].rates(1000)
    assert rates.argmax().item() in (199, 200)
    assert rates.max().item() == pytest.approx(RECIPES["best"].learning_rate, rel=0.01)
    assert 0 < rates[-1] < 1e-4
    assert rates.min() > 0


def test_lecture_starts_from_glorot_and_best_from_kaiming() -> None:
    for name, bound in (("lecture", (6 / (784 + 256)) ** 0.5), ("best", (6 / 784) ** 0.5)):
        weight, bias, *_ = initial_model(RECIPES[name].activation, 0).parameters()
        assert 0.99 * bound < weight.abs().max().item() <= bound
        assert not bias.any()


# --- the program


def weights(out: Path) -> dict[str, torch.Tensor]:
    """The weights of the checkpoint in the folder."""
    state: dict[str, torch.Tensor] = torch.load(out / "checkpoint.pt", weights_only=True)["state_dict"]
    return state


@pytest.mark.parametrize("name", list(RECIPES))
def test_same_seed_same_bits(tiny: Path, name: str) -> None:
    recipe, data = RECIPES[name], recipes.Data.load("mnist", tiny, torch.device("cpu"))
    models = [initial_model(recipe.activation, seed) for seed in (1, 1, 1, 2)]
    for model, seed in zip(models, (1, 1, 2, 2), strict=True):
        recipes.train(model, recipe, data, epochs=2, batch_size=128, seed=seed)
    first, again, other_order, other_start = (torch.cat([p.flatten() for p in m.parameters()]) for m in models)
    assert torch.equal(first, again)
    assert not torch.equal(first, other_order)
    assert not torch.equal(other_order, other_start)


def test_learns_and_writes_what_it_says(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "runs" / "deep"
    assert run(tiny, out, "--recipe", "best", "--json", "--epochs", "6", "--batch-size", "32") == 0
    (line,) = capsys.readouterr().out.splitlines()
    figures = json.loads(line)
    assert {"device": "cpu", "dataset": "mnist", "recipe": "best", "epochs": 6, "seed": 0}.items() <= figures.items()
    assert figures["validation_accuracy"] > 0.9
    assert 0 < figures["train_loss"] < 1
    assert figures["seconds"] == pytest.approx(6 * figures["seconds_per_epoch"], abs=0.002)
    written = sorted(str(path) for path in out.rglob("*") if path.is_file())
    assert sorted(figures["files"]) == written
    assert {Path(path).name for path in written} >= {"checkpoint.pt", *train.PICTURES}
    for name in train.PICTURES:
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(out / "tensorboard"))
    events.Reload()
    points = events.Scalars("accuracy/validation")
    assert [point.step for point in points] == [1, 2, 3, 4, 5, 6]
    assert points[-1].value == pytest.approx(figures["validation_accuracy"])


def test_second_run_replaces_the_first(tiny: Path, tmp_path: Path) -> None:
    for seed in "12":
        assert run(tiny, tmp_path, "--seed", seed) == 0
    assert len(list((tmp_path / "tensorboard").iterdir())) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["checkpoint.pt", "tensorboard", *train.PICTURES])


def test_table_has_a_row_for_this_machine(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tiny, tmp_path, "--dataset", "fashion") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert lines[5].split() == "PC (CUDA) 3.3 s 5 min 30 s 95.14 %".split()
    assert "(CPU)" in lines[6]
    assert "(2 epochs)" in lines[6]


def test_goes_on_from_a_checkpoint(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tiny, tmp_path / "a") == 0
    before = weights(tmp_path / "a")
    monkeypatch.setattr(train, "train", lambda model, *_: history_of(model, before))
    assert run(tiny, tmp_path / "b", "--start-from", str(tmp_path / "a" / "checkpoint.pt")) == 0


def history_of(model: torch.nn.Module, before: dict[str, torch.Tensor]) -> dict[str, list[float]]:
    """Check what a training would start from, and stand in for it."""
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    return {"train_loss": [1.0], "validation_accuracy": [0.5], "epoch_seconds": [1.0]}


# --- bad input


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        (FILES[0], lambda content: content[:-1], "is truncated"),
        (FILES[0], lambda content: content + b"\0", "is too long"),
        (FILES[1], lambda content: content[:6], "is truncated in its header"),
        (FILES[2], lambda content: b"", "is no IDX file"),
        (FILES[2], lambda content: b"<html>not found</html>", "is no IDX file"),
        (FILES[3], lambda content: b"\x1f\x8b" + content, "gzipped"),
        (FILES[3], lambda content: idx(torch.arange(99) % 10), "99 labels for 100 images"),
        (FILES[3], lambda content: idx(torch.full((100,), 10)), "labels above 9"),
        (FILES[0], lambda content: idx(torch.ones(300, 4, 4, dtype=torch.uint8)), "28 × 28"),
        (FILES[1], lambda content: idx(torch.ones(300, 1, dtype=torch.uint8)), "no labels"),
    ],
)
def test_wrong_files(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, damage: Any, reason: str
) -> None:
    (broken / name).write_bytes(damage((broken / name).read_bytes()))
    said = refusal(capsys, run(tmp_path / "root", tmp_path / "out"), tmp_path / "out")
    assert reason in said
    assert str(broken / name) in said
    assert "delete it and run again" in said


@pytest.mark.parametrize("error", [urllib.error.URLError("no route"), RuntimeError("Error downloading")])
def test_no_internet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(datasets, "MNIST", fail)
    said = refusal(capsys, run(tmp_path / "root", tmp_path / "out"), tmp_path / "out")
    assert all(name in said for name in FILES)
    assert str(tmp_path / "root" / "MNIST" / "raw") in said
    assert not list(tmp_path.iterdir())


def test_downloads_only_what_is_missing(broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = (broken / FILES[2]).read_bytes()
    (broken / FILES[2]).unlink()
    kept = (broken / FILES[0]).stat().st_ino

    def download(root: str, **_: Any) -> None:
        raw = Path(root) / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for name in FILES:
            (raw / name).write_bytes(missing)

    monkeypatch.setattr(datasets, "MNIST", download)
    assert run(tmp_path / "root", tmp_path / "out") == 0
    assert (broken / FILES[0]).stat().st_ino == kept
    assert sorted(path.name for path in broken.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("module", ["checkpoint", "picture", "events", "download"])
def test_full_disk(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    where = {
        "checkpoint": (Path, "write_bytes"),
        "picture": (Figure, "savefig"),
        "events": (SummaryWriter, "add_scalar"),
        "download": (datasets, "MNIST"),
    }
    monkeypatch.setattr(*where[module], full)
    root = tmp_path / "root" if module == "download" else tiny
    said = refusal(capsys, run(root, tmp_path / "new" / "out"), tmp_path / "new")
    assert "The disk is full" in said


def test_failure_keeps_earlier_results(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tiny, tmp_path) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SummaryWriter, "add_scalar", full)
    assert run(tiny, tmp_path, "--seed", "7") == 2
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert not list(tmp_path.glob(".unfinished*"))


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "meta", ""])
def test_unknown_device(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], device: str) -> None:
    said = refusal(capsys, run(tiny, tmp_path / "out", "--device", device), tmp_path / "out")
    assert f"There is no device '{device}' here" in said


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("MPS out of memory")])
def test_out_of_memory(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(recipes, "FusedMLP", fail)
    assert "too little free memory" in refusal(capsys, run(tiny, tmp_path / "out"), tmp_path / "out")


def test_a_fault_of_the_program_is_not_hidden(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("an illegal memory access")

    monkeypatch.setattr(recipes, "FusedMLP", fail)
    with pytest.raises(RuntimeError, match="illegal"):
        run(tiny, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_checkpoints_that_do_not_fit(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "start.pt", tmp_path / "out"
    model = initial_model("sigmoid", 0)
    contents: list[tuple[Any, str]] = [
        ({"state_dict": {}, "widths": [784, 32, 10], "activation": "sigmoid"}, "784-32-10"),
        ({"state_dict": {}, "widths": recipes.WIDTHS, "activation": "relu"}, "a relu network"),
        ({"state_dict": {}, "widths": recipes.WIDTHS, "activation": "sigmoid"}, "no checkpoint of this program"),
        (model.state_dict(), "no checkpoint of this program"),
        ([1, 2], "no checkpoint of this program"),
        (Path, "no checkpoint of this program"),
    ]
    for content, reason in contents:
        torch.save(content, path)
        assert reason in refusal(capsys, run(tiny, out, "--start-from", str(path)), out)
    for damaged in (b"", b"text"):
        path.write_bytes(damaged)
        assert "no checkpoint" in refusal(capsys, run(tiny, out, "--start-from", str(path)), out)
    path.unlink()
    assert "cannot be read" in refusal(capsys, run(tiny, out, "--start-from", str(path)), out)


def test_place_that_cannot_be_written(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    said = refusal(capsys, run(tiny, tmp_path / "file" / "out"), tmp_path / "file" / "out")
    assert "choose another folder with --out" in said


@pytest.mark.parametrize(
    "option", [("--epochs", "0"), ("--batch-size", "-1"), ("--recipe", "worst"), ("--seed", str(2**63))]
)
def test_options_out_of_range(tmp_path: Path, option: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(tmp_path, tmp_path / "out", *option)
    assert stop.value.code == 2


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot be read"):
        read_idx(tmp_path)
