"""Break the batch: code that never ends, that takes everything, that ends its process, and files that are no notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import nbformat

from chainrule.attacks.attack import Answer, Attack, File, Notebook
from chainrule.attacks.notebooks import on_top


def _call(name: str, tries: str, code: str, outcome: str, said: str = "", **more: Any) -> Answer:
    body = code.replace("\n", "\n    ")
    return Answer(
        name=name, tries=tries, code=f"def EXERCISE(x):\n    {body}\n    return x", outcome=outcome, said=said, **more
    )


CALLS: tuple[Attack, ...] = (
    _call("endless_call", "A function never ends.", "while True:\n    pass", "timed out"),
    _call(
        "endless_call_in_c",
        "A function never ends, and no signal of Python's reaches it.",
        """\
import collections, itertools
collections.deque(itertools.repeat(1), maxlen=0)""",
        "timed out",
    ),
    _call("sleeping_call", "A function sleeps.", "import time\ntime.sleep(60)", "timed out"),
    _call(
        "stubborn_call",
        "A function never ends and ignores every signal it can.",
        """\
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU):
    signal.signal(number, signal.SIG_IGN)
while True:
    pass""",
        "timed out",
    ),
    _call(
        "waiting_for_input",
        "A function waits for somebody to type.",
        """\
import os
end, other = os.pipe()
os.read(end, 1)""",
        "timed out",
    ),
    _call("exit_call", "The process ends without a word.", "import os\nos._exit(0)", "crashed", "ended"),
    _call(
        "killed_call",
        "The process kills itself.",
        """\
import os, signal
os.kill(os.getpid(), signal.SIGKILL)""",
        "crashed",
        "ended",
    ),
    _call(
        "segmentation_fault",
        "The process reads where there is no memory.",
        """\
import ctypes
ctypes.string_at(0)""",
        "crashed",
        "ended",
    ),
    _call("abort", "The process aborts.", "import os\nos.abort()", "crashed", "ended"),
    _call(
        "stack_overflow",
        "The process runs out of stack.",
        """\
import sys
sys.setrecursionlimit(10**9)
held = []
for _ in range(10**6):
    held = [held]
repr(held)""",
        "crashed",
    ),
    _call("recursion", "A function calls itself for ever.", "return EXERCISE(x)", "crashed", "RecursionError"),
    _call("descriptors_closed", "All descriptors are closed.", "import os\nos.closerange(3, 1000)", "crashed"),
    _call(
        "sudden_memory",
        "Eighty gigabytes are asked for at once.",
        """\
import numpy
numpy.ones(10**10)""",
        "out of memory",
    ),
    _call(
        "slow_memory",
        "Memory is taken bit by bit.",
        """\
held = []
for _ in range(1500):
    held.append(bytearray(b'x' * 10**6))""",
        "out of memory",
    ),
    _call(
        "shared_memory",
        "Memory is taken that is shared between processes.",
        """\
import mmap
held = mmap.mmap(-1, 1 << 30)
for at in range(0, 1 << 30, 1 << 20):
    held[at:at + (1 << 20)] = b'x' * (1 << 20)""",
        "blocked",
        "PermissionError",
    ),
    _call(
        "fork_bomb",
        "Processes are started without end.",
        """\
import os, time
for _ in range(20):
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
time.sleep(20)""",
        "blocked",
        "processes",
    ),
    _call(
        "thread_bomb",
        "Threads are started without end.",
        """\
import threading, time
threading.stack_size(2**16)
for _ in range(200):
    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
time.sleep(20)""",
        "blocked",
        "threads",
    ),
    _call(
        "full_disk",
        "The disk is filled with one file.",
        """\
with open('x', 'wb', buffering=0) as file:
    for _ in range(30):
        file.write(bytes(10**6))""",
        "blocked",
    ),
    _call(
        "a_gigabyte_printed",
        "A function prints a gigabyte.",
        """\
