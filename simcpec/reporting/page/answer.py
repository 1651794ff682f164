"""The first screen: the question, the answer in two sentences, and what must be known before it is used."""

from __future__ import annotations

from dataclasses import dataclass

from simcpec.reporting.decision.effect import (
    FEW,
    SHARE,
    compared,
    comparing,
    deaths_averted,
    doubted,
    effect,
    event,
    highlighted,
    level,
    quoted,
    subject,
    tally,
)
from simcpec.reporting.decision.worth import money_sentence
from simcpec.reporting.formatting import plural, usd
from simcpec.reporting.page.findings import other_world
from simcpec.reporting.selection import best, drawn, estimates, others
from simcpec.reporting.tables.outcomes import spelled
from simcpec.results.records import Study

FLATTERED = "The largest of many differences tends to be an overestimate: check it with another seed."


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the reader takes away: the effect, whether it is worth its money, and what to mind."""

    effect: str
    money: str
    mind: str


def answer(study: Study) -> Answer:
    """Return the answer of a study; of a single scenario, its level and what it costs."""
    at = highlighted(study)
    return _alone(study) if at is None else _compared(study, at)


def _compared(study: Study, at: int) -> Answer:
    deaths = deaths_averted(study, at)
    of_many = len(study.scenarios) - 1 > FEW
    best_of_many = compared(study, at, "incidents").verdict == "less"
    lead = f"Most is averted by {quoted(study, at)}: " if best_of_many else ""
    many = f"{tally(study)} {lead}" if of_many else ""
    said = f"{many}{subject(study, at)} {effect(study, at)}{'; ' + deaths if deaths else ''}."
    flattered = FLATTERED if of_many and best_of_many else ""
    minded = filter(None, (flattered, *other_world(study, at), doubted(study, at), _mind(study)))
    return Answer(effect=said, money=money_sentence(study, at), mind=" ".join(minded))


def _mind(study: Study) -> str:
    if drawn(study):
        return (
            "These are results of a model. Monte Carlo intervals (95 %) cover chance and narrow with more "
            "replications; uncertainty intervals (5-95 % over parameter draws) cover what the parameters leave open "
            "and do not narrow. Neither covers an error in the form of the model."
        )
    return (
        "These are results of a model. Monte Carlo intervals (95 %) cover chance alone: every parameter has one value "
        "here, and parameter draws (--draws) would show what uncertain parameters add."
    )


def _alone(study: Study) -> Answer:
    """The level of the first scenario, in the same order."""
    result = study.scenarios[0]
    _, many = event(result)
    incidents, deaths = (estimates(study, best(study, name))[0] for name in ("incidents", "deaths"))
    spent = 1e6 * sum(level(study, name, 0) for name in ("security_spending", "force_cost", "lever_cost"))
    lost = 1e6 * level(study, "harm_cost", 0)
    said = (
        f"Under {quoted(study, 0)} the model expects {spelled(incidents, f'{many} a year')} and "
        f"{spelled(deaths, 'foreign deaths a year')}."
    )
    money = (
        f"Security budget, forces and levers cost {usd(spent)} a year, damage and stoppage {usd(lost)}; deaths and "
        "injuries are counted, not priced. One scenario by itself does not show what money averts; a comparison does."
    )
    return Answer(effect=said, money=money, mind=_mind(study))


def question(study: Study) -> str:
    """Return what the study asks, in one sentence."""
    if not comparing(study):
        many = len(study.scenarios) > 1
        what = "each of these arrangements" if many else "this arrangement"
        lead = "How many attacks, how much harm and what cost does the model expect under"
        return f"{lead} {what}, and how certain is that?"
    assert study.baseline is not None
    shares = all(
        len(study.changes[index]) == 1 and study.changes[index][0].key.startswith(SHARE) for index, _ in others(study)
    )
    if shares:
        return (
            f"What does a security share other than that of {quoted(study, study.baseline)} change, is it worth the "
            "money, and how certain is that?"
        )
    rest = plural(len(study.scenarios) - 1, "other scenario")
    return (
        f"What changes under {rest} compared with {quoted(study, study.baseline)}, is it worth the money, and how "
        "certain is that?"
    )
