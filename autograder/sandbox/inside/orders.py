"""Messages between the trusted side, the fork server and the guards. Both ends are our own code."""

from __future__ import annotations

import msgspec

MAX_MESSAGE = 1 << 18


class ServerConfig(msgspec.Struct, frozen=True):
    """How a fork server is set up.

    `control` is its end of the control channel (a file descriptor), `preload` the modules that every fork shares,
    `readable` the paths that a fork may read, `writable_devices` the device files it may write to.
    """

    control: int
    preload: list[str]
    readable: list[str]
    writable_devices: list[str]
    landlock: bool
    seccomp: bool


class Launch(msgspec.Struct, frozen=True):
    """Ask for one kernel; the guard's report channel and the probe's door travel beside it as descriptors."""

    scratch: str
    sockets: str
    key: str
    cpu_seconds: int
    memory: int
    processes: int
    file_size: int
    scratch_size: int
    scratch_files: int


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """The fork server is about to load this module."""

    module: str


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The fork server waits for launches."""


class Signal(msgspec.Struct, frozen=True, tag="signal"):
    """Send this signal to the kernel process."""

    number: int


class LimitHit(msgspec.Struct, frozen=True, tag="limit"):
    """The guard ended a process over a limit: memory, processes or files. `kernel` tells whether it was the kernel."""

    limit: str
    kernel: bool


class Exited(msgspec.Struct, frozen=True, tag="exited"):
    """The kernel process is gone; `status` as in `os.waitstatus_to_exitcode`."""

    status: int


FromServer = Progress | Ready
FromGuard = LimitHit | Exited
