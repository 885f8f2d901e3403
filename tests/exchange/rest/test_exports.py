"""The labels of a model as a file, and imported again."""

import hashlib
import io
import json
from typing import Any
from zipfile import ZipFile

from flask.testing import FlaskClient

from tests.rest.sending import assert_problem, form, photo_file, png
from webapp.core.extensions import db
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
    assert assert_problem(api.get(f"{address_of(model)}?format=yolo"), 422)["field"] == "format"
    assert assert_problem(api.get(f"{address_of(model)}?split=all"), 422)["field"] == "split"
