"""A zip with photos, imported into another model, brings the labels and the splits along."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.formats.coco.test_writer import HEIGHT, WIDTH, export_shape, ring
from tests.formats.exports.written import READERS
from tests.rest.sending import form, photo_file, png
from webapp.formats.coco.document import ExportShape
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.masks.rle import rectangle

LABELS = {
    "a.png": (
        "train",
        [export_shape("date", [[1.0, 1.0, 9.25, 1.0, 5.0, 8.5]]), export_shape("fig", ring(20, 20, 5))],
    ),
    "B.tif": ("test", [export_shape("fig", [rectangle([2.5, 3.0, 10.0, 4.25])], is_box=True)]),
    "none.png": ("validation", []),
}


def labels_of(api: FlaskClient, model: dict[str, Any]) -> dict[str, list[Any]]:
    """The labels by their split, which has one photo each."""
    document = api.get(f"/api/v1/models/{model['id']}/export").get_json()
    splits = {image["id"]: image["split"] for image in document["images"]}
    categories = {category["id"]: category["name"] for category in document["categories"]}
    found: dict[str, list[Any]] = {"train": [], "test": []}
    for entry in document["annotations"]:
        label = (
            categories[entry["category_id"]],
            entry["segmentation"],
            entry["bbox"],
            entry.get("is_box", False),
        )
        found[splits[entry["image_id"]]].append(label)
    return {split: sorted(labels, key=repr) for split, labels in found.items()}


def entries_of(name: str, shapes: list[ExportShape], number: int) -> list[dict[str, Any]]:
    return [
        {
            "id": 100 * number + place,
            "image_id": number,
            "category_id": {"date": 1, "fig": 2}[shape.category],
            "segmentation": shape.segmentation,
            "bbox": shape.bbox,
            "area": shape.area,
            "iscrowd": 0,
            "is_box": shape.is_box,
        }
        for place, shape in enumerate(shapes)
    ]


@pytest.fixture
def filled(api: FlaskClient, model: dict[str, Any]) -> dict[str, Any]:
    for number, (name, (split, shapes)) in enumerate(LABELS.items(), 1):
        document = {
            "info": {"format": "image-recognition coco 1"},
            "images": [
                {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT, "no_object": not shapes}
            ],
            "annotations": entries_of(name, shapes, number),
            "categories": [{"id": 1, "name": "date"}, {"id": 2, "name": "fig"}],
        }
        files = [photo_file(name, png(WIDTH, HEIGHT, shade=number))]
        sent = form(
            split=split, files=files, annotations=photo_file("labels.json", json.dumps(document).encode())
        )
        assert api.post(f"/api/v1/models/{model['id']}/imports", data=sent).status_code == 201
    return model


@pytest.mark.parametrize("format", READERS)
def test_a_zip_with_photos_comes_back(api: FlaskClient, filled: dict[str, Any], format: LabelFormat) -> None:
    address = f"/api/v1/models/{filled['id']}/export"
    zipped = api.get(f"{address}?format={format}&photos=true").data
    losses = {item["what"] for item in api.get(f"{address}/losses?format={format}").get_json()["items"]}
    other = api.post("/api/v1/models", json={"name": "other"}).get_json()
    sent = form(annotations=photo_file("set.zip", zipped))
    report = api.post(f"/api/v1/models/{other['id']}/imports", data=sent).get_json()
    assert (report["images"], report["annotations"]) == (3, 3)
    before, after = labels_of(api, filled), labels_of(api, other)
    if losses <= {"no_object"}:
        assert after == before
    for split in ("train", "test"):
        assert sorted(label[0] for label in after[split]) == sorted(label[0] for label in before[split])
