"""Draws labels over a photo: SVG outlines for polygons, a transparent PNG for masks."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image as Picture
from PIL import ImageColor

from webapp.formats.masks.polygons import points_text
from webapp.formats.masks.rle import decode_mask
from webapp.models import Annotation

MASK_OPACITY = 130
"""Of 255."""


@dataclass(frozen=True)
class Drawing:
    """One label; ``outlines`` are SVG point lists in pixels of the photo, empty for a mask."""

    annotation: Annotation
    number: int
    outlines: list[str]

    @property
    def is_mask(self) -> bool:
        """Whether the label is run lengths, which SVG cannot draw."""
        return isinstance(self.annotation.segmentation, dict)


def drawings_of(annotations: list[Annotation]) -> list[Drawing]:
    """Numbered from 1, in the order given."""
    return [Drawing(a, number, _outlines(a)) for number, a in enumerate(annotations, start=1)]


def _outlines(annotation: Annotation) -> list[str]:
    if isinstance(annotation.segmentation, dict):
        return []
    return [points_text(flat) for flat in annotation.segmentation]


def mask_png(annotation: Annotation) -> bytes:
    """A PNG of the mask's size, transparent outside the object. The segmentation must be RLE."""
    mask = decode_mask(annotation.segmentation)
    picture = Picture.fromarray(np.ascontiguousarray(mask), mode="P")
    picture.putpalette([0, 0, 0, *ImageColor.getrgb(annotation.category.color)])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=bytes([0, MASK_OPACITY]), optimize=False)
    return buffer.getvalue()
