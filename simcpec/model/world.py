"""What exists in one world: frozen arrays, each with its shape and unit.

Axes: E epochs (dates at which a policy or the world changes by a step), P provinces, C cohorts, S settings, L layers,
K instruments, Y budget years, D decisions on capacity, V revisions, T reporting periods, J threat stages.  Time is in
days unless a name ends in `_tick` (int64 ticks since the start of the warm-up); rates are per day; shares and
probabilities lie in [0, 1].

A *law* is three numbers: its code (`samplers.LAW_...`), a scale in days and a shape.  Arrays that a dated lever may
move have the epoch as first axis; arrays that describe the threat never read a lever.  Floats are float64, counts
int64.  Nothing here is random and nothing here knows money.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Law = tuple[int, float, float]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When things happen that nobody draws."""

    ticks_per_day: int  # resolution of the clock; 86_400_000_000 is a microsecond
    horizon_tick: int  # first tick that is not played
    warm_up_periods: int  # 1 if the first reporting period is the warm-up, else 0
    period_end_tick: Ints  # (T,) ascending, the last is the horizon; the warm-up is period 0 where there is one
    year_start_tick: Ints  # (Y,) start of each budget year
    decision_tick: Ints  # (D,) when targets of capacity are set: at budget years, and where a lever grants units
    epoch_start_tick: Ints  # (E,) the first is 0
    stage_start_tick: Ints  # (J,) start of each threat stage: drift steps and regime steps; the first is 0
    stage_drifts: Ints  # (J,) 1 where the drift takes a step at the start of the stage; 0 at the first
    audit_every_tick: int  # period of the audits; 0 means none
    revision_tick: Ints  # (V,) dates of SOP revisions within the horizon, ascending
    revision_reach: Floats  # (V, P, C) extent to which the revision restores the procedures, in [0, 1]


@dataclass(frozen=True, kw_only=True)
class Threat:
    """Birth of plots (4.2) and their preparation (4.4)."""

    antithetic: int  # 1: replications 2k and 2k + 1 are twins, see `streams.twin_block`; 0: each has its own births
    attempts: int  # modes.ATTEMPTS
    mixture_size: float  # shape of the gamma factor of NEGBIN attempts, > 0; inf elsewhere
    rate: Floats  # (J, P) births per day at the starting stock, without drift
    stock_ceiling: float  # candidates are drawn at rate x this; militants beyond this multiple end the replication
    drift_on: int  # 0 or 1
    drift_persistence: float  # AR(1) coefficient a step, in [0, 1)
    drift_innovation: float  # standard deviation a step of the log rate
    drift_stationary: int  # 1: the first value is drawn from the stationary law; 0: it is zero
    cluster: Floats  # (3,) cumulative probabilities of 1, 2, 3 plots a birth; the last is 1
    follow_ons: Floats  # (P,) mean follow-on plots of an attack, >= 0; 0 is off
    follow_by: int  # modes.BASIS: what causes follow-ons
    follow_law: Law  # from the parent's attack to the follow-on's; it is the follow-on's whole preparation
    follow_spread: Floats  # (P, P) row: province of the attack, column: probability of the province of the child
    preparation: Law
    lapse: float  # hazard per day that a plot gives up by itself
    initial: int  # modes.INITIAL
    given: Ints  # (P,) plots at the start, for GIVEN


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Where a plot turns (4.3)."""

    displacement: int  # modes.DISPLACEMENT
    utility: Floats  # (E, P, C, S) ln(attraction x exposure); -inf: never chosen
    leaving: Floats  # (P, P) utility lost by going from home (row) to another province; 0 on the diagonal
    weight: Floats  # (E,) lambda, >= 0: weight of perceived protection
    outside: Floats  # (E, P) utility of giving up; -inf: no outside option
    learning: float  # weight of the latest attack in the perceived protection, in [0, 1]
    diffusion: float  # share of the best neighbour's advantage in protection that spills over, in [0, 1]


@dataclass(frozen=True, kw_only=True)
class Detection:
    """How plots are found (4.4)."""

    mode: int  # modes.DETECTION
    hazard: Floats  # (E, P) per plot and day at the reference intelligence capacity (LEADS)
    tips: Floats  # (E, P) per plot and day at full trust (LEADS)
    search: Floats  # (E, P) per plot, day and free team (SEARCH)
    probability: Floats  # (E, P) at maturity (BERNOULLI)
    proportional: int  # 1: hazards are proportional to the hazard of the preparation, rates count per mean preparation
    ceiling: Floats  # (P,) candidates per plot and day; exceeded intensity is an error


@dataclass(frozen=True, kw_only=True)
class Intelligence:
    """What intelligence units do to detection and tempo: factor = (1 - exp(-gain x units)) / reference."""

    gain: Floats  # (P,) per unit, already divided by the exposure; 0 makes the factor 1
    reference: Floats  # (P,) 1 - exp(-gain x units of the day before the start)
    host_units: Ints  # (P,)


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Teams, leads and what an operation brings (4.5)."""

    work: Law
    patience: Law  # LAW_NEVER: leads do not go stale
    priority: int  # modes.PRIORITY
    teams: Ints  # (P,) of the host state
    team_ceiling: int  # declared ceiling of teams in any province
    routine: Floats  # (P,) routine leads per day at intelligence factor 1
    tempo: Floats  # (E, P) factor on them beside that of intelligence
    tempo_ceiling: float  # >= 1; routine candidates are drawn at routine x this
    false_leads: Floats  # (E, P) per day and free team (SEARCH)
    success: Floats  # (E, P) probability that work on a plot still in preparation foils it
    arrests: Floats  # (E, P) mean per operation at the starting stock
    deaths: Floats  # (E, P) militants killed, mean per operation at the starting stock
    own_losses: Floats  # (E, P) mean per operation
    dispersion: float  # size of the negative binomial marks; inf is Poisson
    goes_wrong: Floats  # (E, P) probability per operation
    yield_follows_stock: int  # 1: arrests and deaths are proportional to militants / start


