"""Stored photos and thumbnails. They never change under their URL, so browsers cache them."""

from flask import Blueprint, Response, abort, send_file

from webapp.core.lifetimes import ONE_YEAR
from webapp.images import intake
from webapp.models import ImageFile, Role
from webapp.web.guards import requires

blueprint = Blueprint("files", __name__)


@blueprint.get("/photos/<string(length=64):sha256>")
@requires(Role.VIEWER)
def photo(sha256: str) -> Response:
    """The photo, upright."""
    return _immutable(send_file(intake.file_path(_file(sha256)), max_age=ONE_YEAR))


@blueprint.get("/photos/<string(length=64):sha256>/thumbnail")
@requires(Role.VIEWER)
def thumbnail(sha256: str) -> Response:
    """Its thumbnail."""
    return _immutable(send_file(intake.thumbnail(_file(sha256)), mimetype="image/webp", max_age=ONE_YEAR))


def _file(sha256: str) -> ImageFile:
    file = intake.find_file(sha256)
    if file is None:
        abort(404)
    return file


def _immutable(response: Response) -> Response:
    response.headers["Cache-Control"] = f"private, max-age={ONE_YEAR}, immutable"
    return response
