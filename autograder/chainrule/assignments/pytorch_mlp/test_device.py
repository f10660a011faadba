"""Hidden tests of `device`: the choice of a device, and a row of the table of training times."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Student

pytestmark = pytest.mark.exercise("device")

NAMES = {"cuda": "CUDA", "mps": "MPS", "cpu": "the CPU"}


def picked(student: Student) -> str:
    """The type of the device that pick_device chooses, or nothing."""
    device = student.instruments.device_of(student.pick_device.keep())
    return device if isinstance(device, str) else ""


def row(student: Student, *arguments: object) -> list[str]:
    """A row of the table, checked to be four strings."""
    cells = expect.sequence(student.hardware_row(*arguments), 4, "the result of hardware_row")
    for cell in cells:
        expect.that(type(cell) is str, "A cell of the row is not a string.")
    return [str(cell) for cell in cells]


def check_cell(got: str, want: str, what: str) -> None:
    """One cell, letter by letter."""
    __tracebackhide__ = True
    shown = got if len(got) < 30 and got.isascii() and got.isprintable() else "another text"
    expect.that(got == want, f'{what} is written "{shown}", which is not right.')


def near_a_half(number: float) -> bool:
    """Whether it lies between two whole numbers, where both ways to round are right; true of 0 too."""
    return number == 0 or abs(number % 1 - 0.5) < 0.05


def uneven(seconds: NDArray[np.float64]) -> bool:
    """Whether neither the last of the times nor their median is nearly their mean."""
    mean = seconds.mean()
    others = [seconds[-1], *([np.median(seconds)] if len(seconds) > 2 else [])]
    return all(abs(other - mean) > 0.1 for other in others)


def check_looks(student: Student, cuda: bool, mps: bool) -> None:
    """A choice that is always the CPU is none."""
    student.instruments.pretend.keep(cuda, mps)
    there = NAMES["cuda" if cuda else "mps"]
    expect.that(picked(student) not in ("", "cpu"), f"With {there}, pick_device() chooses no accelerator.")


@pytest.mark.points(0.5)
def test_cpu(student: Student, rng: np.random.Generator) -> None:
    """Without an accelerator, as while this is graded, the device is the CPU"""
    at_least_one(*(partial(check_looks, student, cuda, not cuda) for cuda in (True, False)))
    student.instruments.pretend.keep(False, False)
    device = picked(student)
    expect.that(device, "pick_device() does not return a torch.device.")
    expect.that(device == "cpu", "pick_device() does not choose the CPU where there is nothing else.")


@pytest.mark.points(0.5)
def test_accelerator(student: Student, rng: np.random.Generator) -> None:
    """CUDA is chosen where there is one, else Apple's MPS where there is one"""
    for cuda, mps, want in ((True, False, "cuda"), (False, True, "mps"), (True, True, "cuda")):
        student.instruments.pretend.keep(cuda, mps)
        there = " and ".join(NAMES[kind] for kind, found in (("cuda", cuda), ("mps", mps)) if found)
        device = picked(student)
        expect.that(device == want, f"With {there}, pick_device() chooses {NAMES.get(device, 'something else')}.")


@pytest.mark.points(0.5)
def test_times(student: Student, rng: np.random.Generator) -> None:
    """The mean time of an epoch with one decimal, and the whole time in minutes and seconds, also above an hour"""
    for longest, epochs in ((20, 2), (20, 40), (20, 79), (400, 50), (1000, 100)):
        seconds = np.zeros(2)
        tries = draws.attempts()
        while near_a_half(10 * seconds.mean()) or near_a_half(seconds.sum()) or not uneven(seconds):
            next(tries)
            seconds = rng.uniform(0.5, longest, epochs).round(2)
        held = student.put(seconds.tolist())
        cells = row(student, "CPU", held, 0.5)
        check_cell(cells[1], f"{seconds.mean():.1f} s", "The mean time of an epoch")
        whole = round(seconds.sum())
        check_cell(cells[2], f"{whole // 60} min {whole % 60} s", f"The time of a training of {seconds.sum():.2f} s")
        expect.that(held.value() == seconds.tolist(), "The list of times was changed by the call.")


@pytest.mark.points(0.5)
def test_rounding(student: Student, rng: np.random.Generator) -> None:
    """Less than a minute, a minute that comes from rounding, name and accuracy"""
    for seconds, want in (
        ([3.0, 4.1], "0 min 7 s"),
        ([29.9, 29.8], "1 min 0 s"),
        ([119.8], "2 min 0 s"),
        ([3599.7], "60 min 0 s"),
    ):
        name, accuracy = f"card {rng.integers(100)}", int(rng.integers(1000, 9990))
        for more in (0.0, 0.3, 0.7):  # of the last digit that is shown
            cells = row(student, name, seconds, (accuracy + more) / 10_000)
            check_cell(cells[0], name, "The name")
            check_cell(cells[2], want, f"The time of a training of {sum(seconds):.1f} s")
            shown = accuracy + round(more)
            check_cell(cells[3], f"{shown // 100}.{shown % 100:02d} %", "The accuracy")
    for share, text in ((1, "100.00 %"), (0.0, "0.00 %")):
        check_cell(row(student, "card", [3, 4], share)[3], text, "The accuracy")
