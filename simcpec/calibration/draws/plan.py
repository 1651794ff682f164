"""What a calibration simulates: a scenario over the days of its targets, and a design of its uncertain settings.

The drivers fill space by a Sobol' sequence; all other uncertain settings are drawn by address, as in any study. Drift
is drawn from its posterior given the monthly counts, so that no weight is spent on it. Births stand at fixed values
while a draw is simulated: counts are close to linear in them, and they are given their own posterior afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np

from simcpec.calibration.models.birth_posterior import GammaPrior, LognormalPrior, Prior
from simcpec.calibration.models.drift_fit import DriftGrid, fit_drift
from simcpec.calibration.targets.target_file import Targets, refuse_provinces
from simcpec.errors import UserError, no_such
from simcpec.experiments.design.designs import sobol
from simcpec.experiments.design.parameter_draws import Factor, inverted, sampled
from simcpec.experiments.design.uncertain_settings import factors_of
from simcpec.model.world import Floats
from simcpec.results.provenance import version
from simcpec.scenario import Leaf, Resolved, leaves, load
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.units import DAYS_PER_YEAR

PERSISTENCE, INNOVATION = "world.threat.drift.persistence", "world.threat.drift.innovation"
FEWEST_INCIDENTS = 100  # of a series that says something about drift
LEAST_BIRTHS = 0.5  # a year: a province with fewer is simulated with so many, or its response would be noise
CELLS = 12  # of the grid of each parameter of drift
QUANTILES = 4001  # that stand for a law on that grid
YEAR = float(DAYS_PER_YEAR)
MOST_DRAWS = 1 << 20


@dataclass(frozen=True, kw_only=True)
class CalibrationPlan:
    """A calibration before anything is simulated. point : the world at the values as written.

    births : (P,) a year, of the simulation.
    drift_series : (CELLS, CELLS) log likelihood of the monthly counts of each province that has enough.
    """

    resolved: Resolved
    sets: tuple[str, ...]  # on top of the scenario, the days of the targets among them
    targets: Targets
    point: BuiltScenario
    factors: tuple[Factor, ...]  # without births
    priors: tuple[Prior, ...]
    births: Floats
    as_written: Floats  # (P,) births a year of the scenario
    drift_grid: DriftGrid
    drift_series: tuple[tuple[str, Floats], ...]
    seed: int
    draws: int
    replications: int
    members: int
    tries: int  # vectors of births for each draw

    @property
    def provinces(self) -> tuple[str, ...]:
        """Codes in the order of the world."""
        return self.point.world.provinces

    @cached_property
    def drift(self) -> Floats:
        """(CELLS, CELLS) log likelihood of one drift for all provinces, each with a level of its own."""
        return sum((logs for _, logs in self.drift_series), np.zeros((CELLS, CELLS)))

    @property
    def quarters(self) -> float:
        """Length of the window in quarters."""
        return 4.0 * self.targets.days / YEAR

    @cached_property
    def written(self) -> Mapping[str, float]:
        """Every number of the scenario as written, by key, in canonical units."""
        return {key: leaf.quantity.value for key, leaf in leaves_by_key(self.resolved).items() if leaf.quantity}

    def elsewhere(self, resolved: Resolved, point: BuiltScenario) -> CalibrationPlan:
        """The draws of this plan in another world; what is drawn is not drawn again."""
        found = replace(self, resolved=resolved, point=point)
        for name in ("drift", "keys", "uniforms", "values", "drift_posterior"):
            vars(found)[name] = getattr(self, name)  # where a cached property keeps its value
        return found

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of the factors."""
        return tuple(factor.key for factor in self.factors)

    @cached_property
    def uniforms(self) -> Floats:
        """(draws, drivers) places of the drivers in the unit cube, without its faces."""
        inside = sobol(len(self.targets.block.drivers), self.draws, seed=self.seed)
        return np.asarray(np.clip(inside, 1e-9, 1.0 - 1e-9))

    @cached_property
    def values(self) -> Floats:
        """(draws, factors) values in canonical units."""
        found = sampled(self.factors, seed=self.seed, numbers=range(1, self.draws + 1))
        drivers = self.targets.block.drivers
        for column, key in enumerate(drivers):
            at = self.keys.index(key)
            found[:, at] = inverted(self.factors[at], self.uniforms[:, column])
        if PERSISTENCE in drivers and INNOVATION in drivers:
            places = [drivers.index(PERSISTENCE), drivers.index(INNOVATION)]
            drift = drift_values(self.drift_grid, self.drift_posterior, self.uniforms[:, places])
            found[:, self.keys.index(PERSISTENCE)], found[:, self.keys.index(INNOVATION)] = drift.T
        return found

    @cached_property
    def drift_posterior(self) -> Floats:
        """(CELLS, CELLS) probability of each cell: prior x likelihood, as far as the monthly counts weigh."""
        logs = np.log(np.maximum(drift_prior(self.factors, self.drift_grid), 1e-300))
        logs = logs + self.targets.block.monthly.weight.value * self.drift
        found = np.exp(logs - logs.max())
        return np.asarray(found / found.sum())

    def drawn(self, draw: int) -> dict[str, float]:
        """Values of one draw by key, with the births of the simulation."""
        found = dict(zip(self.keys, self.values[draw].tolist(), strict=True))
        return found | {births_key(p): b / YEAR for p, b in zip(self.provinces, self.births.tolist(), strict=True)}

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides about the results."""
        said = (
            self.resolved.text, self.targets.digest, self.seed, self.draws, self.replications, self.members, self.tries,
            self.drift.tobytes().hex(), version(),
        )  # fmt: skip
        return sha256(repr(said).encode()).hexdigest()


def births_key(province: str) -> str:
    """The key of a province's births of plots."""
    return f"world.provinces.{province}.plots"


