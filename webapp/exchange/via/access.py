"""Access of the VIA frame: a signed token in its URLs for one session and one model, valid for a short time.

The frame has an opaque origin, so the browser sends no cookies: a hostile file name that runs there as a script
has only this token.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from webapp.accounts import sessions
from webapp.core import languages
from webapp.core.errors import UserError
from webapp.core.server import request_limits
from webapp.models import DetectionModel, Role, User
from webapp.projects import access, detection_models

LIFETIME = timedelta(hours=1)
"""The page around the frame renews it long before."""
_HOOK = b"_via_load_submodules"
_VERSION = b"VIA_VERSION"


@dataclass(frozen=True)
class ViaAccess:
    """User and model of a token."""

    user: User
    model: DetectionModel
    language: str


def file_of_via() -> Path | None:
    """Path of VIA's page, if the operator has installed it."""
    path: Path = current_app.extensions["settings"].via_file
    return path if path.is_file() else None


def page_of_via() -> bytes | None:
    """VIA's page; None if it is missing or not version 2, which alone can be filled by a script."""
    path = file_of_via()
    page = path.read_bytes() if path else b""
    return page if _HOOK in page and _VERSION in page and b"'2." in page else None


def make_token(session_id: int | None, model: DetectionModel) -> str:
    """A token that is safe in URLs, for the session of a browser; it ends with the session."""
    return _serializer().dumps([session_id, model.id, languages.current()])


def open_access(token: str) -> ViaAccess:
    """Check a token. Raises UserError: 401 where it is forged or has expired or its session ended, 404, 403."""
    try:
        session_id, model_id, language = _serializer().loads(token, max_age=int(LIFETIME.total_seconds()))
    except BadSignature as error:
        raise UserError(
            _("VIA was open for too long: keep your work with VIA's own export, then load the page again."),
            code="token_expired",
            status=401,
        ) from error
    user = sessions.user_of(session_id) if isinstance(session_id, int) else None
    if user is None:
        raise UserError(
            _(
                "You have signed out: keep your work with VIA's own export, then sign in and load the page again."
            ),
            code="session_ended",
            status=401,
        )
    model = detection_models.open_model(model_id, user)
    role = access.role_in(user, model)
    if role is None or not role.includes(Role.ANNOTATOR):
        raise UserError(_("Your account may not change labels any more."), code="forbidden", status=403)
    request_limits.caller_is_known()
    return ViaAccess(user, model, language)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="via-frame")
