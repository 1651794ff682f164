"""From the blocks of a study file to factors: keys that exist, levels that are allowed, each key varied once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from pydantic_core import PydanticCustomError

from simcpec import catalogue, units
from simcpec.catalogue.laws import Z_975, Distribution, distribution_of
from simcpec.errors import Fault, ScenarioError, UserError
from simcpec.experiments.design.parameter_draws import Factor as UncertainFactor
from simcpec.experiments.design.parameter_draws import inverted
from simcpec.experiments.sweep.studies.factors import (
    IN_FORCE,
    OFF,
    BadLevels,
    Range,
    SweepFactor,
    ends_of,
    level_text,
    listed,
    parted,
    stepped,
)
from simcpec.experiments.sweep.studies.points import lever_set
from simcpec.experiments.sweep.studies.study_schema import EACH, FactorBlock
from simcpec.model.modes import INSTRUMENTS
from simcpec.scenario import Resolved
from simcpec.scenario.layering.variants import called
from simcpec.scenario.reading.nodes import Path, path_of
from simcpec.scenario.reading.suggestions import suggest
from simcpec.scenario.schema.leaf import Number
from simcpec.scenario.schema.scenario_block import leaf_at
from simcpec.units import short

if TYPE_CHECKING:
    from simcpec.experiments.sweep.studies.study_text import StudyText

TRIED = 12  # levels of a factor that are tried in the base scenario: all of fewer, else both ends and the middle
_RANGE = ("from_", "to", "step", "steps", "law", "value")
_OF = {"from_": "from"}


@dataclass(frozen=True)
class FactorReader:
    """Reads the factors of a study. load : the base scenario with more settings."""

    text: StudyText
    base: Resolved
    load: Callable[[Sequence[str]], Resolved]

    def read(self, blocks: Sequence[FactorBlock], where: Path, *, random: bool) -> tuple[SweepFactor, ...]:
        """The factors of one design; faults go to the text. random : whether ranges and laws have a meaning in it."""
        found: list[SweepFactor] = []
        for k, block in enumerate(blocks):
            path = (*where, "factors", k)
            for each in self._factors(block, path, random=random):
                if self._sound(each):
                    found.append(each)
        return tuple(found)

    def refuse_twice(self, factors: Sequence[SweepFactor]) -> None:
        """Note every factor that varies what another one varies already."""
        for k, one in enumerate(factors):
            for other in factors[:k]:
                if other.path == one.path:
                    continue
                if same_target(one, other):
                    problem = f"varies {short(_said(one))}, which another factor varies already"
                    self.text.fault(one.path, problem, "each key in one factor")
                elif one.name == other.name:
                    self.text.fault(
                        one.path, f"has the name {short(one.name)}, as another factor has", "name: of its own"
                    )

    def _factors(self, block: FactorBlock, path: Path, *, random: bool) -> Iterator[SweepFactor]:
        said = [name for name in ("key", "lever", "split") if getattr(block, name) is not None]
        if len(said) != 1:
            problem = f"has {' and '.join(said)}" if said else "says not what is varied"
            self.text.fault(path, problem, "one of key, lever and split")
            return
        if block.lever == EACH:
            yield from self._each_lever(block, path)
            return
        try:
            yield self._factor(block, said[0], path, random=random)
        except BadLevels as fault:
            self.text.fault((*path, _OF.get(fault.key, fault.key)), fault.problem, fault.allowed, fault.hint)

    def _each_lever(self, block: FactorBlock, path: Path) -> Iterator[SweepFactor]:
        levels = (OFF, IN_FORCE) if block.levels is None else tuple(map(level_text, block.levels))
        for name in catalogue.levers():
            yield SweepFactor(
                name=name, kind="lever", target=name, levels=levels, sets=block.sets, entry=block.entry, path=path
            )

    def _factor(self, block: FactorBlock, kind: str, path: Path, *, random: bool) -> SweepFactor:
        target = str(getattr(block, kind)).strip()
        self._refuse_foreign(block, kind, target, path)
        levels, found = self._levels(block, kind, target, random=random)
        return SweepFactor(
            name=block.name or (called(target) if kind == "key" else target), kind=kind, target=target, levels=levels,
            range=found, sets=block.sets, entry=block.entry, absorbs=block.absorbs or "", path=path,
        )  # fmt: skip

    def _refuse_foreign(self, block: FactorBlock, kind: str, target: str, path: Path) -> None:
        """Refuse what cannot be varied, and what does not belong to a factor of this kind."""
        if kind == "key" and (target == "run" or target.startswith("run.")):
            hint = "The seed of a study is seed:, and all points share it." if target == "run.seed" else ""
            raise BadLevels(
                "key", f"is {short(target)}: how a point is simulated is no factor", "a key of policy or world", hint
            )
        if kind == "key" and not target.startswith(("policy.", "world.")):
            raise BadLevels(
                "key",
                f"is {short(target)}, no key of policy or world",
                "a dotted key, such as policy.security_share.share",
            )
        if kind == "lever" and target not in catalogue.levers():
            labels = {lever.label: name for name, lever in catalogue.levers().items()}
            hint = suggest(target, catalogue.levers(), labels=labels, cutoff=0.5)
            raise BadLevels("lever", f"is {short(target)}, which is unknown", "a lever of the catalogue, or each", hint)
        if kind == "split" and target not in INSTRUMENTS:
            raise BadLevels(
                "split", f"is {short(target)}, no instrument", ", ".join(INSTRUMENTS), suggest(target, INSTRUMENTS)
            )
        if kind == "split":
            takers = [name for name in (*INSTRUMENTS, "rest") if name != target]
            if block.absorbs not in takers:
                said = "is missing" if block.absorbs is None else f"is {short(block.absorbs)}"
                raise BadLevels(
                    "absorbs",
                    said,
                    f"what takes the rest of 100 %: {', '.join(takers)}",
                    suggest(block.absorbs or "", takers),
                )
        for name, of in (("absorbs", "split"), ("entry", "lever")):
            if kind != of and getattr(block, name):
                raise BadLevels(name, "is read by nothing", f"with {of}: in the place of {kind}:")

    # -------------------------------------------------------------------------------------------- levels

    def _levels(
        self, block: FactorBlock, kind: str, target: str, *, random: bool
    ) -> tuple[tuple[str, ...] | None, Range | None]:
        ranged = [name for name in _RANGE if getattr(block, name) is not None]
        if block.levels is not None:
            if ranged:
                raise BadLevels(ranged[0], "stands beside levels", "levels, or a range, or a law")
            return (tuple(self._kinds(kind, target, block.levels))), None
        if block.from_ is None or block.to is None:
            raise BadLevels(
                "levels" if not ranged else ranged[0],
                "is missing" if not ranged else "stands without both ends of a range",
                "levels, or from: and to: with step:, steps: or law:",
            )
        if block.law is not None or (block.step is None and block.steps is None):
            if not random:
                what = f"has the law {block.law}" if block.law else "is a range without step: or steps:"
                raise BadLevels(
                    "law" if block.law else "from",
                    f"{what}, and the design takes levels one by one",
                    "step: or steps:, or design: lhs, sobol, saltelli, morris or one_at_a_time",
                )
            return None, self._range(block, kind, target)
        if block.step is not None and block.steps is not None:
            raise BadLevels("steps", "stands beside step", "one of them")
        if block.step is not None:
            if block.log == "on":
                raise BadLevels("log", "stands beside step", "steps: for logarithmic levels")
            return stepped(block.from_, block.to, block.step), None
        assert block.steps is not None
        return parted(block.from_, block.to, block.steps, log=block.log == "on"), None

    def _kinds(self, kind: str, target: str, values: Sequence[object]) -> tuple[str, ...]:
        """Levels that are written out, all of one kind."""
        texts = listed(values)
        leaf = leaf_at(path_of(target)) if kind == "key" else None
        words = {*(leaf.words if isinstance(leaf, Number) else ()), OFF, IN_FORCE}
        begins = {bool(text[:1] in "+-.0123456789") for text in texts if text not in words}
        if len(begins) > 1:
            raise BadLevels("levels", f"has numbers and other values: {short(', '.join(texts))}", "levels of one kind")
        return texts

    def _range(self, block: FactorBlock, kind: str, target: str) -> Range:
        """A range or a law in canonical units."""
        leaf = leaf_at(path_of(target)) if kind == "key" else Number(units.SHARE, "share", low="0 %", high="100 %")
        assert block.from_ is not None and block.to is not None
        low, high, unit = ends_of(block.from_, block.to)
        if not isinstance(leaf, Number):
            raise BadLevels("from", f"is a range, and {target} holds no number", "levels:")
        ends = []
        for key, number in (("from", low), ("to", high)):
            try:
                quantity = leaf.read(f"{format(number, 'f')} {unit}".strip())
            except PydanticCustomError as error:
                context = error.context or {}
                raise BadLevels(key, str(context["problem"]), str(context["allowed"]), str(context["hint"])) from None
            assert quantity is not None
            ends.append(float(quantity.exact))
        if block.log == "on" and ends[0] <= 0.0:
            raise BadLevels("from", f"is {block.from_}, and the range is logarithmic", "a number above 0")
        uncertain = self._law(block, target, leaf, ends[0], ends[1], unit) if block.law is not None else None
        return Range(
            kind=leaf.kind, low=ends[0], high=ends[1], log=block.log == "on", whole=leaf.whole, uncertain=uncertain
        )

    def _law(
        self, block: FactorBlock, target: str, leaf: Number, low: float, high: float, unit: str
    ) -> UncertainFactor:
        """The law of a factor, truncated to what its key allows."""
        value = (low + high) / 2.0
        if block.value is not None:
            try:
                value = float(
                    units.parse_quantity(
                        f"{block.value} {unit}" if unit and unit not in block.value else block.value, leaf.kind
                    )
                )
            except units.NotAQuantity as error:
                raise BadLevels("value", error.problem, error.allowed, error.hint) from None
        assert block.law is not None
        try:
            if block.law == "normal":
                law = Distribution("normal", {"mean": (low + high) / 2, "sd": (high - low) / (2 * Z_975)})
            else:
                law = distribution_of(block.law, value, (low, high), {})
        except ValueError as fault:
            raise BadLevels("law", f"is {block.law}: {fault}", "another law, or another range") from None
        least, greatest = (
            leaf_bound(leaf, leaf.low or leaf.above, float("-inf")),
            leaf_bound(leaf, leaf.high or leaf.below, float("inf")),
        )
        factor = UncertainFactor(
            key=target,
            name=target,
            unit=leaf.kind.canonical,
            distribution=law,
            least=least,
            greatest=greatest,
            whole=leaf.whole,
        )
        try:
            inverted(factor, np.array([0.5]))
        except UserError as fault:
            raise BadLevels("law", f"is {block.law}: {fault}", "a narrower range") from None
        return factor

    # -------------------------------------------------------------------------------------------- trying levels

    def _sound(self, factor: SweepFactor) -> bool:
        """Try levels of a factor in the base scenario; whether none of them was refused for what it is."""
        if factor.path and factor.kind == "split":
            return self._sound_shares(factor)
        texts = [factor.text_at(0.0), factor.text_at(0.999999)] if factor.levels is None else list(factor.levels)
        tried = range(len(texts)) if len(texts) <= TRIED else (0, len(texts) // 2, len(texts) - 1)
        sound = True
        for k in tried:
            if factor.kind == "lever":
                if texts[k] == OFF:
                    continue
                sets = [lever_set(self.base.tree["policy"].get("levers", ()), [(factor, str(texts[k]))])]
            else:
                sets = [f"{factor.target}={texts[k]}"]
            try:
                self.load(sets)
            except ScenarioError as error:
                sound &= not self._note(factor, k, error.faults)
        return sound

    def _note(self, factor: SweepFactor, level: int, faults: Sequence[Fault]) -> bool:
        """Note what a level is refused for; whether it was its own fault, not that of what stands beside it."""
        own = [fault for fault in faults if _about(factor, fault.key)]
        for fault in own[:1]:
            unknown = "no key that anything reads" in fault.problem
            at: tuple[str | int, ...] = ("levels", level) if factor.levels is not None else ("from",)
            at = ("key",) if unknown and factor.kind == "key" else at
            said = fault.problem if fault.key == factor.target or unknown else f"{fault.key} {fault.problem}"
            said = f"is {factor.target}, which {said}" if unknown and factor.kind == "key" else said
            self.text.fault((*factor.path, *at), said, fault.allowed, fault.hint)
        return bool(own)

    def _sound_shares(self, factor: SweepFactor) -> bool:
        for k, text in enumerate(factor.levels or ()):
            try:
                share = units.parse_quantity(text, units.SHARE)
                if not 0 <= share <= 1:
                    raise units.NotAQuantity(f"is {text}", "a share from 0 % to 100 %")
            except units.NotAQuantity as error:
                self.text.fault((*factor.path, "levels", k), error.problem, error.allowed, error.hint)
                return False
        return True


def leaf_bound(leaf: Number, text: str | None, default: float) -> float:
    """A bound of a number in canonical units."""
    return default if text is None else float(Fraction(units.parse_quantity(text, leaf.kind)))


def same_target(one: SweepFactor, other: SweepFactor) -> bool:
    """Return whether two factors set the same key, or one the map that holds the other's."""
    keys = sorted([_said(one), _said(other)], key=len)
    return keys[1] == keys[0] or keys[1].startswith((f"{keys[0]}.", f"{keys[0]}["))


def _said(factor: SweepFactor) -> str:
    """The key that a factor sets; levers by name."""
    return {"key": "", "lever": "policy.levers.", "split": "policy.split."}[factor.kind] + factor.target


def _about(factor: SweepFactor, key: str) -> bool:
    target = "policy.levers" if factor.kind == "lever" else factor.target
    return not key or key.startswith(target) or target.startswith(f"{key}.")
