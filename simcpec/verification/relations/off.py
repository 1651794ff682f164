"""Relations of what is switched off or made certain: nothing born, everything stopped, everything off, lambda = 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.world import Floats, World
from simcpec.numerics import samplers, streams
from simcpec.verification.relations.compare import (
    columns,
    rows,
    tables,
    tables_differ,
    traces_differ,
    without,
)
from simcpec.verification.relations.relation import Bench, Exact
from simcpec.verification.worlds.generated_worlds import Case
from simcpec.verification.worlds.neutral_world import INF, with_changes

# ------------------------------------------------------------------------------------------------ zero rates

#: every rate at which something begins
RATES = (
    "threat__rate", "operations__routine", "operations__false_leads", "network__inflow", "network__external",
    "network__recruits",
    "network__exits", "network__water_rate", "network__fire_rate", "network__footprint_gain", "network__footprint_tips",
    "protection__insider_onset", "movements__rate",
)  # fmt: skip
#: what there is without anything happening, as days: units in place and the stock of militants
STANDING = ("team_days", "escort_days", "guard_days")
#: what the calendar brings
DATED = (
    events.KIND_PERIOD, events.KIND_EPOCH, events.KIND_STAGE, events.KIND_YEAR, events.KIND_AUDIT,
    events.KIND_REVISION, events.KIND_CAPACITY,
)  # fmt: skip


def _zero_rates(case: Case, bench: Bench, *, but: str = "") -> str:
    """But for the named rate, which the control leaves as it is."""
    nothing: dict[str, Any] = dict.fromkeys((rate for rate in RATES if rate != but), 0.0)
    before = bench.traced(case)
    after = bench.traced(case, case.changed(**nothing, threat__initial=modes.EMPTY))
    expected = {name: np.zeros_like(table) for name, table in tables(after).items()}
    for name in STANDING:  # capacity comes and goes by the calendar alone
        at = names.PROVINCE_COUNTS.index(name)
        expected["province"][..., at] = before.province[..., at]
    expected["province"][..., names.PROV_MILITANT_DAYS] = _standing_stock(case.world)
    kinds = np.setdiff1d(rows(after)["kind"], DATED)
    if len(kinds):
        return f"something happened: {events.KINDS[int(kinds[0])]}"
    return tables_differ(tables(after), expected) or traces_differ(rows(after), rows(before, *DATED))


def _standing_stock(world: World) -> Floats:
    """(T, P) militant days of a stock that never moves."""
    length = np.diff(world.calendar.period_end_tick, prepend=0)
    return np.asarray(length[:, None] * world.militants / world.calendar.ticks_per_day)


ZERO_RATES = Exact(
    name="zero rates",
    says="no births, leads, flows, insiders or movements: no event but dated ones, every counter 0 but standing units",
    breach=_zero_rates,
    control="births of plots are left on",
    caught=lambda case, bench: _zero_rates(case, bench, but="threat__rate"),
)


# ------------------------------------------------------------------------------------------------ certain stop

#: what comes after the layers
AFTER_LAYERS = (events.KIND_STOPPED, events.KIND_BREACH, events.KIND_STOPPAGE)
PASSED = (
    "breaches", "expected_breaches", "expected_deaths", "expected_injured", "deaths", "injured", "local_deaths",
)  # fmt: skip
STOPPED = {modes.ROUTE: "stopped_route", modes.HARDENING_LAYER: "stopped_hardening"}


def _certain_stop(case: Case, bench: Bench, *, common_cause: float = 0.0) -> str:
    """Each layer that no escort takes the place of in turn, the others off."""
    before = bench.traced(case)
    for layer, name in STOPPED.items():
        constant = np.zeros_like(case.world.protection.constant)
        constant[:, layer] = 1.0
        world = case.changed(protection__constant=constant, protection__common_cause=common_cause)
        after = bench.traced(case, world)
        passed = columns(after, cell=PASSED)
        broken = (
            tables_differ(passed, {"cell": np.zeros_like(passed["cell"])})
            or tables_differ(columns(after, cell=[name]), columns(after, cell=["attacks"]))
            or traces_differ(without(after, *AFTER_LAYERS), without(before, *AFTER_LAYERS))
        )
        if broken:
            return f"{name}: {broken}"
    return ""


CERTAIN_STOP = Exact(
    name="certain stop",
    says="one layer stops everything: all attacks end there, nobody is hurt, and all before the layers is as it was",
    held={
        "sop": "off",
        "insider": "off",
        "common_cause": "off",
        "weight": "off",
        "excitation": ("off", "attack"),
        "attack_modes": "one",
    },
    breach=_certain_stop,
    control="a common cause of 10 % beside it",
    caught=lambda case, bench: _certain_stop(case, bench, common_cause=0.1),
)


# ------------------------------------------------------------------------------------------------ everything off

OFF: dict[str, Any] = {
    "attempts": "poisson", "stages": "one", "clusters": "off", "excitation": "off", "displacement": "off",
    "weight": "off", "outside": "off", "detection": "off", "network": "off", "layers": "constant", "sop": "off",
    "insider": "off", "escort": "off", "severity": "none", "routine": "off", "false_leads": "off", "budget": "off",
    "epochs": 1, "antithetic": "off", "units": "whole", "attack_modes": "one",
}  # fmt: skip
COMPARED = ("attacks", "stopped_route", "stopped_guard", "stopped_hardening", "breaches")


def _one_cell(case: Case) -> World:
    """Every plot turns to the site of the first cohort of its own province."""
    utility = np.full_like(case.world.cells.utility, -INF)
    utility[:, :, 0, modes.SITE] = 0.0
    return case.changed(cells__utility=utility)


def thinning(world: World, case: Case, *, faster: float = 1.0) -> Floats:
    """(T, P, 5) attacks, stopped by each layer, and breaches: candidates at exponential gaps, thinned layer by layer.

    All there is to a world with everything off, played here without an engine, from the same addressed draws.
    faster : factor on the rate; the control's error.
    """
    calendar, w = world.calendar, world.protection
    key, common = streams.key_word(case.seed, 0), float(w.common_cause[0])
    found = np.zeros((len(calendar.period_end_tick), len(world.provinces), len(COMPARED)))
    for o, (group, p) in enumerate(zip(world.origins.group.tolist(), world.origins.province.tolist(), strict=True)):
        place, tick, index = streams.origin_word(world.addresses[p], group, 0), 0, 0
        rate = float(world.threat.rate[0, o]) * faster
        while rate > 0.0:
            at = (key, case.replication, streams.candidate_identity(0, index, 0), place)
            tick += samplers.ticks(samplers.exponential(streams.block(*at, int(streams.S_CANDIDATE), 0)[0]) / rate,
                                  float(calendar.ticks_per_day))  # fmt: skip
            if tick >= calendar.horizon_tick:
                break
            u = streams.block(*at, int(streams.S_LAYERS), 0)
            stops = [layer for layer in range(3) if u[1 + layer] < w.constant[0, layer]]
            ending = 4 if u[0] < common or not stops else 1 + stops[0]
            period = int(np.searchsorted(calendar.period_end_tick, tick, side="right"))
            found[period, p, [0, ending]] += 1.0
            index += 1
    return found


def _everything_off(case: Case, bench: Bench, *, faster: float = 1.0) -> str:
    world = _one_cell(case)
    played = columns(bench.traced(case, world), cell=COMPARED)["cell"].sum(axis=(2, 3))
    return tables_differ({"thinned": played}, {"thinned": thinning(world, case, faster=faster)})


EVERYTHING_OFF = Exact(
    name="everything off",
    says="with every mechanism off the counts are those of Poisson points thinned layer by layer, without any engine",
    held=OFF,
    breach=_everything_off,
    control="a birth rate that is 3 % too high",
    caught=lambda case, bench: _everything_off(case, bench, faster=1.03),
)


# ------------------------------------------------------------------------------------------------ more protection

#: no attack's fate turns another's: neither displacement nor adaptation, no queue, no shared reserve
UNCOUPLED: dict[str, Any] = {
    "displacement": "off", "weight": "off", "surge": "off", "detection": "bernoulli", "footprint": "off",
    "sop": ("off", "periodic"), "network": "off", "layers": "units",
}  # fmt: skip


def _better_guarded(case: Case) -> World:
    units = case.world.protection.host_units.copy()
    units[:, :, modes.GUARD] += 1 + case.replication % 40
    return case.changed(protection__host_units=units)


def _monotone(case: Case, bench: Bench, *, other: Case) -> str:
    few, many = bench.traced(case), bench.traced(other, _better_guarded(case))
    for kind in (events.KIND_ATTACK, events.KIND_BREACH):
        before, after = ({tuple(row[name] for name in KEY) for row in rows(o, kind)} for o in (few, many))
        if not after <= before:
            return f"{len(after - before)} of {len(after)} {events.KINDS[kind]} events only with more guards"
    return ""


KEY = ("tick", "province", "cohort", "setting", "entity")

MONOTONE = Exact(
    name="monotone stop",
    says="more guards, nothing coupled: every breach and every attack that remains was there before, at the same tick",
    held=UNCOUPLED,
    breach=lambda case, bench: _monotone(case, bench, other=case),
    control="draws of another replication",
    caught=lambda case, bench: _monotone(
        case, bench, other=Case(case.world, case.seed, case.replication + 1, case.switches)
    ),
)


# ------------------------------------------------------------------------------------------------ lambda = 0


def _other_protection(case: Case, world: World) -> World:
    """Return the world behind other layers."""
    rng = np.random.default_rng(case.replication)
    w = world.protection
    return with_changes(
        world,
        protection__constant=np.where(rng.random(w.constant.shape) < 0.5, rng.random(w.constant.shape), -1.0),
        protection__ceiling=rng.random(w.ceiling.shape),
        protection__gain=rng.uniform(0.0, 5.0, w.gain.shape),
        protection__host_units=rng.uniform(0.0, 60.0, w.host_units.shape),
        protection__common_cause=rng.random(w.common_cause.shape) * 0.3,
        movements__escort_units=float(rng.uniform(1.0, 20.0)),
    )


def _lambda(case: Case, bench: Bench, *, weight: float) -> str:
    world = case.changed(cells__weight=weight)
    before, after = bench.traced(case, world), bench.traced(case, _other_protection(case, world))
    return traces_differ(without(after, *AFTER_LAYERS), without(before, *AFTER_LAYERS))


LAMBDA_ZERO = Exact(
    name="lambda = 0",
    says="attackers blind to protection: other layers move no plot; only what happens at the layers may differ",
    held={"weight": "off", "displacement": ("logit", "adaptive"), "excitation": ("off", "attack")},
    breach=lambda case, bench: _lambda(case, bench, weight=0.0),
    control="lambda = 3",
    caught=lambda case, bench: _lambda(case, bench, weight=3.0),
)
