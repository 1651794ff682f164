"""The threat's side of a world: births of plots, where they turn, how they are found, what intelligence does."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate

from simcpec.model import modes
from simcpec.model.rules.threat import mean_days
from simcpec.model.world import Capacity, Cells, Detection, Floats, Intelligence, Ints, Threat
from simcpec.numerics import samplers
from simcpec.numerics.exact import product
from simcpec.numerics.special_functions import exp, log, power
from simcpec.scenario.building.calendar import Stages
from simcpec.scenario.building.context import BuildContext, Exact
from simcpec.scenario.building.groups import divided, of_groups
from simcpec.scenario.building.scenario_reader import at, frozen, frozen_ints, on, ratios, value_or
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.schema.keys import KEYS
from simcpec.scenario.schema.world import threat_block

INFINITE = float("inf")
LEAST_UNIT = 1.0 / 365.25  # of strips of candidates where the world gives less: one a year


# ------------------------------------------------------------------------------------------------ births


@shared
def threat_of(context: BuildContext, stages: Stages) -> Threat:
    """Birth and preparation of plots; nothing in it reads the policy."""
    block = context.world.threat
    drift, excitation = block.drift, block.excitation
    drifts = _drifts(context)
    return Threat(
        antithetic=on(context.reader.run.antithetic),
        attempts=modes.ATTEMPTS.index(block.attempts),
        mixture_size=value_or(block.mixture, INFINITE),
        rate=_rates(context, stages),
        drift_on=int(drift.mode != "off"),
        drift_persistence=frozen([own.persistence.value for own in drifts]),
        drift_innovation=frozen([own.innovation.value for own in drifts]),
        drift_stationary=int(drift.start == "stationary"),
        cluster=_clusters(block),
        follow_ons=_follow_ons(context),
        follow_factor=frozen([value_or(factor, 1.0) for factor in of_groups(context.reader, "follow_ons", None)]),
        follow_by=modes.BASIS.index(excitation.by),
        follow_law=(int(samplers.LAW_EXPONENTIAL), excitation.delay.value, 1.0),
        follow_spread=_spread(context),
        preparation=context.reader.law(context.world.preparation),
        mode_share=frozen(_mode_shares(context)),
        mode_planning=frozen(_planning(context)),
        lapse=block.lapse.value,
        initial=_initial(block),
        given=_given(context),
    )


def _mode_shares(context: BuildContext) -> list[list[list[float]]]:
    """[g][p][m] shares of the modes among the plots of a group in a home province.

    Those of the group where it names any, else those of the province, else those of all.
    """
    block = context.world.threat
    usual = [float(mode.share.exact) for mode in context.attack_modes.values()]
    own = of_groups(context.reader, "modes", None)

    def shares(group: Mapping[str, Quantity] | None, province: str) -> list[float]:
        named = block.mode_shares.get(province) if group is None else group
        if named is None:
            return usual
        return [float(named[mode].exact) if mode in named else 0.0 for mode in context.attack_modes]

    return [[shares(group, province) for province in context.provinces] for group in own]


def _planning(context: BuildContext) -> list[list[float]]:
    """[p][m] factor on the preparation of a mode: its own, and the mean of the home province over that of all."""
    named, usual = context.world.preparation_by_province, context.world.preparation.mean
    return [
        [mode.planning.value * value for mode in context.attack_modes.values()]
        for value in ratios(context.provinces, named, usual)
    ]


def _drifts(context: BuildContext) -> list[threat_block.Drift | threat_block.OwnDrift]:
    """(O,) drift of every origin: that of its group, else that of its home province, else the general one."""
    drift = context.world.threat.drift
    by_group: list[threat_block.OwnDrift | None] = of_groups(context.reader, "drift", None)
    return [
        by_group[origin.group] or drift.provinces.get(context.provinces[origin.province]) or drift
        for origin in context.origins
    ]


def _rates(context: BuildContext, stages: Stages) -> Floats:
    """(J, O) plots per day at the starting stock, times the regime steps in force."""
    births = [(context.provinces[o.province], context.plots[o.province] * o.plots) for o in context.origins]
    rows: dict[tuple[bool, ...], list[float]] = {}  # of stages in which the same steps are in force
    found = []
    for j, tick in enumerate(stages.ticks):
        steps = tuple(step.tick <= tick for step in stages.steps)
        if steps not in rows:
            rows[steps] = [product(rate, stages.factor(j, name)) for name, rate in births]
        found.append(rows[steps])
    return frozen(found)


def _clusters(threat: threat_block.ThreatBlock) -> Floats:
    """(3,) cumulative probabilities; sizes that are not named have none."""
    shares = [share.exact for share in threat.clusters]
    return frozen([float(share) for share in accumulate([*shares, Fraction(0), Fraction(0)][:3])])


def _follow_ons(context: BuildContext) -> Floats:
    """(P,) the general mean, or the province's own where one is named."""
    excitation = context.world.threat.excitation
    return frozen(_where_named(context, excitation.provinces, excitation.follow_ons.value))