def plan_of(
    scenario: str,
    targets: Targets,
    *,
    sets: Sequence[str] = (),
    draws: int,
    replications: int,
    members: int,
    tries: int,
    seed: int | None = None,
) -> CalibrationPlan:
    """Load and check everything; simulates nothing. Raises ScenarioError, UserError."""
    sets = (*sets, f"run.start={targets.start}", f"run.horizon={targets.days} days", "run.ensemble=none")
    resolved = load(scenario, sets=sets)
    point = build(resolved)
    provinces = point.world.provinces
    refuse_provinces(targets, provinces, scenario)
    if not 8 <= members <= MOST_DRAWS or not 8 <= draws <= MOST_DRAWS:
        raise UserError(f"draws is {draws} and members {members}; allowed: 8 to {MOST_DRAWS} of each")
    if replications < 2:
        raise UserError(f"replications is {replications}; allowed: a whole number from 2, for a variance")
    factors = factors_of(resolved, point.keys_read)
    known = [factor.key for factor in factors]
    births = [births_key(province) for province in provinces]
    for key in targets.block.drivers:
        if key not in known or key in births:
            raise no_such(f"drivers: {key} is no uncertain setting of {scenario} but births", key, known)
    written = leaves_by_key(resolved)
    as_written = np.array([_value(written, key) for key in births]) * YEAR
    grid = drift_grid(factors)
    return CalibrationPlan(
        resolved=resolved, sets=tuple(sets), targets=targets, point=point,
        factors=tuple(factor for factor in factors if factor.key not in births),
        priors=tuple(_prior(targets, province, factors) for province in provinces),
        births=np.maximum(as_written, LEAST_BIRTHS), as_written=as_written, drift_grid=grid,
        drift_series=_drift(targets, grid), seed=int(resolved.scenario.run.seed) if seed is None else seed,
        draws=draws, replications=replications, members=members, tries=tries,
    )  # fmt: skip


def leaves_by_key(resolved: Resolved) -> Mapping[str, Leaf]:
    """The settings of a scenario."""
    return {leaf.key: leaf for leaf in leaves(resolved)}


