"""numba, imported under settings that were checked: the only module through which it comes into the package.

Public parts only; `simcpec.numerics.numba_pipeline` alone takes inner ones, after this module was imported.

numba reads variables that begin with ``NUMBA_``, and a file `.numba_config.yaml` in the working folder. A variable that
it cannot read, or that would end the process, is one clear error here. The file is not read: results and compiled code
that is kept must not depend on the folder in which a command is typed.
"""
# ruff: noqa: E402  (the check has to come before the import)

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from simcpec.errors import EnvironmentFault
from simcpec.numerics.import_settings import without_file

CONFIG_FILE: Final = ".numba_config.yaml"
#: what numba would take and then die of: variable -> pattern, and what is allowed
_DEADLY: Final = {
    "NUMBA_NUM_THREADS": (r"0*[1-9][0-9]*", "a whole number from 1"),
    "NUMBA_CPU_FEATURES": (r"|[+-][\w.-]+(,[+-][\w.-]+)*", "names with + or - in front and commas between"),
}
_UNREADABLE: Final = re.compile(r"Environment variable '(\w+)' is defined but")


def _refuse(name: str, allowed: str = "see the documentation of numba") -> EnvironmentFault:
    value = os.environ.get(name, "")
    return EnvironmentFault(
        f"the environment variable {name} is {value[:60]!r}, which the compiler (numba) cannot use;"
        f" allowed: {allowed}. Without it the default holds."
    )


@contextmanager
def checked() -> Iterator[None]:
    """Import numba inside of this; raises EnvironmentFault for a setting with which that cannot be done."""
    if "numba" in sys.modules:  # somebody has imported it already, with the settings that they wanted
        yield
        return
    for name, (pattern, allowed) in _DEADLY.items():
        if name in os.environ and not re.fullmatch(pattern, os.environ[name].strip()):
            raise _refuse(name, allowed)
    with warnings.catch_warnings(record=True) as told, without_file(CONFIG_FILE):
        warnings.simplefilter("always")
        yield
    numba.config._config_fname = ""  # numba would look again before each compilation
    for each in told:
        if found := _UNREADABLE.match(str(each.message)):
            raise _refuse(found[1])
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


with checked():
    import llvmlite
    import numba

from numba import config, types
from numba.extending import intrinsic

__all__ = ["config", "intrinsic", "llvmlite", "numba", "settings_in_force", "types"]

_THREADS_AND_CARDS: Final = ("CUDA", "NUMBA_", "CACHE_DIR")


def settings_in_force() -> list[str]:
    """Every setting of the compiler as it stands, but for threads and graphics cards, which no kernel uses."""
    return sorted(
        f"{name}={value!r}"
        for name, value in vars(config).items()
        if name.isupper() and not name.startswith(_THREADS_AND_CARDS) and isinstance(value, int | float | str | None)
    )
