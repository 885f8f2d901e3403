"""Suggestions without weights, for tests of what becomes of them."""

import numpy as np

from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import encode_mask, rle_area, rle_bbox
from webapp.formats.masks.segmentation import Rle
from webapp.models import Image
from webapp.suggestions import drafts as suggestion_drafts


def mask(image: Image, left: int, top: int, side: int = 20) -> Rle:
    """A square."""
    pixels = np.zeros((image.height, image.width), np.uint8)
    pixels[top : top + side, left : left + side] = 1
    return encode_mask(pixels)


def found_object(category: str, score: float, mask: Rle) -> FoundObject:
    """What weights would say of this mask."""
    return FoundObject(category, score, rle_bbox(mask), float(rle_area(mask)), mask)


def suggest(image: Image, *scores: float, category: str = "fig") -> None:
    """One square for each score, side by side."""
    found = [found_object(category, score, mask(image, 2 + 12 * n, 5, 10)) for n, score in enumerate(scores)]
    suggestion_drafts.keep(image.id, found, Thresholds(), model_id=image.model_id)
    db.session.commit()
