"""Weights in use on the pages: marked, offered, changed by one press, and back by one press."""

from dataclasses import replace
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import flask_babel
import pytest
from flask import get_template_attribute
from flask.testing import FlaskClient

from tests.builders import runs
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Role, RunStatus, Split, TrainingRun, User
from webapp.training import runs as training_runs
from webapp.training.weights import in_use, offers


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


@pytest.fixture
def first(model: DetectionModel, administrator: User) -> TrainingRun:
    return runs.finished_training(model, administrator, metrics={"segm": {"AP": 59.6}})


@pytest.fixture
def worse(model: DetectionModel, first: TrainingRun, administrator: User) -> TrainingRun:
    return runs.finished_training(model, administrator, metrics={"segm": {"AP": 11.7}})


@pytest.fixture
def better(model: DetectionModel, first: TrainingRun, administrator: User) -> TrainingRun:
    return runs.finished_training(model, administrator, metrics={"segm": {"AP": 62.7}})


def use(client: FlaskClient, run: TrainingRun, **fields: int) -> None:
    """Press the button; the record opens."""
    address = f"/models/{run.model_id}/weights-in-use"
    answer = client.post(address, data={"weights_id": run.weights[0].id} | fields)
    assert answer.status_code == HTTPStatus.FOUND
    assert answer.location == f"/models/{run.model_id}/record#weights"


def test_a_worse_run_changes_nothing_and_shows_what_is_in_use(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, worse: TrainingRun
) -> None:
    page = runs.text_of(client.get(f"/training-runs/{worse.id}/result"))
    assert "★ AP 59.6" in page, "the rail"
    assert "Weights in use: ★ Run 1 · last · AP 59.6" in page
    assert "Use these weights" in page
    assert "is better" not in page
    for path in ("predict", "train", "suggestions"):
        text = runs.text_of(client.get(f"/models/{model.id}/{path}"))
        assert "★ Run 1 · last · AP 59.6 · " in text
        assert ">Run 2 · last · AP 11.7 · " in text
    for path in ("predict", "suggestions"):
        assert f'<option value="{first.weights[0].id}" selected>★' in runs.text_of(
            client.get(f"/models/{model.id}/{path}")
        )
    assert "★ AP 59.6" in runs.text_of(client.get("/"))
    assert "★ Run 1 · last · AP 59.6" in runs.text_of(client.get(f"/models/{model.id}/line"))


def test_one_press_takes_others_into_use_and_one_goes_back(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, worse: TrainingRun
) -> None:
    use(client, worse, expected=first.weights[0].id)
    page = runs.text_of(client.get(f"/models/{model.id}/record"))
    assert "In use from now on: Run 2 · last · AP 11.7" in page
    assert "★ Back to Run 1 · last · AP 59.6" in page
    assert "<td>Run 1 · last · AP 59.6</td><td>Run 2 · last · AP 11.7</td><td>chosen by Admin</td>" in page
    assert "<td>–</td><td>Run 1 · last · AP 59.6</td><td>by itself: none were in use</td>" in page
    use(client, first, expected=worse.weights[0].id)
    page = runs.text_of(client.get(f"/models/{model.id}/record"))
    assert "★ Back to Run 2 · last · AP 11.7" in page
    assert f'★ <a href="/training-runs/{first.id}/result">Run 1' in page


def test_a_press_on_a_page_of_before_is_refused(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, worse: TrainingRun, better: TrainingRun
) -> None:
    seen = first.weights[0].id
    use(client, better, expected=seen)
    use(client, worse, expected=seen)
    assert "Somebody else changed this" in runs.text_of(client.get(f"/models/{model.id}/record"))
    db.session.expire_all()
    assert in_use.of_model(model) == better.weights[0]


def test_a_better_run_asks_on_its_result_on_the_record_and_on_the_card(
    client: FlaskClient, model: DetectionModel, better: TrainingRun
) -> None:
    sentence = "Run 2 is better than the weights in use by 3.1 AP: use it?"
    pages = ("/", f"/models/{model.id}/record", f"/training-runs/{better.id}/result")
    for path in pages:
        page = runs.text_of(client.get(path))
        assert sentence in page
        assert "★ Use these weights" in page
    client.post("/preferences/language", data={"lang": "zh_Hant_TW"})
    flask_babel.refresh()  # the test's app context outlives its requests
    assert "第 2 次訓練比使用中的權重高 3.1 AP" in runs.text_of(client.get("/"))