def _value(written: Mapping[str, Leaf], key: str) -> float:
    quantity = written[key].quantity
    return 0.0 if quantity is None else quantity.value


def _prior(targets: Targets, province: str, factors: Sequence[Factor]) -> Prior:
    """The prior of the targets file, else the range of the catalogue. Raises UserError where there is neither."""
    if province in targets.births:
        prior = targets.births[province]
        return GammaPrior(prior.mean.value * YEAR, prior.shape.value)
    factor = next((each for each in factors if each.key == births_key(province)), None)
    if factor is None or factor.distribution.law != "lognormal":
        raise UserError(
            f"births of plots in {province} have no prior: the scenario sets a number of its own; give the targets"
            f" file births: {{{province}: {{mean: 1 /year, shape: 0.5}}}}"
        )
    parameters = factor.distribution.parameters
    return LognormalPrior(parameters["mu"] + float(np.log(factor.scale * YEAR)), parameters["sigma"])


# ------------------------------------------------------------------------------------------------ drift


def drift_grid(factors: Sequence[Factor]) -> DriftGrid:
    """Middles of cells between the ends of the priors; a fixed drift has cells of its own around a usual range."""
    ends = []
    for key, usual in ((PERSISTENCE, (0.5, 0.95)), (INNOVATION, (0.2, 0.5))):
        factor = next((each for each in factors if each.key == key), None)
        low, high = usual if factor is None else inverted(factor, np.array([1e-6, 1.0 - 1e-6])).tolist()
        ends.append(np.linspace(low, high, CELLS + 1))
    persistence, innovation = ((edges[1:] + edges[:-1]) / 2.0 for edges in ends)
    return DriftGrid(persistence, innovation)


def drift_prior(factors: Sequence[Factor], grid: DriftGrid) -> Floats:
    """(CELLS, CELLS) probability of each cell before any count is seen."""
    marginals = []
    for key, middles in ((PERSISTENCE, grid.persistence), (INNOVATION, grid.innovation)):
        factor = next((each for each in factors if each.key == key), None)
        if factor is None:
            marginals.append(np.full(CELLS, 1.0 / CELLS))
            continue
        quantiles = inverted(factor, (np.arange(QUANTILES) + 0.5) / QUANTILES)
        width = middles[1] - middles[0]
        counts, _ = np.histogram(quantiles, bins=np.append(middles - width / 2.0, middles[-1] + width / 2.0))
        marginals.append((counts + 1e-9) / (counts + 1e-9).sum())
    return np.outer(*marginals)


def drift_values(grid: DriftGrid, chance: Floats, uniforms: Floats) -> Floats:
    """(n, 2) persistence and innovation at uniforms (n, 2) of a law that is even within a cell."""
    found = np.zeros_like(uniforms)
    widths = grid.persistence[1] - grid.persistence[0], grid.innovation[1] - grid.innovation[0]
    rows = chance.sum(axis=1)
    for k, (one, two) in enumerate(uniforms.tolist()):
        f, inside = _cell(rows, one)
        g, across = _cell(chance[f] / rows[f], two)
        found[k] = grid.persistence[f] + (inside - 0.5) * widths[0], grid.innovation[g] + (across - 0.5) * widths[1]
    return found


def _cell(chance: Floats, uniform: float) -> tuple[int, float]:
    upto = np.concatenate([[0.0], np.cumsum(chance)])
    upto /= upto[-1]
    cell = int(np.clip(np.searchsorted(upto, uniform, side="right") - 1, 0, len(chance) - 1))
    return cell, float((uniform - upto[cell]) / max(upto[cell + 1] - upto[cell], 1e-300))


def _drift(targets: Targets, grid: DriftGrid) -> tuple[tuple[str, Floats], ...]:
    """Log likelihood of drift of each province that has enough incidents."""
    table = targets.monthly
    enough = [code for code in table.provinces if table.named(code).sum() >= FEWEST_INCIDENTS]
    return tuple((code, fit_drift(table.named(code), grid).marginal) for code in enough)
