"""A fresh kernel is asked until it answers: its first broadcast can be lost; and none is waited for for ever."""

from __future__ import annotations

import asyncio
from queue import Empty
from typing import Any

import pytest
from conftest import notebook_of

from chainrule.engine import notebook
from chainrule.engine.notebook import NotebookRunner, PromptClient
from chainrule.sandbox.provisioner import SandboxProvisioner, SandboxSettings

IDLE = {"content": {"execution_state": "idle"}}


class Kernel(PromptClient):
    """Answers each question on the shell, and broadcasts only once a client has subscribed."""

    asked = 0
    lost = 1

    def kernel_info(self, *args: Any, **kwargs: Any) -> str:
        self.asked += 1
        return ""

    async def get_shell_msg(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {}

    async def get_iopub_msg(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self.asked <= self.lost:
            raise Empty
        return IDLE


def test_a_broadcast_that_got_lost_is_asked_for_again() -> None:
    kernel = Kernel()
    asyncio.run(kernel.wait_for_ready(timeout=5))
    assert kernel.asked == 2


def test_a_kernel_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel()
    kernel.lost = 10**9
    with pytest.raises(RuntimeError, match=r"did not answer within 0\.2 s"):
        asyncio.run(kernel.wait_for_ready(timeout=0.2))


def test_the_reason_is_told_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not an AssertionError on close, which would hide it."""
    ended: list[object] = []

    async def never(self: PromptClient, timeout: float | None = None) -> None:
        raise RuntimeError("The sandboxed kernel did not answer within 1 s.")

    cleanup = SandboxProvisioner.cleanup

    async def watched(self: SandboxProvisioner, restart: bool = False) -> None:
        ended.append(self.kernel)
        await cleanup(self, restart)

    monkeypatch.setattr(notebook.PromptClient, "wait_for_ready", never)
    monkeypatch.setattr(SandboxProvisioner, "cleanup", watched)
    runner = NotebookRunner(notebook_of("1 + 1"), SandboxSettings())
    with pytest.raises(RuntimeError, match="did not answer within 1 s"):
        runner.run()
    runner.close()
    assert ended
    assert ended[0] is not None
    assert not ended[0].folder.exists()  # type: ignore[attr-defined]
