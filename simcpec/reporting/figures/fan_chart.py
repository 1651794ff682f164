"""F1: cumulative incidents of the baseline over time, of single histories or of means of parameter draws.

The predictive variant has bands over all histories, draws and replications together.  The parameter-only variant has
bands over draws of the mean of a draw, without its Monte Carlo noise.  Numbers of all scenarios are in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcpec.analysis.estimates import moments
from simcpec.analysis.responses import incidents_by_period, twinned
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.model.world import Floats
from simcpec.reporting.decision.effect import event
from simcpec.reporting.figures.risk.counts_on_record import counted_words, show_record
from simcpec.reporting.figures.style import INK, Naming, canvas, colour, labels, periods_axis, tint
from simcpec.reporting.formatting import name_of, plural, significant
from simcpec.reporting.page.observed import Observed, observed
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import drawn, twins
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = (95, 80, 50)  # widest first: they are painted over one another
SHARES = (0.16, 0.34, 0.58)
MEDIAN = (0, (3, 2))
FEWEST_TO_TRUST = 40  # histories, or draws, below which the widest band is their whole range


@dataclass(frozen=True)
class Fan:
    """Cumulative incidents of one scenario at the ends of periods, time 0 included."""

    ends: Floats  # (T + 1,) years
    mean: Floats  # (T + 1,)
    median: Floats
    bands: dict[int, tuple[Floats, Floats]]  # level -> (low, high), each (T + 1,)


_FIELDS = (
    "scenario", "name", "period", "end_years", "mean", "median",
    *(f"{side}_{n}" for n in LEVELS for side in ("low", "high")),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What the bands of a fan hold: `of`, as the legend calls it, and `number` of them."""

    of: str
    number: int
    exact: bool  # whether the count on record has an interval of its own: beside a mean, not beside single histories


def fans(study: Study) -> list[Fan]:
    """One fan a scenario, over all replications of all parameter draws."""
    return [_fan(result) for result in study.scenarios]


def _fan(result: ScenarioResult) -> Fan:
    """The fan of one scenario."""
    sides = [share for level in LEVELS for share in ((100 - level) / 200, (100 + level) / 200)]
    means, found = analysis_of(result).cumulative([0.5, *sides])
    mean, median, *ends = (np.concatenate([[0.0], each]) for each in (means, *found))
    return Fan(
        ends=_ends(result),
        mean=mean,
        median=median,
        bands=dict(zip(LEVELS, zip(ends[0::2], ends[1::2], strict=True), strict=True)),
    )


def fan_chart(study: Study) -> Sketch:
    """The sketch of F1, predictive."""
    found, same = fans(study), twins(study)
    first = study.scenarios[0]
    variant = Variant(of="histories", number=first.plays, exact=False)
    return Sketch(
        id="F1",
        slug="cumulative-incidents",
        title="How far one course of events can stray",
        caption=(
            "Predictive variant: bands hold 50, 80 and 95 % of the single histories played "
            f"({plural(first.plays, 'history', 'histories')} a scenario: "
            f"{plural(first.draws, 'parameter draw')} x {plural(first.replications, 'replication')}). "
            f"They show how far {_by(study)} can carry one course of events, and are no intervals of a mean. "
            "Counts are known at the ends of "
            f"periods; between them lines are straight. Incidents are {_basis(study)}."
            + _few(variant)
            + _on_record(study, found[reference(study)], variant)
            + _others(study, same)
            + absent(study)
        ),
        alt=_alt(found, same, "single histories"),
        draw=lambda naming: _draw(study, found, naming, variant),
        fields=_FIELDS,
        records=tuple(_records(study, found)),
    )


