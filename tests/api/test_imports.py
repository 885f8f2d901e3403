"""Imports: what is good is taken, previews change nothing, reports are kept."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.sending import add_photos, assert_problem, coco, form, photo_file, png, walk


def send(api: FlaskClient, model: dict[str, Any], query: str = "", **fields: Any) -> Any:
    return api.post(f"/api/v1/models/{model['id']}/imports{query}", data=form(**fields))


def test_photos_and_labels_come_together(api: FlaskClient, model: dict[str, Any]) -> None:
    files = [photo_file("1.png", png(shade=1)), photo_file("2.png", png(shade=2))]
    answer = send(api, model, "?split=validation", files=files, annotations=coco(["1.png", "2.png", "3.png"]))
    report = answer.get_json()
    assert answer.status_code == 201
    assert (report["images"], report["annotations"], report["categories"]) == (2, 2, ["nut"])
    assert report["status"] == "completed"
    assert {line["code"] for line in report["skipped"]} == {"photo_not_there", "shape_without_photo"}
    for line in report["skipped"]:
        assert line["what"]
        assert line["count"] == 1
        assert line["examples"] == ["3.png"]
    photos = walk(api, f"/api/v1/models/{model['id']}/images")
    assert {(photo["split"], photo["labelled"]) for photo in photos} == {("validation", True)}
    assert api.get(answer.headers["Location"]).get_json() == report
    assert api.get(f"/api/v1/imports/{report['id']}").get_json() == report


@pytest.mark.parametrize("where", ["query", "form"])
def test_a_preview_changes_nothing(api: FlaskClient, model: dict[str, Any], where: str) -> None:
    query = "?dry_run=true" if where == "query" else ""
    fields = {"dry_run": "true"} if where == "form" else {}
    report = send(
        api, model, query, files=photo_file("1.png", png()), annotations=coco(["1.png"]), **fields
    ).get_json()
    assert (report["id"], report["status"]) == (None, "preview")
    assert (report["images"], report["annotations"], report["categories"]) == (1, 1, ["nut"])
    alone = send(api, model, query, annotations=coco(["1.png", "2.png"]), **fields).get_json()
    assert (alone["images"], alone["annotations"]) == (2, 2), "without photos: what the file holds"
    assert walk(api, f"/api/v1/models/{model['id']}/images") == []
    assert_problem(api.get("/api/v1/imports/1"), 404)


def test_labels_for_photos_that_are_there(api: FlaskClient, model: dict[str, Any]) -> None:
    add_photos(api, model, photo_file("1.png", png()), split="test")
    report = send(api, model, annotations=coco(["1.png"])).get_json()
    assert (report["images"], report["annotations"]) == (0, 1)
    again = send(api, model, annotations=coco(["1.png"], category="bolt")).get_json()
    assert again["annotations"] == 0
    assert "photo_labelled_already" in {line["code"] for line in again["skipped"]}


def test_unusable_files_are_refused(api: FlaskClient, model: dict[str, Any]) -> None:
    body = assert_problem(send(api, model, annotations=photo_file("a.json", b'{"images": [')), 422)
    assert body["field"] == "annotations"
    assert_problem(send(api, model, annotations=photo_file("a.json", b"[]")), 422, "file_refused")
    assert_problem(send(api, model), 422, "nothing_sent")
    assert assert_problem(send(api, model, "?dry_run=maybe"), 422)["field"] == "dry_run"
