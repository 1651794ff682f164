"""What a sweep says in sentences: lowest and highest, what the next million buys, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simcpec.analysis.estimates import significant
from simcpec.analysis.responses import response
from simcpec.experiments.sweep.results import PolicyResult
from simcpec.experiments.sweep.summary import Marginal, SweepSummary
from simcpec.reporting.formatting import plus_minus, with_unit
from simcpec.reporting.selection import shown
from simcpec.reporting.sweeps.curves import break_even, printed


def findings(of: SweepSummary, returns: Mapping[str, Sequence[Marginal]]) -> list[tuple[str, str]]:
    """(about, sentence) in the order of the page."""
    return [*_changes(of), *_returns(of, returns), *_pairing(of), *_holes(of)]


def _changes(of: SweepSummary) -> Iterator[tuple[str, str]]:
    """The policies that move a response most, and how many cannot be told from the baseline."""
    for name in of.names:
        each = response(name)
        if each.kind == "fixed" or not of.others:
            continue
        told = [one for one in of.others if one.contrasts[name].verdict in ("less", "more")]
        alike = sum(one.contrasts[name].verdict == "identical" for one in of.others)
        unclear = sum(one.contrasts[name].verdict == "not distinguishable" for one in of.others)
        parts = []
        if told:
            parts += [_extreme(told, name, lowest=True), _extreme(told, name, lowest=False)]
        if unclear:
            parts.append(f"{_policies(unclear)} not distinguishable from the baseline at this number of replications")
        if alike:
            parts.append(f"{_policies(alike)} identical to it in every replication")
        yield each.label, "; ".join(part for part in parts if part) + "."


def _policies(count: int) -> str:
    return "1 policy is" if count == 1 else f"{count:,} policies are"


def _extreme(told: Sequence[PolicyResult], name: str, *, lowest: bool) -> str:
    """The policy with the largest change to one side; "" where none goes there."""
    side = [one for one in told if (one.contrasts[name].mean < 0) == lowest]
    if not side:
        return ""
    one = max(side, key=lambda each: abs(each.contrasts[name].mean))
    contrast, scale = one.contrasts[name], shown(name).scale
    width = contrast.half_width / scale if contrast.half_width else None
    change, half = plus_minus(contrast.mean / scale, width, sign=True)
    return (
        f"{'lowest' if lowest else 'highest'} at {one.label}: "
        f"{with_unit(significant(one.levels[name].mean / scale), printed(name))}, {f'{change} {half}'.strip()} "
        "compared with the baseline"
    )


def _returns(of: SweepSummary, returns: Mapping[str, Sequence[Marginal]]) -> Iterator[tuple[str, str]]:
    """Where an extra million is seen to avert something, and where it is not."""
    for name, row in returns.items():
        if not row:
            continue
        seen = [one for one in row if one.half_width is not None and one.mean - one.half_width > 0.0]
        text = f"an extra USD million a year averts a detectable number of {name} at {len(seen)} of {len(row)} levels"
        if seen:
            best, last = max(seen, key=lambda one: one.mean), max(seen, key=lambda one: one.x).text
            mean, half = plus_minus(best.mean, best.half_width or None)
            text += f"; of these it averts most at {best.text} ({f'{mean} {half}'.strip()} a year per USD million), "
            text += f"and the highest of them is {last}"
        worth = break_even(of, name)
        if worth is not None:
            text += f". To pay for itself by damage and stoppage alone it must avert {significant(worth)} a year"
        yield f"Marginal return, {name}", f"{text}."


def _pairing(of: SweepSummary) -> Iterator[tuple[str, str]]:
    """What common random numbers saved."""
    ratios = sorted(
        ratio for one in of.others for name in of.names
        if response(name).kind == "events" and (ratio := one.contrasts[name].variance_ratio) is not None
    )  # fmt: skip
    if ratios:
        middle = ratios[len(ratios) // 2]
        yield (
            "What pairing saved",
            f"independent runs would have needed {significant(middle, 2)} times as many replications for the same "
            f"half-widths of counted events (median of {len(ratios):,} contrasts, {significant(ratios[0], 2)} to "
            f"{significant(ratios[-1], 2)}).",
        )


def _holes(of: SweepSummary) -> Iterator[tuple[str, str]]:
    """Points without a result."""
    if of.missing:
        yield (
            "Points without a result",
            f"{of.missing:,} of {len(of.reader.study.points):,} points have none, {len(of.failures):,} of them because "
            "a replication failed; they are in no figure and no table, and no number stands in their place.",
        )
