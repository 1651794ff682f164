"""F23: what became of the baseline's attacks in every other scenario, as bars; the picture of T15."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simcpec.reporting.figures.style import FAR, INK, PAPER, SOFT, Naming, canvas, labels, note_beside, row_height
from simcpec.reporting.formatting import name_of, plural, short_name, significant
from simcpec.reporting.picture import Sketch
from simcpec.reporting.selection import others
from simcpec.results.records import Fate, Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: parts of a bar: what a fate counts as; of averted ones the reason decides
FOILED, DETERRED, OTHERWISE = "averted: foiled", "averted: deterred", "averted otherwise"
DISPLACED, DELAYED, EARLIER, CREATED = "displaced", "delayed", "earlier", "created"
REASONS: Mapping[str, str] = {"foiled": FOILED, "deterred": DETERRED}
#: fill and hatch, of surfaces only: no line of the budget and no scenario looks like one of them
LOOKS: Mapping[str, tuple[str, str]] = {
    FOILED: ("#3b1f4f", ""), DETERRED: ("#8e6fae", ""), OTHERWISE: ("#d3c4e3", ""),
    CREATED: ("#f6efd9", "...."),
    DISPLACED: ("#5a4a2a", ""), DELAYED: ("#b5a36b", ""), EARLIER: ("#e6dcb8", ""),
}  # fmt: skip
AVERTED, MOVED = (FOILED, DETERRED, OTHERWISE), (DISPLACED, DELAYED, EARLIER)
Counts = dict[str, int]


def part_of(fate: Fate) -> str:
    """The part of a bar that a fate counts in, or "unchanged"."""
    if fate.became == "averted":
        return REASONS.get(fate.by, OTHERWISE)
    return fate.became


def counted(study: Study, index: int) -> Counts:
    """Attacks of one scenario by what became of them, with those of the baseline under "baseline"."""
    assert study.fates is not None
    found = dict.fromkeys((*LOOKS, "unchanged"), 0)
    for fate in study.fates.of_scenario[index]:
        if fate.what == "attacks":
            found[part_of(fate)] += fate.count
    return {**found, "baseline": sum(found.values()) - found[CREATED]}


def fates_bars(study: Study) -> Sketch | None:
    """The sketch of F23; None where no plots were followed."""
    if study.fates is None or study.baseline is None or len(study.scenarios) < 2:
        return None
    found = {index: counted(study, index) for index, _ in others(study)}
    return Sketch(
        id="F23",
        slug="fates",
        title="What became of the baseline's attacks",
        caption=(
            f"In per cent of the attacks of {name_of(study, study.baseline)}, of {plural(study.fates.plays, 'play')}: "
            "left what is averted, by what the plot came to instead, against what is created; right what still "
            "happens, but elsewhere or at another time. All else is unchanged. T15 has the counts."
        ),
        alt=_alt(study, found),
        draw=lambda naming: _draw(study, found, naming),
        fields=("scenario", "name", "part", "attacks", "baseline_attacks"),
        records=tuple(
            (key_of(i), study.scenarios[i].name, part, each[part], each["baseline"])
            for i, each in found.items()
            for part in (*LOOKS, "unchanged")
        ),
    )


def _alt(study: Study, found: Mapping[int, Counts]) -> str:
    parts = [
        f"{short_name(study, i, 30)}: {sum(each[a] for a in AVERTED):,} averted, {each[CREATED]:,} created, "
        f"{sum(each[m] for m in MOVED):,} moved, of {each['baseline']:,}"
        for i, each in found.items()
    ]
    return f"Attacks of the baseline under each other scenario. {'; '.join(parts)}."


def _draw(study: Study, found: Mapping[int, Counts], naming: Naming) -> Figure:
    rows = len(found)
    figure = canvas(max(1.9, 1.25 + row_height(rows) * rows))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.35, 1.0])
    shares = {i: {part: 100.0 * n / max(1, each["baseline"]) for part, n in each.items()} for i, each in found.items()}
    _bars(left, list(shares.values()), AVERTED, -1.0)
    _bars(left, list(shares.values()), (CREATED,), 1.0)
    _bars(right, list(shares.values()), MOVED, 1.0)
    left.axvline(0.0, color=SOFT, linewidth=0.9)
    left.set_title("Averted (left) and created (right)", fontsize=9)
    right.set_title("Moved, and still happens", fontsize=9)
    _notes(right, list(found.values()), list(shares.values()))
    left.set_yticks(range(rows), labels=labels(study, list(found), naming, 28))
    left.set_ylim(rows - 0.4, -0.6)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0, pad=9, labelcolor=INK)
        axes.tick_params(axis="x", labeltop=rows > FAR)
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("% of the baseline's attacks")
    _signless(left)
    figure.legend(handles=_key(), loc="outside lower center", ncols=4, fontsize=8, handlelength=1.8, handleheight=1.1)
    return figure


def _signless(axes: Axes) -> None:
    """Ticks on both sides of zero without a sign: the side says which."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    reach = max(map(abs, axes.get_xlim())) or 1.0
    axes.set_xlim(-reach, reach)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: significant(abs(x))))


def _bars(axes: Axes, rows: Sequence[Mapping[str, float]], parts: Sequence[str], side: float) -> None:
    start = [0.0] * len(rows)
    for part in parts:
        fill, hatch = LOOKS[part]
        sizes = [side * row[part] for row in rows]
        axes.barh(
            range(len(rows)), sizes, left=start, height=0.62, color=fill, hatch=hatch, linewidth=0.6,
            edgecolor=INK if hatch else PAPER,
        )  # fmt: skip
        start = [at + size for at, size in zip(start, sizes, strict=True)]


def _notes(axes: Axes, counts: Sequence[Counts], shares: Sequence[Mapping[str, float]]) -> None:
    """Beside each bar what share is unchanged, or that there was nothing to change."""
    widest = max((sum(row[part] for part in MOVED) for row in shares), default=0.0) or 1.0
    axes.set_xlim(0.0, widest * 1.75)
    for y, (each, row) in enumerate(zip(counts, shares, strict=True)):
        text = f"{significant(row['unchanged'])} % unchanged" if each["baseline"] else "no attack"
        note_beside(axes, sum(row[part] for part in MOVED), y, text, size=7.5)


def _key() -> list[object]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=fill, hatch=hatch, edgecolor=INK if hatch else PAPER, linewidth=0.6, label=part)
        for part, (fill, hatch) in LOOKS.items()
    ]
