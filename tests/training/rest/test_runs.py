"""Training runs over the API; what a worker does is done through the services' own verbs."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.rest.sending import assert_problem, coco, form, photo_file, png, walk
from tests.training import tested
from webapp.core.extensions import db
from webapp.images import faults as image_faults
from webapp.models import RunStatus
from webapp.models.columns import now
from webapp.runs import errors as run_errors
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs
from webapp.training.progress import LeftOut, Losses


def start(api: FlaskClient, model: dict[str, Any], **body: Any) -> Any:
    return api.post(f"/api/v1/models/{model['id']}/training-runs", json=body)


def record(run_id: int, iterations: int) -> None:
    """A worker takes the run and trains some iterations."""
    assert training_progress.claim(run_id)
    for iteration in range(1, iterations + 1):
        training_progress.record(run_id, Losses(iteration, 1 / iteration, None, 0.005, 0.25, 12.5))


def test_photos_that_were_left_out_are_listed(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    run = start(api, labelled_model, parameters={"iterations": 3}).get_json()
    assert run["left_out"] == []
    assert training_progress.claim(run["id"])
    reason = image_faults.fault_document("photo_failed", error="ValueError: no side")
    for split in ("train", "train", "test"):
        training_progress.add_left_out(run["id"], [LeftOut("IMG_1.png", split, reason)])
    listed = api.get(f"/api/v1/training-runs/{run['id']}").get_json()["left_out"]
    assert [(each["filename"], each["split"], each["code"]) for each in listed] == [
        ("IMG_1.png", "train", "photo_failed"),
        ("IMG_1.png", "test", "photo_failed"),
    ]
    assert "ValueError: no side" in listed[0]["reason"]


def test_figures_have_intervals_and_a_sentence(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    run = start(api, labelled_model, parameters={"iterations": 3}).get_json()
    assert (run["intervals"], run["summary"], run["summary_code"]) == (None, None, None)
    row = training_runs.open_run(run["id"])
    row.intervals, row.conclusion = tested.INTERVALS, tested.CONCLUSION
    db.session.commit()
    answer = api.get(f"/api/v1/training-runs/{run['id']}", headers={"Accept-Language": "en"}).get_json()
    assert answer["intervals"]["segm"]["AP"] == [41.2, 89.5]
    assert answer["intervals"]["segm"]["AP-date"] is None
    assert answer["intervals"]["detections"]["recall"] == [0.3, 0.9]
    assert answer["summary"] == "Finds 2 of 3; no false alarm on 2 photos"
    assert answer["summary_code"] == "finds"


def test_defaults_have_range_and_unit(api: FlaskClient, model: dict[str, Any]) -> None:
    address = f"/api/v1/models/{model['id']}/training-defaults"
    listed = {entry["name"]: entry for entry in api.get(address).get_json()["items"]}
    assert listed["iterations"]["default"] == 250
    assert (listed["iterations"]["minimum"], listed["iterations"]["maximum"]) == (1, 1_000_000)
    assert listed["image_size"]["unit"]
    assert listed["architecture"]["choices"] == ["efficientnet_lite0_fpn", "r50_fpn"]


@pytest.mark.parametrize("wrapped", [True, False])
def test_defaults_are_kept_for_the_model(
    api: FlaskClient, labelled_model: dict[str, Any], wrapped: bool
) -> None:
    address = f"/api/v1/models/{labelled_model['id']}/training-defaults"
    changes = {"iterations": 30, "learning_rate": 0.001}
    answer = api.put(address, json={"parameters": changes} if wrapped else changes)
    assert answer.status_code == 200
    listed = {entry["name"]: entry for entry in api.get(address).get_json()["items"]}
    assert (listed["iterations"]["default"], listed["iterations"]["product_default"]) == (30, 250)
    run = start(api, labelled_model, parameters={"batch_size": 1}).get_json()
    assert run["parameters"]["iterations"] == 30
    assert run["parameters"]["batch_size"] == 1


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"iterations": 0}, "parameters.iterations"),
        ({"iterations": "many"}, "parameters.iterations"),
        ({"learning_rate": float("nan")}, "parameters.learning_rate"),
        ({"architecture": "yolo"}, "parameters.architecture"),
        ({"batchsize": 2}, "parameters.batchsize"),
        ([], "parameters"),
    ],
)
def test_a_wrong_parameter_is_named(
    api: FlaskClient, model: dict[str, Any], parameters: Any, field: str
) -> None:
    assert assert_problem(start(api, model, parameters=parameters), 422)["field"] == field
    address = f"/api/v1/models/{model['id']}/training-defaults"
    assert assert_problem(api.put(address, json={"parameters": parameters}), 422)["field"] == field


def test_a_run_is_started_followed_and_completed(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    answer = start(api, labelled_model, parameters={"iterations": 25})
    run = answer.get_json()
    assert answer.status_code == 202
    address = f"/api/v1/training-runs/{run['id']}"
    assert answer.headers["Location"].endswith(address)
    assert (run["number"], run["status"], run["iteration"], run["iterations"]) == (1, "queued", 0, 25)
    assert len(run["dataset_version"]) == 64
    assert (run["error"], run["metrics"], run["eta_seconds"], run["weights_id"]) == (None, None, None, None)
    record(run["id"], 25)
    running = api.get(address).get_json()
    assert (running["status"], running["iteration"], running["eta_seconds"]) == ("running", 25, 12.5)
    assert running["started_at"].endswith("Z")
    metrics = {"bbox": {"AP": 70.5}, "segm": {"AP": 71.5, "AP50": 95.0, "AP-nut": 71.5}}
    done = {"finished_at": now(), "metrics": metrics, "eta_seconds": None}
    training_runs.change_state(run["id"], (RunStatus.RUNNING,), RunStatus.COMPLETED, **done)
    completed = api.get(address).get_json()
    assert (completed["status"], completed["metrics"]) == ("completed", metrics)
    assert walk(api, f"/api/v1/models/{labelled_model['id']}/training-runs?limit=1") == [completed]


def test_losses_of_every_iteration(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    run = start(api, labelled_model, parameters={"iterations": 25}).get_json()
    record(run["id"], 25)
    address = f"/api/v1/training-runs/{run['id']}/losses"
    whole = api.get(address).get_json()
    assert whole["next_cursor"] is None
    assert [item["iteration"] for item in whole["items"]] == list(range(1, 26))
    assert whole["items"][3] == {
        "iteration": 4,
        "training_loss": 0.25,
        "validation_loss": None,
        "learning_rate": 0.005,
        "seconds": 0.25,
        "full_validation_loss": None,
        "validation_ap": None,
        "device_memory": None,
        "parts": {},
    }
    assert walk(api, f"{address}?limit=7") == whole["items"]
    assert walk(api, f"{address}?limit=7&after=20") == whole["items"][20:]
    assert api.get(f"{address}?limit=10000").status_code == 200
    assert_problem(api.get(f"{address}?limit=10001"), 422)


def test_what_cannot_be_trained_on_is_named(api: FlaskClient, model: dict[str, Any]) -> None:
    body = assert_problem(start(api, model), 422)
    assert {fault["code"] for fault in body["faults"]} == {"no_labels", "validation_empty", "test_empty"}
    files = [photo_file("1.png", png())]
    data = form(files=files, annotations=coco(["1.png"]))
    assert api.post(f"/api/v1/models/{model['id']}/imports", data=data).status_code == 201
    body = assert_problem(start(api, model, allow_empty=["validation"]), 422, "test_empty")
    assert [fault["code"] for fault in body["faults"]] == ["test_empty"]
    answer = start(api, model, allow_empty=["validation", "test"])
    assert answer.status_code == 202
    codes = [notice["code"] for notice in answer.get_json()["notices"]]
    assert codes == ["validation_split_empty", "test_split_empty"]
    assert_problem(start(api, model, allow_empty=["train"]), 422)
    assert_problem(
        start(api, model, weights_id=77, allow_empty=["validation", "test"]), 422, "weights_unknown"
    )


def test_stop(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    waiting = start(api, labelled_model).get_json()
    answer = api.post(f"/api/v1/training-runs/{waiting['id']}/stop")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "stopped")
    run = start(api, labelled_model).get_json()
    record(run["id"], 1)
    answer = api.post(f"/api/v1/training-runs/{run['id']}/stop")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "running")
    assert training_progress.stop_requests(run["id"]) is not None
    numbers = [
        found["number"] for found in walk(api, f"/api/v1/models/{labelled_model['id']}/training-runs?limit=1")
    ]
    assert numbers == [2, 1], "the newest first"


def test_a_failed_run_says_why(clean_app: OpenAPI, api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    run = start(api, labelled_model).get_json()
    record(run["id"], 3)
    training_runs.fail(run["id"], run_errors.error_document("loss_diverged", iteration=4))
    failed = api.get(f"/api/v1/training-runs/{run['id']}").get_json()
    assert (failed["status"], failed["error_code"]) == ("failed", "loss_diverged")
    assert "learning rate" in failed["error"]


def test_unknown_runs_are_not_found(api: FlaskClient) -> None:
    for call in ("", "/losses", "/weights"):
        assert_problem(api.get(f"/api/v1/training-runs/999{call}"), 404)
    assert_problem(api.post("/api/v1/training-runs/999/stop"), 404)


def test_a_failed_run_is_resumed_and_no_other(
    clean_app: OpenAPI, api: FlaskClient, labelled_model: dict[str, Any]
) -> None:
    run = start(api, labelled_model).get_json()
    record(run["id"], 3)
    address = f"/api/v1/training-runs/{run['id']}/resume"
    assert_problem(api.post(address), 409)
    training_runs.fail(run["id"], run_errors.error_document("process_killed"))
    resumed = api.post(address)
    assert resumed.status_code == 202
    assert (resumed.get_json()["status"], resumed.get_json()["error"]) == ("queued", None)


def test_after_a_diverged_loss_it_goes_on_at_half_the_learning_rate(
    clean_app: OpenAPI, api: FlaskClient, labelled_model: dict[str, Any]
) -> None:
    run = start(api, labelled_model, parameters={"learning_rate": 0.5}).get_json()
    record(run["id"], 3)
    training_runs.fail(run["id"], run_errors.error_document("loss_diverged", iteration=4))
    resumed = api.post(f"/api/v1/training-runs/{run['id']}/resume").get_json()
    assert resumed["parameters"]["learning_rate"] == 0.25
    assert [notice["code"] for notice in resumed["notices"]] == ["learning_rate_halved"]
