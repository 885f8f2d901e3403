"""Recognises what a person has kept: labels by what they are, a place without a label by its mask."""

import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.formats.label_mistakes.expectations import SAME
from webapp.formats.masks.rle import mask_iou
from webapp.models import Annotation, KeptLabel


def fingerprint(labels: Sequence[Annotation]) -> str:
    """SHA-256 of what labels are, in any order: another outline or category gives another one."""
    each = [
        msgspec.json.encode([label.category_id, label.segmentation], order="deterministic")
        for label in labels
    ]
    return hashlib.sha256(b"\n".join(sorted(each))).hexdigest()


def kept_of(image_ids: list[int]) -> dict[int, list[KeptLabel]]:
    """What was kept of these photos, by their ids."""
    kept: dict[int, list[KeptLabel]] = {image_id: [] for image_id in image_ids}
    for one in db.session.scalars(select(KeptLabel).where(KeptLabel.image_id.in_(image_ids))):
        kept[one.image_id].append(one)
    return kept


def is_kept(labels: Sequence[Annotation], places: Sequence[FoundObject], kept: Sequence[KeptLabel]) -> bool:
    """Whether a person has seen that these labels are right; of none, that there is nothing at these places."""
    if not kept:
        return False
    if labels:
        own = fingerprint(labels)
        return any(one.fingerprint == own for one in kept)
    return any(
        one.place is not None and mask_iou(one.place, place.segmentation) >= SAME
        for one in kept
        for place in places
    )
