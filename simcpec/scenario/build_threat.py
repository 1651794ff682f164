"""The threat's side of a world: births of plots, where they turn, how they are found, what intelligence does."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

from simcpec import streams
from simcpec.model import modes
from simcpec.model.rules.detection import intelligence_factor
from simcpec.model.world import Capacity, Cells, Detection, Floats, Intelligence, Ints, Threat
from simcpec.numeric import exp, log
from simcpec.scenario.build_calendar import Stages
from simcpec.scenario.build_ground import Ground
from simcpec.scenario.build_keys import Keys, frozen, frozen_ints

INFINITE = float("inf")


# ------------------------------------------------------------------------------------------------ births


def threat_of(ground: Ground, stages: Stages) -> Threat:
    """Birth and preparation of plots; nothing in it reads the policy."""
    keys = ground.keys
    drift = "world.threat.drift"
    return Threat(
        antithetic=keys.on("run.antithetic"),
        attempts=keys.switch("world.threat.attempts", modes.ATTEMPTS),
        mixture_size=keys.number("world.threat.mixture", INFINITE),
        rate=_rates(ground, stages),
        stock_ceiling=keys.number("world.threat.stock_ceiling"),
        drift_on=int(keys.word(f"{drift}.mode") != "off"),
        drift_persistence=keys.number(f"{drift}.persistence", 0.0),
        drift_innovation=keys.number(f"{drift}.innovation", 0.0),
        drift_stationary=int(keys.word(f"{drift}.start") == "stationary"),
        cluster=_clusters(keys),
        follow_ons=_follow_ons(keys),
        follow_by=keys.switch("world.threat.excitation.by", modes.BASIS),
        follow_law=(int(streams.LAW_EXPONENTIAL), keys.number("world.threat.excitation.delay"), 1.0),
        follow_spread=_spread(ground),
        preparation=keys.law("world.preparation"),
        lapse=keys.number("world.threat.lapse"),
        initial=_initial(keys),
        given=_given(keys),
    )


def _rates(ground: Ground, stages: Stages) -> Floats:
    """(J, P) plots per day at the starting stock, times the regime steps in force."""
    plots = ground.of_provinces("plots")
    births = list(zip(ground.provinces, plots, strict=True))
    return frozen([[float(rate * stages.factor(j, name)) for name, rate in births] for j in range(len(stages.ticks))])


def _clusters(keys: Keys) -> Floats:
    """(3,) cumulative probabilities; sizes that are not named have none."""
    shares = [keys.exact(item) for item in keys.items("world.threat.clusters")]
    return frozen([float(share) for share in accumulate([*shares, Fraction(0), Fraction(0)][:3])])


def _follow_ons(keys: Keys) -> Floats:
    """(P,) the general mean, or the province's own where one is named."""
    key = "world.threat.excitation"
    named = keys.names(f"{key}.provinces")
    general = keys.number(f"{key}.follow_ons")
    return frozen([keys.number(f"{key}.provinces.{name}") if name in named else general for name in keys.provinces])


def _spread(ground: Ground) -> Floats:
    """(P, P) probability that a follow-on of the row's province is born in the column's.

    What does not stay is spread evenly over the other provinces that have a threat of their own, so that adding a
    province without one changes nothing; where there is none, all of it stays.
    """
    stays = ground.keys.exact("world.threat.excitation.same_province")
    plots = ground.of_provinces("plots")
    rows = []
    for p in range(len(plots)):
        others = [q for q, rate in enumerate(plots) if rate > 0 and q != p]
        part = (1 - stays) / len(others) if others else Fraction(0)
        kept = stays if others else Fraction(1)
        rows.append([float(kept if q == p else part if q in others else 0) for q in range(len(plots))])
    return frozen(rows)


def _initial(keys: Keys) -> int:
    named = isinstance(keys.raw("world.threat.initial"), str)
    return keys.switch("world.threat.initial", modes.INITIAL) if named else modes.GIVEN


def _given(keys: Keys) -> Ints:
    """(P,) plots at the start, all 0 unless they are given."""
    if _initial(keys) != modes.GIVEN:
        return frozen_ints([0] * len(keys.provinces))
    return frozen_ints(keys.wholes("world.threat.initial"))


# ------------------------------------------------------------------------------------------------ where they turn


