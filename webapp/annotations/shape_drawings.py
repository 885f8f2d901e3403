"""Draws labels over a photo: SVG outlines for polygons, a transparent PNG for masks, few points for a thumbnail."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image as Picture
from PIL import ImageColor

from webapp.annotations import queries
from webapp.formats.masks.polygons import points_text
from webapp.formats.masks.rle import decode_mask
from webapp.formats.masks.simplified import fewer_points
from webapp.models import Annotation, Image

MASK_OPACITY = 130
"""Of 255."""
THUMBNAIL_PX = 320
"""Longest side of a thumbnail: a point that lies closer to the line than one of its pixels is not seen."""
MOST_SHAPES = 100
"""Of a photo; more would be a blot."""


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


def small_outlines(images: list[Image]) -> dict[int, dict[str, Any]]:
    """By photo ``{width, height, shapes: [{color, points: ["x,y x,y", …]}]}`` in pixels of the photo.

    A mask is drawn as its box: to decode sixty photos full of them would take seconds.
    """
    labels = queries.annotations_of_many([image.id for image in images])
    return {
        image.id: {
            "width": image.width,
            "height": image.height,
            "shapes": [_shape(one, image) for one in labels[image.id][:MOST_SHAPES]],
        }
        for image in images
        if labels[image.id]
    }


def _shape(annotation: Annotation, image: Image) -> dict[str, Any]:
    tolerance = max(image.width, image.height) / THUMBNAIL_PX
    if isinstance(annotation.segmentation, dict):
        x, y, width, height = annotation.bbox
        outlines = [[x, y, x + width, y, x + width, y + height, x, y + height]]
    else:
        outlines = annotation.segmentation
    return {
        "color": annotation.category.color,
        "points": [_text(fewer_points(np.array(flat).reshape(-1, 2), tolerance)) for flat in outlines],
    }


def _text(points: Any) -> str:
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
