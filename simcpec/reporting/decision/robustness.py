"""T11: robustness of policies over states of the world, of a sweep or over the parameter draws of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcpec.analysis.estimates import percent
from simcpec.analysis.responses import response
from simcpec.analysis.uncertainty.robustness import (
    HIGH,
    PolicyOutcomes,
    Regret,
    in_words,
    limits_of,
    regret,
    satisficing,
)
from simcpec.catalogue.laws import Z_975
from simcpec.reporting.formatting import plural, significant
from simcpec.reporting.selection import shown
from simcpec.reporting.sweeps.curves import per, printed
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.scenario_names import told_apart

if TYPE_CHECKING:
    from simcpec.experiments.sweep.results import PointResult
    from simcpec.experiments.sweep.summary import SweepSummary
    from simcpec.results.records import Study

OBJECTIVES = ("attacks", "deaths", "security_spending", "total_cost")  # less of them is better
FIELDS = (
    "policy", "objective", "unit", "states", "limit", "satisficing_share", "satisficing_share_all", "regret_mean",
    "regret_90", "regret_largest", "worst_state", "chosen", "difference_half_width",
)  # fmt: skip


def outcomes_of_sweep(of: SweepSummary) -> PolicyOutcomes | None:
    """The outcomes of all policies, the baseline among them, in the states in which all have a result."""
    policies = sorted({one.point.policy for one in of.points})
    there = {(one.point.policy, one.point.state): one for one in of.points}
    states = [
        state for state in sorted({one.point.state for one in of.points})
        if all((policy, state) in there for policy in policies)
    ]  # fmt: skip
    names = [name for name in OBJECTIVES if name in of.names]
    if len(policies) < 2 or not states or not names:
        return None
    points = of.reader.study.points
    table = [[there[policy, state] for policy in policies] for state in states]
    return PolicyOutcomes(
        policies=tuple(points.label(policy) for policy in policies), baseline=0,
        states=tuple(_state(of, state) for state in states),
        values={name: np.array([[one.levels[name].mean for one in row] for row in table]) for name in names},
        noise={name: _noise(table, name) for name in names},
    )  # fmt: skip


def _state(of: SweepSummary, state: int) -> str:
    """What a state of the world says of its factors, and the number of its draw."""
    points = of.reader.study.points
    texts = points.texts_of_state(state)
    said = [f"{factor.name} {text}" for factor, text in zip(points.state_factors, texts, strict=False) if text]
    draw = points[points.rows + state].draw
    return ", ".join([*said, *([f"draw {draw}"] if draw else [])]) or "as written"


def _noise(table: Sequence[Sequence[PointResult]], name: str) -> float | None:
    """Half-width of the difference of a policy and the baseline in one state, the mean over all of them."""
    found = [
        Z_975 * float(np.sqrt(spread.variance / spread.n))
        for row in table
        for one in row[1:]
        if (spread := one.spread[name][2]).n > 1
    ]
    return float(np.mean(found)) if found else None


def outcomes_of_study(study: Study) -> PolicyOutcomes | None:
    """The outcomes of all scenarios in every parameter draw; None where draws differ from scenario to scenario."""
    from simcpec.analysis.economics.study_options import column_of

    results, first = study.scenarios, study.scenarios[0]
    if len(results) < 2 or len({result.draw_numbers for result in results}) > 1:
        return None
    values: dict[str, np.ndarray] = {}
    noise: dict[str, float | None] = {}
    for name in OBJECTIVES:
        columns = [column_of(result, name) for result in results]
        values[name] = np.stack([column.means for column in columns], axis=1)
        base = columns[study.baseline or 0]
        apart = [column.rows - base.rows for column in columns if column is not base]
        known = [np.sqrt(rows.var(axis=1, ddof=1) / base.counts).mean() for rows in apart if rows.shape[1] > 1]
        noise[name] = Z_975 * float(np.mean(known)) if known else None
    return PolicyOutcomes(
        policies=tuple(told_apart([one.name for one in results], [one.slug for one in results])),
        states=tuple(f"draw {number}" if number else "as written" for number in first.draw_numbers),
        baseline=study.baseline or 0, values=values, noise=noise,
    )  # fmt: skip


def outcomes_of(study: Study | None, sweep: SweepSummary | None) -> PolicyOutcomes | None:
    """The outcomes of a study or of a sweep, of which there is one; None where they allow no comparison."""
    if study is not None:
        return outcomes_of_study(study)
    return None if sweep is None else outcomes_of_sweep(sweep)


def robustness(of: PolicyOutcomes, asked: Mapping[str, float]) -> Table:
    """Return T11: a panel an objective, and one of all limits together."""
    limits = limits_of(of, asked)
    shares, together = satisficing(of, limits)
    found = {name: regret(of, name) for name in of.values}
    whose = "as asked for" if asked else "the mean of the baseline over states"
    told = ", ".join(f"{shown(name).label} {significant(limit / shown(name).scale)} {printed(name)}"
                     for name, limit in limits.items())  # fmt: skip
    return Table(
        id="T11", slug="robustness", title="Robustness",
        caption=(
            f"{plural(len(of.policies), 'policy', 'policies')} in {plural(len(of.states), 'state')} of the world, "
            "which count alike, on means of a policy in a state. Satisficing: share of states in which a policy keeps "
            f"a limit ({whose}: {told}). Regret: what a policy has more than the best one of the same state, in the "
            f"unit of the objective, not over the baseline; {100 * HIGH:.0f} %: its quantile over states. Minimax: the "
            "policy whose largest regret is the smallest. Neither is an interval of chance; what chance does to a "
            "difference of two policies in one state stands under each objective (±)."
        ),
        panels=(_together(of, together), *(_panel(of, name, found[name], shares.get(name)) for name in of.values)),
        fields=FIELDS, records=tuple(_records(of, limits, shares, together, found)), notes=tuple(_notes(of, found)),
    )  # fmt: skip


def _together(of: PolicyOutcomes, together: np.ndarray) -> Panel:
    rows = [
        Row(cells=(Cell(text=name, kind="text", name=True), Cell(text=percent(share))))
        for name, share in zip(of.policies, together.tolist(), strict=True)
    ]
    return Panel(columns=(words("Policy"), Cell(text="All limits kept", detail="share of states")), rows=tuple(rows),
                 title="All limits together")  # fmt: skip


def _panel(of: PolicyOutcomes, name: str, found: Regret, share: np.ndarray | None) -> Panel:
    scale, noise = shown(name).scale, of.noise[name]
    title = f"{shown(name).label}, {printed(name)}"
    title += f" (± {significant(noise / scale, 2)} of chance)" if noise else ""
    columns = (
        words("Policy"), Cell(text="Satisficing", detail="share of states"), Cell(text="Mean regret"),
        Cell(text=f"{100 * HIGH:.0f} % of regret"), Cell(text="Largest regret"), words("Where", "it is largest"),
    )  # fmt: skip
    rows = []
    numbers = (found.mean, found.high, found.largest)
    for k, policy in enumerate(of.policies):
        mark = "minimax" if k in found.chosen else "within chance of it" if k in found.close else ""
        where = of.states[found.worst_state[k]] if found.largest[k] > 0.0 else "no regret anywhere"
        rows.append(
            Row(
                cells=(
                    Cell(text=policy, detail=mark, kind="text", name=True),
                    Cell(text="no limit" if share is None else percent(float(share[k]))),
                    *(Cell(text=significant(float(each[k]) / scale)) for each in numbers),
                    words(where),
                )
            )
        )
    return Panel(columns=columns, rows=tuple(rows), title=title)


def _records(
    of: PolicyOutcomes, limits: Mapping[str, float], shares: Mapping[str, np.ndarray], together: np.ndarray,
    found: Mapping[str, Regret],
) -> list[tuple[object, ...]]:  # fmt: skip
    return [
        (
            policy, name, per(name), len(of.states), limits.get(name),
            float(shares[name][k]) if name in shares else None, float(together[k]), float(each.mean[k]),
            float(each.high[k]), float(each.largest[k]), of.states[each.worst_state[k]], k in each.chosen,
            of.noise[name],
        )
        for name, each in found.items()
        for k, policy in enumerate(of.policies)
    ]  # fmt: skip


def _notes(of: PolicyOutcomes, found: Mapping[str, Regret]) -> list[str]:
    said = []
    for name, each in found.items():
        label = response(name).label
        if not each.largest.any():
            said.append(f"{label}: all policies are alike in every state.")
            continue
        line = f"{label}: minimax regret chooses {in_words(of.policies, each.chosen)}"
        if each.close:
            line += f"; chance alone may keep {in_words(of.policies, each.close).removesuffix(' (a tie)')} from it"
        said.append(line + ".")
    if len(of.states) == 1:
        said.append("One state of the world: regret is that of this state, and no spread over states is known.")
    return said
