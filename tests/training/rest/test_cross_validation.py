"""Cross-validations over the API."""

from typing import Any

from flask.testing import FlaskClient

from tests.builders.runs import METRICS, SEGMENTATION, model_with_photos
from tests.rest.sending import assert_problem, walk
from webapp.formats.found_object import FoundObject
from webapp.models import User
from webapp.training import progress as training_progress
from webapp.training.cross_validation import out_of_fold


def start(api: FlaskClient, model_id: int, **parameters: Any) -> Any:
    return api.post(f"/api/v1/models/{model_id}/training-runs", json={"parameters": parameters})


def test_a_run_in_folds_tells_them_one_by_one_and_their_spread(api: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator)
    run = start(api, model.id, folds=2, iterations=10).get_json()
    assert run["parameters"]["folds"] == 2
    assert run["iterations"] == 30
    assert [(fold["photos"], fold["is_over"]) for fold in run["cross_validation"]["folds"]] == [
        (2, False),
        (2, False),
    ]
    training_progress.claim(run["id"])
    for number, ap in ((1, 70.0), (2, 80.0)):
        metrics = {task: figures | {"AP": ap} for task, figures in METRICS.items()}
        out_of_fold.store(run["id"], number, {}, metrics, objects=4)
    told = api.get(f"/api/v1/training-runs/{run['id']}").get_json()["cross_validation"]
    assert [fold["figures"]["segm AP"] for fold in told["folds"]] == [70.0, 80.0]
    assert told["folds"][0]["objects"] == 4
    spread = told["spreads"]["segm AP"]
    assert (spread["mean"], spread["lowest"], spread["highest"], spread["folds"]) == (75.0, 70.0, 80.0, 2)
    assert set(told["spreads"]) == {"segm AP", "segm AP50", "bbox AP"}


def test_what_was_found_out_of_fold_is_told_photo_by_photo(api: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator)
    run = start(api, model.id, folds=2, iterations=10).get_json()
    address = f"/api/v1/training-runs/{run['id']}/out-of-fold"
    assert api.get(address).get_json()["items"] == []
    training_progress.claim(run["id"])
    fold_of = out_of_fold.photos_by_fold(run["id"])
    found = FoundObject("fig", 0.9, [10.0, 20.0, 30.5, 41.0], 1000.25, SEGMENTATION)
    sure = FoundObject("date", 0.95, [10.0, 20.0, 30.5, 41.0], 1000.25, SEGMENTATION)
    first, second = (sha256 for sha256, fold in fold_of.items() if fold == 1)
    out_of_fold.store(run["id"], 1, {first: [found, sure], second: []}, None, objects=0)
    photos = walk(api, f"{address}?limit=1")
    by_content = {photo["sha256"]: photo for photo in photos}
    assert set(by_content) == {first, second}
    assert all(photo["fold"] == 1 and photo["image_id"] and photo["filename"] for photo in photos)
    assert by_content[second]["detections"] == []
    surest, other = by_content[first]["detections"]
    assert (surest["category"], surest["score"], other["category"]) == ("date", 0.95, "fig")
    assert other["segmentation"] == SEGMENTATION and other["outlines"] == found.outlines


def test_other_runs_have_none_and_too_many_folds_are_refused(api: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator)
    assert start(api, model.id, iterations=10).get_json()["cross_validation"] is None
    assert assert_problem(start(api, model.id, folds=21), 422)["field"] == "parameters.folds"
    assert assert_problem(start(api, model.id, folds=9), 422)["code"] == "folds_too_many"


def test_the_defaults_propose_folds_for_a_small_set(api: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator, train=8)
    address = f"/api/v1/models/{model.id}/training-defaults"
    answer = api.get(address, headers={"Accept-Language": "en"}).get_json()
    folds = next(entry for entry in answer["items"] if entry["name"] == "folds")
    assert folds["default"] == 0
    assert "5 folds. With 10 labelled photos" in folds["reason"]
