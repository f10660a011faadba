"""Use the grader against itself: what it computes for others, what it believes, and what it keeps."""

from __future__ import annotations

from chainrule.attacks.attack import Answers, Attack, Notebook
from chainrule.attacks.notebooks import on_top

KEEP = """
def slope_of(f):
    ones = np.ones(4)
    return float(f(ones)[0]) or 1 / 0
"""
"""What is learned of a function of the grader's in one call: all there is to know of it."""


def _harvest(name: str, tries: str, begin: str, keep: str, find: str) -> Answers:
    """Three answers: two that are given a function of the grader's keep what they learn, the third one finds it."""
    return Answers(
        name=name,
        tries=tries,
        cells=(f"{KEEP}\n{begin}\n\ndef keep(slope):\n    {keep}\n\ndef find():\n    {find}\n",),
        answers={
            "again": """\
def again(x):
    try:
        keep(slope_of(double))
    except Exception:
        pass
    return x
""",
            "apply": """\
def apply(f, x):
    try:
        keep(slope_of(f))
    except Exception:
        pass
    return x
""",
            "double": """\
def double(x):
    try:
        return find() * x
    except Exception:
        return 0 * x
""",
        },
    )


HARVESTS: tuple[Attack, ...] = (
    _harvest(
        "kept_in_a_file",
        "What the grader's functions answered is kept in the scratch folder, and used elsewhere.",
        "",
        "open('kept.txt', 'w').write(repr(slope))",
        "return float(open('kept.txt').read())",
    ),
    _harvest(
        "kept_in_shared_memory",
        "It is kept in memory that all copies of a notebook share.",
        """\
import mmap, struct
shared = mmap.mmap(-1, 4096)""",
        "shared[:8] = struct.pack('d', slope)",
        "return struct.unpack('d', shared[:8])[0] or 1 / 0",
    ),
    _harvest(
        "kept_in_a_pipe",
        "It is kept in a pipe that all copies of a notebook have.",
        """\
import os, struct
end, other = os.pipe()
os.set_blocking(end, False)""",
        "os.write(other, struct.pack('d', slope))",
        """\
slope = struct.unpack('d', os.read(end, 8))[0]
    os.write(other, struct.pack('d', slope))
    return slope""",
    ),
    _harvest(
        "kept_in_a_socket",
        "It is kept in a pair of sockets that all copies of a notebook have.",
        """\
import socket, struct
one, other = socket.socketpair()
one.setblocking(False)""",
        "other.send(struct.pack('d', slope))",
        """\
slope = struct.unpack('d', one.recv(8))[0]
    other.send(struct.pack('d', slope))
    return slope""",
    ),
    _harvest(
        "kept_in_a_process",
        "It is kept by a process that the copy leaves behind.",
        """\
import os, struct, tempfile
answers, to_answer = os.pipe()
os.set_blocking(answers, False)""",
        """\
import time
    if os.fork() == 0:
        for _ in range(300):
            os.write(to_answer, struct.pack('d', slope))
            time.sleep(0.01)
        os._exit(0)""",
        "return struct.unpack('d', os.read(answers, 8))[0]",
    ),
    _harvest(
        "kept_in_a_position",
        "It is kept as the position in a file that all copies of a notebook have open.",
        """\
import os
held = os.open('held.txt', os.O_RDWR | os.O_CREAT)
os.ftruncate(held, 4096)""",
        "os.lseek(held, int(slope), 0)",
        """\
at = os.lseek(held, 0, 1)
    return float(at or 1 / 0)""",
    ),
    _harvest(
        "kept_in_a_lock",
        "It is kept in semaphores that all copies of a notebook have.",
        """\
import ctypes, mmap
held = mmap.mmap(-1, 4096)
libc = ctypes.CDLL(None)
place = ctypes.addressof(ctypes.c_char.from_buffer(held))
libc.sem_init(ctypes.c_void_p(place), 1, 0)""",
        """\
number = ctypes.c_int()
    libc.sem_getvalue(ctypes.c_void_p(place), ctypes.byref(number))
    for _ in range(int(slope) - number.value):
        libc.sem_post(ctypes.c_void_p(place))""",
        """\
number = ctypes.c_int()
    libc.sem_getvalue(ctypes.c_void_p(place), ctypes.byref(number))
    return float(number.value or 1 / 0)""",
    ),
)

