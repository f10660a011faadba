"""Forge a score by what is sent to the grader in the place of an answer: frames, arrays, pickles, old replies."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec

from chainrule.attacks.attack import Answer, Attack
from chainrule.inside import wire

NO_CHECK = "raise NotImplementedError"


FIND = """
def EXERCISE(x):
    import msgspec, os, struct, sys
    from chainrule.inside import wire
    frame = sys._getframe(1)
    while type(frame.f_locals.get("self")).__name__ != "Answers":
        frame = frame.f_back
    answers = frame.f_locals["self"]
    channel, token = answers._channel, answers._token

    def send(body, token=token, length=None):
        channel.sendall(struct.pack(">I8s", len(body) if length is None else length, token) + body)

    right = msgspec.msgpack.encode(wire.Returned(wire.pack(2 * x)))
    earlier = EXERCISE.__dict__.setdefault("tokens", [])
    earlier.append(token)
    BODY
    channel.recv(1)
    os._exit(0)
"""
"""A function that finds the channel to the grader, and sends something over it before it would be asked."""


def sending(name: str, tries: str, code: str, outcome: str = "blocked", said: str = "no answer") -> Answer:
    body = code.strip().replace("\n", "\n    ")
    return Answer(name=name, tries=tries, code=FIND.replace("BODY", body), check=NO_CHECK, outcome=outcome, said=said)


def _frame(name: str, tries: str, body: bytes) -> Answer:
    return sending(name, tries, f"send({_written(body)})")


def _written(body: bytes) -> str:
    """Bytes as short source: of a long repetition, the first part and how often it is repeated."""
    for start in range(min(len(body), 64)):
        unit = body[start : start + 3]
        times = (len(body) - start) // 3
        if times > 100 and body[start:].startswith(unit * (times - 1)):
            rest = body[start + 3 * (times - 1) :]
            return f"{body[:start]!r} + {unit!r} * {times - 1} + {rest!r}"
    return repr(body)


def returned(value: Any) -> bytes:
    """The reply that gives a value."""
    return msgspec.msgpack.encode({"type": "returned", "value": value})


def array(*body: Any) -> msgspec.msgpack.Ext:
    """An array as the wire has it."""
    return msgspec.msgpack.Ext(wire.ARRAY, msgspec.msgpack.encode(body))


def nested(depth: int) -> list[Any]:
    """A list in a list in a list."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