def fan_of_parameters(study: Study) -> Sketch | None:
    """The sketch of F1, parameter-only; None where `absent` says why."""
    found = [_fan_of_means(result) for result in study.scenarios]
    of = [fan for fan in found if fan is not None]
    if absent(study) or len(of) < len(found):
        return None
    first, same = study.scenarios[0], twins(study)
    variant = Variant(of="draws", number=first.draws, exact=True)
    kept = f" of the {plural(first.rows, 'replication')} of each that are kept" if first.partial else ""
    return Sketch(
        id="F1",
        slug="cumulative-incidents-parameters",
        title="How far parameters move the mean course of events",
        caption=(
            "Parameter-only variant: bands hold 50, 80 and 95 % of the means of single parameter draws "
            f"({plural(first.draws, 'draw')}){kept}, less the Monte Carlo noise of a mean of "
            f"{plural(first.rows, 'replication')}. They show what is not known of the parameters, and leave out "
            "chance, which the predictive variant has as well. A point without a band: there the noise hides the "
            f"spread over draws. Incidents are {_basis(study)}."
            + _few(variant)
            + _on_record(study, of[reference(study)], variant)
            + _others(study, same)
        ),
        alt=_alt(of, same, "means of parameter draws"),
        draw=lambda naming: _draw(study, of, naming, variant),
        fields=_FIELDS,
        records=tuple(_records(study, of)),
    )


def absent(study: Study) -> str:
    """Why there is no parameter-only variant, as a sentence with a space before it; "" where there is one."""
    if not drawn(study):
        return " A parameter-only variant needs several parameter draws (`--draws 20` or more); this study has one."
    if any(result.rows // (2 if result.antithetic else 1) < 2 for result in study.scenarios):
        return (
            " A parameter-only variant needs two or more replications of each draw kept one by one "
            "(`--replications 2 --rows all`): with one, chance and parameters cannot be told apart."
        )
    if any(_fan_of_means(result) is None for result in study.scenarios):
        return (
            " There is no parameter-only variant: the Monte Carlo noise of the means of draws hides their spread; more "
            "replications of each draw bring it out."
        )
    return ""


def _fan_of_means(result: ScenarioResult) -> Fan | None:
    """The fan of conditional means of draws at the end of every period; None where noise hides their spread at last."""
    counts = twinned(result, incidents_by_period(result).sum(3).cumsum(axis=2))
    found = [moments(np.ascontiguousarray(counts[:, :, t])) for t in range(counts.shape[2])]
    means = [each.shrunk() for each in found]
    if means[-1] is None:
        return None
    whole = [np.full(len(of.means), of.mean) if each is None else each for of, each in zip(found, means, strict=True)]

    def at(share: float) -> Floats:
        return np.array([0.0, *(float(np.quantile(each, share)) for each in whole)])

    return Fan(
        ends=_ends(result),
        mean=np.array([0.0, *(of.mean for of in found)]),
        median=at(0.5),
        bands={level: (at((100 - level) / 200), at((100 + level) / 200)) for level in LEVELS},
    )


def _by(study: Study) -> str:
    """Return what moves single histories."""
    return "chance and the ranges of the parameters together" if drawn(study) else "chance alone"


def _few(variant: Variant) -> str:
    """A warning where the widest band rests on its two extremes alone."""
    if variant.number >= FEWEST_TO_TRUST:
        return ""
    return f" With {variant.number:,} {variant.of} the 95 % bands are their whole range."


def _ends(result: ScenarioResult) -> Floats:
    """(T + 1,) years at the ends of periods, 0 first."""
    return np.concatenate([[0.0], np.cumsum(result.axes.period_days)]) / 365.25


def _basis(study: Study) -> str:
    kinds = {result.incident_basis for result in study.scenarios}
    return (
        {"attack": "attacks, stopped or not", "breach": "breaches"}[kinds.pop()]
        if len(kinds) == 1
        else "as counted by each scenario"
    )


def _alt(found: list[Fan], same: list[int], what: str) -> str:
    """Means at the end, and how far 95 % of what the bands hold reach there."""
    ends = [
        f"{key_of(i)} {significant(fan.mean[-1])}"
        + (f" (identical to {key_of(same[i])})" if same[i] != i else " ({} to {})".format(*_reach(fan)))
        for i, fan in enumerate(found)
    ]
    return (
        "Mean number of incidents by the end of the run, by scenario, with the range of 95 % of "
        f"{what}: "
        f"{', '.join(ends)}."
    )


def _reach(fan: Fan) -> list[str]:
    return [significant(float(side[-1])) for side in fan.bands[95]]


def _records(study: Study, found: list[Fan]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for index, (result, fan) in enumerate(zip(study.scenarios, found, strict=True)):
        for t, name in enumerate(("start", *result.axes.periods)):
            ends = [float(side[t]) for level in LEVELS for side in fan.bands[level]]
            rows.append(
                (key_of(index), result.name, name, float(fan.ends[t]), float(fan.mean[t]), float(fan.median[t]), *ends)
            )
    return rows


def reference(study: Study) -> int:
    """The scenario whose fan is drawn: the baseline, or the first where there is none."""
    return 0 if study.baseline is None else study.baseline


def _others(study: Study, same: list[int]) -> str:
    """A sentence on the scenarios that are not drawn: nearly equal lines would hide that they differ in means."""
    if len(study.scenarios) == 1:
        return ""
    alike = [name_of(study, i) for i, first in enumerate(same) if first == same[reference(study)] != i or first != i]
    alike = [name for name in alike if name != name_of(study, reference(study))]
    tail = f" Identical in every replication to another one: {', '.join(alike[:4])}." if alike else ""
    return (
        f" Drawn is {name_of(study, reference(study))} alone; F24 and F2 show how the others differ, and the file of "
        f"this figure has all of them.{tail}"
    )


def _draw(study: Study, found: list[Fan], naming: Naming, variant: Variant) -> Figure:
    """One fan: bands, median and mean of the baseline, with what is on record."""
    figure = canvas(3.4)
    axes = figure.subplots()
    at = reference(study)
    _one(axes, study, found, at, labels(study, [at], naming, 60, bold=True)[0])
    seen, key = _record_of(study), _key(variant)
    if seen is not None:
        key += show_record(axes, study.scenarios[at], seen, float(found[at].ends[-1]), exact=variant.exact)
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))  # after all lines: it ends the search for limits
    axes.set_ylabel(f"{event(study.scenarios[at])[1]} since start")
    figure.legend(handles=key, loc="outside lower center", ncols=5 if len(key) < 7 else 4, fontsize=8)
    return figure


