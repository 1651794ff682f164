"""Parameter draws that are members of a calibrated ensemble.

What the ensemble knows comes from it, together, as one state of the world; what it does not know, such as prices of
levers of this scenario, is drawn by address as ever.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcpec.errors import UserError
from simcpec.experiments.design.parameter_draws import Factor, sampled
from simcpec.model.world import Floats
from simcpec.results.records import Parameters
from simcpec.scenario import Quantity, Resolved, leaves
from simcpec.storage.ensemble_folder import Ensemble

USUAL_DRAWS = 100  # of a study of an ensemble that does not say how many it wants


def usual_draws(ensemble: Ensemble, replications: int) -> tuple[int, int]:
    """Draws, and replications of each, that cost about as much as these replications of one draw."""
    draws = max(2, min(len(ensemble), USUAL_DRAWS))
    return draws, max(2, 2 * -(-replications // (2 * draws)))


def ensemble_parameters(
    ensemble: Ensemble, resolved: Resolved, factors: Sequence[Factor], *, seed: int, numbers: Sequence[int]
) -> Parameters:
    """The values of a scenario in these draws. Raises UserError where the ensemble knows nothing of the scenario."""
    written = {leaf.key: leaf.quantity for leaf in leaves(resolved) if leaf.quantity is not None}
    known = [factor.key for factor in factors]
    moved = [key for key in ensemble.keys if key in ensemble.times and key in written and key not in known]
    if not any(key in ensemble.keys for key in known):
        raise UserError(f"the ensemble {ensemble.where} has no key that is uncertain in {resolved.ref}")
    values = sampled(factors, seed=seed, numbers=numbers)
    rows = []
    for row, number in zip(values.tolist(), numbers, strict=True):
        found, member = dict(zip(known, row, strict=True)), ensemble.member(number)
        for key in [*known, *moved]:
            if key in member:
                found[key] = member[key] * (_amount(written[key]) if key in ensemble.times else 1.0)
        rows.append([found[key] for key in [*known, *moved]])
    units = {factor.key: factor.unit for factor in factors} | {key: _unit(written[key]) for key in moved}
    order = sorted([*known, *moved])
    return Parameters(
        keys=tuple(order),
        units=tuple(units[key] for key in order),
        values=_columns(rows, [*known, *moved], order),
    )


def remark(ensemble: Ensemble) -> str:
    """What a study says of the ensemble that it took its draws from."""
    return (
        f"Parameter draws are members of the calibrated ensemble {ensemble.where} ({len(ensemble)} members, digest"
        f" {ensemble.digest[:12]}); what it does not know is drawn from the catalogue."
    )


def _amount(quantity: Quantity | None) -> float:
    return 0.0 if quantity is None else quantity.value


def _unit(quantity: Quantity | None) -> str:
    return "" if quantity is None else quantity.kind.canonical


def _columns(rows: list[list[float]], keys: list[str], order: list[str]) -> Floats:
    return np.array(rows)[:, [keys.index(key) for key in order]]
