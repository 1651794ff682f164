"""Named records of what was observed along a corridor: what each is about. Its numbers are entries of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedRecord:
    """One record: the corridor as titles call it, and the provinces that it counts, all of them and no others."""

    title: str
    provinces: frozenset[str]


NAMED: Mapping[str, NamedRecord] = MappingProxyType(
    {
        "cpec-2021-2024": NamedRecord(
            title="CPEC", provinces=frozenset(("PUN", "SIN", "KP", "BAL", "GB", "AJK", "ICT"))
        ),
    }
)
DEFAULT = "cpec-2021-2024"  # of a scenario that names none; shown only where the provinces match
WORDS = (*NAMED, NONE)
