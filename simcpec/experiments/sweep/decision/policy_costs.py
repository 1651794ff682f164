"""What the points of a sweep cost a party, and what they avert, with the future weighed.

A sweep keeps sums over the run. The security budget, forces and levers follow from the plan of a point, in which chance
has no part: its scenario is built again, and nothing is simulated. Incidents are kept by year; other effects are not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simcpec.analysis.economics.study_options import Basis
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.costs import planned_lines
from simcpec.economics.discounting import DAYS_A_YEAR, discount_factors
from simcpec.economics.perspectives import SECURITY, SOCIETY, shares_of_parties, weights_of
from simcpec.errors import UserError
from simcpec.experiments.sweep.prepared import Preparer
from simcpec.experiments.sweep.results import SweepReader
from simcpec.experiments.sweep.studies.points import SweepPoint
from simcpec.model.world import Floats

BY_YEAR = ("incidents",)  # effects that a sweep keeps by year


def check_basis(basis: Basis) -> None:
    """Raise UserError for a basis of which a sweep does not keep what it needs."""
    basis.check()
    if basis.cost != "security" and needs_plan(basis):
        raise UserError(
            "a sweep keeps damage and delay neither by payer nor by year; allowed: --cost security with a perspective "
            "or a discount rate, or a folder that compare has left"
        )
    if basis.discount_effects > 0.0 and basis.effect not in BY_YEAR:
        raise UserError(
            f"a sweep does not keep {basis.effect} by year, so that they cannot be discounted; allowed: --effect "
            f"{', '.join(BY_YEAR)}, or a folder that compare has left"
        )


def needs_plan(basis: Basis) -> bool:
    """Return whether costs are those of one party, or discounted, so that sums over the run do not tell them."""
    return basis.perspective != SOCIETY or basis.discount_costs > 0.0


def security_cost(preparer: Preparer, point: SweepPoint, basis: Basis) -> float:
    """Return USD a year that a party pays for security budget, forces and levers at a point.

    Discounted, it is the present value of the run over its years, as of a study that was compared. Shares of parties
    are those of the values as written, amounts those of the point's parameter draw.
    """
    built = preparer.prepared(point).built
    written = built if point.draw == 0 else preparer.prepared(replace(point, draw=0)).built
    weights = weights_of(basis.perspective, shares_of_parties(written.plan, written.period_days))
    amounts = zip(SECURITY, planned_lines(built.plan, built.world.calendar), strict=True)
    by_period = sum(((weights[..., COST_LINES.index(line)] * paid).sum(axis=1) for line, paid in amounts), np.zeros(()))
    days = np.asarray(built.period_days, dtype=np.float64)
    return float(by_period @ discount_factors(days, basis.discount_costs) * DAYS_A_YEAR / days.sum())


def discounted_incidents(reader: SweepReader, point: SweepPoint, rate: float) -> Floats | None:
    """(R,) incidents a year of a point, or averages of twins, as present values; None where it has no result."""
    data = reader.data(point)
    if data is None:
        return None
    days = np.asarray(data.about["period_days"], dtype=np.float64)
    values = data.incidents.sum(axis=2) @ discount_factors(days, rate) * DAYS_A_YEAR / days.sum()
    return (values[0::2] + values[1::2]) / 2.0 if data.about["antithetic"] else np.asarray(values)
