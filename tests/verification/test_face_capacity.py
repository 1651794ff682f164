"""Face validity: every capacity has diminishing returns, and how procedures, excitation and drift spread counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from simcpec.model import modes
from simcpec.model.world import Floats, World
from simcpec.numerics import samplers
from simcpec.verification.worlds.neutral_world import bare_world, with_changes
from tests.verification.validity import dispersion_is, index_of_dispersion, plays, surely_less, surely_more

DAY = 86_400_000_000  # ticks of a day

# ------------------------------------------------------------------------------------------------ diminishing returns


def struck(**changes: Any) -> World:
    """Sites of one province, attacked once in four days for two years; nothing stops an attack yet."""
    return bare_world(codes=("AAA",), **{"days": 730.0, "threat__rate": 0.25, **changes})


def layered(**changes: Any) -> World:
    """The same where layers follow their units."""
    return struck(protection__constant=-1.0, protection__ceiling=0.8, protection__gain=1.0, **changes)


def searched() -> World:
    """Plots that intelligence finds, with teams enough for every lead."""
    return struck(
        detection__mode=modes.LEADS, detection__hazard=0.02, detection__unit=0.02, operations__teams=20,
        intelligence__gain=0.02, intelligence__reference=0.5, operations__success=0.9,
    )  # fmt: skip


def worked() -> World:
    """Plots that are found, among routine leads that keep five teams busy and go stale after a day."""
    day = (int(samplers.LAW_EXPONENTIAL), 1.0, 1.0)
    return struck(
        detection__mode=modes.LEADS, detection__hazard=0.05, detection__unit=0.05, operations__teams=0,
        operations__routine=5.0, operations__priority=modes.FIFO, operations__work=day, operations__patience=day,
    )  # fmt: skip


def travelled() -> World:
    """Movements that are attacked, and go alone where no escort is free within two hours or so."""
    utility = np.full((1, 1, 1, 3), -np.inf)
    utility[..., modes.MOVEMENT] = 0.0
    return layered(
        cells__utility=utility, movements__rule=modes.ALONE, movements__rate=6.0, movements__party=8.0,
        movements__escort_units=8.0, movements__trip=(int(samplers.LAW_EXPONENTIAL), 1.0, 1.0),
        movements__patience=(int(samplers.LAW_EXPONENTIAL), 0.1, 1.0),
    )  # fmt: skip


def audited() -> World:
    """A layer that holds while procedures are followed; audits every month restore what they reach."""
    return struck(
        protection__sop=modes.PERIODIC, protection__constant=[[0.0, 0.8, 0.0]], protection__floor=0.2,
        protection__fresh=0.95, protection__decay=60.0, protection__compliance=0.2, protection__audit_gain=0.05,
        calendar__audit_every_tick=30 * DAY,
    )  # fmt: skip


#: a world, the units of one step, and the harm that they are there to lower
CAPACITY: dict[str, tuple[Callable[[], World], int, str]] = {
    "guards": (layered, 50, "expected_breaches"),
    "operations": (worked, 4, "attacks"),
    "intelligence": (searched, 40, "attacks"),
    "surveillance": (layered, 50, "expected_breaches"),
    "escorts": (travelled, 6, "expected_breaches"),
    "hardening": (layered, 50, "expected_breaches"),
    "procedures": (audited, 20, "expected_breaches"),
}


@cache
def harm(instrument: str, units: int) -> Floats:
    """(R,) harm with so many units in place."""
    world, _, counter = CAPACITY[instrument]
    table = np.zeros((1, len(modes.INSTRUMENTS)), np.int64)
    table[:, modes.INSTRUMENTS.index(instrument)] = units
    one = with_changes(world(), capacity__inherited=table, capacity__target=table[None])
    return plays(one, 200).total(counter)


def diminish(instrument: str, units: tuple[int, int, int]) -> None:
    """A first step surely lowers harm, and the second surely by less."""
    none, some, more = (harm(instrument, number) for number in units)
    surely_less(some - none)
    surely_more((none - some) - (some - more))


def test_every_instrument_is_looked_at() -> None:
    assert tuple(CAPACITY) == modes.INSTRUMENTS


@pytest.mark.parametrize("instrument", CAPACITY)
def test_the_second_step_brings_less_than_the_first(instrument: str) -> None:
    step = CAPACITY[instrument][1]
    diminish(instrument, (0, step, 2 * step))


@pytest.mark.parametrize("instrument", CAPACITY)
def test_a_second_step_that_is_ten_times_as_long_is_not_called_diminishing(instrument: str) -> None:
    short = max(1, CAPACITY[instrument][1] // 8)
    with pytest.raises(AssertionError, match="not sure"):
        diminish(instrument, (0, short, 11 * short))


# ------------------------------------------------------------------------------------------------ how counts spread

COUNTS = 3000


def spread(name: str, **changes: Any) -> Floats:
    """(R,) counts of two years."""
    return plays(struck(**changes), COUNTS).total(name)


@cache
def plain(name: str) -> Floats:
    """Nothing but plots that become attacks, half of which a constant layer stops."""
    return spread(name, protection__constant=[[0.0, 0.5, 0.0]])


@cache
def reactive() -> Floats:
    """Breaches where every attack refreshes procedures that decay at the rate of attacks."""
    return spread(
        "breaches", protection__sop=modes.REACTIVE, protection__constant=[[0.0, 1.0, 0.0]], protection__floor=0.0,
        protection__fresh=1.0, protection__decay=4.0,
    )  # fmt: skip


def test_with_everything_off_counts_are_poisson() -> None:
    for name in ("attacks", "breaches"):
        dispersion_is("poisson", plain(name))


def test_reactive_revisions_make_breaches_under_dispersed() -> None:
    dispersion_is("under", reactive())


def test_breaches_after_reactive_revisions_spread_as_a_renewal_reward_process() -> None:
    # intervals X between attacks are exponential of mean 1, and an attack is a breach with probability 1 - exp(-X):
    # with b = E breach = 1/2 the index tends to var(breach - b X) / b = 1 - 2 b (1 - b) (Smith 1955; Cox 1962)
    index, error = index_of_dispersion(reactive()), 0.5 * np.sqrt(2 / (COUNTS - 1))
    assert abs(index - 0.5) < 4.5 * error + 1 / float(reactive().mean())  # the last: a count of finite length


def test_audits_by_the_calendar_leave_breaches_poisson() -> None:
    dispersion_is("poisson", spread(
        "breaches", protection__sop=modes.PERIODIC, protection__constant=[[0.0, 1.0, 0.0]], protection__floor=0.0,
        protection__fresh=1.0, protection__decay=4.0, protection__audit_host=1.0,
        calendar__audit_every_tick=4 * DAY,
    ))  # fmt: skip


SPREADING: dict[str, dict[str, Any]] = {
    "excitation": {"threat__follow_ons": 0.3},
    "drift": {
        "threat__drift_on": 1, "threat__drift_persistence": 0.8, "threat__drift_innovation": 0.3,
        "threat__drift_stationary": 1, "threat__rate": np.full((8, 1), 0.25),
        "calendar__stage_start_tick": np.arange(8) * 91 * DAY, "calendar__stage_drifts": [0, *[1] * 7],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ["attacks", "breaches"])
@pytest.mark.parametrize("what", SPREADING)
def test_excitation_and_drift_make_counts_over_dispersed(what: str, name: str) -> None:
    dispersion_is("over", spread(name, protection__constant=[[0.0, 0.5, 0.0]], **SPREADING[what]))


@pytest.mark.parametrize("word", ["under", "over"])
def test_poisson_counts_are_called_neither(word: str) -> None:
    with pytest.raises(AssertionError, match="poisson, not"):
        dispersion_is(word, plain("breaches"))


def test_counts_that_spread_are_not_called_poisson() -> None:
    with pytest.raises(AssertionError, match="under, not poisson"):
        dispersion_is("poisson", reactive())
