"""The page for line machines: the URL for single photos, and the watched folder."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.core.errors import UserError
from webapp.line import predictor_client, watched_folders
from webapp.models import DetectionModel, Role, WatchedFolder
from webapp.projects import detection_models
from webapp.rest.problems import PREFIX
from webapp.training.weights import in_use
from webapp.training.weights import thresholds as weights_thresholds
from webapp.web.guards import may, requires
from webapp.web.page_context import model_page

blueprint = Blueprint("line", __name__)


@blueprint.get("/models/<int:model_id>/line")
@requires(Role.VIEWER)
def index(model_id: int) -> str:
    """The URL with examples, and the folder with its counts."""
    return _page(detection_models.open_model(model_id))


@blueprint.post("/models/<int:model_id>/line/folder")
@requires(Role.ENGINEER)
def save_folder(model_id: int) -> ResponseReturnValue:
    """Start or stop watching the folder."""
    model = detection_models.open_model(model_id)
    active = request.form.get("active") == "1"
    try:
        threshold = watched_folders.read_threshold(request.form.get("score_threshold", ""))
        watched_folders.save(model, active, threshold, current_user)
    except UserError as error:
        return _page(model, error=error.message), error.status
    flash(_("The folder is watched.") if active else _("The folder is not watched any more."), "success")
    return redirect(url_for("line.index", model_id=model.id))


def _page(model: DetectionModel, error: str = "") -> str:
    folder = watched_folders.of_model(model)
    weights = in_use.of_model(model)
    return render_template(
        "line/index.html",
        address=request.host_url.rstrip("/") + f"{PREFIX}/models/{model.id}/predict",
        weights=weights,
        in_use=weights_thresholds.in_use(model, weights) if weights else None,
        predictor_is_alive=predictor_client.is_alive(),
        folder=folder,
        folder_path=watched_folders.path_of(folder) if folder else None,
        score_threshold=request.form.get("score_threshold", _shown(folder)),
        error=error,
        may_change=may(Role.ENGINEER),
        **model_page(model, active="predict"),
    )


def _shown(folder: WatchedFolder | None) -> str:
    return "" if folder is None or folder.score_threshold is None else f"{folder.score_threshold:g}"
