"""What an experiment leaves: plain frozen records; `storage` writes and reads them, reports read nothing else.

Axes of the arrays: D parameter draws, R replications, T counted periods (the warm-up is left out), P provinces, C
cohorts, S settings, M modes of attack; the last axis is named by `model.outcome` or `economics.costs`.  No array ever
holds a nan: a replication that failed is left out of every scenario, so that the others stay paired (see `gathering`).

Rows of single replications are kept for the first ones only where there are many; `Aggregates` then hold all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from simcpec.economics.valuation import valued
from simcpec.errors import UserError
from simcpec.model.plan import Plan, Prices
from simcpec.model.world import Floats, Ints
from simcpec.results.failure import Failure

OUTPUT = "OUTPUT_FOLDER"  # in a command that is stored: wherever the study lies


@dataclass(frozen=True, kw_only=True)
class Axes:
    """Labels of the array axes."""

    provinces: tuple[str, ...]  # (P,) codes
    province_labels: tuple[str, ...]  # (P,) any text
    cohorts: tuple[str, ...]  # (C,)
    settings: tuple[str, ...]  # (S,)
    modes: tuple[str, ...]  # (M,) of attack
    periods: tuple[str, ...]  # (T,) such as "2025" or "2025-03"
    period_days: tuple[float, ...]  # (T,) lengths

    @property
    def years(self) -> float:
        """Counted time of one replication, in years of 365.25 days."""
        return sum(self.period_days) / 365.25


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One key of the resolved scenario, with what stands behind its value."""

    key: str  # dotted
    value: str  # as text, without the unit
    unit: str  # "" where there is none
    changed: bool  # against the baseline; False where there is none
    source: str  # citation, or where the scenario file says so, or ""
    grade: str  # A-D, or "" where no entry of the catalogue stands behind the key
    catalogue_id: str  # or ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One key in which a scenario differs from the baseline; `usd_per_year_*` where it moves the security budget."""

    key: str
    old: str  # text with unit; "not set" where the baseline has no such key
    new: str
    usd_per_year_old: float | None = None  # security budget of a full year, the mean over the run
    usd_per_year_new: float | None = None


