"""Regret, satisficing and the choice by minimax regret on numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simcpec.analysis.uncertainty.robustness import PolicyOutcomes, in_words, limits_of, regret, satisficing
from simcpec.errors import UserError
from simcpec.reporting.artefacts.figure_files import figure_file
from simcpec.reporting.artefacts.table_formats.latex import latex
from simcpec.reporting.decision.robustness import outcomes_of_study, robustness
from simcpec.reporting.figures.decision.parallel import parallel_coordinates
from simcpec.reporting.figures.risk.validation import dispersion_limits, validation
from simcpec.reporting.figures.sizes import STYLES
from simcpec.verification.theory.finding import Finding
from tests.support import studies

ATTACKS = np.array([[4.0, 3.0, 5.0], [4.0, 6.0, 2.0], [4.0, 3.0, 5.0], [10.0, 10.0, 10.0]])


def outcomes(attacks: np.ndarray = ATTACKS, noise: float | None = None) -> PolicyOutcomes:
    cost = np.tile([10e6, 20e6, 30e6], (len(attacks), 1))
    return PolicyOutcomes(
        policies=("Half", "One", "Two"), states=tuple(f"state {k}" for k in range(len(attacks))), baseline=1,
        values={"attacks": attacks, "security_spending": cost}, noise={"attacks": noise, "security_spending": None},
    )  # fmt: skip


def test_regret_is_against_the_best_policy_of_the_same_state() -> None:
    found = regret(outcomes(), "attacks")
    assert found.mean.tolist() == [1.0, 1.0, 1.0]  # (1 + 2 + 1 + 0) / 4, (0 + 4 + 0 + 0) / 4, (2 + 0 + 2 + 0) / 4
    assert found.largest.tolist() == [2.0, 4.0, 2.0] and found.high.tolist() == [2.0, 4.0, 2.0]
    assert found.worst_state == (1, 1, 0)
    assert found.chosen == (0, 2) and in_words(outcomes().policies, found.chosen) == "Half and Two (a tie)"
    assert regret(outcomes(noise=2.5), "attacks").close == (1,), "chance may hide a difference of 2"
    # the control: regret over means of all states would choose otherwise
    assert (ATTACKS.mean(axis=0) - ATTACKS.mean(axis=0).min()).argmin() == 0 != found.chosen[-1]


def test_satisficing_counts_states_one_by_one_and_together() -> None:
    shares, together = satisficing(outcomes(), {"attacks": 4.0, "security_spending": 20e6})
    assert shares["attacks"].tolist() == [0.75, 0.5, 0.25]
    assert shares["security_spending"].tolist() == [1.0, 1.0, 0.0] and together.tolist() == [0.75, 0.5, 0.0]
    assert limits_of(outcomes(), {})["attacks"] == ATTACKS[:, 1].mean()
    with pytest.raises(UserError, match=r"no objective here.*Did you mean attacks"):
        limits_of(outcomes(), {"atacks": 3.0})


def test_the_table_names_ties_limits_and_the_worst_state() -> None:
    table = robustness(outcomes(), {"attacks": 4.0})
    assert "Attacks: minimax regret chooses Half and Two (a tie)." in table.notes
    rows = {record[:2]: dict(zip(table.fields, record, strict=True)) for record in table.records}
    assert rows["One", "attacks"]["regret_90"] == 4.0 and rows["One", "attacks"]["worst_state"] == "state 1"
    assert rows["One", "attacks"]["limit"] == 4.0 and rows["One", "security_spending"]["limit"] is None
    shown = {row.cells[0].text: row.cells for row in table.panels[1].rows}
    assert [cell.text for cell in shown["One"]][1:5] == ["50 %", "1", "4", "4"]
    assert "nan" not in latex(table)


def test_equal_policies_and_one_state_are_told_in_words() -> None:
    same = robustness(outcomes(np.ones((1, 3))), {})
    assert "Attacks: all policies are alike in every state." in same.notes
    assert any(note.startswith("One state of the world") for note in same.notes)


def test_a_comparison_has_regret_over_its_draws() -> None:
    pair = studies.pair(replications=30, draws=5)
    of = outcomes_of_study(pair)
    assert of is not None and len(of.states) == 5 and of.baseline == pair.baseline
    assert {values.shape for values in of.values.values()} == {(5, 2)}
    assert of.noise["attacks"] is not None and of.noise["attacks"] > 0.0
    assert outcomes_of_study(studies.study(studies.result(), baseline=None)) is None


def test_parallel_axes_mark_limits_and_say_who_keeps_them() -> None:
    sketch = parallel_coordinates(outcomes(), {"attacks": 5.4, "security_spending": 25e6})
    assert sketch is not None
    kept = {record[:2]: record[5] for record in sketch.records}
    assert kept["Half", "attacks"] is False and kept["Two", "attacks"] is False and kept["One", "attacks"] is False
    assert sketch.alt.endswith("All limits are kept by none.")
    roomy = parallel_coordinates(outcomes(), {"attacks": 5.6, "security_spending": 25e6})
    assert roomy is not None and roomy.alt.endswith("All limits are kept by Half, One.")
    for style in STYLES.values():
        assert b"identical" not in figure_file(sketch, "svg", style, "mark")
    twin = ATTACKS[:, [0, 1, 1]] + np.array([0.0, 1.0, 1.0])
    alike = PolicyOutcomes(
        policies=("A", "B", "C"), states=("x",) * 4, baseline=0, noise={"attacks": None, "deaths": None},
        values={"attacks": twin, "deaths": twin},
    )  # fmt: skip
    equal = parallel_coordinates(alike, {})
    assert equal is not None and b"identical to B" in figure_file(equal, "svg", STYLES["screen"], "mark")
    assert parallel_coordinates(PolicyOutcomes(policies=("A", "B"), states=("x",), baseline=0, noise={"attacks": None},
                                               values={"attacks": np.ones((1, 2))}), {}) is None  # fmt: skip


def finding(name: str, formula: str, truth: float, estimate: float, half_width: float, n: int = 1000) -> Finding:
    return Finding(
        family="f", name=name, formula=formula, unit="1", scenario="", truth=truth, estimate=estimate,
        half_width=half_width, z=(estimate - truth) / (half_width / 1.96), power=1.0, tolerance=0.05, replications=n,
    )  # fmt: skip


def test_limits_of_dispersion_hold_poisson_counts_and_not_clustered_ones() -> None:
    rng = np.random.default_rng(4)
    low, high = dispersion_limits(200)
    counts = rng.poisson(20.0, (4_000, 200))
    index = counts.var(axis=1, ddof=1) / counts.mean(axis=1)
    share = float(((index >= low) & (index <= high)).mean())
    assert abs(share - 0.95) < 4.0 * (0.95 * 0.05 / 4_000) ** 0.5
    clustered = 2 * rng.poisson(10.0, (500, 200))
    twice = clustered.var(axis=1, ddof=1) / clustered.mean(axis=1)
    assert float(((twice >= low) & (twice <= high)).mean()) < 0.01


def test_validation_has_three_panels_and_names_what_fails() -> None:
    lines = [
        finding("breaches: variance / mean", "variance / mean = 1; Poisson splitting", 1.0, 1.01, 0.05),
        finding("breaches: mean", "rate x share; Poisson splitting", 0.4, 0.41, 0.02),
        finding("mean wait for 2 escorts", "M/M/c: C / (c mu - lambda) (Erlang 1917)", 0.96, 2.0, 0.01),
        finding("other", "something else", 1.0, 1.0, 0.1),
    ]
    sketch = validation(lines, "quick")
    assert sketch is not None and len(sketch.records) == 3 and len({record[0] for record in sketch.records}) == 3
    assert sketch.alt == "2 of 3 ratios lie inside their 95 % limits; checks that fail: mean wait for 2 escorts."
    assert b"Waits in M/M/c queues" in figure_file(sketch, "svg", STYLES["journal"], "mark")
    assert validation(lines[3:], "quick") is None
