"""The labels of a model as a file, and imported again."""

import hashlib
import io
import json
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from tests.rest.sending import assert_problem, coco, form, photo_file, png
from webapp.core.extensions import db
from webapp.formats.exports.formats import LabelFormat
from webapp.models import DetectionModel, Split
from webapp.training import dataset_versions


def address_of(model: dict[str, Any]) -> str:
    return f"/api/v1/models/{model['id']}/export"


def test_the_export_comes_back_as_it_went_in(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    answer = api.get(f"{address_of(labelled_model)}?format=coco")
    assert answer.mimetype == "application/json"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    document = answer.get_json()
    assert [image["file_name"] for image in document["images"]] == ["1.png", "2.png", "3.png", "4.png"]
    assert {entry["bbox"][2] for entry in document["annotations"]} == {20}
    assert document["categories"] == [{"id": 1, "name": "nut"}]
    assert len(api.get(f"{address_of(labelled_model)}?split=train").get_json()["images"]) == 2
    other = api.post("/api/v1/models", json={"name": "other"}).get_json()
    files = [photo_file(f"{n}.png", png(shade=n * 20)) for n in (1, 2, 3, 4)]
    sent = form(split="train", files=files, annotations=photo_file("e.json", answer.data))
    report = api.post(f"/api/v1/models/{other['id']}/imports", data=sent).get_json()
    assert (report["images"], report["annotations"]) == (4, 4)


def test_an_export_of_everything_is_the_dataset_version_to_the_byte(
    api: FlaskClient, labelled_model: dict[str, Any]
) -> None:
    model = db.session.get_one(DetectionModel, labelled_model["id"])
    version = dataset_versions.freeze(model, set())
    assert hashlib.sha256(api.get(address_of(labelled_model)).data).hexdigest() == version.hash
    assert version.counts == {"train": 2, "validation": 1, "test": 1, "annotations": 4}


def test_a_dataset_version_is_of_one_split_less_once_labels_are_gone(
    api: FlaskClient, labelled_model: dict[str, Any]
) -> None:
    model = db.session.get_one(DetectionModel, labelled_model["id"])
    before = dataset_versions.freeze(model, set())
    assert dataset_versions.freeze(model, set()) is before
    (photo,) = api.get(f"/api/v1/models/{model.id}/images?split=test").get_json()["items"]
    labels = f"/api/v1/images/{photo['id']}/annotations"
    tag = api.get(labels).headers["ETag"]
    assert api.put(labels, json={"items": []}, headers={"If-Match": tag}).status_code == 200
    db.session.rollback()
    after = dataset_versions.freeze(model, {Split.TEST})
    assert after.hash != before.hash
    assert (after.counts["test"], after.counts["annotations"]) == (0, 3)


def test_the_export_with_photos_is_a_zip(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    answer = api.get(f"{address_of(labelled_model)}?photos=true&split=train")
    assert answer.mimetype == "application/zip"
    archive = ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    assert archive.namelist() == ["annotations.json", "photos/1.png", "photos/2.png"]


def test_the_export_for_via_finds_its_photos_in_the_zip(
    api: FlaskClient, labelled_model: dict[str, Any]
) -> None:
    archive = ZipFile(
        io.BytesIO(api.get(f"{address_of(labelled_model)}?format=via&photos=true&split=test").data)
    )
    assert archive.namelist() == ["via_project.json", "photos/4.png"]
    project = json.loads(archive.read("via_project.json"))
    (photo,) = project["_via_img_metadata"].values()
    assert project["_via_settings"]["core"]["default_filepath"] + photo["filename"] == "photos/4.png"
    assert photo["size"] == archive.getinfo("photos/4.png").file_size
    assert [region["region_attributes"] for region in photo["regions"]] == [{"name": "nut"}]


def test_the_words_beside_via_attributes_are_in_the_language_asked_for(
    api: FlaskClient, labelled_model: dict[str, Any]
) -> None:
    address = f"{address_of(labelled_model)}?format=via"
    for language, word in (("en", "Category"), ("zh-TW", "類別")):
        project = api.get(address, headers={"Accept-Language": language}).get_json()
        assert project["_via_attributes"]["region"]["name"]["description"] == word


def test_an_unknown_format_or_split_is_refused(api: FlaskClient, model: dict[str, Any]) -> None:
    assert assert_problem(api.get(f"{address_of(model)}?format=powerpoint"), 422)["field"] == "format"
    assert assert_problem(api.get(f"{address_of(model)}?split=all"), 422)["field"] == "split"


DOCUMENTS = {
    LabelFormat.COCO: "annotations.json",
    LabelFormat.VIA: "via_project.json",
    LabelFormat.CVAT: "annotations.xml",
    LabelFormat.LABELSTUDIO: "tasks.json",
}
PHOTOS = {
    LabelFormat.COCO: "photos/4.png",
    LabelFormat.VIA: "photos/4.png",
    LabelFormat.YOLO: "images/test/4.png",
    LabelFormat.VOC: "JPEGImages/test/4.png",
    LabelFormat.LABELME: "test/4.png",
    LabelFormat.CVAT: "images/test/4.png",
    LabelFormat.LABELSTUDIO: "images/test/4.png",
    LabelFormat.DATUMARO: "images/test/4.png",
}
"""Where the photo of the split test lies."""
LABELS = {
    LabelFormat.YOLO: "labels/test/4.txt",
    LabelFormat.VOC: "SegmentationObject/test/4.png",
    LabelFormat.LABELME: "test/4.json",
    LabelFormat.DATUMARO: "annotations/test.json",
} | DOCUMENTS


@pytest.mark.parametrize("format", LabelFormat)
def test_each_format_is_a_document_or_a_zip_with_folders_of_the_splits(
    api: FlaskClient, labelled_model: dict[str, Any], format: LabelFormat
) -> None:
    answer = api.get(f"{address_of(labelled_model)}?format={format}")
    assert answer.status_code == 200
    suffix = PurePosixPath(DOCUMENTS.get(format, "a.zip")).suffix
    assert answer.mimetype == f"application/{suffix[1:]}"
    assert f'-{format}{suffix}"' in answer.headers["Content-Disposition"]
    if suffix != ".zip":
        assert int(answer.headers["Content-Length"]) == len(answer.data)
    else:
        names = ZipFile(io.BytesIO(answer.data)).namelist()
        assert LABELS[format] in names and PHOTOS[format] not in names
    with_photos = ZipFile(
        io.BytesIO(api.get(f"{address_of(labelled_model)}?format={format}&photos=true").data)
    )
    assert with_photos.testzip() is None
    names = with_photos.namelist()
    assert {LABELS[format], PHOTOS[format]} <= set(names) and len(set(names)) == len(names)
    assert sum(name.endswith(".png") and "Segmentation" not in name for name in names) == 4


def test_one_split_is_exported_alone(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    answer = api.get(f"{address_of(labelled_model)}?format=yolo&photos=true&split=test")
    assert ZipFile(io.BytesIO(answer.data)).namelist() == [
        "labels/test/4.txt",
        "data.yaml",
        "images/test/4.png",
    ]


def test_what_a_format_holds_otherwise_is_counted_before_the_export(
    api: FlaskClient, labelled_model: dict[str, Any]
) -> None:
    address = f"{address_of(labelled_model)}/losses"
    assert api.get(address).get_json() == {"items": []}
    (item,) = api.get(f"{address}?format=voc&split=train").get_json()["items"]
    assert item == {"what": "outlines", "count": 2, "detail": "2 outlines stand in it as the pixels inside."}
    (item,) = api.get(f"{address}?format=voc", headers={"Accept-Language": "zh-TW"}).get_json()["items"]
    assert (item["count"], item["detail"]) == (4, "其中 4 個輪廓改以內部的像素表示。")
    assert_problem(api.get(f"{address}?format=powerpoint"), 422)


def test_photos_have_names_that_every_system_can_unpack(api: FlaskClient, model: dict[str, Any]) -> None:
    names = ["A.tif", "a.png", "b?.png"]
    files = [photo_file(name, png(shade=number)) for number, name in enumerate(names)]
    sent = form(split="train", files=files, annotations=[coco(names)])
    assert api.post(f"/api/v1/models/{model['id']}/imports", data=sent).status_code == 201
    archive = ZipFile(io.BytesIO(api.get(f"{address_of(model)}?format=labelme&photos=true").data))
    stems = {"A", "a-2", "b_"}
    assert set(archive.namelist()) == {
        f"train/{stem}.{suffix}" for stem in stems for suffix in ("png", "json")
    }
    assert {json.loads(archive.read(f"train/{stem}.json"))["imagePath"] for stem in stems} == {
        f"{stem}.png" for stem in stems
    }
    for photos, renamed in (("true", 3), ("false", 2)):
        (item,) = api.get(f"{address_of(model)}/losses?format=labelme&photos={photos}").get_json()["items"]
        assert (item["what"], item["count"]) == ("renamed", renamed)


def test_without_photos_names_are_those_that_somebody_has(api: FlaskClient, model: dict[str, Any]) -> None:
    sent = form(split="train", files=[photo_file("A.tif", png())], annotations=[coco(["A.tif"])])
    assert api.post(f"/api/v1/models/{model['id']}/imports", data=sent).status_code == 201
    for format, path in ((LabelFormat.LABELME, "train/A.json"), (LabelFormat.CVAT, "annotations.xml")):
        for photos, name in (("false", "A.tif"), ("true", "A.png")):
            answer = api.get(f"{address_of(model)}?format={format}&photos={photos}")
            is_zip = answer.mimetype == "application/zip"
            content = ZipFile(io.BytesIO(answer.data)).read(path) if is_zip else answer.data
            assert f'"{name}"'.encode() in content
