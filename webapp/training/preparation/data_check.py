"""What a person should know of the labelled photos before a training: each finding can be mended on some page."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.annotations import category_statistics, doubles
from webapp.core import storage
from webapp.core.extensions import db
from webapp.images.similar import leaks
from webapp.models import DetectionModel, Image, Split

FEW_PHOTOS = 5
"""A category that fewer training photos show is hardly learned."""
LOOKED_AT = 5_000
"""Photos; the page does not wait for more."""
BATCH = 500
NAMED = 5


@dataclass(frozen=True)
class Concern:
    """``code``: ``few_photos``, ``leaks``, ``doubles`` or ``unreadable``."""

    code: str
    count: int
    names: tuple[str, ...] = ()
    """Of categories or photos, the first few."""


def findings(model: DetectionModel) -> list[Concern]:
    """In the order of how much they harm; empty where nothing was found."""
    found = [_unreadable(model), _leaks(model), _doubles(model), _few_photos(model)]
    return [one for one in found if one.count]


def _few_photos(model: DetectionModel) -> Concern:
    figures = category_statistics.of_model(model).categories
    few = [one.category.name for one in figures if 0 < one.photos[Split.TRAIN] < FEW_PHOTOS]
    return Concern("few_photos", len(few), tuple(few[:NAMED]))


def _leaks(model: DetectionModel) -> Concern:
    return Concern("leaks", leaks.count(model))


def _doubles(model: DetectionModel) -> Concern:
    chosen = select(Image.id).where(Image.model_id == model.id, Image.labelled).order_by(Image.id)
    ids = list(db.session.scalars(chosen.limit(LOOKED_AT)))
    found = [
        photo for start in range(0, len(ids), BATCH) for photo in doubles.find(ids[start : start + BATCH])
    ]
    names = tuple(photo.filename for photo in found[:NAMED])
    return Concern("doubles", sum(len(photo.doubles) for photo in found), names)


def _unreadable(model: DetectionModel) -> Concern:
    """Those whose file is gone; a damaged one is found when the training reads it."""
    chosen = select(Image).where(Image.model_id == model.id, Image.labelled).options(joinedload(Image.file))
    gone = [
        image.filename
        for image in db.session.scalars(chosen.order_by(Image.id).limit(LOOKED_AT))
        if not storage.image_path(image.sha256, image.file.suffix).is_file()
    ]
    return Concern("unreadable", len(gone), tuple(gone[:NAMED]))