line = 'x' * 10**6
for _ in range(1000):
    print(line)""",
        "failed",
    ),
    _call(
        "network_in_a_call",
        "A function asks the network.",
        """\
import urllib.request
urllib.request.urlopen('http://127.0.0.1:9/', timeout=2)""",
        "crashed",
        "not permitted",
    ),
    _call(
        "hostile_exception",
        "An exception's text has escapes, tags and a million letters.",
        "raise ValueError('\\x1b[2J\\x1b]0;title\\x07<script>alert(1)</script>\\u202e' + 'x' * 10**6)",
        "crashed",
        "ValueError",
    ),
    _call(
        "exception_without_text",
        "An exception fails when its text is asked for.",
        """\
class Odd(Exception):
    def __str__(self):
        raise ValueError
raise Odd""",
        "crashed",
        "Odd",
    ),
    _call(
        "hostile_exception_type",
        "An exception's type lies about its name and parents.",
        """\
kind = type('MemoryError', (Exception,), {'__qualname__': 'passed'})
raise kind('10 of 10')""",
        "out of memory",
    ),
    _call(
        "not_written",
        "An answer says that it was never written, when it costs less.",
        "raise NotImplementedError",
        "missing",
    ),
    _call("permission_denied", "An answer says that it was blocked.", "raise PermissionError(1, 'passed')", "blocked"),
)

STATE: tuple[Attack, ...] = (
    _call(
        "torch_dtype",
        "torch makes numbers of half precision from now on.",
        """\
import torch
torch.set_default_dtype(torch.float16)""",
        "failed",
        torch=True,
        check="""\
EXERCISE(x)
import torch
assert torch.get_default_dtype() == torch.float16""",
    ),
    _call(
        "torch_threads",
        "torch uses a hundred threads from now on.",
        """\
import torch
torch.set_num_threads(100)""",
        "failed",
        torch=True,
        check="""\
EXERCISE(x)
import torch
assert torch.get_num_threads() == 100""",
    ),
    _call(
        "torch_device",
        "torch computes on a device without numbers from now on.",
        """\
import torch
torch.set_default_device('meta')""",
        "failed",
        torch=True,
        check="""\
EXERCISE(x)
import torch
assert torch.zeros(1).device.type == 'meta'""",
    ),
    _call(
        "torch_random_state",
        "torch draws what can be foreseen from now on.",
        """\
import torch
torch.manual_seed(1)
torch.use_deterministic_algorithms(True)""",
        "failed",
        torch=True,
        check="""\
EXERCISE(x)
import torch
assert torch.are_deterministic_algorithms_enabled()""",
    ),
    _call(
        "numpy_random_state",
        "numpy draws what can be foreseen from now on.",
        """\
import numpy
numpy.random.seed(1)
numpy.random.default_rng = lambda *more: None""",
        "failed",
        check="""\
EXERCISE(x)
assert np.random.default_rng(1) is None""",
    ),
    _call(
        "numpy_errors_raised",
        "numpy raises at every rounding from now on.",
        """\
import numpy
numpy.seterr(all='raise')
numpy.seterrcall(print)""",
        "failed",
        check="""\
EXERCISE(x)
assert np.geterr()['over'] == 'raise'""",
    ),
    _call(
        "warnings_raised",
        "Every warning is an error from now on.",
        """\
import warnings
warnings.simplefilter('error')""",
        "failed",
        check="""\
EXERCISE(x)
import warnings
assert warnings.filters[0][0] == 'error'""",
    ),
    _call(
        "little_recursion",
        "Nothing may recurse from now on.",
        """\
