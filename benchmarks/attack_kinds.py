"""The attacks by kind, and which of them mean anything to which grader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chainrule.attacks import (
    break_the_batch,
    forge,
    forge_cells,
    forge_frames,
    get_out,
    hand_in,
    read,
    turn_on_the_instructor,
    use_the_grader,
)
from chainrule.attacks.attack import Answer, Answers, Attack, Beside, File, Inbound, Shown

KINDS: Mapping[str, tuple[Attack, ...]] = {
    "forge a score: values that agree with everything": forge.VALUES,
    "forge a score: patches, frames, exceptions": (*forge.DEEDS, *read.MEMORY),
    "forge a score: the notebook's cells": forge_cells.ATTACKS,
    "forge a score: frames of our probe": forge_frames.ATTACKS,
    "change what the tests run in": break_the_batch.STATE,
    "use the grader": (*use_the_grader.HARVESTS, *use_the_grader.CALLS, *use_the_grader.BELIEVED),
    "read a secret": (*read.FILES, *read.PROCESSES),
    "get out: sockets, processes, files": (*get_out.SOCKETS, *get_out.PROCESSES, *get_out.FILES),
    "get out: calls to the kernel": get_out.KERNEL,
    "leave something for the next": get_out.LEFT_BEHIND,
    "harm the batch, take everything": (
        *break_the_batch.CALLS,
        *break_the_batch.CELLS,
        *use_the_grader.KEPT,
        *break_the_batch.FILES,
    ),
    "hand in what is not yours": hand_in.ATTACKS,
    "turn on the instructor": turn_on_the_instructor.ATTACKS,
}

ALL: tuple[Attack, ...] = tuple(attack for attacks in KINDS.values() for attack in attacks)

TAKES = frozenset(
    {
        "sudden_memory",
        "slow_memory",
        "shared_memory",
        "fork_bomb",
        "thread_bomb",
        "full_disk",
        "memory_cell",
        "fork_bomb_cell",
        "full_disk_of_small_files",
        "a_million_files",
        "deep_folders",
        "shared_memory_not_resident",
        "page_tables",
    }
)
"""What takes more than the assignment's limits give, and has success when it has got it all."""

AT_OUR_PACKAGE = frozenset(
    {
        "others_scratch",
        "neighbours_by_dots",
        "old_graders_folder",
        "shipped_hidden_test",
        "shipped_reference",
        "shipped_mistakes",
        "seeds",
        "list_assignments",
        "import_assignments",
        "import_engine",
        "import_reference",
        "import_sandbox",
        "package_resources",
        "server_log",
        "planted_link",
        "kernels_socket",
        "huge_argument_elsewhere",
        "own_side_patched",
        "probe_taken_away",
        "probe_answered",
        "secret_folder",
        "partial_results_folder",
        "partial_results_link",
        "results_folder",
        "results_forged",
    }
)
"""These aim at files, modules or processes that only our grader has."""

NOT_TRIED: Mapping[str, str] = {
    "sudden_memory": "80 GB would take the machine that the benchmark runs on",
}
"""Against other graders, which have no limit of their own."""


@dataclass
class Tried:
    """What was tried against one grader, by name: what each attack gained, or nothing."""

    gained: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    not_tried: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, gained: str) -> None:
        """An attack was tried, and gained this."""
        if gained:
            self.gained[name] = gained
        else:
            self.failed.add(name)

    def add(self, other: Tried) -> None:
        """Take over what was tried elsewhere."""
        self.gained |= other.gained
        self.failed |= other.failed
        self.not_tried |= other.not_tried

    @property
    def tried(self) -> set[str]:
        """The names of all that were tried."""
        return self.gained.keys() | self.failed


def applies_to_nbgrader(attack: Attack) -> bool:
    """Whether an attack means anything to stock nbgrader."""
    if attack.name in AT_OUR_PACKAGE or (isinstance(attack, Answers) and attack.assignment != "practice"):
        return False
    # The hidden test of these aims at our probe, or at our own comparison.
    return not (isinstance(attack, Answer) and "NotImplementedError" in attack.check)


def applies_to_otter(attack: Attack) -> bool:
    """Whether an attack means anything to otter, which gets one notebook, and makes no page of it.

    Its tests are not in the notebook, so that what is done to their cells says nothing; nor is there a batch.
    """
    if isinstance(attack, Beside | Inbound | Shown | File) or attack in forge_cells.EDITS:
        return False
    return applies_to_nbgrader(attack) and attack.name != "import_nbgrader"


def names(attacks: Iterable[Attack]) -> list[str]:
    """The names of attacks, in their order."""
    return [attack.name for attack in attacks]
