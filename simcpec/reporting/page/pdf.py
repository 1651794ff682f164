"""PDF of a page by WeasyPrint, which is an extra: looks nothing up on any network and reads no file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simcpec.errors import EnvironmentFault

INSTALL = 'python -m pip install "simcpec[pdf]"'


def weasyprint() -> Any:
    """Return the library; raises EnvironmentFault with what to do where it, or a library of the system, is missing."""
    try:
        import weasyprint as found
    except ImportError:
        raise EnvironmentFault(f"--pdf needs WeasyPrint, which is not installed; {INSTALL}") from None
    except OSError as fault:  # Pango, which the system brings
        reason = str(fault).splitlines()[0]
        raise EnvironmentFault(f"--pdf needs Pango, a library of the system: {reason}") from None
    return found


def pdf_of(html: str) -> bytes:
    """Return a page as PDF; the same page and fonts give the same bytes."""
    with _silent():
        return bytes(_page(html).write_pdf())


def pages_of(html: str) -> int:
    """Return how many pages of paper a page takes."""
    with _silent():
        return len(_page(html).render().pages)


def _page(html: str) -> Any:
    """The page for WeasyPrint, which may fetch nothing: a page carries all that it shows."""
    library = weasyprint()
    return library.HTML(string=html, url_fetcher=library.urls.URLFetcher(allowed_protocols=("data",)))


@contextmanager
def _silent() -> Iterator[None]:
    """Keep back remarks on rules of style that are for screens."""
    names = ("weasyprint", "fontTools")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
