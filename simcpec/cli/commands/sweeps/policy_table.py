"""The policies of a sweep in a few lines: what each gives, and what it changes against the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from simcpec.cli.console.console import columns

if TYPE_CHECKING:
    from simcpec.experiments.sweep.results import PolicyResult, SweepReader
    from simcpec.experiments.sweep.rounds import ContrastReached
    from simcpec.experiments.sweep.studies.study_file import SweepStudy

MOST = 40  # policies of a table; the others are in the exported one
SHOWN = ("attacks", "deaths", "security_spending")  # responses, as far as the study has them


def policy_table(reader: SweepReader) -> str:
    """A row for each policy, the first ones where there are many; "" where none of these has a result.

    Results of policies that are not shown are not read: those of a hundred thousand would fill the memory.
    """
    from simcpec.analysis.responses import response
    from simcpec.experiments.sweep.results import point_results, policy_results

    names = [name for name in SHOWN if name in reader.study.responses] or list(reader.study.responses[:2])
    found = policy_results(reader.study, list(point_results(reader, names, policies=MOST - 1)), names)
    heading = ["policy", *(part for name in names for part in (response(name).label, "against the baseline"))]
    rows = [[one.label, *(cell for name in names for cell in _cells(one, name))] for one in found]
    left = len(reader.study.points.policies) + 1 - MOST  # with the baseline
    more = f"and {left:,} more policies\n" if left > 0 else ""
    return columns(rows, heading=heading, numbers=list(range(1, len(heading)))) + more if rows else ""


def _cells(of: PolicyResult, name: str) -> tuple[str, str]:
    """Level and contrast of a response."""
    from simcpec.analysis.estimates import text

    return text(of.levels[name]), contrast_text(of, name)


def contrast_text(of: PolicyResult, name: str) -> str:
    """A contrast with its half-width, in words where it is none."""
    from simcpec.analysis.estimates import alike, significant

    found = of.contrasts.get(name)
    if found is None:
        return ""
    if found.verdict in ("identical", "not estimable"):
        return found.verdict
    if found.half_width is None:
        return f"{found.mean:+.3g}"
    mean, half = alike(found.mean, found.half_width) if found.half_width else (significant(found.mean), "0")
    shown = f"{'+' if found.mean > 0 else ''}{mean} ± {half}"
    return shown if found.verdict != "not distinguishable" else f"({shown})"


@dataclass(frozen=True)
class ReachedTable:
    """What became of the half-widths that were wanted, for people and for machines."""

    text: str
    content: list[dict[str, Any]]


def contrasts_reached(study: SweepStudy, reached: Sequence[ContrastReached]) -> ReachedTable:
    """A line for each response, and for each contrast that was given up."""
    points = {point.key: point for point in study.points.in_order()} if reached else {}
    lines = []
    for goal in study.precision:
        ones = [one for one in reached if one.response == goal.response]
        met = sum(one.met for one in ones)
        lines.append(f"precision: the contrast of {goal.response} is as asked for at {met:,} of {len(ones):,} points")
        given_up = [one for one in ones if not one.met]
        lines += [f"  given up: {_given_up(study, points[one.point], one)}" for one in given_up[:MOST]]
        lines += [f"  and {len(given_up) - MOST:,} more" for _ in range(len(given_up) > MOST)]
    content = [{**asdict(one), "values": study.points.values(points[one.point])} for one in reached]
    return ReachedTable("".join(f"{line}\n" for line in lines), content)


def _given_up(study: SweepStudy, point: Any, one: ContrastReached) -> str:
    said = ", ".join(f"{name} {text}" for name, text in study.points.values(point).items() if text) or "as written"
    half = "unknown" if one.half_width is None else f"{one.half_width:.3g}"
    return f"{said}: half-width {half} at {one.replications:,} replications, {one.wanted:.3g} wanted"
