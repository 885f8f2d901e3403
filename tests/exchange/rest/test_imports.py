"""Imports: what is good is taken, previews change nothing, reports are kept."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.formats.files.zip_files import zipped
from tests.rest.sending import add_images, assert_problem, coco, form, photo_file, png, walk
from webapp.exchange.imports import runs as import_runs


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
    add_images(api, model, photo_file("1.png", png()), split="test")
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


def test_any_format_and_a_zip_with_the_photos(api: FlaskClient, model: dict[str, Any]) -> None:
    region = {
        "shape_attributes": {"name": "rect", "x": 1, "y": 1, "width": 9, "height": 9},
        "region_attributes": {"name": "nut"},
    }
    via = {"_via_img_metadata": {"1.png9": {"filename": "1.png", "size": 9, "regions": [region, region]}}}
    archive = zipped(("set/1.png", png()), ("set/via.json", json.dumps(via).encode()))
    report = send(api, model, "?dry_run=true", annotations=photo_file("set.zip", archive)).get_json()
    assert (report["images"], report["annotations"], report["status"]) == (1, 2, "preview")
    report = send(api, model, annotations=photo_file("set.zip", archive)).get_json()
    assert (report["images"], report["annotations"], report["categories"]) == (1, 2, ["nut"])


def test_labels_that_are_there_are_replaced_where_it_is_asked_for(
    api: FlaskClient, model: dict[str, Any]
) -> None:
    send(api, model, files=photo_file("1.png", png()), annotations=coco(["1.png"]))
    report = send(api, model, "?conflicts=replace", annotations=coco(["1.png"], category="bolt")).get_json()
    assert (report["annotations"], report["categories"]) == (1, ["bolt"])
    assert assert_problem(send(api, model, "?conflicts=maybe"), 422)["field"] == "conflicts"


def questions(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in report["questions"]}


def test_a_preview_names_the_options_that_matter(api: FlaskClient, model: dict[str, Any]) -> None:
    send(api, model, files=photo_file("1.png", png()), annotations=coco(["1.png"]))
    assert send(api, model, "?dry_run=true", annotations=coco(["2.png"])).get_json()["questions"] == []
    report = send(api, model, "?dry_run=true&conflicts=merge", annotations=coco(["1.png"])).get_json()
    assert questions(report)["conflicts"] == {
        "name": "conflicts",
        "default": "keep",
        "answer": "merge",
        "count": 1,
        "examples": ["1.png"],
        "choices": ["keep", "merge", "replace"],
    }


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("split", "everywhere"),
        ("doubles", "third"),
        ("empty", "maybe"),
        ("crowd", "yes"),
        ("lines", "0"),
        ("lines", "wide"),
        ("lines", "nan"),
        ("lines", "1001"),
        ("orientation", "left"),
        ("annotator", "x" * 201),
        ("annotator", "\x00"),
    ],
)
@pytest.mark.parametrize("where", ["query", "form"])
def test_nonsense_answers_are_refused(
    api: FlaskClient, model: dict[str, Any], option: str, value: str, where: str
) -> None:
    address = f"/api/v1/models/{model['id']}/imports"
    sent = {"annotations": coco(["1.png"])} | ({option: value} if where == "form" else {})
    query = {option: value} if where == "query" else {}
    answer = api.post(address, query_string=query, data=form(**sent))
    assert assert_problem(answer, 422)["field"] == option


def test_every_option_is_taken(api: FlaskClient, model: dict[str, Any]) -> None:
    fields = {
        "split": "folders",
        "doubles": "second",
        "empty": "no_object",
        "crowd": "object",
        "lines": "2.5",
        "orientation": "raw",
        "annotator": "Lin",
    }
    report = send(api, model, "?dry_run=true", annotations=coco(["1.png"]), **fields).get_json()
    assert report["annotations"] == 1


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_large_import_is_asked_for_until_it_is_over(
    api: FlaskClient,
    model: dict[str, Any],
    clean_app: OpenAPI,
    monkeypatch: pytest.MonkeyPatch,
    dry_run: bool,
) -> None:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    monkeypatch.setattr(import_runs, "READ_AT_ONCE_BYTES", 10)
    query = "?dry_run=true" if dry_run else ""
    answer = send(api, model, query, files=photo_file("1.png", png()), annotations=coco(["1.png", "2.png"]))
    assert answer.status_code == 202
    begun = answer.get_json()
    assert begun["status"] == "queued"
    address = answer.headers["Location"]
    assert address == f"/api/v1/imports/{begun['id']}"
    task_library.carry_out_run(1)
    report = api.get(address).get_json()
    assert report["status"] == ("preview" if dry_run else "completed")
    assert (report["images"], report["annotations"], report["error"]) == (1, 1, None)
    assert {line["code"] for line in report["skipped"]} == {"photo_not_there", "shape_without_photo"}
    assert len(walk(api, f"/api/v1/models/{model['id']}/images")) == (0 if dry_run else 1)


def test_a_large_import_of_nothing_usable_says_why(
    api: FlaskClient, model: dict[str, Any], clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    monkeypatch.setattr(import_runs, "READ_AT_ONCE_BYTES", 1)
    address = send(api, model, annotations=photo_file("a.json", b"no json")).headers["Location"]
    task_library.carry_out_run(1)
    report = api.get(address).get_json()
    assert report["status"] == "failed"
    assert report["error"].startswith("a.json: This is not JSON")
