"""The eighteen relations, and the table of them: worlds played, what broke, whether the control was caught."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simcpec.errors import IdentityBroken
from simcpec.verification import naming
from simcpec.verification.relations.balance import CONSERVATION
from simcpec.verification.relations.bounds import OPENED_EARLY
from simcpec.verification.relations.chance import DOUBLING, INDEPENDENCE, KAPPA_ONE, SPLIT_PROVINCE
from simcpec.verification.relations.labels import ADDED_PROVINCE, ONE_GROUP, ORDER, PREFIX, RELABELLING
from simcpec.verification.relations.off import CERTAIN_STOP, EVERYTHING_OFF, LAMBDA_ZERO, MONOTONE, ZERO_RATES
from simcpec.verification.relations.relation import Bench, Exact, PairedSums, Relation, Statistical, pooled
from simcpec.verification.relations.scales import MONEY_UNIT, TIME
from simcpec.verification.theory.finding import LIMIT, Claim, Finding, ratio_finding
from simcpec.verification.worlds.generated_worlds import Case, drawn

RELATIONS: tuple[Relation, ...] = (
    ZERO_RATES, CERTAIN_STOP, EVERYTHING_OFF, RELABELLING, ADDED_PROVINCE, ONE_GROUP, SPLIT_PROVINCE, TIME, MONEY_UNIT,
    MONOTONE, INDEPENDENCE, CONSERVATION, PREFIX, ORDER, KAPPA_ONE, DOUBLING, LAMBDA_ZERO, OPENED_EARLY,
)  # fmt: skip

WORLDS = 25  # of an exact relation
TOLD = 3  # broken worlds that a row names


@dataclass(frozen=True, kw_only=True)
class RelationEstimate:
    """One measure of a statistical relation: the ratio that should be 1 (or at most 1), from so many replications.

    z : distance from 1 in standard errors as a normal score.      half_width : 95 %, of the ratio.
    """

    name: str
    ratio: float
    half_width: float
    z: float
    at_most: bool
    replications: int

    @property
    def broken(self) -> bool:
        """Whether the distance cannot be chance: beyond `LIMIT` standard errors, on the wrong side."""
        return self.z > LIMIT if self.at_most else abs(self.z) > LIMIT


@dataclass(frozen=True, kw_only=True)
class RelationResult:
    """One line of the table.

    exact : to the last bit, or else between means.      worlds : played.      broken : worlds in which the relation
    does not hold, the first few, with where.      broken_worlds : how many.      caught : worlds in which the control
    was (all or none where statistical).      estimates, wrong : of a statistical relation, and of its control.
    tolerance : half-width allowed.
    """

    name: str
    says: str
    exact: bool
    worlds: int
    broken: tuple[str, ...]
    broken_worlds: int
    control: str
    caught: int
    estimates: tuple[RelationEstimate, ...] = ()
    wrong: tuple[RelationEstimate, ...] = ()
    tolerance: float = 0.0

    @property
    def verdict(self) -> str:
        """``pass``, ``broken``, ``not powered``, or ``control not caught``."""
        if self.broken_worlds or any(each.broken for each in self.estimates):
            return "broken"
        if any(not each.half_width <= self.tolerance for each in self.estimates):
            return "not powered"
        return "pass" if self.caught else "control not caught"


def named(name: str) -> Relation:
    """The relation of this name.  Raises UserError for a name that none has."""
    return naming.chosen(RELATIONS, [name], "relation")[0]


def examine(
    relation: Relation, *, worlds: int | None = None, seed: int = 0, bench: Bench | None = None
) -> RelationResult:
    """Play one relation and its control on generated worlds.

    worlds : how many; None takes what the relation needs.      seed : of the worlds and of all plays.
    """
    bench = bench or Bench()
    if isinstance(relation, Exact):
        return _exact(relation, WORLDS if worlds is None else worlds, seed, bench)
    return _statistical(relation, relation.worlds if worlds is None else worlds, seed, bench)


def table(
    *,
    worlds: int | None = None,
    seed: int = 0,
    bench: Bench | None = None,
    progress: Callable[[str], None] | None = None,
) -> Iterator[RelationResult]:
    """All rows, as they come; `progress` is told the name of each relation as it begins."""
    for relation in RELATIONS:
        if progress is not None:
            progress(relation.name)
        yield examine(relation, worlds=worlds, seed=seed, bench=bench)


# ------------------------------------------------------------------------------------------------ exact


def attempt(what: Callable[[Case, Bench], str], case: Case, bench: Bench) -> str:
    """What breaks a relation on a case, "" if nothing does."""
    try:
        return what(case, bench)
    except IdentityBroken as fault:
        return str(fault)


def _exact(relation: Exact, worlds: int, seed: int, bench: Bench) -> RelationResult:
    broken, caught = [], 0
    for number in range(worlds):
        case = drawn(number, seed=seed, **relation.held)
        found = attempt(relation.breach, case, bench)
        if found:
            broken.append(f"world {number}: {found}")
        caught += bool(attempt(relation.caught, case, bench))
    return RelationResult(
        name=relation.name, says=relation.says, exact=True, worlds=worlds,
        broken=tuple(broken[:TOLD]), broken_worlds=len(broken), control=relation.control, caught=caught,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ statistical


def _statistical(relation: Statistical, worlds: int, seed: int, bench: Bench) -> RelationResult:
    right, wrong = [], []
    for number in range(worlds):
        case = drawn(number, seed=seed, **relation.held)
        right.append(relation.measures(case, bench, relation.replications))
        wrong.append(relation.wrong(case, bench, relation.replications))
    estimates, planted = (tuple(_estimates(each, relation)) for each in (right, wrong))
    return RelationResult(
        name=relation.name, says=relation.says, exact=False, worlds=worlds, broken=(),
        broken_worlds=0, control=relation.control, caught=len(wrong) if any(e.broken for e in planted) else 0,
        estimates=estimates, wrong=planted, tolerance=relation.tolerance,
    )  # fmt: skip


def _estimates(worlds: list[list[PairedSums]], relation: Statistical) -> Iterator[RelationEstimate]:
    """One estimate a measure; measures of which nothing happened on either side are left out."""
    for parts in zip(*worlds, strict=True):
        measure = pooled(list(parts))
        ratio, half_width, z = math.inf, math.nan, math.inf  # something against nothing
        if measure.b.any():
            found = _ratio(measure, relation)
            ratio, half_width, z = found.estimate, found.half_width, found.z
        elif not measure.a.any():
            continue
        yield RelationEstimate(
            name=measure.name, ratio=ratio, half_width=half_width, z=z, at_most=measure.at_most,
            replications=measure.a.size,
        )  # fmt: skip


def _ratio(measure: PairedSums, relation: Statistical) -> Finding:
    claim = Claim(family="relations", name=measure.name, formula=relation.says, unit="", scenario="")
    return ratio_finding(measure.a, measure.b, 1.0, claim, tolerance=relation.tolerance)
