"""From weights to an ensemble: members that weigh the same, by systematic resampling, in random order."""

from __future__ import annotations

import numpy as np

from simcpec.calibration.draws.plan import YEAR, births_key
from simcpec.calibration.weighing.weights import Weighed
from simcpec.errors import UserError
from simcpec.model.world import Floats, Ints
from simcpec.storage.ensemble_folder import Ensemble

RESAMPLING = 11  # address of the random numbers of the resampling


def members_of(of: Weighed) -> Ints:
    """(M, 2) draw and vector of births of each member. Raises UserError where every draw is ruled out."""
    if not np.isfinite(of.log_weights).any():
        worst = np.nan_to_num(of.implausible, nan=0.0).min(axis=0)
        names = [each.what for each in of.plan.targets.patterns] + ["foreign_killed"]
        raise UserError(
            f"every one of the {of.plan.draws} draws is ruled out by its targets; no draw comes nearer to"
            f" {names[int(worst.argmax())]} than {worst.max():.1f} deviations. Give more draws, or a larger discrepancy"
        )
    random = np.random.default_rng([of.plan.seed, RESAMPLING])
    weights = of.weights.ravel()
    places = (np.arange(of.plan.members) + random.random()) / of.plan.members
    chosen = np.searchsorted(np.cumsum(weights), places * (1.0 - 1e-12))
    draw, attempt = np.divmod(np.minimum(chosen, weights.size - 1), of.births.shape[1])
    return np.column_stack([draw, attempt])[random.permutation(of.plan.members)].astype(np.int64)


def ensemble_of(of: Weighed, members: Ints, where: str) -> Ensemble:
    """The ensemble of these members: all uncertain settings of the world, and births as factors of the scenario's.

    A policy is no state of the world: what is uncertain in it stays with the scenario that says so.
    """
    plan = of.plan
    kept = [n for n, key in enumerate(plan.keys) if key.startswith("world.")]
    births = of.births[members[:, 0], members[:, 1]]
    some = plan.as_written > 0.0
    keys = [births_key(code) for code, positive in zip(plan.provinces, some, strict=True) if positive]
    by_draw = of.weights.sum(axis=1)
    return Ensemble(
        keys=(*(plan.keys[n] for n in kept), *keys), times=frozenset(keys),
        values=np.hstack([plan.values[members[:, 0]][:, kept], births[:, some] / plan.as_written[some]]),
        draws=tuple((members[:, 0] + 1).tolist()), weights=by_draw[members[:, 0]], where=where, digest="",
    )  # fmt: skip


def values_of_member(of: Weighed, draw: int, attempt: int) -> dict[str, float]:
    """What a member sets in the calibrated scenario, canonical units."""
    plan, births = of.plan, of.births[draw, attempt] / YEAR
    found = plan.drawn(draw)
    return found | {births_key(code): float(b) for code, b in zip(plan.provinces, births, strict=True)}


def log_rates(of: Weighed) -> Floats:
    """(D, K) log of the national count a year."""
    years = of.plan.targets.days / YEAR
    return np.asarray(np.log(np.maximum(of.expected.sum(axis=2), 1e-12) / years))