@dataclass(frozen=True, kw_only=True)
class FailedReplication:
    """A replication that failed twice; the others were kept."""

    draw: int
    replication: int
    failure: Failure
    replay: str  # the command that plays it again

    @property
    def error(self) -> str:
        """What went wrong, for people."""
        return self.failure.error


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The drawn values: `values` (D, K), one column a key, in `units`; K = 0 where nothing was drawn."""

    keys: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    values: Floats = field(default_factory=lambda: np.zeros((1, 0)))


@dataclass(frozen=True, kw_only=True)
class Aggregates:
    """Sums over all replications of a scenario, of which only some are kept as rows; see the module `aggregates`.

    A place is the nation (0) or a province, in the order of the axes; of `apart`, `against` and `differs` one that the
    baseline has too (`common`), and there are none for the baseline itself.
    """

    counts: Ints  # (D,) independent values behind the sums: replications played in all scenarios, or pairs of twins
    means: Floats  # (D, P + 1, K), names = responses.PARTS
    products: Floats  # (D, P + 1, Q) sums of products of deviations, pairs = aggregates.OWN
    common: tuple[str, ...]  # codes of provinces
    apart: Floats  # (D, C + 1, K) mean of scenario - baseline
    against: Floats  # (D, C + 1, X) the same with the baseline, pairs = aggregates.AGAINST
    differs: np.ndarray  # (D, C + 1, K) truth: whether any replication differed from the baseline
    pace: Floats  # (T,) incidents since the start by the end of each period, summed over all plays
    histogram_keys: Ints  # (n,) of streaming.Histograms: aggregates.DISTRIBUTIONS, then the T of `pace`
    histogram_counts: Ints  # (n,)
    fingerprint: str  # of the incidents of every replication by period and province


@dataclass(frozen=True, kw_only=True)
class WorldContrast:
    """Differences from the baseline in a world that reads backlash otherwise, over the first draws of a study."""

    world: str  # of `world.backlash.world`
    baseline: str  # slug
    draws: int
    replications: int  # of each
    differences: Mapping[str, tuple[float, float | None]]  # by response: mean, 95 % Monte Carlo half-width


@dataclass(frozen=True, kw_only=True)
class AsWritten:
    """What a scenario gives at the values as written, where a study draws parameters; see the module `as_written`."""

    responses: tuple[str, ...]  # ids of the columns: those that could be divided
    replications: Ints  # (n,) of parameter draw 0; of a pair of twins the first
    values: Floats  # (n, K) of single replications, or averages of twins


@dataclass(frozen=True, kw_only=True)
class ScenarioResult:
    """One scenario, played with D parameter draws x R replications, the first ones of which are rows of the arrays."""

    slug: str  # name of its folder: lower-case ASCII, unique in the study
    name: str  # any text
    describes: str
    path: str  # as the user named it, never absolute
    axes: Axes
    cell: Floats  # (D, R, T, P, C, S, K), K names: model.outcome.CELL_COUNTS
    cohort: Floats  # (D, R, T, P, C, K), K names: model.outcome.COHORT_COUNTS
    mode: Floats  # (D, R, T, P, M, K), K names: model.outcome.MODE_COUNTS
    province: Floats  # (D, R, T, P, K), K names: model.outcome.PROVINCE_COUNTS
    plan: Plan  # of the point values (parameter draw 0)
    prices: Prices  # of the point values
    costs: Floats  # (D, R, T, P, m) USD, names = economics.cost_lines.COST_LINES
    incident_basis: str  # "attack" | "breach"
    resolved_yaml: str  # the resolved scenario
    settings_table: tuple[Setting, ...]
    failed: tuple[FailedReplication, ...]
    digest: str  # of all its worlds
    draw_numbers: tuple[int, ...]  # (D,) addresses; 0 ... D-1 unless a draw was set aside
    replication_numbers: Ints  # (D, R) addresses; 0 ... R-1 unless a replication failed
    parameters: Parameters = field(default_factory=Parameters)
    antithetic: bool = False  # replications 2k and 2k + 1 are twins: means and intervals are those of their averages
    exposures: Floats | None = None  # (D, P) persons in each draw; None: those of `prices` in all of them
    valuations: Floats | None = None  # (D, 2) discount rate, value of life (0: none) of each draw; None: of `prices`
    aggregates: Aggregates | None = None  # None where the arrays hold every replication
    remarks: tuple[str, ...] = ()  # what the scenario asked for and could not have, in sentences
    as_written: AsWritten | None = None  # None without draws, in earlier versions, and where nothing could be played
    worlds: tuple[WorldContrast, ...] = ()  # () for the baseline, without draws, and where backlash was read one way

    @property
    def discounted(self) -> bool:
        """Whether a discount rate above 0 is set."""
        return self.prices.discount_rate > 0.0 or (self.valuations is not None and bool(self.valuations[:, 0].any()))

    @property
    def prices_lives(self) -> bool:
        """Whether a value of life is set."""
        return self.prices.value_of_life is not None

    @cached_property
    def valued(self) -> Floats:
        """(D, R, T, P, m) USD of the replications that are kept, names = economics.valuation.VALUED_LINES."""
        days = np.array(self.axes.period_days)
        return np.array([
            valued(costs=self.costs[d], cell=self.cell[d], days=days, prices=self._prices(d))
            for d in range(len(self.cell))
        ])  # fmt: skip

    def _prices(self, draw: int) -> Prices:
        """Prices with the discount rate and the value of life of a draw."""
        if self.valuations is None:
            return self.prices
        rate, life = (float(number) for number in self.valuations[draw])
        return replace(self.prices, discount_rate=rate, value_of_life=life if self.prices_lives else None)

    @property
    def draws(self) -> int:
        """Parameter draws behind the results."""
        return int(self.cell.shape[0])

    @property
    def rows(self) -> int:
        """Replications of each draw that the arrays hold."""
        return int(self.cell.shape[1])

    @property
    def counts(self) -> Ints:
        """(D,) independent values of each draw behind the results: replications, or pairs of antithetic twins."""
        if self.aggregates is None:
            return np.full(self.draws, self.rows // self._each, np.int64)
        return self.aggregates.counts

    @property
    def partial(self) -> bool:
        """Whether replications lie behind the results that the arrays do not hold."""
        return self.draws * self.rows < self.plays

    @property
    def replications(self) -> int:
        """Replications of each draw behind the results; of the draw with the fewest where some have failed."""
        return self._each * int(self.counts.min())

    @property
    def plays(self) -> int:
        """Replications of all draws together behind the results."""
        return self._each * self.units

    @property
    def units(self) -> int:
        """Independent values behind the results, over all draws: replications, or pairs of antithetic twins."""
        return int(self.counts.sum())

    @property
    def _each(self) -> int:
        """Replications of an independent value."""
        return 2 if self.antithetic else 1

    def persons(self, province: str | None = None) -> Floats:
        """(D,) persons exposed in each draw, of the nation or of one province. Raises UserError for an unknown one."""
        rows = self.exposures if self.exposures is not None else self.prices.exposure[None].repeat(len(self.cell), 0)
        if province is None:
            return np.array([math.fsum(row) for row in rows])
        if province not in self.axes.provinces:
            raise UserError(f"no province {province}; allowed: {', '.join(self.axes.provinces)}")
        return np.asarray(rows[:, self.axes.provinces.index(province)])


@dataclass(frozen=True, kw_only=True)
class Fate:
    """How many attacks or breaches came to one end under another scenario; a cell is (province, cohort, setting)."""

    what: str  # "attacks" | "breaches"
    became: str  # of `fates.BECAME`
    by: str  # of `fates.REASONS`, for what is averted (there) or created (what it was in the baseline); else ""
    origin: tuple[str, str, str]  # in the baseline; empty texts for what is created
    target: tuple[str, str, str]  # in the scenario; empty texts for what is averted
    count: int


@dataclass(frozen=True, kw_only=True)
class Fates:
    """What became of the baseline's attacks in the first `plays` plays, per scenario; () for the baseline."""

    plays: int
    of_scenario: tuple[tuple[Fate, ...], ...]


