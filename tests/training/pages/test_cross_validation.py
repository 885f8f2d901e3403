"""The pages of a cross-validation: the form, under way, its result, the record and the comparison."""

from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from tests.training import tested
from webapp.core.extensions import db
from webapp.models import DetectionModel, RunStatus, TrainingRun, User
from webapp.models.columns import now
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator, train=8)


@pytest.fixture
def run(model: DetectionModel, administrator: User) -> TrainingRun:
    """In the first of two folds."""
    run = training_runs.start(model, administrator, {"iterations": 10, "folds": 2})
    training_progress.claim(run.id)
    runs.record_iteration(run, 1)
    return run


def finish(run: TrainingRun) -> None:
    tested.judge(run, 1, 60.0)
    tested.judge(run, 2, 70.0)
    tested.complete(run)


def test_the_form_proposes_folds_for_a_small_set_and_starts_them(
    client: FlaskClient, model: DetectionModel
) -> None:
    page = runs.text_of(client.get(f"/models/{model.id}/train"))
    assert "How is it judged?" in page
    assert "Proposed for this set: 5 folds. With 10 labelled photos" in page
    assert page.count('name="folds"') == 1
    answer = client.post(f"/models/{model.id}/train", data={"folds": "3", "iterations": "7"})
    assert answer.status_code == HTTPStatus.FOUND
    run = db.session.scalars(db.select(TrainingRun)).one()
    assert (run.parameters["folds"], run.iterations) == (3, 28)
    # The same settings again: the choice is kept.
    again = runs.text_of(client.get(f"/models/{model.id}/train?like={run.id}"))
    assert '<option value="3" selected>' in again


def test_folds_that_cannot_be_made_are_refused_beside_the_field(
    client: FlaskClient, administrator: User
) -> None:
    model = runs.model_with_photos(administrator)
    answer = client.post(f"/models/{model.id}/train", data={"folds": "10"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = runs.text_of(answer)
    assert 'id="field-folds-error"' in page
    assert "There are only 4 groups of labelled photos" in page


def test_the_page_of_a_run_says_which_fold_it_is(client: FlaskClient, run: TrainingRun) -> None:
    url = f"/training-runs/{run.id}"
    assert "Fold 1 of 2: the model learns from the other folds." in runs.text_of(client.get(url))
    training_progress.record_test(run.id, 2, 5)
    assert "Fold 1 of 2: 2 of 5 photos are judged." in runs.text_of(client.get(f"{url}/panel"))
    tested.judge(run, 1, 60.0)
    panel = runs.text_of(client.get(f"{url}/panel"))
    assert "Fold 2 of 2: the model learns" in panel
    assert "60.0" in panel and "under way" in panel
    tested.judge(run, 2, 70.0)
    assert "All 2 folds are judged" in runs.text_of(client.get(f"{url}/panel"))


def test_the_result_shows_fold_by_fold_and_the_spread(client: FlaskClient, run: TrainingRun) -> None:
    finish(run)
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "Fold by fold" in page
    assert "Mean of the folds" in page and "65.0" in page
    # The standard deviation of 60 and 70.
    assert "7.1" in page and "60.0–70.0" in page
    assert "The folds parted no group" in page
    assert 'id="worst"' in page
    assert "Fold by fold" in runs.text_of(client.get(f"/training-runs/{run.id}/report"))


def test_a_stopped_one_says_which_folds_were_not_judged(client: FlaskClient, run: TrainingRun) -> None:
    tested.judge(run, 1, 60.0)
    training_progress.add_notice(run.id, "folds_stopped")
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.STOPPED, finished_at=now())
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "there are no weights" in page
    assert "not judged" in page


def test_record_and_comparison_tell_it_from_other_runs(
    client: FlaskClient, run: TrainingRun, model: DetectionModel, administrator: User
) -> None:
    finish(run)
    other = runs.finished_training(model, administrator)
    record = runs.text_of(client.get(f"/models/{model.id}/record"))
    assert "Cross-validation, 2 folds" in record
    page = runs.text_of(client.get(f"/models/{model.id}/compare?run={run.id}&run={other.id}"))
    assert "Mean of the folds" in page and "65.0 ± 7.1" in page
    assert "can be compared only roughly" in page
