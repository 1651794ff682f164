"""The shipped studies and the figures pinned beside their files.

Of each study the baseline and the first, middle and last point of the design, with few replications: enough to see that
a study still asks what it asked, and that its points still give what they gave. They are refreshed together with those
of the scenarios: see `tests.baselines.library`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simcpec.analysis.aggregates import NATION
from simcpec.analysis.responses import PARTS
from simcpec.experiments.sweep.prepared import ChunkSimulator, Preparer
from simcpec.experiments.sweep.studies.study_file import SweepStudy, read_study
from simcpec.scenario.layering.shipped_files import shipped_studies
from simcpec.storage.sweeps.chunk_bytes import ChunkData
from tests.baselines.library import SCENARIOS, refreshed

REPLICATIONS = 6
COUNTS = ("plots", "foiled", "attacks", "breaches", "deaths")


def path_of(name: str) -> Path:
    """The file of pinned figures beside a study."""
    return SCENARIOS / "studies" / f"{name}.expected.json"


def summary(name: str) -> dict[str, Any]:
    """What some points of a study count over all of their replications."""
    study = read_study(name)
    points, preparer, simulator = study.points, Preparer(study), ChunkSimulator("compiled", study.seed)
    found = {}
    for number in (points.rows, 0, points.rows // 2, points.rows - 1):
        data = simulator.chunk(preparer.prepared(points[number]), 0, REPLICATIONS)
        assert isinstance(data, ChunkData), data
        found[_label(study, number)] = {
            count: float(data.parts[:, NATION, PARTS.index((count,))].sum()) for count in COUNTS
        }
    return {
        "study": name, "points": points.rows, "states_of_the_world": points.worlds,
        "replications": study.replications, "seed": study.seed, "simulated_of_each": REPLICATIONS, "counts": found,
    }  # fmt: skip


def _label(study: SweepStudy, number: int) -> str:
    point = study.points[number]
    return study.points.label(point.policy) + (f", draw {point.draw}" if point.draw else "")


def refresh(reason: str) -> list[str]:
    """Write the figures of every study that moved, with the reason; returns the names of those."""
    return refreshed(shipped_studies(), summary, path_of, reason)
