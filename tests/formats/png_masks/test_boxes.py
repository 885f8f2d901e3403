"""Objects that Pascal VOC says twice, as boxes in XML and as masks, come in once."""

from tests.formats.sets.set_files import Array, canvas, codes, only, photos, read, voc_png
from webapp.formats.annotations.outlines import box
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations, ParsedImage
from webapp.formats.png_masks.boxes import drop_boxes_of_masks
from webapp.formats.sets.photo_index import PhotoIndex

PHOTOS = photos("JPEGImages/a.jpg", "JPEGImages/b.jpg")
NAMES = "background:0,0,0::\nnut:128,0,0::\nbolt:0,128,0::\n"


def masks(objects: Array, classes: Array, names: str = NAMES) -> ParsedAnnotations:
    files: dict[str, bytes | str] = {
        "SegmentationClass/a.png": voc_png(classes),
        "SegmentationObject/a.png": voc_png(objects),
    }
    return only(read(files | ({"labelmap.txt": names} if names else {}), PHOTOS))


def xml(
    *boxes: tuple[str, float, float, float, float], photo: str = "Annotations/a.jpg"
) -> ParsedAnnotations:
    image = ParsedImage(photo, 100, 50)
    for number, (category, *sides) in enumerate(boxes, start=1):
        shape = box(*sides).shape
        assert shape is not None
        shape.category, shape.source_id = category, f"#{number}"
        image.shapes.append(shape)
    return ParsedAnnotations(AnnotationFormat.VOC, [image], [], len(boxes), [], [])


def left(parsed: ParsedAnnotations) -> list[str]:
    return [shape.category for image in parsed.images for shape in image.shapes]


def test_a_box_whose_object_is_a_mask_is_left_out() -> None:
    mask = canvas((1, 0, 0, 20, 20), (2, 40, 10, 20, 20))
    labels = xml(("nut", 1, 1, 20, 20), ("bolt", 40, 10, 20, 20), ("nut", 70, 0, 9, 9))
    found = drop_boxes_of_masks(labels, masks(mask, mask), PhotoIndex(PHOTOS, list))
    assert left(labels) == ["nut"]
    assert [(one.code, one.count) for one in found] == [("box_of_mask", 2)]
    assert codes(labels, "skipped") == {"box_of_mask": 2}
    assert labels.annotations_taken + labels.annotations_skipped == labels.annotations_in_file


def test_the_order_tells_an_object_that_another_one_covers() -> None:
    """The mask of the first is smaller than its box."""
    mask = canvas((1, 0, 0, 40, 20), (2, 10, 0, 30, 20))
    labels = xml(("nut", 0, 0, 40, 20), ("nut", 10, 0, 30, 20))
    drop_boxes_of_masks(labels, masks(mask, (mask > 0).astype("uint8")), PhotoIndex(PHOTOS, list))
    assert left(labels) == []


def test_the_xml_names_a_number_without_a_name() -> None:
    mask = canvas((1, 0, 0, 20, 20), (2, 40, 10, 20, 20))
    parsed = masks(mask, mask, names="")
    assert parsed.categories == ["class 1", "class 2"]
    drop_boxes_of_masks(xml(("nut", 0, 0, 20, 20)), parsed, PhotoIndex(PHOTOS, list))
    assert parsed.categories == ["nut", "class 2"]
    assert codes(parsed, "fixed")["class_unnamed"] == 1


def test_boxes_of_another_category_or_photo_or_place_stay() -> None:
    mask = canvas((1, 0, 0, 20, 20))
    for labels in (
        xml(("bolt", 0, 0, 20, 20)),
        xml(("nut", 0, 0, 20, 20), photo="Annotations/b.jpg"),
        xml(("nut", 50, 20, 20, 20)),
    ):
        assert drop_boxes_of_masks(labels, masks(mask, mask), PhotoIndex(PHOTOS, list)) == []
        assert len(left(labels)) == 1