def cells_of(ground: Ground) -> Cells:
    """Utilities of the cells and of giving up.

    utility = ln(attraction x persons x time), -inf where that is 0.  Giving up has `outside_option` plus the log of the
    home province's whole attraction, so that the option's odds against an unprotected home do not hang on its size.
    """
    keys, epochs = ground.keys, ground.epochs
    weights = [
        [[number * part * pull for part, pull in zip(ground.time, ground.attraction, strict=True)] for number in row]
        for row in ground.personnel
    ]
    option = keys.number("world.displacement.outside_option", -INFINITE)
    homes = [_log(sum((sum(row, Fraction(0)) for row in province), Fraction(0))) for province in weights]
    leaving, each = keys.number("world.displacement.leaving_home"), range(len(homes))
    return Cells(
        displacement=keys.switch("world.displacement.mode", modes.DISPLACEMENT),
        utility=epochs.stack([[[_log(weight) for weight in row] for row in province] for province in weights]),
        leaving=frozen([[0.0 if q == p else leaving for q in each] for p in each]),
        weight=epochs.stack(keys.number("world.displacement.lambda")),
        outside=epochs.stack([option + home for home in homes]),
        learning=keys.number("world.displacement.learning"),
        diffusion=keys.number("world.displacement.diffusion"),
    )


def _log(weight: Fraction) -> float:
    return log(float(weight)) if weight > 0 else -INFINITE


# ------------------------------------------------------------------------------------------------ how they are found


def detection_of(ground: Ground) -> Detection:
    """Hazards, by mode; the ceiling is 0 in modes that draw no candidates."""
    keys, each = ground.keys, range(len(ground.provinces))
    mode = keys.switch("world.detection.mode", modes.DETECTION)
    ceiling = keys.number("world.detection.ceiling") if mode in (modes.SEARCH, modes.LEADS) else 0.0

    def everywhere(name: str) -> Floats:
        return ground.epochs.stack([keys.number(f"world.detection.{name}") for _ in each])

    return Detection(
        mode=mode,
        hazard=everywhere("hazard"),
        tips=everywhere("tips"),
        search=everywhere("search"),
        probability=everywhere("probability"),
        proportional=keys.on("world.detection.proportional"),
        ceiling=frozen([ceiling for _ in each]),
    )


def intelligence_of(ground: Ground, capacity: Capacity) -> Intelligence:
    """What intelligence units do, against the day before the start; gain 0 makes their factor exactly 1.

    The gain is 0 with ``capacity: constant``, where nobody is, and where nothing is to be multiplied.
    Raises `ScenarioError` for a province without any unit on that day: its rates hold at a capacity that is nothing.
    """
    keys = ground.keys
    host = keys.wholes("world.intelligence.host_units")
    gain = ground.per_person([keys.exact("world.intelligence.gain")] * len(host))
    if keys.word("policy.capacity") == "constant":
        gain = [0.0] * len(host)
    before = [float(own + int(row[modes.INTELLIGENCE])) for own, row in zip(host, capacity.inherited, strict=True)]
    for p, name in enumerate(ground.provinces):
        if before[p] > 0.0:
            continue
        if gain[p] > 0.0 and _matters(ground, p):
            problem = f"is 0 in {name} and nothing is inherited there"
            hint = (
                "Rates of detection and of routine leads hold at the intelligence capacity of the day before the start."
            )
            raise keys.error("world.intelligence.host_units", problem, allowed="at least 1 unit", hint=hint)
        gain[p] = 0.0
    return Intelligence(
        gain=frozen(gain),
        reference=frozen([1.0 - exp(-g * units) if g > 0.0 else 1.0 for g, units in zip(gain, before, strict=True)]),
        host_units=frozen_ints(host),
    )


def _matters(ground: Ground, p: int) -> bool:
    """Whether a province has plots or routine leads that intelligence could multiply."""
    return ground.of_provinces("plots")[p] > 0 or ground.keys.by_province("world.operations.routine_leads")[p] > 0


def most_intelligence(intelligence: Intelligence, capacity: Capacity) -> list[float]:
    """The largest factor that each province's intelligence can reach at any time of the run."""
    most = capacity.target[:, :, modes.INTELLIGENCE].max(axis=0)
    most = [max(int(a), int(b)) for a, b in zip(most, capacity.inherited[:, modes.INTELLIGENCE], strict=True)]
    return [
        intelligence_factor(float(intelligence.host_units[p] + units), float(gain), float(reference))
        for p, (units, gain, reference) in enumerate(zip(most, intelligence.gain, intelligence.reference, strict=True))
    ]
