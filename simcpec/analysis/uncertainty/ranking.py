"""When a comparison says that a scenario has fewer or more: where draws and readings of backlash agree, else a tie.

The Monte Carlo interval has to lie on one side of 0, at least 90 % of the parameter draws have to have that sign, and
the mean difference has to have it, beyond its own Monte Carlo interval, in each of the worlds in which backlash is read
otherwise. What is not claimed says why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simcpec.analysis.estimates import percent
from simcpec.analysis.paired_differences import AGREED, Difference
from simcpec.results.records import Study, WorldContrast

TIE = "a tie"
UNCLAIMED = "not distinguishable"
SIGNS = ("less", "more")


def claimed(found: Difference, worlds: Sequence[WorldContrast], response: str) -> Difference:
    """A difference whose sign is claimed only where that of every world is the same; the reason if it is not."""
    if found.verdict not in SIGNS:
        return found
    signs = {each.world: sign_in(each, response) for each in worlds}
    against = [_said(world, sign) for world, sign in signs.items() if sign != found.verdict]
    return replace(found, verdict=UNCLAIMED, tie="; ".join(against)) if against else found


def sign_in(of: WorldContrast, response: str) -> str:
    """``less`` or ``more`` where the difference lies beyond its Monte Carlo interval in a world, else nothing."""
    mean, half_width = of.differences.get(response, (0.0, None))
    if half_width is None or abs(mean) <= half_width:
        return ""
    return SIGNS[mean > 0.0]


def _said(world: str, sign: str) -> str:
    name = "without backlash" if world == "none" else f"under {world} backlash"
    return f"{name} it is {sign}" if sign else f"{name} no sign can be told"


def verdict_text(found: Difference) -> str:
    """The verdict for a reader."""
    return TIE if found.tie else found.verdict


def backlash_text(study: Study) -> str:
    """Over which readings of backlash verdicts hold, in a sentence; "" where nothing is compared."""
    if study.baseline is None:
        return ""
    worlds = next((each.worlds for each in study.scenarios if each.worlds), ())
    if not worlds:
        return "Less and more hold under the base reading of backlash only: no other one was simulated here."
    names = " and ".join("no backlash" if each.world == "none" else f"{each.world} backlash" for each in worlds)
    return (
        f"Less or more is claimed where {percent(AGREED)} of the draws have that sign, and the difference has it under "
        f"{names} too ({worlds[0].draws} draws of {worlds[0].replications}); else it is a tie."
    )
