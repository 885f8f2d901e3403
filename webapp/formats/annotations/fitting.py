"""Fits the shapes of an annotation file to their photo: turns, scales, makes areas of lines, and clips."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from webapp.formats.annotations.drawn_on import Drawn
from webapp.formats.annotations.orientation import (
    UPRIGHT,
    Size,
    swaps,
    turn_box,
    turn_mask,
    turn_polygon,
)
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import Finding, FindingLog, ParsedImage, ParsedShape
from webapp.formats.coco.shape import make_shape
from webapp.formats.masks.lines import line_area
from webapp.formats.masks.polygons import clip_box, clip_polygon, same_proportions, scale_polygon
from webapp.formats.masks.rle import decode_mask, encode_mask, rectangle, rle_area
from webapp.formats.masks.segmentation import Box, Polygons, Rle, Segmentation

SHARE_DIGITS = 6
"""Digits behind the point of a pixel to which shares of a photo's size are rounded: what was a pixel is one again."""


@dataclass(slots=True)
class FittedShapes:
    """The shapes inside the photo, what was changed, and which shapes are outside."""

    shapes: list[ParsedShape]
    fixed: list[Finding]
    skipped: list[Finding]


def fit_to_image(
    image: ParsedImage,
    width: int,
    height: int,
    orientation: int = UPRIGHT,
    drawn: Drawn = Drawn.UPRIGHT,
) -> FittedShapes:
    """The shapes of `image` in a photo of `width` x `height` pixels, upright.

    `orientation` is what the photo's EXIF said, and `drawn` whether the shapes were drawn on its raw pixels: then
    they are turned with it. Another size with the same aspect ratio scales them. With another ratio (a cropped
    photo) the mapping is unknown: coordinates are kept, and the report says so.
    """
    fixed, skipped = FindingLog(), FindingLog()
    fitting = _fitting(image, width, height, orientation, drawn, fixed)
    shapes = []
    for shape in image.shapes:
        place = f"{image.file_name} {shape.source_id}".rstrip()
        fitted, clipped = fitting.fit(shape)
        if fitted is None:
            skipped.add(Fault.OUTSIDE_PHOTO, place)
            continue
        if clipped:
            fixed.add(Fault.CLIPPED, place)
        shapes.append(fitted)
    return FittedShapes(shapes, fixed.findings, skipped.findings)


def is_size_of(width: int | None, height: int | None, photo_width: int, photo_height: int) -> bool:
    """Whether a photo can have been listed with this size: the same proportions, upright or turned, or none said."""
    if not width or not height:
        return True
    return same_proportions(width, height, photo_width, photo_height) or same_proportions(
        height, width, photo_width, photo_height
    )


def _fitting(
    image: ParsedImage, width: int, height: int, orientation: int, drawn: Drawn, fixed: FindingLog
) -> "_Fitting":
    """What is done to each shape; adds findings about the photo."""
    turn = orientation if drawn is Drawn.RAW else UPRIGHT
    raw: Size = (height, width) if swaps(turn) else (width, height)
    size: Size = (image.width, image.height) if image.width and image.height else raw
    if image.shapes and turn != UPRIGHT:
        fixed.add(Fault.TURNED, image.file_name, "image")
        if swaps(turn) and same_proportions(*size, width, height) and not same_proportions(*size, *raw):
            size = size[::-1]  # the file has the upright size, though its shapes are raw
        raw, size = size, size[::-1] if swaps(turn) else size
    elif swaps(orientation) and image.shapes and same_proportions(*size, height, width):
        if not same_proportions(*size, width, height):
            fixed.add(Fault.SIZE_BEFORE_TURN, image.file_name, "image")
        size = size[::-1]
    scale = (1.0, 1.0)
    if image.shapes and size != (width, height):
        sizes = f"{image.file_name}: {image.width} x {image.height} / {width} x {height}"
        if same_proportions(*size, width, height):
            scale = (width / size[0], height / size[1])
            fixed.add(Fault.SIZE_DIFFERS_SCALED, sizes, "image")
        else:
            fixed.add(Fault.SIZE_DIFFERS_KEPT, sizes, "image")
    return _Fitting(width, height, turn, raw, scale)


