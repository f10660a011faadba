"""Which sandbox layers this machine has, and whether they are enough to grade."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from dataclasses import dataclass

from chainrule.sandbox import bubblewrap

HOW_TO_GET = {
    "bubblewrap": "apt install bubblewrap (needs user namespaces, which container profiles often forbid)",
    "landlock": "a Linux kernel of 6.12 or newer with Landlock enabled (lsm=...,landlock)",
    "seccomp": "a Linux kernel with seccomp filters (every distribution kernel has them), on x86_64 or aarch64",
}

SIGNALS_SCOPED = 6
"""The Landlock ABI since which a process cannot send signals to those outside."""

UNSANDBOXED = "unsandboxed"
"""The level recorded when student code ran without a sandbox."""


class NoSandboxError(RuntimeError):
    """This machine cannot keep student code away from the course; the message says what to install."""


@dataclass(frozen=True)
class Layers:
    """The layers in use: bubblewrap's path, the Landlock ABI (0: none), seccomp; rlimits are always there."""

    bubblewrap: str | None
    landlock: int
    seccomp: bool

    @property
    def safe(self) -> bool:
        """Whether grading is safe: files and processes shut away by Landlock or bubblewrap, system calls by seccomp."""
        return self.seccomp and (self.scopes_signals or bool(self.bubblewrap))

    @property
    def scopes_signals(self) -> bool:
        """Whether Landlock keeps a submission's signals to itself, so that submissions may share a fork server.

        Where it does not, bubblewrap's PID namespace does: one for each submission, with a fork server of its own.
        """
        return self.landlock >= SIGNALS_SCOPED

    def __str__(self) -> str:
        """The level reached as recorded on every grade, such as `bubblewrap+landlock7+seccomp+rlimits`."""
        if not self.safe:
            return UNSANDBOXED
        named = ["bubblewrap"] * bool(self.bubblewrap) + [f"landlock{self.landlock}"] * bool(self.landlock)
        return "+".join([*named, "seccomp", "rlimits"])

    def require_safe(self) -> None:
        """Refuse to go on without a sandbox.

        Raises:
            NoSandboxError: says what is missing and how to get it.
        """
        if not self.safe:
            missing = [f"{name}: {how}" for name, how in HOW_TO_GET.items() if not getattr(self, name)]
            raise NoSandboxError(
                "No sandbox: this machine cannot keep student code away from the course, so nothing was graded. "
                f"Grading needs seccomp, and either Landlock (ABI {SIGNALS_SCOPED} or newer) or bubblewrap. "
                f"Missing here: {'; '.join(missing)}."
            )


NONE = Layers(bubblewrap=None, landlock=0, seccomp=False)
"""No layer: only for `--unsafe`, and every report says `unsandboxed`."""


@functools.cache
def found() -> Layers:
    """Look once for each layer by trying it."""
    if sys.platform != "linux":
        return NONE
    import landlockpy
    import seccompy

    return Layers(bubblewrap=_working_bubblewrap(), landlock=landlockpy.abi_version(), seccomp=seccompy.supported())


def _working_bubblewrap() -> str | None:
    """The path of a bwrap that can really make its namespaces here."""
    path = shutil.which("bwrap")
    if path is None:
        return None
    try:
        trial = subprocess.run(
            bubblewrap.trial(path),
            capture_output=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return path if trial.returncode == 0 else None
