"""The labels of another photo moved onto this one, as an offer: nothing is stored."""

import math
from typing import Any

import numpy as np
import shapely
from flask_babel import gettext as _
from numpy.typing import NDArray

from webapp.annotations import queries as annotation_queries
from webapp.core.errors import UserError
from webapp.formats.images.value_range import ValueRange
from webapp.formats.masks.contours import mask_rings
from webapp.formats.masks.rings import only_areas, to_geometry, to_rings
from webapp.formats.masks.segmentation import Polygons, Segmentation
from webapp.images import intake as image_intake
from webapp.models import Annotation, Image
from webapp.suggestions import object_outlines
from webapp.suggestions.registration import Pixels, register

LEAST_INSIDE = 0.3
"""Share of a label's area that must lie on this photo."""
UPRIGHT = 2.0
"""Degrees: a box that is turned less stays a box."""


def offered(image: Image, neighbour: Image, setting: ValueRange | None) -> list[dict[str, Any]]:
    """``{category, is_box, outline or bbox}`` of each label of the neighbour at its place on ``image``, in pixels.

    Raises UserError: it has no labels, or the photos do not show the same.
    """
    labels = annotation_queries.annotations_of(neighbour)
    if not labels:
        raise UserError(_("The photo before this one has no labels."), code="no_labels", status=409)
    with object_outlines.turn():
        matrix = register(_read(neighbour, setting), _read(image, setting))
    if matrix is None:
        raise UserError(
            _("The photo before this one does not show the same: its labels cannot be moved onto this one."),
            code="not_alike",
            status=409,
        )
    moved = [_moved(label, matrix, image.width, image.height) for label in labels]
    return [one for one in moved if one is not None]


def _read(image: Image, setting: ValueRange | None) -> Pixels:
    path = image_intake.picture_path(image.file, setting)
    return object_outlines.read_photo(image.file, str(path))


def _moved(label: Annotation, matrix: NDArray[np.float64], width: int, height: int) -> dict[str, Any] | None:
    stored: Segmentation = label.segmentation
    rings: Polygons = mask_rings(stored) if isinstance(stored, dict) else stored
    turn = abs(math.degrees(math.atan2(matrix[1, 0], matrix[0, 0])))
    there = [_points(flat) @ matrix[:, :2].T + matrix[:, 2] for flat in rings]
    shape = to_geometry([points.ravel().tolist() for points in there])
    is_box = label.is_box and turn < UPRIGHT
    if is_box:
        shape = shapely.box(*shape.bounds) if not shape.is_empty else shape
    inside = only_areas(shapely.intersection(shape, shapely.box(0, 0, width, height)))
    if inside.is_empty or inside.area < LEAST_INSIDE * shape.area:
        return None
    if is_box:
        left, top, right, bottom = (round(value, 2) for value in inside.bounds)
        return {
            "category": label.category_id,
            "bbox": [left, top, round(right - left, 2), round(bottom - top, 2)],
            "is_box": True,
        }
    return {"category": label.category_id, "outline": to_rings(inside), "is_box": False}


def _points(flat: list[float]) -> NDArray[np.float64]:
    return np.asarray(flat, dtype=float).reshape(-1, 2)
