"""The families of checks against theory, in the order of the table: one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from simcpec.verification import naming
from simcpec.verification.theory.finding import MOST, Finding
from simcpec.verification.theory.simulate import TheorySimulator

_CHECKS = "simcpec.verification.theory.checks"


@dataclass(frozen=True)
class Family:
    """A module below `checks` with ``findings(stage)``, and what a scenario reduces to in it."""

    name: str
    module: str
    says: str

    def load(self) -> ModuleType:
        """Import the module."""
        return import_module(f"{_CHECKS}.{self.module}")


FAMILIES = (
    Family("thinning", "attacks.thinning", "Poisson, clustered and negative binomial attempts, thinned by layers"),
    Family("modes", "attacks.modes", "modes of attack: what layers stop of each, whom it hurts, how long it prepares"),
    Family("common-numbers", "statistics.common_random_numbers", "the difference of two thinnings with the same draws"),
    Family("cost-lines", "consequences.money", "damage, compensation, stoppage, outlays and their present values"),
    Family("appraisal", "consequences.appraisal", "best investment, break-even, tails with an atom, present value"),
    Family(
        "output-analysis",
        "statistics.output_analysis",
        "the first 25 delays of an M/M/1 queue, and half-widths of them",
    ),
    Family("losses", "consequences.losses", "deaths and injured as compound Poisson sums, with their tails"),
    Family("leads", "queues.erlang", "leads that wait for teams: Erlang-A, -B, -C, any patience, priorities"),
    Family("terror-queue", "queues.terror_queue", "teams that search for plots: Kaplan's terror queue"),
    Family("escorts", "queues.escorts", "movements that wait for escorts: every rule, endless and finite sources"),
    Family("hawkes", "attacks.hawkes", "attacks that excite others, cascades, a rate that drifts or steps"),
    Family("network", "attacks.network", "birth and death, backlash and its threshold, logistic, two stable states"),
    Family("displacement", "attacks.displacement", "logit with and without giving up, spill, attackers who learn"),
    Family("groups", "attacks.groups", "armed groups with homes and reach; what provinces have of their own"),
    Family("procedures", "attacks.procedures", "compliance that decays and is refreshed; insiders who leak"),
    Family("preparation", "attacks.preparation", "laws of the preparation, a steady start, competing ends, trust"),
    Family("consequences", "consequences.intervals", "lag of capacity, surge from a reserve, stoppage, memory"),
)

Progress = Callable[[str], None]


def chosen(only: Sequence[str] | None = None) -> tuple[Family, ...]:
    """The families with these names, or all; raises UserError for a name that none has."""
    return naming.chosen(FAMILIES, only, "family of checks")


def findings_of(family: Family, stage: TheorySimulator) -> Iterator[Finding]:
    """The findings of one family, as they come, with the tolerances of the level; its plays are forgotten then."""
    for found in family.load().findings(stage):
        yield found.within(stage.tolerance)
    stage.forget()


def findings(
    stage: TheorySimulator, *, only: Sequence[str] | None = None, progress: Progress | None = None
) -> tuple[Finding, ...]:
    """The whole table, or that of some families; `progress` is told the name of each family as it begins."""
    found: list[Finding] = []
    for family in chosen(only):
        if progress is not None:
            progress(family.name)
        found += findings_of(family, stage)
    assert len(found) <= MOST, "the level of the table is stated for fewer findings"
    return tuple(found)
