"""T9 from small sweeps: a design that allows indices, one that does not, and what the table says of chance."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simcpec.errors import UserError
from simcpec.experiments.sweep.sensitivity import sensitivity_design, steps_of
from simcpec.reporting.artefacts.registry import chosen
from simcpec.reporting.artefacts.subject import subject_of
from simcpec.reporting.artefacts.table_formats.latex import latex
from simcpec.reporting.artefacts.table_formats.markdown import markdown
from simcpec.reporting.tables.table import Table
from tests.support.sweeps import study_of, swept, written

pytest.importorskip("SALib", reason="SALib is in the extra uq")

GRID = """\
name: Grid
base: bare
set: {run.horizon: 30 days}
factors:
  - {key: world.threat.excitation.follow_ons, name: follow_ons, from: "0", to: "0.5"}
  - {key: world.provinces.SIN.plots, name: births, from: 10 /year, to: 60 /year}
replications: 4
seed: 7
responses: [attacks, deaths]
"""
SALTELLI = GRID + "design: saltelli\npoints: 8\n"
MORRIS = GRID + "design: morris\ntrajectories: 4\n"


def run(ref: str, folder: Path) -> Path:
    swept(ref, folder)
    return folder


def table_of(folder: Path) -> Table:
    with subject_of(folder) as of:
        (one,) = chosen(["T9"], "table", of)
        (table,) = one.made(of)
    assert isinstance(table, Table)
    return table


def test_indices_of_a_sweep_say_n_replications_and_the_share_of_chance(tmp_path: Path) -> None:
    folder = run(written(tmp_path, SALTELLI), tmp_path / "found")
    table = table_of(folder)
    rows = [dict(zip(table.fields, record, strict=True)) for record in table.records]
    attacks = {(row["factor"], row["measure"]): row for row in rows if row["response"] == "attacks"}
    assert set(attacks) == {(f, m) for f in ("follow_ons", "births") for m in ("S1", "ST")}
    assert attacks["births", "ST"]["value"] > attacks["follow_ons", "ST"]["value"]
    assert {row["design_points"] for row in rows} == {8} and {row["replications"] for row in rows} == {4}
    assert all(0.0 < row["noise_share"] <= 1.0 for row in rows)
    assert "N = 8 base points" in table.caption and "common random numbers" in table.caption
    printed = {row.cells[0].text: row.cells[2] for row in table.panels[0].rows}
    near = attacks["follow_ons", "ST"]["near_zero"]
    assert (printed["follow_ons"].text == "~0") is near
    for text in (latex(table), markdown(table)):
        assert not re.search(r"\b(nan|inf)\b", text)
    assert "nothing varies between the points: Foreign deaths" in " ".join(table.notes) or "deaths" in {
        row["response"] for row in rows
    }


def test_trajectories_of_a_study_give_effects_and_their_steps(tmp_path: Path) -> None:
    study = study_of(written(tmp_path, MORRIS))
    design = sensitivity_design(study)
    assert design is not None and len(design.rows) == 12
    moved, up = steps_of(design)
    assert [sorted(row) for row in moved] == [[0, 1]] * 4 and {type(x) for row in up for x in row} == {bool}
    table = table_of(run(written(tmp_path, MORRIS), tmp_path / "found"))
    at = table.fields.index("measure")
    assert {record[at] for record in table.records} == {"mu_star", "mu", "sigma"}
    assert "4 trajectories, 12 points of 2 factors" in table.caption


def test_a_design_without_indices_is_refused_with_those_that_have_some(tmp_path: Path) -> None:
    grid = GRID.replace('from: "0", to: "0.5"', 'levels: ["0", "0.5"]').replace(
        "from: 10 /year, to: 60 /year", "levels: [10 /year, 60 /year]"
    )
    folder = run(written(tmp_path, grid), tmp_path / "found")
    said = r"T9 cannot be made .* it needs a sweep of `design: saltelli` \(Sobol' indices\) or `design: morris`"
    with pytest.raises(UserError, match=said):
        table_of(folder)
    with subject_of(folder) as of:  # one policy beside the baseline, which it does not differ from
        robust = chosen(["T11"], "table", of)[0].made(of)[0]
    assert isinstance(robust, Table) and "Attacks: all policies are alike in every state." in robust.notes
    assert {record[3] for record in robust.records} == {4}, "2 x 2 states of the world"
    assert "follow_ons 0.5, births 60 /year" in {record[10] for record in robust.records} | {
        state for state in of.outcomes.states
    }
