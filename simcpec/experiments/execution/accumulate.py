"""From outcomes to sums: what a span of replications adds to the aggregates of its draw, and their final arrays."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from simcpec.analysis.aggregates import AGAINST, DISTRIBUTIONS, NATION, OWN, part_of
from simcpec.analysis.responses import PARTS, counted_as
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.costs import costs, period_days
from simcpec.economics.valuation import VALUED_LINES, valued
from simcpec.model.modes import BASIS
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, PROVINCE_COUNTS
from simcpec.model.world import Floats, Ints
from simcpec.results.online_moments import BLOCK, CoMoments, Histograms
from simcpec.results.records import Aggregates
from simcpec.results.response_definitions import INCIDENTS
from simcpec.scenario.building.build import BuiltScenario

COLUMNS = (*CELL_COUNTS, *COHORT_COUNTS, *PROVINCE_COUNTS, *COST_LINES, *VALUED_LINES)
_SHOWN = [part_of(name) for name in DISTRIBUTIONS]


@dataclass(frozen=True)
class Reduced:
    """What is asked of the replications of a span in one scenario: nothing here is as large as an outcome."""

    parts: Floats  # (n, P + 1, K) of the nation and of each province
    pace: Floats  # (n, T) incidents since the start
    incidents: Ints  # (n, T, P)


def reduced(tables: dict[str, Floats], built: BuiltScenario) -> Reduced:
    """From the tables of n replications, the warm-up left out.

    Each replication is summed by itself, so that those beside it change no bit.
    """
    basis = counted_as(BASIS[built.world.harm.counted_as])
    counts = {name: tables[name] for name in ("cell", "cohort", "province")}
    priced = costs(**counts, calendar=built.world.calendar, plan=built.plan, prices=built.prices)
    days = period_days(built.world.calendar)
    worth = valued(costs=priced, cell=tables["cell"], days=days, prices=built.prices)
    columns = np.concatenate(
        [
            tables["cell"].sum(axis=(1, 3, 4)), tables["cohort"].sum(axis=(1, 3)), tables["province"].sum(axis=1),
            priced.sum(axis=1), worth.sum(axis=1),
        ],
        axis=-1,
    )  # fmt: skip
    parts = np.empty((len(columns), columns.shape[1] + 1, len(PARTS)))
    for k, names in enumerate(PARTS):
        here = [COLUMNS.index(basis if name == INCIDENTS else name) for name in names]
        parts[:, 1:, k] = sum((columns[..., column] for column in here[1:]), start=columns[..., here[0]])
    parts[:, NATION] = parts[:, 1:].sum(axis=1)
    incidents = tables["cell"][..., CELL_COUNTS.index(basis)].sum(axis=(3, 4))
    return Reduced(
        parts=parts, pace=incidents.sum(axis=2).cumsum(axis=1), incidents=np.rint(incidents).astype(np.int64)
    )


class Sums:
    """All that is summed of one scenario in one draw.

    places, base_places : where a province that both have stands among the places of the scenario and of the baseline,
    the nation first; empty for the baseline itself.      twins : successive replications are averaged in pairs.
    """

    def __init__(self, places: Sequence[int], base_places: Sequence[int], *, twins: bool) -> None:
        self._twins = twins
        self._pending: tuple[Ints, Floats, Floats] | None = None  # replications of a block that is not whole
        self._places, self._base_places = list(places), list(base_places)
        self._own = CoMoments(*zip(*OWN, strict=True))
        self._against = CoMoments(*zip(*AGAINST, strict=True))
        self._differs = np.zeros((len(places), len(PARTS)), np.bool_)
        self._histograms = Histograms.empty()
        self._pace: Floats | None = None
        self._fingerprint = blake2b(digest_size=16)

    def add(self, first: int, played: Ints, of: Reduced, base: Reduced, *, whole_blocks: bool = False) -> None:
        """Take in the replications `played` (indices into a span that begins with replication `first`).

        Blocks end at the multiples of `BLOCK`, whatever was left out. With `whole_blocks` the replications of a block
        wait for the rest of it, so that the spans in which they come change no bit.
        """
        numbers, parts, against = first + played, of.parts[played], base.parts[played]
        if self._pending is not None:
            waiting = (self._pending, (numbers, parts, against))
            numbers, parts, against = (np.concatenate(each) for each in zip(*waiting, strict=True))
            self._pending = None
        end = first + len(of.parts)
        last = end // BLOCK if whole_blocks and end % BLOCK else -1
        for number in np.unique(numbers // BLOCK):
            rows = numbers // BLOCK == number
            block = numbers[rows], parts[rows], against[rows]
            if number == last:
                self._pending = block
            else:
                self._add_block(self._own, self._against, block)
        if len(played):
            pace = of.pace[played]
            self._histograms.add(np.concatenate([of.parts[played, NATION][:, _SHOWN], pace], axis=-1))
            self._pace = pace.sum(axis=0) + (0.0 if self._pace is None else self._pace)
            self._fingerprint.update(of.incidents[played].tobytes())

    def _add_block(self, own: CoMoments, against: CoMoments, block: tuple[Ints, Floats, Floats]) -> None:
        """Add the replications of one block to these sums."""
        _, parts, base = block
        own.add(self._units(parts))
        if self._places:
            ours, theirs = self._units(parts[:, self._places]), self._units(base[:, self._base_places])
            self._differs |= (ours != theirs).any(axis=0)
            against.add(np.concatenate([ours, theirs, ours - theirs], axis=-1))

    def settled(self) -> tuple[CoMoments, CoMoments]:
        """The sums of the scenario, and with the baseline, with what still waits for its block."""
        if self._pending is None:
            return self._own, self._against
        own, against = deepcopy((self._own, self._against))
        self._add_block(own, against, self._pending)
        return own, against

    def settle(self) -> None:
        """Add what still waits for its block."""
        self._own, self._against = self.settled()
        self._pending = None

    def _units(self, values: Floats) -> Floats:
        """Values of replications, or the averages of twins."""
        return (values[0::2] + values[1::2]) / 2.0 if self._twins else values


def aggregates(of: Sequence[Sums], common: tuple[str, ...]) -> Aggregates:
    """The sums of one scenario in all its draws, as they are kept."""
    histograms, seal = Histograms.empty(), blake2b(digest_size=16)
    for each in of:
        histograms.merge(each._histograms)
        seal.update(each._fingerprint.digest())
    k = len(PARTS)
    paired = bool(of[0]._places)
    own, against = zip(*(each.settled() for each in of), strict=True)
    none = np.zeros((len(of), 0, k))
    return Aggregates(
        counts=np.array([each.count for each in own], np.int64),
        means=np.array([each.mean for each in own]),
        products=np.array([each.products for each in own]),
        common=common,
        apart=np.array([each.mean[:, 2 * k :] for each in against]) if paired else none,
        against=np.array([each.products for each in against]) if paired else np.zeros((len(of), 0, len(AGAINST))),
        differs=np.array([each._differs for each in of]),
        pace=np.array([each._pace for each in of], np.float64).sum(axis=0),
        histogram_keys=histograms.keys,
        histogram_counts=histograms.counts,
        fingerprint=seal.hexdigest(),
    )
