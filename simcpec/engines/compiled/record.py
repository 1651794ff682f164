"""One record holds the world of an epoch, another the state of a replication: two pointers for every handler.

The types depend on a size class only (`Size`), not on the world: numbers of epochs, periods, years and dates live in
plain arrays beside them, so that one compilation serves every scenario of a class.  A world that is larger, or a
replication that runs out of slots, takes the next class.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simcpec.errors import EngineError
from simcpec.model import events, modes
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, PROVINCE_COUNTS, TRACE
from simcpec.model.world import World, flatten
from simcpec.numerics.jit import JIT, constant

CELLS, COHORTS, PROVINCES = len(CELL_COUNTS), len(COHORT_COUNTS), len(PROVINCE_COUNTS)
SETTINGS, LAYERS, INSTRUMENTS = len(modes.SETTINGS), len(modes.LAYERS), len(modes.INSTRUMENTS)
WORD = 62  # slots a word of a bitmap; all powers of two in it are exact positive int64
NEVER_KEY = constant(2**63 - 1)

AHEAD = 64  # candidates of a busy source that are drawn at a time, a power of two; see `prefetch`

#: pools of slots, in the order of their ranks
POOLS = ("operation", "trip", "stale", "quit", "plot", "loan")
POOL_OPERATION, POOL_TRIP, POOL_STALE, POOL_QUIT, POOL_PLOT, POOL_LOAN = range(6)


class Size(NamedTuple):
    """The largest world and the most entities at once that fit."""

    provinces: int = 8
    cohorts: int = 4
    tranches: int = 8
    operation: int = 256
    trip: int = 256
    stale: int = 512
    quit: int = 256
    plot: int = 128
    loan: int = 32

    def larger(self) -> Size:
        """The class with four times the slots in every pool."""
        return self._replace(**{pool: 4 * getattr(self, pool) for pool in POOLS})

    @property
    def bases(self) -> list[int]:
        """First slot of every rank, and one past the last."""
        provinces, pairs = self.provinces, self.provinces * self.cohorts
        wide = {
            "capacity": provinces * INSTRUMENTS * self.tranches,
            "insider": pairs,
            "network": provinces,
            "candidate": provinces,
            "lead": provinces,
            "false_lead": provinces,
            "movement": pairs,
        } | {pool: getattr(self, pool) for pool in POOLS}
        first = [0]
        for rank in events.RANKS:
            first.append(first[-1] + wide.get(rank, 1))
        return first

    @property
    def leaves(self) -> int:
        """Leaves of the winner tree, a power of two."""
        return 1 << (self.bases[-1] - 1).bit_length()

    @property
    def bits(self) -> int:
        """Bits of a key that name the slot, where there is room for them."""
        return self.leaves.bit_length() - 1


def size_for(world: World) -> Size:
    """The smallest class, by powers of two, that holds this world."""
    provinces, cohorts, _ = world.shape
    least = Size()

    def fit(needed: int, given: int) -> int:
        return max(given, 1 << (needed - 1).bit_length())

    return least._replace(
        provinces=fit(provinces, least.provinces),
        cohorts=fit(cohorts, least.cohorts),
        tranches=fit(world.capacity.tranches, least.tranches),
    )


# ------------------------------------------------------------------------------------------------ the world


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


#: leaves of a world that go into its record, by the axes they have behind the epoch
AXES = {
    "P": """addresses threat.follow_ons threat.given cells.outside detection.hazard detection.tips detection.search
        detection.probability detection.ceiling intelligence.gain intelligence.reference intelligence.host_units
        operations.teams operations.routine operations.false_leads operations.success operations.arrests
        operations.deaths operations.own_losses operations.goes_wrong network.militants network.inflow network.recruits
        network.exits network.capacity network.ceiling network.water_level network.fire_level network.footprint
        network.footprint_per_guard protection.audit_host protection.audit_gain operations.tempo
        movements.teams""",
    "PP": "threat.follow_spread cells.leaving",
    "PC": """protection.compliance protection.compliance_age protection.insider_onset protection.insider_found
        protection.fresh protection.floor protection.decay protection.insider_multiplier movements.by_air
        protection.insider_ceiling movements.rate movements.groups""",
    "PCS": "cells.utility protection.exposure",
    "PLCS": "protection.host_units protection.quality",
    "L": "protection.constant protection.ceiling protection.gain protection.unit_effect",
    "LCS": "protection.posting",
    "PK": "capacity.inherited capacity.inherited_part",
    "C": "movements.party",
    "3": "threat.cluster",
    "": """calendar.ticks_per_day calendar.horizon_tick calendar.audit_every_tick threat.antithetic threat.attempts
        threat.mixture_size threat.stock_ceiling threat.drift_on threat.drift_persistence threat.drift_innovation
        threat.drift_stationary threat.follow_by threat.lapse threat.initial cells.displacement cells.weight
        cells.learning cells.diffusion
        detection.mode detection.proportional operations.priority operations.team_ceiling operations.tempo_ceiling
        operations.dispersion operations.yield_follows_stock network.model network.inflow_power network.water_power
        network.fire_power network.fire_response network.fire_threshold network.water_rate network.fire_rate
        network.per_death network.per_arrest network.backlash_delay network.footprint_gain network.footprint_threshold
        network.trust_start network.trust_wrong network.trust_backlash network.trust_recovery protection.common_cause
        protection.sop protection.insider_on protection.insider_steady protection.surge_units protection.surge_days
        protection.surge_reserve movements.rule movements.source movements.escort_units harm.severity harm.zero harm.mu
        harm.sigma harm.start harm.cap harm.injured_base harm.injured_per_death harm.injured_size harm.local_base
        harm.local_per_death harm.guard_share harm.guards_when_stopped harm.spreads harm.memory capacity.tranches""",
    "law": """threat.follow_law threat.preparation operations.work operations.patience movements.trip movements.patience
        harm.stoppage capacity.hiring capacity.leaving""",
}
#: leaves whose first axis is the epoch
DATED = words(
    """cells.utility cells.weight cells.outside detection.hazard detection.tips detection.search detection.probability
    operations.false_leads operations.tempo operations.success operations.arrests operations.deaths
    operations.own_losses operations.goes_wrong network.inflow network.recruits network.exits network.water_level
    network.fire_level network.footprint protection.constant protection.ceiling protection.gain protection.host_units
    protection.unit_effect protection.quality protection.common_cause protection.fresh protection.floor protection.decay
    protection.audit_host protection.insider_onset protection.insider_found protection.insider_multiplier
    movements.by_air"""
)
#: leaves that stay outside the record: labels, and arrays along dates
BESIDE = words(
    """provinces cohorts settings calendar.warm_up_periods calendar.period_end_tick calendar.year_start_tick
    calendar.decision_tick calendar.epoch_start_tick calendar.stage_start_tick calendar.stage_drifts
    calendar.revision_tick calendar.revision_reach threat.rate harm.counted_as harm.table capacity.target
    capacity.target_part capacity.decision"""
)


def field(leaf: str) -> str:
    """The name of a leaf in the record: ``threat.follow_ons`` is ``threat_follow_ons``."""
    return leaf.replace(".", "_")


def extents(axes: str, size: Size) -> tuple[int, ...]:
    """The shape of a field with these axes."""
    longest = {"P": size.provinces, "C": size.cohorts, "S": SETTINGS, "L": LAYERS, "K": INSTRUMENTS, "3": 3}
    return tuple(longest[axis] for axis in axes)


def world_records(world: World, size: Size) -> np.ndarray:
    """(E,) records, one for each epoch: the dated leaves of that epoch, all others the same in each."""
    leaves = flatten(world)
    placed = {leaf: axes for axes, names in AXES.items() for leaf in names.split()}
    missing = set(leaves) - set(placed) - BESIDE
    if missing:
        raise EngineError(f"leaves of the world that the compiled engine does not know: {', '.join(sorted(missing))}")
    kinds: list[Any] = [("provinces", "i8"), ("cohorts", "i8"), ("most_false_leads", "f8", (size.provinces,))]
    for leaf, axes in placed.items():
        kind = "i8" if _is_whole(leaves[leaf]) else "f8"
        if axes == "law":
            kinds += [(field(leaf), "i8"), (field(leaf) + "_scale", "f8"), (field(leaf) + "_shape", "f8")]
        else:
            kinds.append((field(leaf), kind, extents(axes, size)) if axes else (field(leaf), kind))
    records = np.zeros(len(world.calendar.epoch_start_tick), np.dtype(kinds, align=True))
    records["provinces"], records["cohorts"], _ = world.shape
    records["most_false_leads"][:, : world.shape[0]] = world.operations.false_leads.max(axis=0)
    for leaf, axes in placed.items():
        if axes == "law":
            for suffix, part in zip(("", "_scale", "_shape"), leaves[leaf], strict=True):
                records[field(leaf) + suffix] = part
        else:
            _place(records, leaf, leaves[leaf])
    return records


def _is_whole(value: Any) -> bool:
    array = np.asarray(value)
    return bool(array.dtype.kind in "iub")


def _place(records: np.ndarray, leaf: str, value: Any) -> None:
    """Put a leaf at the lower corner of its field, in every epoch."""
    for k, record in enumerate(records):
        part = np.asarray(value[k] if leaf in DATED else value)
        if part.shape:
            record[field(leaf)][tuple(slice(n) for n in part.shape)] = part
        else:
            record[field(leaf)] = part


# ------------------------------------------------------------------------------------------------ the state


def state_type(size: Size) -> np.dtype[Any]:
    """The state of one replication; names as in `model.state` where the meaning is the same."""
    P, C, K, J = size.provinces, size.cohorts, INSTRUMENTS, size.tranches
    words = -(-max(getattr(size, pool) for pool in POOLS) // WORD)
    clock = [
        ("key", "i8", (2 * size.leaves,)), ("rank", "i8", (size.leaves,)), ("base", "i8", (len(events.RANKS) + 1,)),
        ("free", "i8", (len(POOLS), words)), ("bits", "i8"), ("mask", "i8"), ("now", "i8"), ("error", "i8"),
        ("value", "f8"), ("place_error", "i8"), ("events", "i8"), ("tracing", "i8"), ("rows", "i8"), ("skipped", "i8"),
        ("key0", "i8"), ("key1", "i8"), ("per_day", "f8"),
    ]  # fmt: skip
    places = [("place", "i8", (P,)), ("descendant", "i8", (P,)), ("cohort_place", "i8", (P, C))]
    state = [
        ("epoch", "i8"), ("stage", "i8"), ("stage_end", "i8"),
        ("drift", "f8", (P,)), ("variance", "f8"), ("threat", "f8", (P,)),
        ("mixture", "f8", (P,)), ("rate", "f8", (P,)), ("militants", "i8", (P,)), ("pending", "i8", (P,)),
        ("trust", "f8", (P,)), ("trust_tick", "i8", (P,)), ("compliance", "f8", (P, C)),
        ("compliance_tick", "i8", (P, C)), ("leaking", "i8", (P, C)), ("bought", "i8", (P, K)), ("factor", "f8", (P,)),
        ("busy", "i8", (P,)), ("teams", "i8", (P,)), ("escorts_busy", "i8", (P,)), ("escorts", "i8", (P,)),
        ("surge", "i8", (P,)), ("reserve", "i8"), ("escorted", "i8", (P, C)), ("alone", "i8", (P, C)),
        ("escorted_before", "i8", (P, C)), ("alone_before", "i8", (P, C)), ("engaged", "i8", (P, C)),
        ("waiting", "i8", (P, C)), ("queue", "i8", (P,)), ("trips", "i8", (P, C)),
        ("perceived", "f8", (P, C, SETTINGS)), ("stop_until", "i8", (P,)), ("stopped_last", "i8", (P,)),
        ("stopped", "i8", (P,)), ("memory", "f8", (P,)), ("memory_tick", "i8", (P,)), ("memory_days", "f8", (P,)),
        ("size", "i8", (P, K, J)), ("wanted", "i8", (P, K, J)), ("way", "i8", (P, K, J)),
        ("index", "i8", (size.leaves,)), ("next", "i8", (6,)),
    ]  # fmt: skip
    ahead = [
        ("drawn", "f8", (4, AHEAD)),
        ("lead_gap", "i8", (P, AHEAD)), ("lead_accept", "f8", (P, AHEAD)),
        ("lead_work", "i8", (P, AHEAD)), ("lead_patience", "f8", (P, AHEAD)),
        ("network_gap", "i8", (P, AHEAD)), ("network_which", "f8", (P, AHEAD)),
        ("movement_gap", "i8", (P, C, AHEAD)), ("movement_accept", "f8", (P, C, AHEAD)),
        ("movement_trip", "i8", (P, C, AHEAD)), ("movement_patience", "f8", (P, C, AHEAD)),
    ]  # fmt: skip
    moments: list[Any] = [("moment_" + name, "i8", (P,)) for name in MOMENTS]
    moments += [("moment_leaking", "i8", (P, C)), ("moment_trips", "i8", (P, C))]
    counters = [
        ("cell", "f8", (P, C, SETTINGS, CELLS)), ("pair", "f8", (P, C, COHORTS)), ("province", "f8", (P, PROVINCES)),
        ("open", "i8", (P, C, SETTINGS)),
    ]  # fmt: skip
    return np.dtype([*clock, *places, *state, *ahead, *moments, *counters, *_entities(size)], align=True)


#: rows of the trace that one pass keeps; a longer trace takes several passes, which draws by address make exact
TRACE_ROWS = 1 << 16
#: what handlers get passed is a record each, never an array: counting references to arrays cost half of the run time
TRACE_BUFFER = np.dtype([(name, TRACE[name].str.replace("u", "i"), (TRACE_ROWS,)) for name in TRACE.names or ()])

#: rows of an empirical law of deaths
TABLE_ROWS = 512
TABLE = np.dtype([("rows", "i8"), ("deaths", "f8", (TABLE_ROWS,)), ("upto", "f8", (TABLE_ROWS,))])


def table_record(world: World) -> np.ndarray:
    """(1,) record of the empirical law of deaths.  Raises EngineError for one with more rows than fit."""
    table, record = world.harm.table, np.zeros(1, TABLE)
    if len(table) > TABLE_ROWS:
        raise EngineError(f"the empirical law of deaths has {len(table)} rows; allowed: at most {TABLE_ROWS}")
    record["rows"] = len(table)
    record["deaths"][0, : len(table)], record["upto"][0, : len(table)] = table[:, 0], table[:, 1]
    return record


#: integrals of integer levels by province, in the order in which a period is closed
MOMENTS = ("militants", "busy", "teams", "escorts_busy", "escorts", "queue", "surge", "guards")


def _entities(size: Size) -> list[Any]:
    """What sits in the slots of each pool."""
    P = size.provinces

    def fields(pool: str, whole: str, real: str = "") -> list[Any]:
        n = getattr(size, pool)
        return [(f"{pool}_{name}", "i8", (n,)) for name in whole.split()] + [
            (f"{pool}_{name}", "f8", (n,)) for name in real.split()
        ]

    lead = "p entity place stream number plot serial work patience"
    return [
        *fields("plot", "identity place p c s born mature lapse law finds leads next hidden alive serial", "clock"),
        *fields("operation", lead, "success"),
        *fields("stale", lead + " before after queue", "success"),
        *fields("trip", "p c index escorted"),
        *fields("quit", "p c index trip began before after"),
        *fields("loan", "p number"),
        ("lead_first", "i8", (P, 2)), ("lead_last", "i8", (P, 2)),
        ("quit_first", "i8", (P,)), ("quit_last", "i8", (P,)), ("serials", "i8"),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------ without the compiler


def named(records: np.ndarray) -> Any:
    """The records as handlers read them, fields as attributes; compiled code does that by itself, Python does not."""
    return records if JIT else Records(records)


class Records:
    """An array of records for plain Python (numpy's own `recarray` has no fields called `base`, `size` or `data`)."""

    def __init__(self, records: np.ndarray) -> None:
        self.records, self.size = records, len(records)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> CompiledRecord:
        return CompiledRecord(self.records[index])


class CompiledRecord:
    """One record: whole numbers and floats come out as those of Python, arrays as themselves."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Any) -> None:
        object.__setattr__(self, "_fields", fields)

    def __getattr__(self, name: str) -> Any:
        found = self._fields[name]
        return found if isinstance(found, np.ndarray) else found.item()

    def __setattr__(self, name: str, value: Any) -> None:
        self._fields[name] = value
