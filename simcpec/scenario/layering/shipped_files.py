"""Scenarios, studies and targets that come with the package, and the file that a reference means."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path as File
from types import MappingProxyType

from simcpec.errors import no_such
from simcpec.units import short

STDIN = "-"
SUFFIXES = (".yaml", ".yml")
STUDIES = "studies/"  # below the shipped scenarios: files that say what is varied, not scenarios
TARGETS = "targets/"  # there too: files that say what was observed, for `simcpec calibrate`
APART = (STUDIES, TARGETS, "ensembles/")  # what is no scenario
STDIN_WHERE = "<stdin>"  # what messages call standard input
_PACKAGE = File(__file__).resolve().parents[2]


@cache
def shipped() -> Mapping[str, File]:
    """Scenarios that come with the package, by name (``base``, ``theory/x``), in the order of their names."""
    return MappingProxyType({n: path for n, path in _packed().items() if not n.startswith(APART)})


@cache
def shipped_studies() -> Mapping[str, File]:
    """Study files that come with the package, by name, in the order of their names."""
    packed = _packed().items()
    return MappingProxyType({name.removeprefix(STUDIES): path for name, path in packed if name.startswith(STUDIES)})


@cache
def shipped_targets() -> Mapping[str, File]:
    """Targets files that come with the package, by name, in the order of their names."""
    packed = _packed().items()
    return MappingProxyType({name.removeprefix(TARGETS): path for name, path in packed if name.startswith(TARGETS)})


def shipped_folder() -> File:
    """Return where the shipped scenarios lie: inside an installed package, or at the top of a clone."""
    inside = _PACKAGE / "_scenarios"
    return inside if inside.is_dir() else _PACKAGE.parent / "scenarios"


def _packed() -> Mapping[str, File]:
    folder = shipped_folder()
    files = sorted(path for path in folder.rglob("*.yaml") if path.is_file())
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}


@cache
def shipped_files() -> Mapping[File, str]:
    """Names of the scenarios that come with the package, by the whole path of their files."""
    return MappingProxyType({path.resolve(): name for name, path in shipped().items()})


def names_of_shipped() -> str:
    """Shipped scenarios as messages name them: those of a folder by the folder, as `list scenarios` has all."""
    return ", ".join(dict.fromkeys(f"{name.split('/')[0]}/..." if "/" in name else name for name in shipped()))


def is_path(ref: str) -> bool:
    """Return whether a reference is meant as a file: it has a suffix of YAML or a separator, and is no shipped name."""
    return ref not in shipped() and (ref.endswith(SUFFIXES) or os.sep in ref or "/" in ref)


def file_of(ref: str) -> tuple[File, str]:
    """The file behind a reference from the command line, and what messages call it."""
    if not is_path(ref) and ref in shipped():
        return shipped()[ref], f"scenarios/{ref}.yaml"
    return File(ref), ref


def study_file_of(ref: str) -> tuple[File, str]:
    """The file behind the name of a study, and what messages call it. Raises UserError for a name that is none."""
    return _below_file_of(ref, "study", STUDIES, shipped_studies())


def targets_file_of(ref: str) -> tuple[File, str]:
    """The file behind the name of targets, and what messages call it. Raises UserError for a name that is none."""
    return _below_file_of(ref, "targets file", TARGETS, shipped_targets())


def _below_file_of(ref: str, what: str, folder: str, known: Mapping[str, File]) -> tuple[File, str]:
    name = ref.removeprefix(folder)
    if name in known:
        return known[name], f"scenarios/{folder}{name}.yaml"
    if not ref.endswith(SUFFIXES) and os.sep not in ref and "/" not in ref:
        raise no_such(f"no {what} {short(ref)}", name, known)
    return File(ref), ref


def called(ref: str, label: str = "") -> str:
    """What messages call the scenario behind a reference: its file, and by which values it is told from others."""
    file = STDIN_WHERE if ref == STDIN else short(file_of(ref)[1])
    return f"{file} with {short(label)}" if label else file
