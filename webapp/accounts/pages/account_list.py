"""People (administrators): the list of accounts, and what is done with one of them. The blueprint ``users``."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from webapp.accounts import administration, directory, one_time, sessions, sign_in, users
from webapp.accounts.administration import Changes
from webapp.accounts.company import mail
from webapp.accounts.directory import UserQuery, UserState
from webapp.core.errors import UserError
from webapp.models import Role, User
from webapp.web.guards import requires

blueprint = Blueprint("users", __name__)
PAGE = 50


@blueprint.get("/users")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    """The accounts, searched and in pages."""
    query = UserQuery(
        request.args.get("q", ""),
        request.args.get("role", type=Role),
        request.args.get("state", type=UserState),
    )
    total = directory.count(query)
    pages = max(1, -(-total // PAGE))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    shown = directory.page(query, (number - 1) * PAGE, PAGE)
    return render_template(
        "accounts/users.html",
        query=query,
        users=shown,
        total=total,
        page_number=number,
        pages=pages,
        slowed=sign_in.slowed(shown),
        state_of=directory.state_of,
        states=list(UserState),
        roles=list(Role),
        url_of=lambda page: url_for(
            "users.index", q=query.text, role=query.role, state=query.state, page=page
        ),
    )


@blueprint.get("/users/<int:user_id>")
@requires(Role.ADMINISTRATOR)
def show(user_id: int) -> str:
    """One account."""
    return _page(users.open_user(user_id))


@blueprint.post("/users/<int:user_id>")
@requires(Role.ADMINISTRATOR)
def change(user_id: int) -> ResponseReturnValue:
    """Change name, e-mail address and role."""
    user = users.open_user(user_id)
    form = request.form
    try:
        administration.change(user, Changes(form.get("name"), form.get("email"), form.get("role", type=Role)))
    except UserError as error:
        return _page(user, {error.field or "role": error.message}), error.status
    flash(_("Saved."), "success")
    return _back(user)


@blueprint.post("/users/<int:user_id>/active")
@requires(Role.ADMINISTRATOR)
def set_active(user_id: int) -> ResponseReturnValue:
    """Deactivate or reactivate."""
    user = users.open_user(user_id)
    try:
        administration.change(user, Changes(active=request.form.get("active") == "1"))
    except UserError as error:
        return _page(user, {"active": error.message}), error.status
    flash(_("The account is active again.") if user.active else _("The account is deactivated."), "success")
    return _back(user)


@blueprint.post("/users/<int:user_id>/reset-password")
@requires(Role.ADMINISTRATOR)
def reset_password(user_id: int) -> str:
    """A one-time link or a temporary password, shown this once."""
    user = users.open_user(user_id)
    if request.form.get("way") == "password":
        return handed_out(user, temporary_password=administration.reset_by_temporary_password(user))
    link = one_time.address_of(administration.reset_by_link(user))
    return handed_out(user, link=link, by_mail=request.form.get("way") == "mail")


@blueprint.post("/users/<int:user_id>/end-sessions")
@requires(Role.ADMINISTRATOR)
def end_sessions(user_id: int) -> Response:
    """Sign the person out in every browser."""
    user = users.open_user(user_id)
    ended = administration.end_sessions(user)
    flash(ngettext("%(num)s browser was signed out.", "%(num)s browsers were signed out.", ended), "success")
    return _back(user)


@blueprint.post("/users/<int:user_id>/unlock")
@requires(Role.ADMINISTRATOR)
def unlock(user_id: int) -> Response:
    """Forget wrong passwords."""
    user = users.open_user(user_id)
    administration.unlock(user)
    flash(_("The account is unlocked: the next password is tried at once."), "success")
    return _back(user)


def handed_out(user: User, link: str = "", temporary_password: str = "", by_mail: bool = False) -> str:
    """The page with what is shown once; the link is mailed too where that was chosen."""
    fault = ""
    by_mail = by_mail and mail.is_set()
    if by_mail:
        try:
            mail.send_link(user, link, one_time.LIFETIME.days)
        except UserError as error:
            fault = error.message
    return render_template(
        "accounts/handed_out.html",
        user=user,
        by_mail=by_mail,
        mail_fault=fault,
        link=link,
        temporary_password=temporary_password,
        days=one_time.LIFETIME.days,
    )


def _page(user: User, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "accounts/user.html",
        user=user,
        errors=errors or {},
        values=request.form,
        state=directory.state_of(user),
        slowed=bool(sign_in.slowed([user])),
        session_count=len(sessions.valid_of(user)),
        can_mail=mail.is_set(),
        roles=list(Role),
    )


def _back(user: User) -> Response:
    return redirect(url_for("users.show", user_id=user.id))
