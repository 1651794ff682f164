"""The responses: scalars of a replication that experiments report, nationally and by province.

Counts and money are per year of the counted time.  A share or a mean divides two sums; its value for a replication is

    v_r = ratio + (numerator_r - ratio x denominator_r) / mean denominator,    ratio = sum numerators / sum denominators

over the replications of a draw, so that the mean of the values is the ratio of means (never a mean of ratios, which a
replication without movements or leads would spoil) and their spread is that of the delta method, paired or not.
Where a draw has nothing to divide by, its values are nan: `estimate` says "not estimable".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simcpec.analysis.exact_bounds import Nature
from simcpec.economics.cost_lines import COST_LINES, HARM_SIDE
from simcpec.economics.valuation import LIVES, PRESENT, VALUED_LINES
from simcpec.errors import UserError
from simcpec.model.outcome import CELL_COUNTS, COHORT_COUNTS, PROVINCE_COUNTS
from simcpec.model.world import Floats
from simcpec.results.records import ScenarioResult
from simcpec.results.response_definitions import DEFINITIONS, INCIDENTS, Measure, Names, ResponseDefinition, yearly

Values = Callable[[ScenarioResult], Floats]


@dataclass(frozen=True, kw_only=True)
class Response(ResponseDefinition):
    """One scalar of a replication, and how to take it from results."""

    kept: Values  # ScenarioResult -> (D, R), of the replications that are kept one by one
    kept_by_province: Values  # ScenarioResult -> (D, R, P)

    def nature(self, result: ScenarioResult, divisor: float = 1.0) -> Nature:
        """Return what is known of its values beforehand, divided by `divisor`."""
        event = 1.0 / result.axes.years / divisor
        return Nature(
            fixed=self.kind == "fixed",
            event=event if self.kind == "events" else None,
            ratio=bool(self.made_of.below),
            twins=result.antithetic,
        )

    def of(self, result: ScenarioResult) -> Floats:
        """(D, R) values of all replications; raises UserError where not all are kept one by one."""
        return self.kept(all_of(result))

    def by_province(self, result: ScenarioResult) -> Floats:
        """(D, R, P) values of all replications by province; raises UserError as `of`."""
        return self.kept_by_province(all_of(result))


def all_of(result: ScenarioResult) -> ScenarioResult:
    """`result`, if its arrays hold every replication; else raises UserError, for a part must not pass for the whole."""
    if result.partial:
        raise UserError(
            f"{result.name}: {result.rows:,} of {result.replications:,} replications of a draw are kept one by one, so "
            "that values cannot be had of all; allowed: `estimate` and `compare` of the study, which rest on all of "
            "them, or a study played with --rows all (in Python rows=None), which keeps every one"
        )
    return result


def response(name: str) -> Response:
    """The response with this id; raises `UserError` naming all of them."""
    for each in (*RESPONSES, *VALUED):
        if each.id == name:
            return each
    raise UserError(f"no response {name!r}; allowed: {', '.join(each.id for each in (*RESPONSES, *VALUED))}")


def responses_of(*results: ScenarioResult) -> tuple[Response, ...]:
    """`RESPONSES`, and those of `VALUED` that at least one of the scenarios gives a meaning."""
    discounted, lives = (any(getattr(each, name) for each in results) for name in ("discounted", "prices_lives"))
    return (
        *RESPONSES,
        *(each for each in VALUED if (discounted or PRESENT not in each.id) and (lives or "valued" not in each.id)),
    )


#: responses that have a conditional mean beside them: the same mean with less noise, but no distribution of its own
EXPECTED = {"breaches": "expected_breaches", "deaths": "expected_deaths", "injured": "expected_injured"}


def incidents(result: ScenarioResult, province: str | None = None) -> Floats:
    """(D, R) incidents of a replication in all its counted time, as the scenario counts them: attacks or breaches.

    Raises UserError for a province that is not there, and where not every replication is kept one by one.
    """
    counts = _counts(all_of(result), (INCIDENTS,))
    if province is None:
        return twinned(result, total(counts))
    if province not in result.axes.provinces:
        raise UserError(f"no province {province}; allowed: {', '.join(result.axes.provinces)}")
    return twinned(result, np.ascontiguousarray(counts[..., result.axes.provinces.index(province)]))


def incidents_by_period(result: ScenarioResult) -> Floats:
    """(D, R, T, P) incidents of the replications that are kept, as the scenario counts them."""
    return cells_by_period(result, INCIDENTS)


def cells_by_period(result: ScenarioResult, name: str) -> Floats:
    """(D, R, T, P) one count of cells, or the incidents, of the replications that are kept."""
    column = CELL_COUNTS.index(counted_as(result.incident_basis) if name == INCIDENTS else name)
    return np.asarray(result.cell[..., column].sum((4, 5)), dtype=np.float64)


def twinned(result: ScenarioResult, values: Floats) -> Floats:
    """(D, R / 2, ...) averages of antithetic twins, the independent units where there are any; else `values`."""
    return (values[:, 0::2] + values[:, 1::2]) / 2.0 if result.antithetic else values


def total(values: Floats) -> Floats:
    """Sums over the last axis, exactly rounded: the order of provinces changes no bit."""
    sums = values.sum(axis=-1)
    if np.array_equal(values, np.rint(values)) and np.all(np.abs(sums) < 2.0**53):
        return np.asarray(sums)  # whole numbers add up exactly in any order
    flat = values.reshape(-1, values.shape[-1])
    return np.array([math.fsum(row) for row in flat]).reshape(values.shape[:-1])


# ---------------------------------------------------------------------------------------------- (D, R, P) of one table

_TABLES = (
    ("cell", CELL_COUNTS), ("cohort", COHORT_COUNTS), ("province", PROVINCE_COUNTS), ("costs", COST_LINES),
    ("valued", VALUED_LINES),
)  # fmt: skip


def _counts(result: ScenarioResult, names: tuple[str, ...]) -> Floats:
    """(D, R, P) sum of the named columns over periods, cohorts and settings."""
    return total(np.concatenate([_column(result, name) for name in names], axis=-1))


def _column(result: ScenarioResult, name: str) -> Floats:
    """(D, R, P, everything else) of one column of whatever table has it."""
    name = counted_as(result.incident_basis) if name == INCIDENTS else name
    for table, columns in _TABLES:
        if name in columns:
            values = getattr(result, table)[..., columns.index(name)]
            by_province = np.moveaxis(values, 3, 2)  # (D, R, T, P, ...) -> (D, R, P, T, ...)
            return np.ascontiguousarray(by_province.reshape(*by_province.shape[:3], -1))
    raise ValueError(f"no column {name}")


def counted_as(basis: str) -> str:
    """The column that holds the incidents of a scenario with this `incident_basis`."""
    return {"attack": "attacks", "breach": "breaches"}[basis]


def _days(result: ScenarioResult) -> Floats:
    """(D, R, P) counted days: what an integral over time is divided by to be a mean stock."""
    shape = (*result.province.shape[:2], len(result.axes.provinces))
    return np.full(shape, math.fsum(result.axes.period_days))


# ------------------------------------------------------------------------------------------------ kinds of responses

Kind = tuple[Values, Values]  # of the nation, and by province


def _kind_of(measure: Measure) -> Kind:
    """Return how the values of a measure are taken from results."""
    if measure.below:
        return _ratio(measure.above, measure.below)
    return _yearly(measure.above) if measure.per == "year" else _stock(measure.above)


def _yearly(names: Names) -> Kind:
    """Sum of columns per year: national and by province."""

    def by_province(result: ScenarioResult) -> Floats:
        return _counts(result, names) / result.axes.years

    def of(result: ScenarioResult) -> Floats:
        return total(_counts(result, names)) / result.axes.years

    return of, by_province


def _ratio(above: Names, below: Names) -> Kind:
    """Sum of columns over sum of columns, as the values v_r of the module's head."""

    def by_province(result: ScenarioResult) -> Floats:
        return linearised(_counts(result, above), _counts(result, below))

    def of(result: ScenarioResult) -> Floats:
        return linearised(total(_counts(result, above)), total(_counts(result, below)))

    return of, by_province


