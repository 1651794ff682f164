"""T3 and the figures of a calibration, from numbers that stand here."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simcpec.calibration.fit import FitRow, tail
from simcpec.calibration.identifiability import Identified
from simcpec.errors import UserError
from simcpec.experiments.design.ensemble_draws import remark
from simcpec.model.world import Ints
from simcpec.reporting.artefacts.artefact import FIGURE
from simcpec.reporting.artefacts.figure_files import figure_file, figure_of
from simcpec.reporting.artefacts.registry import availability, chosen
from simcpec.reporting.artefacts.subject import Subject
from simcpec.reporting.artefacts.table_formats.excel import excel
from simcpec.reporting.artefacts.table_formats.latex import latex
from simcpec.reporting.artefacts.table_formats.markdown import markdown
from simcpec.reporting.artefacts.table_formats.word import word
from simcpec.reporting.artefacts.writing import figure_files, table_files
from simcpec.reporting.calibration.fit_table import calibration_fit, half_width_of
from simcpec.reporting.calibration.numbers import CalibrationNumbers, Ridge
from simcpec.reporting.calibration.prior_posterior import prior_posterior
from simcpec.reporting.calibration.stored import StoredCalibration
from simcpec.reporting.figures.sizes import STYLES
from simcpec.reporting.picture import Sketch
from simcpec.reporting.tables.table import Table
from simcpec.storage.ensemble_folder import ensemble_called
from tests.support import studies

NAN = math.nan
MEMBERS, EACH = 50, 4


def fit_row(target: str, kind: str, observed: float) -> FitRow:
    return FitRow(
        target=target, kind=kind, observed=observed, before=0.3 if kind == "pattern" else NAN, low=0.1, median=0.4,
        high=0.7, per_cent=95.0, tail=NAN, inside=True, mean=NAN,
    )  # fmt: skip


def windows() -> dict[str, Ints]:
    rng = np.random.default_rng(3)
    means = np.repeat(rng.gamma(2.0, 2.0, MEMBERS), EACH)
    return {
        "attacks_SIN": rng.poisson(means), "attacks_AJK": np.zeros(MEMBERS * EACH, np.int64),
        "killed": rng.poisson(3.0 * means), "injured": rng.poisson(5.0 * means),
        "local_killed": rng.poisson(means),
    }  # fmt: skip


def stored() -> StoredCalibration:
    rows = [fit_row("attacks SIN", "count", 8.0), fit_row("attacks AJK", "count", 0.0),
            fit_row("attacks, all", "count", 8.0), fit_row("foreigners killed", "harm", 20.0),
            fit_row("foreigners injured", "harm", 0.0), fit_row("locals killed", "harm", 5.0),
            fit_row("share_foiled", "pattern", 0.6), fit_row("gaps of all: mean, days", "gap", 0.5)]  # fmt: skip
    setting = Identified(key="world.threat.lapse", driver=True, before=(0.1, 0.2, 0.3), after=(0.15, 0.2, 0.25),
                         contraction=0.7, overlap=0.6, moved=True)  # fmt: skip
    row = ("SIN", 0.1, 0.2, 0.3, 0.1, 0.2, 0.3)
    numbers = CalibrationNumbers(
        fit=tuple(rows), settings=(setting, replace(setting, key="world.a", moved=False)), even=0.5, planted=1e-9,
        ridge=Ridge(births=np.array([0.1, 0.5]), passage=np.array([0.2, -0.3]), weights=np.array([0.7, 0.3]),
                    correlation=-0.9, rate=(1.0, 2.0, 4.0)),
        patterns=(row,), drift=(row, ("all, as used", *row[1:])),
        ranks=tuple((name, k / 10, (k + 1) / 10, 20) for name in ("one", "two", "three") for k in range(10)),
    )  # fmt: skip
    return StoredCalibration(folder=Path("cal"), manifest={"seed": 5, "digest": "d" * 64}, numbers=numbers,
                             windows=windows(), members=MEMBERS)  # fmt: skip


def subject() -> Subject:
    return Subject(folder=Path("cal"), calibration=stored())


def test_provinces_add_up_to_the_nation_and_each_row_says_what_the_windows_say() -> None:
    table = calibration_fit(stored())
    rows = {record[0]: dict(zip(table.fields, record, strict=True)) for record in table.records}
    parts = ("attacks SIN", "attacks AJK")
    assert sum(rows[each]["mean"] for each in parts) == pytest.approx(rows["attacks, all"]["mean"], rel=1e-12)
    assert sum(rows[each]["observed"] for each in parts) == rows["attacks, all"]["observed"] == 8.0
    here = windows()["attacks_SIN"]
    assert rows["attacks SIN"]["tail"] == tail(here, 8)
    low, high = rows["attacks SIN"]["low"], rows["attacks SIN"]["high"]
    assert np.mean(here < low) <= 0.05 <= np.mean(here <= low) and np.mean(here < high) <= 0.95 <= np.mean(here <= high)
    # exact Poisson limits: each end leaves 2.5 % beyond the observed count
    from scipy.stats import poisson

    ends = rows["attacks SIN"]["poisson_low"], rows["attacks SIN"]["poisson_high"]
    assert poisson.sf(7, ends[0]) == pytest.approx(0.025) and poisson.cdf(8, ends[1]) == pytest.approx(0.025)
    assert rows["attacks AJK"]["poisson_low"] == 0.0
    assert rows["attacks AJK"]["poisson_high"] == pytest.approx(-math.log(0.025))
    assert rows["foreigners killed"]["poisson_low"] is None, "persons are hit together"


def test_the_half_width_of_a_mean_is_that_of_chance_within_members() -> None:
    rng = np.random.default_rng(1)
    levels = np.repeat(rng.gamma(2.0, 5.0, 4_000), 5)
    values = rng.poisson(levels)
    truth = 1.959964 * math.sqrt(levels.mean() / len(values))  # of Poisson counts, members given
    found = half_width_of(values, 4_000)
    assert found == pytest.approx(truth, rel=0.03)
    naive = 1.959964 * values.std() / math.sqrt(len(values))
    assert naive > 1.5 * truth, "the spread between members is no chance: the control is far off"
    assert half_width_of(values[:10], 10) is None


def test_t3_in_every_format_says_one_thing_and_no_nan() -> None:
    docx, openpyxl = pytest.importorskip("docx"), pytest.importorskip("openpyxl")
    table = calibration_fit(stored())
    shown = next(row for row in table.panels[0].rows if row.cells[0].text == "Attacks SIN")
    for text in (latex(table), markdown(table)):
        assert "nan" not in text and shown.cells[2].text in text and "0 to 3.7" in text
    document = docx.Document(io.BytesIO(word(table)))
    assert [cell.text.splitlines()[0] for cell in document.tables[0].rows[1].cells] == [c.text for c in shown.cells]
    assert len(document.tables) == 3, "patterns and gaps stand apart"
    book = openpyxl.load_workbook(io.BytesIO(excel(table)))
    data = list(book["Data"].iter_rows(values_only=True))
    assert data[0] == table.fields
    assert data[1][5] == pytest.approx(table.records[0][5], rel=1e-14)
    (one,) = chosen(["t3"], "table", subject())
    assert set(table_files(subject(), one, table, ["md"])) == {f"t3-calibration-fit.{k}" for k in ("csv", "md", "json")}


def test_a_study_of_a_shipped_ensemble_has_the_fit_of_that_ensemble() -> None:
    ensemble = ensemble_called("history-2021-2024")
    drawn = studies.study(replace(studies.result(), remarks=(remark(ensemble),)), baseline=None)
    of = Subject(folder=Path("made"), study=drawn)
    (one,) = chosen(["T3"], "table", of)
    (table,) = one.made(of)
    assert isinstance(table, Table) and "The ensemble keeps no windows" in table.caption
    rows = {record[0]: dict(zip(table.fields, record, strict=True)) for record in table.records}
    assert rows["attacks, all"]["observed"] == 14.0 and rows["attacks, all"]["mean"] is None
    assert sum(row["observed"] for name, row in rows.items() if name.startswith("attacks ")) == 14.0
    assert rows["foreigners killed"]["per_cent"] == 95.0 and rows["attacks SIN"]["per_cent"] == 90.0
    assert "nan" not in latex(table)
    other = replace(ensemble, digest="0" * 64)
    wrong = studies.study(replace(studies.result(), remarks=(remark(other),)), baseline=None)
    with pytest.raises(UserError, match="is no more the one that the study took its draws from"):
        one.made(Subject(folder=Path("made"), study=wrong))
    assert one.missing(Subject(folder=Path("made"), study=studies.study(studies.result(), baseline=None)))


def test_all_figures_of_a_calibration_can_be_drawn_for_a_journal() -> None:
    of = subject()
    found = chosen([f"cf{k}" for k in range(1, 7)], FIGURE, of)
    for one in found:
        (sketch,) = one.made(of)
        assert isinstance(sketch, Sketch) and sketch.alt and len(sketch.fields) == len(sketch.records[0])
        assert b"<svg" in figure_file(sketch, "svg", STYLES["journal"], "mark")
    assert len(figure_files(of, found[0], found[0].made(of)[0], [], STYLES["slide"])) == 2  # type: ignore[arg-type]


def test_a_calibration_without_data_of_figures_says_so() -> None:
    old = replace(stored().numbers, patterns=None, drift=None, ranks=None)
    rows = {
        row["id"]: row["here"] for row in availability(replace(subject(), calibration=replace(stored(), numbers=old)))
    }
    assert rows["T3"] == rows["CF1"] == rows["CF4"] == "yes"
    assert rows["CF2"] == rows["CF6"] == "needs a calibration that keeps the data of its figures (calibrate again)"
    assert rows["T5"] == "needs a folder that run or compare has left"


def test_prior_and_posterior_have_those_first_that_overlap_least() -> None:
    of = stored()
    lapse = of.numbers.settings[0]
    settings = tuple(replace(lapse, key=f"world.s{k:02}", overlap=1.0 - 0.05 * k) for k in range(14))
    sketch = prior_posterior(
        replace(of, numbers=replace(of.numbers, settings=settings), values={"world.s13": np.linspace(0.1, 0.3, 50)})
    )
    assert [record[0] for record in sketch.records[:2]] == ["world.s13", "world.s12"] and len(sketch.records) == 14
    panels = [axes for axes in figure_of(sketch).axes if axes.axison]
    assert len(panels) == 12 and panels[0].get_title(loc="left") == "s13\noverlap 0.35"
    assert len(panels[0].patches) == 1 and not panels[1].patches  # members where they are values
    assert "births, of which the ensemble has multiples alone" in sketch.caption
