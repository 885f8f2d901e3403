"""Stored photos and thumbnails, in 8 bits. They never change under their URL, so browsers cache them.

``?values=`` is the range of values (``ValueRange.key``) of a photo with more than 8 bits. A range that no model uses,
as in the preview of a setting, is not kept on the disk.
"""

import io
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_file
from flask_login import current_user

from webapp.core.lifetimes import ONE_YEAR
from webapp.formats.images.value_range import ValueRange
from webapp.images import intake, thumbnails, tiles
from webapp.images.values import ranges, renditions
from webapp.models import ImageFile, Role
from webapp.projects import photo_access
from webapp.web.guards import requires

blueprint = Blueprint("files", __name__)


@blueprint.get("/photos/<string(length=64):sha256>")
@requires(Role.VIEWER)
def photo(sha256: str) -> Response:
    """The photo, upright."""
    file = _file(sha256)
    shown = _shown(file)
    if shown is None or ranges.is_known(file, shown):
        return _immutable(_sent(intake.picture_path(file, shown)))
    intake.file_path(file)
    buffer = io.BytesIO()
    renditions.in_memory(file, shown).save(buffer, "PNG", compress_level=1)
    buffer.seek(0)
    return _immutable(send_file(buffer, mimetype="image/png", max_age=ONE_YEAR))


@blueprint.get("/photos/<string(length=64):sha256>/thumbnail")
@requires(Role.VIEWER)
def thumbnail(sha256: str) -> Response:
    """Its thumbnail."""
    file = _file(sha256)
    shown = _shown(file)
    if shown is None or ranges.is_known(file, shown):
        return _immutable(_sent(intake.thumbnail(file, shown), "image/webp"))
    intake.file_path(file)
    small = io.BytesIO(thumbnails.made(file, shown))
    return _immutable(send_file(small, mimetype="image/webp", max_age=ONE_YEAR))


@blueprint.get("/photos/<string(length=64):sha256>/tiles/<key>/<int:level>/<int:x>_<int:y>.jpg")
@requires(Role.VIEWER)
def tile(sha256: str, key: str, level: int, x: int, y: int) -> Response:
    """A tile of a large photo in the range of values of this key; 503 until it is cut."""
    file = _file(sha256)
    shown = ValueRange.of_key(key)
    is_own = tiles.key_of(file, shown) == key and (shown is None or ranges.is_known(file, shown))
    if not tiles.is_tiled(file) or not is_own or not tiles.exists(file, level, x, y):
        abort(404)
    found = intake.tile(file, key, level, f"{x}_{y}.jpg")
    if found is None:
        return Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "1"})
    return _immutable(_sent(found, "image/jpeg"))


def _file(sha256: str) -> ImageFile:
    file = intake.find_file(sha256)
    if file is None or not photo_access.may_see(current_user, sha256):
        abort(404)
    return file


def _shown(file: ImageFile) -> ValueRange | None:
    """The asked range, else the photo's own; None for 8 bits."""
    measured = file.measured
    if measured is None:
        return None
    return ValueRange.of_key(request.args.get("values", "")) or measured.own_range


def _sent(path: Path, mimetype: str | None = None) -> Response:
    return send_file(path, mimetype=mimetype, max_age=ONE_YEAR)


def _immutable(response: Response) -> Response:
    response.headers["Cache-Control"] = f"private, max-age={ONE_YEAR}, immutable"
    return response