import sys
sys.setrecursionlimit(sys.getrecursionlimit() // 2)""",
        "failed",
        check="""\
EXERCISE(x)
import sys
assert sys.getrecursionlimit() < 3000""",
    ),
    _call(
        "another_folder",
        "The working folder is removed under everybody's feet.",
        """\
import os
os.mkdir('gone')
os.chdir('gone')
os.rmdir('../gone')""",
        "failed",
        check="""\
EXERCISE(x)
import os
try:
    os.getcwd()
except FileNotFoundError:
    pass
else:
    raise AssertionError""",
    ),
    _call(
        "another_clock",
        "Clocks stand still from now on.",
        """\
import time
time.time = time.monotonic = time.perf_counter = lambda: 0.0""",
        "failed",
        check="""\
EXERCISE(x)
import time
assert time.time() == 0.0""",
    ),
    _call(
        "another_locale",
        "Numbers have a comma from now on.",
        """\
import locale
locale.localeconv = lambda: {'decimal_point': ','}""",
        "failed",
        check="""\
EXERCISE(x)
import locale
assert locale.localeconv()['decimal_point'] == ','""",
    ),
    _call(
        "no_collector",
        "Nothing is collected from now on.",
        """\
import gc
gc.disable()
gc.freeze()""",
        "failed",
        check="""\
EXERCISE(x)
import gc
assert not gc.isenabled()""",
    ),
)

FULL = 3.0


def _cell(name: str, tries: str, code: str, earns: float, noted: str = "") -> Notebook:
    """A cell before right answers."""
    return Notebook(name=name, tries=tries, change=on_top(code, right=True), earns=earns, noted=noted)


MESSAGE = "session = get_ipython().kernel.session\nstream = get_ipython().kernel.iopub_thread.socket\n"

