"""Finds messages and hints that give an expected number away."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

LONG_NUMBER = 4
"""Digits from which a number in a message counts as an expected value given away."""


def giving_away(messages: Iterable[str], expected: Collection[float]) -> list[str]:
    """The messages that hold one of these numbers with four or more digits."""

    def is_expected(number: str) -> bool:
        digits = min(significant_digits(number), 17)
        return any(float(f"{abs(value):.{digits}g}") == float(number) for value in expected)

    return [message for message in messages if any(map(is_expected, long_numbers(message)))]


def long_numbers(text: str) -> list[str]:
    """The numbers in a text that have at least `LONG_NUMBER` significant digits, without their sign."""
    numbers = re.findall(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)
    return [number for number in numbers if significant_digits(number) >= LONG_NUMBER]


def significant_digits(number: str) -> int:
    """How many digits a written number has, without leading zeros."""
    return len(number.partition("e")[0].replace(".", "").lstrip("0"))
