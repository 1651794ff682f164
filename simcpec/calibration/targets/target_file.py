"""From a targets file to targets: read strictly, every fault with its line, before anything is simulated."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path as File

from simcpec.calibration.targets.monthly_table import MonthlyTable, read_monthly
from simcpec.calibration.targets.target_schema import AttackCounts, BirthPrior, SoftTarget, TargetsBlock
from simcpec.errors import ScenarioError, did_you_mean
from simcpec.experiments.sweep.studies.study_text import StudyText, validated
from simcpec.scenario.layering.layers import is_inside, whole_file
from simcpec.scenario.layering.shipped_files import targets_file_of
from simcpec.scenario.reading.nodes import MapNode, Path, data_of
from simcpec.scenario.reading.yaml_reader import read_bytes
from simcpec.units import short

_GAPS = re.compile(rb"^gaps:.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)  # the block, up to the next one


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Targets that were read and checked.

    digest : SHA-256 of the file, without the gaps that nothing is fitted to, and of the table that it names.
    """

    where: str
    block: TargetsBlock
    monthly: MonthlyTable
    digest: str
    root: MapNode = field(repr=False)

    @property
    def attacks(self) -> tuple[AttackCounts, ...]:
        """Counts of attacks in the order of their windows."""
        return tuple(sorted(self.block.attacks, key=lambda each: each.window.from_))

    @property
    def start(self) -> date:
        """First day that is simulated."""
        return self.attacks[0].window.from_

    @property
    def end(self) -> date:
        """Last day that is simulated."""
        return self.attacks[-1].window.to

    @property
    def days(self) -> int:
        """Days that are simulated."""
        return (self.end - self.start).days + 1

    @property
    def patterns(self) -> tuple[SoftTarget, ...]:
        """Soft targets in the order of the file."""
        return tuple(self.block.patterns)

    @property
    def births(self) -> dict[str, BirthPrior]:
        """Priors of births by province."""
        return self.block.births

    def attacks_of(self, provinces: tuple[str, ...]) -> list[int]:
        """Attacks of all windows together, province by province."""
        return [sum(each.provinces.get(code, 0) for each in self.attacks) for code in provinces]


def read_targets(ref: str) -> Targets:
    """The targets behind a path or a shipped name. Raises ScenarioError with its faults, EnvironmentFault."""
    file, where = targets_file_of(ref)
    raw = whole_file(file, where)
    root, faults = read_bytes(raw, where)
    text = StudyText(root, list(faults))
    block = validated(text, data_of(root), TargetsBlock)
    text.stop()
    assert block is not None
    _refuse_windows(text, block)
    text.stop()
    table, more = _monthly(text, block, file.parent)
    text.stop()
    return Targets(
        where=where, block=block, monthly=table, digest=sha256(_GAPS.sub(b"", raw) + more).hexdigest(), root=root
    )


def refuse_provinces(targets: Targets, provinces: tuple[str, ...], scenario: str) -> None:
    """Raise ScenarioError for a province of the targets that the scenario does not have."""
    text = StudyText(targets.root)
    named: list[tuple[Path, str]] = [
        (("attacks", k, "provinces", code), code) for k, e in enumerate(targets.block.attacks) for code in e.provinces
    ]
    named += [(("births", code), code) for code in targets.births]
    named += [(("patterns", k, "province"), e.province) for k, e in enumerate(targets.patterns) if e.province]
    for path, code in named:
        if code not in provinces:
            problem = f"is a province that the scenario {short(scenario)} does not have"
            text.fault(path, problem, ", ".join(provinces), did_you_mean(code, provinces))
    text.stop()


def _refuse_windows(text: StudyText, block: TargetsBlock) -> None:
    """Refuse no window at all, windows that overlap or leave a gap, and harm of other days than those of attacks."""
    if not block.attacks:
        text.fault(("attacks",), "has no window", "one or more windows with counts by province")
        return
    order = sorted(range(len(block.attacks)), key=lambda k: block.attacks[k].window.from_)
    for one, two in itertools.pairwise(order):
        before, after = block.attacks[one].window, block.attacks[two].window
        if after.from_ <= before.to:
            problem = f"begins on {after.from_}, inside of a window that ends on {before.to}"
            text.fault(("attacks", two, "window"), problem, "windows that do not overlap")
        elif after.from_ > before.to + timedelta(days=1):
            problem = f"begins on {after.from_}, after a gap since {before.to}"
            text.fault(("attacks", two, "window"), problem, "windows that follow each other day by day")
    first, last = block.attacks[order[0]].window.from_, block.attacks[order[-1]].window.to
    if (block.harm.window.from_, block.harm.window.to) != (first, last):
        text.fault(("harm", "window"), "is not that of the attacks", f"from: {first}, to: {last}")
    for k, gaps in enumerate(block.gaps):
        if (gaps.window.from_, gaps.window.to) != (first, last):
            text.fault(("gaps", k, "window"), "is not that of the attacks", f"from: {first}, to: {last}")
    if len({each.counts for each in block.attacks}) > 1:
        text.fault(("attacks", order[-1], "counts"), "is not that of the other windows", "one rule for all windows")


def _monthly(text: StudyText, block: TargetsBlock, folder: File) -> tuple[MonthlyTable, bytes]:
    """The table of monthly counts, and its bytes."""
    name = block.monthly.file
    path = folder / name
    if not is_inside(folder, name):
        text.fault(
            ("monthly", "file"), f"is {short(name)}, outside of the folder of this file", "a file beside this one"
        )
        text.stop()
    try:
        raw = path.read_bytes()
    except OSError:
        text.fault(("monthly", "file"), f"is {short(name)}, which cannot be read", "a CSV file beside this one")
        text.stop()
        raise AssertionError from None
    window = block.monthly.window
    try:
        return read_monthly(raw, name, window.from_, window.to), raw
    except ScenarioError as error:
        text.faults += error.faults
        text.stop()
        raise AssertionError from None
