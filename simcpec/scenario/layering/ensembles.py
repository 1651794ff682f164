"""The calibrated ensemble that a scenario names in ``run.ensemble``: a shipped one, or a folder beside its file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path as File
from types import MappingProxyType

from simcpec.errors import Fault, did_you_mean
from simcpec.scenario.layering.layers import SET, VARY, is_inside
from simcpec.scenario.layering.shipped_files import STDIN_WHERE, shipped_folder
from simcpec.scenario.reading.nodes import MapNode, Node, Place, Scalar, find
from simcpec.scenario.reading.yaml_reader import fault_at
from simcpec.units import short

NO_ENSEMBLE = "none"  # of `run.ensemble`, and of the option of the same name
ENSEMBLES = "ensembles"  # below the shipped scenarios: folders that `simcpec calibrate` wrote
KEY = ("run", "ensemble")
MANIFEST = "manifest.json"  # of a folder; as `storage.output_folder` has it, which needs numpy


@cache
def shipped_ensembles() -> Mapping[str, File]:
    """Folders of ensembles that come with the package, by name, in the order of their names."""
    folders = sorted(path.parent for path in (shipped_folder() / ENSEMBLES).glob(f"*/{MANIFEST}"))
    return MappingProxyType({folder.name: folder for folder in folders})


def ensemble_named(name: str, beside: File = File()) -> File:
    """The folder behind a name: that of a shipped ensemble, or one in `beside`."""
    return shipped_ensembles().get(name) or beside / name


def ensemble_of(root: Node) -> tuple[str, File] | None:
    """What a merged scenario calls its ensemble, and the folder of that; None where it names none."""
    node, _ = find(root, KEY)
    if not isinstance(node, Scalar) or node.text.strip() in ("", NO_ENSEMBLE):
        return None
    name, beside = node.text.strip(), _beside(node.place)
    folder = ensemble_named(name, beside)
    return name if name in shipped_ensembles() else folder.as_posix(), folder


def ensemble_faults(root: MapNode) -> list[Fault]:
    """Return what is wrong with the name of an ensemble, if a merged scenario has one."""
    node, _ = find(root, KEY)
    named = ensemble_of(root)
    if named is None or not isinstance(node, Scalar):
        return []
    name, folder = node.text.strip(), named[1]
    if name in shipped_ensembles():
        return []
    if not _is_option(node.place) and not is_inside(_beside(node.place), name):
        problem = f"is {short(name)}, which leads out of the folder of this file"
    elif not _has_manifest(folder):
        problem = f"is {short(name)}, which is neither a shipped ensemble nor a folder that holds one"
    else:
        return []
    where = "in the working folder" if _is_option(node.place) else "in the folder of this file"
    known = ", ".join(shipped_ensembles())
    allowed = f"{NO_ENSEMBLE}, a shipped ensemble ({known}), or a folder {where} that simcpec calibrate wrote"
    hint = did_you_mean(name, [*shipped_ensembles(), NO_ENSEMBLE])
    return [fault_at(node.place, problem, allowed, hint, ".".join(KEY))]


def _has_manifest(folder: File) -> bool:
    try:
        return (folder / MANIFEST).is_file()
    except (OSError, ValueError):
        return False


def _is_option(place: Place) -> bool:
    """Whether something was said on the command line or on standard input, and not in a file."""
    return place.where in (SET, VARY, STDIN_WHERE)


def _beside(place: Place) -> File:
    """The folder from which a name is looked for: that of the file, or the working folder."""
    return File() if _is_option(place) else File(place.where).parent
