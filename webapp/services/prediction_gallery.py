"""What the gallery of a prediction run shows: counts, detections without their masks, small pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sqlalchemy import func, select

from webapp.atomic_file import atomic_path
from webapp.extensions import db
from webapp.formats.photo_reduced import make_thumbnail
from webapp.models import Detection, PhotoState, PredictedPhoto, PredictionRun
from webapp.services import storage

SMALL_SIDE = 800
"""Pixels of a picture in the gallery: sharp in a card of 400 px on a display of double density."""


@dataclass(frozen=True)
class Found:
    """A detection without its mask, which is large and not needed in a table."""

    category: str
    score: float
    bbox: list[float]
    """[x, y, width, height], pixels."""
    area: float

    @property
    def center(self) -> tuple[float, float]:
        """Of the box, pixels."""
        x, y, width, height = self.bbox
        return x + width / 2, y + height / 2


def detections_of(photos: Iterable[PredictedPhoto]) -> dict[int, list[Found]]:
    """By the photo's id, the best first: one query for all of them."""
    ids = [photo.id for photo in photos]
    rows = db.session.execute(
        select(Detection.photo_id, Detection.category, Detection.score, Detection.bbox, Detection.area)
        .where(Detection.photo_id.in_(ids))
        .order_by(Detection.photo_id, Detection.score.desc(), Detection.id)
    )
    empty: dict[int, list[Found]] = {photo_id: [] for photo_id in ids}
    return empty | {
        photo_id: [Found(row.category, row.score, row.bbox, row.area) for row in group]
        for photo_id, group in groupby(rows, key=lambda row: int(row.photo_id))
    }


def count_photos(run: PredictionRun) -> dict[PhotoState, int]:
    """Photos in each state."""
    rows = db.session.execute(
        select(PredictedPhoto.state, func.count())
        .where(PredictedPhoto.run_id == run.id)
        .group_by(PredictedPhoto.state)
    )
    return dict.fromkeys(PhotoState, 0) | {state: int(count) for state, count in rows}


def small_picture(run: PredictionRun, photo: PredictedPhoto) -> Path | None:
    """The drawn picture at the size of a card, made once; None while it is not drawn."""
    drawn = storage.result_picture_path(run.id, photo.id)
    small = drawn.with_suffix(".webp")
    if small.is_file():
        return small
    if not drawn.is_file():
        return None
    data = make_thumbnail(drawn, SMALL_SIDE)
    with atomic_path(small) as temporary:
        temporary.write_bytes(data)
    return small
