"""Parameter draws that are members of a calibrated ensemble.

What the ensemble knows comes from it, together, as one state of the world; what it does not know, such as prices of
levers of this scenario, is drawn by address as ever. A scenario has the last word: what it says otherwise than the
base case of the calibration, a value or a range of its own, stays as it says. Births alone are moved in proportion.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np

from simcpec.errors import UserError
from simcpec.experiments.design.parameter_draws import Factor, sampled
from simcpec.model.world import Floats
from simcpec.results.records import Parameters
from simcpec.scenario import Quantity, Resolved, leaves, load_whole, uncertain
from simcpec.storage.ensemble_folder import Ensemble


def ensemble_parameters(
    ensemble: Ensemble, resolved: Resolved, factors: Sequence[Factor], *, seed: int, numbers: Sequence[int]
) -> Parameters:
    """The values of a scenario in these draws. Raises UserError where the ensemble knows nothing of the scenario."""
    written = {leaf.key: leaf.quantity for leaf in leaves(resolved) if leaf.quantity is not None}
    known = [factor.key for factor in factors]
    own = _own_ranges(ensemble, resolved)
    moved = [key for key in ensemble.keys if key in ensemble.times and key in written and key not in known]
    if not any(key in ensemble.keys and key not in own for key in known):
        raise UserError(f"the ensemble {ensemble.where} has no key that is uncertain in {resolved.ref}")
    values = sampled(factors, seed=seed, numbers=numbers)
    rows = []
    for row, number in zip(values.tolist(), numbers, strict=True):
        found, member = dict(zip(known, row, strict=True)), ensemble.member(number)
        for key in [*known, *moved]:
            if key in member and key not in own:
                found[key] = member[key] * (_amount(written[key]) if key in ensemble.times else 1.0)
        rows.append([found[key] for key in [*known, *moved]])
    units = {factor.key: factor.unit for factor in factors} | {key: _unit(written[key]) for key in moved}
    order = sorted([*known, *moved])
    return Parameters(
        keys=tuple(order),
        units=tuple(units[key] for key in order),
        values=_columns(rows, [*known, *moved], order),
    )


def kept_as_written(
    ensemble: Ensemble, resolved: Resolved, factors: Sequence[Factor], read: Collection[str]
) -> tuple[str, ...]:
    """Keys of the ensemble that the world reads and that stay as the scenario says: it has a value or range of its own.

    A value of exactly 0 is a mechanism that is switched off, and no word against the ensemble.
    """
    taken = {factor.key for factor in factors} - _own_ranges(ensemble, resolved)
    written = {leaf.key: leaf.quantity for leaf in leaves(resolved) if leaf.quantity is not None}
    return tuple(
        key
        for key in ensemble.keys
        if key in read and key in written and key not in taken and key not in ensemble.times and _amount(written[key])
    )


def _own_ranges(ensemble: Ensemble, resolved: Resolved) -> frozenset[str]:
    """Keys to which the scenario gives a range that the calibrated one did not have."""
    said = {key: value for key, value in uncertain(resolved).items() if key in ensemble.keys}
    if not said or not ensemble.calibrated:
        return frozenset(said)
    then = uncertain(load_whole(ensemble.calibrated, f"{ensemble.where}/scenario.yaml"))
    return frozenset(key for key, value in said.items() if key not in then or value.said != then[key].said)


def remark(ensemble: Ensemble, kept: Sequence[str] = ()) -> str:
    """What a study says of the ensemble that it took its draws from; `kept` stays as the scenario says."""
    stays = f" As the scenario says, and not as the ensemble: {', '.join(kept)}." if kept else ""
    return (
        f"Parameter draws are members of the calibrated ensemble {ensemble.where} ({len(ensemble)} members, digest"
        f" {ensemble.digest[:12]}); what it does not know is drawn from the catalogue.{stays}"
    )


_NAMED = re.compile(
    r"members of the calibrated ensemble (?P<where>.+?) \(\d+ members, digest (?P<digest>[0-9a-f]{12})\)"
)


def ensemble_in(remarks: Sequence[str]) -> tuple[str, str] | None:
    """What a study calls the ensemble of its draws and how its digest begins, as `remark` says; None without one."""
    for text in remarks:
        if found := _NAMED.search(text):
            return found["where"], found["digest"]
    return None


def _amount(quantity: Quantity | None) -> float:
    return 0.0 if quantity is None else quantity.value


def _unit(quantity: Quantity | None) -> str:
    return "" if quantity is None else quantity.kind.canonical


def _columns(rows: list[list[float]], keys: list[str], order: list[str]) -> Floats:
    return np.array(rows)[:, [keys.index(key) for key in order]]
