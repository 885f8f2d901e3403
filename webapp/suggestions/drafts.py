"""Suggested labels of photos: kept, shown, accepted, refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.coco.shape import make_shape
from webapp.formats.masks.rle import Rle, decode_part
from webapp.formats.masks.simplified import outlines_of
from webapp.models import DetectionModel, Image, LabelSource, Split, Suggestion, Uncertainty, User
from webapp.models.columns import now

LOOKED_AT_SCORE = 0.05
"""What weights find with less is not even a doubt."""
KEPT_SCORE = 0.25
"""Suggestions with less are more work to refuse than to draw."""
DEFAULT_ACCEPTED_SCORE = 0.7
"""Where the page's slider stands at first."""
TOLERANCE = 1.0
"""Pixels that the polygon of a suggestion may lie beside the mask."""


@dataclass(frozen=True)
class DetectedMask:
    """One object as weights found it."""

    category: str
    score: float
    mask: Rle


def uncertainty_of(scores: Sequence[float]) -> float:
    """How unsure weights are about a photo, 0 to 1, from the scores of all they found with at least 0.05.

    Of each object 1 - |2 s - 1|: the margin between "it is one" (s) and "it is none" (1 - s), turned round. The
    least sure object decides, as one doubtful object is worth a look however many clear ones lie beside it.
    A photo on which nothing was found counts as quite unsure: it is empty, or like none that was learnt.
    """
    return max((1 - abs(2 * score - 1) for score in scores), default=1.0)


def keep(
    image_id: int,
    found: Sequence[DetectedMask],
    *,
    model_id: int,
    weights_id: int | None = None,
    prediction_run_id: int | None = None,
) -> int:
    """Take the place of what was suggested for this photo before; the count. The caller commits.

    Nothing happens where the photo is gone.
    """
    there = db.session.scalar(select(Image.id).where(Image.id == image_id).with_for_update(key_share=True))
    if there is None:
        return 0
    db.session.execute(delete(Suggestion).where(Suggestion.image_id == image_id))
    rows = [row for one in found if one.score >= KEPT_SCORE if (row := _row(one))]
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


def _row(found: DetectedMask) -> dict[str, Any] | None:
    mask, left, top = decode_part(found.mask)
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
    """Those that wait, the best first."""
    return list(
        db.session.scalars(
            select(Suggestion)
            .where(Suggestion.image_id == image.id, Suggestion.decided_at.is_(None))
            .order_by(Suggestion.score.desc(), Suggestion.id)
        )
    )


def decide(image: Image, *, decided: Sequence[int], waiting: Sequence[int]) -> int:
    """Note which suggestions of a photo a person accepted or refused, and which wait again as that was undone.

    Commits; the count of those that are there.
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


def accept(by_image: dict[int, list[Suggestion]], model: DetectionModel, user: User | None) -> None:
    """Make labels of these suggestions, beside those the photos have; the caller commits."""
    labels = [
        ImageAnnotations(image_id, [_shape(one) for one in chosen], keep_existing=True)
        for image_id, chosen in by_image.items()
    ]
    annotation_store.write(model, labels, source=LabelSource.SUGGESTION, user=user)
    taken = [one.id for chosen in by_image.values() for one in chosen]
    db.session.execute(delete(Suggestion).where(Suggestion.id.in_(taken)))


def _shape(suggestion: Suggestion) -> ParsedShape:
    shape = make_shape(suggestion.category, suggestion.segmentation)
    shape.suggested = True
    return shape


def count_waiting(model_id: int, split: Split | None = None) -> tuple[int, int]:
    """Unlabelled photos with suggestions that wait, and how many they are."""
    statement = (
        select(func.count(Suggestion.image_id.distinct()), func.count())
        .join(Image, Image.id == Suggestion.image_id)
        .where(Image.model_id == model_id, ~Image.labelled, Suggestion.decided_at.is_(None))
    )
    if split is not None:
        statement = statement.where(Image.split == split)
    photos, shapes = db.session.execute(statement).one()
    return int(photos), int(shapes)
