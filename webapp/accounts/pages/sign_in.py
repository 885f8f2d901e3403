"""Sign in, sign out, and the page of a first start."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired

from webapp.accounts import users
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
            login_user(user)
            return redirect(url_for("models.index"))
    return _answer("accounts/first_start.html", form)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> str | Response | tuple[str, int]:
    """Sign in and go on to the page that was asked for."""
    if current_user.is_authenticated:
        return redirect(url_for("models.index"))
    form = SignInForm()
    if form.validate_on_submit():
        try:
            user = users.authenticate(form.email.data, form.password.data)
        except UserError as error:
            _show(form, error)
        else:
            login_user(user, remember=form.remember.data)
            return redirect(_wanted_page())
    return _answer("accounts/sign_in.html", form)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    logout_user()
    return redirect(url_for("auth.sign_in"))


def _show(form: FlaskForm, error: UserError) -> None:
    field = form[error.field] if error.field in form else form["email"]
    field.errors = [*field.errors, error.message]


def _answer(template: str, form: FlaskForm) -> str | tuple[str, int]:
    page = render_template(template, form=form)
    return (page, 422) if form.errors else page


def _wanted_page() -> str:
    return local_address(request.args.get("next", ""), otherwise=url_for("models.index"))
