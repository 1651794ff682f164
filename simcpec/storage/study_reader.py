"""A study read back from its folder: every digest, name, type and shape is checked, and nothing in it is obeyed.

Names of scenarios become names of folders, so they are words without a path; commands are shown to people who may paste
them, so they run simcpec and nothing else; the engine is a word that only `replay` looks at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from simcpec.analysis.aggregates import AGAINST, OWN
from simcpec.analysis.plot_fates import BECAME, FOLLOWED, REASONS
from simcpec.analysis.responses import PARTS, RESPONSES
from simcpec.analysis.study_analysis import AnalysedStudy, analysed
from simcpec.errors import Refused
from simcpec.model.modes import INSTRUMENTS
from simcpec.model.plan import Plan, Prices
from simcpec.results.records import (
    Aggregates,
    Axes,
    Change,
    FailedReplication,
    Fates,
    ScenarioResult,
    Sequential,
    Setting,
    Study,
    TimeLimit,
    WorldContrast,
)
from simcpec.storage.as_written import read_as_written
from simcpec.storage.csv_tables import COUNT_TABLES, read_counts, read_draws, read_fates
from simcpec.storage.output_folder import MANIFEST, SCHEMA, changed, manifest_of, what_is_wrong
from simcpec.storage.stored_files import (
    Damaged,
    check_command,
    parse_json,
    read_bytes,
    record,
    refusing,
    table_faults,
)
from simcpec.storage.study_command import OPTIONS
from simcpec.units import short

AGGREGATES = "aggregates.json"
STUDY_TEXTS = ("seed", "engine", "command", "software", "draws", "replications")

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_][a-z0-9._-]{0,99}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Word = Annotated[str, StringConstraints(max_length=300)]
Count = Annotated[int, Field(ge=0, le=1 << 62)]
DrawNumber = Annotated[int, Field(ge=0, lt=1 << 24)]
Model = TypeVar("Model", bound=BaseModel)


class Stored(BaseModel):
    """Exactly these fields with exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Input(Stored):
    """What the manifest says of one scenario."""

    path: str
    resolved: Digest
    worlds: Digest
    failed: Count


class Manifest(Stored):
    """`manifest.json`; the digests of its files are checked one by one."""

    kind: str
    schema_: int = Field(alias="schema")
    digest: Digest
    outputs: dict[str, Digest]
    inputs: dict[Slug, Input]
    timing: dict[str, Any]
    csv: Literal["excel"] | None = None
    seed: int = Field(ge=0, lt=1 << 40)
    engine: Word
    command: str
    software: dict[Word, Word]
    draws: Count
    replications: Count
    time_limit: TimeLimit | None = None


class StudyRecord(Stored):
    """`study.json`."""

    scenarios: list[Slug] = Field(min_length=1)
    baseline: int | None
    changes: list[tuple[Change, ...]]
    plays_followed: Count | None
    precision: Sequential | None = None


class ResultRecord(Stored):
    """`result.json` of one scenario."""

    slug: Slug
    name: str
    describes: str
    path: str
    incident_basis: Literal["attack", "breach"]
    digest: Digest
    axes: Axes
    plan: dict[str, Any]
    prices: dict[str, Any]
    settings: tuple[Setting, ...]
    failed: tuple[FailedReplication, ...]
    draw_numbers: tuple[DrawNumber, ...] = Field(min_length=1)
    replication_numbers: list[list[Count]]
    antithetic: bool
    exposures: list[list[float]] | None
    valuations: list[tuple[float, float]] | None = None
    remarks: tuple[str, ...]
    as_written: tuple[str, ...] | None = None
    worlds: tuple[WorldContrast, ...] = ()


def read(folder: Path) -> AnalysedStudy:
    """The study of a folder that `store.write` left, to the last bit.

    Raises Refused if it is no study, of another version, if any of its files was added, removed or changed, or if one
    is not what simcpec writes.
    """
    manifest = manifest_of(folder)
    if manifest is None:
        wrong = what_is_wrong(folder) or f": it has no {MANIFEST} of ours"
        raise Refused(f"{folder} is not the output of a study{wrong}")
    if manifest.get("schema") != SCHEMA:
        raise Refused(f"{folder} was written by another version (schema {manifest.get('schema')}, here {SCHEMA})")
    changes = changed(folder, manifest)
    if changes:
        raise Refused(f"{folder} was changed since it was written: {', '.join(changes[:5])}")
    said = _model(folder / MANIFEST, Manifest)
    raw = _model(folder / "study.json", StudyRecord)
    with refusing(folder / "study.json"):
        _check_names(raw, said)
    scenarios = tuple(_read_scenario(folder / slug) for slug in raw.scenarios)
    study = Study(
        scenarios=scenarios,
        baseline=raw.baseline,
        changes=tuple(raw.changes),
        fates=_read_fates(folder, raw),
        precision=raw.precision,
        time_limit=said.time_limit,
        manifest=manifest,
        **{name: getattr(said, name) for name in STUDY_TEXTS},
    )
    with refusing(folder / MANIFEST):
        _check_manifest(said, study)
    return analysed(study)


