"""The simulation, twice: an engine simulates a world.  `engine(name)` returns one."""

from __future__ import annotations

from simcpec.engines.contract import Engine
from simcpec.errors import UserError

ENGINES = ("compiled", "reference")


def engine(name: str) -> Engine:
    """Return the `simulate` function of an engine.  Raises UserError for an unknown name."""
    if name == "compiled":
        from simcpec.engines.compiled import simulate as compiled

        return compiled
    if name == "reference":
        from simcpec.engines.reference import simulate as reference

        return reference
    raise UserError(f"engine is {name!r}; allowed: {', '.join(ENGINES)}")
