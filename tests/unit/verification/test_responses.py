"""Responses: what is compared, what is called a fault, and the responses of the base case that must hold."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from simcpec import catalogue
from simcpec.cli import main
from simcpec.scenario import load
from simcpec.scenario.building.build import build
from simcpec.verification.responses import simulate
from simcpec.verification.responses.check_list import checks
from simcpec.verification.responses.response_check import MEASURES, Changed, Expected, FoundResponse, ResponseCheck
from simcpec.verification.responses.simulate import responses

SHORT = ("run.horizon=2 years",)
Sample = dict[str, np.ndarray]


def quiet(text: str) -> None:
    """Tell nobody."""


def found(value: float, half_width: float, expected: Expected | None, *, percent: float = -3.0) -> FoundResponse:
    """Return a response with this value."""
    check = ResponseCheck(name="x", says="x", sets=(), expected=expected)
    changes = {name: Changed(percent=percent, half_width=0.1, a_year=-0.2) for name in MEASURES}
    return FoundResponse(check=check, changes=changes, value=value, half_width=half_width)


def test_every_check_can_be_built_and_names_an_entry_that_there_is() -> None:
    found = checks(load("base"))
    assert len({check.name for check in found}) == len(found) >= 25
    for check in found:
        build(load("base", sets=list(check.sets)))
        build(load("base", sets=list(check.against)))
        if check.expected is not None and check.expected.entry:
            assert catalogue.entry(check.expected.entry).grade


@pytest.mark.parametrize(
    ("value", "half_width", "verdict"),
    [(-0.3, 0.05, "inside"), (-0.05, 0.04, "outside"), (-0.05, 0.06, "inside within noise"), (-0.9, 0.1, "outside")],
)
def test_a_verdict_holds_the_value_and_its_noise_against_the_range(
    value: float, half_width: float, verdict: str
) -> None:
    one = found(value, half_width, Expected(low=-0.7, high=-0.1))
    assert one.verdict == verdict and one.fails == (verdict == "outside")


def test_no_effect_at_all_is_a_fault_and_an_unpublished_one_is_not() -> None:
    nothing = found(0.0, 0.0, None, percent=0.0)
    assert (nothing.verdict, nothing.fails) == ("exactly nothing", True)
    assert (found(-3.0, 0.1, None).verdict, found(-3.0, 0.1, None).fails) == ("nothing published", False)


def test_an_elasticity_is_the_ratio_of_logs_and_its_error_that_of_paired_means() -> None:
    rng = np.random.default_rng(5)
    base = rng.gamma(4.0, 1.0, (4000, 1, 3))
    after = 0.8 * base * rng.uniform(0.9, 1.1, base.shape)
    before = dict.fromkeys(MEASURES, base)
    check = ResponseCheck(name="x", says="x", sets=(), factor=2.0)
    one = simulate._found(check, before, dict.fromkeys(MEASURES, after), 4.0)
    assert one.value == pytest.approx(math.log(0.8) / math.log(2.0), abs=3 * one.half_width / 1.96)
    ratio = after.sum(axis=(1, 2)) / base.sum(axis=(1, 2))
    error = float(np.std(ratio)) / math.sqrt(4000) / 0.8 / math.log(2.0)
    assert one.half_width == pytest.approx(1.96 * error, rel=0.2)


def test_what_is_displaced_is_what_rises_elsewhere_per_fall_there() -> None:
    """A fifth of the attacks on the road in the second province go, and 60 % of them come elsewhere; paired."""
    rng = np.random.default_rng(9)
    base = rng.poisson(20.0, (3000, 2, 3)).astype(float)
    gone = rng.binomial(base[:, 1, 1].astype(int), 0.2)
    moved = rng.binomial(gone, 0.6)
    after = base.copy()
    after[:, 1, 1] -= gone
    after[:, 0, 0] += moved
    check = ResponseCheck(name="x", says="x", sets=(), of="incidents", setting=1, province="B", displaced=True)
    tables = (dict.fromkeys(MEASURES, each) for each in (base, after))
    one = simulate._found(check, *tables, 4.0, ("A", "B"))
    assert one.value == pytest.approx(60.0, abs=2 * one.half_width)
    assert one.changes["incidents"].percent == pytest.approx(-20.0, abs=2 * one.changes["incidents"].half_width)
    ratio = 100.0 * math.sqrt(0.6 * 0.4 / (3000 * 4.0))  # of 4 moved in 3,000 pairs each
    assert one.half_width == pytest.approx(1.96 * ratio, rel=0.1)


# ---- the base case


@pytest.fixture(scope="module")
def by_name() -> dict[str, FoundResponse]:
    """Responses of two years of the base case that hang on the road and on backlash."""
    only = (
        "by air: on the road",
        "by air: elsewhere",
        "backlash: moderate",
        "backlash: strong",
        "no lapses on the road",
    )
    return {one.check.name: one for one in responses(sets=SHORT, only=only, replications=160, notice=quiet)}


def test_movements_by_air_take_more_than_half_of_the_attacks_off_the_road(by_name: dict[str, FoundResponse]) -> None:
    """Truth: a tenth of the traffic has a tenth of its attraction; the control is a road that nobody watches."""
    road, all_ = by_name["by air: on the road"], by_name["by air: elsewhere"]
    assert road.value + road.half_width < -50.0
    assert all_.value - all_.half_width > road.value  # what is left moved to other settings
    unwatched = ("world.movements.road={mode: unwatched}", "world.settings.movement.attraction=15", *SHORT)
    (blind,) = responses(sets=unwatched, only=("by air: on the road",), replications=20, notice=quiet)
    assert blind.value > -20.0 and blind.verdict == "outside"


def test_a_stronger_backlash_never_lowers_attacks_at_an_unchanged_policy(by_name: dict[str, FoundResponse]) -> None:
    """160 pairs give half-widths near 2 %; the control takes the provoked recruits out of the inflow again."""
    for name in ("backlash: moderate", "backlash: strong"):
        one = by_name[name]
        assert one.value - one.half_width > 0.0, name
        assert one.verdict == "sign"
    strong = ("world.backlash.world=strong", f"world.network.inflow={{{', '.join(_without_provoked())}}}")
    check = ResponseCheck(name="balanced again", says="x", sets=strong, of="incidents")
    runs = simulate._Runs("base", SHORT, 160, 2024, None, quiet)
    balanced = simulate._found(check, runs.totals(()), runs.totals(strong), runs.years)
    assert balanced.value + balanced.half_width < by_name["backlash: strong"].value


def _without_provoked() -> list[str]:
    """The balanced inflow of every province less the recruits that the operations of history provoke."""
    w = build(load("base", sets=["world.backlash.world=strong"])).world
    provoked = w.operations.routine * (
        w.operations.arrests[0] * w.network.per_arrest + w.operations.deaths[0] * w.network.per_death
    )
    a_year = np.maximum(0.0, (w.network.inflow + w.network.external)[0] - provoked) * 365.25
    return [f"{name}: {rate:.6f} /year" for name, rate in zip(w.provinces, a_year.tolist(), strict=True)]


def test_who_asks_for_an_escort_is_met_with_one(by_name: dict[str, FoundResponse]) -> None:
    one = by_name["no lapses on the road"]
    assert one.value + one.half_width < 0.0


# ---- the command


def test_the_command_prints_a_table_and_refuses_names_that_there_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["verify", "responses", "--replications", "8", "--set", SHORT[0]]
    assert main([*words, "--only", "share x 2", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["responses"]
    assert row["response"] == "share x 2" and row["breaches_averted_per_million"] > 0.0
    assert main([*words, "--only", "share x 3"]) == 2
    assert "no response 'share x 3'" in capsys.readouterr().err