def _stock(names: Names) -> Kind:
    """Integral over time as a mean stock: by province, and their sum over the nation."""

    def by_province(result: ScenarioResult) -> Floats:
        return _counts(result, names) / _days(result)

    def of(result: ScenarioResult) -> Floats:
        return total(_counts(result, names)) / math.fsum(result.axes.period_days)

    return of, by_province


def linearised(above: Floats, below: Floats) -> Floats:
    """Values (D, R, ...) whose mean over R is sum(above) / sum(below); nan in draws where the latter is 0."""
    sums = np.stack([_over_replications(above), _over_replications(below)])
    mean_below = sums[1] / above.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(sums[1] > 0.0, sums[0] / sums[1], np.nan)[:, None]
        values = ratio + (above - ratio * below) / mean_below[:, None]
    return np.asarray(values)


def _over_replications(values: Floats) -> Floats:
    """(D, ...) exactly rounded sums over the second axis."""
    return total(np.ascontiguousarray(np.moveaxis(values, 1, -1)))


def _response(each: ResponseDefinition, kind: Kind | None = None) -> Response:
    """The response of a definition; `kind` where its values are taken in another way than those of its measure."""
    of, by_province = (_units(values) for values in kind or _kind_of(each.made_of))
    return Response(**{**vars(each), "kept": of, "kept_by_province": by_province})


