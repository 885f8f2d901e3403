"""Suggested labels: start a run, show, accept, refuse."""

import json
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.annotations import categories
from webapp.core.disk_space import needs_room
from webapp.core.errors import UserError
from webapp.core.extensions import htmx
from webapp.images.intake import open_image_of
from webapp.models import DetectionModel, Image, LibraryRun, Role, Split
from webapp.models.columns import LARGEST_ID
from webapp.prediction import runs as prediction_runs
from webapp.projects import detection_models
from webapp.runs import library_runs
from webapp.suggestions import acceptance, drafts, from_prediction, runs
from webapp.training.weights.choices import first_choice, weights_choices
from webapp.web.filters import image_filter
from webapp.web.guards import may, requires
from webapp.web.run_panel import render_panel

blueprint = Blueprint("suggestions", __name__)


@blueprint.get("/models/<int:model_id>/suggestions")
@requires(Role.VIEWER)
def panel(model_id: int) -> str:
    """The panel beside the open photo: its suggestions, and actions on all photos of the tab."""
    model = detection_models.open_model(model_id)
    number = request.args.get("photo", type=int)
    return _panel(model, open_image_of(model, number) if number else None)


@blueprint.post("/models/<int:model_id>/suggestions")
@requires(Role.ANNOTATOR)
@needs_room
def start(model_id: int) -> ResponseReturnValue:
    """Run weights over the open photo (``photo``), or over all unlabelled photos of the tab."""
    model = detection_models.open_model(model_id)
    number = request.form.get("photo", type=int)
    run = runs.start(
        model,
        current_user,
        image=open_image_of(model, number) if number else None,
        split=_split(),
        weights_id=request.form.get("weights_id", type=int),
    )
    return _run_panel(model, run)


@blueprint.post("/models/<int:model_id>/suggestions/accept")
@requires(Role.ANNOTATOR)
def accept_all(model_id: int) -> ResponseReturnValue:
    """Accept all suggestions of at least a score on the unlabelled photos of the tab."""
    model = detection_models.open_model(model_id)
    percent = request.form.get("percent", type=float)
    if percent is None or not 0 <= percent <= 100:
        raise UserError(_("Enter a score from 0 to 100 percent."), code="score_invalid", field="percent")
    run = runs.accept_all(model, current_user, _split(), percent / 100)
    return _run_panel(model, run)


@blueprint.get("/models/<int:model_id>/suggestions/preview")
@requires(Role.ANNOTATOR)
def preview(model_id: int) -> str:
    """What would be accepted, drawn on the first photos."""
    model = detection_models.open_model(model_id)
    percent = request.args.get("percent", default=0.0, type=float)
    shown = acceptance.preview(model, image_filter.from_request(None).split, percent / 100)
    colors = {category.name.casefold(): category.color for category in categories.list_categories(model)}
    return render_template("suggestions/_preview.html", model=model, shown=shown, colors=colors)


@blueprint.post("/library-runs/<int:run_id>/take-back")
@requires(Role.ANNOTATOR)
def take_back(run_id: int) -> ResponseReturnValue:
    """Take back what a run of acceptance made."""
    accepted = library_runs.open_run(run_id)
    return _run_panel(accepted.model, runs.undo_acceptance(accepted, current_user))


@blueprint.post("/models/<int:model_id>/images/<int:image_id>/suggestions/decide")
@requires(Role.ANNOTATOR)
def decide(model_id: int, image_id: int) -> Response:
    """Note ``{"decided": [id, …], "waiting": [id, …]}``: accepted or refused in the editor, or undone there."""
    image = open_image_of(detection_models.open_model(model_id), image_id)
    sent = request.get_json(silent=True)
    decided, waiting = (_ids(sent, name) for name in ("decided", "waiting"))
    return jsonify(changed=drafts.decide(image, decided=decided, waiting=waiting))


@blueprint.post("/prediction-runs/<int:run_id>/photos/<int:photo_id>/to-training")
@requires(Role.ANNOTATOR)
@needs_room
def send_to_training(run_id: int, photo_id: int) -> ResponseReturnValue:
    """Send a predicted photo into the training data, with its detections as suggestions."""
    run = prediction_runs.open_run(run_id)
    photo = prediction_runs.open_image(run, photo_id)
    image, is_new = from_prediction.send(run, photo)
    there = url_for("annotate.index", model_id=run.model_id, photo=image.id)
    if not htmx:
        return redirect(there)
    # Where labels are there already they stand beside the suggestions.
    answer = make_response(
        render_template("prediction/_judged.html", photo=photo, known=image, model_id=run.model_id, sent=True)
    )
    if is_new:
        message = _("The photo is in the training tab now: correct its suggestions there.")
    else:
        message = _("The library had this photo already: its suggestions wait there.")
    answer.headers["HX-Trigger"] = json.dumps({"toast": {"message": message, "level": "success"}})
    return answer


@blueprint.post("/prediction-runs/<int:run_id>/photos/<int:photo_id>/right")
@requires(Role.ANNOTATOR)
def confirm(run_id: int, photo_id: int) -> ResponseReturnValue:
    """Everything was found as it is: the detections become labels of the photo, without further work."""
    run = prediction_runs.open_run(run_id)
    photo = prediction_runs.open_image(run, photo_id)
    image = from_prediction.confirm(run, photo, current_user)
    if not htmx:
        return redirect(url_for("predict.show", run_id=run_id, _anchor=f"photo-{photo_id}"))
    return render_template(
        "prediction/_judged.html", photo=photo, known=image, model_id=run.model_id, sent=False
    )


def _ids(sent: Any, name: str) -> list[int]:
    ids = sent.get(name) if isinstance(sent, dict) else None
    if not isinstance(ids, list) or not all(type(one) is int and 0 < one <= LARGEST_ID for one in ids):
        raise UserError(_("Say which suggestions are meant."), code="ids_invalid", field=name)
    return ids


def _panel(model: DetectionModel, image: Image | None) -> str:
    shown = image_filter.from_request(default_split=None)
    # Read first, so that the rest includes the results of an ended run.
    run = runs.active(model)
    trained = model.id in detection_models.trained([model.id])
    threshold = runs.usual_score(model)
    photos, shapes = drafts.count_waiting(model.id, shown.split)
    suggestions = drafts.of_image(image) if image else []
    distinct = acceptance.distinct(suggestions)
    return render_template(
        "suggestions/_suggestions.html",
        model=model,
        image=image,
        filter=shown,
        trained=trained,
        **_weights(model),
        suggestions=suggestions,
        outlines={one.id: drafts.few_points(one) for one in suggestions},
        doubles=[one.id for one in suggestions if one not in distinct],
        colors={category.name.casefold(): category for category in categories.list_categories(model)},
        threshold=threshold,
        lowest=min(drafts.KEPT_SCORE, threshold),
        photos_waiting=photos,
        shapes_waiting=shapes,
        run=run,
        run_error=None,
        may_annotate=may(Role.ANNOTATOR),
    )


def _weights(model: DetectionModel) -> dict[str, Any]:
    """Weights for a select field, the newest first; those in use are chosen."""
    choices = weights_choices(model)
    usual = first_choice(choices)
    return {
        "weights": [(choice.weights.id, choice.label) for choice in choices if choice.ready],
        "weights_id": usual.id if usual else None,
    }


def _run_panel(model: DetectionModel, run: LibraryRun) -> Any:
    return render_panel(run) if htmx else redirect(url_for("annotate.index", model_id=model.id))


def _split() -> Split | None:
    value = request.form.get("split", "")
    return Split(value) if value in list(Split) else None
