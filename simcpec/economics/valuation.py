"""What a scenario values beside its costs: present values of every line, and foreign deaths at a value of life.

Neither changes an undiscounted line. Present values discount each period's amount from its middle to the first counted
day; a value of life is a sensitivity that its columns name, for deaths are reported in persons. Injuries have no price.
"""

from __future__ import annotations

import numpy as np

from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.costs import deaths_valued
from simcpec.economics.discounting import discount_factors
from simcpec.model.plan import Prices
from simcpec.model.world import Floats

PRESENT = "_present"  # behind the name of a line: its present value
LIVES = "deaths_valued"
VALUED_LINES = (*(line + PRESENT for line in COST_LINES), LIVES, LIVES + PRESENT)


def valued(*, costs: Floats, cell: Floats, days: Floats, prices: Prices) -> Floats:
    """Valued lines of one or many replications, (..., T, P, 11) USD in the order of `VALUED_LINES`.

    costs (..., T, P, 9) : as `economics.costs.costs` gives them.      cell (..., T, P, C, S, 15) : as it read them.
    days (T,) : lengths of the counted periods.      prices : their discount rate and value of life are read.

    Deaths are worth nothing where no value of life is set; at a rate of 0 a present value is the amount itself.
    """
    lives = deaths_valued(cell, prices)
    worth = np.zeros((*costs.shape[:-1], 1)) if lives is None else lives[..., None]
    factors = discount_factors(days, prices.discount_rate)[:, None, None]
    return np.concatenate([costs * factors, worth, worth * factors], axis=-1)
