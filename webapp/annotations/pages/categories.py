"""The categories of a model, beside the photo that is labelled: added, renamed, recoloured, merged, deleted."""

import json

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.annotations import categories, category_changes
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, Role
from webapp.projects import detection_models
from webapp.web.guards import requires

blueprint = Blueprint("categories", __name__)


@blueprint.get("/models/<int:model_id>/categories")
@requires(Role.ANNOTATOR)
def edit(model_id: int) -> str:
    """The rows of the dialog."""
    return _rows(detection_models.open_model(model_id))


@blueprint.get("/models/<int:model_id>/categories/panel")
@requires(Role.ANNOTATOR)
def panel(model_id: int) -> str:
    """The panel beside the photo, after an edit in the dialog."""
    return _panel(detection_models.open_model(model_id))


@blueprint.post("/models/<int:model_id>/categories")
@requires(Role.ANNOTATOR)
def create(model_id: int) -> ResponseReturnValue:
    """Add one; answers the panel beside the photo."""
    model = detection_models.open_model(model_id)
    name = request.form.get("name", "")
    try:
        category = categories.create(model, name)
    except UserError as error:
        db.session.rollback()
        return _panel(model, error=error.message, name=name), error.status
    return _panel(model, chosen=category.id)


@blueprint.post("/models/<int:model_id>/categories/<int:category_id>")
@requires(Role.ANNOTATOR)
def change(model_id: int, category_id: int) -> ResponseReturnValue:
    """Rename and recolour."""
    model = detection_models.open_model(model_id)
    try:
        category = categories.of_model(model, category_id)
        category_changes.change(category, request.form.get("name", ""), request.form.get("color", ""))
    except UserError as error:
        return _refused(model, category_id, error)
    return _changed(model, _("Category saved."))


@blueprint.post("/models/<int:model_id>/categories/<int:category_id>/merge")
@requires(Role.ANNOTATOR)
def merge(model_id: int, category_id: int) -> ResponseReturnValue:
    """Move its shapes to another category and delete it; without shapes it is only deleted."""
    model = detection_models.open_model(model_id)
    try:
        category = categories.of_model(model, category_id)
        if not categories.usage(model.id).get(category.id):
            category_changes.delete(category)
            return _changed(model, _("Category deleted."))
        target = categories.of_model(model, request.form.get("into", default=0, type=int))
        moved = category_changes.merge(category, target)
    except UserError as error:
        return _refused(model, category_id, error)
    return _changed(model, ngettext("Merged: %(num)s shape moved.", "Merged: %(num)s shapes moved.", moved))


def _panel(model: DetectionModel, **context: object) -> str:
    found = categories.list_categories(model)
    return render_template("annotations/categories_panel.html", model=model, categories=found, **context)


def _rows(model: DetectionModel, wrong: int | None = None, error: str = "") -> str:
    return render_template(
        "annotations/categories_edit.html",
        model=model,
        categories=categories.list_categories(model),
        usage=categories.usage(model.id),
        wrong=wrong,
        error=error,
    )


def _changed(model: DetectionModel, message: str) -> Response:
    response = make_response(_rows(model))
    toast = {"message": message, "level": "success"}
    response.headers["HX-Trigger"] = json.dumps({"categories:edited": {}, "toast": toast})
    return response


def _refused(model: DetectionModel, category_id: int, error: UserError) -> ResponseReturnValue:
    db.session.rollback()
    return _rows(model, wrong=category_id, error=error.message), error.status
