"""One annotation of a COCO file as a shape."""

import math
from typing import Any

from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import FindingLog, ParsedShape
from webapp.formats.masks.polygons import plain_numbers, possible, read_polygons
from webapp.formats.masks.rle import (
    RleInvalid,
    parse_rle,
    polygon_area,
    polygons_bbox,
    rectangle,
    rle_area,
    rle_bbox,
)
from webapp.formats.masks.segmentation import Box, Polygon, Rle, Segmentation

BBOX_TOLERANCE = 1.5
"""Boxes rounded to whole pixels agree with their polygon to about this many pixels."""
MAX_ANGLE = 36_000.0
"""Degrees; more is no angle that a tool writes."""
AREA_TOLERANCE = 0.05
"""Share by which an area may differ: tools count pixels or use the outline."""


def read_shape(
    annotation: dict[str, Any], category: str, place: str, fixed: FindingLog, skipped: FindingLog
) -> ParsedShape | None:
    """The shape, or None with the reason in `skipped`.

    Takes `segmentation` out of the annotation, to free its memory. `place` is where it stands, for the
    report.
    """
    segmentation, fault = _read_segmentation(annotation.pop("segmentation", None), place, fixed)
    bbox = read_bbox(annotation.get("bbox"))
    is_box = annotation.get("is_box") is True or annotation.get("isbbox") is True
    angle = 0.0
    if segmentation is None:
        if bbox is None:
            skipped.add(fault or Fault.NO_SHAPE, place)
            return None
        angle = _read_angle(annotation.get("attributes"))
        fixed.add(Fault.BOX_TURNED if angle else Fault.REPLACED_BY_BOX if fault else Fault.BOX_ONLY, place)
        is_box = not angle
        segmentation = [turned_rectangle(bbox, angle) if angle else rectangle(bbox)]
    shape = make_shape(category, segmentation, is_box=is_box, bbox=bbox if is_box else None)
    if not is_box and not angle:
        if bbox is None or max(abs(a - b) for a, b in zip(_edges(bbox), _edges(shape.bbox), strict=True)) > (
            BBOX_TOLERANCE
        ):
            fixed.add(Fault.BBOX_RECOMPUTED, place)
        if not _area_agrees(annotation.get("area"), shape.area):
            fixed.add(Fault.AREA_RECOMPUTED, place)
    shape.iscrowd = _read_iscrowd(annotation.get("iscrowd"), place, fixed)
    return shape


def make_shape(
    category: str,
    segmentation: Segmentation,
    *,
    is_box: bool = False,
    bbox: Box | None = None,
    area: float | None = None,
) -> ParsedShape:
    """A shape whose box and area belong to its segmentation; those of polygons that are given are taken as they are."""
    if isinstance(segmentation, dict):
        return ParsedShape(category, segmentation, rle_bbox(segmentation), float(rle_area(segmentation)))
    bbox = bbox or polygons_bbox(segmentation)
    if area is None:
        area = sum(map(polygon_area, segmentation))
    return ParsedShape(category, segmentation, bbox, area, is_box=is_box)


def read_bbox(value: object) -> Box | None:
    """[x, y, width, height] where it is a box with an area, else None."""
    bbox = plain_numbers(value)
    if bbox is None or len(bbox) != 4 or not possible(bbox):
        return None
    return bbox if bbox[2] > 0 and bbox[3] > 0 else None


def _read_segmentation(
    value: object, place: str, fixed: FindingLog
) -> tuple[Segmentation | None, Fault | None]:
    """The segmentation, or None and why it is unusable; no reason where there is none in the file."""
    if value is None or value == [] or value == {} or value == [[]]:
        return None, None
    if isinstance(value, dict):
        return _read_mask(value)
    if not isinstance(value, list):
        return None, Fault.NOT_NUMBERS
    reading = read_polygons(value)
    if not reading.polygons:
        return None, reading.dropped[0]
    for repair in dict.fromkeys(reading.repaired):
        fixed.add(repair, place)
    for _ in reading.dropped:
        fixed.add(Fault.POLYGON_PART_DROPPED, place, "polygon")
    return reading.polygons, None


def _read_mask(value: dict[str, Any]) -> tuple[Rle | None, Fault | None]:
    try:
        rle = parse_rle(value)
    except RleInvalid:
        return None, Fault.RLE_INVALID
    return (rle, None) if rle_area(rle) else (None, Fault.NO_AREA)


def _read_angle(attributes: object) -> float:
    """Degrees clockwise by which CVAT turns a box about its centre, in 0..360; 0 where it does not."""
    value = attributes.get("rotation") if isinstance(attributes, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MAX_ANGLE:
        return 0.0
    return float(value) % 360


def turned_rectangle(bbox: Box, degrees: float) -> Polygon:
    """The corners of [x, y, width, height] turned clockwise (y points down) about its centre."""
    x, y, w, h = bbox
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    flat: Polygon = []
    for right, down in ((-w, -h), (w, -h), (w, h), (-w, h)):
        flat += [x + (w + right * cos - down * sin) / 2, y + (h + right * sin + down * cos) / 2]
    return [round(value, 3) for value in flat]


def _edges(bbox: Box) -> tuple[float, float, float, float]:
    x, y, w, h = bbox
    return x, y, x + w, y + h


def _area_agrees(value: object, area: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    # Compared as int: an integer of a thousand digits cannot become a float.
    slack = max(2.0, AREA_TOLERANCE * area)
    return area - slack <= value <= area + slack


def _read_iscrowd(value: object, place: str, fixed: FindingLog) -> bool:
    if value is None or (value in (0, 1) and not isinstance(value, bool)):
        return bool(value)
    fixed.add(Fault.ISCROWD_UNUSUAL, place)
    return value is True or (isinstance(value, str) and value.strip().lower() in {"1", "true"})
