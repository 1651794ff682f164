"""A table as a binary file for other programs: Parquet (needs pyarrow) and NetCDF (version 3, by scipy)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from simcpec.errors import EnvironmentFault
from simcpec.storage.atomic_replace import PREFIX, UNFINISHED


def write_parquet(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write columns of texts, truth values and numbers. Raises EnvironmentFault where pyarrow is missing."""
    try:
        parquet, arrow = import_module("pyarrow.parquet"), import_module("pyarrow")
    except ModuleNotFoundError:
        raise EnvironmentFault(
            "Parquet needs the package pyarrow: pip install 'simcpec[data]', or use --to csv or --to netcdf"
        ) from None
    columns = {name: [row[k] for row in rows] for k, name in enumerate(header)}
    _written(path, lambda aside: parquet.write_table(arrow.table(columns), aside))


def write_netcdf(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a variable for each column over the dimension ``row``; an empty number is NaN, its fill value."""

    def write(aside: Path) -> None:
        from scipy.io import netcdf_file

        with netcdf_file(os.fspath(aside), "w") as file:
            file.title = b"simcpec sweep"
            file.createDimension("row", len(rows))
            for k, name in enumerate(header):
                _column(file, "".join(c if c.isalnum() else "_" for c in name), [row[k] for row in rows])

    _written(path, write)


def _column(file: Any, name: str, values: Sequence[Any]) -> None:
    """One variable: float64 for numbers, characters for texts."""
    if all(value is None or isinstance(value, int | float) for value in values):
        variable = file.createVariable(name, "f8", ("row",))
        variable._FillValue = np.float64("nan")
        variable[:] = [float("nan") if value is None else float(value) for value in values]
        return
    texts = ["" if value is None else str(value) for value in values]
    encoded = [text.encode() for text in texts]
    width = max(1, *map(len, encoded))
    file.createDimension(f"{name}_length", width)
    variable = file.createVariable(name, "c", ("row", f"{name}_length"))
    variable[:] = np.array([list(text.ljust(width, b" ")) for text in encoded], np.uint8).view("S1")


def _written(path: Path, write: Any) -> None:
    """Write a file that is there whole or not at all."""
    aside = path.with_name(f"{PREFIX}{path.name}{UNFINISHED}")
    try:
        write(aside)
        os.replace(aside, path)
    except OSError as fault:
        raise EnvironmentFault(f"{path} cannot be written: {fault.strerror or fault}") from fault
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
