"""The results of a sweep as one table: a row for each response of each point, found by the identity of the point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from simcpec.analysis.responses import response
from simcpec.experiments.sweep.results import PointResult, SweepReader, point_results
from simcpec.experiments.sweep.studies.points import BASELINE
from simcpec.storage.atomic_replace import write_whole
from simcpec.storage.csv_text import csv_text
from simcpec.storage.sweeps.table_files import write_netcdf, write_parquet

NUMBERS = (
    "mean", "half_width", "contrast", "contrast_half_width", "variance_ratio", "replications",
)  # fmt: skip


def table(reader: SweepReader, names: Sequence[str]) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """Header and rows: what identifies a point, its factors, then a response. A baseline has no contrast."""
    points = reader.study.points
    factors = list(points.values(points[0]))
    header = ("point", "row", "is_baseline", *factors, "response", "unit", *NUMBERS[:-1], "verdict", NUMBERS[-1])
    return header, (row for found in point_results(reader, names) for row in _rows(reader, found, factors, names))


def _rows(
    reader: SweepReader, found: PointResult, factors: Sequence[str], names: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    values = reader.study.points.values(found.point)
    said = tuple(values.get(name, "") for name in factors)
    for name in names:
        level, contrast = found.levels[name], found.contrasts.get(name)
        apart = (None,) * 4 if contrast is None else (
            contrast.mean, contrast.half_width, contrast.variance_ratio, contrast.verdict
        )  # fmt: skip
        yield (
            found.id, found.point.number, found.point.policy == BASELINE, *said, name, response(name).unit,
            level.mean if level.estimable else None, level.half_width, *apart, found.n,
        )  # fmt: skip


def exported(reader: SweepReader, path: Path, to: str) -> int:
    """Write the table as csv, parquet or netcdf; how many rows it has. Raises EnvironmentFault."""
    header, rows = table(reader, reader.study.responses)
    if to == "csv":
        counted = list(rows)
        write_whole(path, csv_text(header, counted))
        return len(counted)
    counted = list(rows)
    (write_parquet if to == "parquet" else write_netcdf)(path, header, counted)
    return len(counted)
