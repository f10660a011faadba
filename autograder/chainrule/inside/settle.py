"""Makes a finished notebook cheap to fork, once, before the first hidden test: every copy pays for what is left."""

from __future__ import annotations

import ctypes
import gc

from matplotlib import font_manager

# Bound before a student's code runs, which may put others in their places.
_forget_fonts = getattr(getattr(font_manager, "_get_font", None), "cache_clear", None)
_give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""What is not there (another matplotlib, another libc) only costs time."""


def settle() -> None:
    """Leave little behind that a fork would copy, clear away or look through again.

    No collection, which takes longer than it saves, and no huge pages: those that copies write to are split again in
    each, and the others would have to be taken out of what all submissions share.
    """
    if _forget_fonts is not None:
        # matplotlib does so itself in every fork, and each would free them page by page.
        _forget_fonts()
    # What is there now is left alone by collections in the copies.
    gc.freeze()
    if _give_back is not None:
        # Pictures and trainings leave many free pages, and most of what a fork costs is copying page tables.
        _give_back(0)
