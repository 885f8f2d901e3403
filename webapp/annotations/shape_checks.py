"""Validates shapes of a request (editor, REST, VIA) and mends their outlines where that is asked for."""

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from webapp.annotations import categories
from webapp.core.errors import UserError
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.coco.shape import make_shape, read_bbox
from webapp.formats.masks.geometry import Mend, crossing, repair_box, repair_polygon
from webapp.formats.masks.polygons import read_polygons
from webapp.formats.masks.rle import RleInvalid, parse_rle, rectangle, rle_area
from webapp.formats.masks.segmentation import Box, Polygon, Polygons, Segmentation

EDGE = 1e-6
"""Tolerance in pixels for coordinates outside the photo, for rounding."""


@dataclass(frozen=True)
class NewShape:
    """A shape as it was sent; ``bbox`` counts where it is a box, else the segmentation."""

    category: str
    """Its name."""
    segmentation: Any
    """Polygons as lists of numbers, COCO run lengths, or None."""
    bbox: Box | None
    iscrowd: bool = False
    is_box: bool = False
    suggested: bool = False


@dataclass(frozen=True)
class Mended:
    """What was changed in a shape; ``index`` is its position in the request, from 0."""

    index: int
    what: Mend


def all_checked(
    shapes: list[NewShape], there: Callable[[], Collection[tuple[float, ...]]], width: int, height: int
) -> list[ParsedShape]:
    """Validate the shapes and compute their boxes and areas. Raises UserError with the path of the fault.

    ``there`` returns the photo's present polygons: those from a file may cross themselves and are kept
    unchanged.
    """
    parsed = [checked(shape, f"items[{index}]", width, height) for index, shape in enumerate(shapes)]
    polygons = _polygons(parsed)
    faults = crossing([flat for _index, _part, flat in polygons])
    if faults:
        kept = there()
        for index, part, flat in (polygons[fault] for fault in faults):
            if tuple(flat) not in kept:
                path = f"items[{index}].segmentation[{part}]"
                raise invalid_shape(
                    _("This outline crosses or touches itself: draw it without a loop."), path
                )
    return parsed


def repaired(
    shapes: list[NewShape], there: Callable[[], Collection[tuple[float, ...]]], width: int, height: int
) -> tuple[list[NewShape], list[Mended]]:
    """The shapes after mending, and what was changed in each; shapes without an area are dropped."""
    kept: list[NewShape] = []
    changes: list[Mended] = []
    present: Collection[tuple[float, ...]] | None = None
    for index, shape in enumerate(shapes):
        mends: list[Mend] = []
        if shape.is_box and shape.bbox:
            bbox, mends = repair_box(shape.bbox, width, height)
            shape = replace(shape, bbox=bbox)
        elif isinstance(shape.segmentation, list) and shape.segmentation:
            parts = [_mended_part(flat, width, height) for flat in shape.segmentation]
            if any(found for _polygons, found in parts):
                present = there() if present is None else present
                if all(tuple(map(float, flat)) in present for flat in shape.segmentation):
                    parts = [([flat], []) for flat in shape.segmentation]
            mends = list(dict.fromkeys(mend for _polygons, found in parts for mend in found))
            polygons = [flat for found, _mends in parts for flat in found]
            if polygons:
                mends = [mend for mend in mends if mend is not Mend.GONE]
            shape = replace(shape, segmentation=polygons)
        changes += [Mended(index, mend) for mend in mends]
        if Mend.GONE not in mends:
            kept.append(shape)
    return kept, changes


def _mended_part(flat: Polygon, width: int, height: int) -> tuple[Polygons, list[Mend]]:
    if len(flat) % 2 or not all(map(math.isfinite, flat)):
        return [flat], []  # no outline at all: the strict check says so
    if len(flat) < 6:
        return [], [Mend.GONE]
    return repair_polygon(flat, width, height)


def _polygons(shapes: list[ParsedShape]) -> list[tuple[int, int, Polygon]]:
    return [
        (index, part, flat)
        for index, shape in enumerate(shapes)
        if isinstance(shape.segmentation, list) and not shape.is_box
        for part, flat in enumerate(shape.segmentation)
    ]


def checked(shape: NewShape, path: str, width: int, height: int) -> ParsedShape:
    """Validate one shape and compute its box and area. Raises UserError with the path of the fault."""
    category = " ".join(shape.category.split())
    if not categories.is_name(category):
        raise invalid_shape(_("A category needs a name of at most 100 characters."), f"{path}.category")
    if shape.is_box or not shape.segmentation:
        parsed = _checked_box(shape.bbox, category, f"{path}.bbox", width, height)
    else:
        segmentation = _checked_segmentation(shape.segmentation, f"{path}.segmentation", width, height)
        parsed = make_shape(category, segmentation)
    parsed.iscrowd = shape.iscrowd
    parsed.suggested = shape.suggested
    return parsed


def _checked_box(value: object, category: str, path: str, width: int, height: int) -> ParsedShape:
    bbox = read_bbox(value)
    if bbox is None:
        raise invalid_shape(
            _("A shape needs a segmentation, or a box [x, y, width, height] with an area."), path
        )
    x, y, w, h = bbox
    _check_inside([x, x + w], [y, y + h], path, width, height)
    return make_shape(category, [rectangle(bbox)], is_box=True, bbox=bbox)


def _checked_segmentation(value: Any, path: str, width: int, height: int) -> Segmentation:
    if isinstance(value, dict):
        try:
            rle = parse_rle(value)
        except RleInvalid as error:
            sentence = _(
                "These run lengths are not a mask: they must be COCO's, and fill the photo's height × width exactly."
            )
            raise invalid_shape(sentence, path) from error
        if rle["size"] != [height, width]:
            raise invalid_shape(
                _("The mask must have the size of the photo: [%(h)s, %(w)s].", h=height, w=width),
                f"{path}.size",
            )
        if not rle_area(rle):
            raise invalid_shape(_("The mask is empty."), path)
        return rle
    return [
        _checked_polygon(polygon, f"{path}[{index}]", width, height) for index, polygon in enumerate(value)
    ]


def _checked_polygon(polygon: Polygon, path: str, width: int, height: int) -> Polygon:
    if len(polygon) < 6 or len(polygon) % 2 or not all(math.isfinite(value) for value in polygon):
        raise invalid_shape(_("A polygon is [x1, y1, x2, y2, …] with at least three points."), path)
    _check_inside(polygon[0::2], polygon[1::2], path, width, height)
    read = read_polygons([polygon]).polygons
    if not read:
        raise invalid_shape(_("This polygon has no area: its points lie on one line."), path)
    return read[0]


def _check_inside(xs: Iterable[float], ys: Iterable[float], path: str, width: int, height: int) -> None:
    if not all(-EDGE <= x <= width + EDGE for x in xs) or not all(-EDGE <= y <= height + EDGE for y in ys):
        raise invalid_shape(
            _("This lies outside the photo of %(w)s × %(h)s pixels.", w=width, h=height), path
        )


def invalid_shape(sentence: str, path: str) -> UserError:
    return UserError(sentence, code="shape_invalid", field=path)
