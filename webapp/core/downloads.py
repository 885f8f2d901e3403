"""Responses that the browser saves as files."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from flask import Response, send_file


def attachment(filename: str) -> str:
    """The header ``Content-Disposition``: an ASCII name, then the name in UTF-8 (RFC 6266).

    Clients that do not know ``filename*`` take the ASCII name, in which each run of unsafe characters is one
    underscore.
    """
    letters = (c for c in unicodedata.normalize("NFKD", filename) if not unicodedata.combining(c))
    plain = re.sub(r"[^A-Za-z0-9 ._()+,=@~-]+", "_", "".join(letters))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def stream(chunks: Iterable[bytes], mimetype: str, filename: str, size: int | None = None) -> Response:
    """A download that is streamed; ``size`` in bytes lets the browser show its progress."""
    response = Response(chunks, mimetype=mimetype, headers={"Content-Disposition": attachment(filename)})
    if size is not None:
        response.content_length = size
    return response


def whole_file(path: Path, filename: str, mimetype: str | None = None) -> Response:
    """A file that lies on the disk, or the part of it that is asked for; the type is that of ``path`` unless said."""
    response = send_file(path, mimetype=mimetype)
    response.headers["Content-Disposition"] = attachment(filename)
    return response
