"""Every limit ends what ran into it under its own name, and harms nobody else."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import psutil
import pytest
from conftest import RunCells, printed

from chainrule.engine.notebook import FinishedNotebook
from chainrule.inside import usage
from chainrule.probe.outcome import Blocked, Crashed, OutOfMemory, StudentProblem, TimedOut
from chainrule.sandbox import server, warm_process
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import MEBIBYTE, Limits

LITTLE = server.Preload(modules=("json",))
"""For fork servers of a test's own."""

MODEST = 512 * MEBIBYTE


def ran(finished: FinishedNotebook) -> bool:
    """Whether the notebook came to an end that leaves a kernel to ask."""
    return finished.problem is None


# Cells.


def test_an_endless_cell_is_stopped(run_here: RunCells) -> None:
    finished = run_here("while True: pass", cell_seconds=0.5)
    assert any("did not finish within 0.5 s of processor time and was stopped" in note for note in finished.notes)
    assert "CellTimeoutError" in printed(finished)


def test_a_sleeping_cell_is_stopped(run_here: RunCells) -> None:
    finished = run_here("import time; time.sleep(1000)", cell_seconds=0.5)
    assert any("waited for 0.5 s without doing anything and was stopped" in note for note in finished.notes)
    assert "CellTimeoutError" in printed(finished)


def test_cells_after_an_endless_one_still_run(run_here: RunCells) -> None:
    finished = run_here("while True: pass", "print('still here')", cell_seconds=1)
    assert "still here" in printed(finished)


def test_functions_defined_before_an_endless_cell_can_be_asked(run_here: RunCells) -> None:
    finished = run_here("def two(): return 2", "while True: pass", cell_seconds=0.5)
    assert finished.student(5).two() == 2


STUBBORN = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"


def test_a_cell_that_will_not_be_interrupted_is_timed_out(run_here: RunCells) -> None:
    finished = run_here(STUBBORN, "print('never')", cell_seconds=0.5, notebook_seconds=1)
    assert isinstance(finished.problem, TimedOut)


def test_a_loop_in_c_is_timed_out(run_here: RunCells) -> None:
    finished = run_here(
        "import collections, itertools; collections.deque(itertools.repeat(1), maxlen=0)",
        cell_seconds=0.5,
        notebook_seconds=1,
    )
    assert isinstance(finished.problem, TimedOut)


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("import os; os._exit(0)", "exit"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "a signal"),
        ("import ctypes; ctypes.string_at(0)", "a segmentation fault"),
        ("import os; os.abort()", "abort"),
        ("import sys; sys.setrecursionlimit(10**9)\nx = []\nfor _ in range(10**6): x = [x]\nrepr(x)", "stack overflow"),
    ],
    ids=lambda value: value.replace(" ", "-") if len(value) < 22 else "",
)
def test_a_cell_that_ends_its_process_is_a_crash(run_here: RunCells, cell: str, what: str) -> None:
    finished = run_here(cell, cell_seconds=20)
    assert isinstance(finished.problem, Crashed), what


def test_a_cell_that_closes_all_descriptors_is_the_end_of_its_notebook_only(run_here: RunCells) -> None:
    finished = run_here("import os; os.closerange(0, 1000)", cell_seconds=0.5, notebook_seconds=1)
    assert isinstance(finished.problem, StudentProblem)


# Memory.


def test_sudden_memory_demand_is_a_memory_error(run_cells: RunCells) -> None:
    finished = run_cells("import numpy; x = numpy.ones(10**10)", "print('still here')", memory=MODEST)
    assert ran(finished)
    assert "MemoryError" in printed(finished)


TABLES = """
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
size = 1 << 40
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000
place = libc.mmap(None, ctypes.c_size_t(size), mmap.PROT_READ, flags, -1, 0)
libc.madvise(ctypes.c_void_p(place), ctypes.c_size_t(size), mmap.MADV_NOHUGEPAGE)
for at in range(place, place + size, 1 << 21): ctypes.c_char.from_address(at).value
"""
"""A table of a page for every page that is read; the page itself is always the same one."""