BODIES: tuple[Attack, ...] = (
    _frame("no_message", "The reply is no MessagePack.", b"\xc1"),
    _frame("nothing", "The reply is empty.", b""),
    _frame("a_pickle", "The reply is a pickle, which runs what it likes where it is read.", pickle.dumps([1, 2])),
    _frame(
        "a_pickle_inside",
        "A pickle is in an extension of the reply.",
        returned(msgspec.msgpack.Ext(77, pickle.dumps(1))),
    ),
    _frame(
        "an_unknown_tag",
        "The reply says that the test is passed.",
        msgspec.msgpack.encode({"type": "passed", "value": 1}),
    ),
    _frame("a_request", "The reply is a request.", msgspec.msgpack.encode(wire.Read(0))),
    _frame(
        "an_extra_field",
        "The reply has a score beside its value.",
        msgspec.msgpack.encode({"type": "returned", "value": 1, "score": 10}),
    ),
    _frame("no_value", "The reply has no value.", msgspec.msgpack.encode({"type": "returned"})),
    _frame("two_values", "The reply has a second one behind it.", returned(1) + returned(2)),
    _frame("cut_off", "The reply is cut off.", returned([1, 2, 3])[:-1]),
    _frame("a_list_instead", "The reply is a list.", msgspec.msgpack.encode([1])),
    _frame("a_handle", "The value names an object.", returned(msgspec.msgpack.Ext(wire.HANDLE, b"\x00"))),
    _frame(
        "a_callback_number",
        "The value names a function of the grader's.",
        returned(msgspec.msgpack.Ext(wire.CALLBACK, b"\x00")),
    ),
    _frame(
        "a_generator",
        "The value is a generator of random numbers.",
        returned(msgspec.msgpack.Ext(wire.GENERATOR, b"\x00")),
    ),
    _frame("a_timestamp", "The value is a time.", returned(msgspec.msgpack.Ext(-1, bytes(4)))),
    _frame("a_kept_object", "An object is kept that was not asked for.", msgspec.msgpack.encode(wire.Kept(0))),
    _frame("hello_again", "The copy says hello again.", msgspec.msgpack.encode(wire.Hello())),
    _frame(
        "an_unknown_callback",
        "A function is called back that there is not.",
        msgspec.msgpack.encode(wire.Callback(3, [])),
    ),
    _frame(
        "a_negative_callback",
        "The last function is called back by a negative number.",
        msgspec.msgpack.encode(wire.Callback(-1, [])),
    ),
    _frame("an_array_of_objects", "An array holds objects.", returned(array("O8", [1], bytes(8)))),
    _frame("a_complex_array", "An array holds complex numbers.", returned(array("c16", [1], bytes(16)))),
    _frame("a_big_endian_array", "An array has its bytes in another order.", returned(array(">f8", [1], bytes(8)))),
    _frame("an_array_of_text", "An array holds text.", returned(array("U4", [1], bytes(4)))),
    _frame(
        "a_huge_shape",
        "An array says that it has more entries than bytes.",
        returned(array("f8", [2**40, 2**40], bytes(8))),
    ),
    _frame(
        "a_huge_shape_without_bytes", "An array of a huge shape has no entries.", returned(array("f8", [2**62, 0], b""))
    ),
    _frame("a_negative_shape", "An array has a negative shape.", returned(array("f8", [-1], bytes(8)))),
    _frame("too_few_bytes", "An array has fewer bytes than entries.", returned(array("f8", [2], bytes(8)))),
    _frame("too_many_bytes", "An array has more bytes than entries.", returned(array("f8", [2], bytes(24)))),
    _frame("too_many_dimensions", "An array has 33 dimensions.", returned(array("f8", [1] * 33, bytes(8)))),
    _frame("an_array_of_two_things", "An array lacks its bytes.", returned(array("f8", [1]))),
    _frame("deep_nesting", "The value is a list nested a hundred deep.", returned(nested(100))),
    _frame(
        "very_deep_nesting",
        "The value is a list nested a million deep.",
        b"\x82\xa4type\xa8returned\xa5value" + b"\x91" * 10**6 + b"\xc0",
    ),
    _frame("very_deep_extensions", "Extensions are nested in extensions.", returned(1)[:-1] + b"\xc7\xff\x05" * 10**5),
    _frame("a_million_numbers", "The value is a list of a million numbers.", returned([0] * 10**6)),
    _frame(
        "sixteen_million_lists",
        "The value is a list of sixteen million lists.",
        b"\x82\xa4type\xa8returned\xa5value\xdd\x00\xff\xff\x00" + b"\x90" * 0xFFFF00,
    ),
    _frame(
        "four_thousand_million_items",
        "The value is a list that says it has four thousand million items.",
        b"\x82\xa4type\xa8returned\xa5value\xdd\xff\xff\xff\xff",
    ),
    _frame("keys_that_are_no_text", "The keys of a dict are numbers.", returned({1: 2})),
)

REPLIES: tuple[Attack, ...] = (
    sending("four_gigabytes", "The reply says that it has 4 GB.", "send(b'', length=2**32 - 1)"),
    sending("another_token", "The reply is to a question that was not asked.", "send(right, token=os.urandom(8))"),
    sending(
        "no_token", "The reply is made up in advance, without knowing the question.", "send(right, token=bytes(8))"
    ),
    sending(
        "twice",
        "Two replies come to the first of two questions.",
        """\
if len(earlier) == 1:
    send(right)
    return 2 * x
send(right)""",
    ),
    sending(
        "late",
        "The reply to the first question comes to the second.",
        """\
if len(earlier) == 1:
    return 2 * x
send(right, token=earlier[0])""",
    ),
    sending(
        "trickling",
        "A long reply comes byte by byte.",
        """\
channel.sendall(struct.pack('>I8s', 2**24, token))
while True:
    channel.sendall(b'x')""",
        "timed out",
        "",
    ),
    sending(
        "hanging_up",
        "The channel is closed without a reply.",
        """\
channel.close()
os._exit(0)""",
        "crashed",
        "ended",
    ),
    sending(
        "endless_callbacks",
        "A function is called back for ever.",
        """\
while True:
    send(msgspec.msgpack.encode(wire.Callback(0, [])))""",
        "blocked",
    ),
)
ATTACKS = (*BODIES, *REPLIES)
