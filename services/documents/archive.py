"""Zip archives with the same bytes for the same content: entries in order, all dated to the first day zip knows."""

import io
import zipfile

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
# Office programs look at this entry first.
_CONTENT_TYPES = "[Content_Types].xml"


def settled(archive: bytes) -> bytes:
    """The same archive, whenever and in whatever order it was written."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != _CONTENT_TYPES, name)):
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            entry.external_attr = 0
            target.writestr(entry, source.read(name))
    return made.getvalue()
