"""`economics`: what an averted attack costs, which option to choose, and what knowing more is worth."""

from __future__ import annotations

from math import inf, isfinite

from simcpec.cli.commands.economics.options import (
    Budget,
    Combinations,
    Cost,
    Current,
    DiscountCosts,
    DiscountEffects,
    Effect,
    Evaluate,
    Force,
    Know,
    Out,
    Overlap,
    Perspective,
    Source,
    Value,
    Watch,
)  # fmt: skip
from simcpec.cli.console.console import Console
from simcpec.errors import UserError


def economics(
    console: Console,
    source: Source,
    effect: Effect = "incidents",
    cost: Cost = "security",
    perspective: Perspective = "society",
    discount_costs: DiscountCosts = "0 %",
    discount_effects: DiscountEffects = "0 %",
    current: Current = None,
    value: Value = None,
    know: Know = None,
    watch: Watch = None,
    evaluate: Evaluate = None,
    overlap: Overlap = None,
    budget: Budget = None,
    combinations: Combinations = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Say what an averted attack costs and which option to choose.

    Incremental analysis along the frontier and against current practice; cost of an attack, a breach and a death
    averted; who pays and who gains; net benefit over a grid of values with the probability that each option is best,
    the expected loss of choosing it and the expected value of perfect information; on request what single parameters
    or further data are worth. Of a sweep over levers, their marginal cost curve. Nothing is simulated. Options are
    compared on the mean of each parameter draw; a study without draws shows what they cost, not how sure that is.
    """
    from simcpec.cli.commands.economics.appraise import Asked, appraised
    from simcpec.cli.commands.economics.tables import content, write
    from simcpec.cli.commands.economics.telling import told
    from simcpec.storage import output_folder

    asked = Asked(
        effect=effect, cost=cost, perspective=perspective, discount_costs=_rate("--discount-costs", discount_costs),
        discount_effects=_rate("--discount-effects", discount_effects), current=current,
        values=_numbers("--value", value), know=None if know is None else tuple(_words(know)),
        watch=_numbers("--watch", watch, above_zero=True), evaluate=_numbers("--evaluate", evaluate, above_zero=True),
        overlap=overlap, budget=budget, combinations=combinations,
    )  # fmt: skip
    if out is not None:
        output_folder.probe(out, force=force)
    found = appraised(source, asked)
    if out is not None:
        write(found, out, source, force=force)
    console.result("economics", content(found, out), told(found))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(option: str, text: str | None, *, above_zero: bool = False) -> tuple[float, ...] | None:
    """The numbers that were asked for, rising; None where nothing was."""
    if text is None:
        return None
    found = []
    for word in text.split(","):
        try:
            number = float(word)
        except ValueError:
            number = inf
        if not (isfinite(number) and number >= 0.0) or (above_zero and number == 0.0):
            allowed = "above 0 between commas, as 1,3,5" if above_zero else "of at least 0 between commas, as 0,1e6,5e6"
            raise UserError(f"{option} has {word.strip()!r}; allowed: numbers {allowed}")
        found.append(number)
    return tuple(sorted(set(found)))


def _rate(option: str, text: str) -> float:
    """A discount rate a year."""
    from simcpec import units
    from simcpec.errors import UnitError

    try:
        rate = float(units.parse_quantity(text, units.SHARE))
    except UnitError as error:
        raise UserError(f"{option} {error}") from None
    if not 0.0 <= rate < 1.0:
        raise UserError(f"{option} is {text}; allowed: from 0 % to below 100 %")
    return rate
