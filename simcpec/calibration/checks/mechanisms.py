"""Ablation of mechanisms: how the fit and the headline change where one of them is taken out, or put in.

Some draws are taken from the posterior, and each is simulated again with one mechanism switched, at the same addresses
and with its births fitted anew. With the same priors the mean over the posterior of the ratio of both likelihoods is
the ratio of both evidences, so that its logarithm is the difference of the log scores that both models have for all
targets together. The elasticity of guards is left out: it would need one more simulation of each world. The headline is
what twice the security share averts, in each world against itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcpec.calibration.draws.plan import YEAR, CalibrationPlan, drift_prior
from simcpec.calibration.draws.simulated import Simulator, kept_draws, response_replications, response_shape
from simcpec.calibration.draws.summaries import DrawSummary
from simcpec.calibration.models.drift_fit import DriftGrid, fit_drift
from simcpec.calibration.weighing.weights import Weighed, excluded, mean_counts, scored, variance_over_mean
from simcpec.catalogue.laws import Z_975
from simcpec.errors import ScenarioError
from simcpec.model.world import Floats, Ints
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.units import decimal_text

MOST, SHARE_OF_DRAWS = 12, 85  # draws that are simulated again: at most, and one in so many
TOLD = float(np.log(3.0))  # of a log score beyond its error, from which the record is said to speak
AS_WRITTEN = "as written"
SMALLEST = 1e-300  # mean ratio: below it every draw is ruled out
STAGE = "mechanisms"  # of the work that is announced
TIMES = 2  # the security share of the headline


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """One switch. sets : ``key=value`` that take the mechanism out, or, where `adds`, put it in.

    acts : what the sentence on it says it does.      moves : attacks go to other provinces without it than with it.
    """

    name: str
    acts: str
    sets: tuple[str, ...]
    adds: bool = False
    moves: bool = False


@dataclass(frozen=True, kw_only=True)
class Ablated:
    """One world against the scenario as written; differences are of log scores, this world less the other.

    parts : counts, harm, dispersion, other patterns and monthly counts, each on its own.
    ruled_out : share of draws that history matching rules out here.
    over_mean, rate : variance over mean of the count of the nation, and attacks a year, both after the fit.
    attacks, breaches : per cent that twice the share averts, with half-widths (95 %) over draws and replications.
    against : per cent of breaches averted less that as written, paired by draws, and its half-width.
    """

    mechanism: Mechanism
    draws: int
    score: float
    error: float
    parts: Mapping[str, float]
    ruled_out: float
    over_mean: float
    rate: float
    attacks: tuple[float, float]
    breaches: tuple[float, float]
    against: tuple[float, float]

    @property
    def verdict(self) -> str:
        """What the record says of the mechanism."""
        if self.mechanism.name == AS_WRITTEN:
            return ""
        if self.score < -TOLD - 2.0 * self.error:
            return "against it" if self.mechanism.adds else "for it"
        if self.score > TOLD + 2.0 * self.error:
            return "for it" if self.mechanism.adds else "against it"
        return "cannot tell"

    @property
    def moves_headline(self) -> bool:
        """Whether the headline differs from that as written by more than noise."""
        return abs(self.against[0]) > self.against[1]


PARTS = ("counts", "harm", "dispersion", "other_patterns", "monthly")
LAYERS = {"route": "cordons and patrols stop attacks", "hardening": "walls and armour stop attacks"}


def mechanisms(plan: CalibrationPlan) -> tuple[Mechanism, ...]:
    """The mechanisms of a scenario that can be switched."""
    world = plan.resolved.scenario.world
    protection = world.protection
    listed = [
        (world.threat.drift.mode != "off", "drift", "the threat drifts", ("world.threat.drift.mode=off",)),
        (len(world.threat.clusters) > 1, "clusters", "attacks come in clusters", ("world.threat.clusters=[100 %]",)),
        (True, "follow-ons", "attacks bring follow-ons", _no_follow_ons(world)),
        (world.displacement.mode != "off", "displacement", "attacks move to what is less protected",
         ("world.displacement.mode=off",)),
        (world.detection.mode != "off", "detection", "plots are found", ("world.detection.mode=off",)),
        (True, "preparation", "plots take months", ("world.preparation={law: deterministic, mean: 1 days}",)),
        (protection.insider.mode != "off", "insiders", "insiders leak", ("world.protection.insider.mode=off",)),
        (True, "common cause", "layers fail together", ("world.protection.common_cause=0 %",)),
        (True, "decay", "compliance with procedures decays", ("world.protection.compliance.decay=never",)),
        *((True, f"{name} layer", acts, (f"world.protection.layers.{name}.stop_probability=0 %",))
          for name, acts in LAYERS.items()),
        (True, "guard layer", "guards stop attacks", ("world.protection.layers.guard.ceiling=0 %",)),
        (world.stoppage.mode != "off", "stoppages", "works stop after attacks", ("world.stoppage.mode=off",)),
    ]  # fmt: skip
    found = [
        Mechanism(name=name, acts=acts, sets=sets, moves=name == "displacement")
        for there, name, acts, sets in listed if there
    ]  # fmt: skip
    if world.backlash.world == "none":
        found.append(
            Mechanism(
                name="backlash",
                acts="deaths and arrests bring recruits",
                sets=("world.backlash.world=strong",),
                adds=True,
            )
        )
    return tuple(found)


def _no_follow_ons(world: Any) -> tuple[str, ...]:
    own = (f"world.threat.excitation.provinces.{code}=0" for code in world.threat.excitation.provinces)
    return ("world.threat.excitation.follow_ons=0", *own)


def ablated(how: Simulator, of: Weighed, members: Ints, shape: Floats) -> tuple[Ablated, ...]:
    """The scenario as written, then every mechanism; () where the budget is no share that could be doubled.

    shape : of the response as written.
    """
    share = of.plan.resolved.scenario.policy.security_share.share
    if share is None:
        how.work.plan(STAGE, 0)
        return ()
    numbers = list(dict.fromkeys(members[:, 0].tolist()))[: most_draws(of.plan)]
    chosen = [each for each in mechanisms(of.plan) if allowed(of.plan, each)]
    how.work.plan(STAGE, planned_replications(of.plan, chosen, len(numbers)))
    doubled = f"policy.security_share.share={decimal_text(share.exact * TIMES * 100)} %"
    run = _Runs(how, numbers, doubled, shape)
    first = scored(of.plan, numbers, [of.summaries[d] for d in numbers], shape)
    plain = Mechanism(name=AS_WRITTEN, acts="", sets=())
    written = first, run.simulated(plain, (doubled,))
    found = [run.compared(plain, written, written)]
    for mechanism in chosen:
        found.append(run.compared(mechanism, written, run.world(mechanism)))
    return tuple(found)


def allowed(plan: CalibrationPlan, mechanism: Mechanism) -> bool:
    """Whether the scenario can do without the mechanism; a setting of the user's own may forbid the switch."""
    try:
        changed_plan(plan, mechanism.sets)
    except ScenarioError:
        return False
    return True