def _key(variant: Variant) -> list[Any]:
    """Return what bands and lines of a fan are, in grey, as it holds for every colour."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    bands = [
        Patch(color=tint(INK, share), linewidth=0, label=f"{n} % of {variant.of}")
        for n, share in zip(LEVELS, SHARES, strict=True)
    ]
    median = Line2D([], [], color=INK, linewidth=1.0, linestyle=MEDIAN, label="median")
    return [*bands, median, Line2D([], [], color=INK, linewidth=1.6, label="mean")]


def _record_of(study: Study) -> Observed | None:
    """Attacks on record, where they are what the study counts."""
    if any(result.incident_basis != "attack" for result in study.scenarios):
        return None
    seen = observed(study)
    return None if seen is None or seen.attacks is None or not seen.years else seen


def _on_record(study: Study, fan: Fan, variant: Variant) -> str:
    """A sentence on the count on record, with a space before it; "" where there is none."""
    seen = _record_of(study)
    if seen is None:
        return ""
    return counted_words(study.scenarios[reference(study)], seen, float(fan.ends[-1]), exact=variant.exact)


def _time(axes: Axes, study: Study, found: list[Fan]) -> None:
    """The time axis, with the names of periods."""
    at = reference(study)
    periods_axis(axes, found[at].ends[1:], study.scenarios[at].axes.periods)


def _one(axes: Axes, study: Study, found: list[Fan], index: int, title: str) -> None:
    """The bands, the median and the mean of one scenario."""
    from matplotlib.ticker import MaxNLocator

    fan, hue = found[index], colour(study, index)
    for level, share in zip(LEVELS, SHARES, strict=True):
        axes.fill_between(fan.ends, *fan.bands[level], color=tint(hue, share), linewidth=0)
    axes.plot(fan.ends, fan.median, color=INK, linewidth=1.0, linestyle=MEDIAN)
    axes.plot(fan.ends, fan.mean, color=INK, linewidth=1.6)
    _time(axes, study, found)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(axis="y")
    axes.set_title(title, fontsize=9)
