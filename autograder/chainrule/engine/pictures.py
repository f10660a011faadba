"""Pictures that a student's notebook brings along: shown if they are PNG or JPEG, of a size that a browser can take."""

from __future__ import annotations

import base64
import io
import re
import warnings
from typing import Any

from PIL import Image

from chainrule.engine.bounds import Bound

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
MOST_PIXELS = 40_000_000
"""What a picture may unfold to; a few kilobytes can be gigabytes of it."""

WHITESPACE = re.compile(r"\s")


def verified(kind: str, encoded: Any, room: Bound) -> str | None:
    """A picture in base64, encoded anew; None if it is none of its kind, or too large for what is left of the room.

    Only its head and, of a PNG, the checksums of its chunks are read; no pixel is decoded here.
    """
    if kind not in FORMATS or not isinstance(encoded, str) or len(encoded) > 2 * min(room.each, room.left):
        return None
    try:
        raw = base64.b64decode(WHITESPACE.sub("", encoded), validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(raw), formats=[FORMATS[kind]]) as image:
                sound = 0 < image.width * image.height <= MOST_PIXELS
                image.verify()
    except Exception:  # noqa: BLE001
        # Pillow raises all sorts of things on what is no picture.
        return None
    return base64.b64encode(raw).decode() if sound and room.fits(len(raw)) else None
