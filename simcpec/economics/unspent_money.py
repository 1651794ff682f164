"""Money of the security budget that was given to a line and buys nothing: how much, and of which lines.

Where units are whole it is what buys no whole unit; where they are fractional, lines that do not exceed their fixed
cost, and cents.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcpec.model.modes import INSTRUMENTS
from simcpec.model.plan import Plan

WORTH_SAYING = 20  # one part in so many of a line: 5 %


@dataclass(frozen=True, kw_only=True)
class Unspent:
    """One instrument over the whole run and all provinces, in cents."""

    instrument: str
    given: int
    unspent: int
    fractional: bool = False  # whether a part of a unit could have been bought

    @property
    def most(self) -> bool:
        """Whether more is left than spent."""
        return 2 * self.unspent > self.given


def unspent_lines(plan: Plan) -> tuple[Unspent, ...]:
    """The instruments of which more than 5 % stay unspent, in their order."""
    given, unspent = plan.given.sum(axis=(0, 1)).tolist(), plan.unspent.sum(axis=(0, 1)).tolist()
    return tuple(
        Unspent(instrument=name, given=whole, unspent=rest, fractional=plan.fractional)
        for name, whole, rest in zip(INSTRUMENTS, given, unspent, strict=True)
        if rest * WORTH_SAYING > whole
    )
