"""What the numbers say in plain sentences: a number, its interval, a verdict; and what they cannot say.

Sentences compare scenarios as they were played ("has fewer"); none says that a policy causes or will bring anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcpec.experiments.analysis import rate_ratio
from simcpec.experiments.estimate import Estimate
from simcpec.experiments.pairing import Difference, RateRatio
from simcpec.experiments.store import ScenarioResult, Setting, Study
from simcpec.reporting.figures_fan import fans
from simcpec.reporting.selection import BESIDE, HEADLINES, differences, drawn, estimates, others, shown
from simcpec.reporting.table import Cell, Panel, Row, Table, words
from simcpec.reporting.tables_contrasts import tone
from simcpec.reporting.tables_outcomes import both, spelled
from simcpec.reporting.words import (
    MISSING,
    NOT_ESTIMABLE,
    between,
    called,
    ended_by,
    key_of,
    known_to,
    plural,
    plus_minus,
    short_name,
    significant,
    usd,
    with_unit,
    years,
)  # fmt: skip

JUDGEMENT = "D"
AGREED = "world.agreements."
GLANCE = ("security_spending", "incidents", "deaths", "stoppage_days", "total_cost")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One finding: what it is about in a few words, the sentence that matters most, and the details one by one."""

    about: str
    text: str
    details: tuple[str, ...] = ()


def findings(study: Study) -> tuple[Claim, ...]:
    """Every finding, in the order in which a reader needs them."""
    reference = 0 if study.baseline is None else study.baseline
    found = [_level(study, reference), _chance(study, reference)]
    if study.baseline is not None:
        all_differences = {name: dict(differences(study, name)) for name in (*HEADLINES, *BESIDE)}
        for index, _ in others(study):
            found.append(_contrast(study, index, {name: found[index] for name, found in all_differences.items()}))
    return (*found, _uncertainty(study), _grades(study))


def _level(study: Study, index: int) -> Claim:
    """How much happens in the scenario that the others are compared with."""
    wanted = ("incidents", "breaches", "deaths", "total_cost")
    found = {name: estimates(study, name)[index] for name in wanted}
    who = called(study, index)
    return Claim(
        about="Level",
        text=f"In {who} the model plays {spelled(found['incidents'], 'incidents a year')}.",
        details=(
            f"Breaches: {spelled(found['breaches'], 'a year')}.",
            f"Foreign deaths: {spelled(found['deaths'], 'persons a year')}.",
            f"Total cost, forces and levers included: {spelled(found['total_cost'], 'USD m a year')}.",
        ),
    )


def _chance(study: Study, index: int) -> Claim:
    """How far one course of events may lie from the mean."""
    fan = fans(study)[index]
    low, high = (side[-1] for side in fan.bands[95])
    length = years(study.scenarios[index])
    span = f"{significant(length)} years" if length >= 0.995 else plural(round(length * 365.25), "day")
    histories = study.scenarios[index].plays
    if histories == 1:
        return Claim(
            about="Chance",
            text=f"One history was played: {plural(int(low), 'incident')} in {span}. It says nothing about the mean.",
        )
    return Claim(
        about="Chance",
        text=(
            f"Chance alone moves single histories far: of {histories:,} played for {called(study, index)}, at "
            f"least 95 % have between {int(low):,} and {int(high):,} incidents in {span}. A difference between two "
            "real periods of that length can therefore be chance, whatever the policy."
        ),
    )


def _contrast(study: Study, index: int, found: dict[str, Difference]) -> Claim:
    """One scenario against the baseline."""
    who, base = called(study, index), called(study, study.baseline or 0)
    about = f"{key_of(index)} against {key_of(study.baseline or 0)}"
    if all(d.verdict in ("identical", NOT_ESTIMABLE) for d in found.values()):
        return Claim(about=about, text=f"{who} is identical to {base}: every paired difference is exactly 0.")
    spending = found["security_spending"]
    details = [_counted("incidents", found["incidents"]) + _ratio(study, index) + "."]
    details += [_counted(name, found[name]) + "." for name in ("deaths", "total_cost")]
    details += _other_world(study, index)
    spends = f"{who} spends {_money(spending)} on security {'than' if spending.mean else 'as'} {base}{_beside(found)}"
    return Claim(about=about, text=f"{spends} and {_verdict(found['incidents'])}.", details=tuple(details))


