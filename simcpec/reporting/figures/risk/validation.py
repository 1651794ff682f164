"""F16: what is simulated over what theory says, for Poisson counts, thinning through layers, and waits in queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcpec.reporting.figures.style import ACCENT, COLOURS, FAINT, INK, SOFT, canvas
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.picture import Sketch
from simcpec.verification.theory.finding import LIMIT, Finding

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

WAIT = "M/M/c: C / (c mu - lambda)"  # how formulas of waits without patience begin
DISPERSION = "variance / mean = 1"
SPLITTING = "rate x share; Poisson splitting"
FIELDS = (
    "panel", "family", "finding", "formula", "unit", "truth", "estimate", "ratio", "low", "high", "limits", "z",
    "verdict",
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """A finding over its truth, and the 95 % limits of that ratio if the truth holds."""

    panel: str
    finding: Finding
    low: float
    high: float
    limits: str

    @property
    def ratio(self) -> float:
        """Estimate over truth."""
        return self.finding.estimate / self.finding.truth


def validation(lines: Sequence[Finding], level: str) -> Sketch | None:
    """The sketch of F16; None where the run has none of these families."""
    rows = [one for line in lines if (one := _checked(line)) is not None]
    if not rows:
        return None
    inside = sum(row.low <= row.ratio <= row.high for row in rows)
    failed = [row.finding.name for row in rows if row.finding.verdict != "pass"]
    return Sketch(
        id="F16", slug="validation", title="Simulated over theory",
        caption=(
            f"Estimate over closed form in {plural(len(rows), 'check')}, level {level}. Boxes: limits within which "
            "95 % of estimates lie if theory holds. Of dispersion they are those of the chi-square law of the index of "
            "as many Poisson counts, of means and waits those of the standard error that the check found. One estimate "
            f"in twenty lies outside by chance; a check fails beyond {significant(LIMIT)} standard errors. The dotted "
            "line is 1."
        ),
        alt=(
            f"{inside} of {len(rows)} ratios lie inside their 95 % limits; "
            + (f"checks that fail: {', '.join(failed)}." if failed else "no check fails.")
        ),
        draw=lambda naming: _draw(rows),
        fields=FIELDS,
        records=tuple(
            (row.panel, row.finding.family, row.finding.name, row.finding.formula, row.finding.unit, row.finding.truth,
             row.finding.estimate, row.ratio, row.low, row.high, row.limits, row.finding.z, row.finding.verdict)
            for row in rows
        ),
    )  # fmt: skip


def _checked(line: Finding) -> Checked | None:
    """The finding with its limits, where it belongs to one of the panels."""
    if line.formula.startswith(DISPERSION):
        low, high = dispersion_limits(line.replications)
        return Checked("Dispersion of Poisson counts", line, low, high, "chi-square")
    if line.truth <= 0.0 or line.half_width <= 0.0:
        return None
    if line.formula.startswith(SPLITTING):
        return _around_one("Thinning through layers", line)
    if line.formula.startswith(WAIT) and line.name.startswith("mean wait"):
        return _around_one("Waits in M/M/c queues", line)
    return None


def _around_one(panel: str, line: Finding) -> Checked:
    away = line.half_width / line.truth
    return Checked(panel, line, 1.0 - away, 1.0 + away, "standard error")


def dispersion_limits(number: int) -> tuple[float, float]:
    """95 % limits of variance over mean of so many Poisson counts: chi-square over its degrees of freedom (Fisher)."""
    from scipy.stats import chi2

    low, high = (float(chi2.ppf(at, number - 1)) / (number - 1) for at in (0.025, 0.975))
    return low, high


def _draw(rows: Sequence[Checked]) -> Figure:
    panels = list(dict.fromkeys(row.panel for row in rows))
    counts = [sum(row.panel == panel for row in rows) for panel in panels]
    figure = canvas(0.9 * len(panels) + 0.24 * len(rows))
    every = figure.subplots(len(panels), 1, squeeze=False, gridspec_kw={"height_ratios": [n + 1 for n in counts]})
    for axes, panel in zip(every[:, 0], panels, strict=True):
        _panel(axes, panel, [row for row in rows if row.panel == panel])
    every[-1, 0].set_xlabel("simulated / theory")
    return figure


def _panel(axes: Axes, title: str, rows: Sequence[Checked]) -> None:
    axes.axvline(1.0, color=SOFT, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
    for y, row in enumerate(rows):
        fine = row.finding.verdict == "pass"
        axes.barh(
            y, row.high - row.low, left=row.low, height=0.62, color=FAINT, edgecolor=SOFT, linewidth=0.5, zorder=0
        )
        hue, shape = (ACCENT, "o") if fine else (COLOURS[1], "X")
        axes.plot(
            row.ratio, y, marker=shape, color=hue, markersize=5, zorder=3, markeredgecolor=INK, markeredgewidth=0.5,
            linestyle="none",
        )  # fmt: skip
    reach = 1.25 * max(max(abs(row.ratio - 1.0), row.high - 1.0, 1.0 - row.low) for row in rows)
    axes.set_xlim(1.0 - reach, 1.0 + reach)
    axes.set_yticks(range(len(rows)), labels=[_label(row.finding) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.xaxis.set_major_locator(_few_ticks())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.5g}")
    axes.set_title(title)
    axes.spines["left"].set_visible(False)


def _few_ticks() -> Locator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5)


def _label(line: Finding) -> str:
    return line.name.replace("_", " ").removesuffix(": mean").removesuffix(": variance / mean")