@dataclass(frozen=True, kw_only=True)
class PrecisionTarget:
    """A half-width that is wanted of a response: the larger of `relative` x its mean and `floor`, in its unit."""

    response: str
    relative: float
    floor: float  # 0: none
    at_most: int  # replications of a draw at which it is given up


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What became of a goal in one scenario: of its mean, or of its paired difference from the baseline."""

    goal: PrecisionTarget
    scenario: str  # slug
    replications: int  # of a draw, at the look at which it was met or given up
    mean: float | None  # None where there was nothing to divide by
    half_width: float | None  # at `confidence`
    wanted: float | None
    confidence: float  # of that look, for all declared looks to hold at 95 % together
    met: bool  # False: given up


@dataclass(frozen=True, kw_only=True)
class Sequential:
    """How playing in looks ended; see the module `precision`."""

    looks: tuple[int, ...]  # declared: replications of a draw
    taken: int  # replications of a draw that every scenario took
    reached: tuple[Reached, ...]


@dataclass(frozen=True, kw_only=True)
class TimeLimit:
    """How a time limit ended a study; its results are those of a study that asked for `replications`."""

    seconds: float  # the limit
    replications: int  # of each parameter draw, in every scenario
    asked: int  # replications of a draw that would have been simulated without a limit, at most


@dataclass(frozen=True, kw_only=True)
class Study:
    """What `run` and `compare` leave: scenarios in the order of the command, and what differs between them."""

    scenarios: tuple[ScenarioResult, ...]
    baseline: int | None  # index; None for a single run
    changes: tuple[tuple[Change, ...], ...]  # per scenario, against the baseline
    seed: int
    engine: str
    command: str  # gives these very results again; leaves out what changes no byte (jobs, verbosity, folder)
    software: Mapping[str, str]  # name -> version
    draws: int  # asked for; arrays tell how many there are
    replications: int
    fates: Fates | None = None  # None where there is nothing to compare, or no engine of ours played
    precision: Sequential | None = None  # None where the number of replications was given, or a time limit ended it
    time_limit: TimeLimit | None = None  # None where no limit was reached
    manifest: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # filled by `storage`
