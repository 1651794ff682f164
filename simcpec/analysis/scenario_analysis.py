"""What can be asked of a scenario, whatever was kept of its replications: estimates, differences, ratios.

A study keeps every replication one by one, or the first ones and `Aggregates` of all. `analysis_of` decides which of
them answers, once and for every question, so that an answer never rests on a part of the replications unless its name
says so. The two kinds of analysis agree to rounding; only the interval of a rate ratio is made in another way.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields, replace
from hashlib import blake2b
from typing import NamedTuple, TypeVar

import numpy as np

from simcpec.analysis.aggregates import (
    DISTRIBUTIONS,
    difference,
    differs,
    incident_products,
    incidents_differ,
    summed,
)
from simcpec.analysis.estimates import (
    CONFIDENCE,
    Estimate,
    Moments,
    estimate,
    estimate_from,
    missing,
    moments,
    moments_of,
)
from simcpec.analysis.exact_bounds import Nature
from simcpec.analysis.paired_differences import (
    IDENTICAL,
    RESAMPLES,
    Difference,
    RateRatio,
    difference_from,
    no_ratio,
    not_estimable,
    paired,
    ratio_from_sums,
    ratio_of_rates,
)
from simcpec.analysis.responses import Response, all_of, incidents, incidents_by_period
from simcpec.analysis.uncertainty.ranking import claimed
from simcpec.errors import UserError
from simcpec.model.world import Floats
from simcpec.results.online_moments import Histograms, quantile
from simcpec.results.records import Aggregates, Axes, ScenarioResult
from simcpec.results.response_definitions import INCIDENTS, Measure

AnalysisOf = TypeVar("AnalysisOf", bound="ScenarioAnalysis")
Counted = tuple[Floats, list[Floats]]  # means (T,), and one (T,) a share


class Exposed(NamedTuple):
    """What a rate ratio is of: a province or the nation (None), and person-years (D,) of one replication of each."""

    province: str | None
    years_a: Floats
    years_b: Floats


def analysis_of(result: ScenarioResult) -> ScenarioAnalysis:
    """The analysis of a scenario: of its replications where all are kept one by one, else of its aggregates."""
    if result.aggregates is None:
        return ReplicationAnalysis(result)
    return AggregateAnalysis(result, result.aggregates)


class ScenarioAnalysis(ABC):
    """Every question about one scenario; `ratio_method` says in words how the interval of a rate ratio is made."""

    ratio_method: str
    #: what is stored beside the replications that are kept: nothing, or the one record
    stored: tuple[Aggregates, ...] = ()

    def __init__(self, result: ScenarioResult) -> None:
        self.result = result

    @property
    def axes(self) -> Axes:
        """Labels."""
        return self.result.axes

    @property
    def draws(self) -> int:
        """Parameter draws."""
        return self.result.draws

    @abstractmethod
    def estimate(self, each: Response, *, province: str | None = None, divisor: float = 1.0) -> Estimate:
        """A response of the nation or of a province, divided by `divisor`."""

    def estimate_as_written(self, each: Response, *, divisor: float = 1.0) -> Estimate | None:
        """A response of the nation at the values as written, beside the mean over draws; None where not simulated."""
        of = self.result.as_written
        if of is None or each.id not in of.responses:
            return None
        values = of.values[None, :, of.responses.index(each.id)]
        return estimate(np.ascontiguousarray(values) / divisor, nature=each.nature(self.result, divisor))

    @abstractmethod
    def by_province(self, each: Response) -> list[Estimate]:
        """A response in every province, in the order of the axes."""

    def compare(self, baseline: ScenarioAnalysis, each: Response, *, divisor: float = 1.0) -> Difference:
        """A response minus that of the baseline, paired. Raises UserError for what was not played as its pair.

        Where both play the same worlds at the same prices, an identical response is a fact and has no bound. A sign is
        claimed only where those worlds agree in which backlash was read otherwise.
        """
        found = self._compare(baseline, each, divisor)
        worlds = [one for one in self.result.worlds if one.baseline == baseline.result.slug]
        found = claimed(found, worlds, each.id)
        fact = found.verdict == "identical" and _same_worlds(self.result, baseline.result)
        return replace(found, half_width=0.0, note="", differs=None) if fact else found

    def chance_share(self) -> float | None:
        """Share of chance in the variance of single histories' incidents; None with one replication or one draw.

        The rest is the parameters', which are drawn anew in each draw.
        """
        found = self._incidents_per(np.ones(self.draws), None)
        if self.draws < 2 or not found.within or self.result.antithetic:
            return None
        between = float(found.means.var(ddof=1)) - found.within / found.replications
        return found.within / (found.within + max(0.0, between))

    def values(self, each: Response) -> Floats:
        """(D, R) values of all replications. Raises UserError where not all are kept one by one."""
        return each.kept(all_of(self.result))

    @abstractmethod
    def incidents_played(self, province: str | None = None) -> int:
        """Incidents in all replications together, of the nation or of one province."""

    def rate(self, province: str | None = None) -> Estimate:
        """Incidents per 1000 person-years, of the nation or of one province (its code).

        Without an incident in any replication the rate is not estimable; `upper` is then the exact one-sided 95 %
        Poisson bound -ln(0.05) / person-years played (the "rule of three"), which knows the replications, not the
        parameters. It is exact for Poisson incidents and too low where they cluster; of antithetic twins it counts the
        years of one only. Without anybody exposed it is not estimable and has no bound. Raises UserError for a
        province that is not there. Where no value differs, and of a single replication, the Monte Carlo limits are
        Garwood's exact ones of all incidents together.
        """
        of = self.result
        years = of.persons(province) * of.axes.years / 1000.0  # of each draw, in 1000 person-years
        if not (years > 0.0).all():
            return missing(of.units, "nobody is exposed")
        played = self.incidents_played(province)
        if not played:
            bound = -math.log(1.0 - CONFIDENCE) / (math.fsum(years) * of.units / len(years))
            return missing(of.units, f"no incident in {of.plays} replications", bound)
        found = self._incidents_per(years, province)
        event = found.mean * of.plays / played  # what one incident adds to the rate of a value
        return estimate_from(found, of.units, nature=Nature(event=event, twins=of.antithetic))

    def rate_ratio(
        self, baseline: ScenarioAnalysis, province: str | None = None, *, seed: int, resamples: int = RESAMPLES
    ) -> RateRatio:
        """Incident rate over that of the baseline; see `rate_ratio` of this module."""
        years_a, years_b = (each.result.persons(province) * each.axes.years for each in (self, baseline))
        if not ((years_a > 0.0).all() and (years_b > 0.0).all()):
            return no_ratio("nobody is exposed")
        found = self._ratio(baseline, Exposed(province, years_a, years_b), seed, resamples)
        fact = found.identical and _same_worlds(self.result, baseline.result)
        return replace(found, note=IDENTICAL) if fact else found

    @abstractmethod
    def _compare(self, baseline: ScenarioAnalysis, each: Response, divisor: float) -> Difference:
        """A response minus that of the baseline, paired."""

    def incident_ratio(self, baseline: ScenarioAnalysis, *, seed: int, resamples: int = RESAMPLES) -> RateRatio:
        """Incidents over those of the baseline, whoever is exposed; interval and method are those of `rate_ratio`."""
        same = np.ones(len(self.result.draw_numbers))
        return self._ratio(baseline, Exposed(None, same, same), seed, resamples)

    @abstractmethod
    def cumulative(self, shares: Sequence[float]) -> Counted:
        """Incidents since the start by the end of each period: their mean, and the value below which each share lies.

        Quantiles are order statistics over all replications of all draws, so that a count is a count.
        """

    @abstractmethod
    def fingerprint(self) -> str:
        """A digest of the incidents of every replication by period and province, equal where all of them are."""

    @abstractmethod
    def _incidents_per(self, years: Floats, province: str | None) -> Moments:
        """Moments of incidents over `years` (D,)."""

    @abstractmethod
    def _ratio(self, baseline: ScenarioAnalysis, of: Exposed, seed: int, resamples: int) -> RateRatio:
        """The rate ratio of what is exposed."""


def rate_ratio(
    result: ScenarioResult,
    baseline: ScenarioResult,
    *,
    province: str | None = None,
    seed: int,
    resamples: int = RESAMPLES,
) -> RateRatio:
    """Incident rate of `result` over that of `baseline`, of the nation or of one province (T6).

    Sums over all draws and replications are divided, each by its exposure. The bootstrap draws whole replications,
    the same ones in both scenarios, within each parameter draw; `seed` is that of the study. Where not all
    replications are kept there is nothing to resample, and the interval is by the delta method, as the note says.
    """
    return analysis_of(result).rate_ratio(analysis_of(baseline), province, seed=seed, resamples=resamples)


class ReplicationAnalysis(ScenarioAnalysis):
    """Of a scenario whose replications are all kept one by one."""

    ratio_method = "paired bootstrap over replications"

    def estimate(self, each: Response, *, province: str | None = None, divisor: float = 1.0) -> Estimate:
        """See `ScenarioAnalysis.estimate`."""
        if province is None:
            return estimate(self.values(each) / divisor, nature=each.nature(self.result, divisor))
        place = self.axes.provinces.index(province)
        values = np.ascontiguousarray(each.by_province(self.result)[..., place])
        return estimate(values / divisor, nature=each.nature(self.result, divisor))

    def by_province(self, each: Response) -> list[Estimate]:
        """See `ScenarioAnalysis.by_province`."""
        values, nature = each.by_province(self.result), each.nature(self.result)
        return [estimate(np.ascontiguousarray(values[..., p]), nature=nature) for p in range(len(self.axes.provinces))]

    def _compare(self, baseline: ScenarioAnalysis, each: Response, divisor: float) -> Difference:
        other = _pair(self, baseline)
        return paired(
            self.values(each) / divisor, other.values(each) / divisor, nature=each.nature(self.result, divisor)
        )

    def incidents_played(self, province: str | None = None) -> int:
        """See `ScenarioAnalysis.incidents_played`."""
        twins = 2 if self.result.antithetic else 1  # replications of a value
        return round(twins * float(incidents(self.result, province).sum()))

    def cumulative(self, shares: Sequence[float]) -> Counted:
        """See `ScenarioAnalysis.cumulative`."""
        counts = incidents_by_period(self.result).sum(3).cumsum(axis=2)
        played = counts.reshape(-1, counts.shape[2])
        return played.mean(axis=0), [
            np.asarray(np.quantile(played, share, axis=0, method="inverted_cdf"), dtype=np.float64) for share in shares
        ]

    def fingerprint(self) -> str:
        """See `ScenarioAnalysis.fingerprint`."""
        counts = incidents_by_period(self.result)
        seal = blake2b(repr(counts.shape).encode(), digest_size=16)
        seal.update((counts + 0.0).tobytes())
        return seal.hexdigest()

    def _incidents_per(self, years: Floats, province: str | None) -> Moments:
        return moments(incidents(self.result, province) / years[:, None])

    def _ratio(self, baseline: ScenarioAnalysis, of: Exposed, seed: int, resamples: int) -> RateRatio:
        a, b = (incidents(each.result, of.province) for each in (self, _pair(self, baseline)))
        return ratio_of_rates(a, b, years_a=of.years_a, years_b=of.years_b, seed=seed, resamples=resamples)


class AggregateAnalysis(ScenarioAnalysis):
    """Of a scenario of which only the first replications are kept one by one, and sums of all of them."""

    ratio_method = "the delta method from the paired spread of all replications"

    def __init__(self, result: ScenarioResult, aggregates: Aggregates) -> None:
        super().__init__(result)
        self.aggregates = aggregates
        self.stored = (aggregates,)

    def estimate(self, each: Response, *, province: str | None = None, divisor: float = 1.0) -> Estimate:
        """See `ScenarioAnalysis.estimate`."""
        found = summed(self, each.made_of, province)
        if found is None:
            return missing(self.result.units, "nothing to divide by")
        return estimate_from(
            moments_of(found.divided(divisor)), self.result.units, nature=each.nature(self.result, divisor),
            carried_by=None if each.made_of.below else found.carried_by,
        )  # fmt: skip

    def by_province(self, each: Response) -> list[Estimate]:
        """See `ScenarioAnalysis.by_province`."""
        return [self.estimate(each, province=code) for code in self.axes.provinces]

    def _compare(self, baseline: ScenarioAnalysis, each: Response, divisor: float) -> Difference:
        other, measure, n = _pair(self, baseline), each.made_of, self.result.units
        ours, theirs = summed(self, measure), summed(other, measure)
        apart = difference(self, other, measure)
        if ours is None or theirs is None or apart is None:
            return not_estimable(n)
        of_a, of_b, found = (moments_of(one.divided(divisor)) for one in (ours, theirs, apart))
        differ = bool(differs(self, other, measure).any())
        return difference_from(
            found, of_a.within, of_b.within, n=n, differ=differ, nature=each.nature(self.result, divisor),
            carried_by=None if measure.below else apart.carrying(self._size(other, each)),
        )  # fmt: skip

    def _size(self, other: ScenarioAnalysis, each: Response) -> float:
        """Sum of the sizes of all differences, which sums of them do not tell: projected from the kept ones."""
        sizes = np.abs(each.kept(self.result) - each.kept(other.result))
        return math.fsum(sizes.ravel()) / sizes.size * self.result.units

    def incidents_played(self, province: str | None = None) -> int:
        """See `ScenarioAnalysis.incidents_played`."""
        found = summed(self, Measure(above=(INCIDENTS,)), self._known(province))
        assert found is not None  # nothing divides it
        twins = 2 if self.result.antithetic else 1  # replications of a value
        return round(twins * math.fsum(found.means * found.counts))

    def cumulative(self, shares: Sequence[float]) -> Counted:
        """See `ScenarioAnalysis.cumulative`; from histograms, in which counts up to 512 are told apart."""
        of = self.aggregates
        counted = Histograms(of.histogram_keys, of.histogram_counts)
        each = [counted.of(len(DISTRIBUTIONS) + t) for t in range(len(self.axes.periods))]
        means = np.asarray(of.pace / self.result.plays)
        return means, [np.array([quantile(*one, share, whole=True) for one in each]) for share in shares]

    def fingerprint(self) -> str:
        """See `ScenarioAnalysis.fingerprint`."""
        return self.aggregates.fingerprint

    def _known(self, province: str | None) -> str | None:
        """`province`, if it is there."""
        if province is not None:
            self.result.persons(province)
        return province

    def _incidents_per(self, years: Floats, province: str | None) -> Moments:
        found = summed(self, Measure(above=(INCIDENTS,)), province)
        assert found is not None  # nothing divides it
        return moments_of(found.divided(years))

    def _ratio(self, baseline: ScenarioAnalysis, of: Exposed, seed: int, resamples: int) -> RateRatio:
        found = incident_products(self, _pair(self, baseline), of.province)
        differ = incidents_differ(self.aggregates, of.province)
        return ratio_from_sums(found, self.aggregates.counts, differ=differ, years_a=of.years_a, years_b=of.years_b)


def _same_worlds(one: ScenarioResult, other: ScenarioResult) -> bool:
    """Return whether two scenarios play the same worlds at the same prices, so that they can differ in nothing."""
    records = ((one.plan, other.plan), (one.prices, other.prices))
    return one.digest == other.digest and all(
        np.array_equal(getattr(a, field.name), getattr(b, field.name)) for a, b in records for field in fields(a)
    )


def _pair(one: AnalysisOf, other: ScenarioAnalysis) -> AnalysisOf:
    """`other`, if it can be paired with `one`: played with the same addresses and kept in the same way.

    Aggregates hold the pairing with one baseline, whatever is handed over: it must be that very one.
    """
    if not isinstance(other, type(one)) or not np.array_equal(one.result.counts, other.result.counts):
        raise UserError(_not_paired(one, other, "they were not played together"))
    if one.result.draw_numbers != other.result.draw_numbers:
        raise UserError(_not_paired(one, other, "their parameter draws differ"))
    for ours, theirs in zip(one.stored, other.stored, strict=True):
        if not _paired_with(ours, theirs):
            raise UserError(_not_paired(one, other, "sums were kept against the baseline of the study alone"))
    return other


def _paired_with(ours: Aggregates, theirs: Aggregates) -> bool:
    """Return whether the mean differences that are kept are those from these very means."""
    if not ours.apart.shape[1] or theirs.apart.shape[1]:
        return False
    apart, means = ours.apart[:, 0], (ours.means[:, 0], theirs.means[:, 0])
    return bool(np.allclose(apart, means[0] - means[1], rtol=1e-6, atol=1e-9 * np.abs(means[0]).max()))


def _not_paired(one: ScenarioAnalysis, other: ScenarioAnalysis, why: str) -> str:
    return (
        f"{one.result.name} cannot be compared with {other.result.name}: {why}; allowed: the baseline of the same "
        "study, or a study of both with --rows all (in Python rows=None)"
    )
