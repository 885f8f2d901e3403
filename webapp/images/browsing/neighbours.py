"""The photos before and after one, in the order and with the filter of its gallery."""

from dataclasses import dataclass, replace

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


def next_unlabelled(model: DetectionModel, query: ImageQuery, sort: Sort, beyond: Image | None) -> int | None:
    """The id of the next unlabelled photo of the filter after ``beyond``, else of the first one."""
    return next(iter(unlabelled_after(model, query, sort, beyond, 1)), None)


def unlabelled_after(
    model: DetectionModel, query: ImageQuery, sort: Sort, beyond: Image | None, count: int
) -> list[int]:
    """Ids of unlabelled photos of the filter after ``beyond``, else of the first ones."""
    unlabelled = replace(query, labelled=False, category=None)
    if beyond is not None:
        following = ids_after(model, unlabelled, sort, Position.of(beyond), count)
        if following:
            return following
    first = ids_after(model, unlabelled, sort, None, count + 1)
    return [number for number in first if beyond is None or number != beyond.id][:count]
