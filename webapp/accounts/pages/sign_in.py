"""Sign in, sign out, and the page of a first start."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired

from webapp.accounts import sessions, users
from webapp.accounts import sign_in as account_sign_in
from webapp.accounts.pages import browser
from webapp.core.errors import UserError
from webapp.web.local_addresses import local_address

blueprint = Blueprint("auth", __name__)


class SignInForm(FlaskForm):
    """E-mail address and password."""

    email = StringField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])
    remember = BooleanField(_l("Stay signed in"))


class FirstStartForm(FlaskForm):
    """The administrator of a new installation."""

    name = StringField(_l("Name"))
    email = StringField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password."))])
    password_again = PasswordField(
        _l("Password again"), [EqualTo("password", _l("The two passwords are not the same."))]
    )


@blueprint.before_app_request
def offer_first_start() -> Response | None:
    """While no account exists every page redirects to the form that creates the administrator."""
    if request.endpoint in (None, "static", "auth.first_start", "preferences.language"):
        return None
    if request.path.startswith("/api/") or current_user.is_authenticated or users.has_accounts():
        return None
    return redirect(url_for("auth.first_start"))


@blueprint.route("/first-start", methods=["GET", "POST"])
def first_start() -> str | Response | tuple[str, int]:
    """Make the administrator; answers with the sign-in once that is done."""
    if users.has_accounts():
        return redirect(url_for("auth.sign_in"))
    form = FirstStartForm()
    if form.validate_on_submit():
        try:
            user = users.create_first_administrator(form.email.data, form.password.data, form.name.data or "")
        except UserError as error:
            _show(form, error)
        else:
            return browser.sign_in(redirect(url_for("models.index")), user)
    return _answer("accounts/first_start.html", form)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> str | Response | tuple[str, int]:
    """Sign in and go on to the page that was asked for."""
    if current_user.is_authenticated:
        return redirect(url_for("models.index"))
    form = SignInForm()
    if form.validate_on_submit():
        try:
            user = account_sign_in.authenticate(form.email.data, form.password.data, browser.origin())
        except UserError as error:
            _show(form, error)
            return _refused("accounts/sign_in.html", form, error)
        return browser.sign_in(redirect(_wanted_page()), user, persistent=form.remember.data)
    return _answer("accounts/sign_in.html", form)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session, also for whoever has a copy of its cookie."""
    sessions.end_current()
    answer = redirect(url_for("auth.sign_in"))
    answer.delete_cookie(browser.FORMER_REMEMBER_COOKIE)
    return answer


def _show(form: FlaskForm, error: UserError) -> None:
    field = form[error.field] if error.field in form else form["email"]
    field.errors = [*field.errors, error.message]


def _refused(template: str, form: FlaskForm, error: UserError) -> Response:
    seconds = error.details.get("retry_after")
    answer = make_response(render_template(template, form=form), error.status if seconds else 422)
    if seconds:
        answer.headers["Retry-After"] = str(seconds)
    return answer


def _answer(template: str, form: FlaskForm) -> str | tuple[str, int]:
    page = render_template(template, form=form)
    return (page, 422) if form.errors else page


def _wanted_page() -> str:
    return local_address(request.args.get("next", ""), otherwise=url_for("models.index"))
