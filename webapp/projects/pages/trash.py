"""Delete a model after typing its name; the trash of models: restore or delete for good."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.core.errors import UserError
from webapp.core.extensions import db, htmx
from webapp.models import Role
from webapp.projects import detection_models, trash
from webapp.web.guards import requires
from webapp.web.toasts import flash_with_button

blueprint = Blueprint("model_trash", __name__)


@blueprint.post("/models/<int:model_id>/delete")
@requires(Role.ENGINEER)
def delete(model_id: int) -> ResponseReturnValue:
    """Move a model to the trash, if its name was typed; else show the error in the dialog."""
    model = detection_models.open_model(model_id)
    try:
        trash.delete_model(model, request.form.get("confirm", ""), current_user)
    except UserError as error:
        return _refused(model.id, error)
    message = _("Model “%(name)s” is in the trash.", name=model.name)
    flash_with_button(message, _("Undo"), url_for("model_trash.restore", model_id=model.id))
    return _go_to("models.index")


@blueprint.get("/models/trash")
@requires(Role.VIEWER)
def index() -> str:
    """The deleted models, the last deleted first."""
    return _page()


@blueprint.post("/models/trash/<int:model_id>/restore")
@requires(Role.ENGINEER)
def restore(model_id: int) -> ResponseReturnValue:
    """Restore a model, under the name ``name`` if that is sent."""
    model = trash.open_trashed(model_id)
    try:
        trash.restore(model, request.form.get("name"))
    except UserError as error:
        db.session.rollback()
        return _page(refused_id=model_id, error=error), error.status
    flash(_("Model “%(name)s” is back with all it had.", name=model.name), "success")
    return redirect(url_for("models.index") + f"#model-{model.id}")


@blueprint.post("/models/trash/<int:model_id>/delete")
@requires(Role.ENGINEER)
def delete_for_good(model_id: int) -> ResponseReturnValue:
    """Delete a model for good, if its name was typed; else show the error in the dialog."""
    model = trash.open_trashed(model_id)
    name = model.name
    try:
        trash.delete_for_good(model, request.form.get("confirm", ""))
    except UserError as error:
        return _refused(model.id, error)
    flash(_("Model “%(name)s” is deleted for good.", name=name), "success")
    return _go_to("model_trash.index")


def _refused(model_id: int, error: UserError) -> ResponseReturnValue:
    db.session.rollback()
    if not htmx:
        # Without scripts there is no dialog: show the sentence on an error page.
        raise error
    model = detection_models.get_model(model_id)
    return render_template("projects/typed_name.html", model=model, error=error), error.status


def _page(refused_id: int | None = None, error: UserError | None = None) -> str:
    return render_template(
        "projects/trash.html",
        trash=trash.list_trash(current_user),
        days=trash.KEPT.days,
        refused_id=refused_id,
        error=error,
        typed_name=request.form.get("name", ""),
        models_for_switcher=detection_models.list_models(current_user),
    )


def _go_to(endpoint: str) -> ResponseReturnValue:
    if not htmx:
        return redirect(url_for(endpoint))
    response = make_response("")
    response.headers["HX-Redirect"] = url_for(endpoint)
    return response
