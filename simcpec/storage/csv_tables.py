"""Tidy CSV files of a study and the way back: exact numbers, plain line ends, the same bytes everywhere.

Counts are whole numbers, everything else is the shortest decimal that reads back as the same float.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simcpec.analysis.aggregates import DISTRIBUTIONS
from simcpec.analysis.estimates import Estimate
from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import responses_of
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.costs import accounts
from simcpec.economics.valuation import VALUED_LINES
from simcpec.model.modes import INSTRUMENTS
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, MODE_COUNTS, PROVINCE_COUNTS
from simcpec.model.world import Floats
from simcpec.results.online_moments import Histograms, ends
from simcpec.results.records import Aggregates, Axes, Fate, Fates, Parameters, ScenarioResult, Setting, Study
from simcpec.storage.as_written import TABLE as AS_WRITTEN_TABLE
from simcpec.storage.as_written import as_written_table
from simcpec.storage.csv_text import READING, csv_text, unguarded
from simcpec.storage.stored_files import HIGHEST, Damaged, numbers, read_rows, refusing, table_faults
from simcpec.units import short

ADDRESS = ("draw", "replication", "period", "province")

#: file, field of a result, label columns, names of the last axis
COUNT_TABLES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("cells.csv", "cell", (*ADDRESS, "cohort", "setting"), CELL_COUNTS),
    ("movements.csv", "cohort", (*ADDRESS, "cohort"), COHORT_COUNTS),
    ("modes.csv", "mode", (*ADDRESS, "mode"), MODE_COUNTS),
    ("provinces.csv", "province", ADDRESS, PROVINCE_COUNTS),
    ("costs.csv", "costs", ADDRESS, tuple(f"{line}_usd" for line in COST_LINES)),
)
#: present values and priced deaths, of scenarios with a discount rate or a value of life; made of the others
VALUED_TABLE = "valuations.csv"
VALUED_COLUMNS = tuple(f"{line}_usd" for line in VALUED_LINES)


# ------------------------------------------------------------------------------------------------ counts


def is_count(name: str) -> bool:
    """Return whether a column holds whole numbers: neither an expectation, nor an integral over time, nor money."""
    return not name.endswith(("_days", "_usd")) and not name.startswith("expected_")


def count_table(result: ScenarioResult, field: str, labels: Sequence[str], names: Sequence[str]) -> str:
    """One of `COUNT_TABLES` as text: a row per draw, replication, period, province (and cohort, setting)."""
    values = getattr(result, field)
    if len(names) != values.shape[-1]:
        raise ValueError(f"{field} has {values.shape[-1]} columns for {len(names)} names")
    columns = [
        column.astype(np.int64).tolist() if is_count(name) else column.tolist()
        for name, column in zip(names, values.reshape(-1, len(names)).T, strict=True)
    ]
    pattern = ",".join("%d" if is_count(name) else "%r" for name in names)
    keys = (",".join(key) for key in _labels(result, labels))
    body = (f"{key},{pattern % row}\n" for key, row in zip(keys, zip(*columns, strict=True), strict=True))
    return ",".join([*labels, *names]) + "\n" + "".join(body)


def _labels(result: ScenarioResult, labels: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Label cells in the order of the arrays."""
    inner = labels_of(result.axes)
    ready = [[_quoted(text) for text in inner[name]] for name in labels[2:]]
    for d, draw in enumerate(result.draw_numbers):
        for replication in result.replication_numbers[d].tolist():
            yield from itertools.product([str(draw)], [str(replication)], *ready)


def labels_of(axes: Axes) -> dict[str, tuple[str, ...]]:
    """What the label columns behind draw and replication take."""
    return {
        "period": axes.periods, "province": axes.provinces, "cohort": axes.cohorts, "setting": axes.settings,
        "mode": axes.modes,
    }  # fmt: skip


def _quoted(text: str) -> str:
    return csv_text([text], ()).removesuffix("\n")


