"""Hostile inputs by the thousand: no crash of the grader, no hang past its limit, always a named outcome.

A few hundred of each kind by default, the same ones every time; CHAINRULE_FUZZ=10000 for a long run, with another
CHAINRULE_FUZZ_SEED. What was a failure once is kept in `corpus/`.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from conftest import notebook_of
from hypothesis import strategies as st
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_core.utils import ensure_event_loop
from nbformat import NotebookNode
from test_probe import Forger

import fuzzing
import small_course
from chainrule.checks import expect
from chainrule.engine import notebook as notebooks
from chainrule.engine import outputs
from chainrule.engine.grade import Graded
from chainrule.engine.notebook import FinishedNotebook
from chainrule.engine.released import ReleasedCell, restore
from chainrule.engine.results import Results
from chainrule.engine.submission import MAX_BYTES, MAX_VALUES, Submission, read_submission
from chainrule.inside import bounded_session, wire
from chainrule.inside.bounded_session import BoundedSession
from chainrule.probe.outcome import StudentProblem, WrongAnswer
from chainrule.sandbox.bounded_client import LONGEST_MESSAGE
from chainrule.sandbox.kernel import SandboxedKernel, SandboxLostError
from chainrule.sandbox.limits import Limits
from chainrule.workers.task import carried_out, outcome
from fake_kernel import FakeProvisioner, Message, run_against
from fuzzing import bounded, corpus, fuzzed


@pytest.fixture(scope="module", autouse=True)
def _say_how() -> None:
    print(f"CHAINRULE_FUZZ={fuzzing.EXAMPLES} CHAINRULE_FUZZ_SEED={fuzzing.SEED}")  # noqa: T201


# Notebooks, in structure and bytes.


def _released(name: str, source: str | None, **settings: Any) -> ReleasedCell:
    metadata = {"grade_id": name, "grade": False, "solution": False, "locked": True, "task": False, **settings}
    return ReleasedCell(metadata, "code", source)


RELEASED = {
    "setup": _released("setup", "import numpy as np"),
    "softmax_answer": _released("softmax_answer", None, solution=True, locked=False),
    "softmax": _released("softmax", "check(softmax)", grade=True, points=3),
}
ANSWER = "def softmax(scores):\n    return 1"
PROSE = "What *softmax* does."


def _sound_notebook() -> NotebookNode:
    notebook = notebook_of(*(cell.source or ANSWER for cell in RELEASED.values()))
    for cell, released in zip(notebook.cells, RELEASED.values(), strict=True):
        cell.metadata["nbgrader"] = dict(released.metadata)
        cell.outputs = [nbformat.v4.new_output("stream", text="1\n")]
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(PROSE))
    return notebook


SOUND = json.loads(nbformat.writes(_sound_notebook()))


def graded_but_for_running(raw: bytes, keep_outputs: bool) -> tuple[Submission, Graded]:
    """All that grading does with a file beside running it, up to what travels back to the gradebook's process."""
    read = read_submission(raw, keep_outputs)
    # Outputs that are kept are made safe before anything else looks at them.
    outputs.sanitize(read.notebook, {PROSE})
    notes = [*read.notes, *restore(read.notebook, RELEASED)]
    outputs.sanitize(read.notebook, {PROSE})
    results = Results(
        assignment="week1", submission="", seed="", grader="", sandbox="", seconds=0.0, notes=notes, exercises=[]
    )
    return read, outcome(carried_out(lambda: Graded(results, read.notebook)))


def every_file_is_graded_or_has_a_reason(raw: bytes, keep_outputs: bool) -> None:
    with bounded():
        read, graded = graded_but_for_running(raw, keep_outputs)
    nbformat.validate(graded.notebook)
    by_name = {cell.metadata.nbgrader.grade_id: cell for cell in graded.notebook.cells if cell.metadata.get("nbgrader")}
    for name, released in RELEASED.items():
        if released.source is not None:
            assert by_name[name].source == released.source
        elif name not in by_name:
            assert f"The cell `{name}`, where the answer belongs, is missing." in graded.results.notes
    assert read.raw == raw
    assert all(note.isprintable() for note in graded.results.notes)


