"""Values come back as plain data or not at all, whatever the student's process sends."""

from __future__ import annotations

import ctypes
import math
import pickle
import signal
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from conftest import RunCells, running_cells

from chainrule.engine.notebook import FinishedNotebook
from chainrule.inside import probe_server, wire
from chainrule.inside.messages import MAX_MESSAGE, Alone, Exited, HowMuch, LimitHit, Probed, ToGuard, Used
from chainrule.probe.copies import NotebookCopy
from chainrule.probe.outcome import Blocked, Crashed, Missing, OutOfMemory, StudentProblem, TimedOut, WrongAnswer
from chainrule.probe.student import Student
from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.limits import Limits

# A student's process made by hand.

Behaviour = Callable[[socket.socket], None]


class Forger:
    """A kernel whose copies do as `behave` says, once they have said hello."""

    def __init__(self, behave: Behaviour, hello: bytes | None = None) -> None:
        self.report, self.guard = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        probe, self.inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.folder = tempfile.TemporaryDirectory(prefix="chainrule-tests-")
        self.kernel = SandboxedKernel(self.report, probe, folder=Path(self.folder.name), key="")
        self._behave = behave
        self._hello = hello
        self.threads = [threading.Thread(target=run, daemon=True) for run in (self._run, self._watch)]
        for thread in self.threads:
            thread.start()

    def _run(self) -> None:
        token, descriptors, _, _ = socket.recv_fds(self.inside, 16, 1)
        with socket.socket(fileno=descriptors[0]) as channel:
            try:
                channel.sendall(self._hello or framed(msgspec.msgpack.encode(wire.Hello()), token))
                self._behave(channel)
            except (EOFError, OSError):
                # The grader has hung up, as it should.
                pass

    def _watch(self) -> None:
        """Answer as the guard of a submission that does nothing."""
        while message := self.guard.recv(MAX_MESSAGE):
            question = msgspec.json.decode(message, type=ToGuard)
            match question:
                case HowMuch(since):
                    self.guard.send(msgspec.json.encode(Used(since, processor=0.0, awake=0.0)))
                case Probed(number):
                    self.guard.send(msgspec.json.encode(Alone(number)))

    def close(self) -> None:
        for end in (self.report, self.kernel.probe, self.inside):
            end.close()
        for thread in self.threads:
            thread.join(10)
        self.guard.close()
        self.folder.cleanup()


@pytest.fixture
def forged() -> Iterator[Callable[..., Student]]:
    """Students whose copies behave as told."""
    forgers: list[Forger] = []
    students: list[Student] = []

    def make(behave: Behaviour, seconds: float = 5.0, hello: bytes | None = None) -> Student:
        forgers.append(Forger(behave, hello))
        students.append(Student(NotebookCopy(forgers[-1].kernel, seconds)))
        return students[-1]

    yield make
    for student in students:
        student.close()
    for forger in forgers:
        forger.close()


def framed(body: bytes, token: bytes) -> bytes:
    return wire.HEADER.pack(len(body), token) + body


def replying(body: bytes) -> Behaviour:
    """Answers every request with this body, however wrong, in a sound frame."""

    def behave(channel: socket.socket) -> None:
        while True:
            token, _ = wire.receive(channel)
            channel.sendall(framed(body, token))

    return behave


def returned(value: Any) -> bytes:
    return msgspec.msgpack.encode({"type": "returned", "value": value})


def array(*body: Any) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(wire.ARRAY, msgspec.msgpack.encode(body))


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


