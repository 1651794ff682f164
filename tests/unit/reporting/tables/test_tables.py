"""Tables, findings and figures against the study they were made from."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from simcpec.analysis.paired_differences import not_estimable
from simcpec.analysis.responses import incidents_by_period
from simcpec.catalogue.read import shipped
from simcpec.catalogue.records import NAMED
from simcpec.economics.cost_lines import COST_LINES
from simcpec.reporting import formatting, selection
from simcpec.reporting.decision import glance
from simcpec.reporting.figures import fan_chart, operations_funnel, province_panels
from simcpec.reporting.figures.style import settable
from simcpec.reporting.page import findings, limits
from simcpec.reporting.tables import budget, contrasts, outcomes, payers, precision, settings
from simcpec.reporting.tables.table import Table
from simcpec.results import scenario_names
from simcpec.results.failure import Failure
from simcpec.results.records import Change, FailedReplication, PrecisionTarget, Reached, Sequential
from simcpec.storage.csv_text import csv_text
from tests.support import studies

#: words that would turn a comparison of plays into a claim about the world
OVERCLAIMS = re.compile(
    r"\b(causes?|caused|leads? to|reduces?|prevents?|saves?|will|proves?|thanks to|because of)\b", re.I
)


@pytest.fixture(scope="module")
def pair():
    return studies.pair(replications=60)


def rows_of(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(table.fields, table.records))))


def texts(table: Table) -> list[str]:
    return [cell.text for panel in table.panels for row in panel.rows for cell in row.cells]


def said(found: tuple[findings.FindingText, ...]) -> str:
    return " ".join(" ".join((one.text, *one.details)) for one in found)


# ---------------------------------------------------------------------------------------------------------- T1, T4


def test_what_differs_stands_as_old_and_new_with_the_money(pair):
    table = outcomes.definition(pair)
    assert table is not None
    (row,) = rows_of(table)
    assert (row["scenario"], row["old"], row["new"]) == ("B", "1 %", "2 %")
    assert float(row["usd_per_year_new"]) == pytest.approx(2 * float(row["usd_per_year_old"]), rel=1e-6)
    assert "USD 25.2 m → USD 50.4 m" in texts(table)
    assert "C: one count; NEPRA 2017" in texts(table)


def test_a_copy_differs_in_nothing():
    base = studies.result()
    table = outcomes.definition(studies.study(base, replace(base, name="Copy")))
    assert table is not None and table.records == ()
    assert "No setting differs from the baseline." in texts(table)


def test_headline_means_are_those_of_the_replications(pair):
    rows = {(row["scenario"], row["response"]): row for row in rows_of(outcomes.headline(pair))}
    for key, result in zip("AB", pair.scenarios, strict=True):
        attacks = incidents_by_period(result).sum((2, 3)) / result.axes.years
        assert float(rows[key, "incidents"]["mean"]) == pytest.approx(attacks.mean())
        spending = result.plan.spent.sum() / 100 / 1e6 / result.axes.years
        assert float(rows[key, "security_spending"]["mean"]) == pytest.approx(spending)


def test_one_draw_has_no_uncertainty_interval_and_the_caption_says_so(pair):
    table = outcomes.headline(pair)
    cells = [cell for panel in table.panels for row in panel.rows for cell in row.cells]
    assert not any("[" in cell.text + cell.detail + cell.more for cell in cells)
    assert "no uncertainty interval" in table.caption
    several = outcomes.headline(studies.pair(draws=4, replications=4))
    assert any(cell.more.startswith("[") for panel in several.panels for row in panel.rows for cell in row.cells)


def test_the_share_foiled_is_a_ratio_of_means(pair):
    result = pair.scenarios[1]
    foiled, attacks = result.cell[..., 1].sum(), result.cell[..., 4].sum()
    assert selection.shown("foiled_share").kept(result).mean() == pytest.approx(100 * foiled / (foiled + attacks))


def test_no_plots_no_share():
    result = studies.result()
    empty = replace(result, cell=np.zeros_like(result.cell))
    assert "not estimable" in texts(outcomes.headline(studies.study(empty, baseline=None)))


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (4, [4]), (5, [3, 2]), (9, [3, 3, 3]), (12, [4, 4, 4])])
def test_many_scenarios_stand_in_blocks(count, sizes):
    blocks = list(outcomes.blocks(count))
    assert [len(block) for block in blocks] == sizes
    assert [i for block in blocks for i in block] == list(range(count))


# ---------------------------------------------------------------------------------------------------------- T5, T6


def test_fewer_attacks_are_called_less_and_the_pairing_is_printed(pair):
    table = contrasts.contrasts(pair)
    assert table is not None
    rows = {row["response"]: row for row in rows_of(table)}
    assert rows["incidents"]["verdict"] == "less" and float(rows["incidents"]["mean_difference"]) < 0
    assert float(rows["incidents"]["variance_ratio"]) > 1 and float(rows["incidents"]["correlation"]) > 0
    assert rows["security_spending"]["verdict"] == "more"


def test_a_copy_is_identical_to_the_last_digit():
    base = studies.result()
    table = contrasts.contrasts(studies.study(base, replace(base, name="Copy")))
    assert table is not None
    assert {(row["mean_difference"], row["verdict"]) for row in rows_of(table)} == {("0.0", "identical")}


def test_noise_is_not_distinguishable():
    table = contrasts.contrasts(studies.study(studies.result(seed=1), studies.result(seed=2)))
    assert table is not None
    assert {row["verdict"] for row in rows_of(table) if row["response"] == "deaths"} == {"not distinguishable"}


@pytest.mark.parametrize(
    ("verdict", "better", "tone"),
    [("less", "less", "better"), ("more", "less", "worse"), ("less", "", ""), ("identical", "less", "muted")],
)
def test_a_verdict_is_marked_by_what_is_hoped_for(verdict, better, tone):
    found = replace(not_estimable(9), verdict=verdict)
    assert contrasts.tone(found, better) == tone
    assert contrasts.tone(replace(found, carried_by=2.5), better) == (tone if tone == "muted" else ""), "not trusted"
    said = contrasts.judged(found, better)
    assert said == (f"{verdict} ({tone})" if tone in ("better", "worse") else verdict), "not by colour alone"


def test_half_widths_side_by_side_have_equal_decimals(pair):
    goal = PrecisionTarget(response="attacks", relative=0.1, floor=0.0, at_most=500)
    met = Reached(
        goal=goal, scenario=pair.scenarios[1].slug, mean=-58.96, half_width=5.897, wanted=6.55, confidence=0.95,
        replications=300, met=True,
    )  # fmt: skip
    table = precision.precision(replace(pair, precision=Sequential(looks=(300,), taken=300, reached=(met,))))
    assert table is not None
    assert [cell.text for cell in table.panels[0].rows[1].cells[1:4]] == ["−58.96", "5.90", "6.55"]


def test_rate_ratios_divide_means_and_do_not_divide_by_nothing(pair):
    table = contrasts.rate_ratios(pair)
    assert table is not None and "Model-based, not an empirical estimate" in table.caption
    rows = {row["province"]: row for row in rows_of(table)}
    assert list(rows) == [*studies.CODES, "ALL"]
    base, other = (incidents_by_period(result).sum() for result in pair.scenarios)
    assert float(rows["ALL"]["ratio"]) == pytest.approx(other / base)
    assert rows["AJK"]["estimable"] == "no" and rows["AJK"]["ratio"] == ""
    assert "not estimable" in texts(table)


def test_without_a_baseline_nothing_is_compared():
    alone = studies.study(studies.result(), baseline=None)
    assert outcomes.definition(alone) is None
    assert contrasts.contrasts(alone) is None and contrasts.rate_ratios(alone) is None
    assert glance.glance(alone) is None


# -------------------------------------------------------------------------------------------------------------- T8


def test_every_cent_of_the_budget_is_somewhere(pair):
    rows = rows_of(budget.allocation(pair))
    for key, result in zip("AB", pair.scenarios, strict=True):
        for y, year in enumerate(result.plan.year_labels):
            mine = [row for row in rows if (row["scenario"], row["year"]) == (key, year)]
            assert sum(Decimal(row["given_usd"]) for row in mine) == formatting.exact(result.plan.total[y])
            assert all(
                Decimal(row["given_usd"]) == Decimal(row["spent_usd"]) + Decimal(row["unspent_usd"]) for row in mine
            )


def test_printed_amounts_are_usd_m_a_year_and_add_up_but_for_rounding(pair):
    panel = budget.allocation(pair).panels[0]

    def amounts(row) -> list[float]:
        return [float(cell.text.replace(",", "").replace("<", "")) for cell in row.cells[1:] if cell.text]

    by_name = {row.cells[0].text: amounts(row) for row in panel.rows}
    provinces = [by_name[name] for name in studies.LABELS]
    assert [sum(column) for column in zip(*provinces, strict=True)] == pytest.approx(by_name["Given"], abs=0.02)
    assert by_name["Budget"][0] == pytest.approx(25.2, abs=0.01)
    both = [a + b for a, b in zip(by_name["of it spent"], by_name["of it unspent"], strict=True)]
    assert both == pytest.approx(by_name["Given"], abs=0.011)


def test_equal_budgets_share_a_panel_and_forces_have_their_own_payers():
    base = studies.result()
    study = studies.study(base, studies.result(name="More", share=0.02), replace(base, name="Copy"))
    assert budget.sharing(study) == {0: [0, 2], 1: [1]}
    forces = budget.host_forces(study)
    assert forces is not None and len(forces.panels) == 1
    assert {row["payer"] for row in rows_of(forces)} == {"federal", "province"}


def with_levers(plan, **more):
    years, _, places = plan.force_cost.shape
    cost = np.full((years, 2, places), 1_23, dtype=np.int64)
    return replace(plan, levers=("drones", "audit"), lever_payers=("bonds", "federal"), lever_cost=cost, **more)


def test_who_pays_adds_up_to_the_cent_with_levers_and_bonds():
    base = studies.result()
    part = {"other_given": base.plan.given[None] * 3 // 10, "other_spent": base.plan.spent[None] * 3 // 10}
    other = replace(base, name="Bonds", plan=with_levers(base.plan, other_payers=("bonds",), **part))
    study = studies.study(base, other)
    found = {(row["scenario"], row["payer"], row["of"]): Decimal(row["usd"]) for row in rows_of(payers.payers(study))}
    of_budget = [(key, value) for (key, _, of), value in found.items() if of == "security budget"]
    spent = [sum(value for key, value in of_budget if key == one) for one in "AB"]
    assert spent[0] == spent[1] == Decimal(int(base.plan.spent.sum())) / 100
    assert 0.29 < found["B", "bonds", "security budget"] / spent[1] <= Decimal("0.3")
    assert ("A", "bonds", "security budget") not in found
    half = Decimal(int(other.plan.lever_cost.sum())) / 200
    assert found["B", "bonds", "levers"] == found["B", "federal", "levers"] == half
    assert budget.sharing(study) == {0: [0], 1: [1]}


def test_levers_are_listed_with_their_payers_and_left_out_where_there_is_none():
    base = studies.result()
    assert payers.levers(studies.study(base)) is None
    table = payers.levers(studies.study(base, replace(base, name="More", plan=with_levers(base.plan))))
    assert table is not None and len(table.panels) == 1
    assert [(row["scenario"], row["lever"], row["payer"]) for row in rows_of(table)] == [
        ("B", "drones", "bonds"), ("B", "audit", "federal"),
    ]  # fmt: skip


def test_forces_with_nobody_posted_are_left_out_of_the_page_and_stand_in_the_file():
    base = studies.result()
    cost = base.plan.force_cost.copy()
    cost[:, 1] = 0
    forces = budget.host_forces(studies.study(replace(base, plan=replace(base.plan, force_cost=cost))))
    assert forces is not None
    assert [cell.text for cell in forces.panels[0].columns] == ["Province", base.plan.forces[0], "All forces"]
    assert {row["force"] for row in rows_of(forces)} == set(base.plan.forces)


# ------------------------------------------------------------------------------------------------- figures' numbers


def test_a_fan_is_told_in_words_with_how_far_single_histories_reach(pair):
    fan, alt = fan_chart.fans(pair)[0], fan_chart.fan_chart(pair).alt
    reach = " to ".join(formatting.significant(float(side[-1])) for side in fan.bands[95])
    assert f"{formatting.significant(fan.mean[-1])} ({reach})" in alt and "overlap" not in alt


def test_fans_are_order_statistics_of_the_counts(pair):
    fan = fan_chart.fans(pair)[0]
    total = incidents_by_period(pair.scenarios[0]).sum((2, 3)).ravel()
    assert fan.mean[-1] == pytest.approx(total.mean()) and fan.mean[0] == 0
    low, high = (side[-1] for side in fan.bands[80])
    assert {low, high} <= set(total)
    assert np.mean((total >= low) & (total <= high)) >= 0.8
    assert all(fan.bands[95][0] <= fan.bands[50][0]) and all(fan.bands[50][1] <= fan.bands[95][1])


def test_small_multiples_end_with_the_total_and_count_what_was_played(pair):
    sketch = province_panels.small_multiples(pair)
    rows = [dict(zip(sketch.fields, record, strict=True)) for record in sketch.records]
    assert rows[-1]["province"] == "ALL"
    mine = [row for row in rows if row["scenario"] == "A"]
    assert sum(row["incidents_played"] for row in mine[:-1]) == mine[-1]["incidents_played"]


@pytest.fixture
def of_cpec(monkeypatch):
    """The provinces of the made-up studies are those of the record of CPEC."""
    record = NAMED["cpec-2021-2024"]
    counted = replace(record, provinces=frozenset(studies.result().axes.provinces))
    monkeypatch.setattr("simcpec.reporting.page.observed.NAMED", {"cpec-2021-2024": counted})


def test_the_funnel_stands_beside_the_announced_ratios(pair, of_cpec):
    sketch = operations_funnel.funnel(pair)
    rows = {row["stage"]: row for row in (dict(zip(sketch.fields, record, strict=True)) for record in sketch.records)}
    known = shipped().entries
    operations, arrests, killed = (known[f"ibo.seed.{name}"].number for name in ("operations", "arrested", "killed"))
    assert (operations, arrests, killed) == (7984, 1312, 206)
    assert rows["Arrests"]["announced"] == pytest.approx(arrests / operations)
    assert rows["Militants killed"]["announced"] == pytest.approx(killed / operations)
    assert rows["Arrests"]["mean"] == pytest.approx(0.16, rel=0.05)
    assert "7,984 operations, 1,312 arrests, 206 killed" in sketch.caption


def test_twins_are_found_by_their_counts():
    base = studies.result()
    assert selection.twins(studies.study(base, studies.result(factor=0.5), replace(base, name="Copy"))) == [0, 1, 0]


def test_the_font_of_png_is_asked_before_it_sets_a_name():
    assert settable(studies.result(name="Two percent, ≥ 1 %")) == "Two percent, ≥ 1 %"
    assert settable(studies.result(name=studies.URDU, slug="guards")) == "guards"


# --------------------------------------------------------------------------------------------------------- findings


def test_a_finding_has_a_number_an_interval_and_a_verdict(pair):
    text = said(findings.findings(pair))
    assert re.search(r"Incidents: fewer, −[\d.]+ incidents a year \(Monte Carlo −[\d.]+ to −[\d.]+\)", text)
    assert re.search(r"spends USD [\d.]+ m more a year on security than “One percent”\.", text)


def test_a_finding_says_what_levers_cost_beside_the_budget():
    base, other = studies.result(seed=1), studies.result(seed=1, name="Other")
    costs = other.costs.copy()
    costs[..., COST_LINES.index("levers")] += 1e6
    text = said(findings.findings(studies.study(base, replace(other, costs=costs))))
    assert re.search(r"”, and USD [\d.]+ m more a year on levers\.", text)


def test_levers_and_forces_that_cancel_are_no_change():
    base, other = studies.result(seed=1), studies.result(seed=1, name="Other")
    costs = other.costs.copy()
    costs[..., COST_LINES.index("levers")] += 1e6
    costs[..., COST_LINES.index("host_forces")] -= 1e6
    text = said(findings.findings(studies.study(base, replace(other, costs=costs))))
    assert "”, and as much on levers and forces together." in text and "USD 0 a year" not in text


def test_headlines_hold_what_forces_and_levers_cost_where_there_are_any():
    base = studies.result()
    more = replace(base, name="More", plan=with_levers(base.plan))
    bare = replace(base, plan=replace(base.plan, force_cost=base.plan.force_cost * 0))
    assert "lever_cost" in selection.headlines(studies.study(base, more))
    assert selection.headlines(studies.study(bare)) == selection.HEADLINES
    for table in (outcomes.headline(studies.study(base, more)), contrasts.contrasts(studies.study(base, more))):
        assert table is not None
        assert {"force_cost", "lever_cost"} <= {row.get("outcome") or row["response"] for row in rows_of(table)}


def test_amounts_to_the_cent_are_of_the_values_as_written():
    base = studies.result(draws=3)
    study = studies.study(base, replace(base, name="More", plan=with_levers(base.plan)))
    tables = [budget.allocation(study), budget.host_forces(study), payers.payers(study), payers.levers(study)]
    assert all(table is not None and "values as written" in table.caption for table in tables)
    assert "values as written" not in budget.allocation(studies.study(studies.result())).caption


def test_a_finding_warns_where_another_world_is_played():
    pair = studies.study(studies.result(seed=1), studies.result(seed=2, name="Other"))
    changes = [Change(key="world.agreements.joint_force", old="off", new="on")]
    agreed = said(findings.findings(replace(pair, changes=((), tuple(changes)))))
    assert "also changes the world" not in agreed
    changes += [Change(key=f"world.provinces.{code}.plots", old="1", new="2") for code in ("SIN", "KP", "BAL", "GB")]
    text = said(findings.findings(replace(pair, changes=((), tuple(changes)))))
    assert "not the effect of a policy alone" in text and "world.provinces.SIN.plots" in text and "and 1 more" in text


def test_what_differs_between_draws_is_not_a_matter_of_replications():
    base, other = studies.result(seed=1, draws=2), studies.result(seed=1, draws=2, name="Other")
    costs = other.costs.copy()
    costs[0, ..., 0] += 1e6
    costs[1, ..., 0] -= 3e5
    text = said(findings.findings(studies.study(base, replace(other, costs=costs))))
    assert (
        "Total cost: a tie with the baseline (50 % of the draws have the sign of the mean, and 90 % are needed)" in text
    )


def test_what_cannot_be_told_apart_is_said_so():
    text = said(findings.findings(studies.study(studies.result(seed=1), studies.result(seed=2, name="Other"))))
    assert "makes no detectable difference in attacks" in text
    assert "Incidents: not distinguishable from the baseline with these replications" in text
    assert "fewer incidents" not in text and "more incidents" not in text


@pytest.mark.parametrize("name", studies.hard_ones())
def test_no_finding_claims_a_cause(name):
    plain = studies.hard_ones()[name]
    text = said(findings.findings(plain))
    for result in plain.scenarios:
        text = text.replace(scenario_names.shortened(result.name, 60), "")
    assert not OVERCLAIMS.search(text), OVERCLAIMS.search(text)


def test_the_test_of_overclaiming_catches_a_claim():
    assert OVERCLAIMS.search("The second scenario reduces attacks by half.")


def test_judgement_is_called_judgement(pair):
    assert "1 of 3 graded settings rest on judgement (grade D)" in said(findings.findings(pair))
    guessed = replace(studies.settings(0.02)[1], changed=True)
    other = replace(studies.result(name="Guess"), settings_table=(guessed,))
    text = said(findings.findings(studies.study(studies.result(), other)))
    assert "So do settings that differ between the scenarios: world.displacement.lambda." in text


def test_one_replication_has_no_interval_and_says_so():
    text = said(findings.findings(studies.study(studies.result(replications=1), baseline=None)))
    assert "(one replication: no interval)" in text and "One history was simulated" in text


def test_failed_replications_are_counted():
    failure = Failure("EngineError", "too many")
    failed = FailedReplication(draw=0, replication=3, failure=failure, replay="simcpec replay")
    study = studies.study(studies.result(failed=(failed,)), baseline=None)
    assert "1 replication failed and is left out." in said(findings.findings(study))


def test_every_setting_has_its_grade_and_changed_ones_come_first():
    changed = replace(studies.settings(0.02)[0], changed=True)
    study = studies.study(studies.result(), replace(studies.result(), settings_table=(changed,)))
    first = settings.changed(study)
    assert first is not None and [row["key"] for row in rows_of(first)] == ["policy.security_share.share"]
    counts = {(row["grade"], row["scenario"]): int(row["settings"]) for row in rows_of(settings.grades(study))}
    assert counts["D", "A"] == 1 and counts["C", "B"] == 1 and counts["none", "A"] == 1
    assert {row["grade_means"] for row in rows_of(settings.everything(study)) if row["grade"] == "D"} == {"judgement"}


def test_sources_behind_the_settings_are_listed(pair):
    table = settings.bibliography(pair)
    assert table is not None
    assert [row["key"] for row in rows_of(table)] == ["nacta-2024", "nepra-2017"]
    only = replace(studies.settings(0.01)[0], catalogue_id="")
    bare = studies.study(replace(studies.result(), settings_table=(only,)), baseline=None)
    assert settings.bibliography(bare) is None


def test_few_histories_are_called_few():
    few, many = (fan_chart.fan_chart(studies.pair(replications=n)).caption for n in (6, 40))
    assert "the 95 % bands are their whole range" in few and "whole range" not in many


def test_limits_name_the_record_and_the_readings_of_the_rule(pair, of_cpec):
    text = said(limits.limits(pair))
    assert "14 attacks = 2 + 4 + 8 (KP, Balochistan, Sindh) in 3.94 years" in text
    assert "as 5.7 independent ones: 1.30 to 7.90 a year at 95 %" in text and "would have 1.94 to 5.96" in text
    assert "USD 6.22 m a year" in text and "USD 25.2 m a year" in text
    assert "window not stated" in text and "method of moments" in text