@dataclass(frozen=True, kw_only=True)
class Network:
    """The stock of militants, backlash and trust (4.6)."""

    model: int  # modes.NETWORK
    militants: Ints  # (P,) at the start
    inflow: Floats  # (E, P) recruits per day whatever the stock
    recruits: Floats  # (E, P) per head and day
    exits: Floats  # (E, P) per head and day
    capacity: Floats  # (P,) carrying capacity in persons (LOGISTIC)
    ceiling: Floats  # (P,) candidate transitions per day; exceeded intensity is an error
    inflow_power: float  # FIRE_WATER: recruits grow as stock ** this
    water_power: float  # FIRE_WATER: removals by water grow as stock ** this
    fire_power: float  # FIRE_WATER: removals by fire grow as stock ** this
    fire_response: float  # FIRE_WATER: recruits x (1 + this x fire above the threshold)
    fire_threshold: float
    water_rate: float  # FIRE_WATER: removals per day at level 1 and stock 1
    fire_rate: float
    water_level: Floats  # (E, P)
    fire_level: Floats  # (E, P)
    per_death: float  # backlash: mean recruits per militant killed
    per_arrest: float
    backlash_delay: float  # mean of the exponential delay
    footprint_gain: float  # recruits per head and day per unit of footprint above the threshold
    footprint_threshold: float
    footprint: Floats  # (E, P) of the host forces: weighted guards on duty per person
    footprint_per_guard: Floats  # (P,) of one bought or lent guard
    trust_start: float
    trust_wrong: float  # lost by an operation that goes wrong
    trust_backlash: float  # lost by one recruit of backlash
    trust_recovery: float  # days; inf: never


@dataclass(frozen=True, kw_only=True)
class Protection:
    """Layers, compliance, insiders, surge (4.7, 4.9)."""

    constant: Floats  # (E, L) stop probability as a constant, or -1 where the layer follows its units
    ceiling: Floats  # (E, L)
    gain: Floats  # (E, L) persons per effective unit; 0 switches the layer off
    host_units: Floats  # (E, P, L, C, S) effective units already in place
    posting: Floats  # (L, C, S) shares in which bought units are posted; sums to 1 a layer
    unit_effect: Floats  # (E, L) effective units per bought unit: effectiveness x on duty x (1 + training)
    quality: Floats  # (E, P, L, C, S) factor on all effective units of a layer in a cell, those of an escort included
    exposure: Floats  # (P, C, S) persons x time
    common_cause: Floats  # (E,)
    sop: int  # modes.SOP
    fresh: Floats  # (E, P, C) compliance at a refresh
    floor: Floats  # (E, P, C)
    decay: Floats  # (E, P, C) days; inf: none
    compliance: Floats  # (P, C) at its last refresh before the start
    compliance_age: Floats  # (P, C) days since that refresh
    audit_host: Floats  # (E, P) share of cells that an audit reaches without bought rounds
    audit_gain: Floats  # (P,) per bought round
    insider_on: int
    insider_onset: Floats  # (E, P, C) per day
    insider_found: Floats  # (E, P, C) per day
    insider_multiplier: Floats  # (E, P, C) of the pass probability while leaking
    insider_ceiling: Floats  # (P, C) candidates per day
    insider_steady: int  # 1: the first regime is drawn from the stationary law; 0: clean
    surge_units: int  # guards lent after an attack, as effective as bought ones; 0 is off
    surge_days: float
    surge_reserve: int


