"""Settings of a model: which detections are second ones of an object, and score thresholds that a person sets."""

from collections.abc import Mapping
from math import nan

from flask_babel import gettext as _

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, DetectionModel
from webapp.prediction.verdicts import rules as verdict_rules


def save(
    model: DetectionModel,
    mask_iou: float | None,
    across_categories: bool,
    thresholds: Mapping[str, float],
) -> None:
    """Set them all, as ``DetectionModel`` has them; ``thresholds`` in place of those that were set. Commits.

    Raises UserError (422) beside the field that is wrong; then nothing changes.
    """
    _check_mask_iou(mask_iou)
    _check_thresholds(model, thresholds)
    model.suppress_mask_iou = mask_iou
    model.suppress_across_categories = across_categories
    model.thresholds = dict(thresholds)
    record(AuditAction.CHANGE_RULES, model)
    db.session.commit()


def _check_mask_iou(mask_iou: float | None) -> None:
    # The comparison also refuses NaN.
    if mask_iou is not None and not 0 < mask_iou <= 1:
        raise UserError(
            _("The overlap of two masks is a number above 0, and at most 1."),
            code="parameter_invalid",
            field="suppress_mask_iou",
        )


def _check_thresholds(model: DetectionModel, thresholds: Mapping[str, float]) -> None:
    known = set(verdict_rules.known_categories(model)) | set(model.thresholds)
    for category, threshold in thresholds.items():
        if category not in known:
            raise UserError(
                _("This model has no category “%(name)s”.", name=category[:100]),
                code="category_unknown",
                field="thresholds",
            )
        if not 0 <= threshold <= 1:
            raise UserError(
                _("The score threshold of “%(name)s” lies between 0 and 1.", name=category[:100]),
                code="parameter_invalid",
                field="thresholds",
            )


def number(text: str) -> float:
    """What was entered into a field; NaN, which is refused, for what is no number."""
    try:
        return float(text)
    except ValueError:
        return nan
