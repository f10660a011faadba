"""Runs a notebook's cells in the sandbox and leaves its kernel ready for the probe."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from queue import Empty
from typing import Any

import nbformat
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from traitlets import Instance, Type

from chainrule.engine.own_memory import LOOK_SECONDS, FilledError, OwnMemory
from chainrule.inside import wire
from chainrule.inside.kernel_channels import PROBE_REQUEST
from chainrule.probe.copies import NotebookCopy
from chainrule.probe.outcome import Blocked, Crashed, StudentProblem, TimedOut
from chainrule.probe.problems import limit_problem
from chainrule.probe.student import Student
from chainrule.sandbox.allowance import Allowance
from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxProvisioner, SandboxSettings

ASK_AGAIN_SECONDS = 1.0
"""How long to wait for a fresh kernel's answer before it is asked once more."""

STOP_SECONDS = 4.0
"""What a cell is allowed, once it has been interrupted, until it says so; and once its kernel was ended."""

AS_LONG_AS_IT_TAKES = 10**6
"""Seconds. What a notebook may take is not for nbclient to say."""

EXECUTION = (("NBGRADER_EXECUTION", "autograde"),)
"""In the environment of every notebook that is graded: nbgrader's own sign."""

HIDDEN_TESTS_FOLLOW = (*EXECUTION, ("CHAINRULE_GRADING", "1"))
"""And ours, without which visible checks give no points."""

STOPPED = {"ename": "CellTimeoutError", "evalue": "The cell did not finish in time and was stopped.", "traceback": []}
"""The output of a cell that was stopped."""

SHORTER_AFTER_TIMEOUT = 5
"""Once something has run out of time, what comes after gets this much less: grading stays a matter of seconds."""


