"""The photos before and after one, in the order and with the filter of its gallery."""

from dataclasses import dataclass

from webapp.images.browsing.paging import ids_after, ids_before
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.models import DetectionModel, Image


@dataclass(frozen=True)
class Neighbours:
    """Ids of the photos beside one; None at the ends."""

    previous: int | None
    next: int | None


def neighbours_of(model: DetectionModel, image: Image, query: ImageQuery, sort: Sort) -> Neighbours:
    """Among the photos that the filter shows, whether or not it shows ``image`` itself."""
    here = Position.of(image)
    before = ids_before(model, query, sort, here, 1)
    after = ids_after(model, query, sort, here, 1)
    return Neighbours(before[0] if before else None, after[0] if after else None)
