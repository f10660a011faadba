"""The kernel's channels in the order of their socket numbers, known to both sides."""

from __future__ import annotations

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
PROBE_REQUEST = "chainrule_probe_request"
