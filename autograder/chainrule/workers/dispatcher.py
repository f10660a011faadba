"""The dispatcher: a lean process that holds warm sandboxes and hidden tests, and forks one grader per submission.

Nothing that one submission does to the process that grades it reaches the next. It serves one client over a socket,
which only trusted processes hold, and ends with it.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import socket
import struct
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from chainrule.diagnosis.hints import hints_for
from chainrule.engine import hidden_tests
from chainrule.engine.agreement import points_of, require_agreement
from chainrule.engine.grade import Diagnosis
from chainrule.engine.steps import Step, Watch
from chainrule.inside import huge_pages, process_control
from chainrule.sandbox.server import shared
from chainrule.workers.task import KNOWN, Plan, Task, carried_out, perform

LENGTH = struct.Struct(">Q")

NOT_BEGUN = -1
"""In the place of the exit status of a grader that there never was, because its plan had ended."""

MEMORY, PROCESSOR_SECONDS = 4 * 2**30, 3600
"""What a grader may use beyond what it begins with, whatever its submission makes it compute: bytes, and seconds."""

IDLE_SECONDS = 300.0
"""So long it waits for another plan once there is none."""


@dataclass(frozen=True)
class Begin:
    """From the client: the plan of the tasks to come under this number."""

    number: int
    plan: Plan


@dataclass(frozen=True)
class End:
    """From the client: no more tasks come by this plan."""

    number: int


@dataclass(frozen=True)
class Order:
    """From the client: grade this, by the plan of that number; if `watched`, tell how far it is."""

    number: int
    plan: int
    task: Task
    watched: bool = False


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """To the client: what is being warmed up."""

    what: str


class Warm(msgspec.Struct, frozen=True, tag="warm"):
    """To the client: this plan can be followed; or an answer (as of `carried_out`) that says why it cannot."""

    number: int
    problem: bytes


class Done(msgspec.Struct, frozen=True, tag="done"):
    """To the client: the answer lies in the spool; without one the grader died with this exit status."""

    number: int
    status: int


class Reached(msgspec.Struct, frozen=True, tag="reached"):
    """To the client: how far an order is that it watches."""

    number: int
    step: Step


ToClient = Progress | Warm | Done | Reached

LONGEST_STEP = 4096


def send(channel: socket.socket, message: bytes) -> None:
    """Send one message."""
    channel.sendall(LENGTH.pack(len(message)) + message)


def receive(channel: socket.socket) -> bytes:
    """Receive one message; empty when the other side is gone."""
    header = _exactly(channel, LENGTH.size)
    return _exactly(channel, LENGTH.unpack(header)[0]) if header else b""


def _exactly(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(size - len(parts), 1 << 20))
        if not part:
            return b""
        parts += part
    return bytes(parts)


def main(descriptor: int, spool: str, jobs: int) -> None:
    """Serve the client at the other end of `descriptor`; answers go into `spool`."""
    # Ctrl-C is for the client, whose end is ours.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Dispatcher(socket.socket(fileno=descriptor), Path(spool), jobs).serve()


class Dispatcher:
    """Forks a grader for each order, `jobs` at a time, in the order in which they came."""

    def __init__(self, client: socket.socket, spool: Path, jobs: int) -> None:
        """Begin with nothing to do."""
        self._client = client
        self._spool = spool
        self._jobs = jobs
        self._plans: dict[int, tuple[Plan, Diagnosis]] = {}
        self._waiting: deque[Order] = deque()
        self._running: dict[int, tuple[int, int]] = {}
        """Process id and number of the order, by the descriptor that tells of the process's end."""
        self._selector = selectors.DefaultSelector()
        self._selector.register(client, selectors.EVENT_READ)
        # Graders tell their steps here. Who would have to wait for it leaves one out.
        self._steps, self._step = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._step.setblocking(False)
        self._selector.register(self._steps, selectors.EVENT_READ)

    def serve(self) -> None:
        """Work until the client hangs up; graders at work end then, and their kernels with them.

        Or until there was nothing to do for a while: a formgrader that stays open for days need not hold torch.
        """
        try:
            while events := self._selector.select(None if self._plans else IDLE_SECONDS):
                for key, _ in events:
                    if key.fileobj is self._client:
                        message = receive(self._client)
                        if not message:
                            return
                        self._take(pickle.loads(message))
                    elif key.fileobj is self._steps:
                        send(self._client, self._steps.recv(LONGEST_STEP))
                    else:
                        self._collect(key.fd)
                while self._waiting and len(self._running) < self._jobs:
                    self._start(self._waiting.popleft())
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            for process, _ in self._running.values():
                os.kill(process, signal.SIGKILL)

    def _take(self, message: Begin | End | Order) -> None:
        match message:
            case Begin(number, plan):
                ready = self._ready(plan)
                if not isinstance(ready, Exception):
                    self._plans[number] = ready
                self._send(Warm(number, _unable(ready) if isinstance(ready, Exception) else b""))
            case End(number):
                self._plans.pop(number, None)
                for order in [order for order in self._waiting if order.plan == number]:
                    self._waiting.remove(order)
                    self._send(Done(order.number, NOT_BEGUN))
            case Order(number, plan_number) if plan_number not in self._plans:
                self._send(Done(number, NOT_BEGUN))
            case Order():
                self._waiting.append(message)

    def _warm(self, plan: Plan) -> Exception | None:
        """Load a plan's hidden tests and warm up its sandbox; returns what is wrong."""
        problem: list[Exception] = []
        sandbox = plan.settings.sandbox

        def warm_the_sandbox() -> None:
            try:
                shared(sandbox.preload, sandbox.layers, self._tell, sandbox.limits)
            except KNOWN as error:
                problem.append(error)

        # The two take seconds each, on a core of their own; no fork is made meanwhile.
        warming = threading.Thread(target=warm_the_sandbox)
        if not sandbox.own_server:
            warming.start()
        try:
            require_agreement(hidden_tests.load(plan.assignment), points_of(plan.settings.released))
        except KNOWN as error:
            problem.append(error)
        if not sandbox.own_server:
            warming.join()
        gc.collect()
        gc.freeze()
        huge_pages.collapse()
        return problem[0] if problem else None

    def _ready(self, plan: Plan) -> tuple[Plan, Diagnosis] | Exception:
        """A plan, and where its hints come from; or what is wrong with it."""
        problem = self._warm(plan)
        if problem is not None:
            return problem
        self._tell("what mistakes answer")
        where, sandbox = (plan.fingerprints, plan.diagnosis_seed, plan.assignment), plan.settings.sandbox

        def hints() -> Diagnosis | Exception:
            try:
                return hints_for(*where, sandbox, jobs=self._jobs)
            except KNOWN as error:
                return error

        # Not in this process: it runs no event loop, which its forks would share.
        found = _forked(hints, self._spool / "forked")
        return found if isinstance(found, Exception) else (plan, found)

    def _tell(self, module: str) -> None:
        self._send(Progress(module))

    def _send(self, message: ToClient) -> None:
        send(self._client, msgspec.json.encode(message))

    def _start(self, order: Order) -> None:
        ready = self._still_warm(self._plans[order.plan])
        ours = os.getpid()
        process = os.fork()
        if process == 0:
            self._grade(order, ready, ours)
        ended = os.pidfd_open(process)
        self._running[ended] = process, order.number
        self._selector.register(ended, selectors.EVENT_READ)

    def _still_warm(self, ready: tuple[Plan, Diagnosis]) -> tuple[Plan, Diagnosis] | Exception:
        """The same, with its sandbox started anew should it have died: graders share it."""
        if not ready[0].settings.sandbox.own_server:
            sandbox = ready[0].settings.sandbox
            try:
                shared(sandbox.preload, sandbox.layers, self._tell, sandbox.limits)
            except KNOWN as error:
                return error
        return ready

    def _grade(self, order: Order, ready: tuple[Plan, Diagnosis] | Exception, dispatcher: int) -> NoReturn:
        """A forked grader's whole life."""
        try:
            process_control.end_with_parent(dispatcher)
            process_control.limit(MEMORY, PROCESSOR_SECONDS)
            self._client.close()
            if isinstance(ready, Exception):
                answer = _unable(ready)
            else:
                plan, diagnose = ready
                answer = perform(plan, order.task, diagnose, self._watch(order))
            file = answer_file(self._spool, order.number)
            partial = file.with_suffix(".partial")
            partial.write_bytes(answer)
            partial.rename(file)
            os._exit(0)
        except BaseException:  # noqa: BLE001
            # The client hears of a grader that ended without an answer; the log says why.
            traceback.print_exc()
        finally:
            os._exit(1)

    def _watch(self, order: Order) -> Watch | None:
        """In a grader: tells the dispatcher each step, if anybody wants to know."""

        def tell(step: Step) -> None:
            message = msgspec.json.encode(Reached(order.number, step))
            if len(message) <= LONGEST_STEP:
                with suppress(BlockingIOError):
                    self._step.send(message)

        return tell if order.watched else None

    def _collect(self, ended: int) -> None:
        process, number = self._running.pop(ended)
        self._selector.unregister(ended)
        os.close(ended)
        _, status = os.waitpid(process, 0)
        self._send(Done(number, os.waitstatus_to_exitcode(status)))


def _forked(work: Callable[[], Any], file: Path) -> Any:
    """What `work` returns, done in a fork of this process; `file` is where it is handed over.

    Raises:
        ChildProcessError: the fork ended without an answer; the log says why.
    """
    ours = os.getpid()
    process = os.fork()
    if process == 0:
        try:
            process_control.end_with_parent(ours)
            file.write_bytes(pickle.dumps(work()))
            os._exit(0)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    if status:
        raise ChildProcessError(f"a fork ended with {os.waitstatus_to_exitcode(status)}")
    found = file.read_bytes()
    file.unlink()
    return pickle.loads(found)


def answer_file(spool: Path, number: int) -> Path:
    """Where the answer to an order lies."""
    return spool / str(number)


def _unable(problem: Exception) -> bytes:
    def work() -> NoReturn:
        raise problem

    return carried_out(work)
