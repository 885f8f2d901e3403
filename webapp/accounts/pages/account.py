"""The own account: name, language, theme, password, and the browsers that are signed in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts import devices, one_time, passwords, sessions, sign_in, users
from webapp.accounts.pages import browser
from webapp.core import languages
from webapp.core.errors import UserError
from webapp.models import Role
from webapp.web.guards import requires
from webapp.web.page_context import THEME_COOKIE, THEMES

blueprint = Blueprint("account", __name__)
OPEN_WITH_TEMPORARY_PASSWORD = {
    None,
    "static",
    "account.password",
    "account.change_password",
    "auth.sign_out",
    "auth.first_start",
    "preferences.language",
    "one_time.page",
    "one_time.choose",
}


@blueprint.before_app_request
def ask_for_own_password() -> Response | None:
    """Whoever has a temporary password chooses an own one before anything else. Raises UserError (403)."""
    if request.endpoint in OPEN_WITH_TEMPORARY_PASSWORD or request.path.startswith("/api/"):
        return None
    if not current_user.is_authenticated or not current_user.must_change_password:
        return None
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("account.password"))
    raise UserError(_("Choose a password of your own first."), code="password_change_required", status=403)


@blueprint.get("/account")
@requires(Role.VIEWER)
def profile() -> str:
    """Name, language and theme."""
    return render_template("accounts/profile.html", name=current_user.name, errors={})


@blueprint.post("/account")
@requires(Role.VIEWER)
def change_profile() -> ResponseReturnValue:
    """Save them in the account, and in this browser."""
    name, locale = request.form.get("name", ""), request.form.get("lang", "")
    theme = request.form.get("theme", "")
    if locale not in languages.LANGUAGES:
        locale = languages.current()
    if theme not in THEMES:
        theme = "auto"
    try:
        users.set_profile(current_user, name, locale, theme)
    except UserError as error:
        return render_template(
            "accounts/profile.html", name=name, errors={error.field: error.message}
        ), error.status
    with force_locale(locale):
        flash(_("Saved."), "success")
    answer = redirect(url_for("account.profile"))
    browser.keep_cookie(answer, languages.COOKIE, locale)
    # Read by static/js/web/theme.js.
    browser.keep_cookie(answer, THEME_COOKIE, theme, httponly=False)
    return answer


@blueprint.get("/account/password")
@requires(Role.VIEWER)
def password() -> str:
    """Change the password."""
    return _password_page({})


@blueprint.post("/account/password")
@requires(Role.VIEWER)
def change_password() -> ResponseReturnValue:
    """Needs the old one; the other browsers of the account are signed out."""
    user = current_user._get_current_object()
    try:
        _check_password_form()
        one_time.change_password(user, request.form.get("password", ""))
    except UserError as error:
        field = error.field if error.code != "sign_in_failed" else "old_password"
        message = error.message if error.code != "sign_in_failed" else _("This is not your password.")
        answer = _password_page({field: message})
        return answer, error.status if error.status != 401 else 422, _retry_after(error)
    flash(_("The password was changed; other browsers were signed out."), "success")
    return browser.sign_in(redirect(url_for("account.profile")), user, sessions.current_is_persistent())


@blueprint.get("/account/sessions")
@requires(Role.VIEWER)
def session_list() -> str:
    """The browsers in which this account is signed in."""
    return render_template(
        "accounts/sessions.html",
        sessions=sessions.valid_of(current_user),
        current_id=sessions.current_id(),
        device_name=devices.name_of,
    )


@blueprint.post("/account/sessions/<int:session_id>/end")
@requires(Role.VIEWER)
def end_session(session_id: int) -> Response:
    """Sign one browser out."""
    sessions.end_one(current_user, session_id)
    flash(_("The browser was signed out."), "success")
    return redirect(url_for("account.session_list"))


@blueprint.post("/account/sessions/end-all")
@requires(Role.VIEWER)
def end_all_sessions() -> Response:
    """Sign out everywhere, here too."""
    sessions.sign_out_everywhere(current_user)
    return redirect(url_for("auth.sign_in"))


def _check_password_form() -> None:
    sign_in.confirm_password(current_user, request.form.get("old_password", ""), browser.origin())
    if request.form.get("password", "") != request.form.get("password_again", ""):
        raise UserError(_("The two passwords are not the same."), code="not_the_same", field="password_again")
    if request.form.get("password") == request.form.get("old_password"):
        raise UserError(
            _("This is the old password: choose another."), code="same_password", field="password"
        )


def _retry_after(error: UserError) -> dict[str, str]:
    return {"Retry-After": str(error.details["retry_after"])} if "retry_after" in error.details else {}


def _password_page(errors: dict[str | None, str]) -> str:
    return render_template("accounts/password.html", errors=errors, min_length=passwords.MIN_LENGTH)
