"""Prediction runs over the API; what a worker does is done through the services' own verbs."""

import io
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from bench.fuzz_photos.photo_kinds import KINDS
from tests.rest.sending import add_images, assert_problem, form, photo_file, png, safetensors, walk
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import polygons_to_rle
from webapp.prediction import progress as prediction_progress

FOUND = {
    "category": "nut",
    "score": 0.75,
    "bbox": [1.0, 2.0, 10.0, 10.0],
    "segmentation": polygons_to_rle([[1, 2, 11, 2, 11, 12, 1, 12]], 40, 30),
    "area": 100.0,
}


def found(score: float) -> FoundObject:
    """A nut as ``FOUND`` says."""
    return msgspec.convert(FOUND | {"score": score}, FoundObject)


def start(api: FlaskClient, model: dict[str, Any], **sent: Any) -> Any:
    return api.post(f"/api/v1/models/{model['id']}/prediction-runs", **sent)


def work(run_id: int) -> None:
    """A worker takes the run and finds two nuts on each photo."""
    assert prediction_progress.claim(run_id)
    while photo := prediction_progress.next_image(run_id):
        prediction_progress.finish_image(run_id, photo.id, [found(0.75), found(0.5)])
    prediction_progress.finish(run_id, stopped=False)


def test_photos_of_the_model(clean_app: OpenAPI, api: FlaskClient, trained: dict[str, Any]) -> None:
    answer = start(api, trained, json={"image_ids": trained["image_ids"], "score_threshold": 0.25})
    run = answer.get_json()
    assert answer.status_code == 202
    assert (run["status"], run["done"], run["total"], run["failed"]) == ("queued", 0, 4, [])
    assert (run["weights_id"], run["parameters"]) == (
        trained["weights_id"],
        {
            "score_threshold": 0.25,
            "max_detections": 100,
            "suppression": {"mask_iou": 0.5, "across_categories": False},
        },
    )
    work(run["id"])
    address = f"/api/v1/prediction-runs/{run['id']}"
    assert answer.headers["Location"].endswith(address)
    done = api.get(address).get_json()
    assert (done["status"], done["done"]) == ("completed", 4)
    items = walk(api, f"{address}/detections?limit=3")
    assert [item["image"] for item in items] == [f"{n}.png" for n in (1, 1, 2, 2, 3, 3, 4, 4)]
    assert {name: items[0][name] for name in FOUND} == FOUND
    assert items[0]["verdict"] is None


def test_sent_photos_one_of_them_bad(api: FlaskClient, trained: dict[str, Any]) -> None:
    files = [photo_file("new.png", png(shade=3)), photo_file("bad.jpg", b"text")]
    data = form(files=files, weights_id=trained["weights_id"], score_threshold="0.1")
    answer = start(api, trained, data=data)
    run = answer.get_json()
    assert answer.status_code == 202
    assert (run["total"], run["done"]) == (2, 1)
    [failed] = run["failed"]
    assert (failed["filename"], failed["code"]) == ("bad.jpg", "text")
    assert failed["reason"]
    assert run["remarks"] == []
    both = form(files=photo_file("new.png", png(shade=3)), image_ids=[str(n) for n in trained["image_ids"]])
    assert start(api, trained, data=both).get_json()["total"] == 5


def test_how_a_sent_photo_was_read_is_said(api: FlaskClient, trained: dict[str, Any]) -> None:
    files = [photo_file("cut-out.png", KINDS["png_transparent"]()), photo_file("a.png", png(shade=3))]
    run = start(api, trained, data=form(files=files)).get_json()
    [remark] = run["remarks"]
    assert (remark["filename"], remark["code"]) == ("cut-out.png", "transparency_on_white")
    assert "white" in remark["remark"]


def test_the_results_are_a_zip(clean_app: OpenAPI, api: FlaskClient, trained: dict[str, Any]) -> None:
    run = start(api, trained, json={"image_ids": trained["image_ids"]}).get_json()
    work(run["id"])
    answer = api.get(f"/api/v1/prediction-runs/{run['id']}/results.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    archive = ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    assert archive.read("detections.csv").decode("utf-8-sig").count("nut") == 8


def test_stop(clean_app: OpenAPI, api: FlaskClient, trained: dict[str, Any]) -> None:
    run = start(api, trained, json={"image_ids": trained["image_ids"]}).get_json()
    answer = api.post(f"/api/v1/prediction-runs/{run['id']}/stop")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "stopped")
    running = start(api, trained, json={"image_ids": trained["image_ids"]}).get_json()
    assert prediction_progress.claim(running["id"])
    answer = api.post(f"/api/v1/prediction-runs/{running['id']}/stop")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "running")
    assert prediction_progress.stop_requested(running["id"])


def test_a_model_that_was_never_trained_predicts_nothing(api: FlaskClient, model: dict[str, Any]) -> None:
    [image] = add_images(api, model, photo_file("x.png", png()))["created"]
    body = assert_problem(start(api, model, json={"image_ids": [image["id"]]}), 409, "not_trained")
    assert "train" in body["detail"]
    data = form(file=photo_file("w.safetensors", safetensors(["nut"])))
    assert api.post(f"/api/v1/models/{model['id']}/weights", data=data).status_code == 201
    assert_problem(start(api, model, json={"image_ids": [image["id"]]}), 409, "not_trained")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "files"),
        ({"image_ids": []}, "files"),
        ({"image_ids": [999]}, "image_ids"),
        ({"image_ids": [2**70]}, "image_ids[0]"),
        ({"image_ids": "all"}, "image_ids"),
        ({"image_ids": [1], "score_threshold": 1.5}, "score_threshold"),
        ({"image_ids": [1], "score_threshold": float("nan")}, "score_threshold"),
        ({"image_ids": [1], "weights_id": 999}, "weights_id"),
        ({"image_ids": [1], "weight": 1}, "weight"),
        ([1], "body"),
    ],
)
def test_a_fault_is_named(api: FlaskClient, trained: dict[str, Any], body: Any, field: str) -> None:
    assert assert_problem(start(api, trained, json=body), 422)["field"] == field


def test_a_wrong_form_is_named(api: FlaskClient, trained: dict[str, Any]) -> None:
    for fields, field in (
        ({"score_threshold": "[" * 100_000}, "score_threshold"),
        ({"weights_id": "9" * 5000}, "weights_id"),
        ({"image_ids": ["1", "x"]}, "image_ids[1]"),
    ):
        data = form(files=photo_file("p.png", png()), **fields)
        assert assert_problem(start(api, trained, data=data), 422)["field"] == field


def test_unknown_runs_are_not_found(api: FlaskClient) -> None:
    for call in ("", "/detections", "/results.zip"):
        assert_problem(api.get(f"/api/v1/prediction-runs/999{call}"), 404)
    assert_problem(api.post("/api/v1/prediction-runs/999/stop"), 404)
