"""From a study file to its points: read strictly, every fault with its line, before anything is simulated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from simcpec.errors import Fault, ScenarioError, did_you_mean
from simcpec.experiments.sweep.studies.grid_size import refuse_large_grids
from simcpec.experiments.sweep.studies.points import mapped
from simcpec.experiments.sweep.studies.study_schema import StudyBlock
from simcpec.experiments.sweep.studies.study_text import StudyText, validated
from simcpec.results.response_definitions import DEFINITIONS
from simcpec.scenario import Resolved, load, shipped
from simcpec.scenario.layering.layers import is_inside, whole_file
from simcpec.scenario.layering.shipped_files import study_file_of
from simcpec.scenario.reading.nodes import Path, data_of, find
from simcpec.scenario.reading.suggestions import suggest
from simcpec.scenario.reading.yaml_reader import fault_at, read_bytes
from simcpec.units import short

# The modules that make points bring numba and scipy along: they are imported in the functions that use them, after a
# grid that is too large was refused.
if TYPE_CHECKING:
    from simcpec.experiments.sweep.studies.points import SweepPoints
    from simcpec.results.records import PrecisionTarget
    from simcpec.storage.ensemble_folder import Ensemble

ALWAYS = ("attacks", "breaches", "deaths", "security_spending", "lever_cost", "total_cost")


@dataclass(frozen=True, kw_only=True)
class SweepStudy:
    """A study that was read and checked; nothing of it was simulated.

    of_file : the study file as plain data.      said : the same with what was changed since by extending it.
    base : the base scenario with `set:` applied.
    """

    where: str
    slug: str
    name: str
    describes: str
    of_file: Mapping[str, Any]
    said: Mapping[str, Any]
    base_ref: str
    sets: tuple[str, ...]  # over the base scenario, in every point
    base: Resolved = field(repr=False)
    points: SweepPoints = field(repr=False)
    replications: int  # of each point, as far as it is known: with a precision those of the last look
    first_look: int  # replications before a precision is first looked at, at least
    precision: tuple[PrecisionTarget, ...] = ()  # wanted of the contrasts at every point
    seed: int
    responses: tuple[str, ...]
    ensemble: Ensemble | None = field(default=None, repr=False)  # whose members are the parameter draws

    @property
    def base_text(self) -> str:
        """The base scenario as it stands in its file, with all that it extends."""
        return load(self.base_ref).text

    def load(self, sets: Sequence[str]) -> Resolved:
        """The scenario of a point. Raises ScenarioError."""
        return load(self.base_ref, sets=(*self.sets, *sets))


def read_study(ref: str, *, changes: Mapping[str, Any] | None = None) -> SweepStudy:
    """The study behind a path or a shipped name. Raises ScenarioError with its faults, EnvironmentFault.

    changes : keys of the study over what the file says, such as ``{"replications": "128"}``.
    """
    file, where = study_file_of(ref)
    return study_of(whole_file(file, where), where, folder=file.parent, changes=changes)


def study_of(
    raw: bytes,
    where: str,
    *,
    folder: File | None = None,
    changes: Mapping[str, Any] | None = None,
    base_file: File | None = None,
) -> SweepStudy:
    """The study of a text; files that it names lie in `folder`, but for a base scenario that is given.

    Raises as `read_study`.
    """
    root, faults = read_bytes(raw, where)
    text = StudyText(root, list(faults))
    said = changed(data_of(root), changes or {})
    block = validated(text, said, StudyBlock)
    text.stop()
    assert block is not None
    refuse_large_grids(text, block)
    base_ref = _base(text, block, folder) if base_file is None else base_file.as_posix()
    return _checked(text, block, base_ref, folder, said)


def changed(said: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """What a study says with some dotted keys changed, such as ``states_of_the_world.points``."""
    found = dict(said)
    for key, value in changes.items():
        block, _, rest = key.partition(".")
        found[block] = changed(found.get(block, {}), {rest: value}) if rest else value
    return found


def _checked(
    text: StudyText, block: StudyBlock, base_ref: str, folder: File | None, said: Mapping[str, Any]
) -> SweepStudy:
    from simcpec.analysis.group_sequential import all_looks
    from simcpec.experiments.sweep.studies.combined import combined
    from simcpec.experiments.sweep.studies.factor_blocks import FactorReader
    from simcpec.numerics.streams import check_seed

    sets, where = mapped(block.set), text.root.place.where
    try:
        base = load(base_ref, sets=sets)
        load(base_ref, sets=(*sets, *_baseline_sets(block)))
    except ScenarioError as error:
        keys = _faults_of_settings(text, error, block)
        raise ScenarioError([*text.faults, *(keys or error.faults)]) from None
    _refuse_settings(text, block)
    _refuse_structure(text, block)
    text.stop()
    reader = FactorReader(text, base, lambda more: load(base_ref, sets=(*sets, *more)))
    points = combined(text, block, reader, folder, baseline=_baseline_sets(block), base=base)
    text.stop()
    seed = check_seed(base.scenario.run.seed if block.seed is None else block.seed)
    count = base.scenario.run.replications if block.replications is None else block.replications
    if base.scenario.run.antithetic == "on" and count % 2:
        text.fault(("replications",), f"is {count}, and run.antithetic of the base scenario is on", "an even number")
    precision = _precision(text, block, base)
    text.stop()
    looks = all_looks(count, precision)
    return SweepStudy(
        where=where, slug=slug_of_study(where), name=block.name, describes=block.describes,
        of_file=data_of(text.root), said=said,
        base_ref=base_ref, sets=sets, base=base, points=points, seed=seed,
        replications=(block.taken or looks[0]) if precision else count, first_look=count, precision=precision,
        responses=tuple(dict.fromkeys(block.responses or ALWAYS)), ensemble=_ensemble(text, block),
    )  # fmt: skip


def _ensemble(text: StudyText, block: StudyBlock) -> Ensemble | None:
    """The ensemble that a study names: a shipped one, or a folder in the working folder. Raises Refused."""
    from simcpec.storage.ensemble_folder import ensemble_called

    states = block.states_of_the_world
    if states is None or states.ensemble is None:
        return None
    if states.draws is None:
        text.fault(("states_of_the_world", "draws"), "is missing beside ensemble", "how many members are taken")
        text.stop()
    return ensemble_called(states.ensemble)


def _precision(text: StudyText, block: StudyBlock, base: Resolved) -> tuple[PrecisionTarget, ...]:
    """What is wanted of the contrasts: what the study says, or the base scenario where the study gives no number."""
    from simcpec.experiments.design.prepare import goals_of, targets

    of_base = not block.precision and block.replications is None
    found = goals_of(base) if of_base else targets(block.precision)
    for k, goal in enumerate(found):
        if base.scenario.run.antithetic == "on" and goal.at_most % 2:
            problem = f"is {goal.at_most}, and run.antithetic of the base scenario is on"
            text.fault(("precision", k, "at_most"), problem, "an even number")
    if block.taken is not None and not found:
        text.fault(("taken",), "is read by nothing, because there is no precision", "with precision")
    return found


def slug_of_study(where: str) -> str:
    """Name of the folder of a study: that of its file, in safe letters."""
    stem = File(where).name.removesuffix(".yaml").removesuffix(".yml")
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower(), flags=re.ASCII).strip("-.")[:60] or "study"


# ------------------------------------------------------------------------------------------------ settings


def _base(text: StudyText, block: StudyBlock, folder: File | None) -> str:
    """The reference of the base scenario."""
    name = block.base.strip()
    if name in shipped():
        return name
    if folder is not None and name.endswith((".yaml", ".yml")) and is_inside(folder, name):
        return (folder / name).as_posix()
    allowed = "a shipped scenario (simcpec list scenarios), or a file in the folder of this one"
    text.fault(("base",), f"is {short(name)}, no shipped scenario", allowed, did_you_mean(name, shipped()))
    text.stop()
    raise AssertionError


def _baseline_sets(block: StudyBlock) -> tuple[str, ...]:
    return () if isinstance(block.baseline, str) else mapped(block.baseline)


def _faults_of_settings(text: StudyText, error: ScenarioError, block: StudyBlock) -> list[Fault]:
    """Faults of the settings of the study, in the place where the study says them."""
    found = []
    for name in ("set", "baseline"):
        values = getattr(block, name)
        for key in values if isinstance(values, dict) else ():
            for fault in error.faults:
                if fault.key and (fault.key.startswith(key) or key.startswith(f"{fault.key}.")):
                    place = find(text.root, (name, key))[1]
                    problem = fault.problem if fault.key == key else f"{fault.key} {fault.problem}"
                    found.append(fault_at(place, problem, fault.allowed, fault.hint, f"{name}.{key}"))
    return found


def _refuse_settings(text: StudyText, block: StudyBlock) -> None:
    """Refuse settings that no study has: a baseline that changes the world, run: keys anywhere."""
    for key in block.set:
        if not key.startswith(("policy.", "world.", "run.")):
            text.fault(("set", key), "is no key of policy, world or run", "a dotted key, such as run.horizon")
    if isinstance(block.baseline, dict):
        for key in block.baseline:
            if not key.startswith("policy."):
                text.fault(
                    ("baseline", key), "is no key of the policy", "keys below policy; the world is that of the point"
                )
    for k, named in enumerate(block.policies.named if block.policies else ()):
        for key in named.set:
            if not key.startswith("policy."):
                where: Path = ("policies", "named", k, "set", key)
                text.fault(
                    where,
                    "is no key of the policy",
                    "keys below policy",
                    "What nobody chooses belongs to states_of_the_world.",
                )
    known = [each.id for each in DEFINITIONS]
    for k, name in enumerate(block.responses):
        if name not in known:
            text.fault(
                ("responses", k), f"is {short(name)}, no response", f"one of {', '.join(known)}", suggest(name, known)
            )


def _refuse_structure(text: StudyText, block: StudyBlock) -> None:
    """Refuse what is said in two places, or not at all."""
    apart = block.policies is not None or block.states_of_the_world is not None
    if apart and block.factors:
        text.fault(("factors",), "stands beside policies or states_of_the_world", "factors inside of these, or alone")
    if not apart and not block.factors and block.design != "file":
        text.fault(("factors",), "is missing", "factors, or policies and states_of_the_world")
    if block.combine is not None and not (block.policies and block.states_of_the_world):
        text.fault(("combine",), "has nothing to combine", "policies and states_of_the_world beside it")
    if block.policies and block.states_of_the_world and block.combine is None:
        text.fault(
            ("combine",), "is missing", "full_factorial, paired or sample: how policies meet states of the world"
        )
