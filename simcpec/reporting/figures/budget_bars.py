"""F22, the picture of T8: security budget a year by line; provinces stand in F25."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simcpec.analysis.estimates import decimals, rounded
from simcpec.model.modes import INSTRUMENTS
from simcpec.reporting.figures.style import (
    FAR,
    INK,
    LINE_FILLS,
    PAPER,
    Naming,
    canvas,
    ink_on,
    labels,
    note_beside,
    row_height,
    surface,
    width,
)
from simcpec.reporting.formatting import usd
from simcpec.reporting.picture import Sketch
from simcpec.reporting.tables.budget import LINES, as_written
from simcpec.results.records import ScenarioResult, Study
from simcpec.results.scenario_names import key_of, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BARS = 4.2  # inches at least of the longest bar
SMALL = 7.5  # points of the numbers in bars
Parts = list[tuple[str, list[float]]]  # (what, USD m a year per scenario), in the order of the bars


def per_year(result: ScenarioResult) -> Any:
    """(P, K) USD m a full year given to each province and line, mean over the run."""
    return result.plan.given.sum(0) / 100 / 1e6 / max(float(result.plan.year_fraction.sum()), 1e-9)


def by_line(study: Study) -> Parts:
    """Return what each line is given."""
    tables = [per_year(result).sum(0) for result in study.scenarios]
    return [(LINES.get(line, line), [float(t[k]) for t in tables]) for k, line in enumerate(INSTRUMENTS)]


def by_province(study: Study) -> Parts:
    """Return what each province is given, in the order in which provinces first appear."""
    from simcpec.reporting.figures.province_panels import places

    tables = [dict(zip(r.axes.provinces, per_year(r).sum(1), strict=True)) for r in study.scenarios]
    return [(name, [float(t.get(code, 0.0)) for t in tables]) for code, name in places(study) if code]


def budget_bars(study: Study) -> Sketch:
    """The sketch of the figure beside T8."""
    lines, provinces = by_line(study), by_province(study)
    totals = [sum(part[1][i] for part in lines) for i in range(len(study.scenarios))]
    ends = ", ".join(f"{key_of(i)} {usd(total * 1e6)}" for i, total in enumerate(totals))
    return Sketch(
        id="F22",
        slug="budget",
        title="Security budget a year",
        caption="USD m given in a full year, mean over the run, by line. Provinces stand in F25, and in the file "
        "of this figure." + as_written(study),
        alt=f"Security budget a year by scenario: {ends}.",
        draw=lambda naming: _draw(study, lines, naming),
        fields=("by", "part", "scenario", "name", "usd_m_per_year"),
        records=tuple(
            (kind, what, key_of(i), study.scenarios[i].name, amounts[i])
            for kind, parts in (("line", lines), ("province", provinces))
            for what, amounts in parts
            for i in range(len(study.scenarios))
        ),
    )


def _draw(study: Study, lines: Parts, naming: Naming) -> Figure:
    count = len(study.scenarios)
    keyed = 0.45 + 0.19 * len(lines)  # inches of the legend
    figure = canvas(max(1.5, keyed, 0.85 + (row_height(count) + 0.04) * count))
    axes = figure.subplots()
    _bars(axes, lines, labels(study, range(count), naming, 32), "By line", LINE_FILLS)
    axes.set_xlabel("USD m a year")
    return figure


def _bars(axes: Axes, parts: Parts, names: Sequence[str], title: str, fills: Sequence[str]) -> None:
    """Stacked bars, each part with a fill and a hatch of its own; a number where it fits."""
    left = [0.0] * len(names)
    widest = max((sum(part[1][i] for part in parts) for i in range(len(names))), default=0.0) or 1.0
    for place, (what, amounts) in enumerate(parts):
        fill, hatch = surface(place, fills)
        axes.barh(
            range(len(names)), amounts, left=left, height=0.62, color=fill, hatch=hatch, edgecolor=PAPER, linewidth=0.6,
            label=shortened(what, 24),
        )  # fmt: skip
        for y, amount in enumerate(amounts):
            if not hatch and amount / widest * BARS > (width(_digits(amount)) + 1.0) * SMALL / 72:
                axes.text(
                    left[y] + amount / 2, y, _digits(amount), ha="center", va="center", fontsize=SMALL,
                    color=ink_on(fill),
                )  # fmt: skip
        left = [start + amount for start, amount in zip(left, amounts, strict=True)]
    for y, total in enumerate(left):
        note_beside(axes, total, y, _digits(total), size=8, color=INK)
    axes.set_yticks(range(len(names)), labels=list(names))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, widest * 1.08)
    axes.tick_params(axis="y", length=0, pad=6, labelcolor=INK)
    axes.tick_params(axis="x", labelbottom=True, labeltop=len(names) > FAR)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.set_title(title)
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0, handlelength=1.8, handleheight=1.1,
        labelspacing=0.35, fontsize=8,
    )  # fmt: skip


def _digits(amount: float) -> str:
    """Three significant digits with their zeros, as numbers below one another want: 5.90 above 6.55."""
    return rounded(amount, decimals(amount))
