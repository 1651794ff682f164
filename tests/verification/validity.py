"""What a referee would ask of a policy model, as claims about paired replications with a stated error.

All claims of the suite together are wrong with probability at most `LEVEL` where the model is as the claim denies: each
is a one-sided Student test of paired differences (common random numbers) at its share of it (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from simcpec.engines.compiled.simulate import Player
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, PROVINCE_COUNTS
from simcpec.model.world import Floats, World

LEVEL = 1e-3
CLAIMS = 200  # of face validity in the whole suite, at most; `docs/verification.md` names the number
SEED = 20241126


@dataclass(frozen=True)
class Plays:
    """R replications of one world, summed over their periods unless a period is named."""

    cells: Floats
    cohorts: Floats
    provinces: Floats

    def cell(self, name: str) -> Floats:
        """(R, T, P, C, S)."""
        return np.asarray(self.cells[..., CELL_COUNTS.index(name)])

    def total(self, name: str) -> Floats:
        """(R,) a counter of cells or of provinces, over everything."""
        if name in CELL_COUNTS:
            return np.asarray(self.cell(name).sum(axis=(1, 2, 3, 4)))
        if name in COHORT_COUNTS:
            return np.asarray(self.cohorts[..., COHORT_COUNTS.index(name)].sum(axis=(1, 2, 3)))
        return np.asarray(self.provinces[..., PROVINCE_COUNTS.index(name)].sum(axis=(1, 2)))

    def setting(self, name: str, s: int) -> Floats:
        """(R,) a counter of cells in one setting."""
        return np.asarray(self.cell(name)[..., s].sum(axis=(1, 2, 3)))


def plays(world: World, replications: int, *, seed: int = SEED) -> Plays:
    """So many replications, those of the warm-up's periods left out."""
    found = Player(world).play(seed=seed, draw=0, first=0, number=replications)
    skip = world.calendar.warm_up_periods
    return Plays(*(np.stack([getattr(o, table)[skip:] for o in found]) for table in ("cell", "cohort", "province")))


def traces(world: World, replications: int, *, seed: int = SEED) -> list[np.ndarray]:
    """Rows of `model.outcome.TRACE` of so many replications."""
    player = Player(world)
    found = [player.play(seed=seed, draw=0, first=r, number=1, trace=True)[0].trace for r in range(replications)]
    return [trace for trace in found if trace is not None]


def surely_more(differences: Floats) -> None:
    """The mean of independent differences is above zero; an AssertionError with the figures where that is not sure."""
    values = np.asarray(differences, float)
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))
    limit = float(stats.t.isf(LEVEL / CLAIMS, values.size - 1))
    assert mean > limit * error, f"not sure to be above zero: {mean:.4g} with a standard error of {error:.3g}"


def surely_less(differences: Floats) -> None:
    """The same below zero."""
    surely_more(-np.asarray(differences, float))


def index_of_dispersion(counts: Floats) -> float:
    """Variance over mean of independent counts: 1 for Poisson counts."""
    return float(np.var(counts, ddof=1) / np.mean(counts))


def dispersion_is(word: str, counts: Floats) -> None:
    """The index of dispersion is surely under 1, surely over it, or within the error of Poisson counts.

    Fisher's test: (R - 1) x index is chi-square with R - 1 degrees of freedom for R Poisson counts of a mean above 5.
    """
    free = counts.size - 1
    index, alone = index_of_dispersion(counts), LEVEL / CLAIMS
    low, high = (float(stats.chi2.ppf(q, free) / free) for q in (alone / 2, 1 - alone / 2))
    found = "under" if index < low else "over" if index > high else "poisson"
    assert found == word, f"{found}, not {word}: index {index:.3f}, of Poisson counts from {low:.3f} to {high:.3f}"
