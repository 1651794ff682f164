"""Figures over time: both variants of the fan chart, and what is on record beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from simcpec.analysis.responses import incidents_by_period
from simcpec.model.outcome import COHORT_WAIT_DAYS, PROV_BUSY_DAYS, PROV_TEAM_DAYS
from simcpec.reporting.artefacts.figure_files import figure_of
from simcpec.reporting.figures.fan_chart import absent, fan_chart, fan_of_parameters
from simcpec.reporting.figures.risk.counts_on_record import counted_words, window_of
from simcpec.reporting.figures.risk.resource_use import resource_use
from simcpec.reporting.page.observed import Observed, entries, observed
from simcpec.results.records import ScenarioResult, Setting, Study
from tests.support import studies

SEEN = Observed(
    name="own", title="", attacks=14.0, years=3.94, funnel=None, window=(date(2021, 1, 1), date(2024, 12, 10))
)


def starting(day: str) -> ScenarioResult:
    said = Setting(key="run.start", value=day, unit="", changed=False, source="", grade="", catalogue_id="")
    return replace(studies.result(), settings_table=(said,))


@pytest.fixture(scope="module")
def moved() -> Study:
    """Draws whose means differ widely: attacks of draw d are those of all, times (1 + d / 8)."""
    result = studies.result(draws=16, replications=30)
    factors = 1.0 + np.arange(16) / 8.0
    return studies.study(replace(result, cell=result.cell * factors[:, None, None, None, None, None, None]))


def test_bands_of_parameters_hold_means_of_draws_without_their_noise(moved: Study) -> None:
    sketch = fan_of_parameters(moved)
    assert sketch is not None and sketch.caption.startswith("Parameter-only variant")
    last = dict(zip(sketch.fields, sketch.records[-1], strict=True))
    means = incidents_by_period(moved.scenarios[0]).sum((2, 3)).mean(axis=1)
    assert last["mean"] == pytest.approx(float(means.mean()))
    raw = np.quantile(means, [0.1, 0.9])
    assert last["low_80"] > raw[0] and last["high_80"] < raw[1]  # noise is taken out
    assert last["high_80"] - last["low_80"] > 0.5 * (raw[1] - raw[0])  # and not more than noise
    single = dict(zip(sketch.fields, fan_chart(moved).records[-1], strict=True))
    assert single["low_80"] < last["low_80"] and single["high_80"] > last["high_80"]  # chance on top of parameters


def test_one_draw_and_one_replication_say_why_means_of_draws_are_not_shown(moved: Study) -> None:
    one = studies.study(studies.result(draws=1))
    assert fan_of_parameters(one) is None and "this study has one" in fan_chart(one).caption
    thin = studies.study(studies.result(draws=4, replications=1))
    assert fan_of_parameters(thin) is None and "cannot be told apart" in absent(thin)
    same = studies.study(studies.result(draws=4, replications=6))  # draws differ by chance alone
    assert fan_of_parameters(same) is None and "noise of the means" in fan_chart(same).caption
    assert absent(moved) == "" and "parameter-only" not in fan_chart(moved).caption.lower()


def test_a_count_on_record_stands_where_its_window_ends() -> None:
    covered = window_of(starting("2021-01-01"), SEEN, 4.0)
    assert covered is not None and covered.covered and covered.years == pytest.approx(1440 / 365.25)
    later = window_of(starting("2025-01-01"), SEEN, 4.0)
    assert later is not None and not later.covered and later.years == 3.94
    assert window_of(starting("2025-01-01"), SEEN, 2.0) is None
    assert "which this run simulates" in counted_words(starting("2021-01-01"), SEEN, 4.0, exact=False)
    assert "lie outside this run" in counted_words(starting("2025-01-01"), SEEN, 4.0, exact=True)
    assert "iamond" not in counted_words(starting("2025-01-01"), SEEN, 2.0, exact=True)


def test_the_window_on_record_is_as_long_as_the_catalogue_says() -> None:
    first = studies.result()
    axes = replace(first.axes, provinces=("PUN", "SIN", "KP", "BAL", "GB", "AJK", "ICT"))
    seen = observed(studies.study(replace(first, axes=axes)))
    assert seen is not None and seen.window is not None and seen.attacks == entries()["attacks.count.all"].number
    assert ((seen.window[1] - seen.window[0]).days + 1) / 365.25 == pytest.approx(seen.years, abs=0.005)


def test_use_of_resources_is_days_in_use_over_days() -> None:
    result = studies.result(draws=1, replications=20, days=(100.0, 200.0))
    province, cohort = result.province.copy(), result.cohort.copy()
    province[..., PROV_TEAM_DAYS] = np.array([400.0, 800.0])[:, None] / 3  # 4 teams, over three provinces
    province[..., PROV_BUSY_DAYS] = np.array([100.0, 600.0])[:, None] / 3  # 1, then 3 of them at work
    cohort[..., COHORT_WAIT_DAYS] = np.linspace(0.0, 20.0, 20)[None, :, None, None, None] / 6
    sketch = resource_use(studies.study(replace(result, province=province, cohort=cohort)))
    rows = [dict(zip(sketch.fields, record, strict=True)) for record in sketch.records]
    teams = [row for row in rows if row["unit"] == "teams"]
    assert [row["mean"] for row in teams] == pytest.approx([1.0, 3.0])
    assert [row["capacity"] for row in teams] == pytest.approx([4.0, 4.0])
    waiting = [row for row in rows if row["unit"] == "movements"]
    assert waiting[0]["mean"] == pytest.approx(0.1) and waiting[0]["low_90"] == pytest.approx(0.01)
    assert waiting[1]["high_90"] == pytest.approx(0.095) and waiting[1]["capacity"] is None
    assert "Guards on escort: none" in sketch.alt and "58.3 % of all" in sketch.alt
    said = [text.get_text() for axes in figure_of(sketch).axes for text in axes.texts]
    assert said.count("none in this scenario") == 2
