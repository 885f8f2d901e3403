"""Settings of a model: second detections of an object, and score thresholds. Part of the blueprint ``predict``."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.contracts.suppression import DEFAULT_MASK_IOU
from webapp.core.errors import UserError
from webapp.models import DetectionModel, Role
from webapp.prediction import detection_settings as settings
from webapp.prediction.pages.start import blueprint
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.projects import detection_models
from webapp.training.weights import in_use
from webapp.training.weights import thresholds as weights_thresholds
from webapp.web.guards import may, requires
from webapp.web.page_context import model_page


@blueprint.get("/models/<int:model_id>/detection-settings")
@requires(Role.VIEWER)
def detection_settings(model_id: int) -> str:
    """The settings, and what holds where none is set."""
    model = detection_models.open_model(model_id)
    values = {
        "suppress": model.suppress_mask_iou is not None,
        "suppress_mask_iou": f"{model.suppress_mask_iou or DEFAULT_MASK_IOU:g}",
        "suppress_across_categories": model.suppress_across_categories,
    }
    thresholds = {name: f"{each:g}" for name, each in model.thresholds.items()}
    return _page(model, values, thresholds)


@blueprint.post("/models/<int:model_id>/detection-settings")
@requires(Role.ENGINEER)
def save_detection_settings(model_id: int) -> ResponseReturnValue:
    """Set them all."""
    model = detection_models.open_model(model_id)
    sent = request.form
    pairs = zip(sent.getlist("category"), sent.getlist("category_threshold"), strict=False)
    thresholds = {name: text.strip() for name, text in pairs if text.strip()}
    mask_iou = settings.number(sent.get("suppress_mask_iou", "")) if sent.get("suppress") else None
    try:
        settings.save(
            model,
            mask_iou,
            bool(sent.get("suppress_across_categories")),
            {name: settings.number(text) for name, text in thresholds.items()},
        )
    except UserError as error:
        return _page(model, sent, thresholds, error), error.status
    flash(_("Saved. It holds for everything that is predicted from now on."), "success")
    return redirect(url_for("predict.detection_settings", model_id=model.id))


def _page(
    model: DetectionModel, values: Any, thresholds: dict[str, str], error: UserError | None = None
) -> str:
    weights = in_use.of_model(model)
    return render_template(
        "prediction/detection_settings.html",
        values=values,
        thresholds=thresholds,
        category_names=verdict_rules.known_categories(model),
        unset=weights_thresholds.without_settings(weights) if weights else None,
        errors={error.field: error.message} if error else {},
        may_change=may(Role.ENGINEER),
        **model_page(model, active="predict"),
    )
