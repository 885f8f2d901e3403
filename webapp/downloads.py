"""Names of files that are sent to be kept."""

from urllib.parse import quote


def attachment(filename: str) -> str:
    """The header ``Content-Disposition``. Headers are ASCII, so the name goes as RFC 6266 has it, in UTF-8."""
    return f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
