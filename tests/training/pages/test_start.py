"""The pages of a training: its form, its live page, its result and the record."""

import re
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from webapp.core import signals
from webapp.core.extensions import db
from webapp.models import Role, RunStatus, TrainingRun, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.runs import training_machine
from webapp.runs.errors import error_document
from webapp.training import defaults as training_defaults
from webapp.training import runs as training_runs


def test_form_shows_the_data_and_every_parameter(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator, train=3)
    page = runs.text_of(client.get(f"/models/{model.id}/train"))
    assert "3 labelled of 3" in page
    for name in ("iterations", "batch_size", "learning_rate", "warmup_iterations", "image_size", "seed"):
        assert f'name="{name}"' in page
    assert "EfficientNet-Lite0 FPN" in page
    assert "Default weights" in page
    assert "photos are scaled to this short side" in page.lower()


def test_start_queues_a_run_and_opens_its_page(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    answer = client.post(f"/models/{model.id}/train", data={"iterations": "7", "learning_rate": "0.01"})
    run = db.session.scalars(db.select(TrainingRun)).one()
    assert answer.location == f"/training-runs/{run.id}"
    assert run.iterations == 7
    assert run.parameters["learning_rate"] == 0.01
    # A box that is not ticked is not sent.
    assert run.parameters["horizontal_flip"] is False
    assert run.status == RunStatus.QUEUED
    assert "Waiting for the training machine" in runs.text_of(client.get(answer.location))


def test_wrong_parameters_are_named_beside_their_fields(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    sent = {"iterations": "", "learning_rate": "7", "seed": "12", "architecture": "yolo"}
    answer = client.post(f"/models/{model.id}/train", data=sent)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = runs.text_of(answer)
    assert "Enter a whole number from 1 to 1000000." in page
    assert re.search(r'id="field-learning_rate-error">.*?Enter a number between 0 and 1\.', page)
    assert re.search(r'id="field-architecture-error">.*?Choose one of the list\.', page)
    # What was right is kept, and the folded part with the fault is open.
    assert 'value="12"' in page
    assert re.search(r'<details[^>]* id="advanced" open>', page)
    assert training_runs.list_runs(model) == []


@pytest.mark.parametrize("missing", ["validation", "test"])
def test_an_empty_split_is_refused_unless_it_is_ticked(
    client: FlaskClient, administrator: User, missing: str
) -> None:
    model = runs.model_with_photos(administrator, **{missing: 0})
    refused = client.post(f"/models/{model.id}/train", data={})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = runs.text_of(refused)
    assert "No labelled photo is kept for" in page
    assert f'id="allow-empty-{missing}"' in page
    allowed = client.post(f"/models/{model.id}/train", data={"allow_empty": missing})
    assert allowed.status_code == HTTPStatus.FOUND
    assert "There were no" in runs.text_of(client.get(allowed.location))


def test_an_empty_split_leads_to_photos_and_to_the_automatic_split(
    client: FlaskClient, administrator: User
) -> None:
    model = runs.model_with_photos(administrator, train=3, validation=0, test=0)
    page = client.get(f"/models/{model.id}/train").text
    assert page.count(f'href="/models/{model.id}/split"') == 2
    few = detection_models.create_model("Few", "", administrator)
    assert f'href="/models/{few.id}/split"' not in client.get(f"/models/{few.id}/train").text


def test_a_model_without_labels_is_refused_with_the_reason(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Empty", "", administrator)
    answer = client.post(f"/models/{model.id}/train", data={"allow_empty": ["validation", "test", "train"]})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "label some photos first" in runs.text_of(answer)


def test_weights_of_another_architecture_are_refused_beside_the_field(
    client: FlaskClient, administrator: User
) -> None:
    model = runs.model_with_photos(administrator)
    weights = runs.finished_training(model, administrator).weights[0]
    training_machine.announce(gpu=True, coco_weights=True)
    answer = client.post(
        f"/models/{model.id}/train", data={"weights_id": weights.id, "architecture": "r50_fpn"}
    )
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert re.search(r'id="field-weights_id-error">.*?another architecture', runs.text_of(answer))


def test_a_run_may_start_from_the_weights_of_an_earlier_one(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    weights_id = runs.finished_training(model, administrator).weights[0].id
    assert "★ Run 1 · last · AP 76.4 · " in runs.text_of(client.get(f"/models/{model.id}/train"))
    client.post(f"/models/{model.id}/train", data={"weights_id": weights_id})
    assert training_runs.list_runs(model)[0].initial_weights_id == weights_id


def test_defaults_are_kept_for_the_model_and_restored(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    client.post(f"/models/{model.id}/train/defaults", data={"iterations": "33", "horizontal_flip": "1"})
    assert training_runs.defaults(model).iterations == 33
    page = runs.text_of(client.get(f"/models/{model.id}/train"))
    assert 'value="33"' in page
    assert "This model has defaults of its own." in page
    client.post(f"/models/{model.id}/train/defaults/restore")
    assert training_runs.defaults(model) == training_defaults.product_defaults(model)


def test_wrong_defaults_are_not_kept(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    answer = client.post(f"/models/{model.id}/train/defaults", data={"batch_size": "0"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert training_runs.defaults(model) == training_defaults.product_defaults(model)


def test_live_page_shows_where_the_run_stands(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator, iterations=10, done=4)
    page = runs.text_of(client.get(f"/training-runs/{run.id}"))
    assert "<title>40% · Run 1 · Fruits</title>" in page
    assert "<span data-live-iteration>4</span> <small>/ 10</small>" in page
    assert "12 s" in page
    assert "Training under way" in page
    assert f'data-live-stream="/training-runs/{run.id}/stream"' in page
    assert "Stop training" in page


def test_panel_follows_the_run_to_its_end(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator)
    panel = f"/training-runs/{run.id}/panel"
    assert "<html" not in runs.text_of(client.get(panel))
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.TESTING)
    testing = runs.text_of(client.get(panel))
    assert "Waiting for the test result…" in testing
    assert "Open the result" not in testing
    assert "Skip the test" in testing
    training_runs.change_state(run.id, (RunStatus.TESTING,), RunStatus.COMPLETED, metrics=runs.METRICS)
    over = runs.text_of(client.get(panel))
    assert "Training complete" in over
    assert f'href="/training-runs/{run.id}/result"' in over
    assert "data-live-stream" not in over
    assert "Stop training" not in over


def test_losses_are_sent_as_the_chart_asks(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator, done=4)
    answer = client.get(f"/training-runs/{run.id}/losses").get_json()
    training, validation = (line["data"] for line in answer["chart"]["series"])
    assert [point["x"] for point in training] == [1, 2, 3, 4]
    assert training[1]["y"] == pytest.approx(1.5)
    assert validation[1]["y"] == pytest.approx(1.65)
    assert (answer["iteration"], answer["sampled"]) == (4, False)
    later = client.get(f"/training-runs/{run.id}/losses?after=3").get_json()
    assert [point["x"] for point in later["points"]["Training loss"]] == [4]
    assert later["iteration"] == 4
    nothing_new = client.get(f"/training-runs/{run.id}/losses?after=4").get_json()
    assert nothing_new["points"]["Training loss"] == []
    assert nothing_new["iteration"] == 4


def test_stop_asks_the_run_and_says_so(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator)
    answer = client.post(f"/training-runs/{run.id}/stop", headers={"HX-Request": "true"})
    assert answer.headers["HX-Trigger"] == "close-dialog"
    assert "Stopping after this iteration…" in runs.text_of(answer)
    assert training_runs.open_run(run.id).stop_requested_at is not None


def test_a_stopped_run_opens_its_result(client: FlaskClient, administrator: User) -> None:
    run = runs.finished_training(runs.model_with_photos(administrator), administrator, RunStatus.STOPPED)
    assert (
        client.get(f"/training-runs/{run.id}/panel").headers["HX-Redirect"]
        == f"/training-runs/{run.id}/result"
    )
    assert client.get(f"/training-runs/{run.id}").location == f"/training-runs/{run.id}/result"
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "Stopped" in page
    assert "Save weights" in page


def test_a_queued_run_is_stopped_at_once(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    run = training_runs.start(model, administrator, {})
    client.post(f"/training-runs/{run.id}/stop")
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "The run ended before its first iteration." in page
    assert "Save weights" not in page


def test_result_shows_figures_and_bars(client: FlaskClient, administrator: User) -> None:
    run = runs.finished_training(runs.model_with_photos(administrator), administrator)
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "76.4" in page
    assert "98.5" in page
    assert '"categories": ["Overall", "fig"' in page
    assert '"data": [76.4, 71.0' in page
    assert f'data-url="/training-runs/{run.id}/losses"' in page
    assert run.dataset_version.hash[:12] in page
    assert "Photos kept for the test" in page


def test_result_is_closed_while_the_run_is_under_way(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator)
    assert client.get(f"/training-runs/{run.id}/result").location == f"/training-runs/{run.id}"


def test_a_failed_run_keeps_its_curve_and_says_why(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator)
    training_runs.fail(run.id, error_document("loss_diverged", iteration=4))
    for page in (f"/training-runs/{run.id}", f"/training-runs/{run.id}/result"):
        text = runs.text_of(client.get(page))
        assert "lower the learning rate and start again" in text
        assert f'data-url="/training-runs/{run.id}/losses"' in text
        assert "Save weights" not in text


def test_weights_are_sent_whole_with_their_length(client: FlaskClient, administrator: User) -> None:
    run = runs.finished_training(runs.model_with_photos(administrator), administrator)
    answer = client.get(f"/training-runs/{run.id}/weights")
    assert answer.data == b"weights " * 1000
    assert answer.content_length == 8000
    assert answer.headers["Content-Disposition"] == "attachment; filename=Fruits-1.safetensors"


def test_a_run_without_weights_has_no_file(client: FlaskClient, administrator: User) -> None:
    run = runs.running_training(runs.model_with_photos(administrator), administrator)
    assert client.get(f"/training-runs/{run.id}/weights").status_code == HTTPStatus.NOT_FOUND


def test_record_shows_the_last_run_and_opens_the_earlier_ones(
    client: FlaskClient, administrator: User
) -> None:
    model = runs.model_with_photos(administrator)
    first = runs.finished_training(model, administrator)
    last = runs.running_training(model, administrator)
    page = runs.text_of(client.get(f"/models/{model.id}/record"))
    assert f'href="/training-runs/{first.id}/result"' in page
    assert f'href="/training-runs/{last.id}"' in page
    assert f'data-url="/training-runs/{last.id}/losses"' in page
    assert "Start a new training" in page


def test_record_pages_through_many_runs(
    client: FlaskClient, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.training.pages.record.RUNS_PAGE", 2)
    model = runs.model_with_photos(administrator)
    for _number in range(3):
        training_runs.request_stop(training_runs.start(model, administrator, {}))
    page = runs.text_of(client.get(f"/models/{model.id}/record"))
    assert "Run 3" in page
    assert "Run 1<" not in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert "Run 1<" in runs.text_of(client.get(following[1]))


def test_record_of_a_new_model_says_what_to_do(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("New", "", administrator)
    page = runs.text_of(client.get(f"/models/{model.id}/record"))
    assert "This model has not been trained yet" in page
    assert f'href="/models/{model.id}/train"' in page


def test_a_viewer_sees_but_does_not_start_or_stop(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    run = runs.running_training(model, administrator)
    runs.sign_in(client, Role.VIEWER)
    assert "Stop training" not in runs.text_of(client.get(f"/training-runs/{run.id}"))
    assert "Start training" not in runs.text_of(client.get(f"/models/{model.id}/train"))
    addresses = [f"/models/{model.id}/train", f"/models/{model.id}/train/defaults/restore"]
    for address in [*addresses, f"/training-runs/{run.id}/stop"]:
        assert client.post(address).status_code == HTTPStatus.FORBIDDEN


def test_unknown_runs_and_models_are_not_found(client: FlaskClient) -> None:
    for address in ("/training-runs/99", "/training-runs/99/panel", "/models/99/record", "/models/99/train"):
        assert client.get(address).status_code == HTTPStatus.NOT_FOUND


def test_pages_need_no_signal_to_be_true(client: FlaskClient, administrator: User) -> None:
    """A tab that is opened, or reloaded, shows the state of the database, not of a message it missed."""
    run = runs.running_training(runs.model_with_photos(administrator), administrator, done=4)
    client.application.extensions["redis"].delete(signals.STREAM)
    runs.record_iteration(run, 5)
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
    assert "Training complete" in runs.text_of(client.get(f"/training-runs/{run.id}"))


def test_iterations_that_are_left_empty_follow_from_the_time(
    client: FlaskClient, administrator: User
) -> None:
    model = runs.model_with_photos(administrator)
    page = runs.text_of(client.get(f"/models/{model.id}/train"))
    assert re.search(r'value="10(\.0)?" id="field-time_budget_minutes"', page)
    assert 'value="" id="field-iterations"' in page
    timed = {"time_budget_minutes": "2", "iterations": "", "epochs": "0"}
    first = client.post(f"/models/{model.id}/train", data=timed)
    run = db.session.scalars(db.select(TrainingRun)).one()
    assert (run.iterations, run.parameters["time_budget_minutes"]) == (0, 2)
    assert "/ –" in runs.text_of(client.get(first.location))
    again = runs.text_of(client.get(f"/models/{model.id}/train?like={run.id}"))
    assert 'value="" id="field-iterations"' in again
    # The number of the defaults is a number too.
    client.post(f"/models/{model.id}/train", data=timed | {"iterations": "250"})
    newest = training_runs.list_runs(model)[0]
    assert (newest.iterations, newest.parameters["time_budget_minutes"]) == (250, 0)


def test_times_can_be_chosen(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    page = runs.text_of(client.get(f"/models/{model.id}/train"))
    assert re.search(r'name="preset" value="10" checked', page)
    form = {"preset": "2", "time_budget_minutes": "10.0", "iterations": "", "epochs": "0"}
    client.post(f"/models/{model.id}/train", data=form)
    client.post(f"/models/{model.id}/train", data=form | {"preset": "", "time_budget_minutes": "7"})
    client.post(f"/models/{model.id}/train", data=form | {"iterations": "5"})
    started = [
        (run.parameters["time_budget_minutes"], run.iterations) for run in training_runs.list_runs(model)
    ]
    assert started == [(0, 5), (7, 0), (2, 0)]
    refused = client.post(f"/models/{model.id}/train", data=form | {"preset": "", "time_budget_minutes": "x"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="field-time_budget_minutes-error"' in runs.text_of(refused)