def _other_world(study: Study, index: int) -> list[str]:
    """A warning where a scenario differs in what nobody chooses; agreements are made for its levers."""
    keys = [one.key for one in study.changes[index] if one.key.startswith("world.") and AGREED not in one.key]
    if not keys:
        return []
    some = ", ".join(keys[:3]) + (f" and {len(keys) - 3:,} more" if len(keys) > 3 else "")
    hint = "--set gives all scenarios one world"
    return [f"Not the effect of a policy alone: it is played in another world ({some}); {hint}."]


def _beside(found: dict[str, Difference]) -> str:
    """What levers and forces cost beside the security budget, as a part of a sentence."""
    words = {"lever_cost": "levers", "force_cost": "forces"}
    moved = [name for name in words if found[name].mean != 0.0]
    if not moved:
        return ""
    money = sum(found[name].mean for name in moved)
    more = f"{usd(abs(money) * 1e6)} a year {'more' if money > 0 else 'less'}"
    return f", and {more} on {' and '.join(words[name] for name in moved)},"


def _verdict(d: Difference) -> str:
    """What became of incidents, as the end of a sentence."""
    return {
        "less": "has fewer incidents",
        "more": "has more incidents",
        "identical": "has exactly the same incidents",
    }.get(d.verdict, "its incidents are not distinguishable from those of the baseline")


def _money(d: Difference) -> str:
    if d.mean == 0:
        return "as much"
    return f"{usd(abs(d.mean) * 1e6)} a year {'more' if d.mean > 0 else 'less'}"


def _counted(name: str, d: Difference) -> str:
    """ "Incidents are fewer: -0.5 a year (95 % Monte Carlo interval ...)", without the full stop."""
    one = shown(name)
    if d.verdict == "identical":
        return f"{one.label}: identical in every replication"
    if d.verdict == NOT_ESTIMABLE:
        return f"{one.label}: {NOT_ESTIMABLE}"
    mean, _ = plus_minus(d.mean, d.half_width, sign=True)
    number = f"{with_unit(mean, one.unit)}{both(d)}"
    if d.verdict == "not distinguishable":
        # beyond its noise, and yet not the same in all draws: more replications would not tell
        told = d.half_width is not None and abs(d.mean) > d.half_width
        why = "over the parameter draws" if told else "with these replications"
        return f"{one.label}: not distinguishable from the baseline {why}, difference {number}"
    money = one.unit.startswith("USD")
    word = {"less": "lower" if money else "fewer", "more": "higher" if money else "more"}[d.verdict]
    return f"{one.label}: {word}, {number}"


def _ratio(study: Study, index: int) -> str:
    """The rate ratio as the tail of a sentence; "" where there is none."""
    if study.baseline is None:
        return ""
    found: RateRatio = rate_ratio(study.scenarios[index], study.scenarios[study.baseline], seed=study.seed)
    inside = between(found.low, found.high)
    if not found.estimable or not inside:
        return "; rate ratio not estimable"
    times = known_to(found.ratio, found.low, found.high)
    return f"; the incident rate is {times} times that of the baseline (Monte Carlo {inside})"


