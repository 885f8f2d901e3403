"""Doubled labels of a model: looked for, removed and brought back; the page of class statistics shows the run."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.annotations import doubles
from webapp.models import DetectionModel, LibraryKind, Role
from webapp.projects import detection_models
from webapp.runs import library_runs
from webapp.web.guards import requires

blueprint = Blueprint("doubled_labels", __name__)


@blueprint.post("/models/<int:model_id>/doubled-labels")
@requires(Role.ANNOTATOR)
def start(model_id: int) -> ResponseReturnValue:
    """Look for doubled labels, or with ``remove`` remove them."""
    model = detection_models.open_model(model_id)
    doubles.start(model, current_user, remove="remove" in request.form)
    return _to_statistics(model)


@blueprint.post("/models/<int:model_id>/doubled-labels/<int:run_id>/undo")
@requires(Role.ANNOTATOR)
def undo(model_id: int, run_id: int) -> ResponseReturnValue:
    """Bring back what a run removed, except on photos whose labels were changed since."""
    model = detection_models.open_model(model_id)
    doubles.start_undo(library_runs.open_run(run_id, (LibraryKind.DOUBLES,), model), current_user)
    return _to_statistics(model)


def _to_statistics(model: DetectionModel) -> ResponseReturnValue:
    return redirect(url_for("class_statistics.index", model_id=model.id, _anchor="doubled-labels"), 303)
