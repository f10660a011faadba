"""The benchmarks' own logic: the simulation of a class, the ratios, who hands in what. Nothing here is timed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import mixed_course
import simulation
import throughput
import ways
from chainrule.course.batch import AHEAD
from chainrule.engine.assignment import named, shipped_names
from chainrule.proof.bank import Bank
from simulation import Waiting, written_at


def some(submissions: int = 400) -> tuple[simulation.Seconds, simulation.Seconds]:
    """Arrivals within a minute, and grading times between one and nine seconds."""
    rng = np.random.default_rng(1)
    return np.sort(rng.uniform(0, 60, submissions)), rng.uniform(1, 9, submissions)


def test_one_worker_needs_the_sum() -> None:
    _, grading = some()
    written = written_at(np.zeros(len(grading)), grading, 0.5, workers=1)
    assert written.max() == pytest.approx(grading.sum() + 0.5)
    assert (np.diff(written) > 0).all()


def test_as_many_workers_as_submissions_wait_for_nobody() -> None:
    arrived, grading = some()
    written = written_at(arrived, grading, 0.0, workers=len(arrived))
    assert written == pytest.approx(arrived + grading)


@pytest.mark.parametrize("writing", [0.0, 0.2])
def test_with_more_workers_nobody_waits_longer(writing: float) -> None:
    arrived, grading = some()
    found = [written_at(arrived, grading, writing, workers) for workers in simulation.WORKERS]
    for fewer, more in itertools.pairwise(found):
        # By order of being written: of two, the later may now come first.
        assert (np.sort(more) <= np.sort(fewer) + 1e-9).all()


def test_nothing_is_written_before_it_is_graded_nor_two_at_once() -> None:
    arrived, grading = some()
    written = written_at(arrived, grading, 0.2, workers=3)
    assert (written >= arrived + grading + 0.2 - 1e-9).all()
    assert np.diff(np.sort(written)).min() >= 0.2 - 1e-9


def test_the_writer_bounds_the_throughput() -> None:
    arrived, grading = some()
    full = simulation.saturating_workers(grading.tolist(), 0.2)
    assert full == pytest.approx(grading.mean() / 0.2)
    at_once = np.zeros(len(arrived))
    for workers in (64, 256):
        assert workers > full
        assert written_at(at_once, grading, 0.2, workers).max() == pytest.approx(len(arrived) * 0.2, rel=0.05)


def test_no_more_than_these_are_ahead_of_the_writer() -> None:
    count, workers, writing = 50, 4, 10.0
    written = written_at(np.zeros(count), np.full(count, 1.0), writing, workers)
    # Of the first ones the writer is busy without a pause, however few are handed out.
    assert np.sort(written) == pytest.approx(1.0 + writing * np.arange(1, count + 1))
    # A long one is not handed out before there is room, which is when the first is written.
    grading = np.array([1.0] * (workers + AHEAD) + [100.0])
    written = written_at(np.zeros(len(grading)), grading, writing, workers)
    assert written[-1] == pytest.approx((1.0 + writing) + 100.0 + writing)


def test_arrivals_rise_towards_the_deadline() -> None:
    arrived = simulation.arrivals(20_000, np.random.default_rng(0))
    assert -simulation.WINDOW_SECONDS <= arrived[0] <= arrived[-1] <= 0
    last = (arrived > -simulation.RISE_SECONDS).mean()
    assert last == pytest.approx(1 - np.exp(-1), abs=0.02)
    near = (arrived > -60.0).sum() / 60.0
    assert near == pytest.approx(simulation.peak_rate(20_000), rel=0.35)


def test_the_simulation_is_the_same_each_time() -> None:
    assert simulation.simulated(500, [1.0, 2.0], 0.1) == simulation.simulated(500, [1.0, 2.0], 0.1)


def test_waiting_is_from_handing_in_to_the_result() -> None:
    found = Waiting.of(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 6.0]))
    assert (found.median, found.worst, found.last_done) == (2.0, 4.0, 6.0)
    assert found.most == pytest.approx(3.8)


def test_ratios_are_of_seconds_or_of_throughput() -> None:
    seconds = {
        "nbgrader": 400.0,
        "jobs1": 180.0,
        "jobs2": 100.0,
        "dask": 125.0,
        "cells": 120.0,
        "trivial_nbgrader": 90.0,
        "trivial_chainrule": 3.0,
    }
    assert throughput.ratios(seconds) == {
        "nbgrader_over_chainrule": 4.0,
        "trivial_nbgrader_over_chainrule": 30.0,
        "trivial_otter_over_chainrule": None,
        "jobs2_over_jobs1": 1.8,
        "chainrule_over_cells": 1.5,
        "dask_over_jobs2": 0.8,
    }
    assert throughput.ratios({**seconds, "trivial_otter": 150.0})["trivial_otter_over_chainrule"] == 50.0


def test_scores_that_differ_in_the_last_digit_are_told() -> None:
    key = ("xor", "ada")
    first = ways.Graded(scores={key: (17.75, 20.0, {"passed": 9})})
    same = ways.Graded(scores={key: (17.75, 20.0, {"passed": 9})})
    other = ways.Graded(scores={key: (np.nextafter(17.75, 18), 20.0, {"passed": 9})})
    assert throughput.differing(first, same) == []
    assert throughput.differing(first, same, other) == ["xor/ada"]
    assert throughput.differing(first, same, ways.Graded()) == ["xor/ada"]


def test_submissions_are_mixed_and_none_loops_for_ever() -> None:
    assert sum(mixed_course.shares(40).values()) == 40
    assert mixed_course.shares(2) == dict.fromkeys(shipped_names()[:2], 1)
    for name in shipped_names():
        assignment = named(name, None)
        endless = mixed_course.mixed(Bank(assignment, assignment.source))
        chosen = [student for student, _ in itertools.islice(endless, 40)]
        assert len(set(chosen)) == 40
        assert not any(mixed_course.LEFT_OUT in student for student in chosen)
        assert sum("right" in student for student in chosen) == 20
