"""A study that answers questions: what `study`, `read` and the command line hand over.

    found = simcpec.study(["share-1", "share-2"], replications=200, seed=7)
    found.estimate("incidents")                  every scenario's mean with both intervals, as the report has it
    found.compare("incidents")                   every scenario's paired difference from the baseline
    found.scenarios[0].values("incidents")       (draws, replications) values, where all were kept one by one

The records themselves (`results.records`) know nothing of statistics; these are the same records with the questions
added.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from simcpec.analysis.estimates import Estimate
from simcpec.analysis.paired_differences import Difference
from simcpec.analysis.responses import ASKED, Response, response
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.errors import UserError, no_such
from simcpec.model.world import Floats
from simcpec.results.records import ScenarioResult, Study


def named(of: Response | str) -> Response:
    """The response, or the one with this id. Raises UserError for an unknown id."""
    if isinstance(of, Response):
        return of
    return ASKED[of] if of in ASKED else response(of)


@dataclass(frozen=True, kw_only=True)
class AnalysedScenario(ScenarioResult):
    """A scenario that was played, and what can be asked of it; a response is an id of `simcpec list responses`."""

    def estimate(self, response: Response | str, *, province: str | None = None) -> Estimate:
        """Mean and both intervals over all replications, of the nation or of a province (its code)."""
        if province is not None:
            self.persons(province)  # raises UserError where there is none
        return analysis_of(self).estimate(named(response), province=province)

    def estimate_as_written(self, response: Response | str) -> Estimate | None:
        """Mean at the values as written, of replications of its own; None without draws, or where none were played."""
        return analysis_of(self).estimate_as_written(named(response))

    def compare(self, response: Response | str, baseline: ScenarioResult) -> Difference:
        """Paired difference from `baseline` over all replications. Raises UserError where they are no pair."""
        return analysis_of(self).compare(analysis_of(baseline), named(response))

    def values(self, response: Response | str) -> Floats:
        """(D, R) values of all replications, or of all pairs of twins. Raises UserError where not all are kept."""
        return analysis_of(self).values(named(response))


@dataclass(frozen=True, kw_only=True)
class AnalysedStudy(Study):
    """A study, and what can be asked of all its scenarios at once; answers are by slug, in the order of the command."""

    scenarios: tuple[AnalysedScenario, ...]

    def scenario(self, slug: str) -> AnalysedScenario:
        """The scenario with this slug. Raises UserError naming all of them."""
        found = {each.slug: each for each in self.scenarios}
        if slug not in found:
            raise no_such(f"no scenario of this study is called {slug!r}", slug, found)
        return found[slug]

    def estimate(self, response: Response | str, *, province: str | None = None) -> dict[str, Estimate]:
        """The estimate of every scenario that has the province."""
        known = [each for each in self.scenarios if province is None or province in each.axes.provinces]
        return {each.slug: each.estimate(response, province=province) for each in known or self.scenarios}

    def compare(self, response: Response | str, baseline: str | None = None) -> dict[str, Difference]:
        """Paired difference of every other scenario from the one with the slug `baseline`, by default the study's."""
        if baseline is None and self.baseline is None:
            raise UserError("nothing was compared in this study; allowed: a study with a baseline, or one named here")
        base = self.scenarios[self.baseline or 0] if baseline is None else self.scenario(baseline)
        return {each.slug: each.compare(response, base) for each in self.scenarios if each is not base}

    def values(self, response: Response | str) -> dict[str, Floats]:
        """Values (D, R) of every scenario. Raises UserError where not all replications are kept one by one."""
        return {each.slug: each.values(response) for each in self.scenarios}


def analysed(study: Study) -> AnalysedStudy:
    """Return the study with the questions added."""
    scenarios = tuple(AnalysedScenario(**_fields(each)) for each in study.scenarios)
    return AnalysedStudy(**{**_fields(study), "scenarios": scenarios})


def _fields(of: ScenarioResult | Study) -> dict[str, Any]:
    return {each.name: getattr(of, each.name) for each in fields(of)}
