"""labelme's files: what stands in them for each label."""

from typing import Any

from tests.formats.coco.test_writer import export_shape, image, ring
from tests.formats.exports.written import document, write, write_one
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss
from webapp.formats.masks.rle import rectangle

TRIANGLE = [1.0, 1.0, 9.25, 1.0, 5.0, 8.5]
OTHER = [20.0, 20.0, 30.0, 20.0, 30.0, 30.0]


def test_each_photo_has_a_file_beside_it() -> None:
    photos = [(image(0), []), (image(1, file_name="照片.1.png", split="test", no_object=True), [])]
    files, losses = write(LabelFormat.LABELME, photos)
    assert sorted(files) == ["test/照片.1.json", "train/0.json"]
    second: Any = document(files, "test/照片.1.json")
    assert (second["imagePath"], second["imageWidth"], second["imageHeight"]) == ("照片.1.png", 64, 48)
    assert (second["shapes"], second["imageData"]) == ([], None)
    assert losses == {FormatLoss.NO_OBJECT: 1}


def test_labels_stand_as_they_are() -> None:
    box = export_shape("無花果", [rectangle([2.5, 3.0, 10.0, 4.25])], is_box=True)
    pieces = export_shape("date", [TRIANGLE, OTHER], iscrowd=True)
    files, losses = write_one(LabelFormat.LABELME, box, pieces, export_shape("date", ring(3, 4, 5)))
    found: Any = document(files, "train/0.json")
    said = [(one["label"], one["shape_type"], one["points"], one["group_id"]) for one in found["shapes"]]
    assert said[0] == ("無花果", "rectangle", [[2.5, 3.0], [12.5, 7.25]], None)
    assert said[1] == ("date", "polygon", [[1.0, 1.0], [9.25, 1.0], [5.0, 8.5]], 2)
    assert (said[2][1], said[2][3]) == ("polygon", 2)
    assert said[3] == ("date", "mask", [[3.0, 4.0], [22.0, 23.0]], None)
    assert losses == {FormatLoss.CROWDS: 1}
