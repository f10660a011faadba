"""A seeded sample of a bank: `make test` tries some of what `make verify` tries all of.

Another sample: CHAINRULE_SAMPLE=7 make test
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

SEED = os.environ.get("CHAINRULE_SAMPLE", "0")


def sample(things: Sequence[Thing], count: int, what: str) -> list[Thing]:
    """Some of these, in their order; `what` they are makes the draws of different banks differ."""
    chosen = random.Random(f"{SEED} {what}").sample(range(len(things)), min(count, len(things)))
    return [things[index] for index in sorted(chosen)]
