"""Draws detections onto a photo: masks, boxes, category names with scores."""

import io
from collections.abc import Sequence
from functools import lru_cache

import cv2
import cvttf_NotoSansCJK_Regular  # type: ignore[import-untyped]
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import decode_part

Colour = tuple[int, int, int]

COLOURS: list[Colour] = [
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (213, 94, 0),
    (204, 121, 167),
    (86, 180, 233),
    (148, 103, 189),
    (240, 228, 66),
    (140, 86, 75),
    (23, 190, 207),
]
"""One for each category, in turn. The first ones are distinguishable by colour-blind people (Okabe and Ito, 2008)."""

MASK_OPACITY = 0.4
JPEG_QUALITY = 90
"""Of a photo with its detections drawn on it."""
MOST_JPEG_SIDE = 65_500
"""Pixels; libjpeg writes no longer side."""
_LINE_SHARE = 1 / 400
_TEXT_SHARE = 1 / 36
"""Of the photo's short side: lines and text look alike on a thumbnail-sized and on a 12-megapixel photo."""
_SMALLEST_TEXT = 12


def colour_of(category_index: int) -> Colour:
    """RGB of a category, by its place in the weights' list."""
    return COLOURS[category_index % len(COLOURS)]


def draw_detections(
    photo: np.ndarray, detections: Sequence[FoundObject], categories: Sequence[str]
) -> Image.Image:
    """``photo`` is height x width x 3, uint8, RGB, and stays as it is. Returns a picture of the same size.

    ``categories`` are those of the weights: a category's place gives its colour. The best detection is drawn
    last, on top.
    """
    canvas = photo.copy()
    line = max(2, round(min(photo.shape[:2]) * _LINE_SHARE))
    lowest_first = sorted(detections, key=lambda detection: detection.score)
    colours = {category: colour_of(index) for index, category in enumerate(categories)}
    for detection in lowest_first:
        _draw_mask(canvas, detection, colours[detection.category], line)
    picture = Image.fromarray(canvas)
    pen = ImageDraw.Draw(picture)
    font = _font(max(_SMALLEST_TEXT, round(min(photo.shape[:2]) * _TEXT_SHARE)))
    for detection in lowest_first:
        x, y, width, height = detection.bbox
        pen.rectangle((x, y, x + width, y + height), outline=colours[detection.category], width=line)
    for detection in lowest_first:
        text = f"{detection.category} {detection.score:.0%}"
        _draw_label(pen, detection, text, colours[detection.category], font, picture.size)
    return picture


def drawn_jpeg(photo: np.ndarray, detections: Sequence[FoundObject], categories: Sequence[str]) -> bytes:
    """The picture of ``draw_detections`` as a file; smaller than the photo where JPEG takes no side of its length."""
    buffer = io.BytesIO()
    picture = draw_detections(photo, detections, categories)
    picture.thumbnail((MOST_JPEG_SIDE, MOST_JPEG_SIDE))
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _draw_mask(canvas: np.ndarray, detection: FoundObject, colour: Colour, line: int) -> None:
    """Tints the mask and strokes its outline, in place.

    Works on the part around the mask only: photos are large, parts small.
    """
    height, width = canvas.shape[:2]
    mask, x, y = decode_part(detection.segmentation)
    if not mask.size:
        return
    left, top = min(x, line), min(y, line)
    rows = slice(y - top, min(height, y + mask.shape[0] + line))
    columns = slice(x - left, min(width, x + mask.shape[1] + line))
    part = canvas[rows, columns]
    inside = part[top : top + mask.shape[0], left : left + mask.shape[1]][mask.astype(bool)]
    tinted = (inside * (1 - MASK_OPACITY) + np.array(colour) * MASK_OPACITY).astype(np.uint8)
    part[top : top + mask.shape[0], left : left + mask.shape[1]][mask.astype(bool)] = tinted
    outlines, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    stroked = np.ascontiguousarray(part)
    cv2.drawContours(stroked, outlines, -1, colour, line, cv2.LINE_AA, offset=(left, top))
    canvas[rows, columns] = stroked


def _draw_label(
    pen: ImageDraw.ImageDraw,
    detection: FoundObject,
    text: str,
    colour: Colour,
    font: ImageFont.FreeTypeFont,
    size: tuple[int, int],
) -> None:
    """Above the box where there is room, else inside it; never outside the photo."""
    left, top, right, bottom = font.getbbox(text)
    margin = max(2, round(font.size / 6))
    width, height = right - left + 2 * margin, bottom - top + 2 * margin
    box_x, box_y = detection.bbox[:2]
    x = max(0.0, min(box_x, size[0] - width))
    y = box_y - height if box_y >= height else box_y
    y = max(0.0, min(y, size[1] - height))
    pen.rectangle((x, y, x + width, y + height), fill=colour)
    pen.text((x + margin - left, y + margin - top), text, font=font, fill=_readable_on(colour))


def _readable_on(colour: Colour) -> str:
    """Black or white, whichever contrasts more (relative luminance, WCAG 2.2; 0.18 is where both are
    equal).
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.18 else "white"


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Noto Sans CJK TC from its package: Latin and all Chinese, Japanese and Korean characters."""
    return ImageFont.truetype(cvttf_NotoSansCJK_Regular.get_TTF_path(), size)
