"""Scripts and styles go out compressed: a third of their bytes.

Only static files: a page holds secrets beside what a request sent, whose compressed length could tell them (BREACH).
"""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

TEXTS = (".css", ".js", ".svg")
SMALLEST = 1_000
"""Bytes below which nothing is gained."""


def init_app(app: Flask) -> None:
    """Compress each file once a process; a changed file has another time and is compressed anew."""

    @app.after_request
    def compress(response: Response) -> Response:
        name = (request.view_args or {}).get("filename", "")
        if request.endpoint != "static" or not name.endswith(TEXTS) or response.status_code != 200:
            return response
        response.headers.add("Vary", "Accept-Encoding")
        if "gzip" not in request.accept_encodings or "Range" in request.headers:
            return response
        path = Path(str(app.static_folder)) / name
        packed = _packed(str(path), path.stat().st_mtime_ns)
        if packed is None:
            return response
        response.direct_passthrough = False
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
        etag, _is_weak = response.get_etag()
        if etag:
            # The same content in another form.
            response.set_etag(etag, weak=True)
        return response


@lru_cache(maxsize=512)
def _packed(path: str, _mtime_ns: int) -> bytes | None:
    data = Path(path).read_bytes()
    return gzip.compress(data, 9, mtime=0) if len(data) >= SMALLEST else None