@fuzzed(raw=fuzzing.files(SOUND), keep_outputs=st.booleans())
def test_every_file_is_graded_or_has_a_reason(raw: bytes, keep_outputs: bool) -> None:
    every_file_is_graded_or_has_a_reason(raw, keep_outputs)


@pytest.mark.parametrize("file", corpus("notebooks"), ids=lambda file: file.name)
@pytest.mark.parametrize("keep_outputs", [True, False], ids=["outputs kept", "outputs left out"])
def test_every_file_of_the_corpus_is_graded_or_has_a_reason(file: Path, keep_outputs: bool) -> None:
    every_file_is_graded_or_has_a_reason(file.read_bytes(), keep_outputs)


AMPLIFIED = {
    "lists": b"[],",
    "dicts": b"{},",
    "dicts in dicts": b'{"a":{}},',
    "texts": b'"ab",',
    "numbers": b"1.5,",
}
"""What takes many times its size once it is read."""


@pytest.mark.parametrize("value", AMPLIFIED.values(), ids=AMPLIFIED.keys())
def test_megabytes_of_small_values_do_not_fill_the_memory(value: bytes) -> None:
    many = value * (MAX_BYTES // len(value) - 20)
    every_file_is_graded_or_has_a_reason(b'{"nbformat": 4, "cells": [], "metadata": {"a": [' + many + b"1]}}", False)


@pytest.mark.parametrize("value", AMPLIFIED.values(), ids=AMPLIFIED.keys())
def test_as_many_small_values_as_are_allowed_do_not_either(value: bytes) -> None:
    counted = sum(value.count(sign) for sign in b",[{")
    many = value * ((MAX_VALUES - 10) // counted)
    read = b'{"nbformat": 4, "cells": [], "metadata": {"a": [' + many + b"1]}}"
    every_file_is_graded_or_has_a_reason(read, False)
    assert not read_submission(read).notes


# Frames of the probe.


def decoded(body: bytes) -> wire.Reply | None:
    with bounded(), suppress(wire.ProtocolError):
        return wire.decode_reply(body)
    return None


@fuzzed(share=5, body=fuzzing.replies)
def test_a_reply_is_plain_data_or_none(body: bytes) -> None:
    reply = decoded(body)
    if isinstance(reply, wire.Returned):
        assert_plain(reply.value)


def assert_plain(value: Any) -> None:
    if isinstance(value, np.ndarray):
        assert f"{value.dtype.kind}{value.dtype.itemsize}" in wire.DTYPES
        assert value.flags.writeable or value.dtype == bool
    elif isinstance(value, dict):
        assert all(type(key) is str for key in value)
        for inner in value.values():
            assert_plain(inner)
    elif isinstance(value, list):
        for inner in value:
            assert_plain(inner)
    else:
        assert value is None or type(value) in (bool, int, float, str, bytes)


COMPARISONS = {
    "close to an array": lambda got: expect.close(got, np.eye(2), "it", batch=2),
    "close to a number": lambda got: expect.close(got, 0.5, "it"),
    "near": lambda got: expect.near(got, np.ones(3), "it", batch=3),
    "a whole number": lambda got: expect.equal(got, 3, "it"),
    "a truth value": lambda got: expect.equal(got, True, "it"),
    "text": lambda got: expect.equal(got, "relu", "it"),
    "a number": lambda got: expect.number(got, "it"),
    "an array": lambda got: expect.array(got, "it", (2, 2)),
    "a dtype": lambda got: expect.dtype(got, "float32", "it"),
    "a shape": lambda got: expect.shape(got, (2, 2), "it"),
    "indices": lambda got: expect.indices(got, "it"),
    "a sequence": lambda got: expect.sequence(got, 2, "it"),
    "a mapping": lambda got: expect.mapping(got, ["W1", "b1"], "it"),
    "unchanged": lambda got: expect.unchanged(got, np.eye(2), "it"),
}


@pytest.mark.parametrize("compare", COMPARISONS.values(), ids=COMPARISONS.keys())
@fuzzed(body=fuzzing.values)
def test_a_comparison_says_wrong_and_nothing_else(compare: Any, body: bytes) -> None:
    reply = decoded(body)
    if isinstance(reply, wire.Returned):
        with bounded(), np.errstate(all="ignore"), suppress(WrongAnswer):
            compare(reply.value)


@fuzzed(
    stream=st.lists(st.one_of(st.binary(max_size=30), fuzzing.framed), max_size=5).map(b"".join),
    size=st.integers(1, 40),
)
def test_a_channel_gives_frames_until_it_is_closed(stream: bytes, size: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, bounded():
        with theirs:
            for start in range(0, len(stream), size):
                theirs.sendall(stream[start : start + size])
        left = len(stream)
        with suppress(EOFError, wire.ProtocolError):
            while left >= 0:
                token, body = wire.receive(ours)
                left -= len(token) + len(body) + 4
    assert left >= 0


QUESTIONS = {
    "a value": lambda student: student.softmax(np.eye(2), axis=1),
    "an object": lambda student: student.make.keep(1).value(),
    "an item": lambda student: student.variable("scores")[0].value(),
    "a method": lambda student: student.variable("model").forward(np.eye(2)),
    "an exception": lambda student: student.softmax.raises("ValueError", None),
    "what it calls": lambda student: student.gradient(lambda x: x + 1, np.eye(2)),
    "something kept": lambda student: student.put([1, 2]).assign(np.eye(2)),
    "an instrument": lambda student: student.instruments.sgd.keep([1]).step(),
}


def answer(question: Any, answers: list[tuple[bytes, str]]) -> Any:
    """What a question comes to whose answers, one after the other, are these."""

    def behave(channel: socket.socket) -> None:
        for body, how in answers:
            token, _ = wire.receive(channel)
            sound = wire.HEADER.pack(len(body), token) + body
            channel.sendall({"late": wire.HEADER.pack(len(body), bytes(8)) + body, "cut": sound[:-1]}.get(how, sound))
            if how == "gone":
                return
        # Whoever asks on waits.
        channel.recv(1)

    forger = Forger(behave)
    with closing(forger), bounded(), np.errstate(all="ignore"):
        finished = FinishedNotebook(notebook_of(), forger.kernel, None)
        with closing(finished.student(0.2)) as student:
            return question(student)


answers = st.lists(
    st.tuples(fuzzing.replies, st.sampled_from(["sound", "sound", "sound", "late", "cut", "gone"])),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
@fuzzed(share=0.25, answers=answers)
def test_every_answer_is_a_value_or_a_named_problem(question: Any, answers: list[tuple[bytes, str]]) -> None:
    with suppress(StudentProblem, WrongAnswer):
        answer(question, answers)


@pytest.mark.parametrize("file", corpus("replies"), ids=lambda file: file.name)
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_every_answer_of_the_corpus_is_a_value_or_a_named_problem(question: Any, file: Path) -> None:
    with suppress(StudentProblem, WrongAnswer):
        answer(question, [(file.read_bytes(), "sound")] * 3)


# What a guard says, and what a kernel's session sends.


@fuzzed(told=st.lists(st.one_of(st.binary(min_size=1, max_size=40), fuzzing.json_bytes, fuzzing.told), max_size=5))
def test_a_guard_says_what_became_of_the_kernel_or_is_lost(told: list[bytes]) -> None:
    ours, guard = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    probe, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, probe, inside:
        kernel = SandboxedKernel(ours, probe, Path("/nonexistent"), key="")
        with guard:
            for message in told:
                guard.send(message[:1000])
        with bounded(), suppress(SandboxLostError):
            while kernel.poll(seconds=1) is None:
                pass
            kernel.require_watched()
    assert all(type(limit) is str for limit in kernel.limits_hit)


@fuzzed(message=fuzzing.printed)
def test_a_session_shortens_what_the_other_side_would_hang_up_on(message: tuple[str, dict[str, Any]]) -> None:
    session = BoundedSession(key=b"key")
    with pytest.MonkeyPatch.context() as patch, bounded():
        for name in ("MAX_MESSAGE", "LONGEST_STREAM", "LONGEST_TEXT"):
            patch.setattr(bounded_session, name, getattr(bounded_session, name) // 1000)
        parts = session.serialize(session.msg(*message))
    assert sum(map(len, parts)) <= LONGEST_MESSAGE // 1000


# Messages of a kernel.

SHORT = Limits(cell_seconds=0.2, notebook_seconds=1.0, start_seconds=20.0)


@pytest.fixture(scope="module")
def fake_kernels() -> Iterator[None]:
    """Kernels are what `fake_kernel` makes; one that does not answer is waited for a moment only."""
    with pytest.MonkeyPatch.context() as patch:
        make = lambda self, kernel_id, kernel_spec, parent: FakeProvisioner(  # noqa: E731
            kernel_id=kernel_id, kernel_spec=kernel_spec, parent=parent
        )
        patch.setattr(KernelProvisionerFactory, "create_provisioner_instance", make)
        patch.setattr(notebooks, "STOP_SECONDS", 0.1)
        yield


def every_message_is_taken_or_ends_the_notebook(messages: list[Message], ends: bool) -> None:
    with bounded():
        finished = run_against(messages, ends, SHORT)
        outputs.sanitize(finished.notebook, ())
        results = Results(
            assignment="",
            submission="",
            seed="",
            grader="",
            sandbox="",
            seconds=0.0,
            notes=finished.notes,
            exercises=[],
        )
        graded = outcome(carried_out(lambda: Graded(results, finished.notebook)))
    assert not asyncio.all_tasks(ensure_event_loop())
    assert isinstance(finished.problem, StudentProblem | None)
    assert finished.problem is None or finished.notes
    nbformat.validate(graded.notebook)


@fuzzed(share=0.25, messages=fuzzing.kernel_messages, ends=st.sampled_from([True, True, True, True, False]))
def test_every_message_is_taken_or_ends_the_notebook(fake_kernels: None, messages: list[Message], ends: bool) -> None:
    every_message_is_taken_or_ends_the_notebook(messages, ends)


@pytest.mark.parametrize("file", corpus("messages"), ids=lambda file: file.name)
def test_every_message_of_the_corpus_is_taken_or_ends_the_notebook(fake_kernels: None, file: Path) -> None:
    every_message_is_taken_or_ends_the_notebook(json.loads(file.read_text()), ends=True)


# The whole way.


def test_a_class_of_such_files_is_graded_and_its_neighbours_keep_their_points(tmp_path: Path) -> None:
    course = small_course.make(tmp_path)
    sound = json.loads(small_course.hand_in(course, "honest").read_text())
    tried: list[bytes] = [file.read_bytes() for file in corpus("notebooks")]

    @fuzzed(share=0.05, raw=fuzzing.files(sound))
    def drawn(raw: bytes) -> None:
        tried.append(raw)

    drawn()
    for number, raw in enumerate(tried):
        file = small_course.hand_in(course, f"student{number}")
        file.write_bytes(raw)
    graded = {one.student: one for one in course.grade(small_course.NAME)}
    assert graded["honest"].results is not None
    assert graded["honest"].results.score == small_course.POINTS
    for number, raw in enumerate(tried):
        one = graded[f"student{number}"]
        assert one.results is not None, (raw[:2000], one.log)
        assert not one.results.grader_fault
        assert one.results.outcomes
