"""Choose weights and photos, and start a prediction."""

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.annotations import categories
from webapp.core.disk_space import needs_room
from webapp.core.errors import UserError
from webapp.core.extensions import htmx
from webapp.formats.files.filenames import safe_filename
from webapp.images import faults as image_faults
from webapp.images.browsing import queries as image_queries
from webapp.images.intake import FileRefused
from webapp.models import DetectionModel, Role
from webapp.prediction import parameters as prediction_parameters
from webapp.prediction import runs
from webapp.prediction import uploads as prediction_uploads
from webapp.prediction.pages.form import parameters_sent, query_sent
from webapp.prediction.runs import Sources
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.projects import detection_models
from webapp.runs import training_machine
from webapp.training.parameter_words import ARCHITECTURE_NAMES
from webapp.training.weights import plain_detectron2
from webapp.training.weights import thresholds as weights_thresholds
from webapp.training.weights import upload as weights_upload
from webapp.training.weights.choices import first_choice, weights_choices
from webapp.web.guards import may, requires
from webapp.web.numbers import whole_number
from webapp.web.page_context import model_page
from webapp.web.sent_files import uploads

blueprint = Blueprint("predict", __name__)
MOST_CATEGORIES = 40
"""With more categories the form has no separate thresholds."""


@blueprint.get("/models/<int:model_id>/predict")
@requires(Role.VIEWER)
def new(model_id: int) -> str:
    """The form (disabled, with the reason, until the model has weights) and earlier predictions."""
    model = detection_models.open_model(model_id)
    names = verdict_rules.known_categories(model)
    again = whole_number(request.args.get("again", ""))
    parameters = prediction_parameters.last_used(model)
    asked = "score_threshold" in parameters.model_fields_set
    return render_template(
        "prediction/new.html",
        **_weights(model),
        parameters=parameters,
        score_threshold=parameters.score_threshold if asked else "",
        threshold_categories=names if len(names) <= MOST_CATEGORIES else [],
        has_gpu=training_machine.has_gpu(),
        library_count=None,
        again=again,
        again_count=len(runs.photos_again(model, again)) if again else None,
        categories=categories.list_categories(model),
        batch=prediction_uploads.new_batch(),
        runs=runs.list_runs(model),
        rules=verdict_rules.list_rules(model),
        may_predict=may(Role.ANNOTATOR),
        may_train=may(Role.ENGINEER),
        **model_page(model, active="predict"),
    )


@blueprint.get("/models/<int:model_id>/predict/weights")
@requires(Role.VIEWER)
def weights_part(model_id: int) -> str:
    """The list of weights with the chosen one; after an upload with the uploaded file."""
    model = detection_models.open_model(model_id)
    return render_template("prediction/_weights.html", model=model, **_weights(model, uploaded=True))


@blueprint.post("/models/<int:model_id>/predict/weights")
@requires(Role.ENGINEER)
@needs_room
def upload_weights(model_id: int) -> FlaskResponse:
    """Add a weights file: tensors only, of a known architecture."""
    model = detection_models.open_model(model_id)
    names = plain_detectron2.category_names(request.form.get("categories", ""))
    created, rejected = [], []
    for sent in uploads("files"):
        try:
            added = weights_upload.add_uploaded(model, sent, names)
        except UserError as refused:
            rejected.append({"filename": safe_filename(sent.filename), "reason": str(refused)})
        else:
            created.append({"id": added.id, "filename": added.filename})
    return jsonify(created=created, rejected=rejected)


@blueprint.post("/models/<int:model_id>/predict/photos")
@requires(Role.ANNOTATOR)
@needs_room
def upload(model_id: int) -> FlaskResponse:
    """Upload photos before the start: each is checked, an invalid one is refused with its reason."""
    model = detection_models.open_model(model_id)
    created, rejected = [], []
    for sent in uploads("files"):
        name = safe_filename(sent.filename)
        try:
            added = prediction_uploads.add(model, current_user, request.form["batch"], sent)
        except FileRefused as refused:
            rejected.append({"filename": name, "reason": image_faults.sentence(refused.fault)})
        else:
            created += [{"filename": name, "photos": added}] if added else []
    return jsonify(created=created, rejected=rejected)


@blueprint.get("/models/<int:model_id>/predict/library")
@requires(Role.VIEWER)
def library_part(model_id: int) -> str:
    """The number of chosen photos of the model."""
    model = detection_models.open_model(model_id)
    query = query_sent(request.args)
    count = image_queries.count(model, query) if query else None
    return render_template("prediction/_library.html", library_count=count)


@blueprint.get("/models/<int:model_id>/predict/again")
@requires(Role.VIEWER)
def again_part(model_id: int) -> str:
    """The number of photos of the chosen earlier prediction."""
    model = detection_models.open_model(model_id)
    again = whole_number(request.args.get("again", ""))
    count = len(runs.photos_again(model, again)) if again else None
    return render_template("prediction/_again.html", again_count=count)


@blueprint.post("/models/<int:model_id>/predict")
@requires(Role.ANNOTATOR)
@needs_room
def start(model_id: int) -> Response:
    """Queue a run over the uploaded and chosen photos, and open its page."""
    model = detection_models.open_model(model_id)
    batch = request.form.get("batch", "")
    again = whole_number(request.form.get("again", ""))
    run = runs.start(
        model,
        current_user,
        Sources(
            uploads=uploads("files"),
            stored=[
                *prediction_uploads.listed(model, current_user, batch),
                *(runs.photos_again(model, again) if again else []),
            ],
            query=query_sent(request.form),
        ),
        weights_id=request.form.get("weights_id", type=int),
        parameters=parameters_sent(),
    )
    prediction_uploads.forget(model, current_user, batch)
    page = url_for("predict.show", run_id=run.id)
    return FlaskResponse(headers={"HX-Redirect": page}) if htmx else redirect(page)


def _weights(model: DetectionModel, uploaded: bool = False) -> dict[str, Any]:
    choices = weights_choices(model)
    ready = [choice.weights.id for choice in choices if choice.ready]
    # After an upload the newest file that was uploaded, for a training may have ended meanwhile.
    sent = [choice.weights.id for choice in choices if choice.ready and choice.run is None and uploaded]
    wanted = request.args.get("weights", type=int) or request.args.get("weights_id", type=int)
    if wanted not in ready:
        usual = first_choice(choices)
        wanted = next(iter(sent), usual.id if usual else None)
    chosen = next((choice.weights for choice in choices if choice.weights.id == wanted), None)
    return {
        "weights": choices,
        "trained": model.id in detection_models.trained([model.id]),
        "weights_id": wanted,
        "in_use": weights_thresholds.in_use(model, chosen) if chosen else None,
        "in_use_is_missing": any(choice.in_use and not choice.ready for choice in choices),
        "architecture_names": ARCHITECTURE_NAMES,
    }
