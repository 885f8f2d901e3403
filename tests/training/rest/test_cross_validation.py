"""Cross-validations over the API."""

from typing import Any

from flask.testing import FlaskClient

from tests.builders.runs import METRICS, model_with_photos
from tests.rest.sending import assert_problem
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
