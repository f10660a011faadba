"""The attacks that have success today, each with the reason: a list that only gets shorter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import pytest

from chainrule.attacks.attack import Attack

FALLS_TODAY: dict[str, str] = {}

FALLS_WITHOUT_BUBBLEWRAP: dict[str, str] = {
    "status_of_a_secret": "Landlock does not say whose size and time may be asked for.",
    "existence_of_a_secret": "Landlock does not say whose existence may be asked for.",
}

Kind = TypeVar("Kind", bound=Attack)


def only(kind: type[Kind], *lists: Iterable[Attack]) -> list[Kind]:
    """The attacks of one kind in these lists."""
    return [attack for attacks in lists for attack in attacks if isinstance(attack, kind)]


def each(attacks: Iterable[Attack]) -> pytest.MarkDecorator:
    """A test for each attack; one that has success today must fail, and it is told when it no longer does."""
    return pytest.mark.parametrize(
        "attack",
        [
            pytest.param(
                attack,
                id=attack.name,
                marks=[pytest.mark.xfail(reason=FALLS_TODAY[attack.name], strict=True)]
                if attack.name in FALLS_TODAY
                else [],
            )
            for attack in attacks
        ],
    )
