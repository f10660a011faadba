"""Keeps the kernel's messages short: the trusted side hangs up on a long one, and the notebook would end there.

This runs in the student's process, for those who print too much by accident. The trusted side's own limits are what
holds against everybody else.
"""

from __future__ import annotations

from typing import Any

from jupyter_client.session import Session

MAX_MESSAGE = 10 * 1024 * 1024
LONGEST_STREAM = 9 * 1024 * 1024
LONGEST_TEXT = 64 * 1024
LONGEST_LIST = 1_000
"""Bytes of a message; characters of a print and of any other text, and items of a list, in one that is shortened."""


class BoundedSession(Session):
    """A session that shortens what is longer than a message may be."""

    def serialize(self, msg: dict[str, Any], ident: Any = None) -> list[bytes]:
        """The message's parts, as `Session.serialize`."""
        parts = super().serialize(msg, ident)
        if sum(map(len, parts)) <= MAX_MESSAGE:
            return parts
        content = msg["content"]
        size = sum(map(len, parts))
        if msg["msg_type"] == "stream":
            # In JSON a character takes one byte, or up to six.
            room = min(LONGEST_STREAM * len(content["text"]) // size, LONGEST_STREAM)
            shorter: Any = {**content, "text": content["text"][:room]}
        elif "data" in content:
            left_out = {"text/plain": f"(an output of {size // 2**20} MiB was left out)"}
            shorter = {**content, "data": left_out, "metadata": {}}
        else:
            shorter = _shortened(content)
        return super().serialize({**msg, "content": shorter}, ident)


def _shortened(content: Any) -> Any:
    if isinstance(content, str):
        return content[:LONGEST_TEXT]
    if isinstance(content, list):
        return [_shortened(item) for item in content[:LONGEST_LIST]]
    if isinstance(content, dict):
        return {key: _shortened(content[key]) for key in list(content)[:LONGEST_LIST]}
    return content
