"""The clock, twice: an engine plays a world.  `engine(name)` hands one out."""

from __future__ import annotations

from simcpec.engines.contract import Engine
from simcpec.errors import UserError

ENGINES = ("compiled", "reference")


def engine(name: str) -> Engine:
    """The `play` function of an engine.  Raises UserError for an unknown name."""
    if name == "compiled":
        from simcpec.engines.compiled import simulate as compiled

        return compiled
    if name == "reference":
        from simcpec.engines.reference import simulate as reference

        return reference
    raise UserError(f"engine is {name!r}; allowed: {', '.join(ENGINES)}")
