"""What was worked out about a thing, for as long as the thing itself is kept: scenarios that share a part share it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Found = TypeVar("Found")


@dataclass
class Memo:
    """Results by the identity of what they are about; the oldest go when there are more than `most`."""

    most: int
    held: dict[tuple[int, Hashable], tuple[object, Any]] = field(default_factory=dict)

    def of(self, thing: object, more: Hashable, compute: Callable[[], Found]) -> Found:
        """Return what `compute` gives for `thing`, which nobody changes, and `more`, worked out once."""
        key = (id(thing), more)
        held = self.held.get(key)
        if held is not None and held[0] is thing:
            found: Found = held[1]
            return found
        found = compute()
        if len(self.held) >= self.most:
            self.held.pop(next(iter(self.held)), None)
        self.held[key] = (thing, found)
        return found
