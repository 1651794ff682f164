"""T18: attacks and harm by mode of attack, and what a breach of each mode does; T19: attacks by armed group."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simcpec.analysis.estimates import Estimate, estimate
from simcpec.analysis.responses import linearised, twinned
from simcpec.model.outcome import MODE_COUNTS, PROV_ATTACKS_GROUP
from simcpec.model.world import Floats
from simcpec.reporting.formatting import headed, plural, told, years
from simcpec.reporting.tables.budget import group_title
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


# ------------------------------------------------------------------------------------------------ armed groups

GROUPS = "world.groups."
NATION = "All provinces"


def attacks_by_group(study: Study) -> Table | None:
    """T19; None where no scenario names armed groups."""
    named = {index: names for index, result in enumerate(study.scenarios) if (names := groups_of(result))}
    if not named:
        return None
    found = {index: _group_estimates(study.scenarios[index], names) for index, names in named.items()}
    kept = min(study.scenarios[index].rows for index in named)
    return Table(
        id="T19",
        slug="groups",
        title="Attacks by armed group",
        caption=(
            "Attacks a year in each province, by the group whose plots they were; ± is the 95 % Monte Carlo "
            f"half-width, of {plural(kept, 'replication')} of each parameter draw. The groups of a province add up to "
            "its attacks in every replication. No record says who attacked: which group has what is an assumption."
        ),
        panels=tuple(_group_panel(study, index, names, found[index]) for index, names in named.items()),
        fields=("scenario", "name", "province", "group", "attacks_per_year", "half_width"),
        records=tuple(
            (key_of(index), study.scenarios[index].name, place, names[g], one.mean, one.half_width)
            for index, names in named.items()
            for place, row in zip(_places(study.scenarios[index]), found[index], strict=True)
            for g, one in enumerate(row)
        ),
    )


def groups_of(result: ScenarioResult) -> tuple[str, ...]:
    """Names of the groups of a scenario, in their order; none where it names none."""
    keys = (
        one.key.removeprefix(GROUPS).partition(".")[0] for one in result.settings_table if one.key.startswith(GROUPS)
    )
    return tuple(dict.fromkeys(keys))


def _places(result: ScenarioResult) -> tuple[str, ...]:
    return (*result.axes.provinces, NATION)


def _group_estimates(result: ScenarioResult, names: tuple[str, ...]) -> list[list[Estimate]]:
    """[place][group] attacks a year, the nation last."""
    columns = slice(PROV_ATTACKS_GROUP, PROV_ATTACKS_GROUP + len(names))
    counts = result.province[..., columns].sum(axis=2)  # (D, R, P, G)
    places = np.concatenate([counts, counts.sum(axis=2, keepdims=True)], axis=2) / years(result)
    return [
        [estimate(twinned(result, np.ascontiguousarray(places[:, :, p, g]))) for g in range(len(names))]
        for p in range(places.shape[2])
    ]


def _group_panel(study: Study, index: int, names: tuple[str, ...], found: list[list[Estimate]]) -> Panel:
    result = study.scenarios[index]
    heads = (words("Province"), *(Cell(text=name, name=True) for name in names))
    rows = []
    for label, row in zip((*result.axes.province_labels, NATION), found, strict=True):
        cells = (Cell(text=mean, detail=noise) for mean, noise in map(told, row))
        rows.append(Row(cells=(words(label), *cells), kind="total" if label == NATION else ""))
    return Panel(columns=heads, rows=tuple(rows), title=group_title(study, [index]), title_is_name=True)
