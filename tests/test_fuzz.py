"""Hostile inputs by the thousand: no crash of the grader, no hang past its limit, always a named outcome.

A thousand in all by default, the same ones every time; CHAINRULE_FUZZ=10000 for a long run, with another
CHAINRULE_FUZZ_SEED. What was a failure once is kept in `corpus/`, where a run puts it.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
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
def _count(request: pytest.FixtureRequest) -> Iterator[None]:
    """What was tried, and what came of it, at the end."""
    yield
    counts = [f"{count:6} {what}: {outcome}" for (what, outcome), count in sorted(fuzzing.outcomes.items())]
    total = f"{fuzzing.outcomes.total():6} inputs of CHAINRULE_FUZZ={fuzzing.INPUTS} CHAINRULE_FUZZ_SEED={fuzzing.SEED}"
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(["", *counts, total]))  # noqa: T201


def test_the_shares_are_of_a_hundred() -> None:
    assert sum(fuzzing.SHARES.values()) == 100


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


def every_file_is_graded_or_has_a_reason(raw: bytes, keep_outputs: bool) -> str:
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
    return "no notebook, with a note" if read.notes else "a notebook, with notes" if graded.results.notes else "sound"


def _kept_notebook(raw: bytes, keep_outputs: bool = False) -> tuple[str, bytes]:
    return "notebooks", raw


@fuzzed("notebooks in structure", _kept_notebook, raw=fuzzing.structures(SOUND), keep_outputs=st.booleans())
def test_every_notebook_is_graded_or_has_a_reason(raw: bytes, keep_outputs: bool) -> str:
    return every_file_is_graded_or_has_a_reason(raw, keep_outputs)


@fuzzed("notebooks in bytes", _kept_notebook, raw=fuzzing.files(SOUND), keep_outputs=st.booleans())
def test_every_file_is_graded_or_has_a_reason(raw: bytes, keep_outputs: bool) -> str:
    return every_file_is_graded_or_has_a_reason(raw, keep_outputs)


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


def _kept_reply(body: bytes) -> tuple[str, bytes]:
    return "replies", body


@fuzzed("probe: replies", _kept_reply, body=fuzzing.replies)
def test_a_reply_is_plain_data_or_none(body: bytes) -> str:
    reply = decoded(body)
    if isinstance(reply, wire.Returned):
        assert_plain(reply.value)
    return "none" if reply is None else type(reply).__name__


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


COMPARISONS: dict[str, Callable[[Any], object]] = {
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


def every_comparison_says_wrong_and_nothing_else(body: bytes) -> str:
    reply = decoded(body)
    if not isinstance(reply, wire.Returned):
        return "none"
    with bounded(), np.errstate(all="ignore"):
        for compare in COMPARISONS.values():
            with suppress(WrongAnswer):
                compare(reply.value)
    return "compared in every way"


@fuzzed("probe: values", _kept_reply, body=fuzzing.values)
def test_every_comparison_says_wrong_and_nothing_else(body: bytes) -> str:
    return every_comparison_says_wrong_and_nothing_else(body)


@pytest.mark.parametrize("file", corpus("replies"), ids=lambda file: file.name)
def test_every_comparison_says_wrong_of_the_corpus_and_nothing_else(file: Path) -> None:
    every_comparison_says_wrong_and_nothing_else(file.read_bytes())


def a_channel_gives_frames_until_it_is_closed(stream: bytes, size: int) -> str:
    """`size` is how many bytes come at a time."""
    ours, theirs = socket.socketpair()
    end = "closed"
    with ours, bounded():
        with theirs:
            for start in range(0, len(stream), size):
                theirs.sendall(stream[start : start + size])
        left = len(stream)
        try:
            while left >= 0:
                token, body = wire.receive(ours)
                left -= len(token) + len(body) + 4
        except EOFError:
            pass
        except wire.ProtocolError:
            end = "refused"
    assert left >= 0
    return end


@fuzzed(
    "probe: streams",
    lambda stream, size: ("streams", stream),
    stream=st.lists(st.one_of(st.binary(max_size=30), fuzzing.framed), max_size=5).map(b"".join),
    size=st.integers(1, 40),
)
def test_a_channel_gives_frames_until_it_is_closed(stream: bytes, size: int) -> str:
    return a_channel_gives_frames_until_it_is_closed(stream, size)


@pytest.mark.parametrize("size", [1, 7, 40])
@pytest.mark.parametrize("file", corpus("streams"), ids=lambda file: file.name)
def test_a_channel_gives_frames_of_the_corpus_until_it_is_closed(file: Path, size: int) -> None:
    a_channel_gives_frames_until_it_is_closed(file.read_bytes(), size)


QUESTIONS: dict[str, Callable[[Any], object]] = {
    "a value": lambda student: student.softmax(np.eye(2), axis=1),
    "an object": lambda student: student.make.keep(1).value(),
    "an item": lambda student: student.variable("scores")[0].value(),
    "a method": lambda student: student.variable("model").forward(np.eye(2)),
    "an exception": lambda student: student.softmax.raises("ValueError", None),
    "what it calls": lambda student: student.gradient(lambda x: x + 1, np.eye(2)),
    "something kept": lambda student: student.put([1, 2]).assign(np.eye(2)),
    "an instrument": lambda student: student.instruments.sgd.keep([1]).step(),
}


def answer(name: str, answers: list[tuple[bytes, str]]) -> Any:
    """What the question of this name comes to whose answers, one after the other, are these."""

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
            return QUESTIONS[name](student)


answers = st.lists(
    st.tuples(fuzzing.replies, st.sampled_from(["sound", "sound", "sound", "late", "cut", "gone"])),
    min_size=1,
    max_size=4,
)


def _kept_answers(question: str, answers: list[tuple[bytes, str]]) -> tuple[str, bytes]:
    return "answers", json.dumps([question, [[body.decode("latin-1"), how] for body, how in answers]]).encode()


def every_answer_is_a_value_or_a_named_problem(question: str, answers: list[tuple[bytes, str]]) -> str:
    try:
        answer(question, answers)
    except (StudentProblem, WrongAnswer) as problem:
        return str(problem.outcome)
    return "a value"


@fuzzed("probe: answers", _kept_answers, question=st.sampled_from(sorted(QUESTIONS)), answers=answers)
def test_every_answer_is_a_value_or_a_named_problem(question: str, answers: list[tuple[bytes, str]]) -> str:
    return every_answer_is_a_value_or_a_named_problem(question, answers)


@pytest.mark.parametrize("file", corpus("replies"), ids=lambda file: file.name)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_reply_of_the_corpus_is_a_value_or_a_named_problem(question: str, file: Path) -> None:
    every_answer_is_a_value_or_a_named_problem(question, [(file.read_bytes(), "sound")] * 3)


@pytest.mark.parametrize("file", corpus("answers"), ids=lambda file: file.name)
def test_every_answer_of_the_corpus_is_a_value_or_a_named_problem(file: Path) -> None:
    question, kept = json.loads(file.read_text())
    every_answer_is_a_value_or_a_named_problem(question, [(body.encode("latin-1"), how) for body, how in kept])


# What a guard says, and what a kernel's session sends.


def _kept_words(told: list[bytes]) -> tuple[str, bytes]:
    return "told", json.dumps([message.decode("latin-1") for message in told]).encode()


def a_guard_says_what_became_of_the_kernel_or_is_lost(told: list[bytes]) -> str:
    ours, guard = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    probe, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    became = "ended"
    with ours, probe, inside:
        kernel = SandboxedKernel(ours, probe, Path("/nonexistent"), key="")
        with guard:
            for message in told:
                guard.send(message[:1000])
        with bounded():
            try:
                while kernel.poll(seconds=1) is None:
                    pass
                kernel.require_watched()
            except SandboxLostError:
                became = "lost"
    assert all(type(limit) is str for limit in kernel.limits_hit)
    return became


@fuzzed(
    "messages of a guard",
    _kept_words,
    told=st.lists(
        fuzzing.mostly(fuzzing.told, st.one_of(st.binary(min_size=1, max_size=40), fuzzing.json_bytes), odds=4),
        max_size=5,
    ),
)
def test_a_guard_says_what_became_of_the_kernel_or_is_lost(told: list[bytes]) -> str:
    return a_guard_says_what_became_of_the_kernel_or_is_lost(told)


@pytest.mark.parametrize("file", corpus("told"), ids=lambda file: file.name)
def test_a_guard_of_the_corpus_says_what_became_of_the_kernel_or_is_lost(file: Path) -> None:
    a_guard_says_what_became_of_the_kernel_or_is_lost([text.encode("latin-1") for text in json.loads(file.read_text())])


def a_session_shortens_what_the_other_side_would_hang_up_on(kind: str, content: dict[str, Any]) -> str:
    session = BoundedSession(key=b"key")
    with pytest.MonkeyPatch.context() as patch, bounded():
        for name in ("MAX_MESSAGE", "LONGEST_STREAM", "LONGEST_TEXT"):
            patch.setattr(bounded_session, name, getattr(bounded_session, name) // 1000)
        parts = session.serialize(session.msg(kind, content))
    assert sum(map(len, parts)) <= LONGEST_MESSAGE // 1000
    return "short enough"


@fuzzed("messages to a client", lambda message: ("printed", json.dumps(message).encode()), message=fuzzing.printed)
def test_a_session_shortens_what_the_other_side_would_hang_up_on(message: tuple[str, dict[str, Any]]) -> str:
    return a_session_shortens_what_the_other_side_would_hang_up_on(*message)


@pytest.mark.parametrize("file", corpus("printed"), ids=lambda file: file.name)
def test_a_session_shortens_what_is_in_the_corpus(file: Path) -> None:
    a_session_shortens_what_the_other_side_would_hang_up_on(*json.loads(file.read_text()))


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


def every_message_is_taken_or_ends_the_notebook(messages: list[Message], ends: bool) -> str:
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
    return "finished" if finished.problem is None else str(finished.problem.outcome)


def _kept_messages(messages: list[Message], ends: bool) -> tuple[str, bytes]:
    return "messages" if ends else "messages_without_end", json.dumps(messages).encode()


@fuzzed(
    "messages of a kernel",
    _kept_messages,
    messages=fuzzing.kernel_messages,
    ends=st.sampled_from([True, True, True, True, False]),
)
def test_every_message_is_taken_or_ends_the_notebook(fake_kernels: None, messages: list[Message], ends: bool) -> str:
    return every_message_is_taken_or_ends_the_notebook(messages, ends)


@pytest.mark.parametrize("file", corpus("messages"), ids=lambda file: file.name)
def test_every_message_of_the_corpus_is_taken_or_ends_the_notebook(fake_kernels: None, file: Path) -> None:
    every_message_is_taken_or_ends_the_notebook(json.loads(file.read_text()), ends=True)


@pytest.mark.parametrize("file", corpus("messages_without_end"), ids=lambda file: file.name)
def test_messages_of_the_corpus_without_an_end_end_the_notebook(fake_kernels: None, file: Path) -> None:
    every_message_is_taken_or_ends_the_notebook(json.loads(file.read_text()), ends=False)


# The whole way.


def test_a_class_of_such_files_is_graded_and_its_neighbours_keep_their_points(tmp_path: Path) -> None:
    course = small_course.make(tmp_path)
    sound = json.loads(small_course.hand_in(course, "honest").read_text())
    kept = [file.read_bytes() for file in corpus("notebooks")]
    tried: list[bytes] = []

    @fuzzed(
        "notebooks, the whole way",
        _kept_notebook,
        raw=st.one_of(fuzzing.structures(sound), fuzzing.files(sound)),
    )
    def drawn(raw: bytes) -> str:
        tried.append(raw)
        return ""

    drawn()
    for number, raw in enumerate([*kept, *tried]):
        file = small_course.hand_in(course, f"student{number}")
        file.write_bytes(raw)
    graded = {one.student: one for one in course.grade(small_course.NAME)}
    assert graded["honest"].results is not None
    assert graded["honest"].results.score == small_course.POINTS
    for number, raw in enumerate([*kept, *tried]):
        one = graded[f"student{number}"]
        named = one.results is not None and not one.results.grader_fault and one.results.outcomes
        if not named:
            place = fuzzing.keep(f"the_whole_way_{number}_{fuzzing.SEED}", *_kept_notebook(raw))
            raise AssertionError(f"{place} has no named outcome: {one.log}")
    fuzzing.outcomes["notebooks, the whole way", "graded"] += len(tried)
