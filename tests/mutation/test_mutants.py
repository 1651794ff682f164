"""Every mutant is caught by its smoke check, and the right program passes the same check."""

from __future__ import annotations

import pytest

from simcpec.model.rules import strips
from simcpec.verification.theory.finding import LIMIT
from tests.mutation import smoke_checks
from tests.mutation.injected_faults import replacing
from tests.mutation.mutants import MUTANTS, Mutant
from tests.mutation.mutation_testing import caption, run_mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_and_the_right_program_passes(mutant: Mutant) -> None:
    result = run_mutant(mutant)
    assert result.sound, f"{result.check}: fails without a mutant"
    assert result.caught, f"{mutant.name} ({mutant.description}) survives {result.check}: {result}"
    assert result.score_with is None or abs(result.score_with) > LIMIT


def test_mutants_are_many_with_unique_names_and_use_every_smoke_check() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names) >= 20
    assert {mutant.check for mutant in MUTANTS} == set(smoke_checks.CHECKS)
    assert all(caption(mutant.check) and mutant.description for mutant in MUTANTS)


def test_a_mutant_is_gone_when_its_check_has_ended() -> None:
    right = strips.gap_days
    mutant = next(mutant for mutant in MUTANTS if mutant.name == "rate")
    with pytest.raises(RuntimeError), mutant.inject():
        assert strips.gap_days is not right
        raise RuntimeError
    assert strips.gap_days is right


def test_a_mutant_that_changes_nothing_survives() -> None:
    harmless = Mutant(
        name="harmless", description="nothing is wrong", check=smoke_checks.tails,
        inject=replacing(strips, "gap_days", lambda right: right),
    )  # fmt: skip
    result = run_mutant(harmless)
    assert result.sound and not result.caught and result.score_with == result.score_without


def test_a_smoke_check_that_fails_on_the_right_program_is_unsound() -> None:
    def wrong_truth():  # type: ignore[no-untyped-def]
        """Compare a number with another one."""
        yield smoke_checks.exact_finding(1.0, 2.0, smoke_checks.about("a wrong truth"))

    fault = Mutant(
        name="any", description="any", check=wrong_truth, inject=replacing(strips, "gap_days", lambda right: right)
    )
    assert not run_mutant(fault).sound
