"""Parses JSON of VIA (VGG Image Annotator) 1 and 2 and of makesense.ai.

A file is an object of photos by an id, each with `filename` and `regions` (a list; in VIA 1 an object). A
project of VIA 2 has it in `_via_img_metadata`, beside settings and the attributes that people defined.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from webapp.formats.annotations.image_list import NO_CATEGORY, CollectedImages, shape_key
from webapp.formats.annotations.outlines import Outline, box, ellipse, line, polygon
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations, ParsedImage, ParsedShape
from webapp.formats.files.filenames import clean_text
from webapp.formats.files.json_stream import JsonReader
from webapp.formats.files.text_source import TextSource
from webapp.formats.via.region_category import Attributes, CategoryChoice, attribute_values
from webapp.formats.via.writer import OBJECT, OBJECT_SIGN, SPLITS

_SHA256 = re.compile(r"[0-9a-f]{64}")
SETTINGS, PHOTOS, ATTRIBUTES = "_via_settings", "_via_img_metadata", "_via_attributes"


def read_via(source: TextSource) -> ParsedAnnotations:
    """Read a project or bare annotations. Raises FormatRejected where it is no JSON object."""
    photos = ViaImages()
    reader = JsonReader(source.pieces())
    project = False
    for key in reader.fields():
        if key == PHOTOS and reader.peek() == "{":
            project = True
            for photo_key in reader.fields():
                photos.add(photo_key, reader.value())
        elif key == ATTRIBUTES:
            project = True
            photos.define(reader.value())
        elif key == SETTINGS:
            project = True
            photos.shown = _shown_attribute(reader.value())
        elif key.startswith("_via_"):
            project = True
            reader.skip()
        else:
            photos.add(key, reader.value())
    reader.end()
    if source.guessed:
        photos.list.fixed.add(Fault.TEXT_ENCODING, source.encoding, "file")
    if project:
        return photos.result(AnnotationFormat.VIA_PROJECT)
    return photos.result(AnnotationFormat.VIA_1 if photos.old else AnnotationFormat.VIA_ANNOTATIONS)


class ViaImages:
    """Collects photos and regions; categories are chosen at the end, when all regions are known."""

    def __init__(self) -> None:
        self.list = CollectedImages()
        self.old = False
        """Regions were written as an object."""
        self.shown: str | None = None
        self._options: dict[str, dict[str, str]] = {}
        self._regions: list[tuple[ParsedImage, ParsedShape, Attributes, frozenset[str]]] = []
        self._seen: dict[Attributes, Attributes] = {}
        self._repeated: set[str] = set()

    def define(self, attributes: object) -> None:
        """Take the attributes a project defines, for the descriptions of their options."""
        regions = attributes.get("region") if isinstance(attributes, dict) else None
        for name, definition in regions.items() if isinstance(regions, dict) else []:
            options = definition.get("options") if isinstance(definition, dict) else None
            if isinstance(options, dict):
                self._options[name] = {key: text for key, text in options.items() if isinstance(text, str)}

    def add(self, key: str, entry: object) -> None:
        """Take one photo with its regions."""
        if not isinstance(entry, dict):
            self.list.skipped.add(Fault.NOT_AN_OBJECT, key, "image")
            return
        image = self.photo(_file_name(key, entry), key, entry)
        regions = entry.get("regions")
        if isinstance(regions, dict):
            self.old = True
            regions = list(regions.values())
        for index, region in enumerate(regions if isinstance(regions, list) else []):
            self.add_region(image, region, f"#{index + 1}")

    def photo(self, name: object, key: str, entry: dict[str, Any] | None = None) -> ParsedImage | None:
        """The photo to which regions are added; None where it has no name."""
        before = len(self.list.images)
        image = self.list.image(name, key)
        if image is not None:
            if len(self.list.images) == before:
                self._repeated.add(image.file_name)
            embedded = (entry or {}).get("base64_img_data")
            image.embedded = image.embedded or (isinstance(embedded, str) and bool(embedded.strip()))
            self._read_file_attributes(image, (entry or {}).get("file_attributes"))
        return image

    def add_region(self, image: ParsedImage | None, region: object, label: str) -> None:
        """Take one region of a photo."""
        if not isinstance(region, dict):
            self.add_outline(image, Outline(fault=Fault.NOT_AN_OBJECT), None, label)
        else:
            outline = read_shape_attributes(region.get("shape_attributes"))
            self.add_outline(image, outline, region.get("region_attributes"), label)

    def add_outline(
        self, image: ParsedImage | None, outline: Outline, attributes: object, label: str
    ) -> None:
        """Take one shape of a photo with what is said about it."""
        self.list.counted(image)
        label = clean_text(label)
        place = f"{image.file_name} {label}" if image else label
        if image is None:
            self.list.skipped.add(Fault.UNKNOWN_IMAGE, place)
            return
        shape = self.list.add_outline(outline, place)
        if shape is None:
            return
        shape.source_id = label
        values, several = attribute_values(attributes)
        texts = dict(values)
        for name, value in attributes.items() if isinstance(attributes, dict) else []:
            if name not in texts:
                self.list.attributes.add(name, value, place)
        self._regions.append((image, shape, self._seen.setdefault(values, values), several))

    def result(self, format: AnnotationFormat) -> ParsedAnnotations:
        """Everything, each shape with its category; regions of one ``object`` (``writer.py``) are one shape."""
        regions = (attributes for _, _, attributes, _ in self._regions)
        choice = CategoryChoice(regions, self.shown, self._options)
        objects: dict[tuple[str, str, str], ParsedShape] = {}
        known: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for image, shape, attributes, several in self._regions:
            given = dict(attributes)
            shape.category, attribute = choice.category(given)
            place = f"{image.file_name} {shape.source_id}"
            if not shape.category:
                shape.category = NO_CATEGORY
                self.list.fixed.add(Fault.CATEGORY_MISSING, place)
            elif attribute in several:
                self.list.fixed.add(Fault.CATEGORY_SEVERAL, f"{place}: {shape.category}")
            self._report_others(given, attribute, place)
            shape.iscrowd = given.get("crowd") == "yes"
            number = _object_number(given)
            # Of a photo that was listed twice every part would come twice: whole shapes are compared below.
            once = image.file_name not in self._repeated
            if (
                once
                and number
                and choice.attribute != OBJECT
                and isinstance(shape.segmentation, list)
                and shape.line_width is None
            ):
                first = objects.setdefault((image.file_name, number, shape.category), shape)
                if first is not shape:
                    self.list.join(first, shape, place)
                    continue
            if image.file_name in self._repeated:
                key = shape_key(shape)
                if key in known[image.file_name]:
                    self.list.skipped.add(Fault.DUPLICATE, place)
                    continue
                known[image.file_name].add(key)
            image.shapes.append(shape)
        return self.list.result(format)

    def _read_file_attributes(self, image: ParsedImage, value: object) -> None:
        """Read the file attributes that ``writer.py`` writes; others are reported."""
        for name, said in value.items() if isinstance(value, dict) else []:
            if name == "split" and isinstance(said, str) and said in SPLITS:
                image.split = said
            elif name == "no_object" and said in ("yes", "no"):
                image.no_object = image.no_object or said == "yes"
            elif name == "sha256" and isinstance(said, str) and _SHA256.fullmatch(said):
                image.sha256 = said
            else:
                self.list.attributes.add(name, said, image.file_name)

    def _report_others(self, given: dict[str, str], category: str | None, place: str) -> None:
        """Report region attributes other than the category and those of ``writer.py``."""
        for name, value in given.items():
            own = (name == "crowd" and value == "yes") or (name == OBJECT and _object_number(given))
            if name != category and not own:
                self.list.attributes.add(name, value, place)


def _object_number(given: dict[str, str]) -> str:
    """The number of the shape whose part a region is; empty where it is a whole one."""
    number = given.get(OBJECT, "").removeprefix(OBJECT_SIGN)
    return number if number.isdigit() else ""


def read_shape_attributes(value: object) -> Outline:
    """A region's shape. Angles are radians, everything else pixels."""
    if not isinstance(value, dict):
        return Outline(fault=Fault.NO_SHAPE)
    name = str(value.get("name", "")).strip().lower()
    if name in {"rect", "rectangle"}:
        return box(value.get("x"), value.get("y"), value.get("width"), value.get("height"))
    if name == "circle":
        return ellipse(value.get("cx"), value.get("cy"), value.get("r"), value.get("r"))
    if name == "ellipse":
        angle = value.get("theta") or 0
        return ellipse(value.get("cx"), value.get("cy"), value.get("rx"), value.get("ry"), angle)
    if name in {"polygon", "polyline"}:
        xs, ys = value.get("all_points_x"), value.get("all_points_y")
        if not isinstance(xs, list) or not isinstance(ys, list):
            return Outline(fault=Fault.NOT_NUMBERS)
        points = [coordinate for pair in zip(xs, ys, strict=False) for coordinate in pair]
        if any(isinstance(coordinate, (list, dict)) for coordinate in points):
            return Outline(fault=Fault.NOT_NUMBERS)
        outline = polygon(points) if name == "polygon" else line(points)
        if outline.shape is not None and len(xs) != len(ys):
            outline.repaired.append(Fault.ODD_COORDINATES)
        return outline
    if name == "point":
        return Outline(fault=Fault.POINT)
    return Outline(fault=Fault.UNKNOWN_SHAPE if name else Fault.NO_SHAPE)


def embedded_pictures(source: TextSource) -> Iterator[tuple[str, str]]:
    """File name and base64 text of the photos that a file of VIA 1 carries."""
    reader = JsonReader(source.pieces())
    for key in reader.fields():
        entry = reader.value()
        content = entry.get("base64_img_data") if isinstance(entry, dict) else None
        name = _file_name(key, entry) if isinstance(entry, dict) else None
        if isinstance(content, str) and isinstance(name, str) and content.strip():
            yield name, content


def _file_name(key: str, entry: dict[str, Any]) -> object:
    """`filename`, else the id of the photo, which is the name with the size of the file behind it."""
    name = entry.get("filename")
    if isinstance(name, str) and name.strip():
        return name
    return key.removesuffix(str(entry["size"])[:20]) if isinstance(entry.get("size"), int) else None


def _shown_attribute(settings: object) -> str | None:
    """The attribute that is written beside each region on the screen."""
    found = settings
    for key in ("ui", "image", "region_label"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None
