"""T18: attacks, breaches, deaths and injuries by mode of attack, and what a breach of each mode does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simcpec.analysis.estimates import Estimate, estimate
from simcpec.analysis.responses import linearised, twinned
from simcpec.model.outcome import MODE_COUNTS
from simcpec.model.world import Floats
from simcpec.reporting.formatting import headed, plural
from simcpec.reporting.tables.outcomes import estimate_cell
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

#: name, what it divides by (years where nothing), head of its column, unit below it
COLUMNS = (
    ("attacks", "", "Attacks", "a year"),
    ("breaches", "", "Breaches", "a year"),
    ("deaths", "", "Foreign deaths", "persons a year"),
    ("injured", "", "Foreign injured", "persons a year"),
    ("breaches", "attacks", "Breaches", "per attack"),
    ("deaths", "breaches", "Deaths", "per breach"),
)


def attack_modes(study: Study) -> Table | None:
    """T18; None where every scenario has a single mode."""
    several = [(i, result) for i, result in enumerate(study.scenarios) if len(result.axes.modes) > 1]
    if not several:
        return None
    rows: list[Row] = []
    for index, result in several:
        rows.append(group(headed(study, index), _behind(result)))
        for name, found in by_mode(result):
            cells = [Cell(text=name, kind="text", name=True), *map(estimate_cell, found)]
            rows.append(Row(cells=tuple(cells), kind="total" if name == ALL else ""))
    return Table(
        id="T18",
        slug="modes-of-attack",
        title="Modes of attack",
        caption=(
            "What layers stop of an attack, and whom a breach kills, differs by mode. Means; ± is the 95 % Monte Carlo "
            "half-width; ratios are ratios of means. Deaths do not move as breaches do where they differ by mode, by "
            "setting or by what guards and armour avoid of a breach."
        ),
        panels=(
            Panel(
                columns=(words("Mode"), *(Cell(text=head, detail=unit) for _, _, head, unit in COLUMNS)),
                rows=tuple(rows),
            ),
        ),
        fields=("scenario", "name", "mode", "of", "per", "mean", "mc_half_width", "low", "high", "n", "note"),
        records=tuple(
            (key_of(i), result.name, name, of, per or "year", *_numbers(one))
            for i, result in several
            for name, found in by_mode(result)
            for (of, per, _, _), one in zip(COLUMNS, found, strict=True)
        ),
    )


ALL = "all modes"


def by_mode(result: ScenarioResult) -> Iterator[tuple[str, list[Estimate]]]:
    """The estimates of `COLUMNS` for each mode, and for all of them."""
    counts = result.mode.sum(axis=(2, 3))  # (D, R, M, K)
    for m, name in enumerate(result.axes.modes):
        yield name, [_estimate(result, counts[:, :, m], of, per) for of, per, _, _ in COLUMNS]
    yield ALL, [_estimate(result, counts.sum(axis=2), of, per) for of, per, _, _ in COLUMNS]


def _estimate(result: ScenarioResult, counts: Floats, of: str, per: str) -> Estimate:
    above = counts[..., MODE_COUNTS.index(of)]
    if per:
        return estimate(twinned(result, linearised(above, counts[..., MODE_COUNTS.index(per)])))
    return estimate(twinned(result, np.asarray(above / result.axes.years)))


def _behind(result: ScenarioResult) -> str:
    """Say so where not all replications are behind the numbers."""
    if not result.partial:
        return ""
    return f"The first {plural(result.rows, 'replication')} of each parameter draw, which are kept one by one."


def _numbers(e: Estimate) -> tuple[float | int | str | None, ...]:
    return e.mean if e.estimable else None, e.half_width, e.low, e.high, e.n, e.note
