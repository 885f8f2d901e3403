"""Validates the parameters of a prediction run; the last used ones."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from pydantic import ValidationError
from sqlalchemy import select

from webapp.contracts.prediction_parameters import PredictionParameters
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, PredictionRun


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


def last_used(model: DetectionModel) -> PredictionParameters:
    """Those of the model's newest prediction; the defaults before the first."""
    newest = db.session.scalar(
        select(PredictionRun.parameters)
        .where(PredictionRun.model_id == model.id)
        .order_by(PredictionRun.id.desc())
        .limit(1)
    )
    return PredictionParameters(**newest) if newest else PredictionParameters()


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
