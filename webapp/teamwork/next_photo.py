"""The photo that a person labels next: never one that somebody else has open."""

from dataclasses import replace

from webapp.images.browsing.neighbours import unlabelled_after
from webapp.images.browsing.paging import ids_after
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.models import DetectionModel, Image, User
from webapp.teamwork import open_photos

MOST_TRIED = 50


def find(
    model: DetectionModel,
    query: ImageQuery,
    sort: Sort,
    beyond: Image | None,
    user: User,
    unlabelled: bool = True,
) -> int | None:
    """The id of the next photo of the filter after ``beyond``, which is open for this person now; None: none is left.

    ``unlabelled``: the next one without labels, from the start again where none follows; photos that are assigned to
    others are left out unless the filter names a person.
    """
    others = tuple(open_photos.of_others(model.id, user))
    wanted = replace(query, without=others)
    if unlabelled:
        if query.assignee is None:
            wanted = replace(wanted, free_for=user.id)
        candidates = unlabelled_after(model, wanted, sort, beyond, MOST_TRIED)
    else:
        candidates = ids_after(model, wanted, sort, Position.of(beyond) if beyond else None, MOST_TRIED)
    # Somebody may have opened one since it was read.
    for image_id in candidates:
        if open_photos.claim_id(model.id, image_id, user) in (None, user.id):
            return image_id
    return None
