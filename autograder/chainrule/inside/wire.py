"""What travels between grader and student code: frames of plain data, strictly decoded.

A value is None, bool, int, float, str, bytes, list, dict with text keys, or an array as (dtype, shape, raw bytes).
Towards the student there are also tuples, tensors, handles (names of objects that stay there), callbacks and random
generators. Nothing is ever pickled or evaluated. A frame is a 4-byte big-endian length, 8 bytes drawn at random for
each request and repeated in each reply to it, and a MessagePack body.
"""

from __future__ import annotations

import math
import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import msgspec
import numpy as np

from chainrule.inside.structure import MalformedError, check_structure

MAX_FRAME = 16 * 1024 * 1024
MAX_DEPTH = 16
MAX_ITEMS = 200_000
MAX_TEXT = 2_000
"""Bytes of a frame, nesting, items in all containers together, characters of an error text."""

Wait = Callable[[], None]
"""Returns when a channel has room or something to read, and raises when that takes too long."""

HEADER = struct.Struct(">I8s")

DTYPES = frozenset(f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)) | {"b1", "f2", "f4", "f8"}

ARRAY, HANDLE, CALLBACK, GENERATOR, TUPLE, TENSOR = range(1, 7)
"""MessagePack extension codes. Only arrays and tuples may come from the student."""


class ProtocolError(Exception):
    """The other side did not keep to the protocol."""


class NotDataError(Exception):
    """A value that is no plain data; the message names what it is."""


@dataclass(frozen=True)
class Generator:
    """Stands for `np.random.default_rng(seed)`, made in the student's process."""

    seed: int


@dataclass(frozen=True, eq=False)
class Tensor:
    """An array that becomes a torch tensor of the same dtype and shape in the student's process."""

    array: np.ndarray


@dataclass(frozen=True)
class HandleId:
    """Names an object that stays in the student's process."""

    number: int


@dataclass(frozen=True)
class CallbackId:
    """Names a function of the grader's; calling it in the student's process asks the grader for its value."""

    number: int


# Requests, from the grader.
class Call(msgspec.Struct, tag="call", forbid_unknown_fields=True):
    """Call the notebook's `name`, or the method `name` of a kept object; keep the result there if asked."""

    name: str
    target: int | None
    args: list[Any]
    kwargs: dict[str, Any]
    keep: bool


class Variable(msgspec.Struct, tag="variable", forbid_unknown_fields=True):
    """Keep the notebook's global `name`."""

    name: str


class Instruments(msgspec.Struct, tag="instruments", forbid_unknown_fields=True):
    """Keep the module of instruments, whose functions are then its methods."""


class Item(msgspec.Struct, tag="item", forbid_unknown_fields=True):
    """Keep item `key` of a kept object."""

    target: int
    key: int | str


class Read(msgspec.Struct, tag="read", forbid_unknown_fields=True):
    """Send a kept object's value."""

    target: int


class Assign(msgspec.Struct, tag="assign", forbid_unknown_fields=True):
    """Write into a kept array in place."""

    target: int
    value: Any


class Put(msgspec.Struct, tag="put", forbid_unknown_fields=True):
    """Keep this value."""

    value: Any


class Define(msgspec.Struct, tag="define", forbid_unknown_fields=True):
    """Put a function of the grader's in the place of the notebook's `name`; its parameters have these names."""

    name: str
    function: Any
    parameters: list[str]


class Become(msgspec.Struct, tag="become", forbid_unknown_fields=True):
    """Run this code in the notebook's namespace: other definitions in the place of those that are there."""

    code: str


class CallbackResult(msgspec.Struct, tag="callback_result", forbid_unknown_fields=True):
    """What the grader's function returned."""

    value: Any


Request = Call | Variable | Instruments | Item | Read | Assign | Put | Define | Become | CallbackResult


# Replies, from the student's process: every field is hostile.
class Hello(msgspec.Struct, tag="hello", forbid_unknown_fields=True):
    """The forked process is there."""


class Returned(msgspec.Struct, tag="returned", forbid_unknown_fields=True):
    """The value asked for."""

    value: Any


class Kept(msgspec.Struct, tag="kept", forbid_unknown_fields=True):
    """The result stays there under this number."""

    handle: int


