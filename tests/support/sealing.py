"""Folders that somebody else has made: changed as one likes, then sealed again so that every digest is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simcpec.storage.output_folder import MANIFEST, digest_of, digest_of_manifest


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file: what `change` returns, or, where that is None, what it made of its argument."""
    content = json.loads(path.read_text(encoding="utf-8"))
    found = change(content)
    path.write_text(json.dumps(content if found is None else found), encoding="utf-8")


def seal(folder: Path, change: Callable[[dict[str, Any]], Any] = lambda manifest: None) -> Path:
    """Change the manifest, and write the digests of all files and of itself into it; returns the folder."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(manifest)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
    manifest["outputs"] = {path.relative_to(folder).as_posix(): digest_of(path) for path in files}
    manifest["digest"] = digest_of_manifest(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder
