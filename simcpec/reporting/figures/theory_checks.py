"""Figures of the checks against theory: truth against estimate, errors with intervals, scores against normal ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simcpec.reporting.figures.style import ACCENT, COLOURS, FAINT, INK, MARKERS, SOFT, canvas
from simcpec.reporting.picture import Sketch
from simcpec.verification.theory.finding import Finding

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAD = "#9c3a00"


def families(lines: Sequence[Finding]) -> list[str]:
    """Families in the order of the table."""
    return list(dict.fromkeys(line.family for line in lines))


def scatter(lines: Sequence[Finding]) -> Sketch:
    """Truth against estimate on logarithmic axes; truths that are not above 0 are left to the other figures."""
    shown = [line for line in lines if line.truth > 0.0 and line.estimate > 0.0]
    return Sketch(
        id="VF1",
        slug="truth-estimate",
        title="Truth against estimate",
        caption=(
            "Every finding whose truth is above 0, a colour and marker a family; on the diagonal both are equal. Units "
            "differ from point to point; 95 % intervals are narrower than the markers."
        ),
        alt=f"{len(shown)} points along the diagonal of a plot of estimate against truth.",
        draw=lambda naming: _scatter(shown),
        fields=("family", "name", "truth", "estimate", "half_width"),
        records=tuple((line.family, line.name, line.truth, line.estimate, line.half_width) for line in shown),
    )


def _scatter(lines: Sequence[Finding]) -> Figure:
    from matplotlib.ticker import FuncFormatter

    figure = canvas(5.2)
    axes = figure.subplots()
    ends = [min(line.truth for line in lines) / 2, max(line.truth for line in lines) * 2] if lines else [0.5, 2.0]
    axes.plot(ends, ends, color=SOFT, linewidth=0.8, zorder=1)
    for k, family in enumerate(families(lines)):
        own = [line for line in lines if line.family == family]
        axes.plot(
            [line.truth for line in own], [line.estimate for line in own], linestyle="none", markersize=5,
            marker=MARKERS[k % len(MARKERS)], color=COLOURS[k % len(COLOURS)], label=family, alpha=0.85,
        )  # fmt: skip
    for axis, scale in ((axes.xaxis, axes.set_xscale), (axes.yaxis, axes.set_yscale)):
        scale("log")
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0e}".replace("e+0", "e").replace("e-0", "e-")))
    axes.grid()
    axes.set_xlabel("truth (each in its unit)")
    axes.set_ylabel("estimate")
    if lines:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def forest(lines: Sequence[Finding]) -> Sketch:
    """Errors with their 95 % intervals, each in units of its tolerance."""
    shown = [line for line in lines if line.half_width > 0.0]
    return Sketch(
        id="VF2",
        slug="errors",
        title="Errors with their 95 % intervals",
        caption=(
            "Estimate minus truth, in units of the stated tolerance (2 % of the truth where nothing else is stated). "
            "The band is plus and minus one tolerance: an interval must not be wider than it. One interval in twenty "
            "misses the line at zero by chance; a finding is biased only beyond the limit of the scores. Identities, "
            "which have no interval, are not drawn."
        ),
        alt=f"Errors of {len(shown)} findings around zero, with intervals no wider than the tolerance.",
        draw=lambda naming: _forest(shown),
        fields=("family", "name", "error", "half_width", "tolerance", "verdict"),
        records=tuple(
            (line.family, line.name, line.estimate - line.truth, line.half_width, line.tolerance, line.verdict)
            for line in shown
        ),
    )  # fmt: skip


def _forest(lines: Sequence[Finding]) -> Figure:
    figure = canvas(1.0 + 0.15 * max(len(lines), 4))
    axes = figure.subplots()
    axes.axvspan(-1.0, 1.0, color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    axes.axvline(0.0, color=SOFT, linewidth=0.8, zorder=1)
    for y, line in enumerate(lines):
        _interval(axes, y, line, COLOURS[families(lines).index(line.family) % len(COLOURS)])
    axes.set_yticks(range(len(lines)), labels=[f"{line.family} · {line.name}" for line in lines], fontsize=6)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("(estimate - truth) / tolerance")
    return figure


def _interval(axes: Axes, y: int, line: Finding, hue: str) -> None:
    away, half = (line.estimate - line.truth) / line.allowed, line.half_width / line.allowed
    fine = line.verdict == "pass"
    axes.plot([away - half, away + half], [y, y], color=hue if fine else BAD, linewidth=1.6, zorder=2)
    axes.plot(away, y, marker="o" if fine else "X", markersize=3.2 if fine else 6, color=hue if fine else BAD, zorder=3)


def quantiles(lines: Sequence[Finding], limit: float) -> Sketch:
    """Scores against the quantiles of the normal law."""
    import numpy as np
    from scipy import stats

    shown = sorted((line for line in lines if line.half_width > 0.0), key=lambda line: line.z)
    at = stats.norm.ppf((np.arange(1, len(shown) + 1) - 0.5) / max(1, len(shown)))
    return Sketch(
        id="VF3",
        slug="scores",
        title="Scores against normal quantiles",
        caption=(
            "Scores of all findings that have a standard error, sorted, against what as many normal ones would be: on "
            f"the diagonal if every truth is right. Dashed: the limit, {limit:.2f} standard errors. Findings that read "
            "the same play are correlated, which bends the line but moves no score."
        ),
        alt=f"{len(shown)} sorted scores near the diagonal, all within the limits.",
        draw=lambda naming: _quantiles(shown, [float(x) for x in at], limit),
        fields=("family", "name", "z", "normal_quantile"),
        records=tuple((line.family, line.name, line.z, float(x)) for line, x in zip(shown, at, strict=True)),
    )  # fmt: skip


def _quantiles(lines: Sequence[Finding], at: Sequence[float], limit: float) -> Figure:
    figure = canvas(4.4)
    axes = figure.subplots()
    reach = max([3.0, *(abs(x) for x in at)]) * 1.08
    axes.plot([-reach, reach], [-reach, reach], color=SOFT, linewidth=0.8)
    for side in (-limit, limit):
        axes.axhline(side, color=BAD, linewidth=0.9, linestyle=(0, (5, 2)))
    for x, line in zip(at, lines, strict=True):
        y = max(-2.0 * limit, min(2.0 * limit, line.z))
        axes.plot(x, y, marker="o", markersize=3.6, color=ACCENT if line.verdict == "pass" else BAD)
    axes.grid()
    axes.set_xlabel("quantile of the normal law")
    axes.set_ylabel("z")
    return figure