def inputs_of(scenarios: Sequence[ScenarioResult]) -> dict[str, dict[str, Any]]:
    """Return what a manifest says of the scenarios: where they came from, and digests of what was played."""
    return {
        result.slug: {
            "path": result.path,
            "resolved": sha256(result.resolved_yaml.encode()).hexdigest(),
            "worlds": result.digest,
            "failed": len(result.failed),
        }
        for result in scenarios
    }


# ------------------------------------------------------------------------------------------------ the study


def _model(path: Path, kind: type[Model]) -> Model:
    """A JSON file as a model. Raises Refused."""
    with refusing(path):
        raw = read_bytes(path)
        parse_json(raw)  # for its limits, which pydantic does not have
        return kind.model_validate_json(raw)


def _check_names(raw: StudyRecord, said: Manifest) -> None:
    """Whether the records of a study name each other. Raises Damaged."""
    count = len(raw.scenarios)
    if len(set(raw.scenarios)) < count or set(raw.scenarios) != set(said.inputs):
        raise Damaged("names other scenarios than the manifest, or one twice")
    if raw.baseline is not None and not 0 <= raw.baseline < count:
        raise Damaged(f"has the baseline {raw.baseline} of {count} scenarios")
    if len(raw.changes) != count:
        raise Damaged(f"has the changes of {len(raw.changes)} scenarios, and {count} scenarios")
    if raw.baseline is None and raw.plays_followed is not None:
        raise Damaged("follows plots without a baseline")
    for one in raw.precision.reached if raw.precision is not None else ():
        if one.scenario not in raw.scenarios or one.goal.response not in {each.id for each in RESPONSES}:
            raise Damaged("tells the precision of something that it does not have")


def _check_manifest(said: Manifest, study: Study) -> None:
    """Whether a manifest is that of the study. Raises Damaged."""
    if {slug: each.model_dump() for slug, each in said.inputs.items()} != inputs_of(study.scenarios):
        raise Damaged("tells of other inputs than the folder has")
    words = check_command(said.command, {"run": OPTIONS, "compare": OPTIONS})
    if "--engine" in words and words[words.index("--engine") + 1 :][:1] != [said.engine]:
        raise Damaged("has a command with another engine than the study")
    first = study.scenarios[0]
    for each in study.scenarios:
        shapes = (each.replication_numbers.shape, first.replication_numbers.shape)
        if (each.draw_numbers, shapes[0], _of_points(each)) != (first.draw_numbers, shapes[1], _of_points(first)):
            raise Damaged("has scenarios with other draws or replications than the first")


def _of_points(result: ScenarioResult) -> list[int] | None:
    """Replications at the values as written, where there are any."""
    return None if result.as_written is None else result.as_written.replications.tolist()


def _read_fates(folder: Path, raw: StudyRecord) -> Fates | None:
    """The fates of plots, where they were followed."""
    if raw.plays_followed is None:
        return None
    fates = read_fates(folder, raw.scenarios, raw.plays_followed)
    with refusing(folder / "fates.csv"):
        for each in (fate for of_scenario in fates.of_scenario for fate in of_scenario):
            if each.what not in FOLLOWED or each.became not in BECAME or each.by not in ("", *REASONS):
                raise Damaged(f"has a fate of another kind than this version knows, {short(each.became)}")
    return fates


# ------------------------------------------------------------------------------------------------ one scenario


def _read_scenario(folder: Path) -> ScenarioResult:
    raw = _model(folder / "result.json", ResultRecord)
    axes, draws = raw.axes, len(raw.draw_numbers)
    with refusing(folder / "result.json"):
        replications = _rectangle(raw.replication_numbers, draws, np.int64)
        found: dict[str, Any] = {
            "plan": record(Plan, raw.plan),
            "prices": record(Prices, raw.prices),
            "exposures": None if raw.exposures is None else _rectangle(raw.exposures, draws, np.float64),
            "valuations": None if raw.valuations is None else _rectangle(raw.valuations, draws, np.float64),
        }
        if raw.slug != folder.name:
            raise Damaged(f"is of another scenario, {raw.slug}")
        for failed in raw.failed:
            check_command(failed.replay, {"replay": ("--replication", "--scenario", "--draw")})
        _check_axes(raw, found)
    with refusing(folder / AGGREGATES):
        aggregates = _read_aggregates(folder, raw)
    with refusing(folder / "scenario.yaml"), table_faults():
        text = read_bytes(folder / "scenario.yaml").decode("utf-8")
    lead = (*replications.shape, len(axes.periods), len(axes.provinces))
    inner = {
        "cell": (len(axes.cohorts), len(axes.settings)), "cohort": (len(axes.cohorts),), "mode": (len(axes.modes),)
    }  # fmt: skip
    counts: dict[str, Any] = {
        field: read_counts(folder, file, names, (*lead, *inner.get(field, ()), len(names)))
        for file, field, _, names in COUNT_TABLES
    }
    return ScenarioResult(
        **{name: getattr(raw, name) for name in _AS_THEY_ARE},
        **counts,
        **found,
        resolved_yaml=text,
        settings_table=raw.settings,
        replication_numbers=replications,
        parameters=read_draws(folder, raw.draw_numbers),
        aggregates=aggregates,
        as_written=None if raw.as_written is None else read_as_written(folder, raw.as_written),
    )


