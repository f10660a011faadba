"""Runs a notebook's cells in the sandbox and leaves its kernel ready for the probe."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets import Instance, Type

from autograder.grading.outcome import Blocked, Crashed, StudentProblem, TimedOut
from autograder.probe.student import Student, limit_problem
from autograder.sandbox.inside.kernel_channels import PROBE_REQUEST
from autograder.sandbox.kernel import SandboxedKernel
from autograder.sandbox.provisioner import SandboxSettings


class PromptClient(AsyncKernelClient):  # type: ignore[misc]
    """A kernel client that is ready at the kernel's first answer; our kernels are fresh, so nothing is to be flushed."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the first reply and the first broadcast.

        Raises:
            RuntimeError: the kernel did not answer in time.
        """
        self.kernel_info()
        try:
            await self.get_shell_msg(timeout=timeout)
            while (await self.get_iopub_msg(timeout=timeout))["content"].get("execution_state") != "idle":
                pass
        except Exception as error:
            raise RuntimeError("The sandboxed kernel did not answer.") from error


class SandboxManager(AsyncKernelManager):  # type: ignore[misc]
    """A kernel manager whose kernels are sandboxed, whatever kernelspecs are installed."""

    client_class = "autograder.grading.notebook.PromptClient"
    client_factory = Type(PromptClient)
    sandbox = Instance(SandboxSettings)

    @property
    def kernel_spec(self) -> KernelSpec:
        """The spec that names our provisioner."""
        provisioner = {"provisioner_name": "chainrule-sandbox"}
        return KernelSpec(argv=[], language="python", metadata={"kernel_provisioner": provisioner})


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

    def student(self, seconds: float) -> Student:
        """A fresh copy of the notebook for one hidden test.

        Raises:
            StudentProblem: there is none to be had.
        """
        if self.problem is not None:
            raise self.problem
        assert self.kernel is not None
        return Student(self.kernel, seconds)


class NotebookRunner(NotebookClient):  # type: ignore[misc]
    """Runs the cells of one notebook, each limit with its own name in the notes."""

    def __init__(self, notebook: NotebookNode, settings: SandboxSettings) -> None:
        """Prepare to run `notebook` in place; nothing starts yet."""
        self._settings = settings
        self._limits = settings.limits
        super().__init__(
            notebook,
            km=SandboxManager(sandbox=settings),
            allow_errors=True,
            interrupt_on_timeout=True,
            raise_on_iopub_timeout=True,
            error_on_timeout={
                "ename": "CellTimeoutError",
                "evalue": f"The cell did not finish within {settings.limits.cell_seconds:g} s and was stopped.",
                "traceback": [],
            },
            timeout_func=self._seconds_for_cell,
        )
        self._notes: list[str] = []
        self._printed = 0
        self._deadline = 0.0

    def _seconds_for_cell(self, cell: NotebookNode) -> float:
        return min(self._limits.cell_seconds, max(self._deadline - time.monotonic(), 0.1))

    async def async_run(self) -> FinishedNotebook:
        """Run all cells, then open the probe."""
        await self.async_start_new_kernel(cwd=None)
        await self.async_start_new_kernel_client()
        self.reset_execution_trackers()
        self._deadline = time.monotonic() + self._limits.notebook_seconds
        problem = None
        for index, cell in enumerate(self.nb.cells):
            problem = await self._run_cell(cell, index)
            if problem is not None:
                break
        kernel = self.km.provisioner.kernel
        if problem is None:
            self.kc.shell_channel.send(self.kc.session.msg(PROBE_REQUEST, {}))
        else:
            kernel.signal(9)
            self._notes.append(str(problem))
        return FinishedNotebook(self.nb, kernel, problem, self._notes)

    run = run_sync(async_run)
    close = run_sync(NotebookClient._async_cleanup_kernel)

    async def _run_cell(self, cell: NotebookNode, index: int) -> StudentProblem | None:
        """Run one cell; the problem that ends the notebook, if there is one."""
        if time.monotonic() > self._deadline:
            seconds = self._limits.notebook_seconds
            return TimedOut(f"The notebook did not finish within {seconds:g} s; cell {index + 1} and later did not run.")
        started = time.monotonic()
        try:
            await self.async_execute_cell(cell, index)
        except DeadKernelError:
            kernel = self.km.provisioner.kernel
            kernel.poll(seconds=0.5)
            if kernel.limits_hit:
                return limit_problem(kernel.limits_hit[-1], f"Cell {index + 1}")
            return Crashed(f"Cell {index + 1} ended the Python process, so nothing after it ran.")
        except CellTimeoutError:
            return TimedOut(f"Cell {index + 1} did not finish and could not be stopped.")
        except Exception as error:  # noqa: BLE001
            # The messages come from the student's process; one that breaks the Jupyter protocol ends the run.
            return Blocked(f"Cell {index + 1} sent something that is no Jupyter message ({type(error).__name__}).")
        if time.monotonic() - started > self._limits.cell_seconds:
            self._notes.append(f"Cell {index + 1} did not finish within {self._limits.cell_seconds:g} s and was stopped.")
        return None

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take one message into the notebook, up to the limit on output; widgets have no place in a graded copy.

        Raises:
            CellExecutionComplete: the cell is done.
        """
        if msg["msg_type"].startswith("comm"):
            return None
        if msg["msg_type"] != "status":
            before = self._printed
            self._printed += _size(msg["content"])
            if self._printed > self._limits.output_size:
                if before <= self._limits.output_size:
                    mebibytes = self._limits.output_size / 2**20
                    self._notes.append(f"Cell {cell_index + 1} printed more than {mebibytes:g} MiB; the rest was cut.")
                return None
        return super().process_message(msg, cell, cell_index)


def _size(content: Any) -> int:
    """Roughly the bytes of a message's content."""
    if isinstance(content, dict):
        return sum(_size(value) for value in content.values()) + 64
    if isinstance(content, list):
        return sum(map(_size, content)) + 64
    return len(content) if isinstance(content, str) else 8
