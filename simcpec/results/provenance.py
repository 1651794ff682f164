"""What a result was made with: versions of Python, of this package and of those that touch a number."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

PACKAGES = ("numpy", "scipy", "simpy", "numba", "matplotlib", "pydantic", "PyYAML", "jinja2")


def software() -> dict[str, str]:
    """Name -> version. Packages that are not installed are left out; nothing is imported."""
    found = {"simcpec": version(), "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def version() -> str:
    """Of the installed package, or of the project file of a clone that is not installed."""
    try:
        return metadata.version("simcpec")
    except metadata.PackageNotFoundError:
        import tomllib

        project = Path(__file__).resolve().parents[2] / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
