"""Which responses a report shows, in which order, under which short heading, and their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simcpec.experiments.estimate import MEASURES, Estimate, estimate, measured, response, twinned
from simcpec.experiments.pairing import Difference, compared_by, paired
from simcpec.experiments.store import ScenarioResult, Study
from simcpec.model.world import Floats

HEADLINES = (
    "incidents", "breaches", "deaths", "injured", "foiled_share", "stoppage_days", "security_spending", "harm_cost",
    "total_cost",
)  # fmt: skip
BESIDE = ("force_cost", "lever_cost")  # what a policy costs beside the security budget
#: what the forest plot shows: what happens and what it costs, without what was bought
FOREST = ("incidents", "breaches", "deaths", "stoppage_days", "harm_cost", "total_cost")


@dataclass(frozen=True)
class Shown:
    """A response as the report shows it: divided by `scale` and, for money, in `unit` "USD m"."""

    id: str
    label: str
    unit: str
    better: str
    scale: float

    def values(self, result: ScenarioResult) -> Floats:
        """(D, R) in `unit`."""
        if self.id == "foiled_share":
            return foiled_share(result)
        return np.asarray(response(self.id).of(result), dtype=np.float64) / self.scale


def shown(identifier: str) -> Shown:
    """Label and unit as the report prints them; money in USD m."""
    if identifier == "foiled_share":
        return Shown("foiled_share", "Share of plots foiled", "% of plots ended", "more", 1.0)
    one = response(identifier)
    money = one.unit.startswith("USD")
    unit = "USD m" if money else one.unit
    per = " a year" if one.per == "year" and "year" not in unit else ""
    label = one.label[:1].upper() + one.label[1:]
    return Shown(one.id, label, unit + per, one.better, 1e6 if money else 1.0)


def headlines(study: Study) -> tuple[str, ...]:
    """`HEADLINES` with what forces and levers cost behind the security spending, where any scenario has them."""
    found = {
        "force_cost": any(result.plan.force_cost.any() for result in study.scenarios),
        "lever_cost": any(result.plan.lever_cost.any() for result in study.scenarios),
    }
    at = HEADLINES.index("security_spending") + 1
    return (*HEADLINES[:at], *(name for name in BESIDE if found[name]), *HEADLINES[at:])


def foiled_share(result: ScenarioResult) -> Floats:
    """(D, R) per cent of the plots that ended which were foiled; see `ratio`."""
    from simcpec.model.outcome import CELL_ATTACKS, CELL_DETERRED, CELL_FOILED, CELL_LAPSED

    ended = result.cell[..., [CELL_FOILED, CELL_DETERRED, CELL_LAPSED, CELL_ATTACKS]].sum((2, 3, 4, 5, 6))
    return twinned(result, 100.0 * ratio(result.cell[..., CELL_FOILED].sum((2, 3, 4, 5)), ended))


def ratio(above: Floats, below: Floats) -> Floats:
    """(D, R) values whose mean over R is the ratio of means of a draw; nan where there is nothing to divide by.

    A replication's value is its linear contribution to that ratio, so that a replication with few plots does not weigh
    as much as one with many, and so that spreads and paired differences are those of the delta method.
    """
    mean = below.mean(axis=1, keepdims=True)
    safe = np.where(mean > 0, mean, 1.0)
    share = above.mean(axis=1, keepdims=True) / safe
    return np.asarray(np.where(mean > 0, share + (above - share * below) / safe, np.nan), dtype=np.float64)


def estimates(study: Study, identifier: str) -> list[Estimate]:
    """One estimate a scenario."""
    one = shown(identifier)
    return [
        estimate(one.values(result))
        if result.aggregates is None
        else measured(result, MEASURES[one.id], divisor=one.scale)
        for result in study.scenarios
    ]


def differences(study: Study, identifier: str) -> Iterator[tuple[int, Difference]]:
    """Every other scenario minus the baseline, paired; nothing where there is no baseline."""
    if study.baseline is None:
        return
    one = shown(identifier)
    baseline = study.scenarios[study.baseline]
    base = one.values(baseline) if baseline.aggregates is None else None
    for index, result in others(study):
        if base is not None:
            yield index, paired(one.values(result), base)
        else:
            yield index, compared_by(result, baseline, MEASURES[one.id], divisor=one.scale)


def drawn(study: Study) -> bool:
    """Whether parameters were drawn, so that there are uncertainty intervals: by what was played, not asked for."""
    return study.scenarios[0].draws > 1


def others(study: Study) -> Iterator[tuple[int, ScenarioResult]]:
    """Index and result of every scenario but the baseline."""
    for index, result in enumerate(study.scenarios):
        if index != study.baseline:
            yield index, result


def incidents(result: ScenarioResult) -> Floats:
    """(D, R, T, P) incidents: attacks, or breaches where the scenario counts those."""
    from simcpec.model.outcome import CELL_ATTACKS, CELL_BREACHES

    which = CELL_BREACHES if result.incident_basis == "breach" else CELL_ATTACKS
    return np.asarray(result.cell[..., which].sum((4, 5)), dtype=np.float64)


def twins(study: Study) -> list[int]:
    """(scenarios,) index of the first scenario whose incidents are the same in every replication: itself if alone."""
    sums = [result.aggregates for result in study.scenarios]
    prints = [each.fingerprint for each in sums if each is not None]
    if len(prints) == len(sums):
        return [prints.index(each) for each in prints]
    counts = [incidents(result) for result in study.scenarios]
    return [next(j for j in range(i + 1) if np.array_equal(counts[j], counts[i])) for i in range(len(counts))]
