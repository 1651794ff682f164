"""Points of a study: a policy in a state of the world, each beside the baseline policy in that state.

A point is the settings over the base scenario and the number of a parameter draw. Its identity (`identity`) is a digest
of the scenario that they give, the seed and the version of the package: what a point is called, in which row it stands
and who its neighbours are changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from simcpec import catalogue, units
from simcpec.errors import UserError
from simcpec.experiments.design.designs import Row
from simcpec.experiments.sweep.studies.factors import IN_FORCE, OFF, SweepFactor, flow, level_text
from simcpec.model.modes import INSTRUMENTS
from simcpec.results.provenance import version
from simcpec.scenario import Resolved

BASELINE = -1  # index of the baseline policy
UNSAID = ("name", "describes")  # what a scenario is called is no part of a point's identity
UNSAID_RUN = ("seed", "replications", "precision", "parameter_draws", "ensemble")  # nor is how often it is simulated

Texts = tuple[str | None, ...]  # of each factor; None: as in the base scenario


@dataclass(frozen=True)
class Policy:
    """One policy: coordinates of the policy factors, or a name with settings of its own."""

    at: Row = ()
    name: str = ""
    sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class SweepPoint:
    """One point of a study. number : its row, first those of the design, then the baselines that it lacks."""

    number: int
    policy: int  # index, or BASELINE
    state: int  # index among the states of the world
    sets: tuple[str, ...]
    draw: int  # parameter draw; 0 is the values as written

    @property
    def key(self) -> str:
        """Digest of what is set: finds a point without loading its scenario."""
        return hashlib.blake2b(json.dumps([self.sets, self.draw]).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, kw_only=True)
class SweepPoints:
    """All points: pairs of policies and states of the world, and the baseline policy in every state that is met.

    pairs : (policy, state) of each row of the design; None for every combination, states moving fastest.
    draws : parameter draws of each state; () is the values as written.
    """

    policy_factors: tuple[SweepFactor, ...]
    state_factors: tuple[SweepFactor, ...]
    policies: tuple[Policy, ...]
    states: tuple[Row, ...]
    draws: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...] | None
    baseline: tuple[str, ...]  # settings of the baseline policy over the base scenario
    split: Mapping[str, Fraction] = field(default_factory=dict)  # of the base scenario
    levers: tuple[Any, ...] = ()  # entries of the base scenario

    @property
    def worlds(self) -> int:
        """Number of states of the world, every draw by itself."""
        return len(self.states) * max(1, len(self.draws))

    @property
    def rows(self) -> int:
        """Number of points of the design, without baselines."""
        return len(self.policies) * self.worlds if self.pairs is None else len(self.pairs)

    def __len__(self) -> int:
        return self.rows + self.worlds

    def __getitem__(self, number: int) -> SweepPoint:
        if not 0 <= number < len(self):
            raise IndexError(number)
        if number >= self.rows:
            return self._point(number, BASELINE, number - self.rows)
        if self.pairs is None:
            return self._point(number, *divmod(number, self.worlds))
        return self._point(number, *self.pairs[number])

    def in_order(self) -> Iterator[SweepPoint]:
        """Every point, the baselines first: what the others are compared with is there as early as can be."""
        for number in (*range(self.rows, len(self)), *range(self.rows)):
            yield self[number]

    def baseline_of(self, point: SweepPoint) -> SweepPoint:
        """The baseline policy in the same state of the world."""
        return self[self.rows + point.state]

    def values(self, point: SweepPoint) -> dict[str, str]:
        """What the point says of each factor, by the factor's name; "" where the base scenario is left as it is."""
        policy = Policy() if point.policy == BASELINE else self.policies[point.policy]
        found = {"policy": policy.name} if any(each.name for each in self.policies) else {}
        texts = self.texts_of(point.policy) or (None,) * len(self.policy_factors)
        found |= _named(self.policy_factors, texts) | _named(self.state_factors, self._state(point.state)[0])
        return found | ({"draw": str(point.draw)} if self.draws else {})

    def label(self, policy: int) -> str:
        """What people call a policy."""
        if policy == BASELINE:
            return "baseline"
        one = self.policies[policy]
        said = [
            _called(f, text)
            for f, text in zip(self.policy_factors, self.texts_of(policy), strict=False)
            if text is not None
        ]
        return one.name or ", ".join(said) or "as written"

    def texts_of(self, policy: int) -> Texts:
        """What a policy says of each policy factor; () for the baseline and for one that has a name of its own."""
        return () if policy == BASELINE else texts_at(self.policy_factors, self.policies[policy].at)

    def texts_of_state(self, state: int) -> Texts:
        """What a state of the world says of each factor of the states."""
        return self._state(state)[0]

    def _state(self, state: int) -> tuple[Texts, int]:
        if not self.draws:
            return texts_at(self.state_factors, self.states[state]), 0
        at, draw = divmod(state, len(self.draws))
        return texts_at(self.state_factors, self.states[at]), self.draws[draw]

    def _point(self, number: int, policy: int, state: int) -> SweepPoint:
        texts, draw = self._state(state)
        sets = self.baseline if policy == BASELINE else self._policy_sets(self.policies[policy])
        return SweepPoint(number, policy, state, (*sets, *key_sets(self.state_factors, texts)), draw)

    def _policy_sets(self, policy: Policy) -> tuple[str, ...]:
        if policy.name:
            return policy.sets
        factors = [
            (f, text)
            for f, text in zip(self.policy_factors, texts_at(self.policy_factors, policy.at), strict=True)
            if text is not None
        ]
        levers = [(f, text) for f, text in factors if f.kind == "lever"]
        parts = [(f, text) for f, text in factors if f.kind == "split"]
        return (
            *key_sets(*zip(*[(f, text) for f, text in factors if f.kind == "key"], strict=True)),
            *(split_sets(self.split, parts) if parts else ()),
            *([lever_set(self.levers, levers)] if levers else ()),
        )


