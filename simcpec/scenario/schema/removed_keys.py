"""Keys that scenario files once had, and what is told of each: why it went, and what to do with the line."""

from __future__ import annotations

from collections.abc import Mapping

_CEILING = "was removed: candidates come in strips of intensity now and need no ceiling; delete it"

#: dotted key -> what follows it in the message
REMOVED: Mapping[str, str] = {
    "world.threat.stock_ceiling": _CEILING,
    "world.detection.ceiling": _CEILING,
    "world.operations.tempo_ceiling": _CEILING,
    "world.operations.team_ceiling": _CEILING,
    "world.network.event_ceiling": _CEILING,
    "world.protection.insider.ceiling": _CEILING,
}
