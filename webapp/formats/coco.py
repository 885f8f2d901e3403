"""Reading COCO JSON as tools really write it.

Nothing is dropped silently: what was repaired and what was left out is counted, with examples, in the
result. The true size of a photo is known only when it is matched, so cutting at its edge is a second step
(fitting.py).
"""

import json
from typing import Any

from webapp.formats.annotations import AnnotationFault as Fault
from webapp.formats.annotations import (
    FindingLog,
    FormatFault,
    FormatRejected,
    ParsedAnnotations,
    ParsedImage,
    ParsedShape,
)
from webapp.formats.coco_export import OWN_FORMAT, canonical_json
from webapp.formats.coco_lists import CategoryList, ImageList, id_key
from webapp.formats.coco_shape import read_shape

MAX_BYTES = 128 * 1024 * 1024
"""Default limit of a file. Read into Python, JSON takes up to 25 times its size in memory."""


def parse_coco(data: bytes, max_bytes: int = MAX_BYTES) -> ParsedAnnotations:
    """Read a COCO file; see ParsedAnnotations. Raises FormatRejected where it cannot be read as a whole."""
    document = load_json(data, max_bytes)
    if not isinstance(document, dict):
        raise FormatRejected(FormatFault.NOT_COCO, missing="images")
    for name in ("images", "annotations", "categories"):
        if not isinstance(document.get(name), list):
            raise FormatRejected(FormatFault.NOT_COCO, missing=name)
    return _Reader(document).read()


def load_json(data: bytes, max_bytes: int) -> object:
    """JSON in UTF-8, with or without byte order mark, or UTF-16 or 32. Raises FormatRejected."""
    if len(data) > max_bytes:
        raise FormatRejected(FormatFault.TOO_LARGE, limit_mb=max_bytes // (1024 * 1024))
    try:
        return json.loads(data)
    except UnicodeDecodeError as error:
        raise FormatRejected(FormatFault.NOT_TEXT) from error
    except json.JSONDecodeError as error:
        raise FormatRejected(FormatFault.NOT_JSON, line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise FormatRejected(FormatFault.TOO_DEEP) from error
    except ValueError as error:  # a number of more digits than Python converts
        raise FormatRejected(FormatFault.NOT_JSON, line=0, column=0) from error


class _Reader:
    """Walks through one document. Takes it apart on the way, so that memory is needed once, not twice."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.fixed = FindingLog()
        self.skipped = FindingLog()
        self.seen: set[tuple[str, str, str]] = set()
        info = document.get("info")
        self.own = isinstance(info, dict) and info.get("format") == OWN_FORMAT

    def read(self) -> ParsedAnnotations:
        categories = CategoryList(self.document["categories"], self.fixed, self.skipped)
        images = ImageList(self.document["images"], self.fixed, self.skipped, own=self.own)
        annotations = self.document.pop("annotations")
        for index, annotation in enumerate(annotations):
            annotations[index] = None
            self._read_annotation(annotation, index, images, categories)
        parsed = images.images
        if not self.own:
            self._uncrowd(parsed)
        used = {shape.category for image in parsed for shape in image.shapes}
        return ParsedAnnotations(
            format="coco",
            images=parsed,
            categories=self._used_categories(categories.names, used),
            annotations_in_file=len(annotations),
            fixed=self.fixed.findings,
            skipped=self.skipped.findings,
        )

    def _read_annotation(
        self, annotation: object, index: int, images: ImageList, categories: CategoryList
    ) -> None:
        if not isinstance(annotation, dict):
            self.skipped.add(Fault.NOT_AN_OBJECT, f"annotations[{index}]")
            return
        own_id = id_key(annotation.get("id"))
        label = f"#{own_id}"[:40] if own_id is not None else f"annotations[{index}]"
        image_id = id_key(annotation.get("image_id"))
        if image_id in images.ambiguous:
            self.skipped.add(Fault.IMAGE_ID_AMBIGUOUS, label)
            return
        image = images.by_id.get(image_id)
        if image is None:
            self.skipped.add(Fault.UNKNOWN_IMAGE, label)
            return
        place = f"{image.file_name} {label}"
        category_id = id_key(annotation.get("category_id"))
        if category_id in categories.ambiguous:
            self.skipped.add(Fault.CATEGORY_ID_AMBIGUOUS, place)
            return
        category = categories.by_id.get(category_id)
        if category is None:
            self.skipped.add(Fault.UNKNOWN_CATEGORY, place)
            return
        shape = read_shape(annotation, category, place, self.fixed, self.skipped)
        if shape is None:
            return
        shape.source_id = label
        if image_id in images.repeated and self._seen_before(image, shape):
            self.skipped.add(Fault.DUPLICATE, place)
            return
        image.shapes.append(shape)

    def _seen_before(self, image: ParsedImage, shape: ParsedShape) -> bool:
        key = (image.file_name, shape.category, canonical_json(shape.segmentation))
        seen = key in self.seen
        self.seen.add(key)
        return seen

    def _uncrowd(self, images: list[ParsedImage]) -> None:
        """Tools mark every mask they write as a crowd, which training would leave out: take them as objects.

        Where some masks are marked and others are not, somebody meant it.
        """
        masks: list[tuple[ParsedImage, ParsedShape]] = []
        for image in images:
            masks += [(image, shape) for shape in image.shapes if isinstance(shape.segmentation, dict)]
        if all(shape.iscrowd for _, shape in masks):
            for image, shape in masks:
                shape.iscrowd = False
                self.fixed.add(Fault.CROWD_MASKS_AS_OBJECTS, f"{image.file_name} {shape.source_id}")

    def _used_categories(self, names: list[str], used: set[str]) -> list[str]:
        if self.own:
            return names
        for name in names:
            if name not in used:
                self.skipped.add(Fault.CATEGORY_UNUSED, name, "category")
        return [name for name in names if name in used]
