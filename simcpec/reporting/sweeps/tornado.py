"""Tornado of a sweep: how far each factor, varied by itself, moves the contrast with the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import response
from simcpec.experiments.sweep.studies.factors import SweepFactor
from simcpec.experiments.sweep.studies.points import Texts
from simcpec.experiments.sweep.summary import SweepSummary
from simcpec.reporting.figures.style import ACCENT, INK, SOFT, canvas, lead_the_eye, tint
from simcpec.reporting.picture import Sketch
from simcpec.reporting.sweeps.curves import printed
from simcpec.reporting.sweeps.quantile_tornado import label_factors, quantile_tornado

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 40  # factors of a figure


@dataclass(frozen=True)
class Swing:
    """A factor by itself: the levels with the smallest and the largest contrast, which may be one."""

    factor: str
    low_level: str
    high_level: str
    low: Difference
    high: Difference

    @property
    def width(self) -> float:
        """What the factor spans, with no change where that lies outside."""
        return max(self.high.mean, 0.0) - min(self.low.mean, 0.0)


def swings(of: SweepSummary, name: str) -> tuple[str, list[Swing]]:
    """Whose contrast it is ("" for policies that differ in one factor), and the factors, the widest first.

    Where states of the world are varied one factor at a time, it is the policy with the largest contrast.
    """
    points = of.reader.study.points
    chosen = [(points.texts_of(one.policy), one.contrasts[name]) for one in of.others]
    found = _by_factor(points.policy_factors, chosen)
    if len(found) > 1:
        return "", found
    usable = [one for one in of.others if one.contrasts[name].verdict != "not estimable"]
    if not usable:
        return "", []
    largest = max(usable, key=lambda one: abs(one.contrasts[name].mean))
    there = [one for one in of.points if one.point.policy == largest.policy]
    return largest.label, _by_factor(
        points.state_factors, [(points.texts_of_state(one.point.state), one.contrasts[name]) for one in there]
    )


def _by_factor(factors: Sequence[SweepFactor], found: Iterable[tuple[Texts, Difference]]) -> list[Swing]:
    """Swings of the factors that are varied while every other one is left as it is."""
    alone: dict[int, list[tuple[str, Difference]]] = {}
    for texts, contrast in found:
        said = [(k, text) for k, text in enumerate(texts) if text is not None]
        if len(said) == 1 and contrast.verdict != "not estimable":
            ((k, text),) = said
            alone.setdefault(k, []).append((text, contrast))
    rows = []
    for k, ones in alone.items():
        (low_level, low), (high_level, high) = (pick(ones, key=lambda one: one[1].mean) for pick in (min, max))
        rows.append(Swing(factors[k].name, low_level, high_level, low, high))
    return sorted(rows, key=lambda row: (-row.width, row.factor))


def tornado(of: SweepSummary, name: str) -> Sketch | None:
    """The factors by what they move, the widest first; None unless several are varied singly and one moves it."""
    if (found := quantile_tornado(of, name)) is not None:
        return found
    policy, rows = swings(of, name)
    rows = rows[:MOST_ROWS]
    if len(rows) < 2 or not rows[0].width:
        return None
    of_whom = f" of the policy {policy}" if policy else ""
    return Sketch(
        id="S", slug=f"tornado-{name.replace('_', '-')}", title=f"{response(name).label}: what moves the change most",
        caption=(
            f"Change{of_whom} against the baseline in {printed(name)}, from the level of each factor with the smallest "
            "to that with the largest, while the other factors are left as they are; the factor that spans most stands "
            "first. Whiskers: 95 % Monte Carlo intervals of the paired differences. Names of levels stand at the ends."
        ),
        alt=f"{len(rows)} factors by what they span; {rows[0].factor} spans most.",
        draw=lambda _: _tornado(rows, name),
        fields=("factor", "low_level", "low", "low_half_width", "high_level", "high", "high_half_width"),
        records=tuple(
            (r.factor, r.low_level, r.low.mean, r.low.half_width, r.high_level, r.high.mean, r.high.half_width)
            for r in rows
        ),
    )  # fmt: skip


def _tornado(rows: Sequence[Swing], name: str) -> Figure:
    figure = canvas(0.9 + 0.3 * len(rows))
    axes = figure.subplots()
    lead_the_eye(axes, len(rows))
    axes.axvline(0.0, color=SOFT, linewidth=0.9)
    for y, row in enumerate(rows):
        left, right = min(row.low.mean, 0.0), max(row.high.mean, 0.0)
        axes.barh(y, right - left, left=left, height=0.5, color=tint(ACCENT, 0.55), edgecolor=ACCENT, linewidth=0.8)
        for contrast, text, side in _ends(row):
            half = contrast.half_width or 0.0
            axes.plot([contrast.mean - half, contrast.mean + half], [y, y], color=INK, linewidth=1.1)
            axes.annotate(
                text, (contrast.mean + side * half, y), xytext=(4 * side, 0), textcoords="offset points", fontsize=7,
                ha="left" if side > 0 else "right", va="center", color=INK, parse_math=False,
            )  # fmt: skip
    axes.margins(x=0.15)
    label_factors(axes, [row.factor for row in rows], name, "change in")
    return figure


def _ends(row: Swing) -> list[tuple[Difference, str, int]]:
    """What stands at the ends of a bar: the contrast, the name of its level, and the side, -1 or 1."""
    if row.low is row.high:
        side = 1 if row.high.mean >= 0.0 else -1
        return [(row.high, row.high_level if row.width else "no change", side)]
    return [(row.low, row.low_level, -1), (row.high, row.high_level, 1)]
