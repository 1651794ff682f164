"""Replications of a point as bytes, and back: a header, then arrays of float64 and int64 with the low byte first.

What is kept of a replication is what it adds up to over the counted time (`execution.accumulate.Reduced`): some hundred
numbers, from which every mean, variance and covariance with any other point is made, in the same order and to the same
bit as when they are simulated. Counts are small and squeeze well: bytes of equal weight are put side by side first.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from simcpec.model.world import Floats, Ints
from simcpec.storage.stored_files import Damaged

LEVEL = 1  # of zlib; higher ones save a twentieth and take five times as long
LARGEST = 1 << 28  # bytes of a chunk that is unpacked


@dataclass(frozen=True)
class ChunkData:
    """Replications first ... first + n - 1 of one point. about : what their point is (axes, means of a breach, ...)."""

    parts: Floats  # (n, P + 1, K)
    pace: Floats  # (n, T)
    incidents: Ints  # (n, T, P)
    about: dict[str, Any]

    def __len__(self) -> int:
        return len(self.parts)


def packed(of: ChunkData) -> bytes:
    """The bytes that are stored."""
    return zlib.compress(_shuffled(content_of(of)), LEVEL)


def content_of(of: ChunkData) -> bytes:
    """The bytes that a chunk says, whatever squeezes them: equal if and only if the chunks are."""
    shapes = {"parts": of.parts.shape, "pace": of.pace.shape, "incidents": of.incidents.shape}
    head = json.dumps({"about": of.about, "shapes": shapes}, sort_keys=True, ensure_ascii=True, allow_nan=False)
    text = head.encode() + b" " * (-len(head) % 8)
    arrays = (of.parts.astype("<f8"), of.pace.astype("<f8"), of.incidents.astype("<i8"))
    return len(text).to_bytes(8, "little") + text + b"".join(np.ascontiguousarray(each).tobytes() for each in arrays)


def content_in(raw: bytes) -> bytes:
    """The content of what was stored. Raises Damaged."""
    try:
        stream = zlib.decompressobj()
        found = stream.decompress(raw, LARGEST)
        if stream.unconsumed_tail or not stream.eof or len(found) % 8:
            raise Damaged("is no chunk of a sweep")
    except zlib.error as fault:
        raise Damaged(f"cannot be unpacked: {fault}") from None
    return _unshuffled(found)


def of_content(content: bytes) -> ChunkData:
    """The chunk of its content. Raises Damaged."""
    try:
        size = int.from_bytes(content[:8], "little")
        head = json.loads(content[8 : 8 + size])
        arrays, at = [], 8 + size
        for name, kind in (("parts", "<f8"), ("pace", "<f8"), ("incidents", "<i8")):
            shape = tuple(int(each) for each in head["shapes"][name])
            number = int(np.prod(shape))
            arrays.append(np.frombuffer(content, kind, number, at).reshape(shape))
            at += 8 * number
        if at != len(content):
            raise Damaged("is no chunk of a sweep")
        parts, pace, incidents = (np.ascontiguousarray(each, dtype=each.dtype.newbyteorder("=")) for each in arrays)
        return ChunkData(parts, pace, incidents, head["about"])
    except (ValueError, LookupError, TypeError) as fault:
        raise Damaged(f"is no chunk of a sweep: {fault}") from None


def digest_of(key: str, content: bytes) -> str:
    """Digest over a key and content."""
    return blake2b(key.encode() + b"\0" + content, digest_size=16).hexdigest()


def _shuffled(content: bytes) -> bytes:
    return np.frombuffer(content, np.uint8).reshape(-1, 8).T.tobytes()


def _unshuffled(content: bytes) -> bytes:
    return np.frombuffer(content, np.uint8).reshape(8, -1).T.tobytes()