@pytest.mark.parametrize(
    "cell",
    [
        "x = []\nwhile True: x.append(bytearray(10**6))",
        "import mmap\nm = mmap.mmap(-1, 10**9, mmap.MAP_PRIVATE)\nfor i in range(0, 10**9, 4096): m[i] = 1",
        TABLES,
    ],
    ids=["heap", "mapped", "page tables"],
)
def test_slow_memory_growth_is_out_of_memory(run_cells: RunCells, cell: str) -> None:
    finished = run_cells(cell, memory=MODEST)
    assert isinstance(finished.problem, OutOfMemory)


@pytest.mark.parametrize(
    "cell",
    ["mmap.mmap(-1, 4096)", "mmap.mmap(os.open('/dev/zero', os.O_RDWR), 4096)", "os.memfd_create('x')"],
    ids=["anonymous", "of a device", "memfd"],
)
def test_there_is_no_shared_memory_but_in_files_that_are_counted(run_cells: RunCells, cell: str) -> None:
    assert "PermissionError" in printed(run_cells(f"import mmap, os\n{cell}"))


def test_memory_of_all_processes_counts_together(run_cells: RunCells) -> None:
    cell = (
        "import os\n"
        "end, hold = os.pipe()\n"
        "for _ in range(6):\n"
        "    if os.fork() == 0:\n"
        "        os.close(hold); held = bytearray(os.urandom(10**6) * 120); os.read(end, 1); os._exit(0)\n"
        "os.wait(); os.close(hold)"
    )
    finished = run_cells(cell, memory=MODEST)
    assert finished.kernel is not None
    finished.kernel.poll()
    assert "memory" in finished.kernel.limits_hit


def test_memory_shared_by_forks_counts_once(run_cells: RunCells) -> None:
    cell = (
        "import os, time\n"
        "held = bytearray(os.urandom(10**6) * 150)\n"
        "children = [os.fork() or (time.sleep(0.3), os._exit(0)) for _ in range(4)]\n"
        "for _ in children: os.wait()\n"
        "print('still here')"
    )
    assert "still here" in printed(run_cells(cell, memory=MODEST))


def test_out_of_memory_in_a_hidden_test_is_that_tests_own(run_cells: RunCells) -> None:
    cell = "def greedy():\n    x = []\n    while True: x.append(bytearray(10**6))\ndef two(): return 2"
    finished = run_cells(cell, memory=MODEST)
    with pytest.raises(OutOfMemory):
        finished.student(30).greedy()
    assert finished.student(5).two() == 2


# Processes and threads.

BOMB = (
    "import os, time\n"
    "for _ in range(150):\n"
    "    try:\n"
    "        if os.fork() == 0: time.sleep(60); os._exit(0)\n"
    "    except OSError: break\n"
)


def test_a_fork_bomb_is_ended_and_its_kernel_lives(run_cells: RunCells) -> None:
    finished = run_cells(BOMB + "time.sleep(0.3)\nprint('still here')", processes=8)
    assert finished.kernel is not None
    finished.kernel.poll()
    assert "processes" in finished.kernel.limits_hit


def test_a_persistent_fork_bomb_blocks_the_notebook(run_cells: RunCells) -> None:
    finished = run_cells("while True:\n" + "".join(f"    {line}\n" for line in BOMB.splitlines()), processes=8)
    assert isinstance(finished.problem, Blocked)
    assert "processes" in str(finished.problem)


def test_a_thread_bomb_blocks_the_notebook(run_cells: RunCells) -> None:
    cell = (
        "import threading, time\n"
        "for _ in range(300): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "time.sleep(60)"
    )
    finished = run_cells(cell, processes=8)
    assert isinstance(finished.problem, Blocked)
    assert "threads" in str(finished.problem)


# Files and output.


def test_a_huge_file_is_an_error_in_its_cell(run_here: RunCells) -> None:
    finished = run_here("f = open('x', 'wb')\nfor _ in range(3): f.write(bytes(10**6)); f.flush()", file_size=MEBIBYTE)
    assert "File too large" in printed(finished)


