"""Reading labelme files: one photo each, its shapes as points, often with the photo inside as base64."""

import base64
import binascii
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from webapp.formats.annotations.image_list import NO_CATEGORY, CollectedImages
from webapp.formats.annotations.outlines import Outline, box_between, ellipse, line, number, polygon
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations, ParsedImage, ParsedShape
from webapp.formats.coco.lists import category_name, count_up, read_side
from webapp.formats.coco.shape import make_shape
from webapp.formats.files.json_stream import JsonReader
from webapp.formats.files.text_source import TextSource
from webapp.formats.masks.rle import encode_mask

MAX_SHAPES = 100_000
"""Shapes in one file, which is one photo."""
MAX_CANVAS = 100_000_000
"""Pixels of a photo whose masks are drawn."""
POLYGONS = {"polygon", "rotation", "oriented_rectangle", "quadrilateral", ""}
"""Kinds of shape that are polygons; labelme had no kinds at first. The others are those of its descendants."""
WHICH_PHOTO = {"imagePath", "imageWidth", "imageHeight"}
OF_A_PHOTO = {"flags", "description", "text", "attributes"}
"""Keys of a photo in labelme and its descendants."""
OF_A_SHAPE = {
    "label", "points", "shape_type", "group_id", "mask",
    "line_color", "fill_color", "lineColor", "fillColor", "vertex_fill_color", "direction",
}  # fmt: skip
"""What is read of a shape, how its line was coloured on the screen, and the angle that its points have already."""


def read_labelme(source: TextSource, filename: str = "") -> ParsedAnnotations:
    """Read one file; `filename` names the photo where the file does not. Raises FormatRejected."""
    photos = CollectedImages()
    fields: dict[str, Any] = {}
    shapes: list[Any] = []
    reader = JsonReader(source.pieces())
    for key in reader.fields():
        if key == "shapes" and reader.peek() == "[":
            for entry in reader.entries():
                count_up(len(shapes), MAX_SHAPES)
                shapes.append(entry)
        elif key in WHICH_PHOTO or key in OF_A_PHOTO:
            fields[key] = reader.value()
        elif key == "imageData":
            content = reader.value()
            fields[key] = isinstance(content, str) and bool(content.strip())
        else:
            reader.skip()
    reader.end()
    if source.guessed:
        photos.fixed.add(Fault.TEXT_ENCODING, source.encoding, "file")
    image = _photo(photos, fields, filename)
    if image is not None:
        photos.attributes.add_others(fields, WHICH_PHOTO | {"imageData"}, image.file_name)
    groups: dict[tuple[str, str], ParsedShape] = {}
    for index, entry in enumerate(shapes):
        _read_entry(photos, image, entry, f"#{index + 1}", groups)
    return photos.result(AnnotationFormat.LABELME)


def embedded_picture(source: TextSource) -> tuple[str, str] | None:
    """File name (empty where there is none) and base64 text of the photo inside."""
    name, content = "", None
    reader = JsonReader(source.pieces())
    for key in reader.fields():
        if key in {"imagePath", "imageData"}:
            value = reader.value()
            if key == "imagePath":
                name = value if isinstance(value, str) else ""
            else:
                content = value if isinstance(value, str) else None
        else:
            reader.skip()
    return (name, content) if content and content.strip() else None


def photo_name(path: object, filename: str) -> tuple[str, bool]:
    """The photo's name, and whether it was derived from the name of the annotation file."""
    # Some files have their own name as the photo's.
    if isinstance(path, str) and path.strip() and not path.strip().lower().endswith(".json"):
        return path, False
    stem = PurePosixPath(filename.replace("\\", "/")).stem
    return (f"{stem}.jpg" if stem else ""), True


def _photo(photos: CollectedImages, fields: dict[str, Any], filename: str) -> ParsedImage | None:
    name, guessed = photo_name(fields.get("imagePath"), filename)
    image = photos.image(name, "imagePath")
    if image is None:
        return None
    if guessed:
        photos.fixed.add(Fault.IMAGE_NAME_GUESSED, name, "image")
    image.width, image.height = read_side(fields.get("imageWidth")), read_side(fields.get("imageHeight"))
    if image.width is None or image.height is None:
        image.width = image.height = None
        if fields.get("imageWidth") is not None or fields.get("imageHeight") is not None:
            photos.fixed.add(Fault.IMAGE_SIZE_UNREADABLE, image.file_name, "image")
    # labelme writes the size of the picture that it has decoded and drawn, turned by EXIF since version 3.12.
    image.shown_size = image.width is not None
    image.embedded = bool(fields.get("imageData"))
    # Who renames or converts photos does so with their labels, and labelme itself keeps the old name inside.
    own = PurePosixPath(filename.replace("\\", "/")).name
    if own and PurePosixPath(own).stem != PurePosixPath(name.replace("\\", "/")).stem:
        image.other_names = [own]
    return image


