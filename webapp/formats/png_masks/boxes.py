"""Pascal VOC says each object twice, as a box in XML and as pixels in ``SegmentationObject``: the pixels are kept."""

from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import (
    AnnotationFormat,
    Finding,
    FindingLog,
    ParsedAnnotations,
    ParsedImage,
    ParsedShape,
)
from webapp.formats.masks.segmentation import Box
from webapp.formats.png_masks.meaning import UNNAMED
from webapp.formats.sets.files import stem_of
from webapp.formats.sets.photo_index import PhotoIndex

SLACK = 2.0
"""Pixels by which the box of an object and the one around its pixels may differ: tools round, and count from 0 or 1."""


def drop_boxes_of_masks(
    xml: ParsedAnnotations, masks: ParsedAnnotations, photos: PhotoIndex
) -> list[Finding]:
    """Leave out boxes of an XML file whose object is among the masks of the same photo; the findings about them.

    The objects of an XML stand in the order of their numbers in ``SegmentationObject``, and pixels that another object
    covers are not in the mask: the n-th box belongs to the n-th mask that lies inside it. Others belong to a mask with
    the same box. The category has to be the same, unless the number of the mask has no name: then the XML names it.
    """
    by_photo = {image.file_name: image for image in masks.images if image.shapes}
    if xml.format != AnnotationFormat.VOC or not by_photo:
        return []
    dropped = FindingLog()
    for image in xml.images:
        photo = photos.find(image.file_name.split("/")[:-1], stem_of(image.file_name)).photo
        if photo is not None and photo.path in by_photo:
            _drop(image, by_photo[photo.path], dropped)
    skipped = FindingLog()
    skipped.merge(xml.skipped)
    skipped.merge(dropped.findings)
    xml.skipped = skipped.findings
    _name_again(masks)
    return dropped.findings


def _drop(image: ParsedImage, masks: ParsedImage, dropped: FindingLog) -> None:
    left = list(masks.shapes)
    kept = []
    for shape in image.shapes:
        mask = _mask_of(shape, left) if shape.is_box else None
        if mask is None:
            kept.append(shape)
            continue
        left = [one for one in left if one is not mask]
        mask.category = shape.category
        dropped.add(Fault.BOX_OF_MASK, f"{image.file_name} {shape.source_id}".rstrip())
    image.shapes = kept


def _mask_of(box: ParsedShape, masks: list[ParsedShape]) -> ParsedShape | None:
    same = [mask for mask in masks if mask.category == box.category or UNNAMED.fullmatch(mask.category)]
    numbered = (mask for mask in same if _number(mask) == _number(box) and _lies_in(mask.bbox, box.bbox))
    alike = (mask for mask in same if _lies_in(mask.bbox, box.bbox) and _lies_in(box.bbox, mask.bbox))
    return next(numbered, None) or next(alike, None)


def _name_again(masks: ParsedAnnotations) -> None:
    """The categories that the masks have now, and the remark about those that still have no name."""
    used = dict.fromkeys(shape.category for image in masks.images for shape in image.shapes)
    masks.categories = list(used)
    for finding in masks.fixed:
        if finding.code == Fault.CLASS_UNNAMED:
            finding.examples = [name for name in finding.examples if name in used]
            finding.count = len(finding.examples)
    masks.fixed = [finding for finding in masks.fixed if finding.count]


def _number(shape: ParsedShape) -> str:
    return shape.source_id.rpartition("#")[2]


def _lies_in(inner: Box, outer: Box) -> bool:
    return (
        inner[0] >= outer[0] - SLACK
        and inner[1] >= outer[1] - SLACK
        and inner[0] + inner[2] <= outer[0] + outer[2] + SLACK
        and inner[1] + inner[3] <= outer[1] + outer[3] + SLACK
    )
