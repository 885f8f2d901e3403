"""Pascal VOC: boxes in XML, and the numbers of objects and categories in pictures."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.formats.coco.test_writer import export_shape, image
from tests.formats.exports.written import text, write, write_one, xml
from webapp.formats.coco.document import ExportShape
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss
from webapp.formats.masks.rle import rectangle

VOC = LabelFormat.VOC


def square(x: float, y: float, side: float, category: str = "date", **flags: bool) -> ExportShape:
    return export_shape(category, [rectangle([x, y, side, side])], **flags)


def numbers(files: dict[str, bytes], folder: str, name: str = "train/0") -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(files[f"{folder}/{name}.png"])) as picture:
        assert (picture.mode, picture.size) == ("P", (64, 48))
        palette = picture.getpalette() or []
        assert palette[:12] == [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]
        assert palette[-3:] == [224, 224, 192]
        return np.asarray(picture)


def test_the_layout_is_that_of_the_development_kit_with_a_folder_for_each_split() -> None:
    photos = [(image(0), []), (image(1, split="validation"), []), (image(2, split="validation"), [])]
    files, _losses = write(VOC, photos)
    assert sorted(files) == sorted(
        [
            *(f"Annotations/{name}.xml" for name in ("train/0", "validation/1", "validation/2")),
            *(f"{folder}/{name}.png" for folder in ("SegmentationClass", "SegmentationObject")
              for name in ("train/0", "validation/1", "validation/2")),
            *(f"ImageSets/{subject}/{name}.txt" for subject in ("Main", "Segmentation") for name in ("train", "val")),
            "labelmap.txt",
        ]
    )  # fmt: skip
    assert text(files, "ImageSets/Main/val.txt") == "validation/1\nvalidation/2\n"


def test_an_object_has_its_box_and_its_number_in_the_pictures() -> None:
    files, losses = write_one(VOC, square(2.5, 4, 10, "無花果"), square(30, 20, 5))
    root = xml(files, "Annotations/train/0.xml")
    assert [root.findtext(path) for path in ("filename", "size/width", "size/height")] == [
        "0.jpg",
        "64",
        "48",
    ]
    assert [[side.text for side in box] for box in root.iter("bndbox")] == [
        ["2.5", "4", "12.5", "14"], ["30", "20", "35", "25"],
    ]  # fmt: skip
    assert [name.text for name in root.iter("name")] == ["無花果", "date"]
    objects, categories = numbers(files, "SegmentationObject"), numbers(files, "SegmentationClass")
    assert (objects[22, 32], categories[22, 32]) == (2, 1)
    assert (objects[8, 8], categories[8, 8], objects[0, 0]) == (1, 2, 0)
    assert losses == {FormatLoss.OUTLINES: 2}


def test_a_small_label_lies_over_a_large_one() -> None:
    for order in (1, -1):
        files, losses = write_one(VOC, *[square(0, 0, 30), square(10, 10, 5)][::order])
        objects = numbers(files, "SegmentationObject")
        assert len({int(objects[12, 12]), int(objects[2, 2])}) == 2
        assert losses[FormatLoss.COVERED] == 1


def test_what_pictures_cannot_tell_apart_stands_in_the_xml() -> None:
    files, losses = write_one(VOC, *(square(n % 60, 0, 1) for n in range(260)), square(40, 40, 0.001))
    assert len(list(xml(files, "Annotations/train/0.xml").iter("object"))) == 261
    assert losses[FormatLoss.TOO_MANY] == 7
    assert write_one(VOC, square(40.2, 40.2, 0.001))[1][FormatLoss.NO_PIXEL] == 1


def test_categories_beyond_254_have_boxes_alone() -> None:
    categories = [f"c{n}" for n in range(300)]
    files, losses = write(VOC, [(image(0), [square(0, 0, 9, "c253"), square(20, 20, 9, "c254")])], categories)
    assert set(np.unique(numbers(files, "SegmentationClass"))) == {0, 254}
    assert losses[FormatLoss.TOO_MANY] == 1


def test_boxes_and_crowds_are_said() -> None:
    files, losses = write(
        VOC, [(image(0, no_object=True), [square(1, 1, 9, is_box=True), square(20, 20, 9, iscrowd=True)])]
    )
    assert [one.text for one in xml(files, "Annotations/train/0.xml").iter("difficult")] == ["0", "1"]
    assert losses == {
        FormatLoss.BOXES: 1,
        FormatLoss.OUTLINES: 1,
        FormatLoss.CROWDS: 1,
        FormatLoss.NO_OBJECT: 1,
    }


def test_names_that_the_list_of_colours_cannot_hold_are_changed() -> None:
    categories = ["a:b", "#1", "Background", "a\uff1ab", "\uffff", "plain"]
    files, losses = write(VOC, [(image(0), [square(1, 1, 9, name) for name in categories])], categories)
    names = ["a\uff1ab-2", "_#1", "_Background", "a\uff1ab", "\ufffd", "plain"]
    assert [line.partition(":")[0] for line in text(files, "labelmap.txt").splitlines()[1:]] == [
        "background",
        *names,
    ]
    assert [one.text for one in xml(files, "Annotations/train/0.xml").iter("name")] == names
    assert losses[FormatLoss.CATEGORY_NAMES] == 4