@dataclass(frozen=True, slots=True)
class _Fitting:
    width: int
    height: int
    turn: int
    """The EXIF orientation by which shapes are turned; 1: not at all."""
    raw: Size
    """What they are turned in: the raw size of the photo, in units of the file."""
    scale: Size

    def fit(self, shape: ParsedShape) -> tuple[ParsedShape | None, bool]:
        """The shape in the photo (None: outside), and whether it was clipped."""
        scale = (float(self.width), float(self.height)) if shape.normalised else self.scale
        raw = (1.0, 1.0) if shape.normalised else self.raw
        segmentation: Segmentation
        bbox = None
        if isinstance(shape.segmentation, dict):
            segmentation, clipped = self._mask(shape.segmentation)
            if segmentation is shape.segmentation:
                return shape, False
            if not rle_area(segmentation):
                return None, True
        elif shape.is_box:
            bbox, clipped = self._box(shape.bbox, scale, raw, rounded=shape.normalised)
            if bbox is None:
                return None, True
            segmentation = [rectangle(bbox)]
        else:
            segmentation, clipped = self._polygons(shape, scale, raw)
            if not segmentation:
                return None, True
        is_moved = self.turn != UPRIGHT or scale != (1.0, 1.0) or shape.line_width
        if not clipped and not is_moved and not isinstance(segmentation, dict):
            return shape, False
        fitted = make_shape(shape.category, segmentation, is_box=shape.is_box, bbox=bbox)
        fitted.iscrowd = shape.iscrowd
        fitted.source_id = shape.source_id
        return fitted, clipped

    def _polygons(self, shape: ParsedShape, scale: Size, raw: Size) -> tuple[Segmentation, bool]:
        """Those inside the photo, or the mask of a line that crosses itself; empty outside of the photo."""
        assert isinstance(shape.segmentation, list)  # noqa: S101
        polygons = self._placed(shape.segmentation, scale, raw, rounded=shape.normalised)
        if shape.line_width:
            area = line_area(polygons[0], shape.line_width, (self.width, self.height))
            if isinstance(area, dict):
                return (area if rle_area(area) else []), False
            polygons = area
        return self._clipped(polygons)

    def _placed(self, polygons: Polygons, scale: Size, raw: Size, rounded: bool) -> Polygons:
        """Turned and scaled."""
        if self.turn != UPRIGHT:
            polygons = [turn_polygon(polygon, self.turn, raw) for polygon in polygons]
        if rounded:
            points = [np.asarray(polygon).reshape(-1, 2) * scale for polygon in polygons]
            return [pairs.round(SHARE_DIGITS).ravel().tolist() for pairs in points]
        if scale != (1.0, 1.0):
            polygons = [scale_polygon(polygon, *scale) for polygon in polygons]
        return polygons

    def _clipped(self, polygons: Polygons) -> tuple[Polygons, bool]:
        kept: Polygons = []
        clipped = False
        for polygon in polygons:
            xs, ys = polygon[0::2], polygon[1::2]
            inside = polygon
            if min(xs) < 0 or min(ys) < 0 or max(xs) > self.width or max(ys) > self.height:
                clipped = True
                inside = clip_polygon(polygon, self.width, self.height)
            if inside:
                kept.append(inside)
        return kept, clipped

    def _box(self, bbox: Box, scale: Size, raw: Size, rounded: bool) -> tuple[Box | None, bool]:
        if self.turn != UPRIGHT:
            bbox = turn_box(bbox, self.turn, raw)
        scaled = [bbox[0] * scale[0], bbox[1] * scale[1], bbox[2] * scale[0], bbox[3] * scale[1]]
        if rounded:
            scaled = [round(side, SHARE_DIGITS) for side in scaled]
        inside = clip_box(scaled, self.width, self.height)
        return inside, inside is not scaled

    def _mask(self, rle: Rle) -> tuple[Rle, bool]:
        """A mask carries its own size: resampled (nearest) onto the same proportions, else cut off and filled
        up."""
        mask_height, mask_width = rle["size"]
        is_upright = swaps(self.turn) and same_proportions(mask_width, mask_height, self.width, self.height)
        if self.turn != UPRIGHT and (self.width == self.height or not is_upright):
            rle = turn_mask(rle, self.turn)
            mask_height, mask_width = rle["size"]
        if (mask_width, mask_height) == (self.width, self.height):
            return rle, False
        mask = decode_mask(rle)
        if same_proportions(mask_width, mask_height, self.width, self.height):
            resized = Image.fromarray(mask).resize((self.width, self.height), Image.Resampling.NEAREST)
            return encode_mask(np.asarray(resized)), False
        canvas = np.zeros((self.height, self.width), dtype=np.uint8)
        part = mask[: self.height, : self.width]
        canvas[: part.shape[0], : part.shape[1]] = part
        return encode_mask(canvas), int(part.sum()) != rle_area(rle)
