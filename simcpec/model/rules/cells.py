"""Where a plot turns (4.3): a logit over cells with an outside option, played as a race of Gumbel variates.

With one uniform a cell, argmax(utility + Gumbel) is exactly the logit; a change in one cell moves plots to or from
that cell only, and relabelling or adding cells moves nothing else.  Source: McFadden (1974); as a race: Yellott (1977).
"""

from __future__ import annotations

from simcpec.numerics.jit import kernel
from simcpec.numerics.samplers import gumbel


@kernel
def cell_score(utility: float, weight: float, protection: float, leaving: float, u: float) -> float:
    """Utility of one cell plus its Gumbel variate; the cell with the highest score is chosen.

    utility : ln(attraction x exposure), -inf for never.      weight : lambda >= 0; 0 gives the base shares.
    protection : perceived, in [0, 1].      leaving : cost of leaving the home province, >= 0.
    """
    return utility - weight * protection - leaving + gumbel(u)


@kernel
def outside_score(utility: float, u: float) -> float:
    """Score of giving up; -inf is no outside option."""
    return utility + gumbel(u)


@kernel
def spilled(own: float, best_neighbour: float, diffusion: float) -> float:
    """Perceived protection of a cell when a share of its best neighbour's advantage spills over to it."""
    if best_neighbour <= own:
        return own
    return own + diffusion * (best_neighbour - own)


@kernel
def learned(perceived: float, stopped: bool, learning: float) -> float:
    """Perceived protection after an attack: moved towards 1 if it was stopped, towards 0 if not."""
    seen = 1.0 if stopped else 0.0
    return perceived + learning * (seen - perceived)
