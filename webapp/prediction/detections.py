"""Rows of ``detection``: which of them count, and how they are read."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, case, select

from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.models import Detection


def counts(thresholds: Thresholds) -> ColumnElement[bool]:
    """The same as ``Thresholds.passes``, as a condition on ``Detection``."""
    if not thresholds.by_category:
        return Detection.score >= thresholds.overall
    own = dict(thresholds.by_category)
    return Detection.score >= case(own, value=Detection.category, else_=thresholds.overall)


def of_images(
    image_ids: Sequence[int], thresholds: Thresholds | None = None, *, masks: bool = False
) -> dict[int, list[FoundObject]]:
    """Those that count (all that were kept, without thresholds) by the id of ``PredictedImage``, the best first.

    One query. The masks are large: they are read where they are asked for.
    """
    if not image_ids:
        return {}
    segmentation: Any = Detection.segmentation
    if not masks:
        # But where something was found before outlines were kept.
        segmentation = case((Detection.outlines.is_(None), Detection.segmentation), else_=None)
    rows = db.session.execute(
        select(
            Detection.id,
            Detection.photo_id,
            Detection.category,
            Detection.score,
            Detection.bbox,
            Detection.area,
            Detection.length,
            Detection.width,
            Detection.outlines,
            segmentation.label("segmentation"),
        )
        .where(Detection.photo_id.in_(image_ids), *([] if thresholds is None else [counts(thresholds)]))
        .order_by(Detection.photo_id, Detection.score.desc(), Detection.id)
    )
    found: dict[int, list[FoundObject]] = {image_id: [] for image_id in image_ids}
    return found | {
        image_id: list(map(FoundObject.of_row, group))
        for image_id, group in groupby(rows, lambda row: row.photo_id)
    }