def texts_at(factors: Sequence[SweepFactor], row: Row) -> Texts:
    """The texts of a row of coordinates; () for none. Made when they are asked for: a study may have a million."""
    return tuple(factor.text_at(at) for factor, at in zip(factors, row, strict=True)) if row else ()


def _called(factor: SweepFactor, text: str) -> str:
    """A factor at a level; a lever that is in force by what people call it."""
    if factor.kind == "lever" and text == IN_FORCE:
        return catalogue.levers()[factor.target].label
    return f"{factor.name} {text}"


def _named(factors: Sequence[SweepFactor], texts: Texts) -> dict[str, str]:
    return {factor.name: text or "" for factor, text in zip(factors, texts, strict=True)}


# ------------------------------------------------------------------------------------------------ settings


def key_sets(factors: Sequence[SweepFactor] = (), texts: Sequence[str | None] = ()) -> tuple[str, ...]:
    """``key=value`` of factors that are keys."""
    return tuple(f"{f.target}={text}" for f, text in zip(factors, texts, strict=True) if text is not None)


def mapped(values: Mapping[str, Any]) -> tuple[str, ...]:
    """``key=value`` of a map by dotted key."""
    return tuple(f"{key}={level_text(value)}" for key, value in values.items())


def split_sets(base: Mapping[str, Fraction], parts: Sequence[tuple[SweepFactor, str]]) -> tuple[str, ...]:
    """``policy.split.*`` with some parts given and the rest taken as they say; adds up to 100 % exactly.

    Raises UserError where the given parts leave less than nothing to what absorbs them.
    """
    given = {f.target: units.parse_quantity(text, units.SHARE) for f, text in parts}
    whole = {name: given.get(name, base.get(name, Fraction(0))) for name in INSTRUMENTS}
    takers = dict.fromkeys(f.absorbs for f, _ in parts)
    if "rest" in takers:
        others = [name for name in INSTRUMENTS if name not in given]
        left, had = 1 - sum(given.values()), sum(whole[name] for name in others)
        if left < 0 or (had == 0 and left > 0):
            raise UserError(
                f"the split of {_shown(given)} leaves {units.format_quantity(left, units.SHARE)} to the rest"
            )
        for name in others:
            share = left * whole[name] / had if had else Fraction(0)
            whole[name] = Fraction(round(share * 10**12), 10**12)
        largest = max(others, key=lambda name: whole[name])
        whole[largest] += 1 - sum(whole.values())
    else:
        (taker,) = takers
        whole[taker] += 1 - sum(whole.values())
        if whole[taker] < 0:
            raise UserError(
                f"the split of {_shown(given)} leaves {units.format_quantity(whole[taker], units.SHARE)} to {taker}"
            )
    return tuple(
        f"policy.split.{name}={units.format_quantity(share, units.SHARE, exact=True)}" for name, share in whole.items()
    )


def _shown(given: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name} {units.format_quantity(share, units.SHARE)}" for name, share in given.items())


def lever_set(base: Sequence[Any], levers: Sequence[tuple[SweepFactor, str]]) -> str:
    """``policy.levers=[...]``: those of the base scenario, with every varied one added, replaced or left out."""
    varied = {f.target for f, _ in levers}
    entries = [item for item in base if item.get("lever") not in varied]
    for factor, text in levers:
        if text != OFF:
            amount = {} if text == IN_FORCE else {factor.sets: text}
            entries.append({"lever": factor.target, **factor.entry, **amount})
    return f"policy.levers={flow(entries)}"


# ------------------------------------------------------------------------------------------------ identity


def identity(resolved: Resolved, *, seed: int, draw: int, ensemble: str = "") -> str:
    """Digest of a resolved scenario without its name, of seed and parameter draw, and of the version of the package.

    ensemble : digest of the ensemble that the draw is a member of; "" for one from the catalogue.
    """
    tree = {key: value for key, value in resolved.tree.items() if key not in UNSAID}
    tree["run"] = {key: value for key, value in tree["run"].items() if key not in UNSAID_RUN}
    said = json.dumps(
        [tree, seed, draw, version(), *([ensemble] if ensemble else [])], sort_keys=True, ensure_ascii=False
    )
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
