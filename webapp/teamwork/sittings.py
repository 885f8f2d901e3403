"""The order of photos in which a person labels them: fixed when the sitting begins, so that *Previous* goes back.

The orders of the gallery depend on the labels (unlabelled first, uncertain first), and so do filters. A sitting is the
list of ids as they were at its beginning, in Redis for some days. If it is lost, the next page begins another one.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from flask import current_app
from numpy.typing import NDArray
from redis.exceptions import RedisError
from sqlalchemy import select

from webapp.core.extensions import db
from webapp.formats.files.natural_order import natural
from webapp.images.browsing.paging import ids_after
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.models import Assignment, DetectionModel, Image, User
from webapp.teamwork import open_photos

KEPT = timedelta(days=3)
MOST_PHOTOS = 200_000
MOST_TRIED = 50


@dataclass(frozen=True)
class Sitting:
    """Ids in their order; ``name`` stands in the addresses of the page."""

    model_id: int
    name: str
    ids: NDArray[np.int32]

    def place(self, image_id: int) -> int | None:
        """Where a photo stands, from 0; None if it does not belong to the sitting."""
        found = np.flatnonzero(self.ids == image_id)
        return int(found[0]) if found.size else None

    def around(self, image_id: int | None, before: int, after: int) -> list[Image]:
        """The photos around one that still exist; from the first one where it is not there."""
        place = (self.place(image_id) if image_id else None) or 0
        return self._photos(self.ids[max(0, place - before) : place + after + 1].tolist())

    def _photos(self, ids: list[int]) -> list[Image]:
        found = {image.id: image for image in db.session.scalars(select(Image).where(Image.id.in_(ids)))}
        return [found[image_id] for image_id in ids if image_id in found]

    def step(self, image: Image, direction: int) -> Image | None:
        """The nearest photo before (-1) or after (1) one that still exists."""
        photos = self._photos(self._beyond(image, direction)[:MOST_TRIED])
        return photos[0] if photos else None

    def _beyond(self, image: Image | None, direction: int = 1) -> list[int]:
        place = self.place(image.id) if image is not None else None
        if place is None:
            return self.ids.tolist() if direction > 0 else []
        found: list[int] = (self.ids[place + 1 :] if direction > 0 else self.ids[:place][::-1]).tolist()
        return found

    def unlabelled_after(self, image: Image | None) -> list[int]:
        """Ids of unlabelled photos after one; from the start again where none follows."""
        beyond = self._beyond(image)
        unlabelled = self._unlabelled(beyond)
        following = [image_id for image_id in beyond if image_id in unlabelled]
        if following or image is None:
            return following
        earlier = self._beyond(image, -1)[::-1]
        unlabelled = self._unlabelled(earlier)
        return [image_id for image_id in earlier if image_id in unlabelled]

    def _unlabelled(self, ids: list[int]) -> set[int]:
        if not ids:
            return set()
        unlabelled = select(Image.id).where(Image.model_id == self.model_id, ~Image.labelled)
        return set(db.session.scalars(unlabelled))

    def next_for(
        self, model: DetectionModel, image: Image | None, user: User, query: ImageQuery, *, unlabelled: bool
    ) -> int | None:
        """The id of the next photo that nobody else has open, which is open for this person now; None: none is left.

        ``unlabelled``: the next without labels, not one that is assigned to others unless the filter names a person.
        """
        candidates = self.unlabelled_after(image) if unlabelled else self._beyond(image)
        closed = set(open_photos.of_others(model.id, user))
        if unlabelled and query.assignee is None:
            of_others = select(Assignment.image_id).where(Assignment.user_id != user.id)
            closed |= set(db.session.scalars(of_others.join(Image).where(Image.model_id == model.id)))
        free = [image_id for image_id in candidates if image_id not in closed][:MOST_TRIED]
        for photo in self._photos(free):
            if open_photos.claim_id(model.id, photo.id, user) in (None, user.id):
                return photo.id
        return None


def open_sitting(
    model: DetectionModel, query: ImageQuery, sort: Sort, name: str, image: Image | None
) -> Sitting:
    """The sitting of that name, if it is there and has the photo; else a new one."""
    kept = _read(model, name) if name else None
    if kept is not None and (image is None or kept.place(image.id) is not None):
        return kept
    ids = np.array(_ordered(model, query, sort), dtype=np.int32)
    if image is not None and image.id not in ids:
        ids = np.concatenate((np.array([image.id], dtype=np.int32), ids))
    sitting = Sitting(model.id, secrets.token_urlsafe(6), ids)
    _write(model, sitting)
    return sitting


def _ordered(model: DetectionModel, query: ImageQuery, sort: Sort) -> list[int]:
    if sort is not Sort.NAME:
        return ids_after(model, query, sort, None, MOST_PHOTOS)
    rows = db.session.execute(select(Image.id, Image.filename).where(*query.where(model)).limit(MOST_PHOTOS))
    return [row.id for row in sorted(rows, key=lambda row: (natural(row.filename), row.filename))]


def _read(model: DetectionModel, name: str) -> Sitting | None:
    try:
        redis = current_app.extensions["redis"]
        stored = redis.getex(_key(model, name), ex=KEPT)
    except RedisError:
        return None
    return Sitting(model.id, name, np.frombuffer(stored, dtype=np.int32)) if stored is not None else None


def _write(model: DetectionModel, sitting: Sitting) -> None:
    try:
        current_app.extensions["redis"].set(_key(model, sitting.name), sitting.ids.tobytes(), ex=KEPT)
    except RedisError:
        return  # the next page begins another one


def _key(model: DetectionModel, name: str) -> str:
    return f"sitting:{model.id}:{name[:24]}"