class Raised(msgspec.Struct, tag="raised", forbid_unknown_fields=True):
    """The student's code raised: class names from the exception's own to BaseException's, its text, its place."""

    kinds: list[str]
    text: str
    where: str
    error_number: int | None = None


class Missing(msgspec.Struct, tag="missing", forbid_unknown_fields=True):
    """There is nothing of this name."""

    name: str


class NotData(msgspec.Struct, tag="not_data", forbid_unknown_fields=True):
    """The result is no plain data; `what` says what it is."""

    what: str


class Callback(msgspec.Struct, tag="callback", forbid_unknown_fields=True):
    """The student's code calls a function of the grader's."""

    number: int
    args: list[Any]


Reply = Hello | Returned | Kept | Raised | Missing | NotData | Callback


def pack(value: Any) -> Any:
    """`value` as MessagePack can carry it.

    Raises:
        NotDataError: it holds something that is no data, or too much.
    """
    return _pack(value, 0, [MAX_ITEMS])


def _pack(value: Any, depth: int, room: list[int]) -> Any:
    room[0] -= 1
    if depth > MAX_DEPTH or room[0] < 0:
        raise NotDataError(f"data nested more than {MAX_DEPTH} deep or of more than {MAX_ITEMS} items")
    kind = type(value)
    if value is None or kind in (bool, int, float, str, bytes):
        if kind is int and not -(2**63) <= value < 2**64:
            raise NotDataError("an integer of more than 64 bits")
        return value
    if isinstance(value, (np.ndarray, np.generic)) and not isinstance(value, (str, bytes)):
        return _pack_array(np.asarray(value))
    if kind is tuple:
        return _extension(TUPLE, [_pack(item, depth + 1, room) for item in value])
    if isinstance(value, (list, tuple)):
        return [_pack(item, depth + 1, room) for item in value]
    if isinstance(value, dict):
        return {str(key): _pack(item, depth + 1, room) for key, item in value.items()}
    for special, code in ((HandleId, HANDLE), (CallbackId, CALLBACK)):
        if kind is special:
            return _extension(code, value.number)
    if kind is Generator:
        return _extension(GENERATOR, value.seed)
    if kind is Tensor:
        return msgspec.msgpack.Ext(TENSOR, _pack_array(np.asarray(value.array)).data)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _pack_array(value.detach().cpu().numpy())
    for plain in (int, float, str, bytes):
        if isinstance(value, plain):
            return _pack(plain(value), depth, room)  # type: ignore[arg-type]
    raise NotDataError(f"an object of type {kind.__name__}")


def _extension(code: int, content: Any) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(code, msgspec.msgpack.encode(content))


def _pack_array(array: np.ndarray) -> msgspec.msgpack.Ext:
    name = f"{array.dtype.kind}{array.dtype.itemsize}"
    if name not in DTYPES:
        raise NotDataError(f"an array of dtype {array.dtype}")
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    if little.nbytes > MAX_FRAME - 1024:
        raise NotDataError(f"an array of shape {array.shape}, which is too large to send")
    return _extension(ARRAY, (name, list(array.shape), little.tobytes()))


ArrayBody = tuple[str, Annotated[list[int], msgspec.Meta(max_length=32)], bytes]


def unpack_array(content: memoryview | bytes) -> np.ndarray:
    """An array from its extension body.

    Raises:
        ProtocolError: unknown dtype, impossible shape, or another number of bytes than the shape needs.
    """
    try:
        name, shape, raw = msgspec.msgpack.decode(content, type=ArrayBody)
    except msgspec.MsgspecError as error:
        raise ProtocolError("an array that is none") from error
    if name not in DTYPES or any(not 0 <= side <= MAX_FRAME for side in shape):
        raise ProtocolError("an array of a forbidden dtype or shape")
    dtype = np.dtype("u1" if name == "b1" else f"<{name}")
    if math.prod(shape) * dtype.itemsize != len(raw):
        raise ProtocolError("an array whose bytes do not fit its shape")
    if name == "b1":
        # A truth value of 2 is neither true nor false to numpy's loops.
        return np.asarray(np.frombuffer(raw, np.uint8).reshape(shape) != 0)
    return np.frombuffer(raw, dtype).reshape(shape).copy()


