"""The values of the structural switches, as the small integers that both engines compare.

One table a switch: the position of a word is its number, and the constants below are those numbers.  The words are
those of a scenario file (section 6 of the model); the first word of a table that has one is its OFF value.
"""

from __future__ import annotations

ATTEMPTS = ("plots", "poisson", "negbin")
PLOTS, POISSON, NEGBIN = range(3)

INITIAL = ("empty", "steady", "given")
EMPTY, STEADY, GIVEN = range(3)

BASIS = ("attack", "breach")
BY_ATTACK, BY_BREACH = range(2)

DISPLACEMENT = ("off", "logit", "adaptive")
STAY, LOGIT, ADAPTIVE = range(3)

DETECTION = ("off", "search", "leads", "bernoulli")
UNFOUND, SEARCH, LEADS, BERNOULLI = range(4)

PRIORITY = ("plots_first", "fifo")
PLOTS_FIRST, FIFO = range(2)

NETWORK = ("off", "linear", "logistic", "fire_water")
FIXED, LINEAR, LOGISTIC, FIRE_WATER = range(4)

SOP = ("off", "periodic", "reactive", "both")
NO_SOP, PERIODIC, REACTIVE, BOTH = range(4)

ESCORT = ("off", "wait", "loss", "alone", "quit")
NO_ESCORT, WAIT, LOSS, ALONE, QUIT = range(5)

SOURCE = ("poisson", "finite")
ENDLESS, FINITE = range(2)

SEVERITY = ("none", "lognormal", "hurdle_lognormal", "power", "spliced", "empirical")
HARMLESS, LOGNORMAL, HURDLE, POWER, SPLICED, EMPIRICAL = range(6)

INSTRUMENTS = ("guards", "operations", "intelligence", "surveillance", "escorts", "hardening", "procedures")
GUARDS, OPERATIONS, INTELLIGENCE, SURVEILLANCE, ESCORTS, HARDENING, PROCEDURES = range(7)

LAYERS = ("route", "guard", "hardening")
ROUTE, GUARD, HARDENING_LAYER = range(3)

#: the instrument whose units strengthen each layer
INSTRUMENT_OF_LAYER = (SURVEILLANCE, GUARDS, HARDENING)

#: the setting in which the guard layer is the escort; a scenario always has it at this position
SETTINGS = ("site", "movement", "residence")
SITE, MOVEMENT, RESIDENCE = range(3)
