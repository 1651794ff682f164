"""Mean casualties of a breach against the laws that the engines draw from, by mode, with caps and mitigation."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from simcpec.model import modes
from simcpec.model.expected_severity import unmitigated
from simcpec.model.rules import harm as rules
from simcpec.model.world import INF, Harm
from simcpec.verification.worlds.neutral_world import bare_world

LAWS: tuple[tuple[int, dict[str, float]], ...] = (
    (modes.HARMLESS, {}),
    (modes.LOGNORMAL, {"mu": 0.4, "sigma": 1.1, "cap": 60.0}),
    (modes.LOGNORMAL, {"mu": 0.4, "sigma": 0.0, "cap": 60.0}),
    (modes.LOGNORMAL, {"mu": 1.5, "sigma": 1.0, "cap": 7.6}),
    (modes.HURDLE, {"zero": 0.4, "mu": -0.04, "sigma": 1.52, "cap": 400.0}),
    (modes.HURDLE, {"zero": 0.2, "mu": 1.0, "sigma": 1.0, "cap": 5.5}),
    (modes.HURDLE, {"zero": 0.2, "mu": 1.0, "sigma": 1.0, "cap": 0.0}),
    (modes.POWER, {"zero": 0.3, "mu": 2.4, "start": 1.7, "cap": 90.0}),
    (modes.SPLICED, {"zero": 0.1, "mu": 1.3, "sigma": 2.2, "start": 8.0, "cap": 50.0}),
)
POINTS = 4_000
GRID = (np.arange(POINTS) + 0.5) / POINTS


def harm_of(severity: int, numbers: dict[str, float], **more: float) -> Harm:
    """A law whose injured are Poisson or negative binomial, with the numbers of a mode."""
    base = bare_world().harm
    shift, spared, present = more.pop("shift", 0.0), more.pop("spared", 0.0), more.pop("present", INF)
    return replace(
        base, severity=severity, injured_base=0.9, injured_per_death=1.25,
        mode_log_deaths=np.array([shift]), mode_spared=np.array([spared]), present=np.full((1, 3), present),
        **numbers, **more,
    )  # fmt: skip


def dead_at(given: Harm, u_zero: float, u: float) -> int:
    shift, cap = float(given.mode_log_deaths[0]), min(given.cap, float(given.present[0, 0]))
    return rules.deaths(given.severity, given.zero, given.mu, given.sigma, given.start, shift, cap, u_zero, u)


def deaths_of(given: Harm) -> np.ndarray:
    """(2, POINTS) deaths where the first uniform lies below `zero`, and above."""
    return np.array([[dead_at(given, u_zero, u) for u in GRID] for u_zero in (0.0, 1.0 - 1e-9)])


def drawn_means(given: Harm) -> tuple[float, float]:
    """Mean deaths and injuries by the rules that the engines call, over a grid of uniforms."""
    present, spared = float(given.present[0, 0]), float(given.mode_spared[0])
    weights = np.array([given.zero, 1.0 - given.zero]) * (1.0 - spared)
    both = deaths_of(given)
    numbers, share = np.zeros(int(both.max()) + 1), weights / POINTS
    for row, each in zip(both, share, strict=True):
        numbers += each * np.bincount(row, minlength=len(numbers))
    numbers[0] += spared
    hurt = [injured_given(given, dead, present) if numbers[dead] > 0.0 else 0.0 for dead in range(len(numbers))]
    return float(weights @ both.mean(axis=1)), float(numbers @ np.array(hurt))


def injured_given(given: Harm, dead: int, present: float) -> float:
    """Mean injuries at so many dead, over a coarser grid."""
    law = given.injured_base, given.injured_per_death, dead, given.injured_size
    drawn = (rules.injured(*law, float(u)) for u in GRID[3::8])
    return float(np.mean([rules.room_for(number, present, dead) for number in drawn]))


@pytest.mark.parametrize(("severity", "numbers"), LAWS)
def test_the_mean_of_a_law_is_that_of_what_the_engines_draw(severity: int, numbers: dict[str, float]) -> None:
    given = harm_of(severity, numbers)
    deaths, injured = unmitigated(given)[0, 0, 0]
    assert deaths == pytest.approx(drawn_means(given)[0], rel=5e-3, abs=1e-12)
    assert injured == pytest.approx(0.9 + 1.25 * deaths)


@pytest.mark.parametrize(
    ("law", "shift", "spared", "present", "size"),
    [
        (1, 0.8, 0.0, INF, 1.0), (4, -0.7, 0.3, INF, 1.0), (4, 1.2, 0.0, 8.0, 1.0), (7, 0.5, 0.2, 12.0, INF),
        (8, -0.4, 0.1, 5.0, 0.7), (5, 0.0, 0.0, 1.0, 2.0), (0, 0.0, 0.0, 3.0, 1.0),
    ],
)  # fmt: skip
def test_modes_and_persons_present_change_the_mean_as_they_change_the_law(
    law: int, shift: float, spared: float, present: float, size: float
) -> None:
    severity, numbers = LAWS[law]
    given = harm_of(severity, numbers, shift=shift, spared=spared, present=present, injured_size=size)
    wanted, found = drawn_means(given), unmitigated(given)[0, 0, 0]
    np.testing.assert_allclose(found, wanted, rtol=8e-3, atol=1e-12)
    if present < INF:
        assert found.sum() <= present
    wrong = unmitigated(harm_of(severity, numbers, shift=shift, spared=spared, injured_size=size))[0, 0, 0]
    assert present == INF or abs(wrong[1] - wanted[1]) > 0.05 * wanted[1]  # the control: it forgets who is present


def test_the_mean_of_a_table() -> None:
    table = np.array([[0.0, 0.5], [2.0, 0.8], [40.0, 1.0]])
    given = harm_of(modes.EMPIRICAL, {"cap": 10.5}, shift=float(np.log(1.6)))
    given = replace(given, table=table)
    assert unmitigated(given)[0, 0, 0, 0] == pytest.approx(0.3 * 3 + 0.2 * 10)
    assert [rules.tabulated(n, float(np.log(1.6)), 10.5) for n, _ in table] == [0, 3, 10]


def test_a_sum_that_ends_early_is_the_whole_sum() -> None:
    given = harm_of(modes.LOGNORMAL, {"mu": 0.0, "sigma": 1.5, "cap": 10_000_000.0})
    short = harm_of(modes.LOGNORMAL, {"mu": 0.0, "sigma": 1.5, "cap": 300_000.0})
    assert unmitigated(given)[0, 0, 0, 0] == pytest.approx(unmitigated(short)[0, 0, 0, 0], rel=1e-12)


def test_every_mode_cohort_and_setting_has_its_own() -> None:
    base = bare_world(cohorts=2).harm
    present = np.array([[INF, 8.0, INF], [3.0, 5.0, 2.0]])
    given = replace(
        base, severity=modes.HURDLE, zero=0.4, mu=0.3, sigma=1.2, cap=50.0, injured_base=0.9, present=present,
        mode_log_deaths=np.array([0.0, 1.0]), mode_spared=np.array([0.0, 0.2]),
    )  # fmt: skip
    found = unmitigated(given)
    assert found.shape == (2, 2, 3, 2)
    for m, c, s in itertools.product(range(2), range(2), range(3)):
        one = harm_of(
            modes.HURDLE, {"zero": 0.4, "mu": 0.3, "sigma": 1.2, "cap": 50.0}, shift=float(m), spared=0.2 * m,
            present=present[c, s],
        )  # fmt: skip
        one = replace(one, injured_per_death=0.0)
        np.testing.assert_array_equal(found[m, c, s], unmitigated(one)[0, 0, 0])