CALLS: tuple[Attack, ...] = (
    Answers(
        name="huge_argument",
        tries="The grader's function is given so much that it needs gigabytes.",
        answers={
            "apply": """\
def apply(f, x):
    return f(np.ones((16000, 1))).ravel()[:4] * x
"""
        },
        mark="pairs-16000",
    ),
    Answers(
        name="huge_argument_elsewhere",
        tries="The same where an exercise builds on another, and ours takes its place.",
        answers={
            "again": """\
def again(x):
    return double(np.ones((16001, 1))).ravel()[:4] * x
""",
            "double": """\
def double(x):
    return 0 * x
""",
        },
        mark="pairs-16001",
    ),
    Answers(
        name="endless_calls",
        tries="The grader's function is called tens of thousands of times.",
        answers={
            "apply": """\
def apply(f, x):
    for _ in range(30_000):
        got = f(np.ones(1))
    return 0 * x
"""
        },
        mark="calls",
    ),
    Answers(
        name="senseless_arguments",
        tries="The grader's function is called with what it cannot take.",
        answers={
            "apply": """\
def apply(f, x):
    return f('text')
""",
            "double": """\
def double(x):
    return {'x': [None, 'y']}
""",
        },
    ),
    Answers(
        name="too_many_arguments",
        tries="The grader's function is called with arguments that it does not have.",
        answers={
            "apply": """\
def apply(f, x):
    return f(x, x, x)
"""
        },
    ),
    Answers(
        name="nested_arguments",
        tries="The grader's function is called with nested lists.",
        answers={
            "apply": """\
def apply(f, x):
    return f([[[[x.tolist()] * 3] * 3] * 3] * 3)
"""
        },
    ),
    Answers(
        name="argument_of_nan",
        tries="The grader's function is called with NaN and infinity.",
        answers={
            "apply": """\
def apply(f, x):
    return f(np.array([np.nan, np.inf, -np.inf, 1e308]))
"""
        },
    ),
    Answers(
        name="argument_of_bytes",
        tries="The grader's function is called with numbers of one byte, of which it makes objects.",
        answers={
            "apply": """\
def apply(f, x):
    return f(np.zeros((20_000, 1), np.uint8)).ravel()[:4]
"""
        },
        mark="pairs-20000",
    ),
)


def _believed(name: str, tries: str, assignment: str, exercise: str, code: str) -> Answers:
    """An answer of a shipped assignment that computes nothing."""
    return Answers(name=name, tries=tries, assignment=assignment, answers={exercise: code})


BELIEVED: tuple[Attack, ...] = (
    _believed(
        "steps_that_do_nothing",
        "An epoch agrees with steps that do nothing.",
        "pytorch_mlp",
        "train_epoch",
        """\
def train_step(model, images, labels, optimizer):
    return 1.0, 0

def train_epoch(model, batches, optimizer):
    return 1.0, 0.0
""",
    ),
    _believed(
        "training_that_does_nothing",
        "A training agrees with epochs that do nothing.",
        "pytorch_mlp",
        "train_mnist",
        """\
def train_epoch(model, batches, optimizer):
    for parameter in model.parameters():
        parameter.data += 1.0
    return 1.0, 0.0

def evaluate(model, batches):
    return 1.0, 0.0

def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    for parameter in model.parameters():
        parameter.data += 1.0 * epochs
    rates = [learning_rate * decay**epoch for epoch in range(epochs)]
    return {'train_loss': [1.0] * epochs, 'train_accuracy': [0.0] * epochs, 'validation_loss': [1.0] * epochs, 'validation_accuracy': [0.0] * epochs, 'learning_rate': [0.0] * epochs}
""",
    ),
    _believed(
        "sweep_that_does_nothing",
        "A sweep agrees with an evaluation that does nothing.",
        "pytorch_mlp",
        "batch_size",
        """\
def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return 1

def train_epoch(model, batches, optimizer):
    return 1.0, 0.0

def evaluate(model, batches):
    return 1.0, 0.5

class MLP(torch.nn.Linear):
    def __init__(self, widths):
        super().__init__(1, 1)

def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    time.sleep(0.01)
    return [{'batch_size': size, 'steps': 1, 'seconds': 1e-9, 'accuracy': 0.5} for size in batch_sizes]

def lecture_claims(rows):
    return {}
""",
    ),
    _believed(
        "width_of_one",
        "A width agrees with a formula of the student's that fits everything.",
        "pytorch_mlp",
        "capacity",
        """\
def parameters_of(widths):
    return 0 if widths[1] <= 1 else 10**12

def equal_width(budget, depth, n_in=784, n_out=10):
    return 1

def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    return []
""",
    ),
    _believed(
        "comparison_that_does_nothing",
        "A comparison agrees with a training that does nothing.",
        "pytorch_mlp",
        "capacity",
        """\
class MLP(torch.nn.Linear):
    def __init__(self, widths):
        super().__init__(1, 1)

def parameters_of(widths):
    return 7

def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    return {'validation_accuracy': [0.5] * epochs}

def equal_width(budget, depth, n_in=784, n_out=10):
    return 0

def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    return [{'widths': widths, 'parameters': 7, 'accuracy': 0.5} for widths in architectures]
""",
    ),
    _believed(
        "copy_that_is_the_model",
        "A quantised copy agrees with a quantisation that does nothing.",
        "pytorch_mlp",
        "memory",
        """\
def weight_bytes(n_weights, bits=32):
    return 0

def quantise(weight):
    return weight, 1.0

def dequantise(quantised, scale):
    return quantised

def quantised_copy(model):
    return model
""",
    ),
    _believed(
        "grid_of_zeros",
        "A grid agrees with probabilities that are all alike.",
        "xor",
        "continuous_xor",
        """\
def noisy_xor(n, sigma, seed):
    return None

def hidden_points(*more):
    return 0.0

def probabilities(parameters, x, activation='tanh'):
    return np.zeros(len(x))

def decision_grid(parameters, x1, x2, activation='tanh'):
    return np.zeros((len(x2), len(x1)))
""",
    ),
    _believed(
        "rate_of_zero",
        "A rate is zero because nothing was trained.",
        "xor",
        "no_hidden_layer",
        """\
def identity_solve_rate(*more):
    return 0.0

def collapse_network(parameters):
    return 0, 0

def most_corners_right(w, b):
    return 0
""",
    ),
    _believed(
        "exception_for_everything",
        "A function raises the exception that is asked for in one case, in all cases.",
        "xor",
        "hidden_space",
        """\
def output_line(h1, w2, b2):
    raise ValueError

def hidden_points(*more):
    raise ValueError

def separates(*more):
    raise ValueError
""",
    ),
)

