"""Files of an export in one ZIP archive, in memory: what is kept of one candidate is that small."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

from proctoring.privacy.export import File


def zipped(files: Iterable[File]) -> bytes:
    """Pictures are compressed already, so that little is gained by trying hard."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return content.getvalue()
