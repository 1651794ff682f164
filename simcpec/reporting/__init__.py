"""What the reader sees: tables, figures, findings and the page; reads a study, never plays one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simcpec.results.records import Study

__all__ = ["write_report"]


def write_report(
    study: Study,
    folder: Path,
    *,
    notice: Callable[[str], None] | None = None,
    brief: bool = False,
    pdf: bool = False,
) -> Path:
    """Write ``tables/``, ``figures/`` and ``report.html`` into the existing `folder`; return the path of the page.

    Reads no clock and draws nothing: the same study gives the same bytes.  Files of the same names are replaced.
    notice : is told what is being worked out, for those who wait.
    brief : also write ``brief.html``, the answer on one side of A4.
    pdf : also write each page as PDF, which needs the extra `pdf` (WeasyPrint).
    Raises `OSError` where the folder cannot be written, `EnvironmentFault` where WeasyPrint is missing.
    """
    from simcpec.reporting.page.report import write

    return write(study, folder, notice or (lambda _: None), short=brief, pdf=pdf)
