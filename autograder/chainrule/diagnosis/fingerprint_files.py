"""Keeps fingerprints: a file for each assignment in a folder of the course, for its owner alone; they hold solutions.

A file is a digest and what it is a digest of. One that is damaged, or in another format, is as good as none.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from chainrule.diagnosis.fingerprints import Fingerprints

FOLDER = Path(".chainrule") / "fingerprints"
"""In the course's folder."""

SUFFIX = ".msgpack"
ARRAY = 1
"""The MessagePack extension of an array of float64: the number of its axes, their lengths, its entries."""

DIGEST = hashlib.sha256().digest_size


def to_bytes(fingerprints: Fingerprints) -> bytes:
    """Fingerprints as a file or a message."""
    body = _encoder.encode(fingerprints)
    return hashlib.sha256(body).digest() + body


def from_bytes(data: bytes) -> Fingerprints | None:
    """The fingerprints in a file or a message of our own, None if it is damaged or in another format."""
    if hashlib.sha256(data[DIGEST:]).digest() != data[:DIGEST]:
        return None
    try:
        return _decoder.decode(data[DIGEST:])
    except msgspec.MsgspecError:
        return None


def file_in(folder: Path, assignment: str) -> Path:
    """Where the fingerprints of an assignment lie in a folder."""
    return folder / f"{assignment}{SUFFIX}"


def stored(folder: Path, assignment: str, version: str, seed: str) -> Fingerprints | None:
    """The fingerprints of an assignment in the folder, None if there are none of this version and seed.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        found = from_bytes(file_in(folder, assignment).read_bytes())
    except FileNotFoundError:
        return None
    wanted = (assignment, version, seed)
    return found if found is not None and (found.assignment, found.version, found.seed) == wanted else None


def store(folder: Path, fingerprints: Fingerprints) -> None:
    """Write fingerprints into the folder, whole or not at all, in the place of earlier ones.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    file = file_in(folder, fingerprints.assignment)
    partial = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as new:
            new.write(to_bytes(fingerprints))
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _encoded(value: Any) -> msgspec.msgpack.Ext:
    if not isinstance(value, np.ndarray):
        raise NotImplementedError(f"fingerprints hold no {type(value).__name__}")
    axes = struct.pack(f"<{1 + value.ndim}q", value.ndim, *value.shape)
    return msgspec.msgpack.Ext(ARRAY, axes + value.astype("<f8").tobytes())


def _decoded(code: int, data: memoryview) -> Any:
    if code != ARRAY:
        raise ValueError(f"no extension has the code {code}")
    (count,) = struct.unpack_from("<q", data)
    shape = struct.unpack_from(f"<{count}q", data, 8)
    return np.frombuffer(data, "<f8", offset=8 + 8 * count).reshape(shape)


_encoder = msgspec.msgpack.Encoder(enc_hook=_encoded)
_decoder = msgspec.msgpack.Decoder(Fingerprints, ext_hook=_decoded)
