"""Event files are hostile input: whatever their bytes are, a wrong answer is the worst that comes of them."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from tensorboard.summary.writer.record_writer import masked_crc32c
from torch.utils.tensorboard import SummaryWriter

from chainrule.assignments.pytorch_mlp import event_files
from chainrule.assignments.pytorch_mlp.event_files import Scalars
from chainrule.checks import expect
from chainrule.probe.outcome import WrongAnswer

LOSSES = [0.5, 0.25, 0.125]


def record(content: bytes) -> bytes:
    """One record as TensorBoard frames it."""
    length = struct.pack("<Q", len(content))
    around = struct.pack("<I", masked_crc32c(length)), struct.pack("<I", masked_crc32c(content))
    return length + around[0] + content + around[1]


def event(tag: str, step: int, value: float | None = None, tensor: TensorProto | None = None) -> bytes:
    """A record with one scalar, as a simple value or as a tensor."""
    held = {"simple_value": value} if tensor is None else {"tensor": tensor}
    summary = Summary(value=[Summary.Value(tag=tag, **held)])
    return record(Event(wall_time=1.0, step=step, summary=summary).SerializeToString())


def packed(*contents: bytes) -> list[list[object]]:
    """Files as the instrument in the student's process returns them."""
    return [[len(content), content] for content in contents]


def read(*contents: bytes) -> Scalars:
    """The scalars in these files."""
    return event_files.scalars(packed(*contents))


def said(files: object) -> str:
    """What is wrong with files, "" if nothing is; only a wrong answer may come of them."""
    return _message(event_files.scalars, files)


def _message(ask: Callable[..., object], *args: object) -> str:
    try:
        ask(*args)
    except WrongAnswer as problem:
        return str(problem)
    return ""


@pytest.fixture
def written(tmp_path: Path) -> bytes:
    """What torch's SummaryWriter writes for three epochs."""
    with SummaryWriter(str(tmp_path)) as writer:
        for step, loss in enumerate(LOSSES, start=1):
            writer.add_scalar("loss/train", loss, step)
            writer.add_scalar("learning_rate", 0.001, step, new_style=True)
    (file,) = tmp_path.iterdir()
    return file.read_bytes()


def test_scalars_of_a_summary_writer_are_read(written: bytes) -> None:
    found = read(written)
    assert found["loss/train"] == {1: 0.5, 2: 0.25, 3: 0.125}
    assert found["learning_rate"] == pytest.approx({1: 0.001, 2: 0.001, 3: 0.001})


def test_files_of_several_writers_are_read_together() -> None:
    assert read(event("a", 1, 2.0), event("a", 2, 3.0) + event("b", 1, 4.0)) == {"a": {1: 2.0, 2: 3.0}, "b": {1: 4.0}}


def test_no_files_and_empty_files_hold_no_scalars() -> None:
    assert read() == {}
    assert read(b"") == {}