FORGERIES: dict[str, bytes] = {
    "no MessagePack": b"\xc1",
    "nothing": b"",
    "a pickle": pickle.dumps([1, 2]),
    "a pickle in an extension": returned(msgspec.msgpack.Ext(77, pickle.dumps(1))),
    "an unknown tag": msgspec.msgpack.encode({"type": "passed", "value": 1}),
    "a request": msgspec.msgpack.encode(wire.Read(0)),
    "an extra field": msgspec.msgpack.encode({"type": "returned", "value": 1, "score": 10}),
    "no value": msgspec.msgpack.encode({"type": "returned"}),
    "two values": returned(1) + returned(2),
    "cut off": returned([1, 2, 3])[:-1],
    "a list instead": msgspec.msgpack.encode([1]),
    "a handle": returned(msgspec.msgpack.Ext(wire.HANDLE, b"\x00")),
    "a callback number": returned(msgspec.msgpack.Ext(wire.CALLBACK, b"\x00")),
    "a generator": returned(msgspec.msgpack.Ext(wire.GENERATOR, b"\x00")),
    "a timestamp": returned(msgspec.msgpack.Ext(-1, bytes(4))),
    "a kept object": msgspec.msgpack.encode(wire.Kept(0)),
    "hello again": msgspec.msgpack.encode(wire.Hello()),
    "an unknown callback": msgspec.msgpack.encode(wire.Callback(3, [])),
    "a negative callback": msgspec.msgpack.encode(wire.Callback(-1, [])),
    "an array of objects": returned(array("O8", [1], bytes(8))),
    "a complex array": returned(array("c16", [1], bytes(16))),
    "a big-endian array": returned(array(">f8", [1], bytes(8))),
    "an array of text": returned(array("U4", [1], bytes(4))),
    "a huge shape": returned(array("f8", [2**40, 2**40], bytes(8))),
    "a huge shape without bytes": returned(array("f8", [2**62, 0], b"")),
    "a negative shape": returned(array("f8", [-1], bytes(8))),
    "too few bytes": returned(array("f8", [2], bytes(8))),
    "too many bytes": returned(array("f8", [2], bytes(24))),
    "too many dimensions": returned(array("f8", [1] * 33, bytes(8))),
    "an array of two things": returned(array("f8", [1])),
    "deep nesting": returned(nested(100)),
    "very deep nesting": b"\x82\xa4type\xa8returned\xa5value" + b"\x91" * 10**6 + b"\xc0",
    "very deep extensions": returned(1)[:-1] + b"\xc7\xff\x05" * 10**5,
    "a million items": returned([0] * 10**6),
    "sixteen million empty lists": b"\x82\xa4type\xa8returned\xa5value\xdd\x00\xff\xff\x00" + b"\x90" * 0xFFFF00,
    "four thousand million items": b"\x82\xa4type\xa8returned\xa5value\xdd\xff\xff\xff\xff",
    "keys that are no text": returned({1: 2}),
}


@pytest.mark.parametrize("body", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_reply_is_blocked(forged: Callable[..., Student], body: bytes) -> None:
    with pytest.raises(Blocked):
        forged(replying(body)).anything()


def test_a_returned_value_is_no_kept_object(forged: Callable[..., Student]) -> None:
    with pytest.raises(Blocked):
        forged(replying(returned(1))).anything.keep()


def test_a_frame_of_4_gigabytes_is_blocked(forged: Callable[..., Student]) -> None:
    def behave(channel: socket.socket) -> None:
        token, _ = wire.receive(channel)
        channel.sendall(struct.pack(">I8s", 2**32 - 1, token))
        channel.recv(1)

    with pytest.raises(Blocked):
        forged(behave).anything()


def test_a_reply_in_advance_is_blocked(forged: Callable[..., Student]) -> None:
    def behave(channel: socket.socket) -> None:
        channel.sendall(framed(returned(1), bytes(8)))
        wire.receive(channel)
        channel.recv(1)

    with pytest.raises(Blocked):
        forged(behave).anything()


def test_an_old_reply_again_is_blocked(forged: Callable[..., Student]) -> None:
    def behave(channel: socket.socket) -> None:
        old, _ = wire.receive(channel)
        channel.sendall(framed(returned(1), old))
        wire.receive(channel)
        channel.sendall(framed(returned(1), old))

    student = forged(behave)
    assert student.anything() == 1
    with pytest.raises(Blocked):
        student.anything()


def test_the_second_of_two_replies_is_blocked(forged: Callable[..., Student]) -> None:
    def behave(channel: socket.socket) -> None:
        token, _ = wire.receive(channel)
        channel.sendall(2 * framed(returned(1), token))
        channel.recv(1)

    student = forged(behave)
    assert student.anything() == 1
    with pytest.raises(Blocked):
        student.anything()


@pytest.mark.parametrize("hello", [framed(b"\x81\xa4type\xa5hello", bytes(8)), b"\xff" * 100], ids=["unasked", "noise"])
def test_a_forged_hello_is_blocked(forged: Callable[..., Student], hello: bytes) -> None:
    with pytest.raises(Blocked):
        forged(lambda channel: None, hello=hello)


def test_a_reply_that_trickles_in_is_timed_out(forged: Callable[..., Student]) -> None:
    def behave(channel: socket.socket) -> None:
        token, _ = wire.receive(channel)
        channel.sendall(wire.HEADER.pack(wire.MAX_FRAME, token))
        while True:
            channel.sendall(b"x")

    with pytest.raises(TimedOut):
        forged(behave, seconds=0.2).anything()


def test_a_student_who_never_reads_is_timed_out(forged: Callable[..., Student]) -> None:
    end = threading.Event()
    student = forged(lambda channel: end.wait(20), seconds=0.2)
    with pytest.raises(TimedOut):
        student.anything(np.zeros(10**6))
    end.set()


def test_endless_callbacks_are_timed_out(forged: Callable[..., Student]) -> None:
    student = forged(replying(msgspec.msgpack.encode(wire.Callback(0, [1]))), seconds=0.3)
    student.hear_up_to(10**9)
    with pytest.raises(TimedOut):
        student.anything(lambda x: x)


def test_slow_callbacks_count_as_the_students_time(forged: Callable[..., Student]) -> None:
    student = forged(replying(msgspec.msgpack.encode(wire.Callback(0, [1]))), seconds=0.1)
    with pytest.raises(TimedOut):
        student.anything(lambda x: sum(range(10**6)))


def test_a_callback_with_senseless_arguments_is_no_fault_of_the_grader(forged: Callable[..., Student]) -> None:
    student = forged(replying(msgspec.msgpack.encode(wire.Callback(0, ["text", None]))))
    with pytest.raises(Crashed, match="arguments it cannot take"):
        student.anything(lambda x: x + 1)


def test_a_truth_value_is_0_or_1(forged: Callable[..., Student]) -> None:
    got = forged(replying(returned(array("b1", [3], b"\x00\x01\x07")))).anything()
    assert got.view(np.uint8).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "hostile", ["a\x1b[2Jb", "a\u202eb", "a\nb\rc", "a\x00b", "x" * 10**6], ids=lambda text: ascii(text[:5])
)
def test_a_students_text_is_made_fit_to_show(forged: Callable[..., Student], hostile: str) -> None:
    body = msgspec.msgpack.encode(wire.Raised([hostile], hostile, hostile))
    with pytest.raises(Crashed) as caught:
        forged(replying(body)).anything()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        ("memory", OutOfMemory),
        ("time", TimedOut),
        ("processor time", TimedOut),
        ("processes", Blocked),
        ("files", Blocked),
    ],
)
def test_what_the_guard_says_is_the_outcome(
    forged: Callable[..., Student], limit: str, outcome: type[StudentProblem]
) -> None:
    forger = Forger(lambda channel: wire.receive(channel) and None)
    student = Student(NotebookCopy(forger.kernel, 5))
    forger.guard.send(msgspec.json.encode(LimitHit(limit, kernel=False)))
    with pytest.raises(outcome):
        student.anything()
    forger.close()


