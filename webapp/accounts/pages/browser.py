"""The browser of a request: where it comes from, and the cookies that it gets when somebody signs in."""

from flask import current_app, request
from werkzeug.wrappers import Response

from webapp.accounts import known_browsers, sessions
from webapp.accounts.sign_in import Origin
from webapp.core.lifetimes import ONE_YEAR
from webapp.models import User

FORMER_REMEMBER_COOKIE = "remember_token"
"""Of versions before sessions were kept on the server; it opens nothing any more."""


def origin() -> Origin:
    """Address and browser of this request."""
    return Origin(request.remote_addr or "", known_browsers.read(request.cookies.get(known_browsers.COOKIE)))


def sign_in(response: Response, user: User, persistent: bool = False) -> Response:
    """Begin a session; ``response`` carries the cookies."""
    sessions.begin(user, persistent, request.remote_addr or "")
    keep_cookie(response, known_browsers.COOKIE, origin().browser.with_account(user.id).cookie())
    response.delete_cookie(FORMER_REMEMBER_COOKIE)
    return response


def keep_cookie(response: Response, name: str, value: str, httponly: bool = True) -> None:
    """Set a cookie of this host alone, for a year."""
    response.set_cookie(
        name,
        value,
        max_age=ONE_YEAR,
        samesite="Lax",
        httponly=httponly,
        secure=current_app.extensions["settings"].https_only,
    )
