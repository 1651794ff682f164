"""T9: sensitivity indices of every factor of a sweep whose design allows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simcpec.analysis.responses import response
from simcpec.analysis.uncertainty.sensitivity import (
    ElementaryEffects,
    Index,
    SobolIndices,
    elementary_effects,
    noise_share,
    sobol_indices,
)
from simcpec.experiments.sweep.sensitivity import (
    SALTELLI,
    DesignValues,
    SensitivityDesign,
    sensitivity_design,
    steps_of,
    values_of_design,
)
from simcpec.experiments.sweep.summary import SweepSummary
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.selection import shown
from simcpec.reporting.sweeps.curves import per, printed
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words

FIELDS = (
    "policy", "response", "unit", "of", "factor", "measure", "value", "half_width", "near_zero", "design_points",
    "replications", "common_random_numbers", "noise_share",
)  # fmt: skip
NEAR = "~0"  # an index whose interval covers 0
MOST = 12  # panels that are printed; the data file has all
MUCH = 0.1  # share of noise from which indices are said to be too low


@dataclass(frozen=True, kw_only=True)
class Analysed:
    """Indices of one response of one policy; None where the response does not vary."""

    whose: str
    name: str
    values: DesignValues
    found: SobolIndices | ElementaryEffects | None

    @property
    def share(self) -> float:
        """The share of Monte Carlo noise in the variance between points."""
        return 0.0 if self.found is None else noise_share(self.values.noise, self.found.variance)


def sensitivity_table(of: SweepSummary) -> Table | None:
    """Return T9; None for a sweep whose design allows no indices."""
    design = sensitivity_design(of.reader.study)
    if design is None:
        return None
    done = list(_analysed(of, design))
    return Table(
        id="T9", slug="sensitivity", title="Sensitivity indices", caption=_caption(design, done),
        panels=tuple(_panel(design, each) for each in done if each.found is not None)[:MOST] or (_nothing(),),
        fields=FIELDS, records=tuple(record for each in done for record in _records(design, each)),
        notes=tuple(_notes(done)),
    )  # fmt: skip


def _analysed(of: SweepSummary, design: SensitivityDesign) -> Iterator[Analysed]:
    names = [factor.name for factor in design.factors]
    for which, whose in enumerate(design.whose):
        for name in of.names:
            values = values_of_design(of, design, which, name)
            found: SobolIndices | ElementaryEffects | None
            if design.design == SALTELLI:
                found = sobol_indices(values.values.reshape(-1, len(names) + 2), names, seed=design.seed)
            else:
                shaped = values.values.reshape(-1, len(names) + 1)
                found = elementary_effects(shaped, *steps_of(design), names, seed=design.seed)
            yield Analysed(whose=whose, name=name, values=values, found=found)


def _caption(design: SensitivityDesign, done: Sequence[Analysed]) -> str:
    replications = done[0].values.replications if done else 0
    size = f"{plural(len(design.rows), 'point')} of {plural(len(design.factors), 'factor')}"
    if design.design == SALTELLI:
        what = (
            f"First-order index S1 (share of the variance that a factor explains by itself) and total index ST (with "
            f"all interactions), N = {len(design.rows) // (len(design.factors) + 2):,} base points, {size} "
            "(Saltelli et al. 2010). "
        )
    else:
        what = (
            "Change of the response where a factor moves by half of its levels (Morris 1991): mu*, mean of the "
            "absolute changes, and sigma, their spread, "
            f"{len(design.rows) // (len(design.factors) + 1):,} trajectories, {size}. "
        )
    return what + (
        "In brackets: 95 % bootstrap interval over the design, which more points shrink, and which is neither a Monte "
        f"Carlo nor an uncertainty interval; {NEAR} where it covers 0. {plural(replications, 'replication')} of each "
        "point, with common random numbers. Share of noise: Monte Carlo variance of a point's mean over the variance "
        "between points; S1 is too low by up to this share, and no index is corrected for it."
    )


def _panel(design: SensitivityDesign, each: Analysed) -> Panel:
    found, scale = each.found, shown(each.name).scale
    kind = "change against the baseline" if each.values.change else "level"
    title = ", ".join(filter(None, (each.whose, response(each.name).label, kind)))
    title += f" (share of noise {significant(100.0 * each.share, 2)} %)"
    if isinstance(found, SobolIndices):
        columns, pairs = (words("Factor"), Cell(text="S1"), Cell(text="ST")), zip(found.first, found.total, strict=True)
        order = sorted(range(len(found.total)), key=lambda k: -found.total[k].value)
        cells = [(_cell(first), _cell(total)) for first, total in pairs]
    else:
        assert found is not None
        columns = (words("Factor"), Cell(text="mu*", detail=printed(each.name)), Cell(text="sigma"))
        order = sorted(range(len(found.size)), key=lambda k: -found.size[k].value)
        cells = [
            (_cell(size, scale), Cell(text=significant(spread / scale)))
            for size, spread in zip(found.size, found.spread, strict=True)
        ]
    rows = tuple(Row(cells=(Cell(text=design.factors[k].name, kind="text", name=True), *cells[k])) for k in order)
    return Panel(columns=columns, rows=rows, title=title, title_is_name=True)


def _cell(index: Index, scale: float = 1.0) -> Cell:
    low, high = ((index.value + side * index.half_width) / scale for side in (-1.0, 1.0))
    text = NEAR if index.near_zero else significant(index.value / scale, 2)
    return Cell(text=text, detail=f"({significant(low, 2)} to {significant(high, 2)})")


def _nothing() -> Panel:
    return Panel(columns=(words("Factor"),), rows=(Row(cells=(words("no response varies between the points"),)),))


def _records(design: SensitivityDesign, each: Analysed) -> Iterator[tuple[object, ...]]:
    found = each.found
    if found is None:
        return
    size = found.base_points if isinstance(found, SobolIndices) else found.trajectories
    measures: list[tuple[str, Sequence[Index]]]
    if isinstance(found, SobolIndices):
        measures = [("S1", found.first), ("ST", found.total)]
    else:
        exact = [[Index(value=value, half_width=0.0) for value in row] for row in (found.mean, found.spread)]
        measures = [("mu_star", found.size), ("mu", exact[0]), ("sigma", exact[1])]
    for measure, indices in measures:
        for factor, index in zip(design.factors, indices, strict=True):
            exact_one = measure in ("mu", "sigma")
            yield (
                each.whose, each.name, per(each.name), "change" if each.values.change else "level", factor.name,
                measure, index.value, None if exact_one else index.half_width,
                None if exact_one else index.near_zero, size, each.values.replications, True, each.share,
            )  # fmt: skip


def _notes(done: Sequence[Analysed]) -> Iterator[str]:
    still = list(dict.fromkeys(response(each.name).label for each in done if each.found is None))
    if still:
        yield f"No index where nothing varies between the points: {', '.join(still)}."
    loud = [
        f"{response(each.name).label} ({significant(100.0 * each.share, 2)} %)" for each in done if each.share > MUCH
    ]
    if loud:
        yield f"Chance is much of what varies, so that indices are too low; more replications help: {', '.join(loud)}."
    more = sum(each.found is not None for each in done) - MOST
    if more > 0:
        yield f"{plural(more, 'more panel')} in the data file."
