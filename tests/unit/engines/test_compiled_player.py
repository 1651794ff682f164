"""What the compiled engine hands to its event loop."""

from __future__ import annotations

import numba
import pytest

from simcpec.engines.compiled.simulate import dated_tables
from simcpec.model.world import World
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.verification.worlds.neutral_world import bare_world


@pytest.fixture(scope="module")
def built() -> World:
    return build(load("base")).world


def test_a_world_made_by_hand_needs_no_loop_of_its_own(built: World) -> None:
    bare = bare_world()
    assert numba.typeof(bare.threat.rate) != numba.typeof(built.threat.rate)  # the control
    assert [*map(numba.typeof, dated_tables(bare))] == [*map(numba.typeof, dated_tables(built))]


def test_its_tables_can_still_be_written_by_whoever_made_it() -> None:
    bare = bare_world()
    tables = dated_tables(bare)
    assert bare.threat.rate.flags.writeable and not any(table.flags.writeable for table in tables)
    assert all(table.base is not None for table in tables)
