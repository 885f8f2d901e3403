"""Names of files that are sent to be kept."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from flask import Response, send_file


def attachment(filename: str) -> str:
    """The header ``Content-Disposition``: the name in UTF-8 as RFC 6266 has it, before it one in ASCII.

    Programs that do not know ``filename*`` take the plain name, in which an underscore stands for each run
    of characters that not every system keeps.
    """
    letters = (c for c in unicodedata.normalize("NFKD", filename) if not unicodedata.combining(c))
    plain = re.sub(r"[^A-Za-z0-9 ._()+,=@~-]+", "_", "".join(letters))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def stream(chunks: Iterable[bytes], mimetype: str, filename: str, size: int | None = None) -> Response:
    """An answer that is sent piece by piece to be kept; ``size`` in bytes lets the browser show how far it is."""
    response = Response(chunks, mimetype=mimetype, headers={"Content-Disposition": attachment(filename)})
    if size is not None:
        response.content_length = size
    return response


def whole_file(path: Path, filename: str, mimetype: str | None = None) -> Response:
    """A file that lies on the disk, or the part of it that is asked for; the type is that of ``path`` unless said."""
    response = send_file(path, mimetype=mimetype)
    response.headers["Content-Disposition"] = attachment(filename)
    return response
