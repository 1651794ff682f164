"""The name that was meant: by its label, by another word for it, or by its spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from simcpec.errors import nearest

#: other words for names of scenarios; each is suggested only where one of its names can stand
OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    # keys
    "until": ("to",), "till": ("to",), "end": ("to", "horizon"), "stop": ("to",), "last": ("to",),
    "since": ("from",), "begin": ("from", "start"), "begins": ("from", "start"), "start": ("from",),
    "start date": ("from", "start"), "end date": ("to", "horizon"), "day": ("date",), "when": ("date", "from"),
    "where": ("provinces",), "regions": ("provinces",), "province": ("provinces",), "who": ("cohorts",),
    "groups": ("cohorts",), "amount": ("share", "units"), "intensity": ("share",), "strength": ("share",),
    "delay": ("lag",), "price": ("unit_cost",), "cost": ("unit_cost",), "number": ("units",), "count": ("units",),
    "paid by": ("payer",), "effects": ("moves",), "active": ("enabled",), "on": ("enabled",), "duration": ("horizon",),
    "length": ("horizon",), "years": ("horizon",), "burn in": ("warm_up",), "runs": ("replications",),
    "repetitions": ("replications",), "trials": ("replications",), "iterations": ("replications",),
    "plays": ("replications",), "draws": ("parameter_draws",), "random seed": ("seed",), "people": ("personnel",),
    "population": ("personnel",), "persons": ("personnel",), "attacks": ("plots",), "incidents": ("plots",),
    "threats": ("plots",), "fighters": ("militants",), "description": ("describes",), "title": ("name",),
    "parent": ("extends",), "base": ("extends",), "inherits": ("extends",), "budget": ("security_share",),
    "instruments": ("levers",), "measures": ("levers",), "multiplier": ("factor",), "probability": ("share",),
    # provinces of the base case
    "kpk": ("KP",), "nwfp": ("KP",), "baluchistan": ("BAL",), "gilgit": ("GB",), "kashmir": ("AJK",),
    "azad kashmir": ("AJK",), "capital": ("ICT",), "karachi": ("SIN",), "lahore": ("PUN",), "gwadar": ("BAL",),
    # cohorts
    "cpec": ("corridor",), "non cpec": ("scattered",), "others": ("scattered",), "other": ("scattered",),
    # forces
    "special security division": ("ssd",), "army": ("ssd",), "special protection unit": ("spu",),
    "special security unit": ("ssu",), "frontier corps": ("fc",), "civil armed forces": ("caf",), "rangers": ("caf",),
    "scouts": ("caf",), "private guards": ("sponsor",), "company guards": ("sponsor",), "foreign guards": ("foreign",),
    "own guards": ("foreign",), "joint force": ("joint",),
}  # fmt: skip


def suggest(word: object, known: Iterable[str], *, labels: Mapping[str, str] | None = None, cutoff: float = 0.6) -> str:
    """``Did you mean ...?`` with the one of the `known` names that a word most likely stands for, or "".

    labels : what people call some of the names, name by label.
    """
    names, text = list(known), _plain(str(word))
    called = {_plain(label): name for label, name in (labels or {}).items() if name in names}
    meant = [name for name in (called.get(text), *OTHER_WORDS.get(text, ())) if name in names]
    spelled = nearest(str(word), names, cutoff=cutoff) if not meant else []
    near = [called[label] for label in nearest(text, called, cutoff=0.8)] if not meant and not spelled else []
    begun = [name for name in names if _begins(_plain(name), text)] if not (meant or spelled or near) else []
    found = [*meant, *spelled, *near, *(begun if len(begun) == 1 else [])]
    return f"Did you mean {found[0]}?" if found else ""


def labels_of(provinces: Any) -> dict[str, str]:
    """Return what people call the provinces of a scenario as it is written: code by label."""
    named = provinces.items() if isinstance(provinces, dict) else ()
    labels = {code: province.get("label") for code, province in named if isinstance(province, dict)}
    return {label: code for code, label in labels.items() if isinstance(label, str)}


def _begins(name: str, word: str) -> bool:
    """Return whether one begins with the whole of the other."""
    return min(len(name), len(word)) >= 3 and (name.startswith(word) or word.startswith(name))


def _plain(text: str) -> str:
    """Letters and digits in small letters, one space between words."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
