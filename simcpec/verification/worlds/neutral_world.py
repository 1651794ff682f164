"""Small worlds made by hand, for checks of rules and engines that should not pass through a scenario file."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from simcpec.model import modes
from simcpec.model import world as w
from simcpec.numerics import samplers, streams

DAY = 86_400_000_000
INF = float("inf")
S, L, K = len(modes.SETTINGS), len(modes.LAYERS), len(modes.INSTRUMENTS)
NEVER, AT_ONCE = (int(samplers.LAW_NEVER), INF, 1.0), (int(samplers.LAW_DETERMINISTIC), 1.0, 1.0)
Part = TypeVar("Part")


def floats(*shape: int, value: float = 0.0) -> np.ndarray:
    """An array of float64 filled with one value."""
    return np.full(shape, value)


def ints(*shape: int, value: int = 0) -> np.ndarray:
    """An array of int64 filled with one value."""
    return np.full(shape, value, np.int64)


def bare_world(
    *,
    codes: tuple[str, ...] = ("AAA", "BBB"),
    cohorts: int = 1,
    days: float = 365.0,
    ticks_per_day: int = DAY,
    periods: int = 1,
    **changes: Any,
) -> w.World:
    """A world with every switch at its OFF value and no plots; `changes` are dotted names with __ for the dot.

    ``bare_world(threat__rate=[[0.1, 0.2]])``: lists become arrays of the type and, where one number is given, of the
    shape that stands there.
    """
    P, C, horizon = len(codes), cohorts, round(days * ticks_per_day)
    world = w.World(
        provinces=codes,
        addresses=tuple(streams.province_address(code) for code in codes),
        cohorts=tuple(f"cohort{c}" for c in range(C)),
        settings=modes.SETTINGS,
        calendar=_calendar(P, C, horizon, ticks_per_day, periods),
        threat=_threat(P),
        cells=_cells(P, C),
        detection=_detection(P),
        intelligence=_intelligence(P),
        operations=_operations(P),
        network=_network(P),
        protection=_protection(P, C),
        movements=_movements(P, C),
        harm=_harm(),
        capacity=_capacity(P),
    )
    return with_changes(world, **changes)


def with_changes(world: Part, **changes: Any) -> Part:
    """A copy of a world (or a part) with other values; names as in `bare_world`."""
    for name, value in changes.items():
        head, _, rest = name.partition("__")
        old = getattr(world, head)
        if rest:
            new = with_changes(old, **{rest: value})
        elif isinstance(old, np.ndarray):
            array = np.asarray(value, old.dtype)
            new = np.full(old.shape, array) if array.ndim == 0 else array
        else:
            new = value
        assert head in {field.name for field in fields(world)}  # type: ignore[arg-type]
        world = replace(world, **{head: new})  # type: ignore[type-var]
    return world


# ------------------------------------------------------------------------------------------------ its parts


def _calendar(P: int, C: int, horizon: int, ticks_per_day: int, periods: int) -> w.Calendar:
    """One budget year, one epoch, one stage; no audits, no revisions."""
    return w.Calendar(
        ticks_per_day=ticks_per_day,
        horizon_tick=horizon,
        warm_up_periods=0,
        period_end_tick=np.array([horizon * (k + 1) // periods for k in range(periods)], np.int64),
        year_start_tick=np.array([0], np.int64),
        decision_tick=np.array([0], np.int64),
        epoch_start_tick=np.array([0], np.int64),
        stage_start_tick=np.array([0], np.int64),
        stage_drifts=ints(1),
        audit_every_tick=0,
        revision_tick=ints(0),
        revision_reach=floats(0, P, C),
    )


def _threat(P: int) -> w.Threat:
    """No births."""
    return w.Threat(
        antithetic=0,
        attempts=modes.PLOTS,
        mixture_size=INF,
        rate=floats(1, P),
        stock_ceiling=1.0,
        drift_on=0,
        drift_persistence=0.0,
        drift_innovation=0.0,
        drift_stationary=0,
        cluster=np.ones(3),
        follow_ons=floats(P),
        follow_by=modes.BY_ATTACK,
        follow_law=(int(samplers.LAW_EXPONENTIAL), 3.0, 1.0),
        follow_spread=np.eye(P),
        preparation=(int(samplers.LAW_EXPONENTIAL), 30.0, 1.0),
        lapse=0.0,
        initial=modes.EMPTY,
        given=ints(P),
    )


def _cells(P: int, C: int) -> w.Cells:
    """Every plot turns to a site of its own province."""
    utility = floats(1, P, C, S, value=-INF)
    utility[..., modes.SITE] = 0.0
    leaving = floats(P, P)
    return w.Cells(
        displacement=modes.STAY,
        utility=utility,
        leaving=leaving,
        weight=floats(1),
        outside=floats(1, P, value=-INF),
        learning=0.0,
        diffusion=0.0,
    )


def _detection(P: int) -> w.Detection:
    """Nothing is found."""
    return w.Detection(
        mode=modes.UNFOUND,
        hazard=floats(1, P),
        tips=floats(1, P),
        search=floats(1, P),
        probability=floats(1, P),
        proportional=0,
        ceiling=floats(P),
    )


def _intelligence(P: int) -> w.Intelligence:
    """Factor 1."""
    return w.Intelligence(gain=floats(P), reference=floats(P, value=1.0), host_units=ints(P))


def _operations(P: int) -> w.Operations:
    """No teams, no leads."""
    return w.Operations(
        work=AT_ONCE,
        patience=NEVER,
        priority=modes.PLOTS_FIRST,
        teams=ints(P, value=1),
        team_ceiling=50,
        routine=floats(P),
        tempo=floats(1, P, value=1.0),
        tempo_ceiling=1.0,
        false_leads=floats(1, P),
        success=floats(1, P, value=1.0),
        arrests=floats(1, P),
        deaths=floats(1, P),
        own_losses=floats(1, P),
        dispersion=INF,
        goes_wrong=floats(1, P),
        yield_follows_stock=0,
    )


def _network(P: int) -> w.Network:
    """A stock that stands still, at 0."""
    return w.Network(
        model=modes.FIXED,
        militants=ints(P, value=100),
        inflow=floats(1, P),
        recruits=floats(1, P),
        exits=floats(1, P),
        capacity=floats(P, value=200.0),
        ceiling=floats(P),
        inflow_power=1.0,
        water_power=1.0,
        fire_power=1.0,
        fire_response=0.0,
        fire_threshold=0.0,
        water_rate=0.0,
        fire_rate=0.0,
        water_level=floats(1, P),
        fire_level=floats(1, P),
        per_death=0.0,
        per_arrest=0.0,
        backlash_delay=90.0,
        footprint_gain=0.0,
        footprint_threshold=0.0,
        footprint=floats(1, P),
        footprint_per_guard=floats(P),
        trust_start=1.0,
        trust_wrong=0.0,
        trust_backlash=0.0,
        trust_recovery=INF,
    )


def _protection(P: int, C: int) -> w.Protection:
    """Layers that stop nothing."""
    posting = floats(L, C, S)
    posting[..., modes.SITE] = 1.0 / C
    return w.Protection(
        constant=floats(1, L),
        ceiling=floats(1, L),
        gain=floats(1, L),
        host_units=floats(1, P, L, C, S),
        posting=posting,
        unit_effect=floats(1, L, value=1.0),
        quality=floats(1, P, L, C, S, value=1.0),
        exposure=floats(P, C, S, value=100.0),
        common_cause=floats(1),
        sop=modes.NO_SOP,
        fresh=floats(1, P, C, value=1.0),
        floor=floats(1, P, C, value=1.0),
        decay=floats(1, P, C, value=INF),
        compliance=floats(P, C, value=1.0),
        compliance_age=floats(P, C),
        audit_host=floats(1, P),
        audit_gain=floats(P),
        insider_on=0,
        insider_onset=floats(1, P, C),
        insider_found=floats(1, P, C),
        insider_multiplier=floats(1, P, C, value=1.0),
        insider_ceiling=floats(P, C),
        insider_steady=0,
        surge_units=0,
        surge_days=0.0,
        surge_reserve=0,
    )


def _movements(P: int, C: int) -> w.Movements:
    """None."""
    return w.Movements(
        rule=modes.NO_ESCORT,
        source=modes.ENDLESS,
        rate=floats(P, C),
        groups=ints(P, C),
        by_air=floats(1, P, C),
        trip=AT_ONCE,
        patience=NEVER,
        teams=ints(P),
        escort_units=1.0,
        party=floats(C, value=1.0),
    )


def _harm() -> w.Harm:
    """Nobody is hurt."""
    return w.Harm(
        counted_as=modes.BY_ATTACK,
        severity=modes.HARMLESS,
        zero=0.0,
        mu=0.0,
        sigma=1.0,
        start=1.0,
        cap=100.0,
        table=floats(0, 2),
        injured_base=0.0,
        injured_per_death=0.0,
        injured_size=1.0,
        local_base=0.0,
        local_per_death=0.0,
        guard_share=0.0,
        guards_when_stopped=0.0,
        stoppage=NEVER,
        spreads=0.0,
        memory=0.0,
    )


def _capacity(P: int) -> w.Capacity:
    """Nothing is bought."""
    return w.Capacity(
        inherited=ints(P, K),
        inherited_part=floats(P, K),
        target=ints(1, P, K),
        target_part=floats(1, P, K),
        decision=ints(1),
        tranches=1,
        hiring=AT_ONCE,
        leaving=AT_ONCE,
    )