def _where_named(context: BuildContext, named: Mapping[str, Quantity], general: float) -> list[float]:
    """One number a province: its own where one is named, else the general one."""
    return [named[name].value if name in named else general for name in context.provinces]


def _spread(context: BuildContext) -> Floats:
    """(P, P) probability that a follow-on of the row's province is born in the column's.

    As a row of `spread` says; else by `same_province`: what does not stay is spread evenly over the others that
    have a threat of their own, so that a province without one changes nothing; where there is none, all stays.
    """
    excitation, plots = context.world.threat.excitation, context.plots
    stays, named = excitation.same_province.exact, excitation.spread
    rows = []
    for p, name in enumerate(context.provinces):
        if name in named:
            rows.append(context.reader.floats(named[name]))
            continue
        others = [q for q, rate in enumerate(plots) if rate > 0 and q != p]
        part = (1 - stays) / len(others) if others else Fraction(0)
        kept = stays if others else Fraction(1)
        rows.append([float(kept if q == p else part if q in others else 0) for q in range(len(plots))])
    return frozen(rows)


def _initial(threat: threat_block.ThreatBlock) -> int:
    return modes.INITIAL.index(threat.initial) if isinstance(threat.initial, str) else modes.GIVEN


def _given(context: BuildContext) -> Ints:
    """(O,) plots at the start, all 0 unless they are given; those of a province go to the groups by their shares."""
    initial, origins = context.world.threat.initial, context.origins
    if isinstance(initial, str):
        return frozen_ints([0] * len(origins))
    given = [0] * len(origins)
    for p, number in enumerate(context.reader.wholes(initial)):
        here = [k for k, origin in enumerate(origins) if origin.province == p]
        for k, part in zip(here, divided(number, [origins[k].plots for k in here]), strict=True):
            given[k] = part
    return frozen_ints(given)


# ------------------------------------------------------------------------------------------------ where they turn


@shared
def cells_of(context: BuildContext) -> Cells:
    """Utilities of the cells and of giving up.

    utility = ln(attraction x persons x time), -inf where that is 0.  Giving up has `outside_option` plus the log of the
    home province's whole attraction to the group, so that the option's odds against an unprotected home hang neither on
    its size nor on what a group prefers there, less the group's preference for foreign targets.
    Where attackers watch the road the utility of `movement` is ln(attraction x person-days of a party), to which the
    engines add the log of the traffic of the moment.
    """
    block, epochs = context.world.displacement, context.epochs
    weights = [
        [part * pull for part, pull in zip(shares, context.attraction, strict=True)] for shares in context.presence
    ]
    option = value_or(block.outside_option, -INFINITE)
    foreign = [value_or(number, 0.0) for number in of_groups(context.reader, "foreign", None)]
    preference = _preferences(context)
    attractions = [[_attraction(row, odds) for row in weights] for odds in preference]
    homes = [[_log_of_sum(persons, each) for persons in context.personnel] for each in attractions]
    return Cells(
        displacement=modes.DISPLACEMENT.index(block.mode),
        utility=epochs.stack(_utilities(context, weights)),
        preference=frozen(preference),
        leaving=_leaving(context),
        weight=epochs.stack(block.lambda_.value),
        outside=epochs.stack([[option - own + home for home in row] for own, row in zip(foreign, homes, strict=True)]),
        learning=block.learning.value,
        diffusion=block.diffusion.value,
    )


