"""Messages between the trusted side, the fork server and the guards. Both ends are our own code."""

from __future__ import annotations

import msgspec

MAX_MESSAGE = 1 << 18


class ServerConfig(msgspec.Struct, frozen=True):
    """How a fork server is set up.

    `control` is its end of the control channel (a file descriptor), `preload` the modules that every fork shares,
    `readable` the paths that a fork may read, `writable_devices` the device files it may write to, `landlock` the
    Landlock ABI that forks are confined by (0: none). Is it `for_one` submission alone, no picture is drawn ahead that
    this one may never draw.
    """

    control: int
    preload: list[str]
    readable: list[str]
    writable_devices: list[str]
    landlock: int
    seccomp: bool
    for_one: bool


class Launch(msgspec.Struct, frozen=True):
    """Ask for one kernel; the guard's report socket and the kernel's probe socket travel beside it as descriptors.

    `seconds` of wall clock is the kernel's time until it is `Probed`; for the rest see `chainrule.sandbox.limits`.
    """

    scratch: str
    sockets: str
    key: str
    environment: dict[str, str]
    seconds: float
    cpu_seconds: int
    memory: int
    processes: int
    open_files: int
    file_size: int
    scratch_size: int
    scratch_files: int
    scratch_depth: int


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """The fork server is about to load this module."""

    module: str


class WithoutBytecode(msgspec.Struct, frozen=True, tag="without bytecode"):
    """The fork server had to compile these modules; the next one need not if somebody writes that down."""

    sources: list[str]


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The fork server waits for launches."""


class Signal(msgspec.Struct, frozen=True, tag="signal"):
    """Send this signal to the kernel process."""

    number: int


class Probed(msgspec.Struct, frozen=True, tag="probed"):
    """The notebook is done and a hidden test begins, with time limits of its own: end all processes but the kernel.

    `number` counts these messages.
    """

    number: int


class HowMuch(msgspec.Struct, frozen=True, tag="how much"):
    """Ask what the submission has used since this moment, on the monotonic clock."""

    since: float


class Used(msgspec.Struct, frozen=True, tag="used"):
    """What all processes of the submission used since then, in seconds, those that have ended included.

    `processor` is their processor time, `awake` the wall clock in which any of them ran or could have, given a core.
    """

    since: float
    processor: float
    awake: float


class LimitHit(msgspec.Struct, frozen=True, tag="limit"):
    """The guard ended a process over a limit: memory, processes, threads, files or time.

    `kernel` tells whether it was the kernel.
    """

    limit: str
    kernel: bool


class Alone(msgspec.Struct, frozen=True, tag="alone"):
    """After the `Probed` of this number no process but the kernel is left."""

    number: int


class Exited(msgspec.Struct, frozen=True, tag="exited"):
    """The kernel process is gone; `status` as in `os.waitstatus_to_exitcode`."""

    status: int


ToGuard = Signal | Probed | HowMuch
FromServer = Progress | WithoutBytecode | Ready
FromGuard = LimitHit | Exited | Used | Alone
