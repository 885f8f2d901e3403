"""Parses COCO JSON, including the deviations of common tools.

Nothing is dropped silently: what was repaired and what was left out is counted, with examples, in the
result. The true size of a photo is known only when it is matched, so cutting at its edge is a second step
(fitting.py).
"""

from pathlib import Path
from typing import Any

from webapp.formats.annotations.attribute_log import UNSET, AttributeLog
from webapp.formats.annotations.image_list import NO_CATEGORY, shape_key
from webapp.formats.annotations.packed_polygons import pack
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import (
    AnnotationFormat,
    FindingLog,
    FormatFault,
    FormatRejected,
    ParsedAnnotations,
    ParsedImage,
    ParsedShape,
)
from webapp.formats.coco.document import OWN_FORMAT
from webapp.formats.coco.lists import MAX_ANNOTATIONS, CategoryList, ImageList, count_up, id_key
from webapp.formats.coco.shape import read_shape
from webapp.formats.files.filenames import clean_text
from webapp.formats.files.json_stream import JsonReader
from webapp.formats.files.text_source import MAX_BYTES, TextSource
from webapp.formats.masks.rle import rectangle

LISTS = ("images", "annotations", "categories")
"""Keys by which a JSON object is recognised as COCO."""
OF_A_SHAPE = {
    "id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd", "is_box", "isbbox",
    "num_keypoints", "color",
}  # fmt: skip
"""Keys of an annotation that are read or need no report."""
OFTEN_ZERO = ("keypoints", "ignore")
"""Tools write zeros where there are no key points, and 0 where nothing is to be ignored."""
OF_VIA = "VGG Image Annotator"
"""In the description of `info`: VIA writes boxes as polygons."""
OF_CVAT = {("attributes", "rotation"), ("attributes", "track_id"), ("attributes", "keyframe")}
"""An angle that ``read_shape`` knows, and where a shape stood in a film."""


def parse_coco(data: bytes | Path, max_bytes: int = MAX_BYTES) -> ParsedAnnotations:
    """Read a COCO file; see ParsedAnnotations. Raises FormatRejected where it cannot be read as a whole."""
    return read_coco(TextSource(data, max_bytes))


def read_coco(source: TextSource) -> ParsedAnnotations:
    """As parse_coco, of a text whose encoding is known."""
    return _Reader(source).read()