def read_counts(folder: Path, file: str, names: Sequence[str], shape: tuple[int, ...]) -> Floats:
    """The array that `count_table` wrote, to the last bit. Raises Refused where columns or rows are not as expected."""
    path, rows = folder / file, math.prod(shape[:-1])
    with refusing(path), table_faults(), path.open(encoding=READING, newline="") as text:
        if rows > path.stat().st_size:
            raise Damaged(f"cannot hold {rows} rows")
        header = next(csv.reader(text, strict=True))
        columns = [header.index(name) for name in names]
        values = np.loadtxt(
            text, delimiter=",", comments=None, quotechar='"', usecols=columns, ndmin=2, max_rows=rows + 1
        )
        found = np.ascontiguousarray(values).reshape(shape)
        if not (np.abs(found) <= HIGHEST).all() or (file != "costs.csv" and found.min() < 0.0):
            raise Damaged("holds a number that is not finite, or absurd, or a count below 0")
        return found


# ------------------------------------------------------------------------------------------------ one scenario


def accounts_table(result: ScenarioResult) -> str:
    """Budget and host forces of the first draw, exact to the cent."""
    rows = accounts(result.plan, provinces=result.axes.provinces, instruments=INSTRUMENTS)
    header = ("year", "payer", "province", "line", "part_of_budget", "given_usd", "spent_usd", "unspent_usd")
    return csv_text(
        header,
        (
            (row.year, row.payer, row.province, row.line, row.budget, *map(Cents, (row.given, row.spent, row.unspent)))
            for row in rows
        ),
    )


class Cents(int):
    """An amount in cents, shown as exact USD with two decimals."""

    def __repr__(self) -> str:
        return f"{'-' if self < 0 else ''}{abs(self) // 100:d}.{abs(self) % 100:02d}"


ESTIMATE = ("estimable", "mean", "half_width_95", "mc_low", "mc_high", "low_5", "high_95", "replications", "note")


def _of_estimate(found: Estimate) -> tuple[Any, ...]:
    mean = found.mean if found.estimable else None
    return (found.estimable, mean, found.half_width, *found.ends, found.low, found.high, found.n, found.note)


def summary_rows(result: ScenarioResult) -> list[tuple[Any, ...]]:
    """Every response, of the nation and of each province."""
    rows: list[tuple[Any, ...]] = []
    of = analysis_of(result)
    for response in responses_of(result):
        told = (response.id, response.unit, response.per)
        rows.append((*told, "all", *_of_estimate(of.estimate(response))))
        for province, found in zip(result.axes.provinces, of.by_province(response), strict=True):
            rows.append((*told, province, *_of_estimate(found)))
    return rows


SUMMARY = ("response", "unit", "per", "province", *ESTIMATE)


def settings_table(settings: Sequence[Setting]) -> str:
    """Every key of the scenario with its source and grade."""
    header = ("key", "value", "unit", "changed", "source", "grade", "catalogue_id")
    return csv_text(header, ((s.key, s.value, s.unit, s.changed, s.source, s.grade, s.catalogue_id) for s in settings))


def draws_table(result: ScenarioResult) -> str:
    """The drawn values, one row per draw and key."""
    of = result.parameters
    rows = (
        (draw, key, unit, value)
        for draw, values in zip(result.draw_numbers, of.values.tolist(), strict=True)
        for key, unit, value in zip(of.keys, of.units, values, strict=True)
    )
    return csv_text(DRAWS, rows)


DRAWS = ("draw", "key", "unit", "value")


def read_draws(folder: Path, draw_numbers: Sequence[int]) -> Parameters:
    """The drawn values back from `draws_table`. Raises Refused."""
    path, draws = folder / "draws.csv", len(draw_numbers)
    rows = read_rows(path, DRAWS, at_most=path.stat().st_size)
    count = len(rows) // draws
    first = rows[:count]
    with refusing(path):
        keys = [(str(number), key, unit) for number in draw_numbers for _, key, unit, _ in first]
        if [(draw, key, unit) for draw, key, unit, _ in rows] != keys:
            raise Damaged("does not have the same keys for every draw")
        values = numbers([value for *_, value in rows]).reshape(draws, count)
    return Parameters(keys=tuple(key for _, key, _, _ in first), units=tuple(u for _, _, u, _ in first), values=values)


def distributions_table(result: ScenarioResult, of: Aggregates) -> str:
    """Return how often a quantity lay from `from` to below `below`, over all replications: histograms of the top bits.

    Sums of a replication over the counted time, of the nation; then incidents since the start by the end of periods.
    """
    counted = Histograms(of.histogram_keys, of.histogram_counts)
    rows: list[tuple[Any, ...]] = []
    for at, name in enumerate((*DISTRIBUTIONS, *(f"incidents by the end of {t}" for t in result.axes.periods))):
        buckets, counts = counted.of(at)
        low, high = ends(buckets)
        rows += [
            (name, a, None if np.isinf(b) else b, n)
            for a, b, n in zip(low.tolist(), high.tolist(), counts.tolist(), strict=True)
        ]
    return csv_text(("quantity", "from", "below", "count"), rows)


