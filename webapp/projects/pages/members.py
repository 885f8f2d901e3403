"""Who may see a model: open or closed, and the people in it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.accounts import users
from webapp.core.errors import UserError
from webapp.models import DetectionModel, Role
from webapp.projects import access, detection_models, members
from webapp.web.guards import requires, role_name
from webapp.web.page_context import model_page

blueprint = Blueprint("members", __name__)


@blueprint.get("/models/<int:model_id>/members")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The people; for engineers also the ways to change them."""
    return _page(detection_models.open_model(model_id))


@blueprint.post("/models/<int:model_id>/members/access")
@requires(Role.ENGINEER)
def set_access(model_id: int) -> ResponseReturnValue:
    """Open or close the model."""
    model = detection_models.open_model(model_id)
    closed = request.form.get("closed") == "1"
    try:
        with members.changing(model):
            if closed and not model.closed:
                members.keep_in(model, current_user)
            members.set_access(model, closed)
    except UserError as error:
        return _page(model, error), error.status
    return _done(
        model,
        _("The model is closed: it is there for its members alone.")
        if closed
        else _("The model is open to everybody with an account."),
    )


@blueprint.post("/models/<int:model_id>/members")
@requires(Role.ENGINEER)
def add(model_id: int) -> ResponseReturnValue:
    """Name a person."""
    return _set_role(model_id, request.form.get("user_id", 0, type=int))


@blueprint.post("/models/<int:model_id>/members/<int:user_id>")
@requires(Role.ENGINEER)
def set_role(model_id: int, user_id: int) -> ResponseReturnValue:
    """Give a member another role."""
    return _set_role(model_id, user_id)


@blueprint.post("/models/<int:model_id>/members/<int:user_id>/remove")
@requires(Role.ENGINEER)
def remove(model_id: int, user_id: int) -> ResponseReturnValue:
    """Take a person off the list."""
    model, user = detection_models.open_model(model_id), users.open_user(user_id)
    try:
        with members.changing(model):
            members.remove_member(model, user)
    except UserError as error:
        return _page(model, error), error.status
    return _done(model, _("%(name)s is no member any more.", name=user.display_name))


@blueprint.post("/models/<int:model_id>/members/leave")
@requires(Role.VIEWER)
def leave(model_id: int) -> ResponseReturnValue:
    """Take oneself off the list."""
    model = detection_models.open_model(model_id)
    try:
        with members.changing(model):
            members.remove_member(model, current_user)
    except UserError as error:
        return _page(model, error), error.status
    return _done(model, _("You are no member of “%(name)s” any more.", name=model.name))


def _set_role(model_id: int, user_id: int) -> ResponseReturnValue:
    model, user = detection_models.open_model(model_id), users.open_user(user_id)
    role = request.form.get("role", Role.VIEWER, type=Role)
    try:
        with members.changing(model):
            members.set_role(model, user, role)
    except UserError as error:
        return _page(model, error), error.status
    return _done(model, _("%(name)s: %(role)s.", name=user.display_name, role=role_name(role)))


def _done(model: DetectionModel, message: str) -> ResponseReturnValue:
    flash(message, "success")
    if access.role_in(current_user, model) is None:
        return redirect(url_for("models.index"))
    return redirect(url_for("members.index", model_id=model.id))


def _page(model: DetectionModel, error: UserError | None = None) -> str:
    listed = members.list_members(model)
    text = request.args.get("q", "").strip()
    return render_template(
        "projects/members.html",
        members=listed,
        is_member=any(member.user_id == current_user.id for member in listed),
        roles=members.ROLES,
        text=text,
        found=members.find_people(model, text),
        most_found=members.MOST_FOUND,
        error=error.message if error else "",
        **model_page(model, active="members"),
    )
