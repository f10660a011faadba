"""One guard per submission: parent of everything the submission starts, watching what it uses and ending it all.

The guard runs none of the student's code. Orphans come back to it (child subreaper), so nothing outlives a
submission; Landlock's signal scope keeps the submission from ending its guard.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import time
from typing import NoReturn

import msgspec
import psutil

from autograder.sandbox.inside import confine, kernel
from autograder.sandbox.inside.orders import MAX_MESSAGE, Exited, FromGuard, Launch, LimitHit, ServerConfig, Signal

TICK_SECONDS = 0.05
FILES_EVERY_TICKS = 10
PR_SET_CHILD_SUBREAPER = 36


def run(launch: Launch, config: ServerConfig, report: socket.socket, door: socket.socket) -> NoReturn:
    """Fork the kernel, watch it until it ends or the trusted side hangs up, then end everything it left behind."""
    os.setsid()
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        os._exit(1)
    kernel_pid = os.fork()
    if kernel_pid == 0:
        os.setpgid(0, 0)
        report.close()
        confine.confine(launch, config)
        kernel.run(launch, door)
        os._exit(0)
    door.close()
    try:
        _watch(launch, kernel_pid, report)
    finally:
        _end_all()
        os._exit(0)


def _watch(launch: Launch, kernel_pid: int, report: socket.socket) -> None:
    shared = _anonymous_memory(psutil.Process())
    strikes = ticks = 0
    while True:
        if select.select([report], [], [], TICK_SECONDS)[0]:
            message = report.recv(MAX_MESSAGE)
            if not message:
                return
            os.kill(kernel_pid, msgspec.json.decode(message, type=Signal).number)
        status = _kernel_status(kernel_pid)
        if status is not None:
            _tell(report, Exited(status))
            return
        ticks += 1
        family = psutil.Process().children(recursive=True)
        memory = {process.pid: _anonymous_memory(process) - shared for process in family}
        if sum(memory.values()) > launch.memory:
            largest = max(memory, key=memory.__getitem__)
            _tell(report, LimitHit("memory", kernel=largest == kernel_pid))
            _kill(largest)
        elif len(family) > launch.processes:
            strikes += 1
            _tell(report, LimitHit("processes", kernel=strikes > 2))
            _end_all(spare=None if strikes > 2 else kernel_pid)
        elif ticks % FILES_EVERY_TICKS == 0 and _too_many_files(launch):
            _tell(report, LimitHit("files", kernel=True))
            _kill(kernel_pid)


def _kernel_status(kernel_pid: int) -> int | None:
    """Reap whatever has ended; the kernel's exit code (negative: signal) once it is among them."""
    status = None
    try:
        while True:
            pid, wait_status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return status
            if pid == kernel_pid:
                status = os.waitstatus_to_exitcode(wait_status)
    except ChildProcessError:
        return status


def _anonymous_memory(process: psutil.Process) -> int:
    """Resident anonymous memory in bytes (file mappings and what is swapped out do not count); 0 for a gone process."""
    try:
        with open(f"/proc/{process.pid}/status", "rb") as status:
            for line in status:
                if line.startswith(b"RssAnon:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def _too_many_files(launch: Launch) -> bool:
    count = size = 0
    for folder, _, names in os.walk(launch.scratch):
        count += len(names) + 1
        for name in names:
            try:
                size += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except OSError:
                continue
        if count > launch.scratch_files or size > launch.scratch_size:
            return True
    return False


def _end_all(spare: int | None = None) -> None:
    """Kill every descendant but `spare`. Stopped first, so that a fork bomb cannot outrun its own end."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        family = [process.pid for process in psutil.Process().children(recursive=True) if process.pid != spare]
        if spare is None:
            _kernel_status(0)
        alive = [pid for pid in family if not _is_zombie(pid)]
        if not alive:
            return
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in alive:
                _kill(pid, number)
        time.sleep(0.002)


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _kill(pid: int, number: int = signal.SIGKILL) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _tell(report: socket.socket, message: FromGuard) -> None:
    try:
        report.send(msgspec.json.encode(message))
    except OSError:
        # The trusted side is gone; the next recv says so and everything ends.
        pass