def _read_entry(
    photos: CollectedImages,
    image: ParsedImage | None,
    entry: object,
    label: str,
    groups: dict[tuple[str, str], ParsedShape],
) -> None:
    photos.counted(image)
    place = f"{image.file_name} {label}" if image else label
    if image is None or not isinstance(entry, dict):
        photos.skipped.add(Fault.UNKNOWN_IMAGE if image is None else Fault.NOT_AN_OBJECT, place)
        return
    shape = photos.add_outline(_outline(entry, image), place)
    if shape is None:
        return
    shape.source_id = label
    photos.attributes.add_others(entry, OF_A_SHAPE, place)
    shape.category = category_name(entry.get("label"))
    if not shape.category:
        shape.category = NO_CATEGORY
        photos.fixed.add(Fault.CATEGORY_MISSING, place)
    group = entry.get("group_id")
    is_part = isinstance(shape.segmentation, list) and shape.line_width is None
    if group is None or isinstance(group, (list, dict, bool)) or not is_part:
        image.shapes.append(shape)
        return
    first = groups.setdefault((shape.category, str(group)[:40]), shape)
    if first is shape:
        image.shapes.append(shape)
        return
    # Parts of one object, e.g. on both sides of something in front of it.
    photos.join(first, shape, place)


def _outline(entry: dict[str, Any], image: ParsedImage) -> Outline:
    kind = entry.get("shape_type")
    kind = "" if kind is None else str(kind)[:40].strip().lower()
    points = entry.get("points")
    if not isinstance(points, list):
        return Outline(fault=Fault.NO_SHAPE)
    if kind in POLYGONS:
        return polygon(points)
    if kind == "rectangle":
        return _rectangle(points)
    if kind == "circle":
        return _circle(points)
    if kind in {"line", "linestrip"}:
        return line(points)
    if kind in {"point", "points"}:
        return Outline(fault=Fault.POINT)
    if kind == "mask":
        return _mask(entry.get("mask"), points, image)
    return Outline(fault=Fault.UNKNOWN_SHAPE)


def _pairs(points: list[Any]) -> list[tuple[float, float]] | None:
    pairs = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            return None
        x, y = number(point[0]), number(point[1])
        if x is None or y is None:
            return None
        pairs.append((x, y))
    return pairs


def _rectangle(points: list[Any]) -> Outline:
    """Two opposite corners in any order, or (of newer tools) all four, which may be turned."""
    pairs = _pairs(points)
    if pairs is None:
        return Outline(fault=Fault.NOT_NUMBERS)
    xs, ys = {x for x, _ in pairs}, {y for _, y in pairs}
    if len(pairs) >= 3 and (len(xs) > 2 or len(ys) > 2):
        return polygon(points)
    if len(pairs) < 2:
        return Outline(fault=Fault.TOO_FEW_POINTS)
    return box_between(min(xs), min(ys), max(xs), max(ys))


def _circle(points: list[Any]) -> Outline:
    """The centre and a point of the edge."""
    pairs = _pairs(points)
    if pairs is None:
        return Outline(fault=Fault.NOT_NUMBERS)
    if len(pairs) != 2:
        return Outline(fault=Fault.TOO_FEW_POINTS)
    (cx, cy), (x, y) = pairs
    radius = ((x - cx) ** 2 + (y - cy) ** 2) ** 0.5
    return ellipse(cx, cy, radius, radius)


def _mask(content: object, points: list[Any], image: ParsedImage) -> Outline:
    """A mask as a picture in base64, whose upper left corner lies on the first point."""
    pairs = _pairs(points)
    picture = decode_base64(content) if isinstance(content, str) else None
    if picture is None or not pairs:
        return Outline(fault=Fault.RLE_INVALID)
    left, top = round(pairs[0][0]), round(pairs[0][1])
    try:
        with Image.open(BytesIO(picture), formats=["PNG"]) as opened:
            width, height = image.width or left + opened.width, image.height or top + opened.height
            if opened.width * opened.height > MAX_CANVAS or not 0 < width * height <= MAX_CANVAS:
                return Outline(fault=Fault.RLE_INVALID)
            part = np.asarray(opened.convert("L")) > 0
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Outline(fault=Fault.RLE_INVALID)
    canvas = np.zeros((height, width), dtype=np.uint8)
    rows = slice(max(top, 0), max(top + part.shape[0], 0))
    columns = slice(max(left, 0), max(left + part.shape[1], 0))
    target = canvas[rows, columns]
    target[:] = part[max(-top, 0) :, max(-left, 0) :][: target.shape[0], : target.shape[1]]
    shape = make_shape("", encode_mask(canvas))
    return Outline(shape) if shape.area else Outline(fault=Fault.NO_AREA)


def decode_base64(text: str) -> bytes | None:
    """The bytes behind base64, with or without `data:image/...;base64,` in front; None where it is broken."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None
