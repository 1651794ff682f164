"""Have the checks teeth? Each on the right program, then each planted fault on the check that must catch it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simcpec.errors import SimcpecError
from simcpec.verification import naming
from simcpec.verification.theory.faults import FAULTS, Mutant
from simcpec.verification.theory.finding import LIMIT, Finding
from simcpec.verification.theory.smoke import Check

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Bite:
    """What became of one fault.

    check : the small check.      finding : the one that shows it most, or the error that ended the play.
    right, wrong : its score without and with the fault; None where an error ended the play.
    sound : whether everything in the check passes without the fault.      caught : whether it does not with it.
    """

    fault: str
    says: str
    check: str
    finding: str
    right: float | None
    wrong: float | None
    sound: bool
    caught: bool


def teeth(*, only: Sequence[str] | None = None, progress: Progress | None = None) -> tuple[Bite, ...]:
    """Plant every fault, or those with these names, one at a time; raises UserError for a name that none has."""
    # its rules are bound by this import; were it first imported while a fault is planted, they would be the wrong ones
    import simcpec.engines.compiled.loop  # noqa: F401

    faults = chosen(only)
    right = {check: tuple(check()) for check in dict.fromkeys(fault.check for fault in faults)}
    found = []
    for fault in faults:
        if progress is not None:
            progress(fault.name)
        found.append(_bite(fault, right[fault.check]))
    return tuple(found)


def chosen(only: Sequence[str] | None = None) -> tuple[Mutant, ...]:
    """The faults with these names, or all; raises UserError for a name that none has."""
    return naming.chosen(FAULTS, only, "planted fault")


def caption(check: Check) -> str:
    """What a small check is, in the words of its docstring."""
    return (check.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _bite(fault: Mutant, right: Sequence[Finding]) -> Bite:
    sound = all(one.verdict == "pass" for one in right)
    try:
        with fault.plant():
            wrong = tuple(fault.check())
    except SimcpecError as error:
        return _told(fault, f"{type(error).__name__} ended the play", None, None, sound=sound, caught=True)
    at = max(range(len(wrong)), key=lambda k: abs(wrong[k].z))
    caught = abs(wrong[at].z) > LIMIT
    return _told(fault, wrong[at].name, right[at].z, wrong[at].z, sound=sound, caught=caught)


def _told(fault: Mutant, finding: str, right: float | None, wrong: float | None, *, sound: bool, caught: bool) -> Bite:
    return Bite(
        fault=fault.name,
        says=fault.says,
        check=caption(fault.check),
        finding=finding,
        right=right,
        wrong=wrong,
        sound=sound,
        caught=caught,
    )
