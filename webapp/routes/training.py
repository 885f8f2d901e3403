"""Set up and start a training, and keep a model's own defaults."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.errors import UserError
from webapp.extensions import db
from webapp.models import DetectionModel, Role, Split
from webapp.routes import training_form
from webapp.routes.guards import requires
from webapp.routes.page_context import model_page
from webapp.routes.weights_choice import weights_choices
from webapp.services import detection_models, training_defaults, training_readiness, training_runs

blueprint = Blueprint("training", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/models/<int:model_id>/train")
@requires(Role.VIEWER)
def new(model_id: int) -> Page:
    """The form, with the data that a run would train on."""
    return _form_page(detection_models.open_model(model_id))


@blueprint.post("/models/<int:model_id>/train")
@requires(Role.ENGINEER)
def start(model_id: int) -> Page:
    """Queue a run and open its page; a refusal stands beside its cause."""
    model = detection_models.open_model(model_id)
    changes = training_form.read_changes(training_runs.defaults(model), request.form)
    try:
        run = training_runs.start(
            model, current_user, changes, request.form.get("weights_id", type=int), _allowed_empty()
        )
    except UserError as error:
        db.session.rollback()
        return _form_page(detection_models.open_model(model_id), error), error.status
    return redirect(url_for("training.show", run_id=run.id))


@blueprint.post("/models/<int:model_id>/train/defaults")
@requires(Role.ENGINEER)
def save_defaults(model_id: int) -> Page:
    """Keep what the form says for the next runs of this model."""
    model = detection_models.open_model(model_id)
    changes = training_form.read_changes(training_runs.defaults(model), request.form)
    try:
        training_runs.save_defaults(model, changes)
    except UserError as error:
        return _form_page(model, error), error.status
    flash(_("These are this model's defaults now."), "success")
    return redirect(url_for("training.new", model_id=model.id))


@blueprint.post("/models/<int:model_id>/train/defaults/restore")
@requires(Role.ENGINEER)
def restore_defaults(model_id: int) -> Response:
    """Forget what the model had saved."""
    model = detection_models.open_model(model_id)
    training_runs.restore_defaults(model)
    flash(_("The product's own defaults are back."), "success")
    return redirect(url_for("training.new", model_id=model.id))


def _form_page(model: DetectionModel, error: UserError | None = None) -> str:
    defaults = training_runs.defaults(model)
    form = request.form if error else None
    errors = training_form.faults_by_field(error, defaults) if error else {}
    dataset_faults = error.details.get("faults", []) if error and error.field == "dataset" else []
    return render_template(
        "training/new.html",
        fields=training_form.fields_of(defaults, form),
        basic=training_form.BASIC,
        architecture_names=training_form.ARCHITECTURE_NAMES,
        weights=weights_choices(model),
        weights_id=request.form.get("weights_id", "") if error else "",
        splits=training_readiness.of_model(model),
        allowed_empty=_allowed_empty(),
        errors=errors,
        dataset_faults={fault["code"]: fault["detail"] for fault in dataset_faults},
        # What stands beside no field is said at the top.
        refusal=error.message if error and not errors and not dataset_faults else None,
        cpu_fallback=training_defaults.falls_back_to_cpu_architecture(),
        has_own_defaults=bool(model.training_defaults),
        may_train=current_user.role.includes(Role.ENGINEER),
        **model_page(model, active="train"),
    )


def _allowed_empty() -> set[Split]:
    return {
        split
        for split in (Split.VALIDATION, Split.TEST)
        if split.value in request.form.getlist("allow_empty")
    }
