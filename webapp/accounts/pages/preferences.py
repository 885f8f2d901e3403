"""The language, stored in a cookie and in the account."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts import users
from webapp.accounts.pages import browser
from webapp.core import languages
from webapp.web.local_addresses import local_address

blueprint = Blueprint("preferences", __name__)


@blueprint.post("/preferences/language")
def language() -> Response:
    """Switch the language and go back to the page it was switched on."""
    chosen = request.form.get("lang", "")
    response = redirect(_page_before())
    if chosen in languages.LANGUAGES:
        browser.keep_cookie(response, languages.COOKIE, chosen)
        if current_user.is_authenticated:
            users.set_locale(current_user, chosen)
    return response


def _page_before() -> str:
    home = url_for("models.index")
    before = urlsplit(request.referrer or "")
    if before.netloc != request.host:
        return home
    return local_address(before.path + (f"?{before.query}" if before.query else ""), otherwise=home)
