"""T13 convergence: what precision was reached by which rule; T14 reproducibility: what repeats the study."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simcpec.analysis.estimates import Estimate
from simcpec.analysis.paired_differences import Difference
from simcpec.reporting.formatting import MISSING, ended_by, headed, plural, significant
from simcpec.reporting.selection import FOREST, best, differences, drawn, estimates, shown
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, group, words
from simcpec.results.records import Study
from simcpec.results.scenario_names import key_of

EXACT = "exact"


def convergence(study: Study) -> Table:
    """T13: replications used, half-widths reached and the rule that ended the simulation."""
    names = [best(study, name) for name in FOREST]
    rows: list[Row] = []
    records: list[tuple[Any, ...]] = []
    for index, result in enumerate(study.scenarios):
        rows.append(group(headed(study, index)))
        for name, level, apart in _each(study, names, index):
            unit = shown(name).unit
            rows.append(
                Row(
                    cells=(
                        words(shown(name).label, unit), Cell(text=f"{result.replications:,}"),
                        Cell(text=f"{level.n:,}"), _width(level), _relative(level),
                        Cell(text=MISSING) if apart is None else _width(apart),
                    )
                )
            )  # fmt: skip
            records.append((
                key_of(index), result.name, name, unit, result.draws, result.replications, level.n,
                level.mean if level.estimable else None, level.half_width,
                None if apart is None else apart.mean, None if apart is None else apart.half_width, rule(study),
            ))  # fmt: skip
    return Table(
        id="T13",
        slug="convergence",
        title="Replications used and precision reached",
        caption=(
            f"Rule: {rule(study)}. Half-width: 95 % Monte Carlo, of the mean and of the paired difference from the "
            "baseline; exact: chance has no part in it. Relative: half-width over mean."
            + (" Draws of parameters are held fixed in it: more replications shrink it, more draws do not."
               if drawn(study) else "")
        ),
        panels=(
            Panel(
                columns=(
                    words("Response"), Cell(text="Replications", detail="of a draw"),
                    Cell(text="Values", detail="over all draws"), Cell(text="Half-width", detail="of the mean"),
                    Cell(text="Relative"), Cell(text="Half-width", detail="of the difference"),
                ),
                rows=tuple(rows),
            ),
        ),
        fields=(
            "scenario", "name", "response", "unit", "draws", "replications_of_a_draw", "values", "mean",
            "mc_half_width", "mean_difference", "difference_mc_half_width", "rule",
        ),
        records=tuple(records),
    )  # fmt: skip


def _each(study: Study, names: list[str], index: int) -> Iterator[tuple[str, Estimate, Difference | None]]:
    for name in names:
        yield name, estimates(study, name)[index], dict(differences(study, name)).get(index)


def _width(found: Estimate | Difference) -> Cell:
    if found.half_width is None:
        return Cell(text=MISSING, detail="no value differed" if found.differs is not None else "one replication")
    return Cell(text=significant(found.half_width, 2) if found.half_width > 0.0 else EXACT)


def _relative(found: Estimate) -> Cell:
    if not found.half_width or not found.mean:
        return Cell(text=MISSING)
    return Cell(text=f"{significant(100.0 * found.half_width / abs(found.mean), 2)} %")


def rule(study: Study) -> str:
    """Return in words what ended the simulation."""
    if study.precision is not None:
        looks = ", ".join(f"{look:,}" for look in study.precision.looks)
        goals = "; ".join(dict.fromkeys(f"{one.goal.response} to {100.0 * one.goal.relative:g} % of its mean"
                                        + (f", at least {significant(one.goal.floor)}" if one.goal.floor else "")
                                        for one in study.precision.reached))  # fmt: skip
        return f"sequential, until half-widths were reached ({goals}), with looks declared at {looks} replications"
    if study.time_limit is not None:
        return ended_by(study.time_limit)
    return f"a given number, {plural(study.replications, 'replication')} of each parameter draw"


# ------------------------------------------------------------------------------------------------ T14


def reproducibility(study: Study) -> Table:
    """T14: command, seed, engine, versions and digests: everything that repeats the study to the last bit."""
    facts = list(_facts(study))
    return Table(
        id="T14",
        slug="reproducibility",
        title="What repeats this study",
        caption=(
            "The command with these versions gives the same bytes again. Digests are SHA-256; that of a scenario is of "
            "all its worlds, as the engine plays them."
        ),
        panels=(
            Panel(
                columns=(words("What"), words("Value")),
                rows=tuple(Row(cells=(words(what), words(value))) for what, value in facts),
            ),
        ),
        fields=("what", "value"),
        records=tuple(facts),
    )


def _facts(study: Study) -> Iterator[tuple[str, str]]:
    yield "Command", study.command
    yield "Seed", str(study.seed)
    yield "Engine", study.engine
    yield "Parameter draws", f"{study.scenarios[0].draws:,}"
    yield "Replications of a draw", f"{study.scenarios[0].replications:,}"
    yield "Antithetic twins", "yes" if study.scenarios[0].antithetic else "no"
    for name, version in sorted(study.software.items()):
        yield f"Version of {name}", version
    for index, result in enumerate(study.scenarios):
        yield f"Worlds of {key_of(index)}, {result.slug}", result.digest
    if digest := study.manifest.get("digest"):
        yield "Stored folder", str(digest)
