"""What the numbers say in plain sentences: a number, its interval, a verdict; and what they cannot say.

Sentences compare scenarios as they were played ("has fewer"); none says that a policy causes or will bring anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simcpec.analysis.estimates import percent
from simcpec.analysis.exact_bounds import counted, differs_below
from simcpec.analysis.paired_differences import Difference, RateRatio
from simcpec.analysis.responses import EXPECTED
from simcpec.analysis.scenario_analysis import analysis_of, rate_ratio
from simcpec.analysis.uncertainty.ranking import backlash_text
from simcpec.economics.unspent_money import Unspent, unspent_lines
from simcpec.reporting.decision.effect import deaths_averted, effect, event, subject
from simcpec.reporting.decision.worth import money_sentence
from simcpec.reporting.figures.fan_chart import fans
from simcpec.reporting.figures.province_profile import money_against_incidents, profiles
from simcpec.reporting.formatting import (
    NOT_ESTIMABLE,
    between,
    called,
    ended_by,
    known_to,
    played_as_written,
    plural,
    short_name,
    sign_share,
    significant,
    told,
    usd,
    with_unit,
    years,
)
from simcpec.reporting.selection import BESIDE, HEADLINES, best, differences, drawn, estimates, explained, others, shown
from simcpec.reporting.tables.outcomes import both, monte_carlo, spelled
from simcpec.results.records import ScenarioResult, Setting, Study

JUDGEMENT = "D"
LEVEL_OF_DRAWS = "These levels are means over the parameter draws. "
NOT_AS_WRITTEN = "They are not those of the values as written, which --draws 1 plays: "
WHY_SHIFTED = (
    "ranges are skewed and the model is not linear, so that draws shift the level. Compare levels of studies with the "
    "same draws only."
)
AGREED = "world.agreements."
REMEDY = (
    "With policy.units: fractional, money beyond the fixed cost of a line is spent: a part of a unit is hired in that "
    "share of the replications."
)
HALF_A_CENT = 0.005  # USD a year, below which amounts cancel but for the rounding of sums


@dataclass(frozen=True, kw_only=True)
class FindingText:
    """One finding: what it is about in a few words, the sentence that matters most, and the details one by one."""

    about: str
    text: str
    details: tuple[str, ...] = ()
    see: tuple[str, ...] = ()  # tables and figures behind it, by their ids


def findings(study: Study) -> tuple[FindingText, ...]:
    """Every finding, in the order in which a reader needs them."""
    reference = 0 if study.baseline is None else study.baseline
    found = [_level(study, reference), _chance(study, reference)]
    if study.baseline is not None:
        names = (*HEADLINES, *BESIDE, *EXPECTED.values())
        all_differences = {name: dict(differences(study, name)) for name in names}
        for index, _ in others(study):
            found.append(_contrast(study, index, {name: found[index] for name, found in all_differences.items()}))
    return (*found, *_provinces(study), *_unspent(study), _uncertainty(study), _grades(study))


def money_by_province(study: Study) -> str:
    """Where the share of the budget exceeds the share of incidents most, in a sentence; "" below ten points."""
    found = money_against_incidents(study)
    if found is None:
        return ""
    most, money, incidents = found
    base = 0 if study.baseline is None else study.baseline
    one, many = event(study.scenarios[base])
    all_played = sum(each.played for each in profiles(study))
    return (
        f"{percent(money)} of the security budget of {called(study, base)} goes to {most.name}, which has "
        f"{percent(incidents)} of the {many} ({most.played:,} of {plural(all_played, one, many)} simulated)."
    )


def _provinces(study: Study) -> Iterator[FindingText]:
    """Money and incidents, where they are far apart."""
    text = money_by_province(study)
    if text:
        most = max(profiles(study), key=lambda each: each.played)
        all_played = sum(each.played for each in profiles(study))
        whole = sum(each.budget for each in profiles(study))
        yield FindingText(
            about="Money and provinces",
            text=text,
            details=(
                f"{most.name} has most incidents, {percent(most.played / all_played)} of them, and "
                f"{percent(most.budget / whole)} of the budget.",
                "The division is a setting of the scenario, by exposure unless it says otherwise; what another one "
                "averts is a scenario of its own.",
            ),
            see=("F25", "F26", "T8"),
        )


def _unspent(study: Study) -> Iterator[FindingText]:
    """Money that stays unspent because it buys nothing: one finding, by line for the first scenario that has any."""
    told: dict[tuple[Unspent, ...], list[int]] = {}
    for index, result in enumerate(study.scenarios):
        lines = unspent_lines(result.plan)
        if lines:
            told.setdefault(lines, []).append(index)
    if not told:
        return
    sentences = [
        f"In {', '.join(called(study, index) for index in members)} {unspent_text(lines)}."
        for lines, members in told.items()
    ]
    first = next(iter(told))
    remedy = () if all(lines[0].fractional for lines in told) else (REMEDY,)
    yield FindingText(
        about="Unspent money",
        see=("T8",),
        text=sentences[0],
        details=(*map(_line_text, first), *sentences[1:], *remedy),
    )


def _line_text(line: Unspent) -> str:
    name, share = line.instrument.capitalize(), 100 * line.unspent / line.given
    return f"{name}: {usd(line.unspent / 100)} of {usd(line.given / 100)} over the run ({share:.0f} %)."


def unspent_text(lines: Sequence[Unspent]) -> str:
    """Return how much of what some lines are given stays unspent, as a part of a sentence."""
    given, rest = (sum(getattr(line, name) for line in lines) for name in ("given", "unspent"))
    names = ", ".join(line.instrument for line in lines)
    share = f"{100 * rest / given:.0f} %"
    why = "do not exceed the fixed cost" if lines[0].fractional else "buy no whole unit"
    return f"{usd(rest / 100)} of the {usd(given / 100)} given to {names} ({share}) {why} and stay unspent"


def _level(study: Study, index: int) -> FindingText:
    """Return how much happens in the scenario that the others are compared with."""
    wanted = {name: best(study, name) for name in ("incidents", "breaches", "deaths", "total_cost")}
    found = {name: estimates(study, each)[index] for name, each in wanted.items()}
    who = called(study, index)
    deaths = shown(wanted["deaths"]).label
    tails = {name: _as_written(study, index, each) for name, each in wanted.items()}
    return FindingText(
        about="Level",
        see=("T4",),
        text=f"Under {who} the model expects {spelled(found['incidents'], 'incidents a year')}{tails['incidents']}.",
        details=(
            f"{shown(wanted['breaches']).label}: {spelled(found['breaches'], 'a year')}{tails['breaches']}. "
            f"{explained(study)}",
            f"{deaths}: {spelled(found['deaths'], 'persons a year')}{tails['deaths']}.",
            f"Total cost, forces and levers included: {spelled(found['total_cost'], 'USD m a year')}"
            f"{tails['total_cost']}.",
            *([_level_of_draws(study.scenarios[index])] if drawn(study) else []),
        ),
    )


def _as_written(study: Study, index: int, name: str) -> str:
    """A level at the values as written, as the tail of a sentence that tells its mean over draws; "" where unknown."""
    found = shown(name).as_written(study.scenarios[index])
    if found is None or not found.estimable:
        return ""
    return f" on average over the draws, and {told(found)[0]}{monte_carlo(found)} at the values as written"


def _level_of_draws(result: ScenarioResult) -> str:
    """Return what levels of a study with draws are means of, and why those at the values as written are others."""
    if result.as_written is None:
        return LEVEL_OF_DRAWS + NOT_AS_WRITTEN + WHY_SHIFTED
    return (
        f"{LEVEL_OF_DRAWS}The values as written were played in {played_as_written(result)} of their own. The two are "
        f"not the same: {WHY_SHIFTED}"
    )


def _chance(study: Study, index: int) -> FindingText:
    """Return how far one course of events may lie from the mean."""
    fan = fans(study)[index]
    low, high = (side[-1] for side in fan.bands[95])
    length = years(study.scenarios[index])
    span = f"{significant(length)} years" if length >= 0.995 else plural(round(length * 365.25), "day")
    histories = study.scenarios[index].plays
    if histories == 1:
        return FindingText(
            about="Chance",
            text=f"One history was simulated: {plural(int(low), 'incident')} in {span}. It tells nothing of the mean.",
        )
    reach = f"at least 95 % have between {int(low):,} and {int(high):,} incidents in {span}"
    if low == high:
        differs = percent(differs_below(study.scenarios[index].units))
        text = (
            f"All {histories:,} histories simulated for {called(study, index)} have {plural(int(low), 'incident')} in "
            f"{span}. Another history has a different number with a probability below {differs} (95 % confidence)."
        )
    elif drawn(study):
        text = (
            f"Single histories differ widely: of {histories:,} simulated for {called(study, index)}, {reach}, by "
            f"chance and by the ranges of the parameters together{_chance_share(study, index)}. A difference between "
            "two real periods of that length can be chance, whatever the policy; --draws 1 shows the part of chance "
            "alone."
        )
    else:
        text = (
            f"Chance alone makes single histories differ widely: of {histories:,} simulated for "
            f"{called(study, index)}, {reach}. A difference between two real periods of that length can therefore be "
            "chance, whatever the policy."
        )
    return FindingText(about="Chance", text=text, see=("F1",))


def _chance_share(study: Study, index: int) -> str:
    """Return how much of the spread is chance, as a part of a sentence; "" where that is not known."""
    share = analysis_of(study.scenarios[index]).chance_share()
    return "" if share is None else f"; chance makes about {percent(share)} of their variance"


def _contrast(study: Study, index: int, found: dict[str, Difference]) -> FindingText:
    """One scenario against the baseline."""
    who, base = called(study, index), called(study, study.baseline or 0)
    about = short_name(study, index, 40)
    if all(d.verdict in ("identical", NOT_ESTIMABLE) for d in found.values()):
        bound = _how_sure(found["incidents"])
        fact = f"{who} is identical to {base}: every paired difference is exactly 0."
        return FindingText(about=about, text=f"{who} has the numbers of {base}{bound}." if bound else fact)
    spending = found["security_spending"]
    details = [money_sentence(study, index), _counted("incidents", found["incidents"]) + _ratio(study, index) + "."]
    harms = [best(study, name) for name in ("breaches", "deaths")]
    details += [_counted(name, found[name]) + "." for name in (*harms, "total_cost")]
    details += [*other_world(study, index), backlash_text(study)]
    spends = f"{who} spends {_money(spending)} on security {'than' if spending.mean else 'as'} {base}{_beside(found)}"
    deaths = deaths_averted(study, index)
    said = f"{subject(study, index)} {effect(study, index)}{'; ' + deaths if deaths else ''}."
    return FindingText(about=about, text=said, details=(f"{spends}.", *details), see=("T5", "T7", "F2"))


def _how_sure(d: Difference) -> str:
    """Return what equal replications prove: everything where the worlds are the same one, else a bound."""
    if d.differs is None:
        return ""
    another = f"another replication differs with a probability below {percent(d.differs)}, at 95 % confidence"
    return f" in all {counted(d.n, twins=d.twins)}; {another}"


def other_world(study: Study, index: int) -> list[str]:
    """A warning where a scenario differs in what nobody chooses; agreements are made for its levers."""
    keys = [one.key for one in study.changes[index] if one.key.startswith("world.") and AGREED not in one.key]
    if not keys:
        return []
    some = ", ".join(keys[:3]) + (f" and {len(keys) - 3:,} more" if len(keys) > 3 else "")
    hint = "--set gives all scenarios the same world"
    return [f"This is not the effect of a policy alone: the scenario also changes the world ({some}); {hint}."]


def _beside(found: dict[str, Difference]) -> str:
    """Return what levers and forces cost beside the security budget, as a part of a sentence."""
    words = {"lever_cost": "levers", "force_cost": "forces"}
    moved = [name for name in words if found[name].mean != 0.0]
    if not moved:
        return ""
    money = math.fsum(found[name].mean for name in moved) * 1e6
    on = " and ".join(words[name] for name in moved)
    if abs(money) < HALF_A_CENT:
        return f", and as much on {on}{' together' if len(moved) > 1 else ''}"
    return f", and {usd(abs(money))} {'more' if money > 0 else 'less'} a year on {on}"


def _money(d: Difference) -> str:
    if d.mean == 0:
        return "as much"
    return f"{usd(abs(d.mean) * 1e6)} {'more' if d.mean > 0 else 'less'} a year"


def _counted(name: str, d: Difference) -> str:
    """ "Incidents are fewer: -0.5 a year (95 % Monte Carlo interval ...)", without the full stop."""
    one = shown(name)
    if d.verdict == "identical":
        rest = (
            "" if d.differs is None else f"; another replication differs with a probability below {percent(d.differs)}"
        )
        return f"{one.label}: identical in all {counted(d.n, twins=d.twins)}{rest}"
    if d.verdict == NOT_ESTIMABLE:
        return f"{one.label}: {NOT_ESTIMABLE}"
    mean, _ = told(d, sign=True)
    share = f", {sign_share(d)}" if sign_share(d) else ""
    number = f"{with_unit(mean, one.unit)}{both(d)}{share}"
    if d.tie:
        return f"{one.label}: a tie with the baseline ({d.tie}), difference {number}"
    if d.verdict == "not distinguishable":
        return f"{one.label}: not distinguishable from the baseline with these replications, difference {number}"
    money = one.unit.startswith("USD")
    word = {"less": "lower" if money else "fewer", "more": "higher" if money else "more"}[d.verdict]
    return f"{one.label}: {word}, {number}"


def _ratio(study: Study, index: int) -> str:
    """The rate ratio as the tail of a sentence; "" where there is none."""
    if study.baseline is None:
        return ""
    found: RateRatio = rate_ratio(study.scenarios[index], study.scenarios[study.baseline], seed=study.seed)
    inside = between(found.low, found.high)
    if found.identical:
        return ""
    if not found.estimable:
        return f"; rate ratio {NOT_ESTIMABLE}"
    if not inside:
        return f"; the incident rate is {significant(found.ratio)} times that of the baseline ({found.note})"
    times = known_to(found.ratio, found.low, found.high)
    return f"; the incident rate is {times} times that of the baseline (Monte Carlo {inside})"


def _uncertainty(study: Study) -> FindingText:
    """Return what the intervals hold and what they leave out."""
    draws, replications = study.scenarios[0].draws, study.scenarios[0].replications
    failed = sum(len(result.failed) for result in study.scenarios)
    tail = f" {plural(failed, 'replication')} failed and {'is' if failed == 1 else 'are'} left out." if failed else ""
    if study.time_limit is not None:
        tail += f" The run was {ended_by(study.time_limit)}: intervals are wider than they were meant to be."
    if draws > 1:
        return FindingText(
            about="Intervals",
            text=(
                f"Uncertainty intervals come from {plural(draws, 'parameter draw')} with "
                f"{plural(replications, 'replication')} each. They cover what the drawn parameters leave open, not an "
                "error in the form of the model." + tail
            ),
        )
    return FindingText(
        about="Intervals",
        text=(
            "Every parameter has one value, so that the intervals cover Monte Carlo noise alone and understate what is "
            "not known. Parameter draws add uncertainty intervals." + tail
        ),
    )


def grades_sentence(study: Study) -> str:
    """Return how many settings rest on judgement, in a sentence."""
    return _grades(study).text.split(". ")[0].rstrip(".") + "."


def _grades(study: Study) -> FindingText:
    """Return how much of it is judgement."""
    known = study.scenarios[0 if study.baseline is None else study.baseline].settings_table
    graded = [one for one in known if one.grade]
    judged = [one for one in graded if one.grade == JUDGEMENT]
    changed = [one for result in study.scenarios for one in result.settings_table if one.changed]
    guessed = sorted({one.key for one in changed if one.grade == JUDGEMENT})
    text = f"{len(judged):,} of {plural(len(graded), 'graded setting')} rest on judgement (grade {JUDGEMENT})"
    text += ", not on a count or a series; every finding above depends on some of them." if judged else "."
    if guessed:
        tail = " and others" if len(guessed) > 6 else ""
        text += f" So do settings that differ between the scenarios: {', '.join(guessed[:6])}{tail}."
    ungraded = len(known) - len(graded)
    if ungraded:
        further = "A further setting has" if ungraded == 1 else f"A further {ungraded:,} settings have"
        text += f" {further} no entry in the catalogue."
    return FindingText(about="Judgement", text=text, see=("T2b", "T2c"))


def judged(settings: tuple[Setting, ...]) -> int:
    """Number of settings of grade D."""
    return sum(one.grade == JUDGEMENT for one in settings)


def how_to_read(study: Study) -> str:
    """Return what the brackets of the findings hold."""
    text = "In brackets, Monte Carlo: the 95 % interval of the mean, which more replications would shrink"
    if drawn(study):
        text += "; uncertainty: 5-95 % over parameter draws of the conditional mean, which they would not"
    return text + "."


def describe(result: ScenarioResult) -> str:
    """Return what a scenario is about, in its author's words."""
    return " ".join(result.describes.split())
