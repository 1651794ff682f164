"""Which scenario an answer is about, how the change to it is called, and what it averts, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from simcpec.analysis.estimates import percent
from simcpec.analysis.exact_bounds import counted
from simcpec.analysis.paired_differences import Difference, RateRatio
from simcpec.analysis.scenario_analysis import analysis_of
from simcpec.analysis.uncertainty.ranking import TIE, verdict_text
from simcpec.reporting.formatting import MINUS, between, doubt, plural, short_name, significant, told
from simcpec.reporting.selection import best, others, shown
from simcpec.results.records import ScenarioResult, Study

FEW = 6  # other scenarios, up to which the answer is about the next step up from the baseline
SECURITY = ("security_spending", "force_cost", "lever_cost")  # what a policy costs, whoever pays
SHARE = "policy.security_share."
FACTORS: Mapping[float, str] = MappingProxyType(
    {0.25: "Quartering", 0.5: "Halving", 2.0: "Doubling", 3.0: "Tripling", 4.0: "Quadrupling", 5.0: "Quintupling"}
)
TRUNCATED = 40  # characters of a name in a sentence


def compared(study: Study, index: int, name: str) -> Difference:
    """A response of one scenario minus that of the baseline, as the report shows it."""
    assert study.baseline is not None
    return shown(name).compare(study.scenarios[index], study.scenarios[study.baseline])


def extra_cost(study: Study, index: int) -> float:
    """USD a year that a scenario spends more than the baseline: security budget, forces and levers, the mean."""
    return 1e6 * sum(compared(study, index, name).mean for name in SECURITY)


def level(study: Study, name: str, index: int | None = None) -> float:
    """The mean of a response in one scenario, else in the baseline, in the unit of the report."""
    at = (study.baseline or 0) if index is None else index
    return shown(name).estimate(study.scenarios[at]).mean


def comparing(study: Study) -> bool:
    """Whether there is a baseline and something beside it."""
    return study.baseline is not None and len(study.scenarios) > 1


def highlighted(study: Study) -> int | None:
    """The scenario that the answer is about; None where nothing is compared.

    Of few others the next step up: the cheapest that costs more than the baseline, else the first one.  Of many the
    one that averts most incidents among those whose difference can be told from zero, else as of few.
    """
    if not comparing(study):
        return None
    indices = [index for index, _ in others(study)]
    if len(indices) > FEW:
        found = {index: compared(study, index, "incidents") for index in indices}
        fewer = [index for index in indices if found[index].verdict == "less"]
        if fewer:
            return min(fewer, key=lambda index: (found[index].mean, index))
    costs = {index: extra_cost(study, index) for index in indices}
    dearer = [index for index in indices if costs[index] > 0.0]
    return min(dearer, key=lambda index: (costs[index], index)) if dearer else indices[0]


def subject(study: Study, index: int) -> str:
    """The change from the baseline to a scenario as the subject of a sentence: "Doubling the security share"."""
    assert study.baseline is not None
    changes = study.changes[index]
    if len(changes) == 1 and changes[0].key.startswith(SHARE):
        old, new = changes[0].usd_per_year_old, changes[0].usd_per_year_new
        if old and new:
            word = next((word for factor, word in FACTORS.items() if abs(new / old - factor) < 1e-3 * factor), "")
            if word:
                return f"{word} the security share"
            way = "Raising" if new > old else "Lowering"
            return f"{way} the security share from {changes[0].old} to {changes[0].new}"
    return f"{quoted(study, index)} in place of {quoted(study, study.baseline)}"


def quoted(study: Study, index: int) -> str:
    """The name of a scenario in quotation marks, shortened."""
    return f"“{short_name(study, index, TRUNCATED)}”"


def event(result: ScenarioResult) -> tuple[str, str]:
    """What the scenario counts as an incident, and many of them."""
    return ("attack", "attacks") if result.incident_basis == "attack" else ("breach", "breaches")


def effect(study: Study, index: int) -> str:
    """What a scenario changes, as a sentence without its subject: "averts about one attack in 25 (...)"."""
    assert study.baseline is not None
    found, base = compared(study, index, "incidents"), study.scenarios[study.baseline]
    one, many = event(base)
    if found.verdict == "identical":
        return f"has the same {many} as the baseline in all {counted(found.n, twins=found.twins)}{_beyond(found)}"
    ratio = analysis_of(study.scenarios[index]).incident_ratio(analysis_of(base), seed=study.seed)
    of = f"of {significant(level(study, 'incidents'))} {many} a year"
    mean = told(found)[0].removeprefix(MINUS)
    size = f"{mean} {of}"
    if found.verdict == "not distinguishable":
        change = f"{told(found, sign=True)[0]} a year, from {significant(level(study, 'incidents'))}{_range(found)}"
        if found.tie:
            return f"comes out as a tie with the baseline in {many} ({change}), since {found.tie}"
        return f"makes no detectable difference in {many} ({change})"
    if found.mean < 0.0:
        return f"averts {_part(ratio, one, many)}: {size}{_agreed(found)}"
    before = significant(level(study, "incidents"))
    return f"comes with {_more(ratio, one, many)}: {mean} a year above the {before} of the baseline{_agreed(found)}"


def _beyond(found: Difference) -> str:
    if found.differs is None:
        return ""
    return f" (another replication differs with a probability below {percent(found.differs)}, at 95 % confidence)"


def _range(found: Difference) -> str:
    """Both intervals of a difference, each by its name."""
    ends = (("Monte Carlo", *(found.monte_carlo or (None, None))), ("uncertainty", found.low, found.high))
    said = [f"{name} {inside}" for name, low, high in ends if (inside := between(low, high))]
    return f"; {', '.join(said)}" if said else ""


def _agreed(found: Difference) -> str:
    """What share of the parameter draws has the sign of the mean."""
    if found.p_less is None:
        return ""
    share = found.p_less if found.mean < 0.0 else 1.0 - found.p_less
    return f", {'fewer' if found.mean < 0.0 else 'more'} in {percent(share)} of parameter draws"


def _part(ratio: RateRatio, one: str, many: str) -> str:
    """ "about one attack in 25 (4 %, Monte Carlo 3 to 5 %)"; the share alone where it is half of them or more."""
    share = 1.0 - ratio.ratio
    if not ratio.estimable or share <= 0.0:
        return many
    said = f"{significant(100 * share, 2)} %{_bounds(ratio, averted=True)}"
    if share >= 0.4:
        return f"{significant(100 * share, 2)} % of {many}{_in_brackets(_bounds(ratio, averted=True))}"
    return f"about one {one} in {_rounded(1.0 / share)} ({said})"


def _more(ratio: RateRatio, one: str, many: str) -> str:
    share = ratio.ratio - 1.0
    if not ratio.estimable or share <= 0.0:
        return f"more {many}"
    said = f"{significant(100 * share, 2)} %{_bounds(ratio, averted=False)}"
    if share >= 0.4:
        return f"{significant(100 * share, 2)} % more {many}{_in_brackets(_bounds(ratio, averted=False))}"
    return f"about one more {one} for every {_rounded(1.0 / share)} ({said})"


def _in_brackets(text: str) -> str:
    return f" ({text.removeprefix(', ')})" if text else ""


def _bounds(ratio: RateRatio, *, averted: bool) -> str:
    """Both intervals of the change in per cent, each by its name."""

    def inside(low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return ""
        ends = (1.0 - high, 1.0 - low) if averted else (low - 1.0, high - 1.0)
        first, last = (significant(100 * end, 2) for end in ends)
        return f"{first} to {last} %" if first != last else f"{first} %"

    parts = (("Monte Carlo", ratio.low, ratio.high), ("uncertainty", ratio.uncertainty_low, ratio.uncertainty_high))
    return "".join(f", {name} {text}" for name, low, high in parts if (text := inside(low, high)))


def _rounded(number: float) -> str:
    """A count of attacks to say "one in ...": two significant digits, whole."""
    return f"{round(float(f'{number:.2g}')):,}"


def deaths_averted(study: Study, index: int) -> str:
    """Foreign deaths against the baseline as a part of a sentence; "" where nothing can be said."""
    name = best(study, "deaths")
    found = compared(study, index, name)
    if found.verdict not in ("less", "more"):
        if found.tie:
            return "foreign deaths are a tie"
        return "there is no detectable difference in foreign deaths" if found.verdict == "not distinguishable" else ""
    word = "fewer" if found.mean < 0.0 else "more"
    return (
        f"{told(found)[0].removeprefix(MINUS)} {word} foreign deaths a year, from {significant(level(study, name))}"
        f"{_in_brackets(_deaths_bounds(found))}{_agreed(found)}"
    )


def _deaths_bounds(found: Difference) -> str:
    inside = ""
    if found.monte_carlo is not None and found.half_width:
        low, high = sorted(abs(end) for end in found.monte_carlo)
        inside = f", Monte Carlo {between(low, high)}"
    if found.low is not None and found.high is not None and found.low * found.high > 0.0 and found.low != found.high:
        low, high = sorted((abs(found.low), abs(found.high)))
        inside += f", uncertainty {between(low, high)}"
    return inside


def doubted(study: Study, index: int) -> str:
    """A sentence where a handful of replications carries the difference, or ""."""
    found = compared(study, index, "incidents")
    if found.verdict not in ("less", "more") or not doubt(found):
        return ""
    return f"The difference in incidents is {doubt(found)}, too few for a reliable Monte Carlo interval."


def tally(study: Study) -> str:
    """How many of many alternatives differ, as a sentence."""
    found = [compared(study, index, "incidents") for index, _ in others(study)]
    verdicts = [verdict_text(each) for each in found]
    fewer, more, ties = (verdicts.count(each) for each in ("less", "more", TIE))
    rest = len(verdicts) - fewer - more - ties
    tied = f"{plural(ties, 'a tie', 'ties')}, " if ties else ""
    many = event(study.scenarios[study.baseline or 0])[1]
    return (
        f"Of {plural(len(verdicts), 'alternative')} to {quoted(study, study.baseline or 0)}, {fewer:,} "
        f"{'has' if fewer == 1 else 'have'} fewer {many}, {more:,} more, {tied}and {rest:,} no detectable difference."
    )
