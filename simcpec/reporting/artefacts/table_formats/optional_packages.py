"""Packages of the extra `paper`: imported when first used, asked for in one line where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from simcpec.errors import EnvironmentFault


def wanted(module: str, package: str) -> Any:
    """Return a module of an optional package. Raises EnvironmentFault with the line that installs it."""
    try:
        return import_module(module)
    except ImportError:
        raise EnvironmentFault(f"{package} is not installed; `pip install 'simcpec[paper]'` adds it") from None
