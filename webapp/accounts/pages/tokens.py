"""API tokens: create, list with their last use, revoke."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.accounts import tokens as account_tokens
from webapp.core.errors import UserError
from webapp.models import Role
from webapp.web.guards import requires

blueprint = Blueprint("api_tokens", __name__)


@blueprint.get("/api-tokens")
@requires(Role.VIEWER)
def index() -> str:
    """The tokens that are not revoked."""
    return _page()


@blueprint.post("/api-tokens")
@requires(Role.VIEWER)
def create() -> ResponseReturnValue:
    """A new token, shown this once in the answer."""
    name = request.form.get("name", "")
    if not name.strip():
        return _page(error=_("Name the machine or script that will use it.")), 422
    try:
        token = account_tokens.create(current_user, name)
    except UserError as error:
        return _page(name=name, error=error.message), error.status
    return _page(new_token=token)


@blueprint.post("/api-tokens/<int:token_id>/revoke")
@requires(Role.VIEWER)
def revoke(token_id: int) -> ResponseReturnValue:
    """Revoke a token."""
    token = account_tokens.revoke(current_user, token_id)
    flash(_("Token “%(name)s” revoked.", name=token.name or token.id), "success")
    return redirect(url_for("api_tokens.index"))


def _page(name: str = "", error: str = "", new_token: str = "") -> str:
    tokens = account_tokens.visible_to(current_user)
    return render_template("accounts/tokens.html", tokens=tokens, name=name, error=error, new_token=new_token)
