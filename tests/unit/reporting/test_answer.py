"""The answer of a report, what it costs, and its one-page form, against the study they were made from."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import numpy as np
import pytest

from simcpec.analysis.economics.study_options import Basis, options_of, thresholds_of
from simcpec.analysis.paired_differences import paired
from simcpec.economics.cost_lines import COST_LINES
from simcpec.economics.decision.incremental import against_current
from simcpec.errors import EnvironmentFault
from simcpec.model.outcome import CELL_COUNTS
from simcpec.reporting.decision import effect, tables
from simcpec.reporting.decision.worth import money_sentence, worth
from simcpec.reporting.figures import dose_response, forest_plot, province_profile
from simcpec.reporting.page import brief, chapters, findings, pdf
from simcpec.reporting.page.answer import answer, question
from simcpec.reporting.page.sections import Section
from simcpec.reporting.page.templates import stylesheet
from simcpec.reporting.picture import rendered
from tests.support import studies

BILLION = 1_000_000_000.0


@pytest.fixture(scope="module")
def pair():
    """The share doubled, and four attacks in five left."""
    found = studies.pair(replications=60, factor=0.8)
    return replace(found, scenarios=tuple(map(with_expected_deaths, found.scenarios)))


def with_expected_deaths(result):
    """The result with conditional means of deaths beside its deaths."""
    cell = result.cell.copy()
    cell[..., CELL_COUNTS.index("expected_deaths")] = 1.2 * cell[..., CELL_COUNTS.index("attacks")]
    return replace(result, cell=cell)


def with_costs(result, **usd_a_year):
    """The result with these cost lines in every replication, and no others."""
    costs = np.zeros_like(result.costs)
    for name, amount in usd_a_year.items():
        costs[..., COST_LINES.index(name)] = amount * result.axes.years / (costs.shape[2] * costs.shape[3])
    return replace(result, costs=costs)


# ------------------------------------------------------------------------------------------------ the effect


def test_what_is_averted_is_said_as_one_in_so_many_with_numbers_and_interval(pair):
    base, other = (one.cell[..., 4].sum() for one in pair.scenarios)
    said = answer(pair).effect
    found = re.match(r"Doubling the security share averts about one attack in ([\d,]+) \(([\d.]+) %, Monte Carlo", said)
    assert found is not None, said
    assert float(found[1]) == pytest.approx(base / (base - other), rel=0.11)
    assert float(found[2]) == pytest.approx(100 * (1 - other / base), rel=0.05)
    years = pair.scenarios[0].axes.years * 60
    assert f": {(base - other) / years:.3f}"[:5] in said and f" of {base / years:.3g} attacks a year" in said


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (0.005, "Halving the security share"),
        (0.03, "Tripling the"),
        (0.015, "Raising the security share from 1 % to 1.5 %"),
    ],
)
def test_a_step_of_the_share_is_called_by_its_factor(new, words):
    base = studies.result(replications=2)
    assert effect.subject(studies.study(base, studies.result(share=new, replications=2)), 1).startswith(words)


def test_other_changes_are_called_by_their_names(pair):
    bare = replace(pair, changes=((), ()))
    assert effect.subject(bare, 1) == "“Two percent” in place of “One percent”"


def test_what_cannot_be_told_from_none_has_no_one_in_so_many_and_no_ratio():
    study = studies.study(studies.result(seed=1), studies.result(seed=2, share=0.02, name="Other"))
    said = answer(study)
    assert "makes no detectable difference in attacks (" in said.effect and "one attack in" not in said.effect
    assert "no cost per attack averted is given" in said.money
    assert worth(study, 1).per("incidents") is None


def test_what_share_of_draws_agrees_is_said():
    said = answer(studies.pair(draws=6, replications=30, factor=0.5)).effect
    assert re.search(r"fewer in (all|more than \d+ %|\d+ %|100 %) of parameter draws", said) and "uncertainty" in said


def test_a_cut_budget_goes_with_more_attacks():
    base = studies.result(share=0.02, factor=0.7, replications=60, name="Two percent")
    study = studies.study(base, studies.result(name="One percent", replications=60))
    said = answer(study)
    assert "Halving the security share comes with" in said.effect and "more" in said.effect
    assert re.match(r"It costs USD [\d.]+ m less a year, USD [\d.]+ m saved for each additional attack\.", said.money)


def test_of_few_the_next_step_up_and_of_many_the_best_is_answered_for():
    made = [studies.result(name=f"{i}", share=0.01 * i, factor=1 - i / 20, replications=20) for i in range(1, 5)]
    assert effect.highlighted(studies.study(*made, baseline=1)) == 2
    assert effect.highlighted(studies.study(*made, baseline=3)) == 0  # none costs more: the first
    many = [studies.result(name=f"{i}", factor=1 - i / 20, replications=40) for i in range(12)]
    study = studies.study(*many, baseline=3)
    assert effect.highlighted(study) == 11
    tally = effect.tally(study)
    assert "Of 11 alternatives to “3”, " in tally and answer(study).effect.startswith(tally)


def test_another_world_is_told_beside_the_answer(pair):
    change = replace(pair.changes[1][0], key="world.provinces.SIN.plots")
    assert "not the effect of a policy alone" in answer(replace(pair, changes=((), (change,)))).mind


# ------------------------------------------------------------------------------------------------ the money


def test_the_cost_of_an_averted_attack_is_that_of_the_decision_analysis(pair):
    for name, asked in (("incidents", "incidents"), ("deaths", "deaths")):
        (row,) = against_current(options_of(pair, Basis(effect=asked)))
        assert worth(pair, 1).per(name) == pytest.approx(row.ratio, rel=1e-9)
    (threshold,) = thresholds_of(pair)
    found = worth(pair, 1)
    assert (found.cost, found.loss) == pytest.approx((threshold.cost, threshold.loss), rel=1e-9)
    assert found.critical == threshold.critical


@pytest.mark.parametrize(("loss", "critical"), [(5.2, "6.7 %"), (2.7, "13 %")])
def test_a_worked_case_of_the_critical_reduction(loss, critical):
    base = studies.result(replications=20)
    now = with_costs(base, direct_damage=loss * BILLION)
    other = with_costs(
        replace(base, name="Dear"), direct_damage=0.99 * loss * BILLION, security_spending=0.35 * BILLION
    )
    study = studies.study(now, other)
    assert f"it would have to avert {critical} of all damage and stoppage" in money_sentence(study, 1)
    table = tables.break_even(study)
    assert table is not None
    assert dict(zip(table.fields, table.records[0], strict=True))["critical_reduction"] == pytest.approx(0.35 / loss)


def test_what_pays_for_itself_is_said_to():
    base = with_costs(studies.result(replications=20), direct_damage=10e6)
    other = with_costs(replace(base, name="Good"), direct_damage=2e6, security_spending=3e6)
    said = money_sentence(studies.study(base, other), 1)
    assert "It pays for itself by averting damage and stoppage of the baseline (USD 10 m a year): it must" in said
    assert "it must avert 30 % of them" in said
    assert "averts 80 %" in said and "no price put on deaths and injuries, it costs USD 5 m less a year" in said


def test_a_death_is_never_priced_at_zero_in_silence(pair):
    found = worth(pair, 1)
    price = found.worth_of_a_death()
    assert price == pytest.approx(found.total.mean * 1e6 / -found.averted["deaths"].mean)
    said = money_sentence(pair, 1)
    assert "no price put on deaths" in said and "only if averting a foreign death is worth USD" in said
    for study in studies.hard_ones().values():
        assert re.search(r"no price put on deaths|counted, not priced|costs as much as the base", answer(study).money)


def test_nothing_is_divided_by_nothing():
    nothing = studies.result(factor=0.0)
    study = studies.study(nothing, studies.result(factor=0.0, share=0.02, name="Dear"))
    said = answer(study)
    assert "The baseline has no damage or stoppage to avert" in said.money
    assert tables.break_even(study) is None
    table = tables.cost_effectiveness(study)
    assert table is not None
    dear = next(dict(zip(table.fields, row, strict=True)) for row in table.records if row[1] == "Dear")
    assert dear["status"] == "dominated" and dear["usd_per_incident"] is None


def test_the_frontier_names_who_is_dominated_and_prints_no_negative_ratio():
    made = [studies.result(name=f"{i}", share=0.01 * i, replications=30) for i in (1, 2, 3)]
    worse = studies.result(name="worse", share=0.04, factor=1.0, replications=30)
    better = [replace(made[0], name="1"), studies.result(name="2", share=0.02, factor=0.5, replications=30), worse]
    table = tables.cost_effectiveness(studies.study(*better))
    assert table is not None
    rows = {row[1]: dict(zip(table.fields, row, strict=True)) for row in table.records}
    assert (rows["1"]["status"], rows["2"]["status"], rows["worse"]["status"]) == (
        "non-dominated", "non-dominated", "dominated",
    )  # fmt: skip
    assert rows["2"]["usd_per_incident_on_frontier"] == pytest.approx(rows["2"]["usd_per_incident"])
    assert all(value is None or value >= 0.0 for row in rows.values() for value in (row["usd_per_incident"],))


# ------------------------------------------------------------------------------------------------ provinces


def test_money_far_from_incidents_is_a_finding():
    study = studies.study(studies.result(replications=40), baseline=None)
    said = findings.money_by_province(study)
    assert said == "" or "goes to" in said
    nothing = replace(study.scenarios[0].plan, given=study.scenarios[0].plan.given[:, ::-1])  # most to the quiet one
    quiet = findings.money_by_province(studies.study(replace(study.scenarios[0], plan=nothing), baseline=None))
    assert quiet.startswith("50 % of the security budget of “Plain” goes to Azad Jammu & Kashmir, which has 0 % of the")


def test_averted_by_province_are_the_paired_differences(pair):
    found = {one.code: one for one in province_profile.profiles(pair)}
    a, b = (one.cell[..., 4].sum((2, 4, 5))[..., 0] / one.axes.years for one in (pair.scenarios[1], pair.scenarios[0]))
    expected = paired(a, b)
    sindh = found["SIN"]
    assert sindh.change is not None and sindh.change.mean == pytest.approx(expected.mean)
    averted = sindh.averted()
    assert averted is not None and averted[0] == pytest.approx(-100.0 * expected.mean / sindh.more)
    assert averted[1] == pytest.approx(100.0 * expected.half_width / sindh.more)


# ------------------------------------------------------------------------------------------------ questions, one side


def test_the_question_follows_what_is_compared(pair):
    assert question(pair).startswith("What does a security share other than that of “One percent” change")
    assert "other scenario" in question(replace(pair, changes=((), ())))
    assert question(studies.study(studies.result(), baseline=None)).endswith(
        "expect under this arrangement, and how certain is that?"
    )


def test_of_many_the_table_of_the_executive_page_has_those_that_differ_most():
    made = [studies.result(name=f"{i}", factor=1 - i / 20, replications=20) for i in range(12)]
    study = studies.study(*made, baseline=3)
    rows = brief.chosen(study)
    assert len(rows) == brief.ROWS and {3, 11} <= set(rows)
    assert brief.chosen(studies.pair(replications=2)) == [0, 1]


@pytest.mark.parametrize("count", [4, 41])
def test_the_executive_page_is_one_page_of_paper_however_many_are_compared(count):
    pytest.importorskip("weasyprint", reason="no WeasyPrint: install the extra `pdf`")
    names = [f"Scenario number {i} with a name of some length" for i in range(count)]
    made = [studies.result(name=n, share=0.01 + i / 1e3, factor=1 - i / 50) for i, n in enumerate(names)]
    study = studies.study(*made)
    sketch = dose_response.dose_response(study) or forest_plot.forest_plot(study)
    assert sketch is not None
    claims = {"worth": chapters.worth_claim(study), "differences": effect.tally(study), "money": "A claim. " * 30}
    first = Section(id="answer", title="", lead="", parts=(rendered(sketch, ""),))
    rest = tuple(Section(id=name, title="", lead="", claim=claim, parts=()) for name, claim in claims.items())
    page = brief.html(study, (first, *rest), title="A title", corridor="A corridor", paper=True)
    assert pdf.pages_of(page) == 1
    assert page.count('<th scope="row"') == min(count, brief.ROWS)


def test_pdf_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(EnvironmentFault, match=r'--pdf needs WeasyPrint, which is not installed; .*"simcpec\[pdf\]"'):
        pdf.weasyprint()


def test_pdf_looks_nothing_up():
    pytest.importorskip("weasyprint", reason="no WeasyPrint: install the extra `pdf`")
    page = '<p>text</p><img src="file:///etc/hostname"><link rel="stylesheet" href="http://localhost/x.css">'
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("socket.socket.connect", lambda self, where: asked.append(where))
        patch.setattr("urllib.request.FileHandler.file_open", lambda self, request: asked.append(request))
        first = pdf.pdf_of(page)
    assert asked == [] and first.startswith(b"%PDF") and first == pdf.pdf_of(page)


def test_a_tie_has_its_reason_and_both_intervals_and_is_counted_as_one(pair, monkeypatch):
    real = effect.compared(pair, 1, "incidents")
    assert "tie" not in effect.tally(pair) and real.verdict == "less"
    tied = replace(
        real, verdict="not distinguishable", tie="under strong backlash no sign can be told", mean=-1.0,
        half_width=0.25, low=-2.0, high=-0.5,
    )  # fmt: skip
    monkeypatch.setattr(effect, "compared", lambda *_: tied)
    said = effect.effect(pair, 1)
    assert "comes out as a tie with the baseline in attacks" in said and said.endswith("since under " + tied.tie[6:])
    assert "Monte Carlo" in said and "uncertainty −2.00 to −0.50" in said
    assert "0 have fewer attacks, 0 more, 1 a tie, and 0 no detectable difference" in effect.tally(pair)


def test_the_page_in_brief_has_no_column_of_contents():
    assert "body:not(.brief) { display: grid" in stylesheet() and "body { display: grid" not in stylesheet()
