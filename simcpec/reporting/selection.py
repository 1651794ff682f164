"""Which responses a report shows, in which order, under which short heading, and their values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from simcpec.analysis.estimates import Estimate
from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import ASKED, EXPECTED, RESPONSES, VALUED, responses_of
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.economics.valuation import PRESENT
from simcpec.model.world import Floats
from simcpec.results.records import ScenarioResult, Study

HEADLINES = (
    "incidents", "breaches", "deaths", "injured", "foiled_share", "stoppage_days", "security_spending", "harm_cost",
    "total_cost",
)  # fmt: skip
#: what the short forms explain of these words
BREACH = "A breach is an attack that no layer stopped"
CONDITIONAL = (
    "Expected: the same mean from the probabilities of a breach in the place of what the last draws made of them; it "
    "is shown where it is known better."
)
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

    def kept(self, result: ScenarioResult) -> Floats:
        """(D, R) in `unit`, of the replications that are kept one by one."""
        return np.asarray(ASKED[self.id].kept(result), dtype=np.float64) / self.scale

    def estimate(self, result: ScenarioResult) -> Estimate:
        """The estimate of one scenario, over all replications."""
        return analysis_of(result).estimate(ASKED[self.id], divisor=self.scale)

    def as_written(self, result: ScenarioResult) -> Estimate | None:
        """The estimate at the values as written, beside the mean over parameter draws; None where not simulated."""
        return analysis_of(result).estimate_as_written(ASKED[self.id], divisor=self.scale)

    def compare(self, result: ScenarioResult, baseline: ScenarioResult) -> Difference:
        """The paired difference of one scenario from the baseline, over all replications."""
        return analysis_of(result).compare(analysis_of(baseline), ASKED[self.id], divisor=self.scale)


def shown(identifier: str) -> Shown:
    """Label and unit as the report prints them; money in USD m."""
    one = ASKED[identifier]
    money = one.unit.startswith("USD")
    unit = "USD m" if money else one.unit
    per = " a year" if one.per == "year" and "year" not in unit else ""
    label = one.label[:1].upper() + one.label[1:]
    return Shown(one.id, label, unit + per, one.better, 1e6 if money else 1.0)


def headlines(study: Study) -> tuple[str, ...]:
    """`HEADLINES` with what forces and levers cost behind the security spending, where any scenario has them.

    Where any scenario discounts, each line of money is followed by its present value; where any prices lives, the lines
    of that sensitivity stand last.
    """
    found = {
        "force_cost": any(result.plan.force_cost.any() for result in study.scenarios),
        "lever_cost": any(result.plan.lever_cost.any() for result in study.scenarios),
    }
    at = HEADLINES.index("security_spending") + 1
    undiscounted = (*HEADLINES[:at], *(name for name in BESIDE if found[name]), *HEADLINES[at:])
    more = {each.id for each in responses_of(*study.scenarios)} - {each.id for each in RESPONSES}
    beside = {name: name + PRESENT for name in undiscounted if name + PRESENT in more}
    lives = [each.id for each in VALUED if each.id in more and "valued" in each.id]
    return (*(each for name in undiscounted for each in (name, *filter(None, [beside.get(name)]))), *lives)


def estimates(study: Study, identifier: str) -> list[Estimate]:
    """One estimate a scenario."""
    return [shown(identifier).estimate(result) for result in study.scenarios]


def differences(study: Study, identifier: str) -> Iterator[tuple[int, Difference]]:
    """Every other scenario minus the baseline, paired; nothing where there is no baseline."""
    if study.baseline is None:
        return
    for index, result in others(study):
        yield index, shown(identifier).compare(result, study.scenarios[study.baseline])


def explained(study: Study) -> str:
    """Return what a breach is, and what an incident is beside it, in a sentence."""
    counted = {result.incident_basis for result in study.scenarios}
    return f"{BREACH}; an incident is an attack, stopped or not." if counted == {"attack"} else f"{BREACH}."


def best(study: Study, identifier: str) -> str:
    """The response that knows the same mean best: its conditional mean where most half-widths are smaller by it.

    Of the paired differences where scenarios are compared, else of the means. A half-width that is not known counts
    as the largest, and one that a handful of replications carries as larger than any that many do: both estimate one
    mean, so that an interval that holds goes before a shorter one that may not. Where both or neither are doubted the
    width decides. What is not shown first stands behind it in T4 and T5.
    """
    if identifier not in EXPECTED:
        return identifier
    widths = [_widths(study, name) for name in (identifier, EXPECTED[identifier])]
    better = sum(one > other for one, other in zip(*widths, strict=True))
    worse = sum(one < other for one, other in zip(*widths, strict=True))
    return EXPECTED[identifier] if better > worse else identifier


def _widths(study: Study, identifier: str) -> list[tuple[bool, float]]:
    found: list[Estimate] | list[Difference] = estimates(study, identifier)
    if study.baseline is not None and len(study.scenarios) > 1:
        found = [each for _, each in differences(study, identifier)]
    known = [(each.carried_by is not None, each.half_width) for each in found]
    return [(True, math.inf) if half_width is None else (doubted, half_width) for doubted, half_width in known]


def with_best(study: Study, names: Iterable[str]) -> tuple[str, ...]:
    """`names`, each behind its conditional mean where that is known better."""
    return tuple(dict.fromkeys(each for name in names for each in (best(study, name), name)))


def drawn(study: Study) -> bool:
    """Whether parameters were drawn, so that there are uncertainty intervals: by what was played, not asked for."""
    return study.scenarios[0].draws > 1


def others(study: Study) -> Iterator[tuple[int, ScenarioResult]]:
    """Index and result of every scenario but the baseline."""
    for index, result in enumerate(study.scenarios):
        if index != study.baseline:
            yield index, result


def twins(study: Study) -> list[int]:
    """(scenarios,) index of the first scenario whose incidents are the same in every replication: itself if alone."""
    prints = [analysis_of(result).fingerprint() for result in study.scenarios]
    return [prints.index(each) for each in prints]
