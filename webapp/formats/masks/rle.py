"""Masks as COCO run lengths, and the plain geometry of polygons. Thin, typed wrappers of pycocotools."""

from operator import mul
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from webapp.formats.masks.segmentation import Box, Polygon, Polygons, Rle

MAX_MASK_PIXELS = 200_000_000
"""Largest canvas a run-length mask may claim: decoding it takes a byte a pixel."""


class RleInvalid(ValueError):
    """The run lengths are not those of a mask."""


def parse_rle(value: object) -> Rle:
    """Check COCO run lengths, compressed (text) or not (numbers), and return them compressed.

    pycocotools checks the runs only when it decodes them; area and box trust them. So all external RLE must be
    parsed here. Raises RleInvalid.
    """
    if not isinstance(value, dict):
        raise RleInvalid("not an object")
    size = value.get("size")
    if not isinstance(size, list) or len(size) != 2:
        raise RleInvalid("size is not [height, width]")
    height, width = (_whole_number(side) for side in size)
    if height < 1 or width < 1 or height * width > MAX_MASK_PIXELS:
        raise RleInvalid(f"size {height} x {width}")
    counts = value.get("counts")
    if isinstance(counts, str):
        runs = _decode_counts(counts)
    elif isinstance(counts, list):
        runs = _read_counts(counts)
    else:
        raise RleInvalid("counts is neither text nor a list")
    if runs.size == 0 or runs.min() < 0 or runs.max() > height * width or int(runs.sum()) != height * width:
        raise RleInvalid("the runs do not fill the canvas")
    return encode_counts(runs, width, height)


def encode_mask(mask: NDArray[Any]) -> Rle:
    """Run lengths of a mask, shape [height, width], bool or 0 and 1."""
    return _as_text(coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8)))


def encode_counts(counts: list[int] | NDArray[np.int64], width: int, height: int) -> Rle:
    """The mask of these run lengths, down each column, of which the first are outside; they fill the canvas."""
    return _as_text(coco_mask.frPyObjects({"size": [height, width], "counts": counts}, height, width))


def decode_mask(rle: Rle) -> NDArray[np.uint8]:
    """The mask, shape [height, width], 0 and 1. `rle` must have come from this module."""
    return cast(NDArray[np.uint8], coco_mask.decode(_as_bytes(rle)))


def decode_part(rle: Rle) -> tuple[NDArray[np.uint8], int, int]:
    """The mask within its bounding box, shape [height, width], 0 and 1, and the box's x and y.

    Faster than decoding the whole canvas, as photos are large and objects small. An empty mask has the shape
    [0, 0].
    """
    x, y, width, height = (int(side) for side in rle_bbox(rle))
    if not width or not height:
        return np.zeros((0, 0), np.uint8), 0, 0
    rows = rle["size"][0]
    ends = np.clip(np.cumsum(_decode_counts(rle["counts"])), x * rows, (x + width) * rows)
    runs = np.diff(ends, prepend=x * rows)
    columns = np.repeat(np.arange(runs.size, dtype=np.uint8) & 1, runs).reshape(width, rows)
    return np.ascontiguousarray(columns.T[y : y + height]), x, y