def scenario_files(result: ScenarioResult) -> dict[str, str]:
    """Text of every file of one scenario's folder but `result.json`."""
    files = {file: count_table(result, field, labels, names) for file, field, labels, names in COUNT_TABLES}
    if result.discounted or result.prices_lives:
        files[VALUED_TABLE] = count_table(result, "valued", ADDRESS, VALUED_COLUMNS)
    if result.as_written is not None:
        files[AS_WRITTEN_TABLE] = as_written_table(result.as_written)
    for sums in analysis_of(result).stored:
        files["distributions.csv"] = distributions_table(result, sums)
    return {
        **files,
        "scenario.yaml": result.resolved_yaml,
        "accounts.csv": accounts_table(result),
        "summary.csv": csv_text(SUMMARY, summary_rows(result)),
        "draws.csv": draws_table(result),
    }


# ------------------------------------------------------------------------------------------------ the study


def study_files(study: Study) -> dict[str, str]:
    """Text of the tables at the top of a study's folder."""
    summary = [(result.slug, *row) for result in study.scenarios for row in summary_rows(result)]
    files = {"summary.csv": csv_text(("scenario", *SUMMARY), summary)}
    if study.baseline is not None:
        files["differences.csv"] = csv_text(DIFFERENCE, difference_rows(study, study.scenarios[study.baseline]))
    if study.fates is not None:
        files[FATES_FILE] = fates_table(study, study.fates)
    return files


FATES_FILE = "fates.csv"
FATES = (
    "scenario", "what", "became", "by", "from_province", "from_cohort", "from_setting", "to_province", "to_cohort",
    "to_setting", "count",
)  # fmt: skip


def fates_table(study: Study, fates: Fates) -> str:
    """Return what became of the baseline's attacks and breaches, and which are new, scenario by scenario."""
    return csv_text(FATES, fates_rows(study, fates))


def fates_rows(study: Study, fates: Fates) -> Iterable[tuple[Any, ...]]:
    """The rows of `fates_table`, in the columns `FATES`."""
    for result, of in zip(study.scenarios, fates.of_scenario, strict=True):
        for f in of:
            yield (result.slug, f.what, f.became, f.by, *f.origin, *f.target, f.count)


def read_fates(folder: Path, slugs: Sequence[str], plays: int) -> Fates:
    """The fates back from `fates_table`, in the order of the scenarios."""
    path = folder / FATES_FILE
    found: dict[str, list[Fate]] = {slug: [] for slug in slugs}
    rows = read_rows(path, FATES, at_most=path.stat().st_size)
    with refusing(path), table_faults():
        for slug, what, became, by, *cells, count in rows:
            if unguarded(slug) not in found or int(count) < 0:
                raise Damaged(f"tells of {short(slug)}, or of a count below 0")
            p, c, s, q, d, t = map(unguarded, cells)
            fate = Fate(what=what, became=became, by=by, origin=(p, c, s), target=(q, d, t), count=int(count))
            found[unguarded(slug)].append(fate)
    return Fates(plays=plays, of_scenario=tuple(map(tuple, found.values())))


DIFFERENCE = (
    "scenario", "baseline", "response", "unit", "per", "mean", "half_width_95", "low_5", "high_95", "variance_ratio",
    "correlation", "verdict", "p_less", "replications", "note",
)  # fmt: skip


def difference_rows(study: Study, base: ScenarioResult) -> Iterable[tuple[Any, ...]]:
    """Every response of every scenario but the baseline `base`, in the columns `DIFFERENCE`."""
    baseline = analysis_of(base)
    for result in study.scenarios:
        for each in responses_of(result, base) if result is not base else ():
            found = analysis_of(result).compare(baseline, each)
            yield (result.slug, base.slug, each.id, each.unit, each.per, *_of_difference(found))


def _of_difference(found: Difference) -> tuple[Any, ...]:
    mean = None if found.verdict == "not estimable" else found.mean
    return (
        mean, found.half_width, found.low, found.high, found.variance_ratio, found.correlation, found.verdict,
        found.p_less, found.n, found.note or found.tie,
    )  # fmt: skip
