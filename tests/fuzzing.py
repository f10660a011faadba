"""Hostile inputs for the fuzzers: how many, how long one may take, what they are made of, and those kept in the corpus.

CHAINRULE_FUZZ says how many inputs are tried in all, CHAINRULE_FUZZ_SEED with which seed they are drawn.
"""

from __future__ import annotations

import functools
import json
import os
import resource
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from chainrule.inside import wire

INPUTS = int(os.environ.get("CHAINRULE_FUZZ", "1000"))
SEED = int(os.environ.get("CHAINRULE_FUZZ_SEED", "1"))
CORPUS = Path(__file__).parent / "corpus"

SHARES = {
    "notebooks in structure": 25,
    "notebooks in bytes": 25,
    "notebooks, the whole way": 1,
    "probe: replies": 20,
    "probe: values": 5,
    "probe: streams": 5,
    "probe: answers": 8,
    "messages of a kernel": 8,
    "messages of a guard": 2,
    "messages to a client": 1,
}
"""What is fuzzed, and how many of a hundred inputs it gets."""

SUFFIXES = {
    "notebooks": ".ipynb",
    "replies": "",
    "streams": "",
    "answers": ".json",
    "messages": ".json",
    "messages_without_end": ".json",
    "told": ".json",
    "printed": ".json",
}
"""The folders of the corpus, and how the names of their files end."""

LONGEST_SECONDS = 30
"""Of processor time, for one example of at most some hundred thousand bytes."""

LONGEST_WAIT = 300
"""Seconds by the clock for one example, on a machine that others use too."""

MOST_MEMORY = 2**30
"""Bytes that one example may take."""

_home = tempfile.TemporaryDirectory(prefix="chainrule-hypothesis-")
set_hypothesis_home_dir(_home.name)
settings.register_profile(
    "chainrule",
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)

Test = Callable[..., None]

outcomes: Counter[tuple[str, str]] = Counter()
"""How many inputs were tried in this process, by what was fuzzed and what came of them."""


def fuzzed(
    what: str, kept: Callable[..., tuple[str, bytes]], **inputs: st.SearchStrategy[Any]
) -> Callable[[Callable[..., str]], Test]:
    """Tries a test on its share of the inputs, the same ones for the same seed.

    The test returns what came of an input, or nothing where that is to be seen later.
    `kept` is the name of a folder of the corpus, and what lies there of an input that fails, made as small as it gets.
    """
    count = INPUTS * SHARES[what] // 100
    profile = settings(settings.get_profile("chainrule"), max_examples=max(1, count))

    def tried(test: Callable[..., str]) -> Test:
        @functools.wraps(test)
        def one(**given: Any) -> None:
            try:
                outcome = test(**given)
            except BaseException as error:
                drawn = {name: given[name] for name in inputs}
                name = f"{test.__name__}_{type(error).__name__}_{SEED}"
                error.add_note(f"The input is kept in {keep(name, *kept(**drawn))}.")
                raise
            if outcome:
                outcomes[what, outcome] += 1

        return hypothesis.seed(SEED)(profile(hypothesis.given(**inputs)(one)))

    return tried


def keep(name: str, folder: str, content: bytes) -> Path:
    """Put an input that failed into the corpus, in the place of an earlier one, larger, of this name."""
    file = CORPUS / folder / f"{name}{SUFFIXES[folder]}"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


def corpus(kind: str) -> list[Path]:
    """The files of one folder of the corpus: each was a failure once, or is worth trying every time."""
    return sorted((CORPUS / kind).iterdir())


class TooLongError(BaseException):
    """An example takes too long; nothing may catch it."""