def test_images_texts_and_histograms_are_passed_over(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("text", "words", 1)
        writer.add_histogram("histogram", np.arange(9.0), 1)
        writer.add_image("image", np.zeros((3, 4, 4)), 1)
        writer.add_scalar("loss", 1.0, 1)
    assert read(*(file.read_bytes() for file in tmp_path.iterdir())) == {"loss": {1: 1.0}}


def test_tensor_that_claims_to_be_huge_is_no_scalar() -> None:
    huge = TensorShapeProto(dim=[TensorShapeProto.Dim(size=2**40), TensorShapeProto.Dim(size=2**20)])
    started = time.monotonic()
    assert read(event("bomb", 1, tensor=TensorProto(dtype=DT_FLOAT, tensor_shape=huge, float_val=[1.0]))) == {}
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_values_that_are_not_finite_are_a_wrong_answer(value: float) -> None:
    with pytest.raises(WrongAnswer, match="nan or infinite"):
        event_files.check_scalar(read(event("loss", 1, value)), "loss", [0.5])


HOSTILE_FILES: dict[str, object] = {
    "none": None,
    "text": "events",
    "number": 7,
    "dict": {"a": b""},
    "an array": np.zeros((2, 2)),
    "a file that is no pair": [b"bytes"],
    "a pair of texts": [["5", "bytes"]],
    "a size that is a bool": [[True, b"x"]],
    "three values": [[1, b"x", 2]],
    "another size": [[10**9, b"x"]],
    "a negative size": [[-1, b""]],
    "an array for bytes": [[3, np.zeros(3, np.uint8)]],
    "too many files": packed(*[b""] * 1000),
    "too many bytes": packed(bytes(event_files.MOST_BYTES + 1)),
    "too many bytes in all": packed(*[bytes(event_files.MOST_BYTES // 2)] * 3),
    "too many records": packed(event("a", 1, 1.0) * (event_files.MOST_RECORDS + 1)),
    "zeros": packed(bytes(1000)),
    "text that is no record": packed(b"epoch 1: loss 0.5\n" * 50),
    "cut off in a length": packed(event("a", 1, 1.0)[:5]),
    "cut off in its content": packed(event("a", 1, 1.0)[:-9]),
    "cut off in a checksum": packed(event("a", 1, 1.0)[:-1]),
    "the longest length": packed(struct.pack("<QI", 2**64 - 1, 0) + bytes(50)),
    "the longest length with its checksum": packed(
        struct.pack("<Q", 2**64 - 1) + struct.pack("<I", masked_crc32c(struct.pack("<Q", 2**64 - 1))) + bytes(50)
    ),
    "no event": packed(record(b"\xff\xfe\xfd" * 9)),
    "a tag that is no text": packed(
        record(Event(step=1).SerializeToString() + b"\x2a\x08\x0a\x06\x0a\x02\xff\xfe\x15\x00")
    ),
}


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_hostile_files_are_a_wrong_answer(name: str) -> None:
    message = said(HOSTILE_FILES[name])
    assert message
    assert message.isprintable()
    assert len(message) < 200


def test_many_values_in_one_event_are_a_wrong_answer() -> None:
    value = Summary.Value(tag="a", simple_value=1.0)
    summary = Summary(value=[value] * (event_files.MOST_VALUES + 1))
    assert "too many values" in said(packed(record(Event(step=1, summary=summary).SerializeToString())))


def test_longest_files_are_read_in_bounded_time() -> None:
    content = event("a" * 180, 1, 1.0)
    content *= min(event_files.MOST_BYTES // len(content), event_files.MOST_RECORDS)
    started = time.monotonic()
    read(content)
    assert time.monotonic() - started < 5


def test_very_long_tags_are_passed_over() -> None:
    assert read(event("a" * 100_000, 1, 1.0)) == {}


Damage = Callable[[np.random.Generator, bytes], bytes]


def flipped(rng: np.random.Generator, content: bytes) -> bytes:
    damaged = bytearray(content)
    for place in rng.integers(0, len(content), int(rng.integers(1, 6))):
        damaged[place] = int(rng.integers(256))
    return bytes(damaged)


def cut(rng: np.random.Generator, content: bytes) -> bytes:
    return content[: int(rng.integers(len(content)))]


def spliced(rng: np.random.Generator, content: bytes) -> bytes:
    start, end = sorted(rng.integers(0, len(content), 2).tolist())
    return content[:end] + rng.bytes(int(rng.integers(20))) + content[start:]


def sealed(rng: np.random.Generator, content: bytes) -> bytes:
    """Damaged inside the records, with checksums that fit."""
    parts, place = [], 0
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        inside = content[place + 12 : place + 12 + length]
        parts.append(record(flipped(rng, inside) if rng.random() < 0.5 and inside else inside))
        place += 16 + length
    return b"".join(parts)


def noise(rng: np.random.Generator, content: bytes) -> bytes:
    return record(rng.bytes(int(rng.integers(1, 200))))


@pytest.mark.parametrize("damage", [flipped, cut, spliced, sealed, noise])
def test_damaged_files_raise_nothing_but_a_wrong_answer(written: bytes, damage: Damage) -> None:
    rng = np.random.default_rng(11)
    for _ in range(150):
        files = packed(damage(rng, written))
        if not said(files):
            found = event_files.scalars(files)
            for tag in ("loss/train", *list(found)[:3]):
                assert len(_judged(found, tag)) < 500


def _judged(found: Scalars, tag: str) -> str:
    """What `check_scalar` says."""
    return _message(event_files.check_scalar, found, tag, LOSSES)


def test_steps_count_from_one() -> None:
    assert "from 0 to 2" in _judged({"loss": {0: 0.5, 1: 0.25, 2: 0.125}}, "loss")
    assert "2 steps" in _judged({"loss": {1: 0.5, 2: 0.25}}, "loss")
    assert "very large" in _judged({"loss": {1: 0.5, 2: 0.25, 2**62: 0.125}}, "loss")


def test_wrong_values_and_missing_tags_are_told() -> None:
    assert "no scalar under the tag" in _judged({}, "loss")
    assert "compared with the history" in _judged({"loss": {1: 0.5, 2: 0.25, 3: 0.126}}, "loss")
    assert _judged({"loss": {1: 0.5, 2: 0.25, 3: 0.125 + 1e-9}}, "loss") == ""


def test_files_stay_out_of_the_students_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy that is read has a name of ours and is gone afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read(event("a", 1, 1.0))
    assert not list(tmp_path.iterdir())


def test_single_precision_is_near_but_other_numbers_are_not() -> None:
    """`expect.near` is what scalars are compared with."""

    def near(got: object, want: object) -> bool:
        return not _message(expect.near, got, want, "it")

    assert near(np.array([0.1, 5.0], np.float32), [0.1, 5.0])
    assert near(np.array(0.1, np.float32), 0.1)
    assert not near(np.array([0.1, 5.01]), [0.1, 5.0])
    assert not near([0.1], [0.1, 5.0])
    assert not near(float("nan"), float("nan"))
