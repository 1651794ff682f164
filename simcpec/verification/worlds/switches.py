"""Every switch of a generated world and the words it takes."""

from __future__ import annotations

from typing import Any

from simcpec.model import modes
from simcpec.numerics import samplers

LAWS = {
    "exponential": samplers.LAW_EXPONENTIAL,
    "deterministic": samplers.LAW_DETERMINISTIC,
    "gamma": samplers.LAW_GAMMA,
    "weibull": samplers.LAW_WEIBULL,
    "lognormal": samplers.LAW_LOGNORMAL,
}
ON = ("off", "on")

#: every switch and its words, the OFF value first where there is one
SWITCHES: dict[str, tuple[Any, ...]] = {
    "provinces": (1, 2, 3),
    "cohorts": (1, 2),
    "days": (40, 100, 160),
    "clock": ("microsecond", "hour"),
    "periods": (1, 3),
    "warm_up": ON,
    "epochs": (1, 2),
    "stages": ("one", "regime", "drift", "both"),
    "attempts": modes.ATTEMPTS,
    "initial": modes.INITIAL,
    "preparation": tuple(LAWS),
    "clusters": ON,
    "lapse": ON,
    "excitation": ("off", "attack", "breach"),
    "displacement": modes.DISPLACEMENT,
    "weight": ON,
    "outside": ON,
    "diffusion": ON,
    "detection": modes.DETECTION,
    "proportional": ON,
    "found": modes.FOUND_PLOT,
    "intelligence": ON,
    "routine": ON,
    "seeking": ON,
    "false_leads": ON,
    "work": tuple(LAWS),
    "patience": ("never", "exponential", "deterministic"),
    "priority": modes.PRIORITY,
    "marks": ("off", "poisson", "negbin"),
    "yield_follows_stock": ON,
    "network": modes.NETWORK,
    "backlash": ON,
    "footprint": ON,
    "trust": ON,
    "layers": ("off", "constant", "units", "mixed"),
    "common_cause": ON,
    "sop": modes.SOP,
    "sop_by": modes.BASIS,
    "audits": ON,
    "revisions": ON,
    "insider": ("off", "clean", "steady"),
    "surge": ON,
    "escort": modes.ESCORT,
    "source": modes.SOURCE,
    "by_air": ON,
    "lapses": ON,
    "road": ("unwatched", "watched"),
    "quitting": ("at_once", "exponential", "deterministic"),
    "severity": modes.SEVERITY,
    "stoppage": ("off", "one", "spreads"),
    "memory": ON,
    "observation": ON,
    "budget": ("off", "one_year", "two_years"),
    "tranches": (1, 3),
    "lag": ("deterministic", "gamma"),
    "antithetic": ON,
    "units": ("whole", "fractional"),
    "groups": ("one", "two"),
    "attack_modes": ("one", "three"),
    "own": ON,
    "mitigation": ON,
    "present": ON,
}
