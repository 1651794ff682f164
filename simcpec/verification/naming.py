"""Things with names, of which a user may ask for some."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Protocol, TypeVar

from simcpec.errors import UserError


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""


Thing = TypeVar("Thing", bound=Named)


def chosen(things: Sequence[Thing], only: Sequence[str] | None, what: str) -> tuple[Thing, ...]:
    """Those with the names `only` in their own order, or all; raises UserError for a name that none has.

    what : such as "family of checks", for the message.
    """
    known = {thing.name: thing for thing in things}
    for name in only or ():
        if name not in known:
            near = get_close_matches(name, list(known), n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UserError(f"no {what} is called {name!r}; allowed: {', '.join(known)}.{hint}")
    return tuple(thing for thing in things if not only or thing.name in only)
