"""Score thresholds in SQL."""

from sqlalchemy import ColumnElement, case

from webapp.contracts.score_thresholds import Thresholds
from webapp.models import Detection


def counts(thresholds: Thresholds) -> ColumnElement[bool]:
    """``Thresholds.passes`` as a condition on ``Detection``."""
    if not thresholds.by_category:
        return Detection.score >= thresholds.overall
    own = dict(thresholds.by_category)
    return Detection.score >= case(own, value=Detection.category, else_=thresholds.overall)
