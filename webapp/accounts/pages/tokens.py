"""API tokens: create, list with their last use, revoke."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.accounts import tokens as account_tokens
from webapp.accounts.tokens import TokenLimits
from webapp.core.errors import UserError
from webapp.models import Role, TokenScope
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.web.guards import requires
from webapp.web.numbers import whole_number

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
        return _page({"name": _("Name the machine or script that will use it.")}), 422
    try:
        token = account_tokens.create(current_user, name, _limits())
    except UserError as error:
        return _page({error.field or "name": error.message}), error.status
    return _page(new_token=token)


@blueprint.post("/api-tokens/<int:token_id>/revoke")
@requires(Role.VIEWER)
def revoke(token_id: int) -> ResponseReturnValue:
    """Revoke a token."""
    token = account_tokens.revoke(current_user, token_id)
    flash(_("Token “%(name)s” revoked.", name=token.name or token.id), "success")
    return redirect(url_for("api_tokens.index"))


def _limits() -> TokenLimits:
    form = request.form
    days = form.get("days", "").strip()
    if days and whole_number(days) is None:
        raise UserError(_("Enter a number of days, or leave it empty."), field="days")
    chosen = None
    if form.get("models") == "some":
        seen = {model.id for model in detection_models.list_models(current_user)}
        # An id that is not among them is refused like one that does not exist.
        chosen = [one if one in seen else 0 for one in form.getlist("model", type=int)]
    return TokenLimits(form.get("scope", TokenScope.ALL, type=TokenScope), whole_number(days), chosen)


def _page(errors: dict[str, str] | None = None, new_token: str = "") -> str:
    models = detection_models.list_models(current_user)
    return render_template(
        "accounts/tokens.html",
        tokens=account_tokens.visible_to(current_user),
        values={} if new_token else request.form,
        chosen=request.form.getlist("model", type=int),
        errors=errors or {},
        new_token=new_token,
        scopes=list(TokenScope),
        models=models,
        model_names={model.id: model.name for model in models},
        moment=now(),
    )
