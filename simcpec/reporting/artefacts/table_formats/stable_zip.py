"""Office files are zip archives that carry the time of writing; without it equal content has equal bytes."""

from __future__ import annotations

import io
import re
import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip archive can tell
MADE = b"2000-01-01T00:00:00Z"  # what every file says of when it was made
STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(?=<)")


def without_times(archive: bytes) -> bytes:
    """Return the same archive with the earliest time in every entry, and one moment in its properties."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, STAMP.sub(rb"\g<1>" + MADE, old.read(entry.filename)))
    return out.getvalue()
