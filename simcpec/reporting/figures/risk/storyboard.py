"""F19: one replication of two scenarios: attacks by province and time, averted and displaced ones marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.plot_fates import Key, TrackedPlot, plots_of
from simcpec.model import events
from simcpec.model.world import World
from simcpec.reporting.figures.style import COLOURS, INK, PAPER, SOFT, Naming, canvas, labels
from simcpec.reporting.formatting import called
from simcpec.reporting.picture import Sketch
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

YEAR = 365.25
LOOKED_AT = 6  # replications of which the one with most changes is drawn
UNCHANGED, MOVED, DISPLACED, AVERTED, CREATED = "unchanged", "moved in time", "displaced", "averted", "created"
#: marker, colour, and whether it is filled
LOOKS = {
    UNCHANGED: ("o", SOFT, True),
    MOVED: ("D", COLOURS[0], True),
    DISPLACED: ("^", COLOURS[2], True),
    AVERTED: ("X", COLOURS[1], False),
    CREATED: ("P", COLOURS[3], True),
}


@dataclass(frozen=True, kw_only=True)
class Shot:
    """An attack of one of both histories: years since the first counted day, province, what became of it, breach."""

    side: int  # 0: the baseline, 1: the other scenario
    years: float
    province: str
    became: str
    breach: bool
    elsewhere: str  # province in the other history, where it is displaced


def shots(base: Mapping[Key, TrackedPlot], other: Mapping[Key, TrackedPlot], start: float) -> list[Shot]:
    """Every attack that counts of both histories, with what became of it; `start` is the day from which they count."""
    found = []
    for key in sorted({*base, *other}):
        before, after = base.get(key), other.get(key)
        there = [plot for plot in (before, after)]
        counts = [plot is not None and plot.is_one("attacks") for plot in there]
        for side, (plot, counted) in enumerate(zip(there, counts, strict=True)):
            if plot is not None and counted:
                became, elsewhere = _became(before, after, counts, side)
                found.append(
                    Shot(side=side, years=(plot.day - start) / YEAR, province=plot.cell[0], became=became,
                         breach=plot.breach, elsewhere=elsewhere)
                )  # fmt: skip
    return found


def _became(
    before: TrackedPlot | None, after: TrackedPlot | None, counts: Sequence[bool], side: int
) -> tuple[str, str]:
    if before is None or after is None or not all(counts):
        return (AVERTED if side == 0 else CREATED), ""
    if before.cell != after.cell:
        other = (after, before)[side].cell[0]
        return DISPLACED, other
    return (UNCHANGED if before.day == after.day else MOVED), ""


def storyboard(study: Study, folder: Path) -> Sketch | None:
    """The sketch of F19: the baseline against the scenario that differs most from it, in one replication.

    The first replications of the first parameter draw are played again from the stored scenarios; the one in which most
    attacks change is drawn.
    """
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    index = _most_different(study)
    base, draw = study.baseline, study.scenarios[0].draw_numbers[0]
    numbers = [int(number) for number in study.scenarios[base].replication_numbers[0, :LOOKED_AT]]
    histories = {number: _history_of(study, folder, (base, index), draw, number) for number in numbers}
    replication = max(numbers, key=lambda number: sum(each.became != UNCHANGED for each in histories[number]))
    found = histories[replication]
    if not found:
        return None
    counts = {name: sum(each.became == name for each in found if each.side == (name == CREATED)) for name in LOOKS}
    names = dict(zip(study.scenarios[base].axes.provinces, study.scenarios[base].axes.province_labels, strict=True))
    return Sketch(
        id="F19",
        slug="storyboard",
        title=f"One history twice: {called(study, base)} and {called(study, index)}",
        caption=(
            f"Every attack of replication {replication} of parameter draw {draw}, of the first {len(numbers)} the "
            f"one in "
            "which most attacks change, by province and time, in the baseline "
            "(above) and in the other scenario (below); a plot is the same in both, with the same chances. One "
            "history is "
            "an illustration: it says how, not how often. Averted stands above, where it would have happened; created "
            "below. Hollow: stopped by protection; filled: a breach."
        ),
        alt=f"Attacks of one replication in two scenarios: {', '.join(f'{n} {name}' for name, n in counts.items())}.",
        draw=lambda naming: _draw(study, (base, index), found, names, naming),
        fields=("history", "name", "year", "province", "became", "breach", "other_province"),
        records=tuple(
            (key_of(s), study.scenarios[s].name, each.years, each.province, each.became, each.breach, each.elsewhere)
            for each in found
            for s in ((base, index)[each.side],)
        ),
    )  # fmt: skip


def _history_of(study: Study, folder: Path, pair: tuple[int, int], draw: int, replication: int) -> list[Shot]:
    """Attacks of one replication of both scenarios, played again."""
    from simcpec.verification.replay import replay

    played = [replay(study, folder, slug=study.scenarios[s].slug, draw=draw, replication=replication) for s in pair]
    before, after = (_tracked(each.outcome.trace, each.world) for each in played)
    return shots(before, after, start=_start(played[0].world))


def _most_different(study: Study) -> int:
    """The scenario in which most attacks of the baseline come to something else; the first other one without fates."""
    others = [s for s in range(len(study.scenarios)) if s != study.baseline]
    if study.fates is None:
        return others[0]
    changed = {
        s: sum(f.count for f in study.fates.of_scenario[s] if f.what == "attacks" and f.became != UNCHANGED)
        for s in others
    }
    return max(others, key=lambda s: changed[s])


def _tracked(trace: np.ndarray | None, world: World) -> dict[Key, TrackedPlot]:
    assert trace is not None  # it was asked for
    return plots_of(trace[np.isin(trace["kind"], events.FATES)], world)


def _start(world: World) -> float:
    """The first day that counts."""
    calendar = world.calendar
    periods = calendar.warm_up_periods
    return float(calendar.period_end_tick[periods - 1]) / calendar.ticks_per_day if periods else 0.0


def _draw(
    study: Study, pair: tuple[int, int], found: Sequence[Shot], names: Mapping[str, str], naming: Naming
) -> Figure:
    from matplotlib.lines import Line2D

    rows = [code for code in names if any(each.province == code for each in found)]
    figure = canvas(1.0 + 2 * (0.5 + 0.3 * max(2, len(rows))))
    panels = figure.subplots(2, 1, sharex=True)
    titles = labels(study, pair, naming, 60, bold=True)
    for side, axes in enumerate(panels):
        _history(axes, [each for each in found if each.side == side], rows, [names[code] for code in rows])
        axes.set_title(titles[side], fontsize=9)
    panels[-1].set_xlabel("years since the first counted day")
    there = [(name, *LOOKS[name][:2]) for name in LOOKS if any(each.became == name for each in found)]
    handles = [
        Line2D([], [], marker=shape, color=hue, markerfacecolor=hue, linestyle="none", markersize=6, label=name)
        for name, shape, hue in there
    ]
    handles += [
        Line2D([], [], marker="o", color=INK, markerfacecolor=face, linestyle="none", markersize=6, label=words)
        for face, words in ((INK, "filled: breach"), (PAPER, "hollow: stopped"))
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=min(4, len(handles)), fontsize=8)
    return figure


def _history(axes: Axes, found: Sequence[Shot], rows: Sequence[str], names: Sequence[str]) -> None:
    for y in range(len(rows)):
        axes.axhline(y, color="#eceff3", linewidth=6, zorder=0)
    for each in found:
        shape, hue, _ = LOOKS[each.became]
        face = hue if each.breach else PAPER
        axes.plot(
            each.years, rows.index(each.province), marker=shape, color=hue, markerfacecolor=face, markersize=6.5,
            markeredgewidth=1.1, linestyle="none", zorder=3,
        )  # fmt: skip
    axes.set_yticks(range(len(rows)), labels=names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(axis="x")
