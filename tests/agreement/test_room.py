"""A pool of slots that overflows is enlarged and the replication played again, with the same result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simcpec.engines import engine
from simcpec.errors import EngineError
from simcpec.verification.worlds.neutral_world import bare_world

# As plain Python: every size class would be compiled for itself, and what is tested is the way around the loop.
SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from simcpec.engines.compiled.simulate import Player
from simcpec.engines.compiled.record import FIRST_SLOTS, Size
from simcpec.model import modes
from simcpec.numerics.samplers import LAW_EXPONENTIAL
from simcpec.verification.worlds.neutral_world import bare_world

world = bare_world(
    days=20, threat__rate=0.5, threat__preparation=(LAW_EXPONENTIAL, 10.0, 1.0), operations__routine=3.0,
    operations__teams=3, operations__work=(LAW_EXPONENTIAL, 1.5, 1.0), movements__rule=modes.QUIT, movements__rate=2.0,
    movements__teams=1, movements__patience=(LAW_EXPONENTIAL, 1.0, 1.0), protection__surge_units=5,
    protection__surge_days=9.0, protection__surge_reserve=50,
)
small = Size()._replace(operation=1, trip=1, stale=1, quit=1, plot=1, loan=1)
narrow, wide = Player(world, small), Player(world)
address = {"seed": 1, "draw": 0, "first": 5, "number": 2}
a, b = narrow.play(**address, trace=True), wide.play(**address, trace=True)
assert narrow.size.plot > 1 and narrow.size.operation > 1, narrow.size
# Inside a size class the slots in use are few at first and doubled; a tree with all slots of the class is the control.
assert wide.size == Size() and FIRST_SLOTS < wide.slots.plot < wide.size.plot, wide.slots
full = Player(world)
full._lay_out(full.size)
c = full.play(**address, trace=True)
assert full.slots == full.size and full.slots.leaves > wide.slots.leaves
for x, y, z in zip(a, b, c, strict=True):
    for table in ("cell", "cohort", "mode", "province", "start_plots", "trace"):
        assert getattr(x, table).tobytes() == getattr(y, table).tobytes() == getattr(z, table).tobytes(), table
fresh = Player(world, small)
rows = fresh.plots(seed=1, draw=0, replication=6)
assert fresh.size.plot > 1 and len(rows) > 0
assert rows.tobytes() == wide.plots(seed=1, draw=0, replication=6).tobytes()
assert narrow.growing is None
print("enlarged", narrow.size.operation, len(a[0].trace))
"""


@pytest.mark.slow
def test_a_full_pool_is_enlarged_and_changes_nothing(root: Path) -> None:
    surroundings = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    words = [sys.executable, "-c", SCRIPT, str(root)]
    done = subprocess.run(words, env=surroundings, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("enlarged")


def test_a_world_with_fewer_targets_than_decisions_is_refused() -> None:
    world = bare_world(calendar__decision_tick=[0, 10])
    with pytest.raises(EngineError, match="2 decisions on capacity has 1 targets"):
        engine("compiled")(world, seed=0, draw=0, replication=0)
