"""Reads TensorBoard's scalars from the bytes of event files that a student's code has written.

The bytes are hostile: they are bounded and cut into records here before TensorBoard's own reader sees them, under a
file name of our own, and whatever goes wrong with them is a `WrongAnswer`.
"""

from __future__ import annotations

import math
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chainrule.checks import expect
from chainrule.probe.outcome import WrongAnswer

Scalars = dict[str, dict[int, float]]
"""By tag: the value at each global step."""

MOST_FILES = 16
MOST_BYTES = 1 << 20
MOST_RECORDS = 5_000
MOST_VALUES = 20_000
LONGEST_TAG = 200
"""Limits on all files together. Reading checksums takes about a second per 6 MiB."""

LENGTH = struct.Struct("<Q")
AROUND = 12 + 4
"""Bytes of a record beside its content: length and its checksum before, the content's checksum after."""

UNREADABLE = "An event file in log_dir is damaged: write it with a SummaryWriter, and close that at the end."


def scalars(files: object) -> Scalars:
    """The scalars in the files that the instrument `event_files` returned, a list of (size, bytes).

    Of several values of a tag at one step the last counts. NaN and infinity are left as they are.

    Raises:
        WrongAnswer: it is no such list, there is too much of it, or TensorBoard cannot read it.
    """
    contents = _contents(files)
    found: Scalars = {}
    for content in contents:
        for tag, step, value in _values_of(content):
            found.setdefault(tag, {})[step] = value
    return found


def _contents(files: object) -> list[bytes]:
    pairs = expect.sequence(files, None, "the list of event files")
    expect.that(len(pairs) <= MOST_FILES, f"There are more than {MOST_FILES} event files: use one writer per training.")
    contents = []
    for pair in pairs:
        size, content = expect.sequence(pair, 2, "an event file")
        expect.that(type(size) is int and type(content) is bytes, UNREADABLE)
        assert isinstance(content, bytes)
        expect.that(size == len(content), "An event file in log_dir is too large: write the scalars of each epoch.")
        contents.append(content)
    expect.that(
        sum(map(len, contents)) <= MOST_BYTES, "The event files in log_dir are too large: write the scalars only."
    )
    records = sum(map(_count_records, contents))
    expect.that(records <= MOST_RECORDS, "There are too many events: write each scalar once per epoch.")
    return contents


def _count_records(content: bytes) -> int:
    """How many records a file holds; each says how long it is, and must not say more than there is."""
    place = count = 0
    while place < len(content):
        if len(content) - place < AROUND:
            raise WrongAnswer(UNREADABLE)
        place += AROUND + LENGTH.unpack_from(content, place)[0]
        count += 1
    expect.that(place == len(content), UNREADABLE)
    return count


def _values_of(content: bytes) -> Iterator[tuple[str, int, float]]:
    """Tag, step and value of every scalar."""
    # The events as they are in the file: TensorBoard's newer loader would expand tensors, to whatever size they claim.
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    room = MOST_VALUES
    with tempfile.TemporaryDirectory(prefix="chainrule-events-") as folder:
        file = Path(folder, "events.out.tfevents.0")
        file.write_bytes(content)
        try:
            events: list[Any] = list(LegacyEventFileLoader(str(file)).Load())
        except Exception as error:
            raise WrongAnswer(UNREADABLE) from error
    for event in events:
        for value in event.summary.value:
            room -= 1
            expect.that(room >= 0, "There are too many values in an event file: write each scalar once per epoch.")
            number = _number(value)
            if number is not None and len(value.tag) <= LONGEST_TAG:
                yield value.tag, event.step, number


def _number(value: Any) -> float | None:
    """The scalar that a summary value holds, in the older form or as a tensor of one number."""
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor") or any(side.size != 1 for side in value.tensor.tensor_shape.dim):
        return None
    for numbers in (value.tensor.float_val, value.tensor.double_val):
        if len(numbers) == 1:
            return float(numbers[0])
    if len(value.tensor.tensor_content) == 4:
        return float(struct.unpack("<f", value.tensor.tensor_content)[0])
    return None


def check_scalar(found: Scalars, tag: str, want: list[float]) -> None:
    """The values under `tag` are `want` at steps 1, 2, …, up to the precision of float32."""
    __tracebackhide__ = True
    expect.that(tag in found, f'There is no scalar under the tag "{tag}".')
    steps = sorted(found[tag])
    expect.that(
        steps == list(range(1, len(want) + 1)),
        f'The tag "{tag}" has {len(steps)} steps from {_short(steps[0])} to {_short(steps[-1])}: count the {len(want)} '
        "epochs from 1.",
    )
    values = [found[tag][step] for step in steps]
    expect.that(all(map(math.isfinite, values)), f'The tag "{tag}" has a value that is nan or infinite.')
    expect.near(values, want, f'the scalar "{tag}", compared with the history,')


def _short(step: int) -> str:
    return str(step) if abs(step) < 1000 else "a very large number"