def _units(of: Values) -> Values:
    """The values of independent units: of replications, or of twins."""
    return lambda result: twinned(result, of(result))


RESPONSES: tuple[Response, ...] = tuple(_response(each) for each in DEFINITIONS)


#: ids of the responses that chance has no part in
FIXED = tuple(each.id for each in DEFINITIONS if each.kind == "fixed")


def _valued(id: str, label: str, better: str, *names: str) -> Response:
    measure, fixed = yearly(*names, valued=True), id.removesuffix(PRESENT) in FIXED
    return _response(
        ResponseDefinition(
            id=id, label=label, unit="USD", per="year", better=better, made_of=measure, kind="fixed" if fixed else ""
        )
    )


def _present(names: Names) -> Names:
    return tuple(name + PRESENT for name in names)


_PRICED = "with deaths priced (sensitivity)"
#: what scenarios with a discount rate or a value of life show beside the undiscounted lines and the persons
VALUED: tuple[Response, ...] = (
    _valued("security_spending_present", "Security spending, present value", "", *_present(("security_spending",))),
    _valued("force_cost_present", "Cost of forces, present value", "", *_present(("host_forces",))),
    _valued("lever_cost_present", "Cost of levers, present value", "", *_present(("levers",))),
    _valued("harm_cost_present", "Cost of harm, present value", "less", *_present(HARM_SIDE)),
    _valued("total_cost_present", "Total cost, present value", "less", *_present(COST_LINES)),
    _valued("deaths_valued", "Foreign deaths at the value of life (sensitivity)", "less", LIVES),
    _valued("harm_valued", f"Cost of harm {_PRICED}", "less", *HARM_SIDE, LIVES),
    _valued("total_valued", f"Total cost {_PRICED}", "less", *COST_LINES, LIVES),
    _valued("harm_valued_present", f"Cost of harm {_PRICED}, present value", "less", *_present((*HARM_SIDE, LIVES))),
    _valued("total_valued_present", f"Total cost {_PRICED}, present value", "less", *_present((*COST_LINES, LIVES))),
)

OPERATIONS = ("operations_plot", "operations_routine")
ENDED = ("foiled", "deterred", "lapsed", "attacks")  # plots that came to an end


def _quotient(above: Names, below: Names, factor: float = 1.0, *, yearly: bool = False) -> Kind:
    """As `_ratio`, of plain means, times `factor`; `yearly` divides both by time first, to keep the last digits."""

    def by_province(result: ScenarioResult) -> Floats:
        years = result.axes.years if yearly else 1.0
        return factor * quotient(_counts(result, above) / years, _counts(result, below) / years)

    def of(result: ScenarioResult) -> Floats:
        years = result.axes.years if yearly else 1.0
        return factor * quotient(total(_counts(result, above)) / years, total(_counts(result, below)) / years)

    return of, by_province


def quotient(above: Floats, below: Floats) -> Floats:
    """(D, R, ...) values whose mean over R is the ratio of means of a draw; nan where there is nothing to divide by."""
    mean = below.mean(axis=1, keepdims=True)
    safe = np.where(mean > 0, mean, 1.0)
    share = above.mean(axis=1, keepdims=True) / safe
    return np.asarray(np.where(mean > 0, share + (above - share * below) / safe, np.nan), dtype=np.float64)


def _share(id: str, label: str, unit: str, better: str, above: Names, below: Names, factor: float) -> Response:
    """A ratio of plain means times 100, or, with a factor of 1, of two counts a year."""
    measure = Measure(above=above, below=below, factor=factor)
    definition = ResponseDefinition(id=id, label=label, unit=unit, per="mean", better=better, made_of=measure)
    return _response(definition, _quotient(above, below, factor, yearly=factor == 1.0))


#: ratios that only the report shows
RATIOS: tuple[Response, ...] = (
    _share("foiled_share", "Share of plots foiled", "% of plots ended", "more", ("foiled",), ENDED, 100.0),
    _share("arrests_per_operation", "Arrests", "persons per operation", "", ("arrests",), OPERATIONS, 1.0),
    _share("militant_deaths_per_operation", "Militants killed", "persons per operation", "", ("militant_deaths",),
           OPERATIONS, 1.0),
)  # fmt: skip
#: everything that is ever asked of a study, by id
ASKED: dict[str, Response] = {each.id: each for each in (*RESPONSES, *VALUED, *RATIOS)}
MEASURES: dict[str, Measure] = {name: each.made_of for name, each in ASKED.items()}
#: the sums that all of them are made of
PARTS: tuple[Names, ...] = tuple(
    dict.fromkeys(names for each in MEASURES.values() for names in (each.above, each.below) if names)
)
