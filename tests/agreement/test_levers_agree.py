"""Both engines leave the same trace on worlds that draw random sets of levers, dates and structures."""

from __future__ import annotations

import pytest

from simcpec.engines.reference import calendar
from simcpec.engines.reference.simulation import Simulation
from simcpec.model import events
from tests.agreement.test_engines_agree import difference, played
from tests.support.levers import levered

CASES, LOT = 500, 25


@pytest.mark.parametrize("first", range(0, CASES, LOT))
def test_both_engines_agree_whatever_the_levers(first: int) -> None:
    epochs = attacks = kept = 0
    for number in range(first, first + LOT):
        built, levers = levered(number)
        address = {"seed": number, "draw": number % 2, "replication": number}
        one, other = (played(name, built.world, address) for name in ("reference", "compiled"))
        assert difference(one, other) == "", f"case {number}"
        kept += levers
        if not isinstance(one, str):
            epochs += int((one.trace["kind"] == events.KIND_EPOCH).sum())
            attacks += int((one.trace["kind"] == events.KIND_ATTACK).sum())
    # the lot tests something: most levers are played, dates pass, attacks happen
    assert kept >= LOT and epochs >= LOT // 2 and attacks >= 4 * LOT


def test_an_epoch_that_one_engine_leaves_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgotten(stage: Simulation, k: int) -> None:
        stage.note(events.KIND_EPOCH, entity=k)

    monkeypatch.setattr(calendar, "epoch", forgotten)
    parted = 0
    for number in range(LOT):
        built, _ = levered(number)
        address = {"seed": number, "draw": 0, "replication": 0}
        parted += difference(*(played(name, built.world, address) for name in ("reference", "compiled"))) != ""
    assert parted >= 3