@contextmanager
def bounded() -> Iterator[None]:
    """Ends an example that hangs, and gives it no more than so much memory."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TooLongError(f"more than {LONGEST_SECONDS} s of processor time, or {LONGEST_WAIT} s by the clock")

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = {number: signal.signal(number, late) for number in (signal.SIGPROF, signal.SIGALRM)}
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_MEMORY, hard))
    signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_WAIT)
    try:
        yield
    finally:
        for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
            signal.setitimer(timer, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        for number, handler in before.items():
            signal.signal(number, handler)


# What anybody can write in JSON.

DEEP, MANY, DIGITS, HALF = "@deep@", "@many@", "@digits@", "@half@"
"""Become brackets within brackets, a long list, a long number, and half a character, in bytes that hold them."""

TEXTS = ["", "softmax", "setup", "code", "\x00", "\x1b[2J", "\u202e", "</script>", "{{7*7}}", "$x$", "a" * 3000, HALF]
NUMBERS = [0, 1, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**9, 10**30, 1e308, float("nan"), float("inf"), -0.0]

texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=12))
scalars = st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.integers(), st.floats(), texts)
junk = st.recursive(
    st.one_of(scalars, st.sampled_from([DEEP, MANY, DIGITS])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)


def mostly(
    sound: st.SearchStrategy[Any], others: st.SearchStrategy[Any] = junk, odds: int = 20
) -> st.SearchStrategy[Any]:
    """What is sound, and one time in so many something else; `one_of` would take no weights."""
    return st.integers(1, odds).flatmap(lambda drawn: others if drawn == odds else sound)


def as_json(value: Any, depth: int = 600, count: int = 5_000) -> bytes:
    """A value in JSON, with brackets so deep and lists so long where it says so."""
    text = json.dumps(value, ensure_ascii=False)
    for sign, stands_for in (
        (f'"{DEEP}"', "[" * depth + "]" * depth),
        (f'"{MANY}"', f"[{','.join(['{}', '[]', '1'] * (count // 3))}]"),
        (f'"{DIGITS}"', "9" * count),
        (HALF, "\\ud83d"),
    ):
        text = text.replace(sign, stands_for)
    return text.encode("utf-8", "replace")


def spoiled(raw: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """The bytes with some replaced: from a place on, so many, by others."""
    for place, length, new in changes:
        start = place % (len(raw) + 1)
        raw = raw[:start] + new + raw[start + length :]
    return raw


def spoiling(whole: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """These bytes, a few of them changed."""
    change = st.tuples(st.integers(0, 10**6), st.sampled_from([0, 0, 1, 2, 50]), st.binary(max_size=4))
    return st.builds(spoiled, whole, st.lists(change, min_size=1, max_size=4))


json_bytes = st.builds(as_json, junk, depth=st.sampled_from([20, 300, 480, 900, 990, 5000]))


def _known(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A dict in which each key is there or not, with a value of its kind or any other."""
    mixed = {key: mostly(value, odds=6) for key, value in values.items()}
    return st.fixed_dictionaries({}, optional=mixed)


# Notebooks.

sources = st.one_of(
    texts, st.lists(texts, max_size=3), st.just("x = 1\n"), st.just("def softmax(scores):\n    return 1")
)
outputs = _known(
    output_type=st.sampled_from(["stream", "error", "display_data", "execute_result", "pyout", "pyerr"]),
    name=st.sampled_from(["stdout", "stderr"]),
    text=sources,
    ename=texts,
    evalue=texts,
    traceback=st.lists(texts, max_size=3),
    execution_count=st.integers(),
    metadata=junk,
    data=st.dictionaries(st.sampled_from(["text/plain", "text/html", "image/png", "image/svg+xml"]), sources),
)
marks = _known(
    grade_id=st.sampled_from(["setup", "softmax", "softmax_answer", "essay", "other"]),
    grade=st.booleans(),
    locked=st.booleans(),
    solution=st.booleans(),
    points=st.sampled_from([0, 3, 4000, -1]),
    schema_version=st.integers(0, 4),
    cell_type=st.sampled_from(["code", "markdown"]),
    checksum=texts,
)
cells = _known(
    cell_type=st.sampled_from(["code", "code", "markdown", "raw", "heading", "html"]),
    source=sources,
    input=sources,
    level=st.sampled_from([1, 6, 10**9]),
    metadata=_known(nbgrader=marks, tags=st.lists(junk, max_size=3), collapsed=st.booleans()),
    outputs=st.lists(outputs, max_size=3),
    execution_count=st.integers(),
    id=texts,
    attachments=junk,
)
notebooks = _known(
    nbformat=st.sampled_from([4, 4, 4, 4, 3, 2, 1, 5]),
    nbformat_minor=st.sampled_from([0, 4, 5, 5, 99]),
    metadata=_known(kernelspec=junk, language_info=junk, celltoolbar=texts),
    cells=st.lists(cells, max_size=6),
    worksheets=st.lists(_known(cells=st.lists(cells, max_size=4)), max_size=2),
)