class _Reader:
    """Walks through one file, entry by entry."""

    def __init__(self, source: TextSource) -> None:
        self.source = source
        self.fixed = FindingLog()
        self.skipped = FindingLog()
        self.attributes = AttributeLog()
        self.categories = CategoryList(self.fixed, self.skipped)
        self.images = ImageList(self.fixed, self.skipped, self.attributes)
        self.own = False
        self.of_via = False
        self.count = 0
        self.seen: set[tuple[str, str, str]] = set()

    def read(self) -> ParsedAnnotations:
        if not self._read_lists():
            # The annotations precede photos or categories: read the file again for them.
            reader = JsonReader(self.source.pieces())
            for key in reader.fields():
                self._read_annotations(reader) if key == "annotations" else reader.skip()
        images = self.images.images
        if not self.own:
            for image in images:
                image.split, image.sha256, image.no_object = None, None, False
        if self.source.guessed:
            self.fixed.add(Fault.TEXT_ENCODING, self.source.encoding, "file")
        used = {shape.category for image in images for shape in image.shapes}
        self.categories.report_groups(self.attributes, used)
        self.attributes.report(self.skipped)
        return ParsedAnnotations(
            format=AnnotationFormat.COCO,
            images=images,
            categories=self._used_categories(self.categories.names, used),
            annotations_in_file=self.count,
            fixed=self.fixed.findings,
            skipped=self.skipped.findings,
        )

    def _read_lists(self) -> bool:
        """Read the lists; whether the annotations could be read in the same pass.

        Raises FormatRejected if it is not COCO.
        """
        reader = JsonReader(self.source.pieces())
        if reader.peek() != "{":
            reader.skip()
            reader.end()
            raise FormatRejected(FormatFault.NOT_COCO, missing="images")
        found: set[str] = set()
        complete = True
        for key in reader.fields():
            if key == "info":
                info = reader.value()
                info = info if isinstance(info, dict) else {}
                self.own = info.get("format") == OWN_FORMAT
                self.of_via = self.categories.are_html = OF_VIA in str(info.get("description"))
            elif key not in LISTS or reader.peek() != "[":
                reader.skip()
                continue
            elif key == "images":
                for entry in reader.entries():
                    self.images.add(entry)
            elif key == "categories":
                for entry in reader.entries():
                    self.categories.add(entry)
            elif complete and found >= {"images", "categories"}:
                self._read_annotations(reader)
            else:
                complete = False
                reader.skip()
            found.add(key)
        reader.end()
        for name in LISTS:
            if name not in found:
                raise FormatRejected(FormatFault.NOT_COCO, missing=name)
        return complete

    def _read_annotations(self, reader: JsonReader) -> None:
        if reader.peek() != "[":
            reader.skip()
            return
        for annotation in reader.entries():
            index = self.count
            self.count = count_up(index, MAX_ANNOTATIONS)
            self._read_annotation(annotation, index)

    def _read_annotation(self, annotation: object, index: int) -> None:
        if not isinstance(annotation, dict):
            self.skipped.add(Fault.NOT_AN_OBJECT, f"annotations[{index}]")
            return
        own_id = id_key(annotation.get("id"))
        label = clean_text(f"#{own_id}"[:40]) if own_id is not None else f"annotations[{index}]"
        image_id = id_key(annotation.get("image_id"))
        if image_id in self.images.ambiguous:
            self.skipped.add(Fault.IMAGE_ID_AMBIGUOUS, label)
            return
        image = self.images.by_id.get(image_id)
        if image is None:
            self.skipped.add(Fault.UNKNOWN_IMAGE, label)
            return
        place = f"{image.file_name} {label}"
        image.entries += 1
        category_id = annotation.get("category_id")
        if id_key(category_id) in self.categories.ambiguous:
            self.skipped.add(Fault.CATEGORY_ID_AMBIGUOUS, place)
            return
        category = self._category(category_id)
        if category is None:
            self.skipped.add(Fault.UNKNOWN_CATEGORY, place)
            return
        shape = read_shape(annotation, category, place, self.fixed, self.skipped)
        if shape is None:
            return
        if id_key(category_id) not in self.categories.by_id:
            is_only = category == self.categories.only
            self.fixed.add(Fault.CATEGORY_ONLY if is_only else Fault.CATEGORY_MISSING, place)
        shape.source_id = label
        if self.of_via and shape.segmentation == [rectangle(shape.bbox)]:
            shape.is_box = True
        pack(shape)
        self._report_said(annotation, place)
        if image_id in self.images.repeated and self._seen_before(image, shape):
            self.skipped.add(Fault.DUPLICATE, place)
            return
        image.shapes.append(shape)

    def _category(self, category_id: object) -> str | None:
        """The name; None for an id that the file does not list.

        VIA writes null where an attribute is a text, JavaScript NaN or "undefined" where nothing was chosen.
        """
        key = id_key(category_id)
        if key in self.categories.by_id:
            return self.categories.by_id[key]
        unset = category_id is None or category_id != category_id
        if isinstance(category_id, str):
            unset = category_id.strip().lower() in UNSET
        return (self.categories.only or NO_CATEGORY) if unset else None

    def _report_said(self, annotation: dict[str, Any], place: str) -> None:
        zeros = {key for key in OFTEN_ZERO if _is_zero(annotation.get(key))}
        self.attributes.add_others(annotation, OF_A_SHAPE | zeros, place, OF_CVAT)

    def _seen_before(self, image: ParsedImage, shape: ParsedShape) -> bool:
        key = image.file_name, *shape_key(shape)
        seen = key in self.seen
        self.seen.add(key)
        return seen

    def _used_categories(self, names: list[str], used: set[str]) -> list[str]:
        if self.own:
            return names
        for name in names:
            if name not in used:
                without_id = name in self.categories.without_id
                self.skipped.add(
                    Fault.CATEGORY_UNREADABLE if without_id else Fault.CATEGORY_UNUSED, name, "category"
                )
        return [name for name in dict.fromkeys([*names, NO_CATEGORY]) if name in used]


def _is_zero(value: object) -> bool:
    return not any(value) if isinstance(value, list) else not value
