"""What exists in one world: frozen arrays, each with its axes, its unit and its neutral value (see `world_fields`).

Axes: E epochs (dates at which a policy or the world changes by a step), P provinces, C cohorts, S settings, L layers, K
instruments, M modes of attack, Y budget years, D decisions on capacity, V revisions, T reporting periods, J threat
stages, N rows of a table, G armed groups, O origins (a group and a home province each); a digit is an axis of that
length.  Time is in days unless a name ends in `_tick` (int64 ticks since the start of the warm-up); rates are per day;
shares and probabilities lie in [0, 1].

A *law* is three numbers: its code (`samplers.LAW_...`), a scale in days and a shape.  Arrays that a dated lever may
move have the epoch as first axis; arrays that describe the threat never read a lever.  Floats are float64, counts
int64.  Nothing here is random and nothing here knows money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from simcpec.model import modes
from simcpec.model.world_fields import FieldFact, array, described, facts_by_name, law, number

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
else:

    def __getattr__(name: str) -> Any:
        """Make the types of arrays when they are asked for: who reads only the facts of fields needs no numpy."""
        if name not in ("Floats", "Ints"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import numpy as np
        import numpy.typing as npt

        return npt.NDArray[np.float64 if name == "Floats" else np.int64]


Law = tuple[int, float, float]
INF = float("inf")


@described
class Calendar:
    """When things happen that nobody draws."""

    ticks_per_day: int = number("ticks per day", "resolution of the clock; 86_400_000_000 is a microsecond", off=None)
    horizon_tick: int = number("ticks", "first tick that is not played", off=None)
    warm_up_periods: int = number("periods", "1 if the first reporting period is the warm-up, else 0")
    period_end_tick: Ints = array(
        "T", "ticks", "ascending, the last is the horizon; the warm-up is period 0 where there is one", off=None
    )
    year_start_tick: Ints = array("Y", "ticks", "start of each budget year")
    decision_tick: Ints = array(
        "D", "ticks", "when targets of capacity are set: at budget years, and where a lever grants units"
    )
    epoch_start_tick: Ints = array("E", "ticks", "the first is 0")
    stage_start_tick: Ints = array(
        "J", "ticks", "start of each threat stage: drift steps and regime steps; the first is 0"
    )
    stage_drifts: Ints = array("J", says="1 where the drift takes a step at the start of the stage; 0 at the first")
    audit_every_tick: int = number("ticks", "period of the audits; 0 means none")
    revision_tick: Ints = array("V", "ticks", "dates of SOP revisions within the horizon, ascending")
    revision_reach: Floats = array("VPC", "share", "extent to which the revision restores the procedures")


@described
class Origins:
    """Where plots and militants come from: a group and a home province each; one group alone has one in every province.

    Births, drift and the stock of militants are those of an origin; whatever guards, finds and raids is of a province.
    """

    group: Ints = array("O", says="number of the group")
    province: Ints = array("O", says="number of the home province", off=None)


@described
class Threat:
    """Birth of plots (4.2) and their preparation (4.4)."""

    antithetic: int = number(
        says="1: replications 2k and 2k + 1 are twins, see `streams.twin_block`; 0: each has its own births"
    )
    attempts: int = number(says="modes.ATTEMPTS", off=modes.PLOTS)
    mixture_size: float = number(says="shape of the gamma factor of NEGBIN attempts, > 0; inf elsewhere", off=INF)
    rate: Floats = array("JO", "births per day", "at the starting stock, without drift")
    drift_on: int = number(says="0 or 1")
    drift_persistence: Floats = array("O", says="AR(1) coefficient a step, in [0, 1)")
    drift_innovation: Floats = array("O", "log rate", "standard deviation a step")
    drift_stationary: int = number(says="1: the first value is drawn from the stationary law; 0: it is zero")
    cluster: Floats = array("3", "probability", "cumulative, of 1, 2, 3 plots a birth; the last is 1", off=1.0)
    follow_ons: Floats = array("P", "plots per attack", "mean, >= 0; 0 is off")
    follow_factor: Floats = array("G", says="on that mean, for attacks of the group", off=1.0)
    follow_by: int = number(says="modes.BASIS: what causes follow-ons", off=modes.BY_ATTACK)
    follow_law: Law = law("from the parent's attack to the follow-on's; it is the follow-on's whole preparation")
    follow_spread: Floats = array("PP", "probability", "row: province of the attack, column: province of the child")
    preparation: Law = law()
    mode_share: Floats = array("GPM", "share", "of the plots of a group in a home province; adds up to 1", off=1.0)
    mode_planning: Floats = array(
        "PM", says="factor on the preparation of a plot of that home province that is no follow-on", off=1.0
    )
    lapse: float = number("per day", "hazard that a plot gives up by itself")
    initial: int = number(says="modes.INITIAL", off=modes.EMPTY)
    given: Ints = array("O", "plots", "at the start, for GIVEN")


@described
class Cells:
    """Where a plot turns (4.3)."""

    displacement: int = number(says="modes.DISPLACEMENT", off=modes.STAY)
    utility: Floats = array("EPCS", "log odds", "ln(attraction x exposure); -inf: never chosen", off=-INF)
    preference: Floats = array("GS", "log odds", "of a group for a setting, beside what the setting attracts")
    leaving: Floats = array("GPP", "log odds", "lost by going from home (row) to another province; 0 on the diagonal")
    weight: Floats = array("E", says="lambda, >= 0: weight of perceived protection")
    outside: Floats = array("EGP", "log odds", "of giving up; -inf: no outside option", off=-INF)
    learning: float = number(says="weight of the latest attack in the perceived protection, in [0, 1]")
    diffusion: float = number("share", "of the best neighbour's advantage in protection that spills over")


@described
class Detection:
    """How plots are found (4.4)."""

    mode: int = number(says="modes.DETECTION", off=modes.UNFOUND)
    hazard: Floats = array("EP", "per plot and day", "at the reference intelligence capacity (LEADS)")
    tips: Floats = array("EP", "per plot and day", "at full trust (LEADS)")
    search: Floats = array("EP", "per plot, day and free team", "(SEARCH)")
    probability: Floats = array("EP", "probability", "at maturity (BERNOULLI)")
    proportional: int = number(
        says="1: hazards are proportional to the hazard of the preparation, rates count per mean preparation"
    )
    unit: Floats = array("P", "per plot and day", "of the strips of candidates")
    found: int = number(says="modes.FOUND_PLOT: what a plot does while its lead is in the queue or in work")


@described
class Intelligence:
    """What intelligence units do to detection and tempo: factor = (1 - exp(-gain x units)) / reference."""

    gain: Floats = array("P", "per unit", "already divided by the exposure; 0 makes the factor 1")
    reference: Floats = array("P", says="1 - exp(-gain x units of the day before the start)", off=1.0)
    host_units: Ints = array("P", "units")


@described
class Operations:
    """Teams, leads and what an operation brings (4.5)."""

    work: Law = law()
    work_factor: Floats = array("P", says="on the duration of the work", off=1.0)
    patience: Law = law("LAW_NEVER: leads do not go stale")
    priority: int = number(says="modes.PRIORITY", off=modes.PLOTS_FIRST)
    teams: Ints = array("P", "teams", "of the host state")
    routine: Floats = array("P", "leads per day", "routine, at intelligence factor 1")
    tempo: Floats = array("EP", says="factor on them beside that of intelligence", off=1.0)
    follow_teams: float = number(says="elasticity of routine leads to teams; 0: their number brings none")
    teams_at_start: Floats = array("P", "teams", "mean over replications, on the day before the start", off=1.0)
    false_leads: Floats = array("P", "per day and free team", "(SEARCH)")
    success: Floats = array("EP", "probability", "that work on a plot still in preparation foils it", off=1.0)
    arrests: Floats = array("EP", "persons per operation", "mean at the starting stock")
    deaths: Floats = array("EP", "persons per operation", "militants killed, mean at the starting stock")
    own_losses: Floats = array("EP", "persons per operation", "mean")
    dispersion: float = number(says="size of the negative binomial marks; inf is Poisson", off=INF)
    goes_wrong: Floats = array("EP", "probability per operation")
    yield_follows_stock: int = number(says="1: arrests and deaths are proportional to militants / start")


@described
class Network:
    """The stock of militants, backlash and trust (4.6)."""

    model: int = number(says="modes.NETWORK", off=modes.FIXED)
    militants: Ints = array("O", "persons", "at the start")
    inflow: Floats = array("EO", "persons per day", "recruits whatever the stock, from within the country")
    external: Floats = array("EO", "persons per day", "recruits whatever the stock, from outside")
    recruits: Floats = array("EP", "per head and day")
    exits: Floats = array("EP", "per head and day")
    capacity: Floats = array("O", "persons", "carrying capacity (LOGISTIC)", off=1.0)
    unit: Floats = array("O", "per day", "of the strips of candidate transitions")
    most: Ints = array("P", "persons", "at which the stock is said to grow without bound", off=None)
    inflow_power: float = number(says="FIRE_WATER: recruits grow as stock ** this", off=1.0)
    water_power: float = number(says="FIRE_WATER: removals by water grow as stock ** this", off=1.0)
    fire_power: float = number(says="FIRE_WATER: removals by fire grow as stock ** this", off=1.0)
    fire_response: float = number(says="FIRE_WATER: recruits x (1 + this x fire above the threshold)")
    fire_threshold: float = number()
    water_rate: float = number("per day", "FIRE_WATER: removals at level 1 and stock 1")
    fire_rate: float = number("per day", "FIRE_WATER: removals at level 1 and stock 1")
    water_level: Floats = array("EP")
    fire_level: Floats = array("EP")
    per_death: float = number("persons", "backlash: mean recruits per militant killed")
    per_arrest: float = number("persons", "backlash: mean recruits per arrest")
    backlash_delay: float = number("days", "mean of the exponential delay", off=None)
    footprint_gain: float = number("per head and day", "recruits per unit of footprint beyond its reference")
    footprint_tips: float = number(says="by how much the log of tips falls per unit of footprint beyond its reference")
    footprint_reference: Floats = array("P", "guards per person", "at which neither recruits nor tips are changed")
    footprint: Floats = array("EP", "guards per person", "of the host forces, weighted, on duty")
    footprint_per_guard: Floats = array("P", "guards per person", "of one bought or lent guard")
    trust_start: float = number(off=1.0)
    trust_wrong: float = number(says="lost by an operation that goes wrong")
    trust_backlash: float = number(says="lost by one recruit of backlash")
    trust_recovery: float = number("days", "inf: never", off=INF)


@described
class Protection:
    """Layers, compliance, insiders, surge (4.7, 4.9)."""

    constant: Floats = array("EL", "probability", "that the layer stops an attack, or -1 where it follows its units")
    ceiling: Floats = array("EPL", "probability")
    gain: Floats = array("EPL", "persons per effective unit", "0 switches the layer off")
    host_units: Floats = array("EPLCS", "effective units", "already in place")
    posting: Floats = array("LCS", "share", "in which bought units are posted; sums to 1 a layer")
    unit_effect: Floats = array(
        "EL", "effective units per bought unit", "effectiveness x on duty x (1 + training)", off=1.0
    )
    quality: Floats = array(
        "EPLCS", says="factor on all effective units of a layer in a cell, those of an escort included", off=1.0
    )
    exposure: Floats = array("PCS", "persons x time")
    mode_weight: Floats = array("ML", says="factor on what a layer stops of attacks of a mode", off=1.0)
    common_cause: Floats = array("E", "probability", "that all layers fail together")
    sop: int = number(says="modes.SOP", off=modes.NO_SOP)
    sop_by: int = number(says="modes.BASIS: what procedures are refreshed after", off=modes.BY_ATTACK)
    fresh: Floats = array("EPC", "share", "compliance at a refresh", off=1.0)
    floor: Floats = array("EPC", "share", "compliance that is left after long", off=1.0)
    decay: Floats = array("EPC", "days", "of the exponential decay of compliance; inf: none", off=INF)
    compliance: Floats = array("PC", "share", "at its last refresh before the start", off=1.0)
    compliance_age: Floats = array("PC", "days", "since that refresh")
    audit_host: Floats = array("EP", "share", "of cells that an audit reaches without bought rounds")
    audit_gain: Floats = array("P", "share per bought round")
    insider_on: int = number()
    insider_onset: Floats = array("EPC", "per day")
    insider_found: Floats = array("EPC", "per day")
    insider_multiplier: Floats = array("EPC", says="of the pass probability while leaking", off=1.0)
    insider_unit: Floats = array("PC", "per day", "of the strips of candidates")
    insider_steady: int = number(says="1: the first regime is drawn from the stationary law; 0: clean")
    surge_units: int = number("guards", "lent after an attack, as effective as bought ones; 0 is off")
    surge_days: float = number("days")
    surge_reserve: int = number("guards")


@described
class Movements:
    """Movements and their escorts (4.8)."""

    rule: int = number(says="modes.ESCORT", off=modes.NO_ESCORT)
    source: int = number(says="modes.SOURCE", off=modes.ENDLESS)
    rate: Floats = array("PC", "per day", "(ENDLESS), or per idle group and day (FINITE)")
    groups: Ints = array("PC", "groups", "for FINITE")
    by_air: Floats = array("EPC", "share", "taken off the road")
    unescorted: Floats = array("EPC", "share", "of those by road that ask for no escort: lapses of procedure")
    impatient: Floats = array("EPC", "share", "of the others that go alone rather than wait for an escort")
    memory: float = number("days", "of attackers for the traffic on the road; inf: they do not watch it", off=INF)
    ambush: float = number("days", "for which attackers lie in wait for a party; inf: until one comes", off=INF)
    traffic: Floats = array("PC", "parties per day", "by road at the start, where attackers watch the road")
    trip: Law = law()
    patience: Law = law()
    teams: Ints = array("P", "teams", "escort teams of the host state")
    escort_units: float = number("effective guards", "with an escorted party", off=1.0)
    party: Floats = array("C", "persons", off=1.0)


@described
class Harm:
    """Persons hurt, work stopped, memory of attacks (4.9)."""

    counted_as: int = number(says="modes.BASIS: what a report counts as an incident", off=modes.BY_ATTACK)
    severity: int = number(says="modes.SEVERITY", off=modes.HARMLESS)
    zero: float = number(says="hurdle: P(no death); spliced: probability of the tail")
    mu: float = number(says="lognormal: mean of the log; (discrete) power: exponent; spliced: mean of the body")
    sigma: float = number(says="lognormal: deviation of the log; spliced: exponent of the tail", off=1.0)
    start: float = number("deaths", "(discrete) power, spliced: where the tail starts", off=1.0)
    cap: float = number("persons", "present", off=None)
    present: Floats = array("CS", "persons", "killed and injured are no more than these; inf: not known", off=INF)
    mode_log_deaths: Floats = array("M", "log deaths", "added to the size of the law")
    mode_spared: Floats = array("M", "share", "of breaches that kill nobody, beside those of the law")
    mitigation: Floats = array("L", "share", "of the casualties of a breach that a layer sure to stop would avoid")
    table: Floats = array("N2", says="empirical: deaths, cumulative probability")
    injured_base: float = number()
    injured_per_death: float = number()
    injured_size: float = number(off=1.0)
    local_base: float = number()
    local_per_death: float = number()
    guard_share: float = number()
    guards_when_stopped: float = number("share")
    stoppage: Law = law("LAW_NEVER here means that stoppage is off")
    spreads: float = number("probability", "that another province stops as well")
    reported_harmless: Floats = array("P", "probability", "that a record has an attack that hurt nobody", off=1.0)
    reported_harmful: Floats = array("P", "probability", "that a record has an attack that hurt anybody", off=1.0)
    memory: float = number("days", "of the exponential memory of attacks; 0 is off")


@described
class Capacity:
    """Units bought, as targets a year (4.1); they arrive and leave in tranches after a lag."""

    inherited: Ints = array("PK", "units", "whole, in place at the start")
    inherited_part: Floats = array("PK", "units", "of one more, in [0, 1]: the share of replications that have it")
    target: Ints = array("DPK", "units", "whole, from each decision on")
    target_part: Floats = array("DPK", "units", "of one more, as in `inherited_part`")
    decision: Ints = array(
        "D", says="address of each decision's draws: the number of its budget year, or from 1000 of its day"
    )
    tranches: int = number(says="unit i belongs to tranche i mod this", off=1)
    hiring: Law = law()
    leaving: Law = law("lost by going from home (row) to another province; 0 on the diagonal")

    @property
    def most(self) -> Ints:
        """(P, K) units that any replication can have at any time."""
        import numpy as np

        target = (self.target + (self.target_part > 0.0)).max(axis=0)
        return np.asarray(np.maximum(self.inherited + (self.inherited_part > 0.0), target), dtype=np.int64)


@described
class World:
    """All of it: what an engine is given besides (seed, parameter draw, replication)."""

    provinces: tuple[str, ...]
    addresses: tuple[int, ...] = array("P", says="for draws: they travel with the province, not with its position")
    cohorts: tuple[str, ...]
    settings: tuple[str, ...]
    groups: tuple[str, ...]
    modes: tuple[str, ...]
    mode_addresses: tuple[int, ...] = array("M", says="for draws: they travel with the mode, not with its position")
    calendar: Calendar
    origins: Origins
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
    def militants(self) -> Ints:
        """(P,) militants of all groups at the start."""
        import numpy as np

        found = np.zeros(len(self.provinces), np.int64)
        np.add.at(found, self.origins.province, self.network.militants)
        return found

    @property
    def origin_names(self) -> tuple[str, ...]:
        """Names of the origins: the province, and the group where there are several."""
        pairs = zip(self.origins.group.tolist(), self.origins.province.tolist(), strict=True)
        several = len(self.groups) > 1
        return tuple(f"{self.groups[g]} {self.provinces[p]}" if several else self.provinces[p] for g, p in pairs)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of provinces, cohorts and settings."""
        return len(self.provinces), len(self.cohorts), len(self.settings)


@cache
def world_fields() -> Mapping[str, FieldFact]:
    """What the fields of a world say of themselves, ``threat.rate`` and so on; labels say nothing."""
    parts = {name: part for name, part in get_type_hints(World).items() if is_dataclass(part)}
    return facts_by_name({"": World, **parts})


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

    import numpy as np

    sha = hashlib.sha256()
    for name, value in flatten(world).items():
        array = np.asarray(value) if not isinstance(value, (tuple, str)) else None
        body = repr(value).encode() if array is None else f"{array.dtype}{array.shape}".encode() + array.tobytes()
        sha.update(name.encode() + b"\0" + body + b"\0")
    return sha.hexdigest()