def changed(whole: Any, changes: list[tuple[int, str, Any]]) -> Any:
    """Plain data with a few of its values replaced, doubled or taken out, wherever they are."""
    whole = json.loads(json.dumps(whole))
    for number, how, new in changes:
        places = list(_places(whole))
        if not places:
            break
        owner, key = places[number % len(places)]
        if how == "replaced":
            owner[key] = new
        elif how == "taken out":
            del owner[key]
        elif isinstance(owner, list):
            owner.insert(number % (len(owner) + 1), owner[key])
    return whole


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where something is in lists and dicts within each other: the list or dict, and the key."""
    yield from ((value, key) for key in (value if isinstance(value, dict) else range(len(value))))
    for inner in list(value.values()) if isinstance(value, dict) else list(value):
        if isinstance(inner, (dict, list)) and inner:
            yield from _places(inner)


def structures(sound: Any) -> st.SearchStrategy[bytes]:
    """What a student may hand in for a sound notebook as JSON: any notebook, or that one with some changes."""
    change = st.tuples(st.integers(0, 10**4), st.sampled_from(["replaced", "doubled", "taken out"]), junk)
    altered = st.builds(changed, st.just(sound), st.lists(change, min_size=1, max_size=6))
    return st.builds(as_json, mostly(altered, notebooks, odds=3), depth=st.sampled_from([20, 480, 900, 5000]))


def files(sound: Any) -> st.SearchStrategy[bytes]:
    """The same in bytes: any, any JSON, or such a notebook with some of its bytes changed."""
    whole = st.one_of(st.just(as_json(sound)), structures(sound))
    return mostly(spoiling(whole), st.one_of(st.binary(max_size=60), json_bytes), odds=3)


# Frames of the probe.

tags = st.sampled_from(["returned", "kept", "raised", "missing", "not_data", "callback", "hello", "call", "other"])
whole_numbers = st.one_of(st.integers(-2, 3), st.sampled_from([2**31, 2**63 - 1, -(2**63), 2**64 - 1]))
dtypes = st.sampled_from([*sorted(wire.DTYPES), "O8", "c16", ">f8", "U4", ""])
shapes = st.lists(st.one_of(st.integers(0, 4), whole_numbers), max_size=4)
encode = msgspec.msgpack.encode


def _array(dtype: Any, shape: Any, raw: Any, length: int | None) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(wire.ARRAY, encode((dtype, shape, raw if length is None else bytes(length % 4096))))


def _sound_length(dtype: str, shape: list[int]) -> int | None:
    """How many bytes the array needs, if that is little."""
    size = int(dtype[1:]) if dtype in wire.DTYPES else 1
    for side in shape:
        size *= max(side, 0)
    return size if size < 4096 else None


arrays = st.one_of(
    st.builds(lambda dtype, shape: _array(dtype, shape, b"", _sound_length(dtype, shape)), dtypes, shapes),
    st.builds(_array, st.one_of(dtypes, whole_numbers), st.one_of(shapes, texts), st.binary(max_size=40), st.none()),
)
extensions = st.builds(msgspec.msgpack.Ext, st.integers(-3, 8), st.binary(max_size=20))
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), whole_numbers, st.floats(), texts, st.binary(max_size=8), arrays, extensions),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(texts, whole_numbers), inner, max_size=3),
        st.builds(lambda items: msgspec.msgpack.Ext(wire.TUPLE, encode(items)), st.lists(inner, max_size=3)),
    ),
    max_leaves=12,
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "type": tags,
    "value": plain,
    "handle": whole_numbers,
    "kinds": st.lists(st.one_of(texts, st.sampled_from(["MemoryError", "NotImplementedError", "PermissionError"]))),
    "text": texts,
    "where": texts,
    "error_number": st.one_of(st.none(), whole_numbers),
    "name": texts,
    "what": texts,
    "number": whole_numbers,
    "args": st.lists(plain, max_size=3),
}
OF_REPLIES = {
    "returned": ("value",),
    "kept": ("handle",),
    "raised": ("kinds", "text", "where", "error_number"),
    "missing": ("name",),
    "not_data": ("what",),
    "callback": ("number", "args"),
    "hello": (),
}
sound_replies = st.one_of(
    *(
        st.fixed_dictionaries({"type": st.just(tag), **{name: FIELDS[name] for name in names}})
        for tag, names in OF_REPLIES.items()
    )
)
odd_replies = st.fixed_dictionaries({}, optional={name: st.one_of(field, plain) for name, field in FIELDS.items()})
encoded = st.builds(encode, mostly(sound_replies, st.one_of(odd_replies, plain), odds=4))
replies = mostly(encoded, st.one_of(spoiling(encoded), st.binary(max_size=40)), odds=4)

# Messages of a kernel, for `fake_kernel`.

RIGHT = "@right@"
"""In a message's place for its parent: the header of the request."""