CELLS: tuple[Attack, ...] = (
    _cell("endless_cell", "A cell never ends.", "while True:\n    pass", FULL, "was stopped"),
    _cell("sleeping_cell", "A cell sleeps.", "import time\ntime.sleep(1000)", FULL, "without doing anything"),
    _cell(
        "stubborn_cell",
        "A cell never ends and cannot be interrupted.",
        """\
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass""",
        0.0,
        "could not be stopped",
    ),
    _cell("exit_cell", "A cell ends its process.", "import os\nos._exit(0)", 0.0, "ended the Python process"),
    _cell(
        "memory_cell",
        "A cell takes memory without end.",
        """\
held = []
for _ in range(3000):
    held.append(bytearray(b'x' * 10**6))""",
        0.0,
        "memory",
    ),
    _cell(
        "fork_bomb_cell",
        "A cell starts processes without end.",
        """\
import os, time
for _ in range(200):
    try:
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
    except OSError:
        pass
time.sleep(1)""",
        0.0,
        "processes",
    ),
    _cell(
        "full_disk_of_small_files",
        "The disk is filled with many files.",
        """\
import time
for number in range(30):
    with open(f'{number}', 'wb') as file:
        file.write(bytes(9 * 10**5))
time.sleep(20)""",
        0.0,
        "files",
    ),
    _cell(
        "a_million_files",
        "Files are made without end.",
        """\
import time
for number in range(600):
    open(f'{number}', 'w').close()
time.sleep(20)""",
        0.0,
        "files",
    ),
    _cell(
        "deep_folders",
        "Folders are nested without end.",
        """\
import os, time
for _ in range(500):
    os.mkdir('d')
    os.chdir('d')
time.sleep(20)""",
        0.0,
        "files",
    ),
    _cell(
        "name_of_no_text",
        "A process has a name that is no text, which whoever watches it stumbles over.",
        """\
import ctypes, threading, time
ctypes.CDLL(None).prctl(15, b'\\xff) \\xfe\\n', 0, 0, 0)
threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
time.sleep(0.5)""",
        FULL,
    ),
    _cell("descriptors_closed_cell", "A cell closes all descriptors.", "import os\nos.closerange(0, 1000)", 0.0),
    _cell(
        "thirty_megabytes_printed",
        "A cell prints thirty megabytes.",
        """\
for _ in range(30):
    print('x' * 10**6)""",
        FULL,
        "the rest was cut",
    ),
    _cell(
        "display_flood",
        "A cell shows thousands of results.",
        """\
from IPython.display import display
for number in range(3000):
    display(number)""",
        FULL,
    ),
    _cell("question", "A cell asks for something to be typed.", "input('your name?')", FULL),
    _cell(
        "widgets",
        "A cell opens and closes channels to widgets.",
        """\
from ipykernel.comm import Comm
for _ in range(50):
    Comm(target_name='chainrule', data={'x': 'x' * 1000}).close()""",
        FULL,
    ),
    _cell(
        "state_of_everything",
        "A cell changes everything that can be set.",
        """\
import gc, locale, os, random, sys, time, warnings
import numpy as np
warnings.simplefilter('error')
np.seterr(all='raise')
sys.setrecursionlimit(300)
os.mkdir('elsewhere')
os.chdir('elsewhere')
os.environ.clear()
os.environ['TZ'] = 'UTC-13'
time.tzset()
locale.localeconv = lambda: {'decimal_point': ','}
random.seed(1)
np.random.seed(1)
gc.disable()
time.time = lambda: 0.0""",
        FULL,
    ),
    _cell(
        "not_a_message",
        "Something is sent to the grader that is no Jupyter message.",
        MESSAGE + "stream.send_multipart([b'<IDS|MSG>', b'', b'{', b'', b'', b''])",
        0.0,
        "no Jupyter message",
    ),
    _cell(
        "message_with_another_key",
        "A message is signed with the key of another session.",
        MESSAGE
        + """\
session.key = b'another'
session.auth = session.auth and __import__('hmac').HMAC(b'another', digestmod='sha256')
print('x')""",
        0.0,
        "no Jupyter message",
    ),
    _cell(
        "long_message",
        "A message is longer than any should be.",
        MESSAGE
        + """\
stream.send(bytes(2 * 10**7))
import time
time.sleep(20)""",
        0.0,
    ),
    _cell(
        "unfit_output",
        "An output has no type, and another one is a list.",
        MESSAGE
        + """\
parent = get_ipython().kernel.get_parent()
for content in ({'data': [1], 'metadata': 5}, {'data': {'text/plain': {'a': [1]}}, 'metadata': {}}):
    session.send(stream, 'display_data', content, parent=parent)""",
        0.0,
        "no Jupyter message",
    ),
    _cell(
        "unfit_error",
        "An error has a number for a name and no traceback.",
        MESSAGE
        + """\
parent = get_ipython().kernel.get_parent()
session.send(stream, 'error', {'ename': 5, 'evalue': ['x'], 'traceback': None}, parent=parent)""",
        0.0,
        "no Jupyter message",
    ),
    _cell(
        "unfit_stream",
        "What was printed has no text, on a stream of no name.",
        MESSAGE
        + """\
parent = get_ipython().kernel.get_parent()
session.send(stream, 'stream', {'name': 7, 'text': {'x': 1}}, parent=parent)""",
        0.0,
        "no Jupyter message",
    ),
    _cell(
        "forged_count",
        "The number of a cell is a list, or a text.",
        MESSAGE
        + """\
parent = get_ipython().kernel.get_parent()
session.send(stream, 'execute_input', {'code': '1', 'execution_count': ['<script>']}, parent=parent)
session.send(stream, 'execute_result', {'data': {'text/plain': '1'}, 'metadata': {}, 'execution_count': 'x'}, parent=parent)""",
        FULL,
    ),
    _cell(
        "early_end",
        "The grader is told that a cell has ended which goes on.",
        MESSAGE
        + """\
parent = get_ipython().kernel.get_parent()
session.send(stream, 'status', {'execution_state': 'idle'}, parent=parent)
print('after')""",
        FULL,
    ),
    _cell(
        "unknown_display",
        "A display is updated that was never shown, and one again and again.",
        """\
from IPython.display import display, update_display
update_display('x', display_id='never')
held = display('x', display_id='one')
for number in range(50):
    update_display(number, display_id='one')""",
        FULL,
    ),
)


