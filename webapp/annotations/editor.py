"""Labels of a photo in the compact JSON of the browser's editor, with category ids."""

import math
from typing import Any

import msgspec
from flask_babel import gettext as _
from sqlalchemy import Text, cast, select

from webapp.annotations import categories, history, store
from webapp.annotations.shape_checks import Mended, NewShape, invalid_shape
from webapp.core.extensions import db
from webapp.formats.annotations.editor_labels import EditorLabels, EditorShape, is_same
from webapp.formats.masks.contours import mask_rings
from webapp.formats.masks.geometry import Mend
from webapp.formats.masks.rings import to_segmentation
from webapp.models import Annotation, DetectionModel, Image, LabelSource, User


def read(image: Image) -> bytes:
    """JSON ``{version, no_object, shapes}``; run lengths come with an ``outline``, rings to be drawn."""
    # The version is read before the shapes: if somebody saves in between, the next save is refused with 412.
    answer = {"version": image.annotations_version, "no_object": image.no_object, "shapes": _shapes(image)}
    return msgspec.json.encode(answer)


def _shapes(image: Image) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(
            Annotation.category_id,
            cast(Annotation.segmentation, Text),
            cast(Annotation.bbox, Text),
            Annotation.iscrowd,
            Annotation.is_box,
            Annotation.suggested,
        )
        .where(Annotation.image_id == image.id)
        .order_by(Annotation.id)
    )
    return [_shape(*row) for row in rows]


def _shape(category: int, segmentation: str, bbox: str, iscrowd: bool, is_box: bool, suggested: bool) -> Any:
    # JSON of the database is passed on unparsed, so nothing is rounded.
    shape = {
        "category": category,
        "segmentation": msgspec.Raw(segmentation.encode()),
        "bbox": msgspec.Raw(bbox.encode()),
        "iscrowd": iscrowd,
        "is_box": is_box,
        "suggested": suggested,
    }
    if segmentation.startswith("{"):
        shape["outline"] = mask_rings(msgspec.json.decode(segmentation))
    return shape


def read_version(image: Image, version: int) -> bytes:
    """JSON ``{shapes}`` of an earlier version, as ``read``. Raises UserError (404) if it is not stored."""
    rows = history.version_of(image, version).document or []
    shapes = [
        _shape(
            row["category_id"],
            msgspec.json.encode(row["segmentation"]).decode(),
            msgspec.json.encode(row["bbox"]).decode(),
            row["iscrowd"],
            row["is_box"],
            row.get("suggested", False),
        )
        for row in rows
    ]
    return msgspec.json.encode({"shapes": shapes})


def parse(body: bytes) -> EditorLabels:
    """Parse the editor's JSON. Raises UserError (422) with the path of the fault."""
    try:
        return msgspec.json.decode(body, type=EditorLabels)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise invalid_shape(_("These labels cannot be read: reload the page."), str(error)) from error


def save(
    image: Image, sent: EditorLabels, user: User, source: LabelSource = LabelSource.EDITOR
) -> dict[str, Any]:
    """Save the labels; returns ``{version, mended: [{index, what}], stored: [{index, shape}]}``.

    ``stored`` has each shape that is stored otherwise than it was sent, as ``read`` has it; None is one that was left
    out. With ``base`` a stale version is accepted where the labels are still as they were, or already as sent.

    Raises UserError: 412 if somebody saved in between, 422 with the path of a fault that cannot be mended.
    """
    model = db.session.get_one(DetectionModel, image.model_id)
    names = {category.id: category.name for category in categories.list_categories(model)}
    for index, shape in enumerate(sent.shapes):
        if shape.category not in names:
            sentence = _("This category was deleted in the meantime: choose another one for the shape.")
            raise invalid_shape(sentence, f"items[{index}].category")
    if len(sent.shapes) > store.MAX_SHAPES:
        raise invalid_shape(_("A photo has at most %(count)s shapes.", count=store.MAX_SHAPES), "items")
    shapes = [
        NewShape(
            names[shape.category],
            _segmentation(shape, image, f"items[{index}].outline"),
            shape.bbox,
            iscrowd=shape.iscrowd,
            is_box=shape.is_box,
            suggested=shape.suggested,
        )
        for index, shape in enumerate(sent.shapes)
    ]
    version = sent.version
    if sent.base is not None and version != image.annotations_version:
        there = parse(read(image))
        if is_same(there, sent):
            return {"version": there.version, "mended": [], "stored": []}
        if is_same(there, sent.base):
            version = there.version
    changes = store.replace(image, shapes, sent.no_object, version, source=source, user=user, mend=True)
    return {
        "version": image.annotations_version,
        "mended": [{"index": change.index, "what": change.what.value} for change in changes],
        "stored": _stored(image, sent, changes),
    }


def _segmentation(shape: EditorShape, image: Image, path: str) -> Any:
    if shape.segmentation or shape.is_box or not shape.outline:
        return shape.segmentation
    if any(len(flat) < 6 or len(flat) % 2 or not all(map(math.isfinite, flat)) for flat in shape.outline):
        raise invalid_shape(_("A polygon is [x1, y1, x2, y2, …] with at least three points."), path)
    return to_segmentation(shape.outline, image.width, image.height, as_mask=shape.mask)


def _stored(image: Image, sent: EditorLabels, changes: list[Mended]) -> list[dict[str, Any]]:
    gone = {change.index for change in changes if change.what is Mend.GONE}
    differing = {change.index for change in changes}
    differing |= {
        index for index, shape in enumerate(sent.shapes) if shape.outline and not shape.segmentation
    }
    if not differing:
        return []
    kept = [index for index in range(len(sent.shapes)) if index not in gone]
    shapes = dict(zip(kept, _shapes(image), strict=True))
    return [{"index": index, "shape": _as_data(shapes.get(index))} for index in sorted(differing)]


def _as_data(shape: Any) -> Any:
    return None if shape is None else msgspec.json.decode(msgspec.json.encode(shape))
