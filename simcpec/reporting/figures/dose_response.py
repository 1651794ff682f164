"""F24: what more money changes, with both intervals: incidents and deaths of every scenario over its cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcpec.analysis.paired_differences import Difference
from simcpec.reporting.decision.effect import compared, event, extra_cost, highlighted, level
from simcpec.reporting.figures.style import INK, SOFT, Naming, canvas, colour, labels, many, marker
from simcpec.reporting.formatting import name_of, short_name, significant
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import best, drawn, others, shown
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = ("incidents", "deaths")
FLAT = 1e-3  # USD m a year by which costs must differ to make a scale
COST_ACROSS = "with the cost of budget, forces and levers across"


@dataclass(frozen=True)
class Dose:
    """One response over the cost: differences of every other scenario, in per cent of the baseline where it has any."""

    name: str
    title: str
    unit: str
    factor: float  # from the unit of the response to the unit of the axis
    found: dict[int, Difference]


def dose_response(study: Study) -> Sketch | None:
    """The sketch of F24; None where nothing is compared. Scenarios of one cost stand in the order of their effect."""
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    costs = {index: extra_cost(study, index) / 1e6 for index, _ in others(study)}
    flat = max(map(abs, costs.values())) < FLAT
    doses = [_dose(study, name) for name in (best(study, each) for each in PANELS)]
    at = ranks(doses[0]) if flat else costs
    across = "in the order of their effect on incidents, since all cost the same" if flat else COST_ACROSS
    base = name_of(study, study.baseline)
    _, several = event(study.scenarios[study.baseline])
    return Sketch(
        id="F24",
        slug="dose-response",
        title=f"What {'each scenario' if flat else 'more money'} changes in {several} and deaths",
        caption=(
            f"Each scenario against the baseline, {base}, {across}; change in per cent of the baseline up "
            "and down. Thick line: 95 % Monte Carlo interval of the paired difference, which more "
            "replications shrink. Thin line: uncertainty interval, 5-95 % over parameter draws, which they do not"
            + ("" if drawn(study) else " (none here: a single parameter draw)")
            + ". Hollow: a tie, no detectable change, or carried by a handful of replications."
            + (" The letter is that of the scenario that the answer is about; F2 names all." if many(study) else "")
        ),
        alt=_alt(study, doses, costs),
        draw=lambda naming: _draw(study, doses, at, flat, naming),
        fields=(
            "response", "unit", "scenario", "name", "more_cost_usd_m_per_year", "difference", "mc_half_width",
            "uncertainty_low", "uncertainty_high", "verdict",
        ),
        records=tuple(
            (
                dose.name, shown(dose.name).unit, key_of(i), study.scenarios[i].name, costs[i], d.mean, d.half_width,
                d.low, d.high, d.verdict,
            )
            for dose in doses
            for i, d in dose.found.items()
        ),
    )  # fmt: skip


def _dose(study: Study, name: str) -> Dose:
    before = level(study, name)
    found = {index: compared(study, index, name) for index, _ in others(study)}
    unit = "% of the baseline" if before > 0.0 else shown(name).unit
    return Dose(name, shown(name).label, unit, 100.0 / before if before > 0.0 else 1.0, found)


def _alt(study: Study, doses: list[Dose], costs: dict[int, float]) -> str:
    parts = []
    for dose in doses:
        ends = ", ".join(
            f"{short_name(study, i, 30)} {significant(dose.factor * d.mean, 2)} at USD {significant(costs[i])} m"
            for i, d in dose.found.items()
        )
        parts.append(f"{dose.title}, {dose.unit}: {ends}")
    return f"Change against the baseline over extra cost a year. {'; '.join(parts)}."


def ranks(dose: Dose) -> dict[int, float]:
    """Place of each scenario, 1 for the largest fall."""
    order = sorted(dose.found, key=lambda index: (dose.found[index].mean, index))
    return {index: float(place) for place, index in enumerate(order, start=1)}


def _draw(study: Study, doses: list[Dose], at: dict[int, float], flat: bool, naming: Naming) -> Figure:
    figure = canvas(2.45)
    panels = figure.subplots(1, len(doses), sharex=True, sharey=len({dose.unit for dose in doses}) == 1)
    for axes, dose in zip(panels, doses, strict=True):
        _panel(axes, study, dose, at)
        if flat:
            axes.set_xticks([])
        else:
            axes.plot(0.0, 0.0, marker=marker(study, study.baseline or 0), color=INK, markersize=6.0, zorder=5)
    panels[0].set_ylabel(f"change, {doses[0].unit}")
    below = "scenarios in the order of their effect on incidents" if flat else "USD m a year more than the baseline"
    figure.supxlabel(below, fontsize=8.5, color=SOFT)
    figure.legend(handles=_key(study, naming), loc="outside right center", fontsize=8, labelspacing=0.7)
    return figure


def _key(study: Study, naming: Naming) -> list[object]:
    """Return the scenarios by their markers: all, or of many the baseline, the one answered for and a count."""
    from matplotlib.lines import Line2D

    def entry(index: int, text: str) -> Line2D:
        return Line2D([], [], color=colour(study, index), marker=marker(study, index), linestyle="none", label=text)

    indices = list(range(len(study.scenarios)))
    if many(study):
        base = study.baseline or 0
        alone = [base, *(index for index in (highlighted(study),) if index is not None)]
        rest = [index for index in indices if index not in alone]
        named = [entry(index, labels(study, [index], naming, 24)[0]) for index in alone]
        return [*named, entry(rest[0], f"{len(rest)} others")]
    return [entry(i, text) for i, text in zip(indices, labels(study, indices, naming, 24), strict=True)]


def _panel(axes: Axes, study: Study, dose: Dose, at: dict[int, float]) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.axhline(0.0, color=SOFT, linewidth=0.9, zorder=1)
    for index, found in dose.found.items():
        _point(axes, study, index, found, at[index], dose.factor)
    if many(study) and (named := highlighted(study)) is not None:
        _name(axes, study, named, at[named], dose.factor * dose.found[named].mean)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="y")
    axes.margins(x=0.08, y=0.08)
    axes.set_title(dose.title, fontsize=9)
    axes.tick_params(axis="y", labelleft=True)


def _name(axes: Axes, study: Study, index: int, x: float, y: float) -> None:
    """The letter of the scenario that the answer is about, beside its marker."""
    axes.annotate(key_of(index), (x, y), xytext=(5, 4), textcoords="offset points", fontsize=8, color=INK)


def _point(axes: Axes, study: Study, index: int, found: Difference, x: float, factor: float) -> None:
    """Thin uncertainty interval, thick Monte Carlo interval, marker at the mean difference."""
    hue = colour(study, index)
    if found.monte_carlo is not None:
        ends = [factor * end for end in found.monte_carlo]
        axes.plot([x, x], ends, color=hue, linewidth=4.0, zorder=2, solid_capstyle="butt")
    if found.low is not None and found.high is not None:
        ends = [factor * found.low, factor * found.high]
        axes.plot([x, x], ends, color=hue, linewidth=1.0, marker="_", markersize=8, zorder=3)
    hollow = found.verdict not in ("less", "more") or found.carried_by is not None
    axes.plot(
        x, factor * found.mean, marker=marker(study, index), markersize=6.5, color=hue, linestyle="none", zorder=4,
        markerfacecolor="white" if hollow else hue, markeredgecolor=hue if hollow else "white",
        markeredgewidth=1.0 if hollow else 0.6,
    )  # fmt: skip
