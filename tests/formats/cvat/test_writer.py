"""CVAT XML 1.1 for images: what it says of each label."""

from xml.etree.ElementTree import Element

import numpy as np

from tests.formats.coco.test_writer import export_shape, image, ring
from tests.formats.exports.written import CATEGORIES, write, write_one, xml
from webapp.formats.coco.document import ExportShape
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss
from webapp.formats.masks.rle import decode_mask, rectangle

CVAT = LabelFormat.CVAT
TRIANGLE = [1.0, 1.0, 9.25, 1.0, 5.0, 8.5]
OTHER = [20.0, 20.0, 30.0, 20.0, 30.0, 30.0]


def only_photo(*shapes: ExportShape) -> tuple[Element, dict[FormatLoss, int]]:
    files, losses = write_one(CVAT, *shapes)
    photo = xml(files, "annotations.xml").find("image")
    assert photo is not None
    return photo, losses


def test_photos_have_their_split_and_size_and_all_categories_are_named() -> None:
    files, losses = write(
        CVAT, [(image(0), []), (image(1, file_name='a "&<b>.jpg', split="test", no_object=True), [])]
    )
    root = xml(files, "annotations.xml")
    assert root.findtext("version") == "1.1"
    assert [name.text for name in root.findall("meta/project/labels/label/name")] == CATEGORIES
    assert [photo.attrib for photo in root.findall("image")] == [
        {"id": "0", "name": "0.jpg", "subset": "train", "width": "64", "height": "48"},
        {"id": "1", "name": 'a "&<b>.jpg', "subset": "test", "width": "64", "height": "48"},
    ]
    assert losses == {FormatLoss.NO_OBJECT: 1}


def test_boxes_outlines_and_pieces_stand_as_they_are() -> None:
    box = export_shape("date", [rectangle([2.5, 3.0, 10.0, 4.25])], is_box=True)
    photo, losses = only_photo(
        box, export_shape("無花果", [TRIANGLE]), export_shape("date", [TRIANGLE, OTHER])
    )
    assert [child.tag for child in photo] == ["box", "polygon", "polygon", "polygon"]
    assert [photo[0].get(side) for side in ("xtl", "ytl", "xbr", "ybr")] == ["2.5", "3", "12.5", "7.25"]
    assert (photo[1].get("label"), photo[1].get("points")) == ("無花果", "1,1;9.25,1;5,8.5")
    assert [child.get("group_id") for child in photo] == [None, None, "3", "3"]
    assert losses == {}


def test_a_mask_is_runs_row_by_row_within_its_box() -> None:
    rle = ring(3, 4, 5)
    photo, losses = only_photo(export_shape("date", rle, iscrowd=True))
    (mask,) = photo
    left, top, width, height = (int(mask.get(name, "")) for name in ("left", "top", "width", "height"))
    assert (left, top, width, height) == (3, 4, 20, 20)
    runs = list(map(int, mask.get("rle", "").split(",")))
    part = np.repeat(np.arange(len(runs)) % 2, runs).reshape(height, width)
    assert (decode_mask(rle)[top : top + height, left : left + width] == part).all()
    assert losses == {FormatLoss.CROWDS: 1}


def test_a_name_that_xml_cannot_hold_is_said() -> None:
    files, losses = write(CVAT, [(image(0), [export_shape("a\uffff", [TRIANGLE])])], ["a\uffff"])
    assert b'label="a\xef\xbf\xbd"' in files["annotations.xml"]
    assert losses == {FormatLoss.CATEGORY_NAMES: 1}
