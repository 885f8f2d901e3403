"""Verdicts of photos in SQL, for runs of any size. Must give the same results as ``rules.judge``."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp.contracts.score_thresholds import Thresholds
from webapp.models import Comparison, Detection, ImageState, Measure, PredictedImage
from webapp.prediction.detections import counts
from webapp.prediction.verdicts.rules import Rule

COLUMNS = {
    Measure.SCORE: Detection.score,
    Measure.AREA: Detection.area,
    Measure.LENGTH: Detection.length,
    Measure.WIDTH: Detection.width,
}


def is_ng(rules: Sequence[Rule], thresholds: Thresholds) -> ColumnElement[bool]:
    """A condition on ``PredictedImage``: predicted, and violates at least one rule."""
    broken = [_broken(rule, thresholds) for rule in rules]
    return and_(PredictedImage.state == ImageState.DONE, or_(*broken))


def is_ok(rules: Sequence[Rule], thresholds: Thresholds) -> ColumnElement[bool]:
    """Predicted, and violates no rule."""
    return and_(PredictedImage.state == ImageState.DONE, ~or_(*(_broken(rule, thresholds) for rule in rules)))


def _broken(rule: Rule, thresholds: Thresholds) -> ColumnElement[bool]:
    meant = [Detection.photo_id == PredictedImage.id, counts(thresholds)]
    if rule.category is not None:
        meant.append(Detection.category == rule.category)
    if rule.measure == Measure.COUNT:
        counted = select(func.count()).select_from(Detection).where(*meant).scalar_subquery()
        return counted > rule.limit if rule.comparison == Comparison.ABOVE else counted < rule.limit
    column = COLUMNS[rule.measure]
    beyond = column > rule.limit if rule.comparison == Comparison.ABOVE else column < rule.limit
    return select(Detection.id).where(*meant, beyond).exists()
