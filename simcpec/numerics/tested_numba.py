"""Which numba our way of compiling was tested with, and what is done with any other.

`simcpec.numerics.numba_pipeline` stands on inner parts of numba, which its authors may change in any minor version.
With a numba that is not in the table, or that lacks one of these parts, functions are compiled by plain `numba.njit`:
the results are the same to the last bit, but a start takes longer, because nothing compiled is kept on disk.
"""

from __future__ import annotations

import multiprocessing
import warnings
from types import ModuleType
from typing import Final

from simcpec.errors import SimcpecWarning
from simcpec.numerics.numba_import import numba

TESTED: Final = ("0.61", "0.62", "0.63", "0.64", "0.65", "0.66", "0.67", "0.68")
"""Minors under which the digests of `tests/support/reproduce.py` were the same; the first is the lower bound."""


def is_tested(version: str) -> bool:
    """Return whether the minor of this version is in the table; a release candidate counts as its minor."""
    return ".".join(version.split(".")[:2]) in TESTED


def pipeline() -> ModuleType | None:
    """Return `simcpec.numerics.numba_pipeline`, or None, after one warning, where this numba is not fit for it."""
    if not is_tested(numba.__version__):
        _warn(f"is not of a tested minor ({', '.join(TESTED)})")
        return None
    try:
        from simcpec.numerics import numba_pipeline

        numba_pipeline.check_parts()
    except (ImportError, AttributeError, TypeError) as fault:  # a part is gone, or is no class any more
        _warn(f"is not built as expected ({fault})")
        return None
    return numba_pipeline


def _warn(why: str) -> None:
    """Say it once: not again in the workers of a process that said it. No place in a source has to do with it."""
    if multiprocessing.parent_process() is None:
        meant = "code is compiled plainly, and anew in each process; results are not affected"
        warnings.warn_explicit(f"numba {numba.__version__} {why}: {meant}", SimcpecWarning, "simcpec", 1)
