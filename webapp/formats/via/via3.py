"""Reading projects of VIA 3: files, views of one file each, and regions as numbers behind the kind of shape."""

from typing import Any

from webapp.formats.annotations.outlines import Outline, box, ellipse, line, number, polygon
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations, ParsedImage
from webapp.formats.coco.lists import MAX_ANNOTATIONS, count_up
from webapp.formats.files.json_stream import JsonReader
from webapp.formats.files.text_source import TextSource
from webapp.formats.masks.polygons import possible
from webapp.formats.via.reader import ViaImages

PARTS = ("metadata", "attribute", "file", "view")
"""What makes a JSON object a project of VIA 3, beside `project` and `config`."""
POINT, RECTANGLE, CIRCLE, ELLIPSE, LINE, POLYLINE, POLYGON, EXTREME_RECTANGLE, EXTREME_CIRCLE = range(1, 10)


def read_via_3(source: TextSource) -> ParsedAnnotations:
    """Read a project. Raises FormatRejected where it is no JSON object."""
    parts: dict[str, dict[str, Any]] = {name: {} for name in PARTS}
    reader = JsonReader(source.pieces())
    count = 0
    for key in reader.fields():
        if key not in parts or reader.peek() != "{":
            reader.skip()
            continue
        for name in reader.fields():
            count = count_up(count, MAX_ANNOTATIONS)
            parts[key][name] = reader.value()
    reader.end()
    photos = ViaImages()
    if source.guessed:
        photos.list.fixed.add(Fault.TEXT_ENCODING, source.encoding, "file")
    names = _attribute_names(photos, parts["attribute"])
    images = _images(photos, parts["file"], parts["view"])
    for key, entry in parts["metadata"].items():
        _read_region(photos, key, entry, images, names)
    return photos.result(AnnotationFormat.VIA_3)


def _attribute_names(photos: ViaImages, attributes: dict[str, Any]) -> dict[str, str]:
    """Names of attributes by their ids; also registers their options with `photos`."""
    names, definitions = {}, {}
    for key, definition in attributes.items():
        name = definition.get("aname") if isinstance(definition, dict) else None
        if isinstance(name, str):
            names[key] = name
            definitions[name] = definition
    photos.define({"region": definitions})
    return names


def _images(photos: ViaImages, files: dict[str, Any], views: dict[str, Any]) -> dict[str, ParsedImage | None]:
    """Photos by the view that shows them; without views by their own id."""
    by_file = {}
    for key, entry in files.items():
        name = entry.get("fname") or entry.get("src") if isinstance(entry, dict) else None
        by_file[key] = photos.photo(name, f"file {key}")
    if not views:
        return by_file
    shown: dict[str, ParsedImage | None] = {}
    for key, view in views.items():
        files_shown = view.get("fid_list") if isinstance(view, dict) else None
        images = [by_file.get(str(one)) for one in files_shown] if isinstance(files_shown, list) else []
        if len(images) == 1:
            shown[key] = images[0]
            continue
        # A view of several files compares them: whose region it is, is not said.
        for image in images:
            if image is not None:
                image.entries += 1
    return shown


def _read_region(
    photos: ViaImages, label: str, entry: object, images: dict[str, ParsedImage | None], names: dict[str, str]
) -> None:
    if not isinstance(entry, dict):
        photos.add_outline(None, Outline(fault=Fault.NOT_AN_OBJECT), None, label)
        return
    xy = entry.get("xy")
    image = images.get(str(entry.get("vid")))
    values = entry.get("av")
    attributes: dict[str, Any] = {}
    if isinstance(values, dict):
        for key, value in values.items():
            ticked = value.split(",") if isinstance(value, str) and "," in value else value
            attributes[names.get(str(key), str(key))] = ticked
    if xy == []:  # about the photo as a whole, or a part of a film
        for name, value in attributes.items():
            photos.list.attributes.add(name, value, image.file_name if image else label)
        return
    photos.add_outline(image, _outline(xy), attributes, label)


def _outline(xy: object) -> Outline:
    if not isinstance(xy, list) or not xy:
        return Outline(fault=Fault.NO_SHAPE)
    kind, numbers = xy[0], xy[1:]
    values = [value for value in map(number, numbers) if value is not None]
    if len(values) != len(numbers):
        return Outline(fault=Fault.NOT_NUMBERS)
    if kind == RECTANGLE and len(values) == 4:
        return box(*values)
    if kind == CIRCLE and len(values) == 3:
        return ellipse(values[0], values[1], values[2], values[2])
    if kind == ELLIPSE and len(values) in {4, 5}:
        return ellipse(*values)
    if kind == EXTREME_RECTANGLE and len(values) == 8:
        left, top = min(values[0::2]), min(values[1::2])
        return box(left, top, max(values[0::2]) - left, max(values[1::2]) - top)
    if kind == EXTREME_CIRCLE and len(values) == 6:
        return _circle_through(values)
    if kind == POLYGON:
        return polygon(values)
    if kind in (LINE, POLYLINE):
        return line(values)
    return Outline(fault=Fault.POINT if kind == POINT else Fault.UNKNOWN_SHAPE)


def _circle_through(values: list[float]) -> Outline:
    """The circle through three points: its centre is as far from the first as from each of the others."""
    if not possible(values):
        return Outline(fault=Fault.IMPOSSIBLE_COORDINATES)
    x, y = values[0], values[1]
    bx, by, cx, cy = values[2] - x, values[3] - y, values[4] - x, values[5] - y
    twice = 2 * (bx * cy - by * cx)
    if abs(twice) < 1e-6:
        return Outline(fault=Fault.NO_AREA)
    b, c = bx * bx + by * by, cx * cx + cy * cy
    px, py = (cy * b - by * c) / twice, (bx * c - cx * b) / twice
    radius = (px * px + py * py) ** 0.5
    return ellipse(x + px, y + py, radius, radius)
