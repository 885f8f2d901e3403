"""Set up and start a training, and keep a model's own defaults."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.annotations import categories
from webapp.core.disk_space import needs_room
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.similar import leak_check
from webapp.models import DetectionModel, Role, Split, TrainingRun
from webapp.projects import detection_models
from webapp.training import defaults as training_defaults
from webapp.training import readiness, runs
from webapp.training.pages import form as pages_form
from webapp.training.parameter_words import ARCHITECTURE_NAMES, GROUP_LABELS, PRESETS
from webapp.training.preparation import data_check, pace
from webapp.training.weights.choices import weights_choices
from webapp.web.guards import may, requires
from webapp.web.page_context import model_page

blueprint = Blueprint("training", __name__)

FOLD_COUNTS = (3, 5, 10)
"""Numbers of folds that the form offers."""

Page = str | Response | tuple[str, int]


@blueprint.get("/models/<int:model_id>/train")
@requires(Role.VIEWER)
def new(model_id: int) -> Page:
    """The form, with counts of the training data."""
    return _form_page(detection_models.open_model(model_id))


@blueprint.post("/models/<int:model_id>/train")
@requires(Role.ENGINEER)
@needs_room
def start(model_id: int) -> Page:
    """Queue a run and open its page; errors are shown beside their fields."""
    model = detection_models.open_model(model_id)
    changes = pages_form.read_changes(runs.defaults(model), request.form)
    try:
        run = runs.start(
            model, current_user, changes, request.form.get("weights_id", type=int), _allowed_empty()
        )
    except UserError as error:
        db.session.rollback()
        return _form_page(detection_models.open_model(model_id), error), error.status
    return redirect(url_for("training.show", run_id=run.id))


@blueprint.post("/models/<int:model_id>/train/defaults")
@requires(Role.ENGINEER)
def save_defaults(model_id: int) -> Page:
    """Save the form's values as this model's defaults."""
    model = detection_models.open_model(model_id)
    changes = pages_form.read_changes(runs.defaults(model), request.form)
    try:
        runs.save_defaults(model, changes)
    except UserError as error:
        return _form_page(model, error), error.status
    flash(_("These are this model's defaults now."), "success")
    # Back to where the button is.
    opened = request.form.get("open") or None
    return redirect(url_for("training.new", model_id=model.id, open=opened, _anchor="keep-defaults"))


@blueprint.get("/models/<int:model_id>/train/check")
@requires(Role.VIEWER)
def check(model_id: int) -> str:
    """What should be known of the photos before the start, with the pages that mend it."""
    model = detection_models.open_model(model_id)
    return render_template("training/_data_check.html", model=model, findings=data_check.findings(model))


@blueprint.post("/models/<int:model_id>/train/defaults/restore")
@requires(Role.ENGINEER)
def restore_defaults(model_id: int) -> Response:
    """Delete this model's saved defaults."""
    model = detection_models.open_model(model_id)
    runs.restore_defaults(model)
    flash(_("The product's own defaults are back."), "success")
    return redirect(url_for("training.new", model_id=model.id))


def weights_context(model: DetectionModel, weights_id: str) -> dict[str, Any]:
    """Context of the list of start weights; ``weights_id`` is empty for the default weights."""
    choices = weights_choices(model)
    return {
        "weights": choices,
        "weights_id": weights_id,
        "chosen": next((c.weights for c in choices if str(c.weights.id) == weights_id and c.ready), None),
        "model_categories": [category.name for category in categories.list_categories(model)],
        "architecture_names": ARCHITECTURE_NAMES,
    }


def _form_page(model: DetectionModel, error: UserError | None = None) -> str:
    defaults = runs.defaults(model)
    like = _earlier_run(model)
    form = request.form if error else pages_form.as_form(like.parameters) if like else None
    errors = pages_form.faults_by_field(error, defaults) if error else {}
    dataset_faults = error.details.get("faults", []) if error and error.field == "dataset" else []
    asked = request.form.get("weights_id", "") if error else request.args.get("weights", "")
    if like is not None and like.initial_weights_id is not None:
        asked = str(like.initial_weights_id)
    fields = pages_form.fields_of(defaults, form)
    return render_template(
        "training/new.html",
        fields=fields,
        in_folds=next(field for field in fields if field["name"] == "folds"),
        fold_counts=FOLD_COUNTS,
        reason_for_folds=training_defaults.reason_for_folds(model),
        presets=PRESETS,
        paces=pace.of_minutes(model, [int(minutes) for minutes in PRESETS], defaults),
        preset=pages_form.preset_of(fields),
        own=pages_form.OWN,
        group_labels=GROUP_LABELS,
        # Reasons are shown only for the product's defaults, not for entered or saved values.
        reasons=training_defaults.reasons(model) if form is None and not model.training_defaults else {},
        like=like,
        splits=readiness.of_model(model),
        leak_check=leak_check.check(model),
        allowed_empty=_allowed_empty(),
        errors=errors,
        dataset_faults={fault["code"]: fault["detail"] for fault in dataset_faults},
        # Errors that belong to no field are shown at the top.
        refusal=error.message if error and not errors and not dataset_faults else None,
        cpu_fallback=training_defaults.falls_back_to_cpu_architecture(),
        has_own_defaults=bool(model.training_defaults),
        may_train=may(Role.ENGINEER),
        **weights_context(model, asked),
        **model_page(model, active="train"),
    )


def _earlier_run(model: DetectionModel) -> TrainingRun | None:
    """The run whose settings are copied into the form; it must be of this model."""
    return runs.find_run(model, request.args.get("like", type=int))


def _allowed_empty() -> set[Split]:
    return {
        split
        for split in (Split.VALIDATION, Split.TEST)
        if split.value in request.form.getlist("allow_empty")
    }
