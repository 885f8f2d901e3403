"""Suggestions (drafts of labels) of photos: stored, accepted, refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.coco.shape import make_shape
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.outline_operations import with_few_points
from webapp.formats.masks.rle import decode_part
from webapp.formats.masks.segmentation import Polygons
from webapp.formats.masks.simplified import outlines_of
from webapp.models import DetectionModel, Image, LabelSource, Split, Suggestion, Uncertainty, User
from webapp.models.columns import now

LOOKED_AT_SCORE = 0.05
"""Detections below this score are ignored, also for the uncertainty."""
KEPT_SCORE = 0.25
"""Detections below this score do not become suggestions, unless they reach the threshold of their category."""
LEAST_IOU = 0.98
TOLERANCE = 1.0
"""Tolerance in pixels between polygon and mask of a suggestion."""


def uncertainty_of(scores: Sequence[float]) -> float:
    """Uncertainty of a photo, 0 to 1, from the scores of all detections of at least 0.05.

    Of each detection 1 - |2 s - 1|, i.e. one minus the margin between "object" (s) and "none" (1 - s). The
    maximum is taken, as one doubtful object deserves attention however many clear ones there are. A photo
    without detections has a high uncertainty: it is empty, or unlike the training data.
    """
    return max((1 - abs(2 * score - 1) for score in scores), default=1.0)


def keep(
    image_id: int,
    found: Sequence[FoundObject],
    thresholds: Thresholds,
    *,
    model_id: int,
    weights_id: int | None = None,
    prediction_run_id: int | None = None,
) -> int:
    """Replace the photo's suggestions; returns their number. The caller commits.

    ``thresholds``: those in use with the weights. Does nothing if the photo was deleted.
    """
    there = db.session.scalar(select(Image.id).where(Image.id == image_id).with_for_update(key_share=True))
    if there is None:
        return 0
    db.session.execute(delete(Suggestion).where(Suggestion.image_id == image_id))
    kept = [one for one in found if one.score >= KEPT_SCORE or thresholds.passes(one.category, one.score)]
    rows = [row for one in kept if (row := _row(one))]
    source = {
        "image_id": image_id,
        "weights_id": weights_id,
        "prediction_run_id": prediction_run_id,
        "created_at": now(),
    }
    if rows:
        db.session.execute(insert(Suggestion), [row | source for row in rows])
    fresh = insert(Uncertainty).values(
        image_id=image_id,
        model_id=model_id,
        value=uncertainty_of([one.score for one in found]),
        weights_id=weights_id,
        created_at=now(),
    )
    changed = {name: fresh.excluded[name] for name in ("value", "weights_id", "created_at")}
    db.session.execute(fresh.on_conflict_do_update(index_elements=[Uncertainty.image_id], set_=changed))
    return len(rows)


def _row(found: FoundObject) -> dict[str, Any] | None:
    mask, left, top = decode_part(found.segmentation)
    polygons = outlines_of(mask, TOLERANCE, (left, top)) if mask.size else []
    if not polygons:
        return None
    shape = make_shape(found.category, polygons)
    return {
        "category": found.category[:100],
        "score": found.score,
        "segmentation": shape.segmentation,
        "bbox": shape.bbox,
        "area": shape.area,
    }


def of_image(image: Image) -> list[Suggestion]:
    """Undecided suggestions, the highest score first."""
    return list(
        db.session.scalars(
            select(Suggestion)
            .where(Suggestion.image_id == image.id, Suggestion.decided_at.is_(None))
            .order_by(Suggestion.score.desc(), Suggestion.id)
        )
    )


def decide(image: Image, *, decided: Sequence[int], waiting: Sequence[int]) -> int:
    """Store which suggestions of a photo were accepted or refused, and which are undecided again after an undo.

    Commits; returns the number of rows that exist.
    """
    count = 0
    for ids, when in ((decided, now()), (waiting, None)):
        changed = db.session.execute(
            update(Suggestion)
            .where(Suggestion.image_id == image.id, Suggestion.id.in_(ids))
            .values(decided_at=when)
            .returning(Suggestion.id)
        )
        count += len(changed.all())
    db.session.commit()
    return count


def accept(
    by_image: dict[int, list[Suggestion]], model: DetectionModel, user: User | None, when: datetime
) -> None:
    """Add these suggestions as labels to the photos' existing ones; the caller commits.

    ``when`` is noted with the suggestions, by which they can be taken back.
    """
    labels = [
        ImageAnnotations(image_id, [_shape(one) for one in chosen], keep_existing=True)
        for image_id, chosen in by_image.items()
    ]
    annotation_store.write(model, labels, source=LabelSource.SUGGESTION, user=user)
    taken = [one.id for chosen in by_image.values() for one in chosen]
    db.session.execute(update(Suggestion).where(Suggestion.id.in_(taken)).values(decided_at=when))


def few_points(suggestion: Suggestion) -> Polygons:
    """The outline as it is shown and becomes a label: few points, IoU with what was stored of ``LEAST_IOU`` or more."""
    return with_few_points(suggestion.segmentation, LEAST_IOU)


def _shape(suggestion: Suggestion) -> ParsedShape:
    shape = make_shape(suggestion.category, few_points(suggestion))
    shape.suggested = True
    return shape


def count_waiting(model_id: int, split: Split | None = None) -> tuple[int, int]:
    """Number of unlabelled photos with undecided suggestions, and of these suggestions."""
    statement = (
        select(func.count(Suggestion.image_id.distinct()), func.count())
        .join(Image, Image.id == Suggestion.image_id)
        .where(Image.model_id == model_id, ~Image.labelled, Suggestion.decided_at.is_(None))
    )
    if split is not None:
        statement = statement.where(Image.split == split)
    photos, shapes = db.session.execute(statement).one()
    return int(photos), int(shapes)
