"""Candidates in strips of intensity: how hazards that hang on the state are played without a ceiling.

Strip j of a source is a Poisson stream with an address of its own.  It covers the intensities from `lower_edge(j)` to
`lower_edge(j + 1)`, counted in a unit of the source (0-1, 1-2, 2-4, 4-8, ...).  Its candidates come at the rate of its
width and carry a level, uniform over it; one is real where the intensity of the moment lies above its level.  So the
real ones have just that intensity, and a higher intensity adds candidates and moves none.  A strip is simulated from
the moment at which the intensity reaches it; its earlier candidates, all of them not real, are passed over.
"""

from __future__ import annotations

import math

from simcpec.numerics.jit import kernel
from simcpec.numerics.samplers import exponential

STRIPS = 16
"""Strips that a source may have; the last one ends at `HIGHEST` units, where a world is said to grow without bound."""
HIGHEST = 2.0 ** (STRIPS - 1)


@kernel
def lower_edge(strip: int) -> float:
    """Intensity at which a strip begins, in units of its source: 0, 1, 2, 4, 8, ..."""
    if strip <= 0:
        return 0.0
    return float(1 << (strip - 1))


@kernel
def width(strip: int) -> float:
    """Width of a strip, in units of its source: 1, 1, 2, 4, 8, ..."""
    if strip <= 0:
        return 1.0
    return float(1 << (strip - 1))


@kernel
def level(strip: int, u: float) -> float:
    """Level of a candidate of a strip, in units of its source: uniform over the strip.      u : uniform."""
    return lower_edge(strip) + u * width(strip)


@kernel
def gap_days(unit: float, strip: int, u: float) -> float:
    """Days from one candidate of a strip to the next; inf where nothing can come.

    unit : of the source, per day, >= 0.      u : uniform.
    """
    rate = unit * width(strip)
    if rate <= 0.0:
        return math.inf
    return exponential(u) / rate