def test_a_limit_of_an_earlier_test_is_not_this_ones(forged: Callable[..., Student]) -> None:
    forger = Forger(lambda channel: wire.receive(channel) and None)
    forger.guard.send(msgspec.json.encode(LimitHit("memory", kernel=False)))
    student = Student(NotebookCopy(forger.kernel, 5))
    with pytest.raises(Crashed):
        student.anything()
    forger.close()


def test_after_a_kernel_died_of_a_limit_every_test_says_so() -> None:
    report, guard = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    probe, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    guard.send(msgspec.json.encode(LimitHit("memory", kernel=True)))
    guard.send(msgspec.json.encode(Exited(-signal.SIGKILL)))
    inside.close()
    with report, guard, probe:
        kernel = SandboxedKernel(report, probe, folder=Path("/nonexistent"), key="")
        for _ in range(2):
            with pytest.raises(OutOfMemory):
                NotebookCopy(kernel, 5)


# A student's process in the sandbox.

ORDINARY = """
import numpy as np

def same(value): return value
def missing_answer(): raise NotImplementedError
def broken(): return 1 / 0
def wait_for_ever():
    while True: pass
def recurse(): return recurse()
def leave(): import os; os._exit(0)
def stop(): raise SystemExit
def interrupt(): raise KeyboardInterrupt
def reach_out(): import socket; socket.socket()
def too_much(): return [0] * 10**6
def far_too_much(): return np.zeros(10**8)
def allocate(): return np.ones(10**11)
def an_object(): return object()
def a_function(): return same
def call_it(f, *args): return f(*args)
def draw(rng): return rng.normal(size=3)
class Counter:
    def __init__(self): self.count = 0
    def add(self, n=1): self.count += n; return self.count
counter = Counter()
def count(): return counter.add()
def change(x): x[:] = 7
def pair(): return {"w": np.ones(2)}, 3

class Liar(np.ndarray):
    def __eq__(self, other): return np.True_
    def __array__(self, *args, **kwargs): return np.full(3, 42.0)
class Yes:
    def __eq__(self, other): return True
    def __float__(self): return 42.0
    def __array__(self, *args, **kwargs): return np.full(3, 42.0)
class Big(float):
    def __eq__(self, other): return True
    def __float__(self): return 42.0
def a_liar(): return np.zeros(3).view(Liar)
def a_yes(): return Yes()
def a_big(): return Big(1.0)
def a_word(): return np.array(["yes"])[0]
def odd_error():
    class Odd(Exception):
        def __str__(self): raise ValueError
    raise Odd
"""