def _preferences(context: BuildContext) -> list[list[float]]:
    """[g][s] log odds of a group for a setting, beside what the setting attracts."""
    groups = context.world.groups.values()
    return [[odds.value for odds in group.settings.in_order()] for group in groups] or [[0.0] * len(modes.SETTINGS)]


def _attraction(weights: list[Fraction], odds: list[float]) -> Fraction:
    """The attraction of a person of a cohort to a group, over all settings."""
    if not any(odds):
        return sum(weights, Fraction(0))
    pull = [Fraction(exp(number)) if number else Fraction(1) for number in odds]
    return sum((part * by for part, by in zip(weights, pull, strict=True)), Fraction(0))


def _log_of_sum(persons: Exact, each: list[Fraction]) -> float:
    """Log of the whole attraction of a province: so many persons of every cohort."""
    return _log(sum((number * one for number, one in zip(persons, each, strict=True)), Fraction(0)))


def _leaving(context: BuildContext) -> Floats:
    """(G, P, P) utility lost by leaving home: a group's own within its reach, that of all beyond it."""
    usual, each = context.world.displacement.leaving_home, context.provinces
    own = [value_or(number, 0.0) for number in of_groups(context.reader, "leaving", usual)]
    reach = of_groups(context.reader, "reach", None)
    return frozen([
        [
            [0.0 if q == p else own[g] if reach[g] is None or q in reach[g] else usual.value for q in each]
            for p in each
        ]
        for g in range(len(own))
    ])  # fmt: skip


def _utilities(context: BuildContext, weights: list[list[Fraction]]) -> list[list[list[float]]]:
    """[p][c][s] logs of persons x weights; of the road for one party a day, where attackers watch it."""
    utilities = [
        [
            [log(product(number, one)) if number > 0 and one > 0 else -INFINITE for one in row]
            for number, row in zip(persons, weights, strict=True)
        ]
        for persons in context.personnel
    ]
    if context.is_watched:
        block, pull = context.world.movements, context.attraction[modes.MOVEMENT]
        trip = Fraction(mean_days(*context.reader.law(block.trip)))
        for p, row in enumerate(context.personnel):
            for c, name in enumerate(context.cohorts):
                party = block.party[name].exact if row[c] else Fraction(0)
                utilities[p][c][modes.MOVEMENT] = _log(pull * party * trip)
    return utilities


def _log(weight: Fraction) -> float:
    return log(float(weight)) if weight > 0 else -INFINITE


# ------------------------------------------------------------------------------------------------ how they are found


@shared
def detection_of(context: BuildContext) -> Detection:
    """Hazards, by mode; the unit of the strips of candidates is the hazard as the world has it, without levers."""
    block, each = context.world.detection, range(len(context.provinces))
    mode = modes.DETECTION.index(block.mode)
    hazards = _where_named(context, block.hazard_by_province, block.hazard.value)
    tips = _where_named(context, block.tips_by_province, block.tips.value)
    units = [a + b if mode == modes.LEADS else block.search.value for a, b in zip(hazards, tips, strict=True)]

    def everywhere(quantity: Quantity) -> Floats:
        return context.epochs.stack([quantity.value for _ in each])

    return Detection(
        mode=mode,
        hazard=context.epochs.stack(hazards),
        tips=context.epochs.stack(tips),
        search=everywhere(block.search),
        probability=everywhere(block.probability),
        proportional=on(block.proportional),
        unit=frozen([unit if unit > 0.0 else LEAST_UNIT for unit in units]),
        found=modes.FOUND_PLOT.index(block.found),
    )