def test_an_accuracy_on_other_photos_is_compared_with_care(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    photo = db.session.scalars(db.select(Image).where(Image.split == Split.TRAIN)).first()
    assert photo is not None
    photo.split = Split.TEST
    db.session.commit()
    later = runs.finished_training(model, administrator, metrics={"segm": {"AP": 62.7}})
    page = runs.text_of(client.get(f"/training-runs/{later.id}/result"))
    assert "Run 2 has AP 62.7, the weights in use have AP 59.6, measured on other photos or labels" in page


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        (0.4, 5.9, "is better than the weights in use by 3.1 AP (95 % interval 0.4 to 5.9): use it?"),
        (-0.9, 7.1, "which may be chance (95 % interval -0.9 to 7.1): use it?"),
    ],
)
def test_an_offer_says_how_sure_it_is(
    client: FlaskClient, better: TrainingRun, low: float, high: float, sentence: str
) -> None:
    offer = offers.of_run(better)
    assert offer is not None
    known: Any = SimpleNamespace(value=3.1, low=low, high=high)
    with client.application.test_request_context(headers={"Cookie": "language=en"}):
        say = get_template_attribute("training/_weights_in_use.html", "offer_sentence")
        assert sentence in say(replace(offer, difference=known))


def test_every_run_says_what_it_started_from_and_the_comparison_lists_it(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    later = training_runs.start(model, administrator, {}, first.weights[0].id)
    training_runs.request_stop(later)
    for path in ("result", "report"):
        page = runs.text_of(client.get(f"/training-runs/{later.id}/{path}"))
        assert "<dt>Started from</dt><dd>Run 1 · last · AP 59.6</dd>" in page
        page = runs.text_of(client.get(f"/training-runs/{first.id}/{path}"))
        assert "<dt>Started from</dt><dd>Default weights</dd>" in page
    page = runs.text_of(client.get(f"/models/{model.id}/record"))
    assert "Started from: Run 1 · last · AP 59.6</span>" in page
    assert "Started from: Default weights</span>" in page
    page = runs.text_of(client.get(f"/models/{model.id}/compare?run={first.id}&run={later.id}"))
    row = '<th scope="row">Started from</th><td class="number">Default weights</td>'
    assert f'{row}<td class="number">Run 1 · last · AP 59.6</td>' in page
    again = training_runs.start(model, administrator, {}, first.weights[0].id)
    page = runs.text_of(client.get(f"/models/{model.id}/compare?run={again.id}&run={later.id}"))
    assert "Started from" not in page


def test_a_prediction_says_which_weights_it_took(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, worse: TrainingRun, administrator: User
) -> None:
    run = runs.prediction(model, administrator, {"a.jpg": runs.photo_file(1)})
    use(client, worse)
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert "<dd>Run 1 · last · AP 59.6 <" in page
    assert "<td>Run 1 · last · AP 59.6</td>" in runs.text_of(client.get(f"/models/{model.id}/predict"))


def test_the_dialog_of_a_deletion_says_what_becomes_of_the_line(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    address = f"/training-runs/{first.id}/result"
    assert "prediction and the line are locked" in runs.text_of(client.get(address))
    runs.finished_training(model, administrator)
    assert "Its weights are in use: take others into use first." in runs.text_of(client.get(address))
    client.post(f"/training-runs/{first.id}/delete")
    assert "The weights of this run are in use" in runs.text_of(client.get(address))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR])
def test_engineers_choose_and_others_look(
    client: FlaskClient, model: DetectionModel, better: TrainingRun, role: Role
) -> None:
    runs.sign_in(client, role)
    for path in ("/", f"/models/{model.id}/record", f"/training-runs/{better.id}/result"):
        page = runs.text_of(client.get(path))
        assert "is better than the weights in use" in page
        assert "Use these weights" not in page
    answer = client.post(f"/models/{model.id}/weights-in-use", data={"weights_id": better.weights[0].id})
    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_the_list_marks_kinds_and_leaves_out_what_cannot_be_chosen(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    page = runs.text_of(client.get(f"/models/{model.id}/record"))
    assert "★ Run 1</th> <td>last <" in page
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.STOPPED)
    assert client.get(f"/models/{model.id}/record").status_code == HTTPStatus.OK


@pytest.mark.parametrize("weights_id", ["", "x", "999999", "-1"])
def test_weights_that_are_none_are_refused(
    client: FlaskClient, model: DetectionModel, first: TrainingRun, weights_id: str
) -> None:
    client.post(f"/models/{model.id}/weights-in-use", data={"weights_id": weights_id})
    assert "This model has no such weights" in runs.text_of(client.get(f"/models/{model.id}/record"))
    assert in_use.of_model(model) == first.weights[0]
