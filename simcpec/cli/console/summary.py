"""What `run` and `compare` print of a study for people: a short table, and lines below it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcpec.cli.console import console
from simcpec.cli.console.console import columns
from simcpec.cli.console.study_data import difference, fates, incident_change
from simcpec.results.scenario_names import BESIDE, key_of, told_apart

if TYPE_CHECKING:
    from simcpec.analysis.estimates import Estimate
    from simcpec.analysis.paired_differences import Difference, RateRatio
    from simcpec.results.records import ScenarioResult, Study

NAME = {0: 16}  # characters at least of the first column, the scenario's name, in a narrow terminal
WIDE = 110  # characters of a terminal in which changes in per cent stand beside the differences
GROUPS = ("a year", "as written", "difference", "verdict", "change [95 %]")  # where a narrow terminal begins a block
VERDICTS = {"less": "fewer", "more": "more"}


#: what stands side by side for every scenario, each by its conditional mean where that is known better
OUTCOMES = ("incidents", "breaches", "deaths")


def table(study: Study) -> str:
    """Incidents, breaches and deaths of every scenario: their means and paired differences, with both intervals."""
    from simcpec.analysis.estimates import interval, text
    from simcpec.reporting.selection import best, estimates

    drawn, compared = study.scenarios[0].draws > 1, study.baseline is not None
    roomy = (console.room() or WIDE) >= WIDE
    beside, written = compared and roomy, drawn and any(each.as_written is not None for each in study.scenarios)
    called = names_of(study)
    names = [best(study, name) for name in OUTCOMES]
    levels = {name: estimates(study, name) for name in names}
    changes = {name: _differences(study, name) for name in names} if compared else {}
    rows = []
    for index in range(len(study.scenarios)):
        for place, name in enumerate(names):
            found = levels[name][index]
            row = ["" if place else called[index], _label(name), text(found)]
            row += [interval(found)] if drawn else []
            row += [_as_written(study, index, name)] if written else []
            if compared and index == study.baseline:
                row += [*([""] * (2 if drawn else 1)), "" if place else "baseline", *([""] if drawn else [])]
            elif compared:
                row += _compared(changes[name][index], drawn=drawn)
            row += [_change_of_incidents(study, index) if name == "incidents" else ""] if beside else []
            rows.append(row)
    heading = ["scenario", "outcome", "a year", *(["5-95 % of draws"] if drawn else [])]
    heading += ["as written"] if written else []
    heading += ["difference", *(["5-95 % of draws"] if drawn else []), "verdict"] if compared else []
    heading += ["sign holds"] if compared and drawn else []
    heading += ["change [95 %]"] if beside else []
    below = "" if beside or not compared else _changes_below(study, called)
    legend = _legend(study, names, [*_ties(changes, called), *_doubts(study, levels, changes)])
    groups = [k for k, name in enumerate(heading) if name in GROUPS]
    return columns(rows, heading=heading, squeeze=NAME, groups=groups) + below + legend


def names_of(study: Study) -> list[str]:
    """What scenarios are called in a table: the letter of the report, the name, the file where names are equal."""
    names = told_apart([one.name for one in study.scenarios], [one.slug for one in study.scenarios])
    return [f"{key_of(index)}{BESIDE}{name}" if len(names) > 1 else name for index, name in enumerate(names)]


def _label(name: str) -> str:
    """The outcome in small letters: ``deaths, expected``."""
    from simcpec.analysis.responses import response

    label = response(name).label.removeprefix("Foreign ")
    return label[:1].lower() + label[1:]


def _differences(study: Study, name: str) -> dict[int, Difference]:
    """Of every scenario but the baseline."""
    return {index: difference(study, index, name) for index in range(len(study.scenarios)) if index != study.baseline}


def _compared(found: Difference, *, drawn: bool) -> list[str]:
    """A difference with its intervals, its verdict, and with draws the share of them that have its sign."""
    from simcpec.analysis.estimates import Estimate, interval, percent, text
    from simcpec.analysis.uncertainty.ranking import verdict_text

    told = Estimate(
        mean=found.mean, half_width=found.half_width, low=found.low, high=found.high, n=found.n,
        differs=found.differs, hidden=found.hidden,
    )  # fmt: skip
    verdict = VERDICTS.get(found.verdict, verdict_text(found))
    if not drawn:
        return [signed(text(told)), verdict]
    known = found.agreed is not None and found.mean != 0.0
    return [signed(text(told)), interval(told), verdict, f"{percent(found.agreed or 0.0)} of draws" if known else ""]


def _changes_below(study: Study, called: Sequence[str]) -> str:
    """Return where the terminal is too narrow for a column of changes: a line for each scenario."""
    return "".join(
        f"{called[index]}: change of incidents {_change_of_incidents(study, index)}\n"
        for index in range(len(study.scenarios))
        if index != study.baseline
    )


def _as_written(study: Study, index: int, name: str) -> str:
    """A level at the values as written, with its Monte Carlo half-width; nothing where it was not simulated."""
    from simcpec.analysis.estimates import text
    from simcpec.reporting.selection import shown

    found = shown(name).as_written(study.scenarios[index])
    return "" if found is None else text(found)


def _change_of_incidents(study: Study, index: int) -> str:
    """The change in per cent; nothing for the baseline."""
    if index == study.baseline:
        return ""
    identical = difference(study, index, "incidents").verdict == "identical"
    return "none seen" if identical else change_text(incident_change(study, index))


def change_text(found: RateRatio) -> str:
    """A ratio as a change in per cent of the baseline: ``-12 % [-30, +9]``; in words where there is none."""
    if not found.estimable:
        return "not estimable"
    points = [100.0 * (x - 1.0) for x in (found.ratio, found.low, found.high) if x is not None]
    digits = 1 if (max(points) - min(points) or abs(points[0])) < 10.0 else 0
    mean, *ends = (f"{round(x, digits) + 0.0:+.{digits}f}" if round(x, digits) else "0" for x in points)
    if len(ends) < 2 or points[1] == points[2]:
        return f"{mean} % ({found.note or 'no interval'})"
    return f"{mean} % [{ends[0]}, {ends[1]}]"


def signed(shown: str) -> str:
    """A difference in words, with its plus sign: ``+0.3 ± 0.1``; nothing is added to 0 and to words."""
    positive = shown[:1].isdigit() and any(digit in shown.split(" ")[0] for digit in "123456789")
    return f"+{shown}" if positive else shown


def _doubts(
    study: Study, levels: dict[str, list[Estimate]], changes: dict[str, dict[int, Difference]]
) -> Iterator[str]:
    """A line for every outcome with numbers that a handful of replications carries: which scenarios have them."""
    from simcpec.analysis.estimates import carried_words

    for name, found in levels.items():
        of = changes.get(name, {})
        levels_alone = {index: one for index, one in enumerate(found) if index not in of}
        kinds: tuple[tuple[str, Mapping[int, Estimate | Difference]], ...] = (("", levels_alone), (", difference", of))
        for what, numbers in kinds:
            few = {index: (one.carried_by, one.n) for index, one in numbers.items() if one.carried_by is not None}
            for n in sorted({n for _, n in few.values()}):
                carried = {index: by for index, (by, of_n) in few.items() if of_n == n}
                whose = f" of {_runs(sorted(carried))}" if len(found) > 1 else ""
                twins, most = numbers[min(carried)].twins, max(carried.values())
                told = carried_words(min(carried.values()), n, twins=twins, up_to=most)
                trust = "its interval is" if len(carried) == 1 else "their intervals are"
                yield f"{_label(name)}{what}{whose}: {told}; {trust} not to be trusted."


def _ties(changes: dict[str, dict[int, Difference]], called: Sequence[str]) -> Iterator[str]:
    """Why neither fewer nor more is claimed: a line for every outcome of a scenario that is a tie."""
    for name, of in changes.items():
        for index, found in of.items():
            if found.tie:
                yield f"{called[index]}, {_label(name)}: a tie, for {found.tie}."


def _runs(indices: Sequence[int]) -> str:
    """Letters of scenarios, those in a row by the first and the last: ``B, D to F``."""
    parts: list[list[int]] = []
    for index in indices:
        if parts and parts[-1][-1] == index - 1:
            parts[-1].append(index)
        else:
            parts.append([index])
    shown = [
        key_of(part[0]) if len(part) == 1 else f"{key_of(part[0])}{' to ' if len(part) > 2 else ', '}{key_of(part[-1])}"
        for part in parts
    ]
    return ", ".join(shown)


def _legend(study: Study, names: Sequence[str], doubts: Sequence[str]) -> str:
    """Return what the signs and words mean."""
    from simcpec.analysis.uncertainty.ranking import backlash_text
    from simcpec.reporting.formatting import played_as_written
    from simcpec.reporting.selection import explained

    lines = [
        "± is half of the 95 % Monte Carlo interval: it shrinks with replications, whatever is unknown of the world."
    ]
    if study.baseline is not None:
        lines += ["change is in per cent of the baseline's incidents, with the 95 % Monte Carlo interval of the ratio."]
    if study.scenarios[0].draws > 1:
        lines += ["5-95 % of draws is the uncertainty interval: it comes from the parameters and does not shrink."]
    lines += [backlash_text(study)] if study.baseline is not None else []
    if played := played_as_written(study.scenarios[0]):
        lines += [f"as written is the mean at the values as written, of {played} of its own; a year, over the draws."]
    lines += [explained(study)]
    if any(name not in OUTCOMES for name in names):
        lines += ["Expected: from the probabilities of a breach; the same mean, known better."]
    return "".join(f"{line}\n" for line in (*lines, *doubts))


def precision_lines(study: Study) -> list[str]:
    """Return how many replications a scenario took, and what ended it; nothing where their number was given."""
    from simcpec.analysis.estimates import alike
    from simcpec.analysis.responses import response

    if study.precision is None:
        return []
    rows, names = [], dict(zip((each.slug for each in study.scenarios), names_of(study), strict=True))
    for one in study.precision.reached:
        of = response(one.goal.response)
        unit = f"{of.unit}/year" if of.per == "year" else of.unit
        known = iter(alike(*(x for x in (one.half_width, one.wanted) if x is not None)))
        half, wanted = ("-" if x is None else f"{next(known)} {unit}" for x in (one.half_width, one.wanted))
        ended = "reached" if one.met else f"not reached by {one.goal.at_most}"
        ended += ": nothing varied yet" if one.half_width == 0.0 and not one.met else ""
        rows.append([names[one.scenario], of.label, half, wanted, str(one.replications), ended])
    heading = ["scenario", "response", "half-width", "wanted", "replications", "outcome"]
    told = f"Each scenario took {study.precision.taken} replications of each parameter draw; half-widths hold over"
    squeeze = NAME | {1: 16}
    table = columns(rows, heading=heading, squeeze=squeeze, groups=(2, 4))
    return [*table.splitlines(), f"{told} all looks."]


def limit_lines(study: Study) -> list[str]:
    """That a time limit ended the study, where it did, and with how many replications."""
    if study.time_limit is None:
        return []
    from simcpec.reporting.formatting import ended_by

    names = ", ".join(result.slug for result in study.scenarios)
    return [f"{names}: {ended_by(study.time_limit)}; intervals are wider than they were meant to be"]


def pairing_lines(study: Study) -> list[str]:
    """Return how well common random numbers paired each scenario with the baseline, one line a response."""
    from simcpec.analysis.estimates import significant
    from simcpec.analysis.responses import responses_of

    if study.baseline is None:
        return []
    names, rows = names_of(study), []
    for index in range(len(study.scenarios)):
        for response in responses_of(*study.scenarios) if index != study.baseline else ():
            found = difference(study, index, response.id)
            ratio = "-" if found.variance_ratio is None else f"{significant(found.variance_ratio)}x"
            correlation = "-" if found.correlation is None else significant(found.correlation)
            rows.append([names[index], response.label, ratio, correlation])
    heading = ["scenario", "response", "replications saved by pairing", "correlation"]
    return columns(rows, heading=heading, squeeze=NAME).splitlines()


def fate_lines(study: Study) -> list[str]:
    """Return what became of the baseline's attacks in the plays that were followed, one line a scenario."""
    return [
        f"{name}, of {found['baseline']} attacks of the baseline in {found['plays']} plays: "
        + ", ".join(f"{count} {name}" for name, count in found["became"].items() if name != "created")
        + f"; {found['became']['created']} created: {found['scenario']} attacks"
        for index, name in enumerate(names_of(study))
        if (found := fates(study, index, "attacks"))
    ]


def failures(results: Sequence[ScenarioResult], folder: Path) -> list[tuple[str, str]]:
    """(scenario: address and error, command that plays it again) of every replication that failed."""
    from simcpec.results.records import OUTPUT

    place = shlex.quote(folder.as_posix())
    names = told_apart([one.name for one in results], [one.slug for one in results])
    return [
        (
            f"{name}: draw {one.draw}, replication {one.replication}: {one.error}",
            one.replay.replace(OUTPUT, place),
        )
        for name, result in zip(names, results, strict=True)
        for one in result.failed
    ]
