"""T7b: net benefit at stated values, the probability that an option is best, and the expected loss of choosing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simcpec.analysis.economics.study_options import Basis, options_of
from simcpec.economics.decision.incremental import incremental
from simcpec.economics.decision.net_benefit import Acceptability, acceptability, values_around
from simcpec.economics.decision.options import Options
from simcpec.reporting.artefacts.artefact import EFFECTS
from simcpec.reporting.formatting import significant
from simcpec.reporting.selection import drawn
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of, shortened

MILLION = 1e6
LONGEST = 60  # characters of a name
MOST_VALUES = 5  # values of a unit of effect at which net benefit is printed


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The options of a study by one effect, with the curves of net benefit over values of a unit of it."""

    effect: str
    of: Options
    curves: Acceptability

    @property
    def unit(self) -> str:
        """One of what is averted."""
        return self.effect.removesuffix("s")

    @property
    def printed(self) -> list[int]:
        """At most `MOST_VALUES` of the values, evenly over the grid, both ends among them."""
        count = len(self.curves.values)
        most = min(MOST_VALUES, count)
        return sorted({round(k * (count - 1) / max(1, most - 1)) for k in range(most)})


def choice_of(study: Study, effect: str) -> Choice:
    """Return the options and their curves, over values that cover every ratio of the frontier."""
    of = options_of(study, Basis(effect=effect))
    values = values_around([row.ratio for row in incremental(of) if row.ratio is not None])
    return Choice(effect=effect, of=of, curves=acceptability(of, values))


def net_benefit_table(study: Study) -> Table:
    """Return net benefit of every option at stated values of what it averts."""
    found = [choice_of(study, effect) for effect in EFFECTS]
    return Table(
        id="T7b",
        slug="net-benefit",
        title="Net benefit at stated values",
        caption=(
            "Net benefit, USD m a year: value of a unit of effect x what is averted a year against the baseline - cost "
            "(security budget, forces and levers, undiscounted, whoever pays), the mean over "
            + (
                "parameter draws, with Monte Carlo noise taken out. P(best): share of draws in which an option has the "
                "highest, ties split; shares add up to 1. Expected loss: what the best of each draw has more; that of "
                "the highest net benefit is the expected value of perfect information."
                if drawn(study)
                else "replications; with a single parameter draw P(best) is 0 or 1 and says nothing of uncertainty."
            )
            + " The values cover every value at which the choice changes; none is presented as true."
        ),
        panels=tuple(_panel(one) for one in found),
        fields=(
            "effect", "value_usd", "option", "name", "cost_usd", "averted", "net_benefit_usd", "p_best",
            "expected_loss_usd", "highest",
        ),
        records=tuple(record for one in found for record in _records(one)),
    )  # fmt: skip


def _panel(one: Choice) -> Panel:
    curves = one.curves
    rows: list[Row] = []
    for v in one.printed:
        rows.append(group(f"One {one.unit} averted is worth USD m {significant(float(curves.values[v]) / MILLION)}"))
        rows += [_row(one, v, s) for s in range(len(one.of.names))]
    return Panel(
        title=f"{one.effect.capitalize()} averted",
        columns=(
            words("Option"), Cell(text="Net benefit", detail="USD m a year"), Cell(text="P(best)"),
            Cell(text="Expected loss", detail="USD m a year"),
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _row(one: Choice, v: int, s: int) -> Row:
    curves = one.curves
    said = "highest net benefit" if s == curves.best[v] else ""
    return Row(
        cells=(
            words(f"{key_of(s)} · {shortened(one.of.names[s], LONGEST)}", said),
            Cell(text=significant(float(curves.expected[v, s]) / MILLION)),
            Cell(text=significant(float(curves.probability[v, s]))),
            Cell(text=significant(float(curves.loss[v, s]) / MILLION)),
        )
    )


def _records(one: Choice) -> Iterable[tuple[object, ...]]:
    of, curves = one.of, one.curves
    for v, value in enumerate(curves.values):
        for s, name in enumerate(of.names):
            yield (
                one.effect, float(value), key_of(s), name, float(of.expected_cost[s]), float(of.expected_effect[s]),
                float(curves.expected[v, s]), float(curves.probability[v, s]), float(curves.loss[v, s]),
                bool(s == curves.best[v]),
            )  # fmt: skip