def most_draws(plan: CalibrationPlan) -> int:
    """Draws that are simulated again, at most."""
    return min(MOST, max(2, plan.draws // SHARE_OF_DRAWS))


def planned_replications(plan: CalibrationPlan, chosen: Sequence[Mechanism], draws: int) -> int:
    """Replications of the ablation: each world as it is and with twice the share, less the first as it is."""
    shapes = sum(response_replications(plan) for mechanism in chosen if mechanism.moves)
    return (2 * len(chosen) + 1) * draws * plan.replications + shapes


World = tuple[Weighed, list[DrawSummary]]  # draws as they are scored, and their summaries with twice the share


@dataclass(frozen=True)
class Averted:
    """A total of each draw (K,) before and after: the ratio of paired means, and what each draw adds to it."""

    before: Floats
    after: Floats

    @property
    def ratio(self) -> float:
        """Mean after over mean before; 1 where there was nothing."""
        mean = float(self.before.mean())
        return float(self.after.mean()) / mean if mean > 0.0 else 1.0

    @property
    def percent(self) -> float:
        """Per cent by which the mean falls."""
        return 100.0 * (1.0 - self.ratio)

    @property
    def influence(self) -> Floats:
        """(K,) of each draw on the per cent; their mean is 0."""
        scale = max(float(self.before.mean()), SMALLEST)
        return np.asarray(-100.0 * (self.after - self.ratio * self.before) / scale)


@dataclass(frozen=True)
class _Runs:
    """The draws that are simulated again, alike in weight as members are."""

    how: Simulator
    numbers: Sequence[int]
    doubled: str
    shape: Floats

    def world(self, mechanism: Mechanism) -> World:
        """Scores of the draws with the mechanism switched, and their summaries with twice the share."""
        plan = changed_plan(self.how.plan, mechanism.sets)
        after = self.simulated(mechanism, (*mechanism.sets, self.doubled))
        summaries = self.simulated(mechanism, mechanism.sets)
        shape = response_shape(self.how, plan, f"response-{mechanism.name}") if mechanism.moves else self.shape
        return scored(plan, self.numbers, summaries, shape), after

    def simulated(self, mechanism: Mechanism, sets: tuple[str, ...]) -> list[DrawSummary]:
        """Summaries of the draws with these settings."""
        plan = changed_plan(self.how.plan, sets)
        name = f"mechanism-{mechanism.name.replace(' ', '-')}" + ("-doubled" if self.doubled in sets else "")
        return kept_draws(self.how, name, plan, self.numbers, values_in(plan, sets))

    def compared(self, of: Mechanism, written: World, switched: World) -> Ablated:
        """The world of a mechanism against that as written."""
        (before, doubled_before), (after, doubled) = written, switched
        attacks = Averted(_sums(after.summaries, "attacks"), _sums(doubled, "attacks"))
        breaches = Averted(_sums(after.summaries, "breaches"), _sums(doubled, "breaches"))
        usual = Averted(_sums(before.summaries, "breaches"), _sums(doubled_before, "breaches"))
        change, out = after.parts - before.parts, excluded(after.implausible)
        ratio = np.where(out, 0.0, np.exp(change.sum(axis=1)))
        mean = float(ratio.mean())
        monthly = monthly_difference(after.plan) if of.name != AS_WRITTEN else 0.0
        return Ablated(
            mechanism=of, draws=len(ratio), score=float(np.log(max(mean, SMALLEST))) + monthly,
            error=standard_error(ratio) / max(mean, SMALLEST), parts=_parts(after, change, monthly),
            ruled_out=float(out.mean()), over_mean=float(variance_over_mean(after).mean()),
            rate=float(mean_counts(after).sum(axis=1).mean()) * YEAR / after.plan.targets.days,
            attacks=(attacks.percent, half_width(attacks.influence)),
            breaches=(breaches.percent, half_width(breaches.influence)),
            against=(breaches.percent - usual.percent, half_width(breaches.influence - usual.influence)),
        )  # fmt: skip


def _parts(of: Weighed, change: Floats, monthly: float) -> Mapping[str, float]:
    """Mean change of the log likelihood of each part on its own."""
    what = [each.what for each in of.plan.targets.patterns]
    mean = change.mean(axis=0)
    dispersion = float(sum(m for m, name in zip(mean[2:], what, strict=True) if name == "dispersion"))
    found = (float(mean[0]), float(mean[1]), dispersion, float(mean[2:].sum()) - dispersion, monthly)
    return dict(zip(PARTS, found, strict=True))


def _sums(summaries: Sequence[DrawSummary], name: str) -> Floats:
    return np.array([sum(getattr(summary, name)) for summary in summaries])


def standard_error(values: Floats) -> float:
    """Standard error of a mean; nan of a single value."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def changed_plan(plan: CalibrationPlan, sets: tuple[str, ...]) -> CalibrationPlan:
    """The draws of a plan in a world with other switches. Raises ScenarioError where the scenario forbids them."""
    if not sets:
        return plan
    resolved = load(plan.resolved.ref, sets=[*plan.sets, *sets])
    return plan.elsewhere(resolved, build(resolved))


def values_in(plan: CalibrationPlan, sets: tuple[str, ...]) -> Callable[[int], Mapping[str, float]]:
    """Values of a draw without those that a switch sets, or that the world with it does not have."""
    known = plan.written
    taken = [text.partition("=")[0] for text in sets]

    def drawn(draw: int) -> Mapping[str, float]:
        return {
            key: value for key, value in plan.drawn(draw).items()
            if key in known and not any(key == one or key.startswith(f"{one}.") for one in taken)
        }  # fmt: skip

    return drawn


def half_width(influence: Floats) -> float:
    """95 % half-width of an estimate with this influence of each draw; nan of a single draw."""
    return Z_975 * standard_error(influence)


def monthly_difference(plan: CalibrationPlan) -> float:
    """What the monthly counts say of a level that stands still against one that drifts; 0 where it drifts."""
    if plan.resolved.scenario.world.threat.drift.mode != "off":
        return 0.0
    weight = plan.targets.block.monthly.weight.value
    still = DriftGrid(np.zeros(1), np.zeros(1))
    table = plan.targets.monthly
    without = sum(float(fit_drift(table.named(code), still).marginal[0, 0]) for code, _ in plan.drift_series)
    chance = np.log(np.maximum(drift_prior(plan.factors, plan.drift_grid), 1e-300)) + weight * plan.drift
    return weight * without - float(np.logaddexp.reduce(chance, axis=None))


def findings(of: Sequence[Ablated]) -> list[str]:
    """What the ablation found, a sentence for each mechanism."""
    return [finding(each, of[0]) for each in of[1:]]


def finding(one: Ablated, written: Ablated) -> str:
    """What the record and the headline say of one mechanism."""
    said = {
        "for it": f"the record speaks for it that {one.mechanism.acts}",
        "against it": f"the record speaks against it that {one.mechanism.acts}",
        "cannot tell": f"the record cannot tell whether {one.mechanism.acts}",
    }[one.verdict]
    word = "with it" if one.mechanism.adds else "without it"
    score = f"log score {one.score:+.2f} ± {2.0 * one.error:.2f}" if one.ruled_out < 1.0 else "every draw ruled out"
    headline = "the headline moves" if one.moves_headline else "the headline stays"
    return (
        f"{one.mechanism.name}: {said} ({score} {word}); {headline}: twice the share averts"
        f" {one.breaches[0]:.1f} ± {one.breaches[1]:.1f} % of breaches {word}, {written.breaches[0]:.1f} ±"
        f" {written.breaches[1]:.1f} % as written ({one.against[0]:+.1f} ± {one.against[1]:.1f})."
    )
