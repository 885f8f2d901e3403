"""Collects photos and shapes of formats other than COCO."""

from dataclasses import dataclass

from webapp.formats.annotations.attribute_log import AttributeLog
from webapp.formats.annotations.outlines import Outline
from webapp.formats.annotations.packed_polygons import pack
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import (
    AnnotationFormat,
    FindingLog,
    ParsedAnnotations,
    ParsedImage,
    ParsedShape,
)
from webapp.formats.coco.document import canonical_json
from webapp.formats.coco.lists import MAX_ANNOTATIONS, MAX_IMAGES, count_up
from webapp.formats.coco.shape import make_shape
from webapp.formats.files.filenames import clean_text

NO_CATEGORY = "object"
"""Category of shapes without one in the file."""


@dataclass(slots=True)
class CollectedImages:
    """Photos by name, in the order of the file; a repeated name is the same photo."""

    fixed: FindingLog
    skipped: FindingLog
    attributes: AttributeLog
    images: dict[str, ParsedImage]
    repeated: set[str]
    """Names that are listed more than once."""
    count: int
    """Number of annotations so far."""

    def __init__(self) -> None:
        self.fixed, self.skipped = FindingLog(), FindingLog()
        self.attributes = AttributeLog()
        self.images = {}
        self.repeated = set()
        self.count = 0

    def image(self, name: object, place: str) -> ParsedImage | None:
        """The photo of this name, None (and reported, with `place`) where it has none."""
        file_name = clean_text(name) if isinstance(name, str) else ""
        if not file_name:
            self.skipped.add(Fault.IMAGE_UNREADABLE, place, "image")
            return None
        if file_name in self.images:
            self.fixed.add(Fault.IMAGE_LISTED_TWICE, file_name, "image")
            self.repeated.add(file_name)
        else:
            count_up(len(self.images), MAX_IMAGES)
            self.images[file_name] = ParsedImage(file_name, None, None)
        return self.images[file_name]

    def counted(self, image: ParsedImage | None = None) -> None:
        """Count an annotation, of this photo where it is known."""
        self.count = count_up(self.count, MAX_ANNOTATIONS)
        if image is not None:
            image.entries += 1

    def add_outline(self, outline: Outline, place: str) -> ParsedShape | None:
        """Convert an outline to a shape and add its findings; None if it is unusable."""
        if outline.shape is None:
            self.skipped.add(outline.fault or Fault.NO_SHAPE, place)
            return None
        for repair in outline.repaired:
            self.fixed.add(repair, place)
        pack(outline.shape)
        return outline.shape

    def join(self, shape: ParsedShape, part: ParsedShape, place: str) -> None:
        """Append the polygons of ``part``, which was counted as a separate annotation, to ``shape``."""
        assert isinstance(shape.segmentation, list) and isinstance(part.segmentation, list)  # noqa: S101
        joined = make_shape(shape.category, shape.segmentation + part.segmentation)
        shape.segmentation, shape.bbox, shape.area = joined.segmentation, joined.bbox, joined.area
        pack(shape)
        shape.is_box = False
        self.count -= 1
        self.fixed.add(Fault.SHAPES_GROUPED, place)

    def drop_repeated(self) -> None:
        """Drop shapes that came again with a photo that is listed more than once, and report them."""
        for name in self.repeated:
            image = self.images[name]
            known: set[tuple[str, str]] = set()
            kept = []
            for shape in image.shapes:
                key = shape_key(shape)
                if key in known:
                    self.skipped.add(Fault.DUPLICATE, f"{name} {shape.source_id}".rstrip())
                else:
                    kept.append(shape)
                known.add(key)
            image.shapes = kept

    def result(self, format: AnnotationFormat) -> ParsedAnnotations:
        """Everything collected; the categories in the order in which the shapes name them."""
        self.attributes.report(self.skipped)
        images = list(self.images.values())
        names = dict.fromkeys(shape.category for image in images for shape in image.shapes)
        return ParsedAnnotations(
            format=format,
            images=images,
            categories=list(names),
            annotations_in_file=self.count,
            fixed=self.fixed.findings,
            skipped=self.skipped.findings,
        )


def shape_key(shape: ParsedShape) -> tuple[str, str]:
    """A key that is equal for duplicate shapes of a photo."""
    segmentation = shape.segmentation
    return shape.category, canonical_json(
        list(map(list, segmentation)) if isinstance(segmentation, list) else segmentation
    )
