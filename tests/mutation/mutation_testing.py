"""Mutation testing: run a smoke check on the right program, inject a mutant, and run the same check again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

# The compiled rules are bound by this import. Were it first imported within a mutant, they would be the faulty ones.
import simcpec.engines.compiled.loop  # noqa: F401
from simcpec.errors import SimcpecError
from simcpec.verification.theory.finding import LIMIT, Finding
from tests.mutation.mutants import Mutant
from tests.mutation.smoke_checks import Check, with_mutant

SHARES = (0.25, 1.0)  # of the replications of a check, one after the other until the mutant is caught


@dataclass(frozen=True, kw_only=True)
class MutantResult:
    """What became of one mutant.

    check : caption of its smoke check.   finding : the one furthest from the truth, or the error that ended the check.
    score_without, score_with : z of that finding without and with the mutant; None where an error ended the check.
    sound : whether the whole check passes without the mutant.   caught : whether it fails with it.
    """

    mutant: str
    check: str
    finding: str
    score_without: float | None
    score_with: float | None
    sound: bool
    caught: bool


def run_mutant(mutant: Mutant) -> MutantResult:
    """Return what the smoke check of a mutant finds without and with it.

    A quarter of the replications is played first: what is beyond the limit there is caught.
    """
    without = right_findings(mutant.check)
    sound = all(finding.verdict == "pass" for finding in without)
    for share in SHARES:
        try:
            with mutant.inject(), with_mutant(share):
                findings = tuple(mutant.check())
        except SimcpecError as error:
            ended = f"{type(error).__name__} ended the check"
            return _result(mutant, ended, None, None, sound=sound, caught=True)
        at = max(range(len(findings)), key=lambda k: abs(findings[k].z))
        caught = abs(findings[at].z) > LIMIT
        if caught:
            break
    return _result(mutant, findings[at].name, without[at].z, findings[at].z, sound=sound, caught=caught)


@cache
def right_findings(check: Check) -> Sequence[Finding]:
    """Return the findings of a smoke check on the right program, which several mutants share."""
    return tuple(check())


def caption(check: Check) -> str:
    """Return what a smoke check is, in the words of its docstring."""
    return (check.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _result(
    mutant: Mutant, finding: str, score_without: float | None, score_with: float | None, *, sound: bool, caught: bool
) -> MutantResult:
    return MutantResult(
        mutant=mutant.name, check=caption(mutant.check), finding=finding, score_without=score_without,
        score_with=score_with, sound=sound, caught=caught,
    )  # fmt: skip