def test_a_huge_file_in_a_hidden_test_is_blocked(run_here: RunCells) -> None:
    finished = run_here("def fill(): open('x', 'wb').write(bytes(10**7))", file_size=MEBIBYTE)
    with pytest.raises(Blocked, match="too large"):
        finished.student(5).fill()


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("for i in range(300): open(f'{i}', 'w')", "many"),
        ("for i in range(9): open(f'{i}', 'wb').write(bytes(10**6))", "large"),
        (
            "import os\nheld = []\nfor i in range(9):\n"
            "    held.append(open('x', 'wb', buffering=0)); held[-1].write(bytes(10**6)); os.remove('x')",
            "deleted but open",
        ),
        (
            "import mmap, os\nheld = []\nfor i in range(9):\n"
            "    with open('x', 'w+b') as f: f.write(bytes(10**6)); f.flush(); held.append(mmap.mmap(f.fileno(), 0))\n"
            "    os.remove('x')",
            "deleted but mapped",
        ),
        ("import os\nfor _ in range(200): os.mkdir('d'); os.chdir('d')", "deep"),
        (
            "import os; os.mkdir('d', 0o300); os.chdir('d')\nfor i in range(300): open(f'{i}', 'w')",
            "many, out of sight",
        ),
    ],
    ids=lambda value: value.replace(" ", "-") if len(value) < 20 else "",
)
def test_too_many_files_block_the_notebook(run_here: RunCells, cell: str, what: str) -> None:
    finished = run_here(
        cell + "\nimport time; time.sleep(60)", scratch_files=200, scratch_size=4 * MEBIBYTE, cell_seconds=10
    )
    assert isinstance(finished.problem, Blocked), what
    assert "files" in str(finished.problem)


def test_a_deleted_file_counts_whole_however_little_of_it_is_mapped(tmp_path: Path) -> None:
    with open(tmp_path / "x", "w+b") as held:
        held.write(bytes(10**7))
        held.flush()
        with mmap.mmap(held.fileno(), 4096):
            os.unlink(held.name)
            for size, too_many in ((2 * 10**7, False), (5 * 10**6, True)):
                assert usage.too_many_files([str(tmp_path)], [os.getpid()], 100, size, 10) is too_many


def test_a_scratch_folder_nested_beyond_any_path_is_removed(run_here: RunCells) -> None:
    finished = run_here("import os\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')", scratch_files=10**6)
    assert finished.kernel is not None
    finished.kernel.close()
    assert not finished.kernel.folder.exists()


@pytest.mark.parametrize(
    "cell", ["print('x' * 3 * 10**7)", "for _ in range(30): print('x' * 10**6)"], ids=["at-once", "bit-by-bit"]
)
def test_huge_output_is_cut_and_noted(run_here: RunCells, cell: str) -> None:
    finished = run_here(cell, "print('still here')")
    assert ran(finished)
    assert any("printed more than 8 MiB" in note for note in finished.notes)


def test_a_huge_display_is_left_out(run_here: RunCells) -> None:
    finished = run_here("from IPython.display import HTML\nHTML('x' * 3 * 10**7)", "print('still here')")
    assert ran(finished)
    assert "was left out" in printed(finished)


def test_an_exception_with_a_huge_text_is_survived(run_here: RunCells) -> None:
    finished = run_here("raise ValueError('x' * 2 * 10**7)", "print('still here')")
    assert "still here" in finished.notebook.cells[1].outputs[0].text


def test_many_messages_do_not_lose_the_end_of_a_cell(run_here: RunCells) -> None:
    cell = "from IPython.display import display\nfor i in range(2000): display(i)"
    assert ran(run_here(cell, "print('still here')"))


def test_a_message_too_long_for_the_grader_ends_that_notebook_only(run_here: RunCells) -> None:
    cell = "get_ipython().kernel.iopub_thread.socket.send(bytes(2 * 10**7))\nimport time; time.sleep(60)"
    finished = run_here(cell, cell_seconds=0.5, notebook_seconds=1)
    assert isinstance(finished.problem, StudentProblem)


