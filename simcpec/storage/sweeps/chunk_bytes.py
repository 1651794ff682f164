"""Replications of a point as bytes, and back: a header, then arrays of float64 and int64 with the low byte first.

What is kept of a replication is what it adds up to over the counted time (`execution.accumulate.Reduced`): some hundred
numbers, from which every mean, variance and covariance with any other point is made, in the same order and to the same
bit as when they are simulated. Sums over provinces and over time are left out where they follow from the rest. Counts
are small and squeeze well: the replications of a number, and their bytes of equal weight, are put side by side first.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from simcpec.analysis.aggregates import NATION
from simcpec.model.world import Floats, Ints
from simcpec.storage.stored_files import Damaged

LEVEL = 1  # of zlib; higher ones save a twentieth and take five times as long
LARGEST = 1 << 28  # bytes of a chunk that is unpacked
_KINDS = {"parts": "<f8", "pace": "<f8", "incidents": "<i8"}  # arrays in their order


@dataclass(frozen=True)
class ChunkData:
    """Replications first ... first + n - 1 of one point. about : what their point is (axes, means of a breach, ...)."""

    parts: Floats  # (n, P + 1, K)
    pace: Floats  # (n, T)
    incidents: Ints  # (n, T, P)
    about: dict[str, Any]

    def __len__(self) -> int:
        return len(self.parts)


def packed(content: bytes) -> bytes:
    """The bytes that are stored of a content."""
    return zlib.compress(_shuffled(content), LEVEL)


def content_of(of: ChunkData) -> bytes:
    """The bytes that a chunk says, whatever squeezes them: equal if and only if the chunks are."""
    arrays: dict[str, Floats | Ints] = {"parts": of.parts, "pace": of.pace, "incidents": of.incidents}
    if _same(_with_nation(of.parts[:, 1:]), of.parts):
        arrays["parts"] = of.parts[:, 1:]
    if _same(_pace_of(of.incidents), of.pace):
        del arrays["pace"]
    shapes = {name: each.shape for name, each in arrays.items()}
    whole = {"nation": arrays["parts"] is of.parts, "pace": "pace" in arrays}
    about = {"about": of.about, "shapes": shapes, "whole": whole}
    head = json.dumps(about, sort_keys=True, ensure_ascii=True, allow_nan=False).encode()
    head += b" " * (-len(head) % 8)
    blocks = (_side_by_side(each, _KINDS[name]) for name, each in arrays.items())
    return len(head).to_bytes(8, "little") + head + b"".join(blocks)


def _side_by_side(array: Floats | Ints, kind: str) -> bytes:
    """The bytes of an array, all replications of a number side by side."""
    return np.ascontiguousarray(np.moveaxis(array, 0, -1), dtype=kind).tobytes()


def _with_nation(provinces: Floats) -> Floats:
    """Parts of the nation and of each province, as `execution.accumulate` adds them up."""
    n, count, k = provinces.shape
    parts = np.empty((n, count + 1, k))
    parts[:, 1:] = provinces
    parts[:, NATION] = parts[:, 1:].sum(axis=1)
    return parts


def _pace_of(incidents: Ints) -> Floats:
    """Incidents since the start."""
    found: Floats = incidents.astype(np.float64).sum(axis=2).cumsum(axis=1)
    return found


def _same(one: Floats, other: Floats) -> bool:
    """Return whether two arrays have the same bits."""
    return one.shape == other.shape and one.tobytes() == other.astype(np.float64).tobytes()


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
        arrays, at = {}, 8 + size
        for name in (name for name in _KINDS if name in head["shapes"]):
            n, *rest = (int(each) for each in head["shapes"][name])
            number = n * int(np.prod(rest))
            side_by_side = np.frombuffer(content, _KINDS[name], number, at).reshape(*rest, n)
            at += 8 * number
            arrays[name] = np.ascontiguousarray(np.moveaxis(side_by_side, -1, 0), dtype=_KINDS[name][1:])
        if at != len(content):
            raise Damaged("is no chunk of a sweep")
        parts = arrays["parts"] if head["whole"]["nation"] else _with_nation(arrays["parts"])
        pace = arrays["pace"] if head["whole"]["pace"] else _pace_of(arrays["incidents"])
        return ChunkData(parts, pace, arrays["incidents"], head["about"])
    except (ValueError, LookupError, TypeError) as fault:
        raise Damaged(f"is no chunk of a sweep: {fault}") from None


def digest_of(key: str, content: bytes) -> str:
    """Digest over a key and content."""
    return blake2b(key.encode() + b"\0" + content, digest_size=16).hexdigest()


def _shuffled(content: bytes) -> bytes:
    return np.frombuffer(content, np.uint8).reshape(-1, 8).T.tobytes()


def _unshuffled(content: bytes) -> bytes:
    return np.frombuffer(content, np.uint8).reshape(8, -1).T.tobytes()
