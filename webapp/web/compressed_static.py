"""Scripts and styles go out compressed: a third of their bytes. What has its version in its address is asked for once.

Only static files, and answers that ask for it: a page holds secrets beside what a request sent, whose compressed length
could tell them (BREACH).
"""

import gzip
import re
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from webapp.core.lifetimes import ONE_YEAR

TEXTS = (".css", ".js", ".svg")
COMMENT = re.compile(rb"(?m)^[ \t]*//.*$")
"""A line that is a comment, a sixth of our scripts; none stands inside a text (``tests/js/web/comments.test.js``)."""
NOTE = re.compile(rb"/\*(?![^*]*Copyright).*?\*/", re.DOTALL)
"""A comment of a style, but for the ones that a licence wants."""
SMALLEST = 300
"""Bytes below which nothing is gained."""
FIRST_SCRIPTS = ("js/web/theme.js", "js/annotations/annotator/early_keys.js")
"""No modules: nothing imports them, and the page waits for them before it shows anything."""
FASTEST = 1
"""Level of what is compressed for one answer."""
NOT_NEEDED = ("Accept-Ranges", "Content-Disposition", "Last-Modified")
"""Headers beside the ETag that say nothing more to a page, which has up to seventy scripts."""


def init_app(app: Flask) -> None:
    """Compress each file once a process; a changed file has another time and is compressed anew."""

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and _is_versioned(values.get("filename", "")):
            values.setdefault("v", _version_of(app, values["filename"]))

    @app.after_request
    def keep(response: Response) -> Response:
        name = (request.view_args or {}).get("filename", "")
        is_there = request.endpoint == "static" and response.status_code == HTTPStatus.OK
        if is_there and _is_versioned(name) and request.args.get("v") == _version_of(app, name):
            response.headers["Cache-Control"] = f"private, max-age={ONE_YEAR}, immutable"
        return response

    @app.after_request
    def compress(response: Response) -> Response:
        name = (request.view_args or {}).get("filename", "")
        if request.endpoint != "static" or not name.endswith(TEXTS) or response.status_code != 200:
            return response
        for header in NOT_NEEDED:
            response.headers.pop(header, None)
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


def compressed(response: Response) -> Response:
    """The answer, compressed where the browser can read it; for one with neither secrets nor words of the request."""
    data = response.get_data()
    response.headers.add("Vary", "Accept-Encoding")
    if "gzip" in request.accept_encodings and len(data) >= SMALLEST:
        response.set_data(gzip.compress(data, FASTEST))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _is_versioned(name: str) -> bool:
    # Our scripts import each other by plain addresses: a module with two addresses would run twice.
    return name.endswith(".css") or name.startswith("vendor/") or name in FIRST_SCRIPTS


def _version_of(app: Flask, name: str) -> str | None:
    path = Path(str(app.static_folder)) / name
    try:
        return _version(str(path), path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=512)
def _version(path: str, _mtime_ns: int) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=512)
def _packed(path: str, _mtime_ns: int) -> bytes | None:
    data = Path(path).read_bytes()
    if path.endswith(".js") and "/vendor/" not in path:
        # Their lines stay, so that the browser names the line of a fault as it is in the file.
        data = COMMENT.sub(b"", data)
    elif path.endswith(".css") and "/vendor/" not in path:
        data = NOTE.sub(b"", data)
    return gzip.compress(data, 9, mtime=0) if len(data) >= SMALLEST else None