@shared
def intelligence_of(context: BuildContext, capacity: Capacity) -> Intelligence:
    """What intelligence units do, against the day before the start; gain 0 makes their factor exactly 1.

    The gain is 0 with ``capacity: constant``, where nobody is, and where nothing is to be multiplied.  Where a part of
    a unit is in place that day, the reference is the mean over replications, so that the mean factor is 1.
    Raises `ScenarioError` for a province without any unit on that day: its rates hold at a capacity that is nothing.
    """
    block, reader = context.world.intelligence, context.reader
    host = reader.wholes(block.host_units)
    gain = _gains(context)
    if context.policy.capacity == "constant":
        gain = [0.0] * len(host)
    before = [float(own + int(row[modes.INTELLIGENCE])) for own, row in zip(host, capacity.inherited, strict=True)]
    parts = capacity.inherited_part[:, modes.INTELLIGENCE].tolist()
    for p, name in enumerate(context.provinces):
        if before[p] > 0.0 or parts[p] > 0.0:
            continue
        if gain[p] > 0.0 and _matters(context, p):
            problem = f"is 0 in {name} and nothing is inherited there"
            hint = (
                "Rates of detection and of routine leads hold at the intelligence capacity of the day before the start."
            )
            raise reader.error(at(block).host_units, problem, allowed="at least 1 unit", hint=hint)
        gain[p] = 0.0
    return Intelligence(
        gain=frozen(gain),
        reference=frozen([_reach(*each) if each[0] > 0.0 else 1.0 for each in zip(gain, before, parts, strict=True)]),
        host_units=frozen_ints(host),
    )


def _gains(context: BuildContext) -> list[float]:
    """By province, the gain over what its units are spread over; 0 where that is nothing, or nothing to be found.

    ``persons``: foreign personnel.  ``population``: who lives there.  ``territory``: the area in persons, at `density`
    of them to a square kilometre, so that one gain means the same for both.  ``mixed``: their geometric mean.
    """
    block, each = context.world.intelligence, range(len(context.provinces))
    if block.spread_over == "persons":
        return context.per_person([block.gain.exact] * len(each))
    fixed = {"population": 0.0, "territory": 1.0}
    mixed = block.spread_over not in fixed
    weight = context.reader.given(block.mix, lambda: at(block).mix).value if mixed else fixed[block.spread_over]
    sizes = [_size(context, p, weight) for p in each]
    return [block.gain.value / size if size > 0.0 else 0.0 for size in sizes]


def _size(context: BuildContext, p: int, weight: float) -> float:
    """Size of a province in persons:  population ** (1 - weight) x (area x density) ** weight.

    0 where it is not given and nothing is to be found; raises `ScenarioError` where something is.
    """
    name, block = context.provinces[p], context.world.intelligence
    province, key = context.world.provinces[name], KEYS.world.provinces[name]
    persons = _fact(context, p, province.population, key.population) if weight < 1.0 else 1.0
    area = _fact(context, p, province.area, key.area) if weight > 0.0 else 1.0
    density = context.reader.given(block.density, lambda: at(block).density).value if weight > 0.0 else 1.0
    return power(persons, 1.0 - weight) * power(area * density, weight)


def _fact(context: BuildContext, p: int, fact: Quantity | None, key: object) -> float:
    if fact is None and not _matters(context, p):
        return 0.0
    if fact is None:
        over = context.world.intelligence.spread_over
        hint = "With world.intelligence.spread_over: persons neither population nor area is read."
        raise context.reader.error(key, f"is missing: intelligence is spread over {over}", allowed="a value", hint=hint)
    return fact.value


def _reach(gain: float, units: float, part: float) -> float:
    """1 - exp(-gain x units), the mean over replications where they have one more unit with probability `part`."""
    reach = 1.0 - exp(-gain * units)
    return reach if part == 0.0 else reach + part * (1.0 - exp(-gain * (units + 1.0)) - reach)


def _matters(context: BuildContext, p: int) -> bool:
    """Whether a province has plots or routine leads that intelligence could multiply."""
    routine = context.reader.by_province(context.world.operations.routine_leads)
    return context.plots[p] > 0 or routine[p] > 0