shown_data = st.dictionaries(
    st.sampled_from(["text/plain", "text/html", "image/png", "image/svg+xml", "application/json"]), mostly(sources)
)
displayed = {
    "data": mostly(shown_data),
    "metadata": mostly(st.just({})),
    "transient": mostly(st.fixed_dictionaries({"display_id": mostly(st.sampled_from(["a", "b"]))})),
}
counted = {"execution_count": mostly(st.integers(0, 9))}
OF_MESSAGES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "stream": {"name": mostly(st.sampled_from(["stdout", "stderr"])), "text": mostly(texts)},
    "display_data": displayed,
    "update_display_data": displayed,
    "execute_result": {**displayed, **counted},
    "error": {"ename": mostly(texts), "evalue": mostly(texts), "traceback": mostly(st.lists(texts, max_size=2))},
    "clear_output": {"wait": mostly(st.booleans())},
    "status": {"execution_state": mostly(st.sampled_from(["busy", "idle", "dead"]))},
    "execute_input": {"code": mostly(texts), **counted},
    "execute_reply": {
        "status": mostly(st.sampled_from(["ok", "error", "aborted"])),
        "ename": mostly(texts),
        **counted,
    },
    "input_request": {"prompt": mostly(texts), "password": mostly(st.booleans())},
    "comm_open": {"comm_id": mostly(texts), "target_name": mostly(texts), "data": mostly(st.just({"state": {}}))},
    "comm_msg": {"comm_id": mostly(texts), "data": mostly(st.just({}))},
}
CHANNELS = {"execute_reply": "shell", "input_request": "stdin"}
"""Of all other messages it is iopub."""


def _message(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    header = {
        "msg_id": mostly(texts),
        "msg_type": st.just(kind),
        "username": texts,
        "session": texts,
        "version": texts,
    }
    header["date"] = mostly(st.just("2026-01-01T00:00:00Z"))
    header["version"] = mostly(st.just("5.3"), st.one_of(st.sampled_from(["4.1", "3.9", "99.0", "5", "-1"]), junk))
    return st.fixed_dictionaries(
        {
            "channel": st.just(CHANNELS.get(kind, "iopub")),
            "header": st.fixed_dictionaries(header),
            "parent": mostly(st.just(RIGHT)),
            "metadata": mostly(st.just({})),
            "content": st.fixed_dictionaries(OF_MESSAGES[kind]),
        }
    )


channels = st.sampled_from(["iopub", "iopub", "iopub", "shell", "stdin", "control", "hb"])
sound_messages = st.one_of(*map(_message, OF_MESSAGES))
contents = _known(**{name: value for fields in OF_MESSAGES.values() for name, value in fields.items()})
headers = st.fixed_dictionaries({"msg_id": texts, "msg_type": st.one_of(st.sampled_from([*OF_MESSAGES]), junk)})
odd_messages = st.fixed_dictionaries(
    {"channel": channels, "header": st.one_of(headers, junk), "parent": st.one_of(st.just(RIGHT), junk)},
    optional={
        "metadata": junk,
        "content": st.one_of(contents, junk),
        "signed": st.sampled_from([True, True, False]),
        "cut": st.integers(0, 6),
        "more": st.integers(0, 3),
    },
)
frames = st.fixed_dictionaries(
    {"channel": channels, "frames": st.lists(st.text(st.characters(max_codepoint=255)), max_size=8)}
)
kernel_messages = mostly(
    st.lists(sound_messages, max_size=8),
    st.lists(mostly(sound_messages, st.one_of(odd_messages, frames), odds=3), max_size=5),
    odds=4,
)

# What else is read.

values = st.builds(lambda value: encode({"type": "returned", "value": value}), plain)
framed = st.builds(
    lambda body, length, token: wire.HEADER.pack(length if length is not None else len(body), token) + body,
    st.binary(max_size=30),
    st.sampled_from([None, None, None, 0, 5, wire.MAX_FRAME, 2**32 - 1]),
    st.binary(min_size=8, max_size=8),
)
seconds = st.floats(0, 1e6)
sound_words = st.one_of(
    st.fixed_dictionaries({"type": st.just("limit"), "limit": texts, "kernel": st.booleans()}),
    st.fixed_dictionaries({"type": st.just("used"), "since": seconds, "processor": seconds, "awake": seconds}),
    st.fixed_dictionaries({"type": st.just("alone"), "number": whole_numbers}),
    st.fixed_dictionaries({"type": st.just("exited"), "status": st.one_of(st.integers(-64, 255), whole_numbers)}),
)
odd_words = _known(
    type=st.sampled_from(["limit", "exited", "used", "alone", "signal"]),
    limit=texts,
    kernel=st.booleans(),
    number=whole_numbers,
    status=st.integers(),
    since=st.floats(),
    processor=st.floats(),
    awake=st.floats(),
)
told = st.builds(as_json, mostly(sound_words, odd_words, odds=4))
"""What a guard says, or nearly."""


def _printing(kind: str, text: str) -> tuple[str, dict[str, Any]]:
    shown = {"data": {"text/plain": text}, "metadata": {}}
    return kind, {"name": "stdout", "text": text} if kind == "stream" else shown


printed = st.builds(
    lambda kind, text, times: _printing(kind, text * times),
    st.sampled_from(["stream", "display_data", "execute_result"]),
    st.text(min_size=1, max_size=5),
    st.integers(0, 10_000),
)
"""What prints, perhaps much: the type of a message and its content."""