_AS_THEY_ARE = (
    "slug", "name", "describes", "path", "incident_basis", "digest", "axes", "failed", "draw_numbers", "antithetic",
    "remarks", "worlds",
)  # fmt: skip


def _rectangle(rows: Sequence[Sequence[float]], draws: int, kind: type[Any]) -> np.ndarray:
    """(draws, n) of rows that are equally long. Raises Damaged."""
    if len(rows) != draws or len({len(row) for row in rows}) != 1 or not rows[0]:
        raise Damaged(f"has a table that does not hold {draws} equally long rows")
    return np.array(rows, dtype=kind)


def _check_axes(raw: ResultRecord, found: Mapping[str, Any]) -> None:
    """Whether labels, plan and prices have the shapes that their records state. Raises Damaged."""
    axes, plan, prices, exposures = raw.axes, found["plan"], found["prices"], found["exposures"]
    provinces, kinds, years = len(axes.provinces), len(INSTRUMENTS), len(plan.year_labels)
    forces, others, levers = len(plan.forces), len(plan.other_payers), len(plan.levers)
    labels = (axes.provinces, axes.cohorts, axes.settings, axes.modes, axes.periods)
    if not all((*labels, plan.year_labels)):
        raise Damaged("has an axis without a label")
    if any(len(set(each)) < len(each) for each in labels):
        raise Damaged("has an axis with a label that stands twice")
    if len(axes.province_labels) != provinces or len(axes.period_days) != len(axes.periods):
        raise Damaged("has an axis with more or fewer labels than it has places")
    if min(axes.period_days) <= 0.0:
        raise Damaged("has a period of no length")
    wanted = {
        "year_fraction": (years,), "total": (years,), "unallocated": (years,), "given": (years, provinces, kinds),
        "spent": (years, provinces, kinds), "units": (years, provinces, kinds),
        "force_cost": (years, forces, provinces),
        **({"lever_cost": (years, levers, provinces)} if plan.lever_cost.size else {}),
        **({"parts": (years, provinces, kinds)} if plan.fractional else {}),
        **(dict.fromkeys(("other_given", "other_spent"), (others, years, provinces, kinds)) if others else {}),
    }  # fmt: skip
    shapes = {name: getattr(plan, name).shape for name in wanted}
    wanted |= dict.fromkeys(("outlay_per_day", "capital_per_province", "exposure"), (provinces,))
    shapes |= {name: getattr(prices, name).shape for name in wanted if name not in shapes}
    wanted |= {"exposures": (len(raw.draw_numbers), provinces)} if exposures is not None else {}
    shapes |= {"exposures": exposures.shape} if exposures is not None else {}
    if wrong := [name for name in wanted if shapes[name] != wanted[name]]:
        raise Damaged(f"has {wrong[0]} of the shape {shapes[wrong[0]]}, and axes for {wanted[wrong[0]]}")
    if (len(plan.payers), len(plan.force_payers), len(plan.lever_payers)) != (kinds, forces, levers):
        raise Damaged("has more or fewer payers than lines that they pay")


def _read_aggregates(folder: Path, raw: ResultRecord) -> Aggregates | None:
    """The sums of replications that are not all rows, where there are such. Raises Damaged."""
    if not (folder / AGGREGATES).exists():
        return None
    of = record(Aggregates, parse_json(read_bytes(folder / AGGREGATES)))
    draws, places, common = len(raw.draw_numbers), 1 + len(raw.axes.provinces), of.apart.shape[1:2]
    shapes = {
        "counts": (draws,), "means": (draws, places, len(PARTS)), "products": (draws, places, len(OWN)),
        "apart": (draws, *common, len(PARTS)), "against": (draws, *common, len(AGAINST)),
        "differs": (draws, *common, len(PARTS)), "pace": (len(raw.axes.periods),),
        "histogram_counts": of.histogram_keys.shape[:1],
    }  # fmt: skip
    if wrong := [name for name, shape in shapes.items() if getattr(of, name).shape != shape]:
        raise Damaged(f"has {wrong[0]} of the shape {getattr(of, wrong[0]).shape}, and axes for {shapes[wrong[0]]}")
    if common[0] not in (0, 1 + len(of.common)) or set(of.common) - set(raw.axes.provinces):
        raise Damaged("compares provinces that the scenario does not have")
    if of.counts.min() < 1:
        raise Damaged("holds sums of no replications")
    return of
