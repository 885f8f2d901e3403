"""The page behind a one-time link: choose a password, and be signed in."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import one_time, passwords
from webapp.accounts.pages import browser
from webapp.core.errors import UserError

blueprint = Blueprint("one_time", __name__)
_TOKEN = "one_time_token"  # noqa: S105  # a name in the session
_REFUSED_LINK = "link_void"


@blueprint.get("/one-time-link")
def page() -> ResponseReturnValue:
    """The form. The token moves from the address into the session, so that no log or referrer holds it further on."""
    if "token" in request.args:
        session[_TOKEN] = request.args["token"]
        return redirect(url_for("one_time.page"))
    return _form({})


@blueprint.post("/one-time-link")
def choose() -> ResponseReturnValue:
    """Set the password and sign in."""
    password = request.form.get("password", "")
    if password != request.form.get("password_again", ""):
        return _form({"password_again": _("The two passwords are not the same.")})
    try:
        user = one_time.use_link(session.get(_TOKEN, ""), password)
    except UserError as error:
        if error.code == _REFUSED_LINK:
            raise
        return _form({"password": error.message})
    return browser.sign_in(redirect(url_for("models.index")), user)


def _form(errors: dict[str, str]) -> ResponseReturnValue:
    user = one_time.open_link(session.get(_TOKEN, ""))
    answer = render_template(
        "accounts/one_time_link.html", user=user, errors=errors, min_length=passwords.MIN_LENGTH
    )
    return answer, 422 if errors else 200
