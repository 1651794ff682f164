"""Plays for the study of variances: what is changed, and one scenario in every way that a mean can be estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from simcpec.errors import UserError
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.model.outcome import CELL_COUNTS, Outcome
from simcpec.model.world import Floats, World
from simcpec.results.failure import Failure
from simcpec.scenario import Resolved
from simcpec.units import decimal_text

TURNS = 8  # replications for each one that is played with draws in turn, for the reference engine plays those
MORE = Fraction(5, 4)


# ------------------------------------------------------------------------------------------------ what is changed


def more(base: Resolved, instruments: Sequence[str]) -> list[str]:
    """Settings that give `MORE` times the money to some instruments, and to the others what they had.

    Shares are written with twelve decimals; the last instrument takes what rounding leaves.
    Raises UserError for a budget that is no share of anything.
    """
    policy = base.scenario.policy
    if policy.security_share.share is None:
        raise UserError(
            f"{base.ref} gives its security budget as explicit amounts; allowed: a share"
            " (policy.security_share.of: annual_outlay or capital_cost_once)"
        )
    split = policy.split.by_instrument()
    money = {name: part.exact * (MORE if name in instruments else 1) for name, part in split.items()}
    whole = sum(money.values(), Fraction(0))
    shares = {name: Fraction(round(amount / whole * 10**14), 10**14) for name, amount in money.items()}
    last = list(shares)[-1]
    shares[last] += 1 - sum(shares.values(), Fraction(0))
    sets = [f"policy.security_share.share={decimal_text(policy.security_share.share.exact * whole * 100)} %"]
    return sets + [f"policy.split.{name}={decimal_text(share * 100)} %" for name, share in shares.items()]


# ------------------------------------------------------------------------------------------------ what is played

Values = Mapping[str, Floats]
"""Response -> (1, n), totals of the counted time."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One scenario in every way; R replications, each of them independent of those of another way and scenario.

    address, expected : realised counts and conditional means of the same R, at the addresses that all scenarios share.
    apart : realised counts of R others, which no other scenario shares.      turn : R / 8 with draws in turn.
    twins : means of R / 2 pairs.      second : realised counts of the second twins alone, which are the mirrored ones.
    """

    address: Values
    expected: Values
    apart: Values
    turn: Values
    twins: Values
    second: Values


@dataclass(frozen=True, kw_only=True)
class VarianceRuns:
    """Where samples come from: all of one seed, told apart by the numbers of their replications."""

    seed: int
    replications: int
    jobs: int | None
    notice: Notice

    def samples(self, worlds: Mapping[str, World], name: str) -> Sample:
        """Everything of one scenario."""
        world, n = worlds[name], self.replications
        self.notice(f"{name}: {n} replications in each way, {n // TURNS} of them with draws in turn ...")
        own = (2 + list(worlds).index(name)) * n
        address = self.played(world, range(n))
        twins = self.played(in_twins(world), range(n, 2 * n))
        turn = self.played(world, range(n // TURNS), engine="simcpec.verification.sequential_draws:play")
        pairs = {key: (values[:, 0::2] + values[:, 1::2]) / 2.0 for key, values in twins.items()}
        return Sample(
            address=address,
            expected=conditional(address),
            apart=self.played(world, range(own, own + n)),
            turn=turn,
            twins=pairs,
            second={key: values[:, 1::2] for key, values in twins.items()},
        )

    def played(self, world: World, numbers: Sequence[int], engine: str = "compiled") -> dict[str, Floats]:
        """Totals (1, n) of every counter of cells. Raises EngineError where a replication does not play to its end."""
        work = [Job(0, 0, number) for number in numbers]
        answers = play_all([world], work, seed=self.seed, engine=engine, workers=self.jobs, notice=self.notice)
        rows = [_totals(answer, world) for answer in answers]
        return dict(zip(CELL_COUNTS, np.array(rows).T[:, None, :], strict=True))


def _totals(answer: Outcome | Failure, world: World) -> Floats:
    if isinstance(answer, Failure):
        raise answer.as_error()
    return np.asarray(answer.cell[world.calendar.warm_up_periods :].sum((0, 1, 2, 3)))


def in_twins(world: World) -> World:
    """Return the world simulated in antithetic pairs."""
    return replace(world, threat=replace(world.threat, antithetic=1))


def conditional(values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Conditional means of breaches and deaths."""
    return {"breaches": values["expected_breaches"], "deaths": values["expected_deaths"]}
