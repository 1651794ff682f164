"""The tornado of quantiles: changes from the median, extremes inside, and what factors do together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simcpec.experiments.design.designs import QUANTILES, Row, one_at_a_time, one_at_a_time_size
from simcpec.experiments.sweep.studies.factors import Range, SweepFactor
from simcpec.experiments.sweep.summary import summary
from simcpec.model.world import Floats
from simcpec.reporting.sweeps.quantile_tornado import quantile_tornado, remainder, swings_of
from simcpec.units import NUMBER
from tests.support.sweeps import reading, swept, written

NOISE = np.random.default_rng(3).normal(size=(1, 200))


def factor(name: str) -> SweepFactor:
    return SweepFactor(name=name, kind="key", target=f"world.{name}", levels=None,
                       range=Range(kind=NUMBER, low=0.0, high=1.0))  # fmt: skip


def contrast(row: Row) -> Floats | None:
    """Rises with the first, has its lowest value at the median of the second, and both act together."""
    x, y = (float(at) for at in row if isinstance(at, float))
    return 10.0 * x + 40.0 * (y - 0.5) ** 2 + 8.0 * (x - 0.5) * (y - 0.5) + NOISE * (1.0 + 0.01 * x)


FACTORS = (factor("steady"), factor("hollow"))


def test_a_swing_is_the_paired_change_from_the_median() -> None:
    one, two = swings_of(FACTORS, contrast)
    assert (one.factor, two.factor) == ("steady", "hollow")
    assert one.at(0.95).mean == pytest.approx(4.5, abs=0.01) and one.at(0.05).mean == pytest.approx(-4.5, abs=0.01)
    assert one.swing == pytest.approx(9.0, abs=0.01) and two.swing == pytest.approx(8.1, abs=1e-9)
    assert one.at(0.95).half_width < 0.01  # type: ignore[operator]
    assert one.levels[0.95] == "0.95"


def test_an_extreme_inside_is_marked_and_a_steady_factor_is_not() -> None:
    one, two = swings_of(FACTORS, contrast)
    assert one.extreme() is None and two.extreme() == 0.5


def test_the_remainder_is_what_all_do_beyond_the_sum() -> None:
    rows = swings_of(FACTORS, contrast)
    rest = remainder(FACTORS, contrast, rows)
    assert rest is not None
    assert [rest.at(end).mean for end in (0.05, 0.95)] == pytest.approx([8.0 * 0.45**2] * 2)
    assert remainder(FACTORS, lambda row: None if row == (0.95, 0.95) else contrast(row), rows) is None


def test_the_design_moves_one_law_at_a_time_and_all_at_both_ends() -> None:
    rows = list(one_at_a_time([None, 2, None]))
    assert len(rows) == one_at_a_time_size([None, 2, None]) == 1 + 8 + 2 + 8 + 2 == len(set(rows))
    assert rows[0] == (0.5, None, 0.5) and rows[-2:] == [(0.05, None, 0.05), (0.95, None, 0.95)]
    assert {row for row in rows if row[1] is not None} == {(0.5, 0, 0.5), (0.5, 1, 0.5)}
    assert [row[0] for row in rows[1:9]] == [at for at in QUANTILES if at != 0.5]
    assert list(one_at_a_time([2, 1])) == [(0, None), (1, None), (None, 0)]  # levels alone are as before


STUDY = """\
name: Laws one at a time
base: bare
set: {run.horizon: 30 days}
policies: {named: [{name: twice, set: {policy.security_share.share: 2 %}}]}
states_of_the_world:
  design: one_at_a_time
  factors:
    - {key: world.provinces.SIN.plots, name: plots, from: 20 /year, to: 80 /year, law: uniform}
    - {key: world.budget.annual_outlay, name: outlay, from: 1 bn USD/year, to: 3 bn USD/year, law: uniform}
combine: full_factorial
replications: 2
responses: [security_spending]
"""


def test_a_sweep_of_laws_is_drawn_as_a_tornado(tmp_path: Path) -> None:
    swept(written(tmp_path, STUDY), tmp_path / "out")
    with reading(tmp_path / "out") as reader:
        of = summary(reader)
        assert len(of.reader.study.points) == 2 * 19
        sketch = quantile_tornado(of, "security_spending")
    assert sketch is not None and sketch.records[0][0] == "outlay" and "of the policy twice" in sketch.caption
    changes = {record[1]: record[3] for record in sketch.records if record[0] == "outlay"}
    assert changes[0.5] == 0.0
    assert changes[0.95] == pytest.approx(0.02 * 0.9e9, rel=0.01) == -changes[0.05]  # 2 % of 2.9 less 2.0 bn
    assert {record[3] for record in sketch.records if record[0] == "plots"} == {0.0}
