"""Figures of checks: what each mechanism does to the fit and to the headline, and gaps between attacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simcpec.calibration.checks.mechanisms import TOLD, Ablated
from simcpec.calibration.fit import FitRow
from simcpec.reporting.calibration.figures import PREDICTED, named, predicted_records
from simcpec.reporting.calibration.numbers import CalibrationNumbers
from simcpec.reporting.figures.style import ACCENT, COLOURS, FAINT, INK, SOFT, canvas, row_height
from simcpec.reporting.picture import Sketch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = -12.0  # log score at which the axis ends; what lies beyond is drawn at its end


def mechanisms(of: CalibrationNumbers) -> Sketch | None:
    """CF7: change of the log score and of the headline where a mechanism is switched."""
    if not of.mechanisms:
        return None
    written, rows = of.mechanisms[0], of.mechanisms[1:]
    return Sketch(
        id="CF7",
        slug="mechanisms",
        title="Mechanisms: what the record says of each, and what the headline owes to it",
        caption=(
            f"Each mechanism out (backlash: in), {written.draws} draws of the ensemble fitted anew. Left: change of the"
            " log score of all targets but the elasticity, ± 2 standard errors; in the shaded band the record cannot"
            " tell. Right: per cent of breaches that twice the security share averts there, less that as written"
            f" ({written.breaches[0]:.1f} %), paired by draws, 95 % half-widths."
        ),
        alt="; ".join(f"{r.mechanism.name}: {r.verdict}, {r.against[0]:+.1f} % averted" for r in rows),
        draw=lambda naming: _drawn(rows),
        fields=("mechanism", "log_score", "error", "ruled_out", "against_written", "half_width", "verdict"),
        records=tuple(
            (r.mechanism.name, max(r.score, LEAST), r.error, r.ruled_out, *r.against, r.verdict) for r in rows
        ),
    )


def _drawn(rows: Sequence[Ablated]) -> Figure:
    figure = canvas(0.9 + row_height(len(rows)) * len(rows))
    left, right = figure.subplots(1, 2, sharey=True)
    left.axvspan(-TOLD, TOLD, color=FAINT, zorder=0)
    left.axvline(0.0, color=SOFT, linewidth=0.8)
    right.axvline(0.0, color=SOFT, linewidth=0.8)
    for y, row in enumerate(rows):
        hue = INK if row.verdict == "cannot tell" else COLOURS[1]
        beyond = row.score < LEAST
        at = max(row.score, LEAST)
        if not beyond:
            left.plot([at - 2.0 * row.error, at + 2.0 * row.error], [y, y], color=hue, linewidth=1.4)
        left.plot([at], [y], marker="<" if beyond else "o", color=hue, markersize=5)
        value, spread = row.against
        right.plot([value - spread, value + spread], [y, y], color=ACCENT, linewidth=1.6)
        right.plot([value], [y], marker="o", color=ACCENT, markersize=5)
    left.set_xlabel("change of the log score")
    right.set_xlabel("breaches averted, % against as written")
    right.grid(True, axis="x")
    named(left, [_label(row) for row in rows])
    right.tick_params(axis="y", length=0)
    right.spines["left"].set_visible(False)
    return figure


def _label(row: Ablated) -> str:
    return f"{'with' if row.mechanism.adds else 'no'} {row.mechanism.name}"


def gaps(of: CalibrationNumbers) -> Sketch | None:
    """CF8: gaps between attacks, predicted over observed."""
    rows = [row for row in of.fit if row.kind == "gap"]
    if not rows:
        return None
    return Sketch(
        id="CF8",
        slug="gaps",
        title="Gaps between attacks, predicted over observed",
        caption=(
            "Central 90 % of windows of members simulated anew, over what was observed; bar: median; line: what was"
            " observed. Nothing is fitted to gaps. Per cent: chance of something at least as far out."
        ),
        alt="; ".join(f"{row.target}: observed {row.observed:g}, {row.low:.3g} to {row.high:.3g}" for row in rows),
        draw=lambda naming: _gaps(rows),
        fields=PREDICTED,
        records=predicted_records(rows),
    )


def _gaps(rows: Sequence[FitRow]) -> Figure:
    figure = canvas(0.8 + row_height(len(rows)) * len(rows))
    axes = figure.subplots()
    axes.axvline(1.0, color=COLOURS[1], linewidth=1.2)
    for y, row in enumerate(rows):
        low, middle, high = (value / row.observed for value in (row.low, row.median, row.high))
        axes.plot([low, high], [y, y], color=ACCENT, linewidth=3.0, solid_capstyle="butt")
        axes.plot([middle], [y], marker="|", color=ACCENT, markersize=11)
        axes.annotate(f"{100.0 * row.tail:.0f} %", (high, y), xytext=(6, 0), textcoords="offset points", va="center",
                      fontsize=8)  # fmt: skip
    axes.set_xlim(0.0, 1.2 * max(max(row.high / row.observed for row in rows), 1.0))
    axes.set_xlabel("predicted / observed")
    named(axes, [row.target for row in rows])
    return figure
