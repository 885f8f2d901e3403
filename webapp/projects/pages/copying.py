"""Copy a model, and the card that shows the progress."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.core.disk_space import needs_room
from webapp.core.errors import UserError
from webapp.core.extensions import db, htmx
from webapp.models import DetectionModel, Role
from webapp.projects import copying, detection_models
from webapp.runs import library_runs
from webapp.web.guards import requires
from webapp.web.page_context import model_page

blueprint = Blueprint("model_copy", __name__)


@blueprint.get("/models/<int:model_id>/copy")
@requires(Role.ENGINEER)
def ask(model_id: int) -> str:
    """The form: name of the copy, and whether to copy the photos."""
    model = detection_models.open_model(model_id)
    name = detection_models.free_name(model.name, detection_models.taken_names())
    return _page(model, {"name": name, "photos": "1"})


@blueprint.post("/models/<int:model_id>/copy")
@requires(Role.ENGINEER)
@needs_room
def copy(model_id: int) -> ResponseReturnValue:
    """Make the copy; its card shows the progress of the photos."""
    source = detection_models.open_model(model_id)
    name, with_photos = request.form.get("name", ""), "photos" in request.form
    try:
        model, run = copying.copy_model(source, name, with_photos, current_user)
    except UserError as error:
        if error.field is None:
            raise
        db.session.rollback()
        return _page(source, request.form, error), error.status
    if run:
        flash(_("Model “%(name)s” is made; its photos are being copied.", name=model.name), "success")
    else:
        flash(_("Model “%(name)s” created.", name=model.name), "success")
    return _to_card(model)


@blueprint.get("/models/<int:model_id>/card")
@requires(Role.VIEWER)
def card(model_id: int) -> str:
    """The card in the model's present state."""
    return render_card(detection_models.open_model(model_id))


@blueprint.post("/models/<int:model_id>/copy/stop")
@requires(Role.ENGINEER)
def stop(model_id: int) -> ResponseReturnValue:
    """Stop copying photos; the copy then has none. Returns the card."""
    model = detection_models.open_model(model_id)
    run = detection_models.summary(model).copy_run
    if run:
        library_runs.request_stop(run)
    return render_card(model) if htmx else _to_card(model)


@blueprint.post("/models/<int:model_id>/copy/again")
@requires(Role.ENGINEER)
@needs_room
def again(model_id: int) -> ResponseReturnValue:
    """Restart copying photos; returns the card."""
    model = detection_models.open_model(model_id)
    copying.copy_again(model, current_user)
    return render_card(model) if htmx else _to_card(model)


def render_card(model: DetectionModel) -> str:
    """``projects/card.html`` alone."""
    return render_template("projects/card.html", summary=detection_models.summary(model))


def _page(model: DetectionModel, values: object, error: UserError | None = None) -> str:
    return render_template(
        "projects/copy.html", values=values, error=error, **model_page(model, active="edit")
    )


def _to_card(model: DetectionModel) -> ResponseReturnValue:
    return redirect(url_for("models.index") + f"#model-{model.id}")
