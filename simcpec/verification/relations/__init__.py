"""Metamorphic relations: what must stay, or change in a known way, when a world is changed in a known way.

    relation.py   what a relation is, exact or statistical, and its control
    compare.py    where two outcomes first differ in any bit
    off.py        zero rates, certain stop, everything off, monotone stop, lambda = 0
    labels.py     relabelling, added empty province, prefix of the horizon, order and workers
    scales.py     time scaling, money-unit scaling
    balance.py    conservation of plots, leads, movements, militants and money
    chance.py     splitting a province, splitting independence, kappa = 1, doubling servers and arrivals
    table.py      all eighteen, and the table of them on generated worlds

No truth is asked for from outside, so nothing here can share a mistake with a formula.
"""
