"""Validates the parameters of a prediction run; the last used ones."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from pydantic import ValidationError
from sqlalchemy import select

from webapp.contracts import score_thresholds
from webapp.contracts.prediction_parameters import PredictionParameters
from webapp.contracts.score_thresholds import Thresholds
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, PredictionRun, Weights
from webapp.training.weights import thresholds as weights_thresholds

THRESHOLDS = ("score_threshold", "category_thresholds")


def checked(values: Mapping[str, Any]) -> PredictionParameters:
    """Validate. Raises UserError beside the field that is wrong."""
    try:
        parameters = PredictionParameters(**values)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        raise _refused(str(place[0]), str(place[1]) if len(place) > 1 else "") from error
    for category, threshold in parameters.category_thresholds.items():
        if not 0 <= threshold <= 1:
            raise _refused("category_thresholds", category)
    return parameters


def complete(
    parameters: PredictionParameters, model: DetectionModel, weights: Weights
) -> PredictionParameters:
    """The same with what follows from the model and the weights: suppression, and thresholds nobody has asked for."""
    parameters = parameters.model_copy(update={"suppression": model.suppression})
    if "score_threshold" in parameters.model_fields_set:
        return parameters
    asked = parameters.category_thresholds
    in_use = weights_thresholds.in_use(model, weights)
    used = Thresholds.of_categories(in_use.by_category | asked)
    return parameters.model_copy(
        update={
            "score_threshold": used.overall,
            "category_thresholds": dict(used.by_category),
            "threshold_source": in_use.source if set(weights.categories) - set(asked) else None,
        }
    )


def last_used(model: DetectionModel) -> PredictionParameters:
    """Those of the model's newest prediction; the defaults before the first.

    ``score_threshold`` is among ``model_fields_set`` only if a person asked for it; else it and those of the
    categories are to be taken from the weights.
    """
    newest = db.session.scalar(
        select(PredictionRun.parameters)
        .where(PredictionRun.model_id == model.id)
        .order_by(PredictionRun.id.desc())
        .limit(1)
    )
    if newest is None:
        return PredictionParameters()
    own = {name: value for name, value in newest.items() if name not in ("threshold_source", "suppression")}
    # Before thresholds were advised, 0.5 stood where nobody had asked for another one.
    of_nobody = {"score_threshold": score_thresholds.DEFAULT}
    thresholds = {name: own[name] for name in THRESHOLDS if name in own}
    if newest.get("threshold_source") or thresholds == of_nobody:
        own = {name: value for name, value in own.items() if name not in THRESHOLDS}
    return PredictionParameters(**own)


def _refused(field: str, category: str) -> UserError:
    sentences = {
        "score_threshold": _("The score threshold lies between 0 and 1."),
        "category_thresholds": _(
            "The score threshold of “%(name)s” lies between 0 and 1.", name=category[:100]
        ),
        "max_detections": _("Enter a whole number from %(low)s to %(high)s.", low=1, high=1000),
        "image_size": _("Enter a whole number from %(low)s to %(high)s.", low=64, high=4096),
        "tile_size": _("Enter a whole number from %(low)s to %(high)s.", low=128, high=8192),
        "device": _("Choose one of the list."),
    }
    sentence = sentences.get(field, _("There is no parameter “%(name)s”.", name=field[:100]))
    return UserError(sentence, code="parameter_invalid", field=field)
