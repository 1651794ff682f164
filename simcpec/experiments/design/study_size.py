"""How many parameter draws and replications a study has, and of which ensemble its draws are members.

Scenarios that name an ensemble are simulated over its members where nobody says how often: 100 draws with 10
replications each, or more where ``run.replications`` is above 1,000. A number of draws takes as many members, among
which ``run.replications`` are shared, at least 10 for each; 1 is the values as written. A number of replications alone
is one of the values as written, and so are a first look, a run until a precision is reached, and fewer replications
than draws: such a study says that it has no uncertainty interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from simcpec.errors import UserError
from simcpec.scenario import Resolved, differences
from simcpec.scenario.layering.ensembles import KEY, NO_ENSEMBLE, ensemble_of
from simcpec.storage.ensemble_folder import Ensemble, ensemble_called

Value = TypeVar("Value")

QUICK_REPLICATIONS = 50
USUAL_DRAWS = 100  # of a study of an ensemble that does not say how many it wants
LEAST_EACH = 10  # replications of each draw of such a study
READINGS = ("none", "moderate", "strong")  # of backlash: what sources leave open
BACKLASH = "world.backlash"
SHARE_OF_DRAWS, LEAST_DRAWS, MOST_EACH = 5, 4, 10  # what is simulated under another reading: see `size_in_worlds`


@dataclass(frozen=True, kw_only=True)
class StudySize:
    """replications : None takes ``run.replications``, which a precision may prolong.      ensemble : None where no
    draw is a member of one.      named : what the first scenario that has one calls it.
    note : why the values as written are simulated alone, though an ensemble is named; "" where they are not.
    """

    replications: int | None
    draws: int
    ensemble: Ensemble | None = None
    named: str | None = None
    note: str = ""


def study_size(
    resolved: Sequence[Resolved], *, replications: int | None, draws: int | None, quick: bool, ensemble: str | None
) -> StudySize:
    """Agree on the size of a study; see the module. ensemble : one in the place of that of the scenarios, or ``none``.

    Raises UserError where scenarios disagree, Refused for a folder that holds no ensemble.
    """
    looked = QUICK_REPLICATIONS if quick and replications is None else replications
    of_files = agreed(resolved, "parameter_draws", draws)
    if ensemble is not None and ensemble != NO_ENSEMBLE:
        return _by_option(resolved, ensemble_called(ensemble), looked, draws, spread=replications is None)
    named = next(filter(None, _names(resolved).values()), None)
    if ensemble == NO_ENSEMBLE or named is None or draws == 1:
        return StudySize(replications=looked, draws=1 if quick and draws is None else of_files, named=named)
    if draws is None and (of_files == 1 or quick):
        if why := _why_as_written(resolved, replications, quick):
            note = f"The values as written, without an uncertainty interval: {why}."
            note += f" --draws {USUAL_DRAWS} takes members of the calibrated ensemble {named}."
            return StudySize(replications=looked, draws=1, named=named, note=note)
        of = ensemble_called(_agreed_name(resolved))
        of_files, looked = usual_draws(of, agreed(resolved, "replications", None), least=LEAST_EACH)
        return StudySize(replications=looked, draws=of_files, ensemble=of, named=named)
    if looked is None and draws is not None and not _wants_precision(resolved):
        count = agreed(resolved, "replications", None)
        looked = min(count, max(LEAST_EACH, 2 * -(-count // (2 * draws))))
    of = ensemble_called(_agreed_name(resolved))
    return StudySize(replications=looked, draws=of_files, ensemble=of, named=named)


def _wants_precision(resolved: Sequence[Resolved]) -> bool:
    return any(each.scenario.run.precision for each in resolved)


def usual_draws(ensemble: Ensemble, replications: int, *, least: int = 2) -> tuple[int, int]:
    """Draws, and replications of each, an even number, that cost about as much as these replications of one draw."""
    draws = max(2, min(len(ensemble), USUAL_DRAWS))
    return draws, max(least, 2 * -(-replications // (2 * draws)))


def _by_option(
    resolved: Sequence[Resolved], of: Ensemble, replications: int | None, draws: int | None, *, spread: bool
) -> StudySize:
    """The size where the command names the ensemble; `spread` shares the replications of one draw among all."""
    if draws == 1:
        return StudySize(replications=replications, draws=1)
    if draws is None:
        draws, each = usual_draws(of, agreed(resolved, "replications", replications))
        replications = each if spread else replications
    return StudySize(replications=replications, draws=draws, ensemble=of)


def _why_as_written(resolved: Sequence[Resolved], replications: int | None, quick: bool) -> str:
    """Why a study that does not say how many draws it wants has none; "" where it has those of the ensemble."""
    if quick:
        return "--quick is a first look"
    if replications is not None:
        return "replications were asked for, and no draws"
    if _wants_precision(resolved):
        return "run.precision was asked for, and no draws"
    count = agreed(resolved, "replications", None)
    return f"run.replications is {count}, too few for {USUAL_DRAWS} draws" if count < USUAL_DRAWS else ""


def _names(resolved: Sequence[Resolved]) -> dict[str, str | None]:
    """What each scenario calls its ensemble; None where it names none."""
    return by_name(resolved, ((ensemble_of(each.root) or (None,))[0] for each in resolved))


def _agreed_name(resolved: Sequence[Resolved]) -> str:
    """What all scenarios call their ensemble. Raises UserError where they disagree."""
    found = _names(resolved)
    names = {name or NO_ENSEMBLE for name in found.values()}
    if len(names) > 1:
        told = ", ".join(f"{ref} says {name or NO_ENSEMBLE}" for ref, name in found.items())
        raise UserError(
            f"{'.'.join(KEY)} must be the same in scenarios that are compared: {told}. Give --ensemble for all."
        )
    return names.pop()


# ------------------------------------------------------------------------------------------------ other readings


def other_readings(resolved: Sequence[Resolved]) -> tuple[str, ...]:
    """Readings of backlash beside that of the scenarios; () where they differ in it, for it is what is compared."""
    first = resolved[0]
    if any(row[0].startswith(BACKLASH) for each in resolved[1:] for row in differences(first, each)):
        return ()
    return tuple(word for word in READINGS if word != first.scenario.world.backlash.world)


def size_in_worlds(draws: int, replications: int) -> tuple[int, int]:
    """Draws, a fifth and at least four, and replications of each, at most ten, under every other reading."""
    return min(draws, max(LEAST_DRAWS, -(-draws // SHARE_OF_DRAWS))), min(replications, MOST_EACH)


# ------------------------------------------------------------------------------------------------ what all agree on


def agreed(resolved: Sequence[Resolved], key: str, given: int | None) -> int:
    """Return what was given, or what all scenarios say under ``run:``."""
    if given is not None:
        return given
    said = by_name(resolved, (int(getattr(each.scenario.run, key)) for each in resolved))
    if len(set(said.values())) > 1:
        told = ", ".join(f"{ref} says {value}" for ref, value in said.items())
        option = {"parameter_draws": "draws"}.get(key, key)
        raise UserError(f"run.{key} must be the same in scenarios that are compared: {told}. Give --{option} for all.")
    return next(iter(said.values()))


def by_name(resolved: Sequence[Resolved], values: Iterable[Value]) -> dict[str, Value]:
    """Return what each scenario says, by its reference; those that are varied by their names."""
    refs = [each.ref for each in resolved]
    names = (each.ref if refs.count(each.ref) == 1 else f"{each.ref} ({each.name})" for each in resolved)
    return dict(zip(names, values, strict=True))
