"""One record holds the world of an epoch, another the state of a replication: two pointers for every handler.

The types depend on a size class only (`Size`), not on the world: numbers of epochs, periods, years and dates live in
plain arrays beside them, so that one compilation serves every scenario of a class.  A world that is larger, or a
replication that runs out of slots, takes the next class.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import auto
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from simcpec.errors import EngineError
from simcpec.model import events, modes
from simcpec.model.codes import Code, names_of
from simcpec.model.expected_severity import unmitigated
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, MODE_COUNTS, PROVINCE_COUNTS, TRACE
from simcpec.model.rules.network import FLOWS
from simcpec.model.rules.protection import TURNS
from simcpec.model.rules.strips import STRIPS
from simcpec.model.state import STATE_FIELDS
from simcpec.model.world import World, flatten, world_fields
from simcpec.model.world_fields import FieldFact
from simcpec.numerics.jit import JIT, constant

CELLS, COHORTS, PROVINCES = len(CELL_COUNTS), len(COHORT_COUNTS), len(PROVINCE_COUNTS)
OF_MODE, MODES = len(MODE_COUNTS), modes.MOST_ATTACK_MODES
SETTINGS, LAYERS, INSTRUMENTS = len(modes.SETTINGS), len(modes.LAYERS), len(modes.INSTRUMENTS)
WORD = 62  # slots a word of a bitmap; all powers of two in it are exact positive int64
NEVER_KEY = constant(2**63 - 1)

AHEAD = 64  # candidates of a busy source that are drawn at a time, a power of two; see `prefetch`


class SlotPool(Code):
    """Pools of slots, in the order of their ranks."""

    OPERATION = auto()
    TRIP = auto()
    STALE = auto()
    QUIT = auto()
    PLOT = auto()
    LOAN = auto()


POOLS = names_of(SlotPool)
POOL_OPERATION = SlotPool.OPERATION.value
POOL_TRIP = SlotPool.TRIP.value
POOL_STALE = SlotPool.STALE.value
POOL_QUIT = SlotPool.QUIT.value
POOL_PLOT = SlotPool.PLOT.value
POOL_LOAN = SlotPool.LOAN.value


class Size(NamedTuple):
    """The largest world and the most entities at once that fit: into a record, or into the slots that a world uses."""

    provinces: int = 8
    origins: int = 16
    cohorts: int = 4
    tranches: int = 8
    operation: int = 256
    trip: int = 256
    stale: int = 512
    quit: int = 240  # so that all slots fit into 2048 leaves of the tree of events
    plot: int = 128
    loan: int = 32

    def larger(self) -> Size:
        """The class with four times the slots in every pool."""
        return self._replace(**{pool: 4 * getattr(self, pool) for pool in POOLS})

    def wider(self, pool: str, most: Size) -> Size:
        """Return these slots with twice as many in a pool, at most those of a size class."""
        return self._replace(**{pool: min(2 * getattr(self, pool), getattr(most, pool))})

    @property
    def bases(self) -> list[int]:
        """First slot of every rank, and one past the last."""
        provinces, pairs = self.provinces, self.provinces * self.cohorts
        wide = {
            "capacity": provinces * INSTRUMENTS * self.tranches,
            "insider": TURNS * pairs,
            "network": FLOWS * self.origins,
            "candidate": self.origins,
            "lead": provinces,
            "false_lead": provinces,
            "movement": pairs,
        } | {pool: getattr(self, pool) for pool in POOLS}
        first = [0]
        for rank in events.RANKS:
            first.append(first[-1] + wide.get(rank, 1))
        return first

    @property
    def sources(self) -> int:
        """Slots of the ranks whose candidates come in strips: those of insiders up to those of false leads."""
        return self.bases[events.RANK_MOVEMENT] - self.bases[events.RANK_INSIDER]

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
        origins=fit(len(world.origins.group), least.origins),
        cohorts=fit(cohorts, least.cohorts),
        tranches=fit(world.capacity.tranches, least.tranches),
    )


#: slots of a pool that a world begins with: the fewer, the fewer matches are played in the tree of events
FIRST_SLOTS = 8


def slots_for(world: World, size: Size) -> Size:
    """The slots that a world begins with inside a size class: those of its own sources, and few in each pool."""
    provinces, cohorts, _ = world.shape
    return Size(
        provinces, len(world.origins.group), cohorts, world.capacity.tranches,
        **{pool: min(FIRST_SLOTS, getattr(size, pool)) for pool in POOLS},
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ the world


#: axes that every record has room for, and one of three numbers; arrays along dates stay beside the record
AXES = "PCSLKMGO3"


@cache
def recorded() -> Mapping[str, FieldFact]:
    """The leaves of a world that go into its record, in the order of declaration."""
    return {leaf: fact for leaf, fact in world_fields().items() if set(fact.inner) <= set(AXES)}


def field(leaf: str) -> str:
    """The name of a leaf in the record: ``threat.follow_ons`` is ``threat_follow_ons``."""
    return leaf.replace(".", "_")


def extents(axes: str, size: Size) -> tuple[int, ...]:
    """The shape of a field with these axes."""
    longest = {"P": size.provinces, "C": size.cohorts, "S": SETTINGS, "L": LAYERS, "K": INSTRUMENTS, "3": 3}
    longest |= {"G": modes.GROUPS, "O": size.origins, "M": MODES}
    return tuple(longest[axis] for axis in axes)


def world_type(size: Size) -> np.dtype[Any]:
    """The record of an epoch: every leaf in `recorded`, a law as three fields."""
    kinds: list[Any] = [(name, "i8") for name in ("provinces", "cohorts", "groups", "origins", "modes")]
    for leaf, fact in recorded().items():
        if fact.is_law:
            kinds += [(field(leaf), "i8"), (field(leaf) + "_scale", "f8"), (field(leaf) + "_shape", "f8")]
        else:
            kinds.append((field(leaf), "i8" if fact.is_whole else "f8", extents(fact.inner, size)))
    return np.dtype(kinds, align=True)


def world_records(world: World, size: Size) -> np.ndarray:
    """(E,) records, one for each epoch: the dated leaves of that epoch, all others the same in each."""
    leaves = flatten(world)
    records = np.zeros(len(world.calendar.epoch_start_tick), world_type(size))
    records["provinces"], records["cohorts"], _ = world.shape
    records["groups"], records["origins"] = len(world.groups), len(world.origins.group)
    records["modes"] = len(world.modes)
    for leaf, fact in recorded().items():
        if fact.is_law:
            for suffix, part in zip(("", "_scale", "_shape"), leaves[leaf], strict=True):
                records[field(leaf) + suffix] = part
        else:
            _place(records, field(leaf), leaves[leaf], dated=fact.dated)
    return records


def _place(records: np.ndarray, name: str, value: Any, *, dated: bool) -> None:
    """Put a leaf at the lower corner of its field, in every epoch."""
    for k, record in enumerate(records):
        part = np.asarray(value[k] if dated else value)
        if part.shape:
            record[name][tuple(slice(n) for n in part.shape)] = part
        else:
            record[name] = part


# ------------------------------------------------------------------------------------------------ the state


def state_type(size: Size) -> np.dtype[Any]:
    """The state of one replication: the fields of `model.state`, then what this engine alone keeps."""
    P, C, K, J, origins = size.provinces, size.cohorts, INSTRUMENTS, size.tranches, size.origins
    words = -(-max(getattr(size, pool) for pool in POOLS) // WORD)
    clock = [
        ("key", "i8", (2 * size.leaves,)), ("rank", "i8", (size.leaves,)), ("base", "i8", (len(events.RANKS) + 1,)),
        ("free", "i8", (len(POOLS), words)), ("leaves", "i8"), ("bits", "i8"), ("mask", "i8"), ("now", "i8"),
        ("error", "i8"), ("value", "f8"), ("place_error", "i8"), ("events", "i8"), ("tracing", "i8"), ("rows", "i8"),
        ("skipped", "i8"), ("key0", "i8"), ("key1", "i8"), ("per_day", "f8"),
    ]  # fmt: skip
    places = [("place", "i8", (P,)), ("origin_place", "i8", (origins,)), ("cohort_place", "i8", (P, C))]
    state = [(name, "i8" if one.whole else "f8", extents(one.axes, size)) for name, one in STATE_FIELDS.items()]
    own = [
        ("stage_begin", "i8"), ("stage_end", "i8"), ("rate", "f8", (origins,)), ("first_militants", "i8", (P,)),
        ("stopped_last", "i8", (P,)), ("stopped", "i8", (P,)), ("memory_days", "f8", (P,)),
        ("size", "i8", (P, K, J)), ("wanted", "i8", (P, K, J)), ("way", "i8", (P, K, J)),
        ("index", "i8", (size.leaves,)), ("next", "i8", (events.RANK_REVISION + 1,)),
        ("current", "i8"), ("strips_at_least", "i8"), ("strips", "i8", (size.sources,)),
        ("strip_due", "i8", (size.sources, STRIPS)), ("strip_index", "i8", (size.sources, STRIPS)),
    ]  # fmt: skip
    ahead = [
        ("drawn", "f8", (4, AHEAD)),
        ("lead_gap", "i8", (P, STRIPS, AHEAD)), ("lead_level", "f8", (P, STRIPS, AHEAD)),
        ("lead_work", "i8", (P, STRIPS, AHEAD)), ("lead_patience", "f8", (P, STRIPS, AHEAD)),
        ("network_gap", "i8", (FLOWS * origins, STRIPS, AHEAD)),
        ("network_level", "f8", (FLOWS * origins, STRIPS, AHEAD)),
        ("movement_gap", "i8", (P, C, AHEAD)), ("movement_accept", "f8", (P, C, AHEAD)),
        ("movement_trip", "i8", (P, C, AHEAD)), ("movement_patience", "f8", (P, C, AHEAD)),
    ]  # fmt: skip
    moments: list[Any] = [("moment_" + name, "i8", (P,)) for name in MOMENTS]
    moments += [("moment_leaking", "i8", (P, C)), ("moment_trips", "i8", (P, C))]
    counters = [
        ("cell", "f8", (P, C, SETTINGS, CELLS)), ("pair", "f8", (P, C, COHORTS)), ("province", "f8", (P, PROVINCES)),
        ("of_mode", "f8", (P, MODES, OF_MODE)),
    ]  # fmt: skip
    return np.dtype([*clock, *places, *state, *own, *ahead, *moments, *counters, *_entities(size)], align=True)


#: rows of the trace that one pass keeps; a longer trace takes several passes, which draws by address make exact
TRACE_ROWS = 1 << 16
#: what handlers get passed is a record each, never an array: counting references to arrays cost half of the run time
TRACE_BUFFER = np.dtype([(name, TRACE[name].str.replace("u", "i"), (TRACE_ROWS,)) for name in TRACE.names or ()])

#: rows of an empirical law of deaths
TABLE_ROWS = 512


def table_type(size: Size) -> np.dtype[Any]:
    """What is known of breaches before any happens: the empirical law, and means by mode, cohort and setting."""
    means = (MODES, size.cohorts, SETTINGS)
    return np.dtype([
        ("rows", "i8"), ("deaths", "f8", (TABLE_ROWS,)), ("upto", "f8", (TABLE_ROWS,)),
        ("mean_dead", "f8", means), ("mean_injured", "f8", means),
    ])  # fmt: skip


def table_record(world: World, size: Size) -> np.ndarray:
    """(1,) record of the laws of casualties.  Raises EngineError for an empirical one with more rows than fit."""
    table, record = world.harm.table, np.zeros(1, table_type(size))
    if len(table) > TABLE_ROWS:
        raise EngineError(f"the empirical law of deaths has {len(table)} rows; allowed: at most {TABLE_ROWS}")
    record["rows"] = len(table)
    record["deaths"][0, : len(table)], record["upto"][0, : len(table)] = table[:, 0], table[:, 1]
    means = unmitigated(world.harm)
    several, cohorts = means.shape[:2]
    record["mean_dead"][0, :several, :cohorts] = means[..., 0]
    record["mean_injured"][0, :several, :cohorts] = means[..., 1]
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
    plot = "identity place p c s mode born mature lapse law strips leads next hidden held alive serial"
    return [
        *fields("plot", plot, "scale"),
        ("plot_clock", "f8", (size.plot, STRIPS)), ("plot_due", "i8", (size.plot, STRIPS)),
        ("plot_finds", "i8", (size.plot, STRIPS)),
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