VALUES: dict[str, Any] = {
    "None": None,
    "True": True,
    "zero": 0,
    "largest integers": [2**63 - 1, -(2**63), 2**64 - 1],
    "float": 0.1,
    "negative zero": -0.0,
    "infinities": [math.inf, -math.inf],
    "text": "Grüße \u202e\x00",
    "bytes": b"\x00\xff",
    "list": [1, [2.5, ["x"]]],
    "dict": {"W1": [1], "b1": {"deep": None}},
    "empty list": [],
}

ARRAYS: dict[str, np.ndarray] = {
    **{name: np.array([[0, 1], [1, 0]], dtype=name) for name in ("bool", "int8", "uint8", "int64", "uint64")},
    **{name: np.array([1.5, -2, 0], dtype=name) for name in ("float16", "float32", "float64")},
    "nan and infinities": np.array([np.nan, np.inf, -np.inf]),
    "a single number": np.array(3.5),
    "empty": np.zeros((0, 3)),
    "not contiguous": np.arange(12.0).reshape(3, 4).T[::2],
    "read-only": np.broadcast_to(np.float64(1), (2, 2)),
}


@pytest.fixture(scope="module")
def finished() -> Iterator[FinishedNotebook]:
    with running_cells() as run:
        yield run(ORDINARY)


@pytest.fixture
def student(finished: FinishedNotebook) -> Iterator[Student]:
    student = finished.student(10)
    yield student
    student.close()


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_plain_value_comes_back_as_it_was(student: Student, value: Any) -> None:
    got = student.same(value)
    assert (got, type(got), str(got)) == (value, type(value), str(value))


def test_nan_arrives_as_nan(student: Student) -> None:
    assert math.isnan(student.same(math.nan))


def test_a_tuple_comes_back_as_a_list(student: Student) -> None:
    assert student.same((1, (2, 3))) == [1, [2, 3]]


@pytest.mark.parametrize("value", ARRAYS.values(), ids=ARRAYS.keys())
def test_an_array_comes_back_as_it_was(student: Student, value: np.ndarray) -> None:
    got = student.same(value)
    assert type(got) is np.ndarray
    assert got.dtype == value.dtype
    np.testing.assert_array_equal(got, value, strict=True)


def test_a_big_endian_array_arrives_in_native_order(student: Student) -> None:
    got = student.same(np.arange(3.0).astype(">f8"))
    assert got.dtype == np.float64
    assert got.tolist() == [0, 1, 2]


def test_an_array_that_came_back_can_be_written_to(student: Student) -> None:
    got = student.same(np.zeros(2))
    got += 1
    assert got.tolist() == [1, 1]


@pytest.mark.parametrize("name", ["an_object", "a_function", "too_much", "far_too_much", "a_yes"])
def test_what_is_no_data_is_a_wrong_answer(student: Student, name: str) -> None:
    with pytest.raises(WrongAnswer, match=f"`{name}` returned"):
        getattr(student, name)()


def test_an_array_subclass_arrives_as_its_plain_numbers(student: Student) -> None:
    got = student.a_liar()
    assert type(got) is np.ndarray
    assert got.shape == (3,)


def test_a_text_out_of_an_array_arrives_as_a_plain_text(student: Student) -> None:
    assert type(student.a_word()) is str


def test_a_float_subclass_arrives_as_a_plain_float(student: Student) -> None:
    assert type(student.a_big()) is float


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("undefined", Missing),
        ("missing_answer", Missing),
        ("broken", Crashed),
        ("recurse", Crashed),
        ("leave", Crashed),
        ("stop", Crashed),
        ("interrupt", Crashed),
        ("odd_error", Crashed),
        ("reach_out", Blocked),
        ("allocate", OutOfMemory),
    ],
)
def test_what_a_function_does_instead_of_returning_has_its_outcome(
    student: Student, name: str, outcome: type[StudentProblem]
) -> None:
    with pytest.raises(outcome):
        getattr(student, name)()


