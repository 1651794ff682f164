"""Two sweep folders against each other, point by point: by identity, to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from simcpec.experiments.sweep.results import SweepReader
from simcpec.experiments.sweep.studies.points import SweepPoint
from simcpec.storage.sweeps.chunk_bytes import content_of

TOLD = 10  # points that a text names


@dataclass(frozen=True)
class ComparedSweeps:
    """same : points with equal replications.      unlike : points that differ in one that both have, by label.

    only : number of points that only the first or only the other one has a result of.
    replications : of a point, the first so many were compared; both sweeps have as many, or one has more.
    """

    same: int
    unlike: tuple[str, ...]
    only: tuple[int, int]
    replications: int

    @property
    def content(self) -> dict[str, Any]:
        """For machines."""
        return {
            "same": self.same, "unlike": list(self.unlike), "only_first": self.only[0], "only_other": self.only[1],
            "replications": self.replications,
        }  # fmt: skip

    @property
    def text(self) -> str:
        """For people."""
        lines = [
            f"{self.same:,} points are the same in both, {len(self.unlike):,} differ, "
            f"{self.only[0]:,} are only in the first and {self.only[1]:,} only in the other"
        ]
        if self.same or self.unlike:
            lines.append(f"compared: the first {self.replications:,} replications of each point")
        else:
            lines.append(
                "no point is in both: a point is the same where resolved scenario, seed, parameter draw and version of "
                "simcpec are"
            )
        return "\n".join([*lines, *(f"  differs: {name}" for name in self.unlike[:TOLD])]) + "\n"


def compared(one: SweepReader, other: SweepReader) -> ComparedSweeps:
    """Compare the replications that both have of every point that both have."""
    ours, theirs = _by_id(one), _by_id(other)
    count = min(one.study.replications, other.study.replications)
    same, unlike = 0, []
    for id in (id for id in ours if id in theirs):
        if _digest(one, ours[id], count) == _digest(other, theirs[id], count):
            same += 1
        else:
            unlike.append(f"{one.study.points.label(ours[id].policy)} ({id})")
    shared = same + len(unlike)
    return ComparedSweeps(same, tuple(unlike), (len(ours) - shared, len(theirs) - shared), count)


def _by_id(reader: SweepReader) -> dict[str, SweepPoint]:
    points = reader.study.points.in_order()
    return {reader.id_of(point): point for point in points if reader.id_of(point) and not reader.lacks(point)}


def _digest(reader: SweepReader, point: SweepPoint, count: int) -> str:
    return digest_of_point(reader, point, count)


def digest_of_point(reader: SweepReader, point: SweepPoint, count: int | None = None) -> str:
    """Digest of the first `count` (all) replications of a point, whatever the chunks in which they are kept."""
    from simcpec.experiments.sweep.results import cut

    data = reader.data(point)
    assert data is not None
    return blake2b(content_of(cut(data, 0, len(data) if count is None else count)), digest_size=16).hexdigest()
