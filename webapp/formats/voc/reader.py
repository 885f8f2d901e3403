"""Reads Pascal VOC XML: a file a photo, with boxes, and polygons where a tool writes them beside.

Coordinates are taken as the edges of the box, as labelImg, CVAT, Roboflow and Label Studio write them. PASCAL's own
files count pixels from 1 and include the last one (VOC2012 development kit, section 2.3): there a box reaches from
``xmin - 1`` to ``xmax``. They say so in ``source``.
"""

import math
import re
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element

from webapp.formats.annotations.image_list import NO_CATEGORY, CollectedImages
from webapp.formats.annotations.outlines import Outline, box, box_between, number, polygon, turned
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations, ParsedImage
from webapp.formats.coco.lists import MAX_ANNOTATIONS, category_name, count_up, read_side
from webapp.formats.files.filenames import clean_text
from webapp.formats.files.text_source import TextSource
from webapp.formats.files.xml_stream import Part, XmlReader, text_of

ROOT, PARTS = (
    "annotation",
    {"folder", "filename", "path", "source", "size", "segmented", "object", "owner", "verified"},
)
"""What makes an XML file one of Pascal VOC: its outermost element, and those inside it."""
_OF_PASCAL = re.compile(r"pascal|VOC\s*20\d\d", re.IGNORECASE)
_SUFFIX = re.compile(r"\.\w{2,5}$")
READ = {"name", "bndbox", "polygon", "robndbox", "type", "id", "date", "deleted"}
"""Elements of an object that are read, or that a tool wrote for itself."""
OFTEN = {"pose": "Unspecified", "truncated": "0", "difficult": "0", "occluded": "0", "verified": "0"}
"""What tools fill in where nobody said anything."""


def read_voc(source: TextSource, filename: str = "") -> ParsedAnnotations:
    """Read one file; `filename` names the photo where the file does not. Raises FormatRejected."""
    photos = CollectedImages()
    if source.guessed:
        photos.fixed.add(Fault.TEXT_ENCODING, source.encoding, "file")
    fields: dict[str, str] = {}
    objects: list[Element] = []
    from_one = False
    for part, element in XmlReader(source, {"object", "size", "source"}).events():
        if part is Part.START:
            continue
        if element.tag == "object":
            # The photo may be named after its objects.
            count_up(len(objects), MAX_ANNOTATIONS)
            objects.append(element)
        elif element.tag == "size":
            fields |= {"width": text_of(element, "width"), "height": text_of(element, "height")}
        elif element.tag == "source":
            said = text_of(element, "database"), text_of(element, "annotation")
            from_one = any(_OF_PASCAL.search(text) for text in said)
        elif element.tag in {"filename", "path"}:
            fields.setdefault(element.tag, (element.text or "").strip())
    image = _photo(photos, fields, filename)
    if image is not None and from_one and objects:
        photos.fixed.add(Fault.PIXELS_FROM_ONE, image.file_name, "image")
    for index, entry in enumerate(objects):
        _read_object(photos, image, entry, f"#{index + 1}", from_one)
    return photos.result(AnnotationFormat.VOC)


def _photo(photos: CollectedImages, fields: dict[str, str], filename: str) -> ParsedImage | None:
    said = [clean_text(fields.get(name, "")) for name in ("filename", "path")]
    name = next((text for text in said if _SUFFIX.search(text)), "")
    if not name or name.lower().endswith(".xml"):
        # Without a suffix ("2007_000032"), or named nowhere.
        stem = next(filter(None, said), "") or PurePosixPath(filename.replace("\\", "/")).name
        name = f"{stem.removesuffix('.xml')}.jpg" if stem else ""
        guessed = True
    else:
        guessed = False
    image = photos.image(name, "filename")
    if image is None:
        return None
    # Who renames or converts photos does so with their labels, and the old name stays inside.
    own = PurePosixPath(filename.replace("\\", "/")).name
    if own and PurePosixPath(own).stem != PurePosixPath(name.replace("\\", "/")).stem:
        image.other_names = [own]
    if guessed:
        photos.fixed.add(Fault.IMAGE_NAME_GUESSED, name, "image")
    width, height = read_side(fields.get("width")), read_side(fields.get("height"))
    if width and height:
        image.width, image.height = width, height
    elif fields.get("width") or fields.get("height"):
        photos.fixed.add(Fault.IMAGE_SIZE_UNREADABLE, image.file_name, "image")
    return image


