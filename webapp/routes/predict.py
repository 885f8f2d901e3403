"""Choose weights and photos, and start a prediction."""

from typing import BinaryIO, cast

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.errors import UserError
from webapp.extensions import htmx
from webapp.formats.filenames import safe_filename
from webapp.models import Role
from webapp.routes.guards import requires
from webapp.routes.page_context import model_page
from webapp.routes.training_form import ARCHITECTURE_NAMES
from webapp.routes.weights_choice import weights_choices
from webapp.services import detection_models, photo_faults, prediction_runs, prediction_uploads
from webapp.services.photos import FileRefused, Upload

blueprint = Blueprint("predict", __name__)


@blueprint.get("/models/<int:model_id>/predict")
@requires(Role.VIEWER)
def new(model_id: int) -> str:
    """The form, locked with its reason until the model has weights; earlier predictions below."""
    model = detection_models.open_model(model_id)
    choices = weights_choices(model)
    ready = [choice.weights.id for choice in choices if choice.ready]
    wanted = request.args.get("weights", type=int)
    return render_template(
        "predict/new.html",
        weights=choices,
        weights_id=wanted if wanted in ready else next(iter(ready), None),
        architecture_names=ARCHITECTURE_NAMES,
        score_threshold=prediction_runs.DEFAULT_SCORE_THRESHOLD,
        batch=prediction_uploads.new_batch(),
        runs=prediction_runs.list_runs(model),
        may_predict=current_user.role.includes(Role.ANNOTATOR),
        may_train=current_user.role.includes(Role.ENGINEER),
        **model_page(model, active="predict"),
    )


@blueprint.post("/models/<int:model_id>/predict/photos")
@requires(Role.ANNOTATOR)
def upload(model_id: int) -> FlaskResponse:
    """Take photos before the start: each is checked, a bad one is refused with its reason."""
    model = detection_models.open_model(model_id)
    created, rejected = [], []
    for sent in _sent_files():
        try:
            name = prediction_uploads.add(model, current_user, request.form["batch"], sent)
        except FileRefused as refused:
            name = safe_filename(sent.filename)
            rejected.append({"filename": name, "reason": photo_faults.sentence(refused.fault)})
        else:
            created += [{"filename": name}] if name else []
    return jsonify(created=created, rejected=rejected)


@blueprint.post("/models/<int:model_id>/predict")
@requires(Role.ANNOTATOR)
def start(model_id: int) -> Response:
    """Queue a run over the photos that have arrived, and open its page."""
    model = detection_models.open_model(model_id)
    batch = request.form.get("batch", "")
    run = prediction_runs.start(
        model,
        current_user,
        _sent_files(),
        weights_id=request.form.get("weights_id", type=int),
        score_threshold=_threshold(),
        stored=prediction_uploads.listed(model, current_user, batch),
    )
    prediction_uploads.forget(model, current_user, batch)
    page = url_for("predict.show", run_id=run.id)
    return FlaskResponse(headers={"HX-Redirect": page}) if htmx else redirect(page)


def _sent_files() -> list[Upload]:
    # werkzeug names the stream by the wider IO[bytes].
    return [
        Upload(file.filename or "", cast(BinaryIO, file.stream)) for file in request.files.getlist("files")
    ]


def _threshold() -> float | None:
    sent = request.form.get("score_threshold", "").strip()
    try:
        return float(sent) if sent else None
    except ValueError as error:
        raise UserError(
            _("The score threshold lies between 0 and 1."), code="parameter_invalid", field="score_threshold"
        ) from error
