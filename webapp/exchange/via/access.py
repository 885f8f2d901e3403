"""What the frame with VIA may do, as a signed token in its addresses: this person, this model, for a short while.

The frame has no origin of its own, so the browser sends it no cookie: a hostile file name that runs there as a script
has this token and nothing else.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from webapp.core import languages
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, Role, User
from webapp.projects import detection_models

LIFETIME = timedelta(hours=1)
"""The page around the frame gets a new one long before."""
_HOOK = b"_via_load_submodules"
_VERSION = b"VIA_VERSION"


@dataclass(frozen=True)
class ViaAccess:
    """Whose frame it is, on which model."""

    user: User
    model: DetectionModel
    language: str


def file_of_via() -> Path | None:
    """VIA's page, where the operator has put one."""
    path: Path = current_app.extensions["settings"].via_file
    return path if path.is_file() else None


def page_of_via() -> bytes | None:
    """The page; None where it is missing or is none of version 2, which alone can be filled from outside."""
    path = file_of_via()
    page = path.read_bytes() if path else b""
    return page if _HOOK in page and _VERSION in page and b"'2." in page else None


def make_token(user: User, model: DetectionModel) -> str:
    """Fit for an address."""
    return _serializer().dumps([user.id, model.id, languages.current()])


def open_access(token: str) -> ViaAccess:
    """Raises UserError: too old or forged (401), model gone (404), or the person may not label any more (403)."""
    try:
        user_id, model_id, language = _serializer().loads(token, max_age=int(LIFETIME.total_seconds()))
    except BadSignature as error:
        raise UserError(
            _("VIA was open for too long: keep your work with VIA's own export, then load the page again."),
            code="token_expired",
            status=401,
        ) from error
    user = db.session.get(User, user_id)
    if user is None or not user.active or not user.role.includes(Role.ANNOTATOR):
        raise UserError(_("Your account may not change labels any more."), code="forbidden", status=403)
    return ViaAccess(user, detection_models.open_model(model_id), language)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="via-frame")