def _read_object(
    photos: CollectedImages, image: ParsedImage | None, entry: Element, label: str, from_one: bool
) -> None:
    photos.counted(image)
    place = f"{image.file_name} {label}" if image else label
    if image is None:
        photos.skipped.add(Fault.UNKNOWN_IMAGE, place)
        return
    if text_of(entry, "deleted") == "1":  # of LabelMe on the web
        photos.skipped.add(Fault.CANCELLED, place)
        return
    shape = photos.add_outline(_outline(entry, 1.0 if from_one else 0.0), place)
    if shape is None:
        return
    shape.source_id = label
    shape.category = category_name(text_of(entry, "name"))
    if not shape.category:
        shape.category = NO_CATEGORY
        photos.fixed.add(Fault.CATEGORY_MISSING, place)
    _report_values(photos, entry, place)
    image.shapes.append(shape)


def _outline(entry: Element, first_pixel: float) -> Outline:
    """The polygon where there is a usable one, else the box; `first_pixel` is the number of the first one."""
    drawn = entry.find("polygon")
    found = polygon(_points(drawn)) if drawn is not None and len(drawn) else None
    if found is not None and found.shape is not None:
        return found
    rotated = entry.find("robndbox")
    if rotated is not None:
        return _turned_box(rotated)
    bounds = entry.find("bndbox")
    if bounds is None:
        return found or Outline(fault=Fault.NO_SHAPE)
    left, top, right, bottom = (number(text_of(bounds, side)) for side in ("xmin", "ymin", "xmax", "ymax"))
    if left is None or top is None or right is None or bottom is None:
        return Outline(fault=Fault.NOT_NUMBERS)
    left, right = sorted((left, right))
    top, bottom = sorted((top, bottom))
    outline = box_between(left - first_pixel, top - first_pixel, right, bottom)
    if found is not None and outline.shape is not None:
        outline.repaired.append(Fault.REPLACED_BY_BOX)
    return outline


def _points(drawn: Element) -> list[Any]:
    """``<x1>…<y1>…<x2>…`` of Roboflow, or ``<pt><x>…</pt>`` of LabelMe on the web, as ``[x, y, x, y, …]``."""
    if drawn.find("pt") is not None:
        texts = [text_of(point, axis) for point in drawn.iterfind("pt") for axis in ("x", "y")]
    else:
        numbered = [child for child in drawn if re.fullmatch(r"[xy]\d+", child.tag)]
        numbered.sort(key=lambda child: (int(child.tag[1:]), child.tag[0]))
        texts = [(child.text or "").strip() for child in numbered]
    values = list(map(number, texts))
    return [] if any(value is None for value in values) else values


def _turned_box(entry: Element) -> Outline:
    """The turned box of roLabelImg: centre, size and an angle in radians."""
    cx, cy, width, height, angle = (number(text_of(entry, name)) for name in ("cx", "cy", "w", "h", "angle"))
    if cx is None or cy is None or width is None or height is None or angle is None:
        return Outline(fault=Fault.NOT_NUMBERS)
    return turned(box(cx - width / 2, cy - height / 2, width, height), math.degrees(angle))


def _report_values(photos: CollectedImages, entry: Element, place: str) -> None:
    for child in entry:
        value = (child.text or "").strip()
        if child.tag in READ or value == OFTEN.get(child.tag):
            continue
        if child.tag == "attributes":
            for one in child.iter("attribute"):
                photos.attributes.add(text_of(one, "name") or "?", text_of(one, "value"), place)
        elif len(child):  # a part, an action
            said = [(inner.text or "").strip() for inner in child if not len(inner)]
            photos.attributes.add(child.tag, ", ".join(filter(None, said)), place)
        else:
            photos.attributes.add(child.tag, value, place)