def encode_part(part: NDArray[Any], x: int, y: int, width: int, height: int) -> Rle:
    """The inverse of ``decode_part``: run lengths of a canvas that is empty but for `part`.

    `part` has the shape [height, width], bool or 0 and 1; its upper left pixel lies at `x`, `y`, also outside. What is
    outside the canvas is cut off.
    """
    part = part[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
    x, y = max(x, 0), max(y, 0)
    # One column after the other, a pixel of background in front of each and behind the last.
    step = part.shape[0] + 1
    pixels = np.zeros(part.shape[1] * step + 1, np.bool_)
    pixels[1:].reshape(part.shape[1], step)[:, :-1] = part.T
    changes = (pixels[1:] != pixels[:-1]).nonzero()[0]
    edges = np.empty(changes.size + 2, np.int64)
    edges[0], edges[-1] = 0, width * height
    edges[1:-1] = changes + changes // step * (height - step) + (x * height + y)
    if step > height:
        # A run that fills its column to the end goes on in the next one.
        ended = (edges[1:-2] == edges[2:-1]).nonzero()[0] + 1
        edges = np.delete(edges, np.concatenate((ended, ended + 1)))
    runs = edges[1:] - edges[:-1]
    return encode_counts(runs if runs[-1] else runs[:-1], width, height)


def rle_area(rle: Rle) -> int:
    """Pixels inside the mask."""
    return int(coco_mask.area(_as_bytes(rle)))


def rle_bbox(rle: Rle) -> Box:
    """[x, y, width, height] of the mask, pixels."""
    return [float(side) for side in coco_mask.toBbox(_as_bytes(rle))]


def mask_iou(one: Rle, other: Rle) -> float:
    """Intersection over union of two masks, 0 where both are empty or their canvases differ."""
    found = float(coco_mask.iou([_as_bytes(one)], [_as_bytes(other)], [0])[0, 0])
    return max(found, 0.0) if found == found else 0.0


def polygons_to_rle(polygons: Polygons, width: int, height: int) -> Rle:
    """The union of polygons as a mask.

    Raises ValueError for a polygon far outside the photo: pycocotools allocates by the length of the outline.
    """
    _box_near(polygons, width, height)
    return _as_text(coco_mask.merge(coco_mask.frPyObjects(polygons, height, width)))


def polygons_part(polygons: Polygons, width: int, height: int) -> tuple[NDArray[np.uint8], int, int]:
    """The pixels of polygons as ``decode_part`` gives them, drawn on a canvas of their own size.

    For 20 points that takes a third of the time of ``polygons_to_rle`` and ``decode_part``. A line that runs exactly
    between two pixels may be rounded otherwise. Raises ValueError for a polygon far outside the photo.
    """
    x, y, w, h = _box_near(polygons, width, height)
    left, top = max(int(x), 0), max(int(y), 0)
    columns, rows = min(int(x + w) + 2, width) - left, min(int(y + h) + 2, height) - top
    if columns < 1 or rows < 1:
        return np.zeros((0, 0), np.uint8), 0, 0
    # pycocotools rounds five times each side: in that scale the move adds no digits.
    moved = [
        [(5 * side - 5 * (top if at % 2 else left)) / 5 for at, side in enumerate(flat)] for flat in polygons
    ]
    packed = coco_mask.merge(coco_mask.frPyObjects(moved, rows, columns))
    return cast(NDArray[np.uint8], coco_mask.decode(packed)), left, top


def _box_near(polygons: Polygons, width: int, height: int) -> Box:
    """The box around the polygons. Raises ValueError where one is far outside the photo."""
    x, y, w, h = polygons_bbox(polygons)
    if min(x, y) < -max(width, height) or max(x + w, y + h) > 2 * max(width, height):
        raise ValueError("polygon far outside the photo")
    return [x, y, w, h]


def polygon_area(flat: Polygon) -> float:
    """Area of one polygon [x1, y1, x2, y2, ...], square pixels, by the shoelace formula."""
    # Near the origin the products lose fewer digits. Lists, as for the few points of a polygon arrays are slower.
    left, top = flat[0], flat[1]
    x = [value - left for value in flat[0::2]]
    y = [value - top for value in flat[1::2]]
    # Each point with the next one; the pair of last and first is zero, as the first is the origin.
    return abs(sum(map(mul, x, y[1:])) - sum(map(mul, x[1:], y))) / 2


def polygons_bbox(polygons: Polygons) -> Box:
    """[x, y, width, height] around all polygons, pixels."""
    xs = [value for flat in polygons for value in flat[0::2]]
    ys = [value for flat in polygons for value in flat[1::2]]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    return [left, top, right - left, bottom - top]


def rectangle(bbox: Box) -> Polygon:
    """The four corners of [x, y, width, height] as a polygon, clockwise from the top left."""
    x, y, w, h = bbox
    return [x, y, x + w, y, x + w, y + h, x, y + h]


def _as_text(packed: dict[str, Any]) -> Rle:
    return {"size": [int(side) for side in packed["size"]], "counts": packed["counts"].decode("ascii")}


def _as_bytes(rle: Rle) -> dict[str, Any]:
    return {"size": rle["size"], "counts": rle["counts"].encode("ascii")}


def _whole_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
        raise RleInvalid("size is not in whole pixels")
    return int(value)


def _read_counts(counts: list[object]) -> NDArray[np.int64]:
    try:
        runs = np.array(counts, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise RleInvalid("counts are not numbers") from error
    whole = np.isfinite(runs) & (runs == np.floor(runs)) & (runs < MAX_MASK_PIXELS + 1)
    if runs.ndim != 1 or not whole.all():
        raise RleInvalid("counts are not whole numbers")
    return runs.astype(np.int64)


def _decode_counts(counts: str) -> NDArray[np.int64]:
    """COCO's text form: 6 bits a character from '0' on, of which the highest says "more follows", 5 are the
    value, lowest first, the last one signed; from the fourth run on the difference to the run before the
    last.

    Formula: rleFrString in maskApi.c of the COCO API.
    """
    try:
        digits = np.frombuffer(counts.encode("ascii"), dtype=np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError as error:
        raise RleInvalid("counts hold a character that is not allowed") from error
    if digits.size == 0 or digits.min() < 0 or digits.max() > 63 or digits[-1] & 0x20:
        raise RleInvalid("counts are cut off or hold a character that is not allowed")
    ends = np.flatnonzero((digits & 0x20) == 0)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > 7:
        raise RleInvalid("a run is too long")
    places = np.arange(digits.size) - np.repeat(starts, lengths)
    values = np.add.reduceat((digits & 0x1F) << (5 * places), starts)
    negative = (digits[ends] & 0x10) != 0
    values[negative] -= np.int64(1) << (5 * lengths[negative])
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return cast(NDArray[np.int64], values)