def _only_arrays(code: int, content: memoryview) -> Any:
    if code == TUPLE:
        return msgspec.msgpack.decode(content, ext_hook=_only_arrays)
    if code != ARRAY:
        raise ProtocolError("something that is no data")
    return unpack_array(content)


_decode_reply: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply, ext_hook=_only_arrays)


def decode_reply(frame: bytes) -> Reply:
    """A reply from the student's process, checked to its last item.

    Raises:
        ProtocolError: it is not one.
    """
    try:
        check_structure(frame, 2 * MAX_ITEMS, MAX_DEPTH + 4, {ARRAY: False, TUPLE: True})
        reply = _decode_reply.decode(frame)
    except (msgspec.MsgspecError, MalformedError, ProtocolError, RecursionError, ValueError, OverflowError) as error:
        raise ProtocolError(f"a reply that is none: {type(error).__name__}") from error
    if isinstance(reply, Returned):
        _check_plain(reply.value, 0, [MAX_ITEMS])
    elif isinstance(reply, Callback):
        _check_plain(reply.args, 0, [MAX_ITEMS])
    return reply


def _check_plain(value: Any, depth: int, room: list[int]) -> None:
    room[0] -= 1
    if depth > MAX_DEPTH + 2 or room[0] < 0:
        raise ProtocolError("data nested too deep or of too many items")
    if isinstance(value, list):
        for item in value:
            _check_plain(item, depth + 1, room)
    elif isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str:
                raise ProtocolError("a dict with keys that are no text")
            _check_plain(item, depth + 1, room)
    elif value is not None and type(value) not in (bool, int, float, str, bytes, np.ndarray):
        raise ProtocolError("something that is no data")


def request_decoder(handle: Callable[[int], Any], callback: Callable[[int], Any]) -> Callable[[bytes], Request]:
    """How the student's side reads requests; `handle` and `callback` turn their numbers into what they stand for."""

    def hook(code: int, content: memoryview) -> Any:
        if code == ARRAY:
            return unpack_array(content)
        if code == TENSOR:
            import torch

            return torch.from_numpy(unpack_array(content))
        if code == TUPLE:
            return tuple(msgspec.msgpack.decode(content, ext_hook=hook))
        number = msgspec.msgpack.decode(content, type=int)
        if code == GENERATOR:
            return np.random.default_rng(number)
        return handle(number) if code == HANDLE else callback(number)

    return msgspec.msgpack.Decoder(Request, ext_hook=hook).decode


def new_token() -> bytes:
    """What the replies to one request must repeat: whoever has not read the request cannot answer it."""
    return os.urandom(8)


def send(channel: socket.socket, message: Request | Reply, token: bytes, wait: Wait | None = None) -> None:
    """Send one frame; `wait` is called before each part of it; the channel then does not block.

    Raises:
        NotDataError: it is larger than a frame may be.
    """
    body = msgspec.msgpack.encode(message)
    if len(body) > MAX_FRAME:
        raise NotDataError("more data than may be sent at once")
    frame = memoryview(HEADER.pack(len(body), token) + body)
    if wait is None:
        channel.sendall(frame)
        return
    while frame:
        wait()
        with suppress(BlockingIOError):
            frame = frame[channel.send(frame) :]


def receive(channel: socket.socket, wait: Wait | None = None) -> tuple[bytes, bytes]:
    """Receive one frame: its token and its body. `wait` is called before each part of it, be it one byte.

    Raises:
        EOFError: the other side is gone.
        ProtocolError: the frame says it is larger than a frame may be.
    """
    length, token = HEADER.unpack(_exactly(channel, HEADER.size, wait))
    if length > MAX_FRAME:
        _too_long(length)
    return token, _exactly(channel, length, wait)


def _too_long(length: int) -> NoReturn:
    raise ProtocolError(f"a frame of {length} bytes")


def _exactly(channel: socket.socket, length: int, wait: Wait | None) -> bytes:
    received = bytearray()
    while len(received) < length:
        if wait is not None:
            wait()
        part = channel.recv(min(length - len(received), 1 << 20))
        if not part:
            raise EOFError
        received += part
    return bytes(received)
