"""One guard per submission: parent of everything the submission starts, watching what it uses and ending it all.

The guard runs none of the student's code. Orphans come back to it (child subreaper), so nothing outlives a
submission; Landlock's signal scope, or a filter of signals, keeps the submission from ending its guard.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
import traceback
from contextlib import suppress
from typing import NoReturn

import msgspec
from seccompy import Filter

from chainrule.inside import confine, kernel, mappings, process_control, usage
from chainrule.inside.messages import (
    MAX_MESSAGE,
    Alone,
    Exited,
    FromGuard,
    HowMuch,
    Launch,
    LimitHit,
    Probed,
    ServerConfig,
    Signal,
    ToGuard,
)
from chainrule.inside.spending import Spending

TICK_SECONDS = 0.05
FILES_EVERY_TICKS = 10
END_SECONDS = 10.0
ALONE_SECONDS = 5.0
STRIKES = 3
"""The kernel survives so many fork bombs in its notebook, less one."""

SWEEPS = 20
"""So often a fork bomb is looked at for more of it, before all that was found is killed."""

THREADS_PER_PROCESS = 16


def run(
    launch: Launch, config: ServerConfig, report: socket.socket, probe: socket.socket, system_calls: Filter | None
) -> NoReturn:
    """Fork the kernel, watch it until it ends or the trusted side hangs up, then end everything it left behind."""
    try:
        os.setsid()
        process_control.adopt_orphans()
        kernel_pid = os.fork()
        if kernel_pid == 0:
            os.setpgid(0, 0)
            report.close()
            _run_kernel(launch, config, probe, system_calls)
        probe.close()
        with suppress(OSError):
            # Here too, so that the group is there from the beginning, whoever comes first.
            os.setpgid(kernel_pid, kernel_pid)
        try:
            Watch(launch, kernel_pid, report).until_the_end()
        finally:
            _end_all(kernel_pid)
    finally:
        # Also when the kernel failed to start: nothing may run on as if it were the fork server.
        os._exit(1)


def _run_kernel(launch: Launch, config: ServerConfig, probe: socket.socket, system_calls: Filter | None) -> NoReturn:
    # The server's log, where the trusted side looks for the reason when there is no kernel.
    log = 2
    try:
        confine.own_files()
        log = os.dup(log)
        mapped = mappings.opened(launch.scratch)
        confine.confine(launch, config, system_calls)
        app = kernel.initialized(launch, probe, config.landlock, mapped)
    except BaseException:  # noqa: BLE001
        os.write(log, traceback.format_exc().encode())
        os._exit(1)
    os.close(log)
    app.start()
    os._exit(0)


class Watch:
    """Looks after one kernel: passes signals on, enforces limits, tells what happened."""

    def __init__(self, launch: Launch, kernel_pid: int, report: socket.socket) -> None:
        """Begin to count."""
        self._launch = launch
        self._kernel_pid = kernel_pid
        self._report = report
        self._deadline: float | None = time.monotonic() + launch.seconds
        self._strikes = 0
        self._spending = Spending()
        # The kernel begins as the same copy of the fork server that this process is.
        self._begun = usage.resident(os.getpid())

    def until_the_end(self) -> None:
        """Watch until the kernel is gone or nobody listens any more."""
        ticks = 0
        while True:
            asked = select.select([self._report], [], [], TICK_SECONDS)[0]
            # Before the answer, as are the limits: whoever has it knows what happened until then.
            if not self._kernel_runs():
                return
            ticks += 1
            family = usage.descendants(os.getpid())
            self._spending.look(family)
            if self._deadline is not None and time.monotonic() > self._deadline:
                self._end("time", self._kernel_pid)
            elif len(family) > self._launch.processes:
                self._end_fork_bomb()
            else:
                self._limit_memory_and_threads(family)
            if ticks % FILES_EVERY_TICKS == 0 and self._too_many_files(family):
                self._end("files", self._kernel_pid)
            if asked and not self._answer():
                return

    def _answer(self) -> bool:
        """Do what the trusted side asks; False when it has hung up."""
        message = self._report.recv(MAX_MESSAGE)
        if not message:
            return False
        match msgspec.json.decode(message, type=ToGuard):
            case Signal(number):
                _kill(self._kernel_pid, number)
            case Probed(number):
                self._deadline = None
                if self._end_all_but_the_kernel():
                    self._tell(Alone(number))
            case HowMuch(since):
                self._tell(self._spending.since(since))
        return True

    def _kernel_runs(self) -> bool:
        """Reap what has ended; tell if the kernel is among it."""
        for pid, status in _reap():
            if pid == self._kernel_pid:
                if status == -signal.SIGXCPU:
                    self._tell(LimitHit("processor time", kernel=True))
                self._tell(Exited(status))
                return False
        return True

    def _limit_memory_and_threads(self, family: list[int]) -> None:
        held = {pid: usage.resident(pid) for pid in family}
        threads = {pid: process.threads for pid, process in held.items()}
        if sum(threads.values()) > THREADS_PER_PROCESS * self._launch.processes:
            self._end("threads", max(threads, key=threads.__getitem__))
        # Every fork has tables of its own. Those that it begins with are limited by the number of processes.
        tables = {pid: max(process.tables - self._begun.tables, 0) for pid, process in held.items()}
        # Counts shared pages several times: if even that is little enough, the slow and exact count is not needed.
        if sum(process.memory for process in held.values()) + sum(tables.values()) <= self._launch.memory:
            return
        memory = {pid: usage.proportional(pid) + tables[pid] for pid in family}
        if sum(memory.values()) - self._begun.memory > self._launch.memory:
            self._end("memory", max(memory, key=memory.__getitem__))

    def _too_many_files(self, family: list[int]) -> bool:
        launch = self._launch
        # Without Landlock the folder of the sockets can be filled too.
        folders = (launch.scratch, launch.sockets)
        return usage.too_many_files(folders, family, launch.scratch_files, launch.scratch_size, launch.scratch_depth)

    def _end_fork_bomb(self) -> None:
        self._strikes += 1
        last = self._strikes >= STRIKES
        self._tell(LimitHit("processes", kernel=last))
        if last:
            _kill_group(self._kernel_pid)
            return
        # Stopped first, so that none makes up for those that are gone; who is born meanwhile is found at the next look.
        stopped: set[int] = set()
        for _ in range(SWEEPS):
            if not (left := set(usage.descendants(os.getpid())) - {self._kernel_pid} - stopped):
                break
            for pid in left:
                _kill(pid, signal.SIGSTOP)
            stopped |= left
        for pid in stopped:
            _kill(pid)

    def _end_all_but_the_kernel(self) -> bool:
        """What a notebook or a copy of it leaves running must not meet the next copy; the kernel ends if it cannot."""
        deadline = time.monotonic() + ALONE_SECONDS
        ended: set[int] = set()
        while left := set(usage.descendants(os.getpid())) - {self._kernel_pid} - ended:
            if time.monotonic() > deadline:
                # They fork faster than they end.
                self._end("processes", self._kernel_pid)
                return False
            ended |= {pid for pid in left if _has_ended(pid, deadline)}
        return True

    def _end(self, limit: str, pid: int) -> None:
        self._tell(LimitHit(limit, kernel=pid == self._kernel_pid))
        _kill(pid)

    def _tell(self, message: FromGuard) -> None:
        # Without waiting: a trusted side that does not listen must not keep the guard from its watch.
        with suppress(OSError):
            self._report.send(msgspec.json.encode(message), socket.MSG_DONTWAIT)


def _reap() -> list[tuple[int, int]]:
    """What has ended: process ids and exit codes (negative: the signal)."""
    ended = []
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended.append((pid, os.waitstatus_to_exitcode(status)))
    return ended


def _has_ended(pid: int, deadline: float) -> bool:
    """Kill a process and wait until no thread of it is left, its parent may wait for it or not; False if it is late."""
    try:
        process = os.pidfd_open(pid)
    except OSError:
        return True
    try:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGKILL)
        return bool(select.select([process], [], [], max(deadline - time.monotonic(), 0.0))[0])
    finally:
        os.close(process)


def _end_all(kernel_pid: int) -> None:
    """Kill every descendant and wait until all are gone."""
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        _kill_group(kernel_pid)
        # Others only where seccomp does not keep all of them in the group.
        for pid in usage.descendants(os.getpid()):
            _kill(pid)
        _reap()
        if not usage.descendants(os.getpid()):
            return
        time.sleep(0.002)


def _kill_group(kernel_pid: int) -> None:
    """Kill everything the submission runs, at one moment: a fork under way fails or is killed too."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(kernel_pid, signal.SIGKILL)


def _kill(pid: int, number: int = signal.SIGKILL) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
