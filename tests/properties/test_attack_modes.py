"""What a mode of attack may change and what not: its name is its address, and neutral modes change nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simcpec.engines import engine
from simcpec.errors import IdentityBroken
from simcpec.model import events
from simcpec.model.outcome import MODE_ATTACKS, Outcome, check
from simcpec.model.world import World
from simcpec.numerics import streams
from simcpec.verification.worlds.generated_worlds import Case, drawn
from simcpec.verification.worlds.neutral_world import with_changes

MANY = {"attempts": "plots", "layers": "constant", "severity": "hurdle_lognormal", "days": 160, "present": "off"}


def played(world: World, case: Case) -> Outcome:
    return engine("compiled")(world, **case.address, trace=True)


def modes(world: World, names: tuple[str, ...], shares: Any, **more: Any) -> World:
    """The world with these modes, neutral but for what is given."""
    neutral = {
        "threat__mode_planning": np.repeat(world.threat.mode_planning[:, :1], len(names), axis=1),
        "protection__mode_weight": np.ones((len(names), 3)),
        "harm__mode_log_deaths": np.zeros(len(names)), "harm__mode_spared": np.zeros(len(names)),
    }  # fmt: skip
    addresses = tuple(streams.name_identity(name) for name in names)
    neutral["threat__mode_share"] = np.broadcast_to(shares, (len(world.groups), len(world.provinces), len(names)))
    return with_changes(world, modes=names, mode_addresses=addresses, **{**neutral, **more})


def without_modes(outcome: Outcome) -> bytes:
    assert outcome.trace is not None
    rest = outcome.trace[outcome.trace["kind"] != events.KIND_MODE]
    return b"".join(part.tobytes() for part in (outcome.cell, outcome.cohort, outcome.province, rest))


@pytest.mark.parametrize("number", range(4))
def test_modes_that_are_neutral_change_nothing_but_who_is_counted_where(number: int) -> None:
    case = drawn(number, attack_modes="one", mitigation="off", **MANY)
    one, two = played(case.world, case), played(modes(case.world, ("a", "b"), [0.4, 0.6]), case)
    assert without_modes(one) == without_modes(two)
    assert two.mode.shape[2] == 2
    heavier = modes(case.world, ("a", "b"), [0.4, 0.6], protection__mode_weight=np.full((2, 3), 0.2))
    attacks = one.mode[..., MODE_ATTACKS].sum()
    assert attacks == 0.0 or without_modes(played(heavier, case)) != without_modes(one)  # the control


@pytest.mark.parametrize("number", range(4))
def test_modes_in_another_order_are_the_modes_they_were(number: int) -> None:
    case = drawn(number, attack_modes="three", mitigation="on", **MANY)
    order = [2, 0, 1]
    w = case.world
    turned = modes(
        w, tuple(w.modes[m] for m in order), w.threat.mode_share[..., order],
        threat__mode_planning=w.threat.mode_planning[:, order], protection__mode_weight=w.protection.mode_weight[order],
        harm__mode_log_deaths=w.harm.mode_log_deaths[order], harm__mode_spared=w.harm.mode_spared[order],
    )  # fmt: skip
    a, b = played(w, case), played(turned, case)
    assert a.cell.tobytes() == b.cell.tobytes() and a.mode[:, :, order].tobytes() == b.mode.tobytes()


def test_a_mode_that_never_comes_moves_no_other() -> None:
    case = drawn(1, attack_modes="one", mitigation="off", **MANY)
    two = played(modes(case.world, ("a", "b"), [0.4, 0.6]), case)
    three = played(modes(case.world, ("a", "b", "never"), [0.4, 0.6, 0.0]), case)
    assert without_modes(two) == without_modes(three) and two.mode.tobytes() == three.mode[:, :, :2].tobytes()


def test_mitigation_never_hurts_more_and_moves_nothing_else() -> None:
    fewer = 0.0
    for number in range(6):
        case = drawn(number, attack_modes="three", mitigation="off", **MANY)
        one, other = (played(with_changes(case.world, harm__mitigation=m), case) for m in (0.0, 0.7))
        assert one.cohort.tobytes() == other.cohort.tobytes()
        less = one.mode - other.mode
        assert (less >= 0.0).all() and (less[..., :2] == 0.0).all()
        fewer += less[..., 2:].sum()
    assert fewer > 0.0


def test_a_replication_whose_modes_do_not_add_up_is_refused() -> None:
    case = drawn(2, attack_modes="three", **MANY)
    outcome = played(case.world, case)
    outcome.mode[0, 0, 0, 1] += 1.0
    with pytest.raises(IdentityBroken, match="breaches of all modes = breaches"):
        check(outcome, case.world)
