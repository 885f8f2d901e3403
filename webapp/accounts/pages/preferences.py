"""The language, stored in a cookie and in the account."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts import users
from webapp.core import languages
from webapp.core.lifetimes import ONE_YEAR

blueprint = Blueprint("preferences", __name__)


@blueprint.post("/preferences/language")
def language() -> Response:
    """Switch the language and go back to the page it was switched on."""
    chosen = request.form.get("lang", "")
    response = redirect(_page_before())
    if chosen in languages.LANGUAGES:
        response.set_cookie(languages.COOKIE, chosen, max_age=ONE_YEAR, samesite="Lax", httponly=True)
        if current_user.is_authenticated:
            users.set_locale(current_user, chosen)
    return response


def _page_before() -> str:
    before = urlsplit(request.referrer or "")
    if before.netloc != request.host or not before.path.startswith("/"):
        return url_for("models.index")
    # Only the path with one leading slash, so that it cannot redirect to another host.
    return "/" + before.path.lstrip("/") + (f"?{before.query}" if before.query else "")
