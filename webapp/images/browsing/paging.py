"""Pages of photos in an order, forward and back, from a position on; and the photos beside one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from webapp.core.extensions import db
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.images.browsing.uncertain import UncertaintyWalk
from webapp.images.browsing.walk import ImageWalk
from webapp.models import DetectionModel, Image


@dataclass(frozen=True)
class ImageSlice:
    """Photos that follow each other in an order."""

    photos: list[Image]
    preceding: bool
    """Whether some stand before these."""
    following: bool


def page_after(
    model: DetectionModel, query: ImageQuery, sort: Sort, position: Position | None, size: int
) -> ImageSlice:
    """The photos behind a position, None for the start.

    There are none where they are gone, so that a script that pages comes to its end.
    """
    return _slice(_walk(model, query, sort), position, size)


def last_page(model: DetectionModel, query: ImageQuery, sort: Sort, size: int) -> ImageSlice:
    """The last photos."""
    return page_before(model, query, sort, None, size)


def page_at(
    model: DetectionModel, query: ImageQuery, sort: Sort, position: Position, size: int
) -> ImageSlice:
    """The photos from a position on; the first page where it stands in it."""
    back = _walk(model, query, sort, backward=True)
    before = back.ids(position, size)
    if len(before) < size:
        return _slice(back.turned(), None, size)
    nearest = db.session.get_one(Image, before[0])
    return _slice(back.turned(), Position.of(nearest), size)


def page_before(
    model: DetectionModel, query: ImageQuery, sort: Sort, position: Position | None, size: int
) -> ImageSlice:
    """The photos in front of a position, None for the end; the first page where too few stand there."""
    back = _walk(model, query, sort, backward=True)
    found = back.ids(position, size + 1)
    if len(found) <= size and position is not None:
        return _slice(back.turned(), None, size)
    return ImageSlice(_photos(found[:size][::-1]), len(found) > size, position is not None)


def ids_after(
    model: DetectionModel, query: ImageQuery, sort: Sort, position: Position | None, count: int
) -> list[int]:
    """The ids of the photos behind a position, in the order."""
    return _walk(model, query, sort).ids(position, count)


def ids_before(
    model: DetectionModel, query: ImageQuery, sort: Sort, position: Position | None, count: int
) -> list[int]:
    """The ids of the photos in front of a position, the nearest first."""
    return _walk(model, query, sort, backward=True).ids(position, count)


def _slice(walk: ImageWalk | UncertaintyWalk, position: Position | None, size: int) -> ImageSlice:
    """The photos behind a position in the order itself."""
    found = walk.ids(position, size + 1)
    return ImageSlice(_photos(found[:size]), position is not None, len(found) > size)


def _walk(
    model: DetectionModel, query: ImageQuery, sort: Sort, backward: bool = False
) -> ImageWalk | UncertaintyWalk:
    if sort is Sort.UNCERTAIN:
        return UncertaintyWalk(model, query, backward)
    return ImageWalk(model, query, sort, backward)


def _photos(ids: Sequence[int]) -> list[Image]:
    found = {image.id: image for image in db.session.scalars(select(Image).where(Image.id.in_(ids)))}
    return [found[number] for number in ids if number in found]
