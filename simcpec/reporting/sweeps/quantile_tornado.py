"""Tornado of quantiles: how the paired contrast moves when one factor leaves its median, and what all do together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.estimates import Moments, moments, significant
from simcpec.analysis.responses import response
from simcpec.experiments.design.designs import MEDIAN, QUANTILES, Row
from simcpec.experiments.sweep.studies.factors import SweepFactor, number_and_unit
from simcpec.experiments.sweep.studies.points import BASELINE, SweepPoint
from simcpec.experiments.sweep.summary import SweepSummary
from simcpec.model.world import Floats
from simcpec.reporting.figures.style import ACCENT, COLOURS, INK, SOFT, canvas, lead_the_eye, tint
from simcpec.reporting.picture import Sketch
from simcpec.reporting.sweeps.curves import in_printed_units, printed
from simcpec.results.scenario_names import cut_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 40  # factors of a figure
LABEL = 40  # characters of a factor's name
LOW, HIGH = QUANTILES[0], QUANTILES[-1]
INSIDE = tuple(at for at in QUANTILES[1:-1])
REMAINDER = "interaction remainder"
#: height, colour and hatch of the bar of each end
ENDS = {LOW: (-0.17, ACCENT, ""), HIGH: (0.17, COLOURS[1], "////")}

Contrast = Callable[[Row], Floats | None]  # (D, R) paired contrasts at a row of the design


@dataclass(frozen=True, kw_only=True)
class QuantileSwing:
    """A factor moved by itself: change of the contrast (D, R) from all medians, and the level, at each quantile."""

    factor: str
    levels: Mapping[float, str]
    changes: Mapping[float, Floats]

    def at(self, place: float) -> Moments:
        """The mean change at a quantile, with its Monte Carlo error."""
        return moments(np.ascontiguousarray(self.changes[place]))

    @property
    def swing(self) -> float:
        """From the change at one end to that at the other, no change included."""
        ends = [self.at(LOW).mean, self.at(HIGH).mean, 0.0]
        return max(ends) - min(ends)

    def extreme(self) -> float | None:
        """The quantile inside with the largest excess over both ends, where it is beyond noise; else None."""
        found: list[tuple[float, float]] = []
        for place in INSIDE:
            inside = self.changes.get(place)
            if inside is None:
                continue
            apart = [moments(np.ascontiguousarray(inside - self.changes[end])) for end in (LOW, HIGH)]
            over = [each.mean - _wide(each) for each in apart], [-each.mean - _wide(each) for each in apart]
            found += [(min(side), place) for side in over]
        best = max(found, default=(0.0, MEDIAN))
        return best[1] if best[0] > 0.0 else None


def _wide(of: Moments) -> float:
    """Half-width that holds for all quantiles inside together; no end of it where there is no error."""
    half = of.half_width_at(1.0 - 0.05 / len(INSIDE))
    return np.inf if half is None else half


def swings_of(factors: Sequence[SweepFactor], contrast: Contrast) -> list[QuantileSwing]:
    """Return the factors with a law, the widest swing first; without those that lack a median or an end."""
    still = centre(factors)
    middle, found = contrast(still), []
    for k, factor in enumerate(factors):
        if factor.levels is not None or middle is None:
            continue
        values = {at: contrast((*still[:k], at, *still[k + 1 :])) for at in QUANTILES}
        changes = {at: each - middle for at, each in values.items() if each is not None}
        if LOW in changes and HIGH in changes:
            levels = {at: factor.text_at(at) or "" for at in changes}
            found.append(QuantileSwing(factor=factor.name, levels=levels, changes=changes))
    return sorted(found, key=lambda one: (-one.swing, one.factor))


def centre(factors: Sequence[SweepFactor]) -> Row:
    """The row of all medians."""
    return tuple(MEDIAN if factor.levels is None else None for factor in factors)


def remainder(
    factors: Sequence[SweepFactor], contrast: Contrast, rows: Sequence[QuantileSwing]
) -> QuantileSwing | None:
    """What all factors at an end together do beyond the sum of each; None where that was not simulated."""
    still, changes = centre(factors), {}
    middle = contrast(still)
    for end in (LOW, HIGH):
        together = contrast(tuple(end if at == MEDIAN else None for at in still))
        if together is None or middle is None or len(rows) != still.count(MEDIAN):
            return None
        changes[end] = together - middle - sum(row.changes[end] for row in rows)
    return QuantileSwing(factor=REMAINDER, levels={LOW: "all at 5 %", HIGH: "all at 95 %"}, changes=changes)


# ------------------------------------------------------------------------------------------------ of a sweep


def quantile_tornado(of: SweepSummary, name: str) -> Sketch | None:
    """The factors at quantiles of their laws, the widest first; None where fewer than two are moved so."""
    chosen = _chosen(of, name)
    if chosen is None:
        return None
    policy, factors, contrast = chosen
    rows = swings_of(factors, contrast)
    if len(rows) < 2 or not rows[0].swing:
        return None
    rest = remainder(factors, contrast, rows)
    shown = rows[:MOST_ROWS]
    whom = f" of the policy {policy}" if policy else ""
    return Sketch(
        id="S", slug=f"tornado-{name.replace('_', '-')}", title=f"{response(name).label}: what moves the change most",
        caption=(
            f"Change of the paired contrast{whom} with the baseline, in {printed(name)}, when one factor goes from its "
            "median to its 5 % quantile (plain) and to its 95 % quantile (hatched), all others at their medians, with "
            "the same draws and streams at every point. The widest swing stands first; whiskers: 95 % Monte Carlo "
            "intervals of the change; values of the factor stand at the ends. Triangles: a quantile inside, of nine "
            "from 5 % to 95 %, where the change lies beyond both ends by more than noise: the factor does not "
            f"act in one direction. {_rest_words(rest)}"
            + (f" Of {len(rows)} factors the {MOST_ROWS} widest are drawn." if len(rows) > MOST_ROWS else "")
        ),
        alt=(
            f"{len(rows)} factors by their swing; {rows[0].factor} is widest, "
            f"{significant(rows[0].at(LOW).mean)} to {significant(rows[0].at(HIGH).mean)} {printed(name)}."
        ),
        draw=lambda _: _draw(shown, rest, name),
        fields=("factor", "quantile", "level", "change", "mc_half_width", "swing", "extreme_inside"),
        records=tuple(
            (row.factor, at, row.levels[at], row.at(at).mean, row.at(at).half_width, row.swing, row.extreme() == at)
            for row in (*rows, *([rest] if rest is not None else []))
            for at in sorted(row.changes)
        ),
    )  # fmt: skip


def _rest_words(rest: QuantileSwing | None) -> str:
    if rest is None:
        return "How much the factors do together beyond the sum of each was not simulated."
    return f"Last row, {REMAINDER}: all factors at that quantile at once, less the sum of the changes of each."


def _chosen(of: SweepSummary, name: str) -> tuple[str, Sequence[SweepFactor], Contrast] | None:
    """Whose contrast it is, the factors with laws, and the contrast at their rows; None where none are moved alone."""
    points = of.reader.study.points
    found = {(one.point.policy, one.point.state): one.point for one in of.points}
    draws = max(1, len(points.draws))

    if centre(points.state_factors).count(MEDIAN) > 1 and centre(points.state_factors) in points.states:
        states = {row: k for k, row in enumerate(points.states)}
        usable = [one for one in of.others if one.contrasts[name].verdict != "not estimable"]
        if not usable:
            return None
        largest = max(usable, key=lambda one: abs(one.contrasts[name].mean))

        def at_state(row: Row) -> Floats | None:
            if row not in states:
                return None
            at = [(largest.policy, states[row] * draws + d) for d in range(draws)]
            return _contrasts(of, name, [found.get(one) for one in at])

        return largest.label, points.state_factors, at_state
    policies = {one.at: k for k, one in enumerate(points.policies)}
    if centre(points.policy_factors).count(MEDIAN) > 1 and centre(points.policy_factors) in policies:

        def at_policy(row: Row) -> Floats | None:
            if row not in policies:
                return None
            return _contrasts(of, name, [found.get((policies[row], state)) for state in range(points.worlds)])

        return "", points.policy_factors, at_policy
    return None


def _contrasts(of: SweepSummary, name: str, points: Sequence[SweepPoint | None]) -> Floats | None:
    """(D, R) values at some points less those of the baseline in the same states; None where one has no result."""
    found, each = [], response(name)
    for point in points:
        if point is None or point.policy == BASELINE:
            return None
        here = of.reader.values(point, each)
        base = of.reader.values(of.reader.study.points.baseline_of(point), each)
        if here is None or base is None or here.shape != base.shape or np.isnan(here - base).any():
            return None
        found.append(here - base)
    return np.array(found) if len({len(one) for one in found}) == 1 else None


# ------------------------------------------------------------------------------------------------ drawing


def _draw(rows: Sequence[QuantileSwing], rest: QuantileSwing | None, name: str) -> Figure:
    from matplotlib.patches import Patch

    drawn = [*rows, *([rest] if rest is not None else [])]
    figure = canvas(1.2 + 0.36 * len(drawn))
    axes = figure.subplots()
    lead_the_eye(axes, len(drawn))
    axes.axvline(0.0, color=SOFT, linewidth=0.9)
    if rest is not None:
        axes.axhline(len(rows) - 0.5, color=SOFT, linewidth=0.7)
    for y, row in enumerate(drawn):
        for end, (off, hue, hatch) in ENDS.items():
            _bar(axes, y + off, row, end, SOFT if row is rest else hue, hatch)
        place = row.extreme()
        if place is not None:
            axes.plot(row.at(place).mean, y, marker="v", color=INK, markersize=6, linestyle="none", zorder=5)
            side = -1 if row.at(place).mean < min(row.at(end).mean for end in ENDS) else 1  # away from both bars
            axes.annotate(
                f"{_short(row.levels[place])} ({100 * place:.0f} %)", (row.at(place).mean, y), xytext=(7 * side, 0),
                textcoords="offset points", fontsize=6.5, ha="left" if side > 0 else "right", va="center", color=INK,
                parse_math=False,
            )  # fmt: skip
    axes.margins(x=0.2)
    label_factors(axes, [row.factor for row in drawn], name, "change of the contrast in")
    keys = [
        Patch(facecolor=tint(hue, 0.55), edgecolor=hue, hatch=hatch, label=f"at the {100 * end:.0f} % quantile")
        for end, (_, hue, hatch) in ENDS.items()
    ]
    figure.legend(handles=keys, loc="outside lower center", ncols=2, fontsize=8)
    return figure


def label_factors(axes: Axes, factors: Sequence[str], name: str, what: str) -> None:
    """Give each factor a row, the first on top, and name the response along the other axis."""
    axes.set_yticks(range(len(factors)), labels=cut_apart(factors, LABEL))
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set_ylim(len(factors) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(f"{what} {response(name).label.lower()} ({printed(name)})")
    in_printed_units(axes.xaxis, name)


def _short(level: str) -> str:
    """A level with three significant digits."""
    found = number_and_unit(level)
    return level if found is None else f"{significant(float(found[0]))} {found[1]}".rstrip()


def _bar(axes: Axes, y: float, row: QuantileSwing, end: float, hue: str, hatch: str) -> None:
    """One end of a factor: the bar from no change, its whisker, and the value of the factor."""
    found = row.at(end)
    half = found.half_width or 0.0
    axes.barh(y, found.mean, height=0.32, color=tint(hue, 0.55), edgecolor=hue, hatch=hatch, linewidth=0.8)
    axes.plot([found.mean - half, found.mean + half], [y, y], color=INK, linewidth=1.0)
    side = 1 if found.mean >= 0.0 else -1
    axes.annotate(
        _short(row.levels[end]), (found.mean + side * half, y), xytext=(4 * side, 0), textcoords="offset points",
        fontsize=6.5, ha="left" if side > 0 else "right", va="center", color=INK, parse_math=False,
    )  # fmt: skip
