"""The tables of `economics`: rows for JSON and CSV, in USD and units of the source, and never inf or nan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from simcpec.analysis.economics.study_economics import GROUPS
from simcpec.cli.commands.economics.appraise import Appraisal
from simcpec.economics.decision.loss_tails import LEVELS
from simcpec.economics.decision.plane import QUADRANTS
from simcpec.economics.perspectives import PARTIES, SOCIETY

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class TableOf:
    """One table. key : in JSON, with underscores; the file has hyphens.      always : also where it has no row."""

    key: str
    heading: tuple[str, ...]
    rows: Callable[[Appraisal], Rows]
    always: bool = False


def incremental_rows(found: Appraisal) -> Rows:
    """Options in the order of the frontier; the undiscounted mean beside what is discounted."""
    of = found.options
    plain = found.undiscounted or of
    rows: Rows = []
    for each in found.decision.increments:
        s = each.option
        same = "" if each.same_as is None else f", equal to {of.names[each.same_as]}"
        rows.append((
            of.names[s], float(of.expected_cost[s]), float(of.expected_effect[s]), each.status.value + same,
            "" if each.against is None else of.names[each.against], each.cost, each.effect, each.ratio,
            float(plain.expected_cost[s]), float(plain.expected_effect[s]),
        ))  # fmt: skip
    return rows


def current_rows(found: Appraisal) -> Rows:
    """Every other option against current practice."""
    return [
        (found.options.names[row.option], row.cost, row.effect, row.trade.value, row.ratio)
        for row in found.decision.comparisons
    ]


def benefit_rows(found: Appraisal) -> Rows:
    """Net benefit of every option at every value."""
    curves = found.decision.curves
    return [
        (float(value), name, float(curves.expected[v, s]), float(curves.probability[v, s]), float(curves.loss[v, s]),
         bool(s == curves.best[v]))
        for v, value in enumerate(curves.values)
        for s, name in enumerate(found.options.names)
    ]  # fmt: skip


def perfect_rows(found: Appraisal) -> Rows:
    """The best option at every value, and what knowing everything is worth."""
    curves = found.decision.curves
    return [
        (float(value), found.options.names[curves.best[v]], float(curves.frontier[v]), float(curves.perfect[v]))
        for v, value in enumerate(curves.values)
    ]


def threshold_rows(found: Appraisal) -> Rows:
    """What must be averted; a rate that no number of attacks reaches is empty."""
    return [
        (row.name, row.cost, row.loss, row.critical, row.averted,
         *(_known(rate) for rate in row.rates or (None, None, None)))
        for row in (() if found.study is None else found.study.thresholds)
    ]  # fmt: skip


def unit_rows(found: Appraisal) -> Rows:
    """What an attack, a breach and a death averted costs."""
    rows: Rows = []
    for row in found.per_unit:
        known = row.monte_carlo
        ends = (None, None) if known is None else (known.low, known.high)
        rows.append((found.options.names[row.option], row.unit, row.cost, row.effect, row.trade.value, row.ratio, *ends,
                     "" if known is None else known.kind.value))  # fmt: skip
    return rows


def plane_rows(found: Appraisal) -> Rows:
    """Shares of the draws by quadrant."""
    return [
        (found.options.names[cloud.option], float(cloud.mean[0]), float(cloud.mean[1]), *map(float, cloud.shares))
        for cloud in found.decision.plane
    ]


def payer_rows(found: Appraisal) -> Rows:
    """Who pays more and who gains; parties that nothing changes for are left out, society is last."""
    rows: Rows = []
    for each in () if found.study is None else found.study.incidence:
        name = found.options.names[each.option]
        for n, party in enumerate(PARTIES):
            if each.more[n].any():
                rows.append((name, party, *map(float, each.more[n]), float(each.more[n].sum())))
        rows.append((name, SOCIETY, *map(float, each.society), float(each.society.sum())))
    return rows


def spending_rows(found: Appraisal) -> Rows:
    """Cost a year undiscounted, as a present value of the run, and annualised."""
    return [
        (found.options.names[row.option], row.yearly, row.rate, row.present, row.equivalent)
        for row in (() if found.study is None else found.study.spending)
    ]


def loss_rows(found: Appraisal) -> Rows:
    """Mean and tails of yearly losses; a level that the replications cannot tell is empty."""
    rows: Rows = []
    for s, curve in enumerate(() if found.study is None else found.study.losses):
        if curve is None:
            continue
        tails = {tail.level: tail for tail in curve.tails}
        told = [(tails[level].var, tails[level].tvar) if level in tails else (None, None) for level in LEVELS]
        rows.append((found.options.names[s], curve.years, curve.mean, curve.zero,
                     *(amount for pair in told for amount in pair)))  # fmt: skip
    return rows


def exceedance_rows(found: Appraisal) -> Rows:
    """Points of the exceedance curves."""
    return [
        (found.options.names[s], *map(float, point))
        for s, curve in enumerate(() if found.study is None else found.study.losses)
        if curve is not None
        for point in zip(curve.losses, curve.exceeded, curve.low, curve.high, strict=True)
    ]


def partial_rows(found: Appraisal) -> Rows:
    """What knowing parameters is worth at every value."""
    return [
        (float(value), each.name, len(each.keys), float(each.worth[v]), float(each.standard_error[v]),
         float(each.idle[v]), float(each.unseen[v]), each.told_apart(v))
        for each in found.partial
        for v, value in enumerate(each.values)
    ]  # fmt: skip


def nested_rows(found: Appraisal) -> Rows:
    """What knowing the states of the world of a sweep is worth by nested Monte Carlo, with its bias by inner draws."""
    return [
        (value, inner, float(worth), row.corrected, row.standard_error)
        for value, row in zip(found.nested_at, found.nested, strict=True)
        for inner, worth in zip(row.inner, row.worth, strict=True)
    ]


def sample_rows(found: Appraisal) -> Rows:
    """What data are worth at every value."""
    return [
        (row.value, row.name, row.years, row.worth, row.partial, row.waiting, row.net, row.conjugate)
        for row in found.sample
    ]


def curve_rows(found: Appraisal) -> Rows:
    """Instruments in the order of their curve."""
    return [
        (step.name, step.cost, step.averted, step.half_width, step.trade.value, step.ratio, step.left, step.right,
         step.shared, step.overlap)
        for step in (() if found.curve is None else found.curve.steps)
    ]  # fmt: skip


def layout_rows(found: Appraisal) -> Rows:
    """A budget over instruments."""
    if found.layout is None:
        return []
    of = found.layout.allocation
    return [
        (name, float(spent), float(averted))
        for name, spent, averted in zip(found.layout.names, of.spent, of.averted, strict=True)
    ]


def _known(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


_TAILS = tuple(f"{word}_{round(100 * level)}" for level in LEVELS for word in ("value_at_risk", "mean_beyond"))
TABLES = (
    TableOf(key="incremental", always=True, rows=incremental_rows, heading=(
        "strategy", "cost", "effect", "status", "against", "more_cost", "more_effect", "ratio", "cost_undiscounted",
        "effect_undiscounted")),
    TableOf(key="against_current", always=True, rows=current_rows,
            heading=("strategy", "more_cost", "more_effect", "trade", "ratio")),
    TableOf(key="net_benefit", always=True, rows=benefit_rows, heading=(
        "value", "strategy", "expected_net_benefit", "probability_best", "expected_loss", "is_best")),
    TableOf(key="perfect_information", always=True, rows=perfect_rows, heading=(
        "value", "best", "probability_best", "expected_value_of_perfect_information")),
    TableOf(key="thresholds", rows=threshold_rows, heading=(
        "strategy", "more_cost", "loss", "critical_reduction", "attacks_averted_share", "break_even_rate_10",
        "break_even_rate_50", "break_even_rate_90")),
    TableOf(key="cost_per_unit", rows=unit_rows, heading=(
        "strategy", "unit", "more_cost", "averted", "trade", "ratio", "monte_carlo_low", "monte_carlo_high",
        "monte_carlo_set")),
    TableOf(key="plane", rows=plane_rows, heading=(
        "strategy", "more_effect", "more_cost", *(f"share_{words.replace(', ', '_').replace(' ', '_')}"
                                                  for words in QUADRANTS))),
    TableOf(key="who_pays", rows=payer_rows, heading=("strategy", "party", *GROUPS, "all")),
    TableOf(key="annualised", rows=spending_rows, heading=(
        "strategy", "cost_undiscounted", "discount_rate", "present_value", "equivalent_annual_cost")),
    TableOf(key="losses", rows=loss_rows, heading=("strategy", "years", "mean", "share_without_loss", *_TAILS)),
    TableOf(key="exceedance", rows=exceedance_rows, heading=(
        "strategy", "loss", "probability_of_more", "monte_carlo_low", "monte_carlo_high")),
    TableOf(key="partial_information", rows=partial_rows, heading=(
        "value", "name", "parameters", "worth", "standard_error", "idle", "on_unseen_draws", "told_apart")),
    TableOf(key="nested_monte_carlo", rows=nested_rows, heading=(
        "value", "inner_draws", "worth", "corrected", "standard_error")),
    TableOf(key="sample_information", rows=sample_rows, heading=(
        "value", "study", "years", "worth", "of_the_rates", "lost_each_year", "net_over_the_run",
        "gamma_poisson_closed_form")),
    TableOf(key="instruments", rows=curve_rows, heading=(
        "instrument", "cost", "averted", "monte_carlo_half_width", "trade", "ratio", "left", "right",
        "shapley_average", "overlap")),
    TableOf(key="allocation", rows=layout_rows, heading=("instrument", "spent", "averted")),
)  # fmt: skip
ONLY_FILES = ("exceedance",)  # too long for a document


def content(found: Appraisal, out: Path | None) -> dict[str, Any]:
    """What ``--json`` prints."""
    tables = {
        table.key: [dict(zip(table.heading, row, strict=True)) for row in table.rows(found)]
        for table in TABLES
        if table.key not in ONLY_FILES
    }
    told = {key: rows for key, rows in tables.items() if rows or _always(key)}
    head = {
        "draws": found.options.draws,
        "current": None if found.options.current is None else found.options.names[found.options.current],
        "noise_removed": found.decision.curves.corrected,
        **_basis(found),
    }
    return {**head, **told, "output": None if out is None else out.as_posix()}


def _always(key: str) -> bool:
    return next(table.always for table in TABLES if table.key == key) or key == "thresholds"


def _basis(found: Appraisal) -> dict[str, Any]:
    """What costs and effects are, whose cost it is, and how the future is weighed."""
    if found.kind == "table":
        return {}
    of = found.basis
    years = {} if found.study is None else {"years": found.study.years}
    return {
        "effect": of.effect, "cost": of.cost, "perspective": of.perspective, **years,
        "discount_rate_of_costs": of.discount_costs, "discount_rate_of_effects": of.discount_effects,
    }  # fmt: skip


def write(found: Appraisal, out: Path, source: Path, *, force: bool) -> None:
    """Write every table that has a row as CSV. Raises as `output_folder.whole_folder`."""
    from simcpec.storage.csv_text import csv_text
    from simcpec.storage.output_folder import whole_folder, write_text

    manifest = {
        "what": "economics", "source": source.name, "noise_removed": found.decision.curves.corrected, **_basis(found)
    }  # fmt: skip
    tables: Sequence[tuple[TableOf, Rows]] = [(table, table.rows(found)) for table in TABLES]
    with whole_folder(out, manifest=manifest, force=force) as hidden:
        for table, rows in tables:
            if rows or table.always:
                write_text(hidden / f"{table.key.replace('_', '-')}.csv", csv_text(table.heading, rows))
