"""Requests of the sandboxed frame with VIA: authenticated by a token, since its origin is opaque."""

import json
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import escape

from webapp.core.errors import UserError
from webapp.core.extensions import csrf, db
from webapp.exchange.via import access as via_access
from webapp.exchange.via import labels as via_labels
from webapp.images import intake as image_intake
from webapp.images.intake import open_image_of
from webapp.web.filters import image_filter

blueprint = Blueprint("via_frame", __name__)
SANDBOX = "allow-scripts allow-downloads allow-modals"
FRAME_POLICY = (
    # VIA is one page with inline scripts. With an opaque origin it can only use what its token permits.
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    f"frame-ancestors 'self'; sandbox {SANDBOX}"
)


@blueprint.get("/via/<token>/")
def frame(token: str) -> Response:
    """VIA's page with our bridge script."""
    via_access.open_access(token)
    page = via_access.page_of_via()
    if page is None:
        raise UserError(_("VIA is not installed on this server."), code="via_missing", status=404)
    bridge = url_for("static", filename="js/annotations/via_bridge.js")
    query = request.query_string.decode()
    script = f'<script src="{bridge}" data-base="{base_of(token)}" data-query="{escape(query)}"></script>'
    head, end, rest = page.partition(b"</head>")
    answer = make_response(head + script.encode() + end + rest if end else script.encode() + page)
    answer.headers["Content-Type"] = "text/html; charset=utf-8"
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    # The URL contains the token: send no referrer.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.get("/via/<token>/project")
def project(token: str) -> Response:
    """The page of photos with their labels."""
    access = via_access.open_access(token)
    shown = image_filter.from_request(default_split=None)
    page = shown.page(access.model, via_labels.MOST_PHOTOS)
    with force_locale(access.language):
        words = {
            "saving": _("Saving …"),
            "nothing": _("Nothing has changed."),
            "failed": _("Not saved: the server does not answer. Try again, or use VIA's own export."),
        }
        content = via_labels.project_of(access.model, page.photos, f"{base_of(token)}photos/")
    return _to_frame(content | {"words": words})


@blueprint.get("/via/<token>/photos/<int:image_id>")
def photo(token: str, image_id: int) -> Response:
    """A photo of the model."""
    access = via_access.open_access(token)
    image = open_image_of(access.model, image_id)
    return send_file(image_intake.picture_path(image.file, access.model.range_in_use), max_age=0)


@blueprint.post("/via/<token>/labels")
@csrf.exempt
def save(token: str) -> Response:
    """Save changed photos; returns the result of each. CSRF-exempt: authenticated by the token, not by a cookie."""
    access = via_access.open_access(token)
    with force_locale(access.language):
        report = via_labels.save(access.model, _sent(), access.user)
        answer = {
            "message": via_labels.sentence(report),
            "complete": report.is_complete,
            "versions": report.versions,
            "joined": report.joined,
        }
    return _to_frame(answer)


@blueprint.errorhandler(UserError)
def refused(error: UserError) -> ResponseReturnValue:
    """Errors as JSON for the frame."""
    db.session.rollback()
    return _to_frame({"message": error.message, "complete": False}), error.status


def _sent() -> Any:
    # Sent as text/plain: JSON from an opaque origin would need a preflight request.
    try:
        return json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        return None


def _to_frame(content: dict[str, Any]) -> Response:
    answer = jsonify(content)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def base_of(token: str) -> str:
    """URL prefix of all requests of the frame."""
    return url_for("via_frame.frame", token=token)