class PromptClient(AsyncKernelClient):
    """A kernel client that is ready at the kernel's first answer; our kernels are fresh, with nothing to flush."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the first reply and the first broadcast.

        A broadcast from before this client's subscription arrived is lost, so the question is asked again and again.

        Raises:
            RuntimeError: the kernel did not answer in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while deadline is None or time.monotonic() < deadline:
            self.kernel_info()
            with suppress(Empty):
                await self.get_shell_msg(timeout=ASK_AGAIN_SECONDS)
                while (await self.get_iopub_msg(timeout=ASK_AGAIN_SECONDS))["content"].get("execution_state") != "idle":
                    pass
                return
        raise RuntimeError(f"The sandboxed kernel did not answer within {timeout:g} s.")


class SandboxManager(AsyncKernelManager):
    """A kernel manager whose kernels are sandboxed, whatever kernelspecs are installed."""

    client_class = "chainrule.engine.notebook.PromptClient"
    client_factory = Type(PromptClient)
    sandbox = Instance(SandboxSettings)

    @property
    def kernel_spec(self) -> KernelSpec:
        """The spec that names our provisioner."""
        provisioner = {"provisioner_name": "chainrule-sandbox"}
        return KernelSpec(argv=[], language="python", metadata={"kernel_provisioner": provisioner})

    def write_connection_file(self, **kwargs: object) -> None:
        """Write none: nobody looks for it, and a grader that is killed would leave it, with the key of its kernel."""


@dataclass
class FinishedNotebook:
    """A notebook that has run, with its kernel still there to be asked.

    `problem` is set when the notebook did not leave a kernel that can be asked: every hidden test then has that
    outcome. `notes` are sentences for the report.
    """

    notebook: NotebookNode
    kernel: SandboxedKernel | None
    problem: StudentProblem | None
    notes: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    def student(
        self,
        seconds: float,
        hear: Callable[[wire.Reply], None] = lambda reply: None,
        together: Allowance | None = None,
    ) -> Student:
        """A fresh copy of the notebook for one hidden test; `hear` gets every reply of its.

        Its code has `seconds`, and no more than is left `together` for all copies.

        Raises:
            StudentProblem: there is none to be had.
        """
        if self.problem is not None:
            raise self.problem
        assert self.kernel is not None
        return Student(NotebookCopy(self.kernel, seconds, together), hear)

    def allowance(self, seconds: float) -> Allowance:
        """What several copies of the notebook may take together."""
        assert self.kernel is not None
        return Allowance(self.kernel, seconds)

    def require_sandbox(self) -> None:
        """Stop unless the sandbox was there from the beginning to now, and its disk had room.

        Raises:
            SandboxLostError: something outside ended it, or filled the disk.
        """
        if self.kernel is not None:
            self.kernel.poll()
            self.kernel.require_watched()
            self.kernel.require_room()


@contextmanager
def running(notebook: NotebookNode, settings: SandboxSettings) -> Iterator[FinishedNotebook]:
    """Run all cells of `notebook` in place; its kernel can be asked until the end of the block, whatever ends it."""
    runner = NotebookRunner(notebook, settings)
    try:
        yield runner.run()
    finally:
        runner.close()


class NotebookRunner(NotebookClient):
    """Runs the cells of one notebook, each limit with its own name in the notes."""

    def __init__(self, notebook: NotebookNode, settings: SandboxSettings) -> None:
        """Prepare to run `notebook` in place; nothing starts yet."""
        self._limits = settings.limits
        super().__init__(
            notebook,
            km=SandboxManager(sandbox=replace(settings, environment=(*EXECUTION, *settings.environment))),
            allow_errors=True,
            record_timing=False,
            timeout=None,
            iopub_timeout=AS_LONG_AS_IT_TAKES,
            shutdown_kernel="immediate",
            startup_timeout=max(1, int(settings.limits.start_seconds)),
            on_cell_executed=_keep_error,
        )
        self._notes: list[str] = []
        self._printed = 0
        self._stopped = 0

    async def async_run(self) -> FinishedNotebook:
        """Run all cells, then open the probe."""
        await self.async_start_new_kernel(cwd=None)
        kernel = self._kernel()
        try:
            client = await self.async_start_new_kernel_client()
        except RuntimeError as error:
            raise RuntimeError(f"{error} The sandbox said last: {kernel.last_words()}") from error
        self.reset_execution_trackers()
        together = Allowance(kernel, self._limits.notebook_seconds)
        problem = None
        for index, cell in enumerate(self.nb.cells):
            problem = await self._run_cell(cell, index, together)
            if problem is not None:
                break
        if problem is None:
            client.shell_channel.send(client.session.msg(PROBE_REQUEST, {}))
        else:
            kernel.signal(9)
            self._notes.append(str(problem))
        return FinishedNotebook(self.nb, kernel, problem, self._notes, self._limits)

    async def async_close(self) -> None:
        """End the kernel, if there is one; one that did not even start has been ended by nbclient."""
        if self.km is not None:
            await self._async_cleanup_kernel()

    run = run_sync(async_run)
    close = run_sync(async_close)

    def _kernel(self) -> SandboxedKernel:
        provisioner = self.km.provisioner if self.km is not None else None
        assert isinstance(provisioner, SandboxProvisioner)
        assert provisioner.kernel is not None
        return provisioner.kernel

    async def _run_cell(self, cell: NotebookNode, index: int, together: Allowance) -> StudentProblem | None:
        """Run one cell, within what all cells have together; the problem that ends the notebook, if there is one."""
        if how := together.used_up():
            return TimedOut(f"The notebook {how}; the rest, from cell {index + 1} on, did not run.")
        name = _named(cell, self.nb)
        others = asyncio.all_tasks()
        running = asyncio.ensure_future(self.async_execute_cell(cell, index))
        try:
            if not await self._in_time(running, cell, together):
                return TimedOut(f"{name} did not finish and could not be stopped.")
            await running
        except FilledError:
            kernel = self._kernel()
            kernel.signal(signal.SIGKILL)
            await _cancelled({running})
            return Blocked(f"{name} sent more at once than a notebook can show.")
        except DeadKernelError:
            kernel = self._kernel()
            kernel.poll(seconds=0.5)
            if kernel.limits_hit:
                return limit_problem(kernel.limits_hit[-1], name)
            kernel.require_watched()
            return Crashed(f"{name} ended the Python process, so nothing after it ran.")
        except Exception as error:  # noqa: BLE001
            # The messages come from the student's process; one that breaks the Jupyter protocol ends the run.
            return Blocked(f"{name} sent something that is no Jupyter message ({type(error).__name__}).")
        finally:
            # nbclient leaves tasks behind when it stumbles over a message: the next notebook would have them too.
            await _cancelled(asyncio.all_tasks() - others)
            if cell.get("execution_count") is not None:
                # What the kernel says is the student's to choose.
                cell.execution_count = self.code_cells_executed
        return None

    async def _in_time(self, running: asyncio.Future[Any], cell: NotebookNode, together: Allowance) -> bool:
        """Wait until a running cell has ended, and interrupt it when its time is up; False if it goes on all the same.

        Its kernel is then no more.
        """
        kernel = self._kernel()
        # After a first cell that never ends, more of them would only cost time.
        seconds = self._limits.cell_seconds / (SHORTER_AFTER_TIMEOUT if self._stopped else 1)
        late = await _ended(running, Allowance(kernel, seconds), together)
        if late is None:
            return True
        self._stopped += 1
        what = _named(cell, self.nb)
        if late is together:
            self._notes.append(f"{what} was stopped: the notebook {late.used_up()}.")
        else:
            self._notes.append(f"{what} {late.used_up()} and was stopped.")
        kernel.signal(signal.SIGINT)
        if await _ended(running, Allowance(kernel, STOP_SECONDS)) is None:
            cell.outputs.append(nbformat.v4.new_output("error", **STOPPED))
            return True
        # nbclient looks every second whether its kernel is there.
        kernel.signal(signal.SIGKILL)
        await asyncio.wait({running}, timeout=STOP_SECONDS)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return False

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take one message into the notebook, up to the limit on output; widgets have no place in a graded copy.

        Raises:
            CellExecutionComplete: the cell is done.
        """
        if msg["msg_type"].startswith("comm"):
            return None
        if type(msg["content"].get("execution_count", 0)) is not int:
            # The student's to choose, as the number itself is; nbformat takes numbers only.
            msg["content"]["execution_count"] = None
        if msg["msg_type"] != "status":
            before = self._printed
            self._printed += _size(msg["content"])
            if self._printed > self._limits.output_size:
                if before <= self._limits.output_size:
                    mebibytes = self._limits.output_size / 2**20
                    self._notes.append(
                        f"{_named(cell, self.nb)} printed more than {mebibytes:g} MiB; the rest was cut."
                    )
                return None
        return super().process_message(msg, cell, cell_index)


