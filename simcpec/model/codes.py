"""The base of all enumerations whose members both engines compare as small integers."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """Members are numbered by position from 0; compiled code reads them as plain integers, `.value`."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[Any]) -> int:
        return count


def names_of(codes: type[Code]) -> tuple[str, ...]:
    """The members' names in lower case, as files and tables write them; the position of a name is its number."""
    return tuple(member.name.lower() for member in codes)