@dataclass(frozen=True, kw_only=True)
class Movements:
    """Movements and their escorts (4.8)."""

    rule: int  # modes.ESCORT
    source: int  # modes.SOURCE
    rate: Floats  # (P, C) per day (ENDLESS) or per idle group and day (FINITE)
    groups: Ints  # (P, C) for FINITE
    by_air: Floats  # (E, P, C) share taken off the road
    trip: Law
    patience: Law
    teams: Ints  # (P,) escort teams of the host state
    escort_units: float  # effective guards with an escorted party
    party: Floats  # (C,) persons


@dataclass(frozen=True, kw_only=True)
class Harm:
    """Persons hurt, work stopped, memory of attacks (4.9)."""

    counted_as: int  # modes.BASIS: what a report counts as an incident
    severity: int  # modes.SEVERITY
    zero: float  # hurdle: P(no death); spliced: probability of the tail
    mu: float  # lognormal: mean of the log; power: exponent; spliced: mean of the body
    sigma: float  # lognormal: deviation of the log; spliced: exponent of the tail
    start: float  # power, spliced: where the tail starts
    cap: float  # persons present
    table: Floats  # (N, 2) empirical: deaths, cumulative probability
    injured_base: float
    injured_per_death: float
    injured_size: float
    local_base: float
    local_per_death: float
    guard_share: float
    guards_when_stopped: float
    stoppage: Law  # LAW_NEVER here means that stoppage is off
    spreads: float  # probability that another province stops as well
    memory: float  # days of the exponential memory of attacks; 0 is off


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Units bought, as targets a year (4.1); they arrive and leave in tranches after a lag."""

    inherited: Ints  # (P, K) whole units in place at the start
    inherited_part: Floats  # (P, K) of one more unit, in [0, 1]: the share of replications that have it
    target: Ints  # (D, P, K) whole units from each decision on
    target_part: Floats  # (D, P, K) of one more unit, as in `inherited_part`
    decision: Ints  # (D,) address of each decision's draws: the number of its budget year, or from 1000 of its day
    tranches: int  # unit i belongs to tranche i mod this
    hiring: Law
    leaving: Law

    @property
    def most(self) -> Ints:
        """(P, K) units that any replication can have at any time."""
        target = (self.target + (self.target_part > 0.0)).max(axis=0)
        return np.asarray(np.maximum(self.inherited + (self.inherited_part > 0.0), target), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class World:
    """All of it: what an engine is given besides (seed, parameter draw, replication)."""

    provinces: tuple[str, ...]
    addresses: tuple[int, ...]  # of the provinces, for draws: they travel with the province, not with its position
    cohorts: tuple[str, ...]
    settings: tuple[str, ...]
    calendar: Calendar
    threat: Threat
    cells: Cells
    detection: Detection
    intelligence: Intelligence
    operations: Operations
    network: Network
    protection: Protection
    movements: Movements
    harm: Harm
    capacity: Capacity

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of provinces, cohorts and settings."""
        return len(self.provinces), len(self.cohorts), len(self.settings)


def flatten(part: Any, prefix: str = "") -> dict[str, Any]:
    """All leaves of a world as ``{"threat.rate": array, ...}``, in the order of declaration."""
    leaves: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        name = prefix + field.name
        leaves.update(flatten(value, name + ".") if is_dataclass(value) else {name: value})
    return leaves


def digest(world: World) -> str:
    """SHA-256 (hex) of every leaf's name, type, shape and bytes: equal digests, equal worlds."""
    import hashlib

    sha = hashlib.sha256()
    for name, value in flatten(world).items():
        array = np.asarray(value) if not isinstance(value, (tuple, str)) else None
        body = repr(value).encode() if array is None else f"{array.dtype}{array.shape}".encode() + array.tobytes()
        sha.update(name.encode() + b"\0" + body + b"\0")
    return sha.hexdigest()
