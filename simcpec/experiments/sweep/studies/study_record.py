"""What a sweep folder says of its study: enough to read it again anywhere, and to refuse to mix it with another one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcpec.errors import Refused, UserError, did_you_mean
from simcpec.experiments.sweep.studies.model_digest import model_digest
from simcpec.experiments.sweep.studies.study_file import SweepStudy, read_study, study_of
from simcpec.experiments.sweep.studies.study_schema import SIZED
from simcpec.results.provenance import version
from simcpec.results.response_definitions import DEFINITIONS
from simcpec.scenario.layering.layers import whole_file
from simcpec.scenario.layering.shipped_files import study_file_of
from simcpec.storage.output_folder import write_text
from simcpec.storage.sweeps.database import Found
from simcpec.units import short

RECORD, NAME = "study", "study"  # kind and name of the record
STUDY, BASE, DESIGNS = "study.yaml", "base.yaml", "designs"


@dataclass(frozen=True)
class StudyRecord:
    """A study as a folder keeps it. said : the study file as plain data.      changes : what extending it changed."""

    said: Mapping[str, Any]
    changes: Mapping[str, Any]
    base: str  # digest of the resolved base scenario
    seed: int
    version: str
    model: str  # digest of the code that decides a result

    @classmethod
    def of(cls, study: SweepStudy, changes: Mapping[str, Any]) -> StudyRecord:
        """The record of a study that was read with these changes."""
        return cls(study.of_file, dict(changes), study.base.digest, study.seed, version(), model_digest())

    @property
    def body(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "said": self.said, "changes": self.changes, "base": self.base, "seed": self.seed, "version": self.version,
            "model": self.model,
        }  # fmt: skip


def stored(found: Found) -> StudyRecord | None:
    """The record that a folder keeps; None where it has none, or a damaged one."""
    body = found.records.get(RECORD, {}).get(NAME)
    return None if body is None else StudyRecord(**body)


def refuse_other(old: StudyRecord, new: StudyRecord, folder: Path) -> None:
    """Refuse to mix results of two studies; shows in what they differ. Raises Refused."""
    rows = list(_differences(old, new))
    if rows:
        raise Refused(
            f"{folder} holds results of another study, and they are never mixed:\n"
            + "\n".join(f"  {row}" for row in rows)
            + "\nName another folder with --out; nothing in this one is changed."
        )


def _differences(old: StudyRecord, new: StudyRecord) -> Iterator[str]:
    for key in dict.fromkeys([*old.said, *new.said]):
        one, two = old.said.get(key), new.said.get(key)
        if one != two and key not in ("name", "describes"):
            yield from _unlike(key, one, two)
    if old.base != new.base:
        yield "the base scenario is another one (its resolved text differs)"
    if old.seed != new.seed:
        yield f"seed: {old.seed} there, {new.seed} now"
    if old.version != new.version:
        yield f"simcpec: version {old.version} there, {new.version} now"
    elif old.model != new.model:
        yield "simcpec: its model was changed since (the same version, other code)"


def _unlike(key: str, one: Any, two: Any) -> Iterator[str]:
    """In what two values of a study differ, as deep down as it can be told."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        for inner in dict.fromkeys([*one, *two]):
            if one.get(inner) != two.get(inner):
                yield from _unlike(f"{key}.{inner}", one.get(inner), two.get(inner))
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for number, (left, right) in enumerate(zip(one, two, strict=True)):
            if left != right:
                yield from _unlike(f"{key}[{number}]", left, right)
    else:
        shown = ("nothing" if each is None else short(_text(each), at_most=100) for each in (one, two))
        yield "{}: {} there, {} now".format(key, *shown)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# ------------------------------------------------------------------------------------------------ copies in the folder


def write_copies(ref: str, study: SweepStudy, folder: Path) -> None:
    """Put the study file, its base scenario and its designs into the folder, where they are not there yet."""
    file, where = study_file_of(ref)
    if not (folder / STUDY).exists():
        write_text(folder / STUDY, whole_file(file, where).decode("utf-8-sig"))
    if not (folder / BASE).exists():
        write_text(folder / BASE, study.base_text)
    for name in designs_of(study.said):
        target = folder / DESIGNS / name
        if not target.exists():
            write_text(target, (file.parent / name).read_text(encoding="utf-8-sig"))


def designs_of(said: Mapping[str, Any]) -> list[str]:
    """Files of designs that a study names."""
    blocks = [said, said.get("policies"), said.get("states_of_the_world")]
    return [str(block["file"]) for block in blocks if isinstance(block, Mapping) and block.get("file")]


def study_in(folder: Path, record: StudyRecord) -> SweepStudy:
    """The study that a folder holds, from its own copies."""
    raw = whole_file(folder / STUDY, (folder / STUDY).as_posix())
    where = (folder / STUDY).as_posix()
    return study_of(raw, where, folder=folder / DESIGNS, base_file=folder / BASE, changes=record.changes)


def extension(
    study: SweepStudy, old: StudyRecord, *, points: int | None, replications: int | None, trajectories: int | None,
    responses: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """The changes that make a study larger. Raises UserError where it would become smaller, or cannot grow so."""
    changes = dict(old.changes)
    known = [each.id for each in DEFINITIONS]
    for name in (name for name in responses if name not in known):
        raise UserError(f"{short(name)} is no response. {did_you_mean(name, known)} Allowed: {', '.join(known)}")
    if responses:
        changes["responses"] = list(dict.fromkeys([*study.responses, *responses]))
    if replications is not None and study.precision:
        raise UserError("the study adds replications by itself until its precision is reached: at_most limits them")
    if replications is not None:
        if replications < study.replications:
            raise UserError(
                f"the study has {study.replications} replications of each point; extending it to fewer is none"
            )
        changes["replications"] = str(replications)
    for wanted, key, designs in ((points, "points", SIZED), (trajectories, "trajectories", ("morris",))):
        if wanted is not None:
            changes |= _grown(study, key, wanted, designs)
    return changes


def _grown(study: SweepStudy, key: str, wanted: int, designs: Sequence[str]) -> dict[str, Any]:
    """The changes that give the one design of a study that can grow more points."""
    blocks = [("", study.said), *((name, study.said.get(name)) for name in ("policies", "states_of_the_world"))]
    growing = [(name, block) for name, block in blocks if isinstance(block, Mapping) and block.get("design") in designs]
    if len(growing) != 1:
        raise UserError(f"--{key} extends a study with one design of {', '.join(designs)}; this one has {len(growing)}")
    name, block = growing[0]
    had, prefix = int(block[key]), f"{name}." if name else ""
    if wanted < had:
        raise UserError(f"the study has {had} {key}; extending it to {wanted} is none")
    changes: dict[str, Any] = {f"{prefix}{key}": str(wanted)}
    if block["design"] == "lhs" and wanted > had:
        changes[f"{prefix}grown"] = [*block.get("grown", []), str(had)]
    return changes


def as_extended(ref: str, record: StudyRecord | None) -> SweepStudy:
    """The study of a file with what its folder says that was extended."""
    return read_study(ref, changes={} if record is None else record.changes)
