"""Fits the shapes of an annotation file to their photo, whose size may differ: scales and clips."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import Finding, FindingLog, ParsedImage, ParsedShape
from webapp.formats.coco.shape import make_shape
from webapp.formats.masks.polygons import clip_box, clip_polygon, scale_polygon
from webapp.formats.masks.rle import decode_mask, encode_mask, rectangle, rle_area
from webapp.formats.masks.segmentation import Box, Polygons, Rle, Segmentation

ASPECT_TOLERANCE = 0.01
"""Sizes whose aspect ratios differ by less than this share are treated as one photo in two resolutions."""


@dataclass(slots=True)
class FittedShapes:
    """The shapes inside the photo, what was changed, and which shapes are outside."""

    shapes: list[ParsedShape]
    fixed: list[Finding]
    skipped: list[Finding]


def fit_to_image(image: ParsedImage, width: int, height: int) -> FittedShapes:
    """The shapes of `image` in a photo of `width` x `height` pixels, upright.

    Another size with the same aspect ratio scales them. With another ratio (a photo rotated by EXIF, or
    cropped) the mapping is unknown: coordinates are kept, and the report says so.
    """
    fixed, skipped = FindingLog(), FindingLog()
    scale = (1.0, 1.0)
    if image.shapes and image.width and image.height and (image.width, image.height) != (width, height):
        sizes = f"{image.file_name}: {image.width} x {image.height} / {width} x {height}"
        if _same_proportions(image.width, image.height, width, height):
            scale = (width / image.width, height / image.height)
            fixed.add(Fault.SIZE_DIFFERS_SCALED, sizes, "image")
        else:
            fixed.add(Fault.SIZE_DIFFERS_KEPT, sizes, "image")
    shapes = []
    for shape in image.shapes:
        place = f"{image.file_name} {shape.source_id}".rstrip()
        fitted, clipped = _fit_shape(shape, scale, width, height)
        if fitted is None:
            skipped.add(Fault.OUTSIDE_PHOTO, place)
            continue
        if clipped:
            fixed.add(Fault.CLIPPED, place)
        shapes.append(fitted)
    return FittedShapes(shapes, fixed.findings, skipped.findings)


def _fit_shape(
    shape: ParsedShape, scale: tuple[float, float], width: int, height: int
) -> tuple[ParsedShape | None, bool]:
    """The shape in the photo (None: outside), and whether it was clipped."""
    segmentation: Segmentation
    bbox = None
    if isinstance(shape.segmentation, dict):
        segmentation, clipped = _fit_mask(shape.segmentation, width, height)
        if segmentation is shape.segmentation:
            return shape, False
        if not rle_area(segmentation):
            return None, True
    elif shape.is_box:
        bbox, clipped = _fit_box(shape.bbox, scale, width, height)
        if bbox is None:
            return None, True
        segmentation = [rectangle(bbox)]
    else:
        segmentation, clipped = _fit_polygons(shape.segmentation, scale, width, height)
        if not segmentation:
            return None, True
    if not clipped and scale == (1.0, 1.0) and not isinstance(segmentation, dict):
        return shape, False
    fitted = make_shape(shape.category, segmentation, is_box=shape.is_box, bbox=bbox)
    fitted.iscrowd = shape.iscrowd
    fitted.source_id = shape.source_id
    return fitted, clipped


def _fit_polygons(
    polygons: Polygons, scale: tuple[float, float], width: int, height: int
) -> tuple[Polygons, bool]:
    kept: Polygons = []
    clipped = False
    for polygon in polygons:
        scaled = polygon if scale == (1.0, 1.0) else scale_polygon(polygon, *scale)
        xs, ys = scaled[0::2], scaled[1::2]
        if min(xs) < 0 or min(ys) < 0 or max(xs) > width or max(ys) > height:
            clipped = True
            scaled = clip_polygon(scaled, width, height)
        if scaled:
            kept.append(scaled)
    return kept, clipped


def _fit_box(bbox: Box, scale: tuple[float, float], width: int, height: int) -> tuple[Box | None, bool]:
    scaled = [bbox[0] * scale[0], bbox[1] * scale[1], bbox[2] * scale[0], bbox[3] * scale[1]]
    inside = clip_box(scaled, width, height)
    return inside, inside is not scaled


def _fit_mask(rle: Rle, width: int, height: int) -> tuple[Rle, bool]:
    """A mask carries its own size: resampled (nearest) onto the same proportions, else cut off and filled
    up."""
    mask_height, mask_width = rle["size"]
    if (mask_width, mask_height) == (width, height):
        return rle, False
    mask = decode_mask(rle)
    if _same_proportions(mask_width, mask_height, width, height):
        resized = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)
        return encode_mask(np.asarray(resized)), False
    canvas = np.zeros((height, width), dtype=np.uint8)
    part = mask[:height, :width]
    canvas[: part.shape[0], : part.shape[1]] = part
    return encode_mask(canvas), int(part.sum()) != rle_area(rle)


def _same_proportions(width: int, height: int, other_width: int, other_height: int) -> bool:
    return abs((other_width / width) / (other_height / height) - 1) <= ASPECT_TOLERANCE