def test_a_message_that_is_none_blocks_the_notebook(run_here: RunCells) -> None:
    cell = "get_ipython().kernel.iopub_thread.socket.send_multipart([b'<IDS|MSG>', b'', b'{', b'', b'', b''])"
    finished = run_here(cell, "1", cell_seconds=2, notebook_seconds=3)
    assert isinstance(finished.problem, StudentProblem)


def test_processor_time_is_timed_out(run_here: RunCells) -> None:
    assert isinstance(run_here("while True: pass", cpu_seconds=1).problem, TimedOut)


def test_the_guard_ends_a_notebook_that_the_trusted_side_does_not_end(warm: server.ForkServer) -> None:
    kernel = warm.launch(Limits(notebook_seconds=0.2, grace_seconds=0.0))
    try:
        while kernel.poll(seconds=5) is None:
            pass
        assert kernel.limits_hit == ["time"]
    finally:
        kernel.close()


# What is left behind.

DAEMON = (
    "import os, time\n"
    "if os.fork() == 0:\n"
    "    try: os.setsid()\n"
    "    except OSError: pass\n"
    "    if os.fork() == 0:\n"
    "        while True: time.sleep(0.01)\n"
    "    os._exit(0)\n"
    "os.wait()"
)

HOPPER = "import os\nif os.fork() == 0:\n    while True:\n        if os.fork(): os._exit(0)\n"


def started_below(warm: server.ForkServer) -> set[psutil.Process]:
    return set(psutil.Process(warm.process_id).children(recursive=True))


@pytest.mark.parametrize("cell", [DAEMON, HOPPER], ids=["daemon", "chain-of-forks"])
def test_nothing_outlives_a_submission(run_cells: RunCells, warm: server.ForkServer, cell: str) -> None:
    run_cells("1").kernel.close()  # type: ignore[union-attr]
    before = started_below(warm)
    finished = run_cells(cell)
    assert finished.kernel is not None
    finished.kernel.close()
    left = [process for process in started_below(warm) - before if process.status() != psutil.STATUS_ZOMBIE]
    assert left == []


def test_the_scratch_folder_is_removed(run_cells: RunCells) -> None:
    finished = run_cells("import os; os.makedirs('a/b'); open('a/b/c', 'w'); os.mkdir('closed', 0)")
    assert finished.kernel is not None
    finished.kernel.close()
    assert not finished.kernel.folder.exists()


def test_a_kernel_can_be_closed_twice(run_cells: RunCells) -> None:
    kernel = run_cells("1").kernel
    assert kernel is not None
    kernel.close()
    kernel.close()


def test_two_kernels_of_one_server_know_nothing_of_each_other(run_cells: RunCells) -> None:
    first, second = run_cells("x = 1\ndef look(): return x"), run_cells("x = 2\ndef look(): return x")
    assert (first.student(5).look(), second.student(5).look()) == (1, 2)


# Faults of our own.


def test_a_dead_fork_server_is_replaced(layers: Layers) -> None:
    dead = server.shared(LITTLE, layers)
    process = psutil.Process(dead.process_id)
    warm_process.kill(process.pid)
    assert psutil.wait_procs([process], timeout=20)[1] == []
    fresh = server.shared(LITTLE, layers)
    assert fresh is not dead
    kernel = fresh.launch(Limits())
    assert kernel.poll() is None
    fresh.close()


def test_a_closed_server_ends_the_kernels_that_nobody_closed(layers: Layers) -> None:
    own = server.ForkServer(LITTLE, layers)
    kernel = own.launch(Limits())
    own.close()
    assert kernel.report.fileno() < 0
    assert not own.folder.exists()


def test_launching_from_a_dead_server_says_so(layers: Layers) -> None:
    own = server.ForkServer(LITTLE, layers)
    own.close()
    with pytest.raises(server.ServerError):
        own.launch(Limits())
    assert not own.folder.exists()


def test_a_fork_of_the_grader_that_exits_leaves_the_server_alone(warm: server.ForkServer) -> None:
    child = os.fork()
    if child == 0:
        warm.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert warm.alive
    assert warm.folder.exists()