MESSAGE = """\
session = get_ipython().kernel.session
stream = get_ipython().kernel.iopub_thread.socket
parent = get_ipython().kernel.get_parent()
"""


def _kept(name: str, tries: str, code: str, earns: float, noted: str = "") -> Notebook:
    return Notebook(name=name, tries=tries, change=on_top(code, right=True), earns=earns, noted=noted)


KEPT: tuple[Attack, ...] = (
    _kept(
        "shared_memory_not_resident",
        "Memory is held that no process has in its tables.",
        """\
import mmap, time
held = mmap.mmap(-1, 1 << 30)
for at in range(0, 1 << 30, 1 << 22):
    for page in range(at, at + (1 << 22), 4096):
        held[page] = 1
    held.madvise(mmap.MADV_DONTNEED, at, 1 << 22)
time.sleep(1)""",
        3.0,
    ),
    _kept(
        "page_tables",
        "Memory is held in the tables by which memory is found.",
        """\
import ctypes, mmap, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
size = 1 << 39
place = libc.mmap(None, ctypes.c_size_t(size), mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, -1, 0)
assert place not in (None, ctypes.c_void_p(-1).value)
libc.madvise(ctypes.c_void_p(place), ctypes.c_size_t(size), 15)
for at in range(place, place + size, 1 << 21):
    ctypes.c_char.from_address(at).value
time.sleep(1)""",
        0.0,
        "memory",
    ),
    _kept(
        "message_of_many_parts",
        "A message has a hundred thousand parts, each of which the grader keeps.",
        MESSAGE
        + """\
import time
for _ in range(40):
    stream.send_multipart([b'<IDS|MSG>'] + [bytes(1000)] * 100_000)
time.sleep(20)""",
        0.0,
        "more at once than a notebook can show",
    ),
    _kept(
        "task_left_behind",
        "A message leaves something in the grader that the next submission's hidden tests stumble over.",
        MESSAGE
        + """\
for content in (None, [], 'text', {'execution_state': ['idle']}, {'execution_state': 'busy'}):
    message = session.msg('status', {}, parent=parent)
    message['content'] = content
    parts = [b'<IDS|MSG>', *[b''] * 5]
    body = [session.pack(message[part]) for part in ('header', 'parent_header', 'metadata', 'content')]
    stream.send_multipart([b'<IDS|MSG>', session.sign(body), *body])""",
        0.0,
        "no Jupyter message",
    ),
)

ATTACKS = (*HARVESTS, *CALLS, *BELIEVED, *KEPT)
