"""Replaces the labels of one photo as a whole, after a strict check."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from webapp.errors import UserError
from webapp.extensions import db
from webapp.formats.annotations import ParsedShape, Segmentation
from webapp.formats.coco_shape import make_shape, read_bbox
from webapp.formats.polygons import read_polygons
from webapp.formats.rle import RleInvalid, parse_rle, rectangle, rle_area
from webapp.models import Annotation, DetectionModel, Image
from webapp.services import categories

MAX_SHAPES = 10_000
MAX_CATEGORY_LENGTH = 100
EDGE = 1e-6
"""Pixels by which a sum of coordinates may miss the edge of the photo: rounding, no more."""


@dataclass(frozen=True)
class NewShape:
    """A shape as it was sent; ``bbox`` counts where it is a box, else the segmentation."""

    category: str
    segmentation: Any
    """Polygons as lists of numbers, COCO run lengths, or None."""
    bbox: list[float] | None
    iscrowd: bool = False
    is_box: bool = False


def replace(image: Image, shapes: list[NewShape], no_object: bool, expected_version: int) -> None:
    """Keep exactly these shapes, if the labels still are at ``expected_version``.

    Raises UserError: 422 with the path of the fault as ``field``, 412 where somebody saved in between.
    """
    if shapes and no_object:
        raise UserError(
            _("A photo with shapes cannot be marked as showing no object."),
            code="shape_invalid",
            field="no_object",
        )
    checked = [
        _checked(shape, f"items[{index}]", image.width, image.height) for index, shape in enumerate(shapes)
    ]
    try:
        _replace(image, checked, no_object, expected_version)
    except IntegrityError:
        # Another request added the same category in between: now it is there.
        db.session.rollback()
        _replace(image, checked, no_object, expected_version)


def _replace(image: Image, shapes: list[ParsedShape], no_object: bool, expected_version: int) -> None:
    # This UPDATE holds the row until the commit: of two writers one waits, and then finds another version.
    changed = db.session.execute(
        update(Image)
        .where(Image.id == image.id, Image.annotations_version == expected_version)
        .values(
            annotations_version=expected_version + 1,
            labelled=bool(shapes) or no_object,
            no_object=no_object,
        )
        .returning(Image.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        db.session.rollback()
        raise saved_by_someone_else()
    model = db.session.get_one(DetectionModel, image.model_id)
    by_name = categories.ensure(model, list(dict.fromkeys(shape.category for shape in shapes)))
    # The row is this transaction's own by now.
    db.session.execute(
        update(Image)
        .where(Image.id == image.id)
        .values(category_ids=sorted(set(by_name.values())))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(delete(Annotation).where(Annotation.image_id == image.id))
    db.session.add_all(
        Annotation(
            image_id=image.id,
            category_id=by_name[shape.category],
            segmentation=shape.segmentation,
            bbox=shape.bbox,
            area=shape.area,
            iscrowd=shape.iscrowd,
            is_box=shape.is_box,
        )
        for shape in shapes
    )
    db.session.commit()
    db.session.refresh(image)


def saved_by_someone_else() -> UserError:
    """The refusal of a change that was made from labels that are no longer there."""
    return UserError(
        _(
            "Somebody else saved the labels of this photo in the meantime: get them again and repeat your change."
        ),
        code="annotations_changed",
        status=412,
    )


def _checked(shape: NewShape, path: str, width: int, height: int) -> ParsedShape:
    """The shape with its box and area. Raises UserError with the path of what is wrong."""
    category = " ".join(shape.category.split())
    if not category or len(category) > MAX_CATEGORY_LENGTH or not category.isprintable():
        raise _wrong(_("A category needs a name of at most 100 characters."), f"{path}.category")
    if shape.is_box or not shape.segmentation:
        checked = _checked_box(shape.bbox, category, f"{path}.bbox", width, height)
    else:
        segmentation = _checked_segmentation(shape.segmentation, f"{path}.segmentation", width, height)
        checked = make_shape(category, segmentation)
    checked.iscrowd = shape.iscrowd
    return checked


def _checked_box(value: object, category: str, path: str, width: int, height: int) -> ParsedShape:
    bbox = read_bbox(value)
    if bbox is None:
        raise _wrong(_("A shape needs a segmentation, or a box [x, y, width, height] with an area."), path)
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
            raise _wrong(sentence, path) from error
        if rle["size"] != [height, width]:
            raise _wrong(
                _("The mask must have the size of the photo: [%(h)s, %(w)s].", h=height, w=width),
                f"{path}.size",
            )
        if not rle_area(rle):
            raise _wrong(_("The mask is empty."), path)
        return rle
    return [
        _checked_polygon(polygon, f"{path}[{index}]", width, height) for index, polygon in enumerate(value)
    ]


def _checked_polygon(polygon: list[float], path: str, width: int, height: int) -> list[float]:
    if len(polygon) < 6 or len(polygon) % 2 or not all(math.isfinite(value) for value in polygon):
        raise _wrong(_("A polygon is [x1, y1, x2, y2, …] with at least three points."), path)
    _check_inside(polygon[0::2], polygon[1::2], path, width, height)
    read = read_polygons([polygon]).polygons
    if not read:
        raise _wrong(_("This polygon has no area: its points lie on one line."), path)
    return read[0]


def _check_inside(xs: Iterable[float], ys: Iterable[float], path: str, width: int, height: int) -> None:
    if not all(-EDGE <= x <= width + EDGE for x in xs) or not all(-EDGE <= y <= height + EDGE for y in ys):
        raise _wrong(_("This lies outside the photo of %(w)s × %(h)s pixels.", w=width, h=height), path)


def _wrong(sentence: str, path: str) -> UserError:
    return UserError(sentence, code="shape_invalid", field=path)