def _uncertainty(study: Study) -> Claim:
    """What the intervals hold and what they leave out."""
    draws, replications = study.scenarios[0].draws, study.scenarios[0].replications
    failed = sum(len(result.failed) for result in study.scenarios)
    tail = f" {plural(failed, 'replication')} failed and {'is' if failed == 1 else 'are'} left out." if failed else ""
    if study.time_limit is not None:
        tail += f" The run was {ended_by(study.time_limit)}: intervals are wider than they were meant to be."
    if draws > 1:
        return Claim(
            about="Intervals",
            text=(
                f"Uncertainty intervals come from {plural(draws, 'parameter draw')} with "
                f"{plural(replications, 'replication')} each and hold what the ranges of the catalogue leave open; "
                "the form of the model itself they do not "
                "hold." + tail
            ),
        )
    return Claim(
        about="Intervals",
        text=(
            "Every parameter is held at one value, so that the intervals show Monte Carlo noise alone and understate "
            "what is not "
            "known. Parameter draws add uncertainty intervals." + tail
        ),
    )


def _grades(study: Study) -> Claim:
    """How much of it is judgement."""
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
        text += f" {plural(ungraded, 'setting')} more {'has' if ungraded == 1 else 'have'} no entry in the catalogue."
    return Claim(about="Judgement", text=text)


def judged(settings: tuple[Setting, ...]) -> int:
    """Number of settings of grade D."""
    return sum(one.grade == JUDGEMENT for one in settings)


# ------------------------------------------------------------------------------------------------------- at a glance


def glance(study: Study) -> Table | None:
    """Every scenario in one row: spending, and the verdicts that matter most; None where nothing is compared."""
    if study.baseline is None or len(study.scenarios) < 2:
        return None
    levels = {name: estimates(study, name) for name in GLANCE}
    found = {name: dict(differences(study, name)) for name in GLANCE}
    rows = []
    for index in range(len(study.scenarios)):
        cells = [Cell(text=key_of(index), detail=short_name(study, index, 80), kind="text", name=True)]
        cells += [_glance_cell(study, name, index, found, levels) for name in GLANCE]
        rows.append(Row(cells=tuple(cells), kind="total" if index == study.baseline else ""))
    heads = [Cell(text=shown(name).label, detail=shown(name).unit) for name in GLANCE]
    return Table(
        id="T0",
        slug="at-a-glance",
        title="At a glance",
        caption=(
            f"The baseline, {key_of(study.baseline)}, with its means; every other scenario with its paired "
            "difference from it and the verdict. ± is the 95 % Monte Carlo half-width."
        ),
        panels=(Panel(columns=(words("Scenario"), *heads), rows=tuple(rows)),),
        fields=(),
        records=(),
    )


def _glance_cell(
    study: Study, name: str, index: int, found: dict[str, dict[int, Difference]], levels: dict[str, list[Estimate]]
) -> Cell:
    if index == study.baseline:
        e = levels[name][index]
        mean, width = plus_minus(e.mean, e.half_width) if e.estimable else (NOT_ESTIMABLE, "")
        return Cell(text=f"{mean} {width}".strip(), detail="baseline", tone="muted")
    d = found[name][index]
    if d.verdict == NOT_ESTIMABLE:
        return Cell(text=MISSING, detail=NOT_ESTIMABLE, tone="muted")
    mean, width = plus_minus(d.mean, d.half_width, sign=True)
    return Cell(text=f"{mean} {width}".strip(), detail=d.verdict, tone=tone(d.verdict, shown(name).better))


def how_to_read(study: Study) -> str:
    """What the brackets of the findings hold."""
    text = "In brackets, Monte Carlo: the 95 % interval of the mean, which more replications would shrink"
    if drawn(study):
        text += "; uncertainty: 5-95 % over parameter draws of the conditional mean, which they would not"
    return text + "."


def question(study: Study) -> str:
    """What the study asks, in one sentence."""
    tail = "how many incidents, how much harm, what delay and what cost would the model expect, and how sure is that?"
    if study.baseline is None or len(study.scenarios) < 2:
        many = len(study.scenarios) > 1
        return f"Under {'each of these arrangements' if many else 'this arrangement'}, {tail}"
    base = called(study, study.baseline)
    return f"If security were arranged as in one of the other scenarios instead of as in {base}, {tail}"


def describe(result: ScenarioResult) -> str:
    """What a scenario is about, in its author's words."""
    return " ".join(result.describes.split())