def test_a_function_that_never_ends_is_timed_out(finished: FinishedNotebook) -> None:
    with pytest.raises(TimedOut):
        finished.student(0.2).wait_for_ever()


def test_after_a_function_that_never_ends_the_next_test_is_served(finished: FinishedNotebook) -> None:
    with pytest.raises(TimedOut):
        finished.student(0.2).wait_for_ever()
    assert finished.student(5).same(1) == 1


def test_a_crash_names_the_line(student: Student) -> None:
    with pytest.raises(Crashed, match=r"ZeroDivisionError: division by zero \(in broken, line 5: .*1 / 0\)"):
        student.broken()


def test_an_expected_exception_is_recognised(student: Student) -> None:
    assert student.broken.raises("ArithmeticError")


def test_a_method_that_is_missing_is_named(student: Student) -> None:
    with pytest.raises(Missing, match=r"Counter\.reset"):
        student.Counter.keep().reset()


def test_each_hidden_test_gets_a_fresh_copy(finished: FinishedNotebook) -> None:
    assert [finished.student(5).count() for _ in range(2)] == [1, 1]


def test_within_one_test_state_is_kept(student: Student) -> None:
    assert [student.count(), student.count()] == [1, 2]


def test_an_object_can_stay_and_be_asked(student: Student) -> None:
    counter = student.Counter.keep()
    counter.add(5)
    assert counter.add(n=2) == 7


def test_an_item_of_a_kept_value_can_be_read(student: Student) -> None:
    assert student.pair.keep()[0]["w"].value().tolist() == [1, 1]


def test_a_kept_array_shows_changes_in_place(student: Student) -> None:
    held = student.put(np.zeros(2))
    student.change(held)
    assert held.value().tolist() == [7, 7]


def test_a_kept_array_can_be_assigned_to(student: Student) -> None:
    held = student.put(np.zeros(2))
    held.assign(np.array([3.0, 4.0]))
    assert held.value().tolist() == [3, 4]


def test_a_graders_function_can_be_called_over_there(student: Student) -> None:
    assert student.call_it(lambda x, y: x * y, np.arange(3), 2).tolist() == [0, 2, 4]


def test_a_random_generator_draws_the_same_over_there(student: Student) -> None:
    expected = np.random.default_rng(5).normal(size=3)
    np.testing.assert_array_equal(student.draw(wire.Generator(5)), expected)


def test_a_missing_kernel_answer_does_not_cost_every_test_its_wait(run_here: RunCells) -> None:
    event = "get_ipython().kernel.shell.events.register('pre_execute', print)\nimport os, signal"
    finished = run_here(event, SILENT, copy_seconds=0.3)
    with pytest.raises(Crashed, match="no longer answered"):
        finished.student(5)
    assert finished.kernel is not None
    finished.kernel.limits = Limits(copy_seconds=60.0)
    with pytest.raises(Crashed):
        finished.student(5)


SILENT = "type(get_ipython().kernel).chainrule_probe_request.__code__ = (lambda s, a, b, c: None).__code__"


def test_the_students_side_answers_only_requests() -> None:
    """A grader that hangs up ends the copy."""
    grader, theirs = socket.socketpair()
    grader.close()
    with pytest.raises(EOFError):
        probe_server.Answers({}).run(theirs)
    theirs.close()


def test_a_copy_does_not_find_out_again_what_all_copies_need(run_here: RunCells) -> None:
    """msgspec compiles the annotations of every request when a decoder is made: 8 ms, in each copy if there."""
    finished = run_here(LISTENING)
    for _ in range(2):
        with closing(finished.student(5)) as student:
            assert student.compiled_here() == 0


LISTENING = """
import os, sys
compiled_by = []
sys.addaudithook(lambda event, args: compiled_by.append(os.getpid()) if event == "compile" else None)
def compiled_here():
    return compiled_by.count(os.getpid())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library keeps what is freed")
def test_what_the_notebook_has_freed_is_not_copied(run_here: RunCells) -> None:
    """The last block lies above all others, so that freeing these alone gives nothing back."""
    with closing(run_here(FREED).student(5)) as student:
        assert student.kibibytes() < student.variable("most").value() - 60_000


FREED = """
import resource
def kibibytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
blocks = [b"1" * 60_000 for _ in range(1500)]
del blocks[:-1]
most = kibibytes()
"""


def test_a_notebook_that_cannot_be_served_does_not_make_the_grader_wait(run_here: RunCells) -> None:
    finished = run_here("import builtins\nbuiltins.open = None")
    with pytest.raises(Crashed, match="ended its Python process"):
        finished.student(5)
