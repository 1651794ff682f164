"""Two worlds that fit as well as each other and advise otherwise.

Among the draws that fit best, each is simulated with a quarter more guards on duty and with a quarter more detection.
The pair that differs most in which of both averts more breaches shows what no fit can settle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.calibration.draws.simulated import Simulator, changed_breaches, more_detection_breaches
from simcpec.calibration.weighing.patterns import GUARDS_FACTOR
from simcpec.calibration.weighing.weights import Weighed

CANDIDATES = 8
EQUAL = 2.0  # difference of log likelihood up to which two draws fit equally well


@dataclass(frozen=True, kw_only=True)
class RivalWorld:
    """One of the candidates. guards, detection : per cent of breaches that a quarter more of each averts."""

    draw: int
    log_likelihood: float
    guards: float
    detection: float


def rival_worlds(how: Simulator, of: Weighed) -> tuple[RivalWorld, ...]:
    """The two draws of equal fit whose advice lies furthest apart, that for guards first; () where there are none."""
    by_draw = np.logaddexp.reduce(of.log_weights, axis=1)
    best = [int(d) for d in np.argsort(-by_draw, kind="stable")[:CANDIDATES] if np.isfinite(by_draw[d])]
    before = np.array([sum(of.summaries[d].breaches) for d in best])
    guards = 100.0 * (1.0 - changed_breaches(how, best, GUARDS_FACTOR, name="rival-guards") / before)
    detection = 100.0 * (1.0 - more_detection_breaches(how, best, GUARDS_FACTOR) / before)
    worlds = [
        RivalWorld(draw=d + 1, log_likelihood=float(by_draw[d]), guards=float(g), detection=float(e))
        for d, g, e in zip(best, guards, detection, strict=True)
    ]
    pairs = [
        (one.guards - one.detection - two.guards + two.detection, one, two)
        for one in worlds for two in worlds
        if one is not two and abs(one.log_likelihood - two.log_likelihood) <= EQUAL
    ]  # fmt: skip
    return max(pairs, key=lambda pair: pair[0])[1:] if pairs else ()
