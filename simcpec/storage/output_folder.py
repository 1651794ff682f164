"""A folder that appears whole or not at all, and that knows whether it is ours.

Everything is written into a hidden folder beside the wanted one, flushed to the disk, named with its digests in
`manifest.json`, which comes last, and then renamed. What was there before stays until that moment. A folder without
our manifest is never touched; one of ours is replaced only if nothing in it was added or changed since, or by force.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from simcpec.errors import EnvironmentFault, Refused
from simcpec.stop_signals import safe_point
from simcpec.storage.atomic_replace import PREFIX, flush, put_in_place, written_aside
from simcpec.storage.stored_files import Damaged, parse_json, read_bytes

MANIFEST = "manifest.json"
KIND = "simcpec study"
SCHEMA = 1
LARGEST_MANIFEST = 64 << 20  # bytes
UNDIGESTED = ("digest", "timing")  # of a manifest: its own digest, and what differs from run to run


def probe(folder: Path, *, force: bool = False) -> None:
    """Refuse early what `whole_folder` would refuse after all was played; leaves nothing behind.

    Raises Refused for a file, a folder that is not ours, or (without `force`) one of ours that was changed since;
    EnvironmentFault where nothing can be written.
    """
    try:
        folder = folder.resolve()
        _refuse_foreign(folder, force)
        ancestor = next(each for each in folder.parents if each.exists())
        if not ancestor.is_dir():
            raise EnvironmentFault(f"{_shown(folder)} cannot be written: {_shown(ancestor)} is a file, not a folder")
        for part in folder.relative_to(ancestor).parts:
            with suppress(FileNotFoundError):
                os.lstat(ancestor / part)  # the system tells of names that it cannot have
        tempfile.TemporaryFile(dir=ancestor, prefix=PREFIX).close()
    except (OSError, ValueError, RuntimeError) as fault:
        raise EnvironmentFault(f"{_shown(folder)} cannot be written: {_reason(fault)}") from fault


def _refuse_foreign(folder: Path, force: bool) -> None:
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise Refused(f"{_shown(folder)} is a file; name another folder")
    if not any(folder.iterdir()):
        return
    manifest = manifest_of(folder)
    if manifest is None:
        wrong = what_is_wrong(folder)
        raise Refused(f"{_shown(folder)} holds something that is not a simcpec study{wrong}; name another folder")
    changes = changed(folder, manifest)
    if changes and not force:
        raise Refused(
            f"{_shown(folder)} was changed since it was written ({', '.join(changes[:3])}"
            f"{', ...' if len(changes) > 3 else ''}); name another folder, or use --force to replace it"
        )


def manifest_of(folder: Path) -> Mapping[str, Any] | None:
    """The manifest of a study, or None where there is none that is ours."""
    try:
        found = parse_json(read_bytes(folder / MANIFEST, at_most=LARGEST_MANIFEST))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("kind") == KIND else None


def what_is_wrong(folder: Path) -> str:
    """Return what is wrong with a manifest that is there, for the end of a message; nothing where there is none."""
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return ""
    try:
        parse_json(read_bytes(path, at_most=LARGEST_MANIFEST))
    except OSError as fault:
        return f" that can be read: {MANIFEST}: {_reason(fault)}"
    except Damaged as fault:
        return f" that is whole: {MANIFEST} is cut short or damaged: it {fault}"
    return f": {MANIFEST} is of something else"


def changed(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Files that were added, removed or changed since the manifest was written, as paths inside the folder."""
    told = manifest.get("outputs")
    told = told if isinstance(told, dict) else {}
    there = {path for path in _files(folder) if path != MANIFEST}
    altered = [path for path in there & set(told) if not _holds(folder / path, told[path])]
    faults = {*(there ^ set(told)), *altered}
    if digest_of_manifest(manifest) != manifest.get("digest"):
        faults.add(MANIFEST)
    return sorted(faults)


@contextmanager
def whole_folder(folder: Path, *, manifest: Mapping[str, Any], force: bool = False) -> Iterator[Path]:
    """A hidden folder to write into; at the end it gets its manifest and the wanted name, on any exception it is gone.

    manifest : what it says besides the digests of the files; its `timing` is left out of its own digest.
    Raises Refused and EnvironmentFault as `probe` does.
    """
    probe(folder, force=force)
    wanted = folder.resolve()
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(wanted.parent) as hidden:
            yield hidden
            _finish(hidden, manifest)
            _refuse_foreign(wanted, force)  # somebody may have come while we played
            put_in_place(hidden, wanted)
    except OSError as fault:
        raise EnvironmentFault(f"{_shown(wanted)} cannot be written: {_reason(fault)}") from fault


def _finish(hidden: Path, manifest: Mapping[str, Any]) -> None:
    """Flush every file to the disk, then write the manifest, then flush the folders."""
    outputs = {path: digest_of(hidden / path) for path in sorted(_files(hidden))}
    for path in outputs:
        safe_point()
        flush(hidden / path)
    said = {"kind": KIND, "schema": SCHEMA, **manifest, "outputs": outputs}
    said["digest"] = digest_of_manifest(said)
    write_json(hidden / MANIFEST, said)
    flush(hidden / MANIFEST)
    for each in [hidden, *(path for path in hidden.rglob("*") if path.is_dir())]:
        flush(each)
    os.chmod(hidden, 0o777 & ~_umask())


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_manifest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest without its own digest and without `timing`."""
    body = {key: value for key, value in manifest.items() if key not in UNDIGESTED}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _holds(path: Path, digest: str) -> bool:
    """Whether it is a file with this digest: a link leads elsewhere, and reading from a pipe would wait for ever."""
    return path.is_file() and not path.is_symlink() and digest_of(path) == digest


def write_json(path: Path, content: Any) -> None:
    """UTF-8, sorted keys, no nan; the same content gives the same bytes."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """UTF-8 with plain line ends, whatever the system's habits."""
    safe_point()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def _files(folder: Path) -> list[str]:
    """Paths of all files inside, with slashes."""
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _shown(path: Path) -> str:
    """The path for a message: relative to the working folder where it lies below."""
    with suppress(ValueError, OSError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _reason(fault: BaseException) -> str:
    return getattr(fault, "strerror", None) or str(fault)