async def _cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    """End tasks and pass over how they end; this loop has none but those of its notebook."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _ended(running: asyncio.Future[Any], *allowances: Allowance) -> Allowance | None:
    """Wait until something has ended or an allowance for it is used up, and say which.

    Raises:
        FilledError: what it sends fills the memory of this process.
    """
    with ExitStack() as time_passes:
        for allowance in allowances:
            time_passes.enter_context(allowance)
        memory = OwnMemory()
        while not running.done():
            for allowance in allowances:
                if allowance.used_up():
                    return allowance
            memory.require_room()
            patience = min(LOOK_SECONDS, *(allowance.patience() for allowance in allowances))
            await asyncio.wait({running}, timeout=patience)
    return None


def _keep_error(cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
    """Show that a cell failed even if its code took care that no traceback is printed."""
    reply = execute_reply["content"]
    shown = any(output.output_type == "error" and output.ename == reply.get("ename") for output in cell.outputs)
    if reply["status"] == "error" and not shown:
        error = nbformat.v4.new_output("error", ename=str(reply.get("ename")), evalue=str(reply.get("evalue")))
        cell.outputs.append(error)


def _named(cell: NotebookNode, notebook: NotebookNode) -> str:
    """A cell by its nbgrader id, or by its place in the notebook."""
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    place = next((index for index, other in enumerate(notebook.cells, start=1) if other is cell), 0)
    return f"The cell `{name}`" if name else f"Cell {place}"


def _size(content: Any) -> int:
    """Roughly the bytes of a message's content."""
    if isinstance(content, dict):
        return sum(_size(value) for value in content.values()) + 64
    if isinstance(content, list):
        return sum(map(_size, content)) + 64
    return len(content) if isinstance(content, str) else 8