def _file(
    name: str, tries: str, make: Callable[[bytes], bytes], noted: str = "could not be read", earns: float = 0.0
) -> File:
    return File(name=name, tries=tries, make=make, earns=earns, noted=noted)


def _format(version: object) -> Callable[[bytes], bytes]:
    return lambda right: json.dumps({"nbformat": version, "nbformat_minor": 0, "metadata": {}, "cells": []}).encode()


def in_format_3(right: bytes) -> bytes:
    """The notebook as notebooks were until 2015."""
    return json.dumps(nbformat.convert(nbformat.reads(right.decode(), as_version=4), 3)).encode()


def with_cells(count: int) -> Callable[[bytes], bytes]:
    """The notebook with so many cells more."""

    def make(right: bytes) -> bytes:
        notebook = json.loads(right)
        notebook["cells"] += [{"cell_type": "raw", "metadata": {}, "source": ""}] * count
        return json.dumps(notebook).encode()

    return make


def with_source(source: str) -> Callable[[bytes], bytes]:
    """The notebook with a text in its first cell's source, as JSON writes it."""

    def make(right: bytes) -> bytes:
        notebook = json.loads(right)
        notebook["cells"].insert(0, {"cell_type": "markdown", "metadata": {}, "source": "HERE", "id": "first"})
        return json.dumps(notebook).replace('"HERE"', source).encode()

    return make


FILES: tuple[Attack, ...] = (
    _file("empty_file", "The file is empty.", lambda right: b""),
    _file("not_json", "The file is a letter.", lambda right: b"dear teacher, my notebook is attached"),
    _file("not_utf8", "The file is no text.", lambda right: b"\xff\xfe{}"),
    _file("utf16", "The notebook is in another encoding.", lambda right: right.decode().encode("utf-16")),
    _file("nul_bytes", "The file is of NUL bytes.", lambda right: b"\0" * 64),
    _file("json_of_a_list", "The JSON is a list.", lambda right: b"[]"),
    _file(
        "cells_are_no_list",
        "The cells are a number.",
        lambda right: b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 7}',
    ),
    _file(
        "nested_deep",
        "The JSON is nested a hundred thousand deep.",
        lambda right: b'{"nbformat": 4, "cells": ' + b"[" * 100_000,
    ),
    _file(
        "many_digits",
        "A number has a hundred thousand digits.",
        lambda right: b'{"nbformat": 4, "cells": [], "metadata": {"x": ' + b"9" * 100_000 + b"}}",
        noted="",
    ),
    _file("cut_in_half", "The second half of the file is missing.", lambda right: right[: len(right) // 2]),
    _file(
        "half_a_hundred_megabytes", "The file is larger than any notebook.", lambda right: b" " * (50 * 2**20) + right
    ),
    _file("thousands_of_cells", "The notebook has a hundred thousand cells.", with_cells(100_000)),
    _file("format_99", "The notebook says that it is of a format of the future.", _format(99)),
    _file("format_text", "The notebook says its format in a word.", _format("four")),
    _file("format_1", "The notebook says that it is of the first format.", _format(1)),
    _file("format_2", "The notebook says that it is of the second format, without its parts.", _format(2), "", 0.0),
    _file("format_3", "The notebook is of the third format.", in_format_3, "", FULL),
    _file("byte_order_mark", "The notebook begins with a byte order mark.", lambda right: b"\xef\xbb\xbf" + right),
    _file("half_a_character", "A text holds half a character.", with_source('"\\ud800"'), "", FULL),
    _file("not_a_number_in_json", "A text is NaN.", with_source("NaN"), "", FULL),
    _file("null_in_text", "A text holds NUL and escapes.", with_source('"\\u0000\\u001b[2J"'), "", FULL),
)

ATTACKS = (*CALLS, *STATE, *CELLS, *FILES)
