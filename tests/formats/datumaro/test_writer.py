"""Datumaro's JSON: a document for each split."""

from typing import Any

from tests.formats.coco.test_writer import export_shape, image, ring
from tests.formats.exports.written import CATEGORIES, document, write
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss
from webapp.formats.masks.rle import rectangle

TRIANGLE = [1.0, 1.0, 9.25, 1.0, 5.0, 8.5]


def test_each_split_has_a_document_with_all_categories() -> None:
    photos = [(image(0), []), (image(1, split="test", no_object=True), []), (image(2, split="test"), [])]
    files, losses = write(LabelFormat.DATUMARO, photos)
    assert sorted(files) == ["annotations/test.json", "annotations/train.json"]
    test: Any = document(files, "annotations/test.json")
    assert [item["id"] for item in test["items"]] == ["1", "2"]
    assert test["items"][0]["image"] == {"path": "1.jpg", "size": [48, 64]}
    for path in files:
        found: Any = document(files, path)
        assert [label["name"] for label in found["categories"]["label"]["labels"]] == CATEGORIES
    assert losses == {FormatLoss.NO_OBJECT: 1}


def test_labels_stand_as_they_are() -> None:
    box = export_shape("無花果", [rectangle([2.5, 3.0, 10.0, 4.25])], is_box=True)
    rle = ring(3, 4, 5)
    shapes = [box, export_shape("date", rle, iscrowd=True), export_shape("date", [TRIANGLE, TRIANGLE])]
    files, losses = write(LabelFormat.DATUMARO, [(image(0), shapes)])
    found: Any = document(files, "annotations/train.json")
    entries = found["items"][0]["annotations"]
    assert [(entry["type"], entry["label_id"], entry["group"]) for entry in entries] == [
        ("bbox", 1, 0), ("mask", 0, 0), ("polygon", 0, 3), ("polygon", 0, 3),
    ]  # fmt: skip
    assert entries[0]["bbox"] == [2.5, 3.0, 10.0, 4.25]
    assert (entries[1]["rle"], entries[1]["attributes"]) == (rle, {"is_crowd": True})
    assert entries[2]["points"] == TRIANGLE
    assert losses == {}
