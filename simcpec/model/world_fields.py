"""What a field of the world says of itself beside its type: axes, unit and neutral value.

The records of the compiled engine, the axes of lever targets and the worlds of the verification are derived from it.
Letters of axes are those of `model.world`; a digit is an axis of that length.  A field whose first axis is E is dated:
a lever may change it at an epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

Part = TypeVar("Part")
_KEY = "fact"


@dataclass(frozen=True, slots=True)
class FieldFact:
    """What is known of one field of a world before any world is built.

    axes : a letter for each axis; "" is one number.      unit : of its values; "" for codes and pure numbers.
    off : value with which the field has no effect, for all elements; None where a world has to give one.
    says : what it is, beyond its name and unit.      type : annotation of the field, as written.
    """

    axes: str
    unit: str
    off: float | None
    says: str
    type: str = ""

    @property
    def dated(self) -> bool:
        """Whether the first axis is the epoch."""
        return self.axes.startswith("E")

    @property
    def inner(self) -> str:
        """The axes behind the epoch."""
        return self.axes.removeprefix("E")

    @property
    def is_array(self) -> bool:
        """Whether the value is an array of numpy."""
        return self.type in ("Floats", "Ints")

    @property
    def is_law(self) -> bool:
        """Whether the value is a law: code, scale in days, shape."""
        return self.type == "Law"

    @property
    def is_whole(self) -> bool:
        """Whether the values are integers."""
        return self.type in ("Ints", "int", "tuple[int, ...]")


def array(axes: str, unit: str = "", says: str = "", *, off: float | None = 0.0) -> Any:
    """Declare an array of numbers with these axes."""
    return field(metadata={_KEY: FieldFact(axes, unit, off, says)})


def number(unit: str = "", says: str = "", *, off: float | None = 0.0) -> Any:
    """Declare one number, the same at all times and places; a code where `says` names a table of `model.modes`."""
    return field(metadata={_KEY: FieldFact("", unit, off, says)})


def law(says: str = "") -> Any:
    """Declare a law of durations; the neutral one is `samplers.LAW_NEVER`."""
    return field(metadata={_KEY: FieldFact("", "days", None, says)})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(array, number, law))
def described(part: type[Part]) -> type[Part]:
    """Make a frozen dataclass of required keywords, each declared by `array`, `number` or `law`."""
    return dataclass(frozen=True, kw_only=True)(part)


def facts_of(part: Any) -> Iterator[tuple[str, FieldFact]]:
    """The fields of a part of the world that are declared, with what each says of itself."""
    for one in fields(part):
        if _KEY in one.metadata:
            fact: FieldFact = one.metadata[_KEY]
            yield one.name, FieldFact(fact.axes, fact.unit, fact.off, fact.says, str(one.type))


def facts_by_name(parts: Mapping[str, Any]) -> dict[str, FieldFact]:
    """The facts of parts by name, ``threat.rate`` and so on, in the order of declaration."""
    return {
        f"{prefix}.{name}" if prefix else name: fact for prefix, part in parts.items() for name, fact in facts_of(part)
    }
