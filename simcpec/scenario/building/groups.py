"""Armed groups and their origins: pairs of a group and a home province, each with its part of what a province has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from simcpec.scenario.building.scenario_reader import ScenarioReader
from simcpec.scenario.schema.world import groups_block

ALL = "all"  # name of the group in a world that names none


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What one group has in one home province.

    group, province : positions.      plots, members : shares of the province's plots and militants.
    militants : persons at the start.
    """

    group: int
    province: int
    plots: Fraction
    members: Fraction
    militants: int


def origins_of(reader: ScenarioReader) -> tuple[Origin, ...]:
    """The origins, group by group; without `world.groups` one group has all plots and militants of every province."""
    everywhere = [Fraction(1)] * len(reader.provinces)
    shares = [(everywhere, everywhere)] if not reader.world.groups else [
        _shares(reader, group) for group in reader.world.groups.values()
    ]  # fmt: skip
    persons = [reader.world.provinces[name].militants.whole for name in reader.provinces]
    split = [divided(persons[p], [members[p] for _, members in shares]) for p in range(len(persons))]
    return tuple(
        Origin(group=g, province=p, plots=plots[p], members=members[p], militants=split[p][g])
        for g, (plots, members) in enumerate(shares)
        for p in range(len(persons))
        if plots[p] or members[p]
    )


def _shares(reader: ScenarioReader, group: groups_block.GroupBlock) -> tuple[list[Fraction], list[Fraction]]:
    """By province, the shares of plots and of militants that are the group's."""
    plots = reader.by_province(group.plots)
    return plots, plots if group.militants is None else reader.by_province(group.militants)


def divided(number: int, shares: Sequence[Fraction]) -> list[int]:
    """So many whole things by their shares: the rest of the whole parts goes to the largest remainders."""
    exact = [number * share for share in shares]
    parts = [int(part) for part in exact]
    largest = sorted(range(len(parts)), key=lambda k: (parts[k] - exact[k], k))
    for k in largest[: number - sum(parts) if any(shares) else 0]:
        parts[k] += 1
    return parts


def of_groups(reader: ScenarioReader, name: str, otherwise: Any) -> list[Any]:
    """[g] what stands at a key of every group, or `otherwise` where a group says nothing."""
    found = [getattr(group, name) for group in reader.world.groups.values()]
    return [otherwise if one is None else one for one in found] or [otherwise]
