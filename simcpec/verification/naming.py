"""Things with names, of which a user may ask for some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from simcpec.errors import no_such


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
            raise no_such(f"no {what} is called {name!r}", name, known)
    return tuple(thing for thing in things if not only or thing.name in only)
