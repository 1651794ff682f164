"""A list of events put to use: ranges for the scenario, monthly counts for the drift, and what was noticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from simcpec.calibration.events.event_fits import EventEstimate, follow_ons, monthly_of, same_day, sets_of, severity
from simcpec.calibration.events.event_list import read_events
from simcpec.calibration.targets.monthly_table import MonthlyTable
from simcpec.calibration.targets.target_file import Targets
from simcpec.scenario import load
from simcpec.scenario.layering.layers import whole_file_of
from simcpec.storage.csv_text import csv_text

LARGEST = 200 << 20  # bytes
HURDLE = "hurdle_lognormal"
COLUMNS = ("setting", "value", "low", "high", "events")


@dataclass(frozen=True, kw_only=True)
class OwnEvents:
    """Estimates and counts; no event. lines : what to tell of the reading.      digest : SHA-256 of the file."""

    estimates: tuple[EventEstimate, ...]
    sets: tuple[str, ...]
    monthly: MonthlyTable
    same_day: float
    lines: tuple[str, ...]
    digest: str

    def into(self, targets: Targets) -> Targets:
        """The targets with the drift of this list in the place of that of their monthly counts."""
        digest = sha256(f"{targets.digest} {self.digest}".encode()).hexdigest()
        return replace(targets, monthly=self.monthly, digest=digest)

    @property
    def table(self) -> str:
        """What was fitted, as CSV."""
        rows = [(each.key, each.value, each.low, each.high, each.events) for each in self.estimates]
        count = int(self.monthly.counts.sum())
        return csv_text(COLUMNS, [*rows, ("variance over mean of days", self.same_day, None, None, count)])


def own_events(path: Path, scenario: str, sets: Sequence[str]) -> OwnEvents:
    """Read and fit a list. Raises ScenarioError for what cannot be read, EnvironmentFault for permissions."""
    raw = whole_file_of(path, path.as_posix(), LARGEST)
    world = load(scenario, sets=sets).scenario.world
    labels = {code: province.label or code for code, province in world.provinces.items()}
    found = read_events(raw, path.as_posix(), labels)
    estimates = list(severity(found.events)) if world.harm.foreign.law == HURDLE else []
    excitation = follow_ons(found.events)
    estimates += [] if excitation is None else [excitation]
    lines = found.lines()
    lines += [] if estimates else ["too few events, or another law of severity: drift alone is taken from them"]
    return OwnEvents(
        estimates=tuple(estimates), sets=sets_of(estimates), monthly=monthly_of(found.events),
        same_day=same_day(found.events), lines=tuple(lines), digest=sha256(raw).hexdigest(),
    )  # fmt: skip
