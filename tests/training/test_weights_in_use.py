"""Which weights are in use: the first by themselves, later ones by a person's choice, each change on record."""

import io
from pathlib import Path
from typing import Any

import flask_migrate
import pytest

from tests.builders import runs
from tests.rest.sending import safetensors
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.intake import Upload
from webapp.images.values import ranges
from webapp.models import (
    DetectionModel,
    RunStatus,
    TrainingRun,
    User,
    Weights,
    WeightsChangeReason,
    WeightsInUseChange,
)
from webapp.models.columns import now
from webapp.projects import copying, detection_models, purge
from webapp.projects.trash import KEPT
from webapp.training import runs as training_runs
from webapp.training.record import trash
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use, offers
from webapp.training.weights.choices import weights_choices
from webapp.training.weights.upload import add_uploaded


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


@pytest.fixture
def first(model: DetectionModel, administrator: User) -> TrainingRun:
    return runs.finished_training(model, administrator, metrics=scored(59.6))


def scored(ap: float) -> dict[str, Any]:
    return {"bbox": {"AP": ap}, "segm": {"AP": ap}}


def saved_weights(run: TrainingRun, kind: str = weights_files.LAST) -> Weights:
    """What a worker does before the test."""
    file = storage.checkpoint_dir(run.id) / "saved"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"weights" * 100)
    weights = weights_files.add_of_run(run, file, kind)
    db.session.commit()
    return weights


def uploaded(model: DetectionModel, *categories: str) -> Weights:
    return add_uploaded(model, Upload("mine.safetensors", io.BytesIO(safetensors(list(categories)))))


def reasons(model: DetectionModel) -> list[WeightsChangeReason]:
    return [change.reason for change in in_use.history(model)]


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.STOPPED])
def test_the_first_run_that_ends_is_in_use_by_itself(
    model: DetectionModel, administrator: User, status: RunStatus
) -> None:
    run = runs.running_training(model, administrator)
    weights = saved_weights(run)
    assert in_use.of_model(model) is None
    with pytest.raises(UserError) as refused:
        in_use.for_prediction(model, None)
    assert (refused.value.status, refused.value.code) == (409, "no_weights_in_use")
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.TESTING)
    assert in_use.of_model(model) is None, "its test is under way"
    training_runs.change_state(run.id, (RunStatus.TESTING,), status, metrics=scored(59.6), finished_at=now())
    assert in_use.of_model(model) == weights == in_use.for_prediction(model, None)
    (change,) = in_use.history(model)
    assert (change.reason, change.before, change.user) == (WeightsChangeReason.FIRST, None, None)
    assert change.after == {
        "id": weights.id,
        "run_number": 1,
        "kind": "last",
        "filename": "Fruits-1.safetensors",
        "ap": 59.6,
    }


def test_the_tested_weights_of_a_run_are_taken_and_only_they_have_its_accuracy(
    model: DetectionModel, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    best, last = saved_weights(run, weights_files.BEST), saved_weights(run)
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, metrics=scored(59.6))
    assert in_use.of_model(model) == last
    assert (best.ap, last.ap) == (None, 59.6)


@pytest.mark.parametrize("ap", [11.7, 62.7])
def test_a_later_run_never_replaces_them(
    model: DetectionModel, first: TrainingRun, administrator: User, ap: float
) -> None:
    runs.finished_training(model, administrator, metrics=scored(ap))
    runs.finished_training(model, administrator, RunStatus.STOPPED, metrics=None)
    assert in_use.of_model(model) == first.weights[0]
    assert detection_models.summary(model).ap == 59.6
    assert reasons(model) == [WeightsChangeReason.FIRST]
    assert [choice.weights.id for choice in weights_choices(model) if choice.in_use] == [first.weights[0].id]


def test_a_failed_first_run_leaves_it_to_the_next(model: DetectionModel, administrator: User) -> None:
    failed = runs.running_training(model, administrator)
    saved_weights(failed)
    training_runs.fail(failed.id, {"code": "disk_full", "params": {}})
    assert in_use.of_model(model) is None
    second = runs.finished_training(model, administrator)
    assert in_use.of_model(model) == second.weights[0]


def test_a_queued_run_with_weights_that_is_stopped_has_ended(
    model: DetectionModel, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    weights = saved_weights(run)
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.QUEUED)
    training_runs.request_stop(run)
    assert in_use.of_model(model) == weights


def test_a_choice_and_the_way_back_are_on_record(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    second = runs.finished_training(model, administrator, metrics=scored(11.7))
    assert in_use.previous(model) is None
    in_use.choose(model, second.weights[0], administrator)
    assert in_use.of_model(model) == second.weights[0]
    back = in_use.previous(model)
    assert back == first.weights[0]
    in_use.choose(model, back, administrator)
    assert in_use.of_model(model) == first.weights[0]
    steps = [
        (change.before["run_number"], change.after["run_number"], change.user)
        for change in in_use.history(model, limit=2)
        if change.before and change.after
    ]
    assert steps == [(2, 1, administrator), (1, 2, administrator)]
    in_use.choose(model, back, administrator)
    assert len(in_use.history(model)) == 3, "what is in use already is no change"


def test_of_two_people_who_choose_at_once_the_second_sees_the_choice_of_the_first(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    second, third = (runs.finished_training(model, administrator) for _run in range(2))
    seen = first.weights[0].id
    in_use.choose(model, second.weights[0], administrator, expected=seen)
    with pytest.raises(UserError) as refused:
        in_use.choose(model, third.weights[0], administrator, expected=seen)
    assert (refused.value.status, refused.value.code) == (409, "changed")
    db.session.rollback()
    assert in_use.of_model(model) == second.weights[0]


def test_weights_of_a_training_under_way_cannot_be_chosen(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    weights = saved_weights(run)
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.TESTING)
    with pytest.raises(UserError) as refused:
        in_use.choose(model, weights, administrator)
    assert (refused.value.status, refused.value.code) == (409, "run_active")


def test_weights_whose_file_is_missing_cannot_be_chosen(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    second = runs.finished_training(model, administrator)
    weights_files.file_of(second.weights[0]).unlink()
    with pytest.raises(UserError) as refused:
        in_use.choose(model, second.weights[0], administrator)
    assert refused.value.code == "weights_missing"


def test_uploaded_weights_are_chosen_where_they_fit(model: DetectionModel, administrator: User) -> None:
    fit, others = uploaded(model, "fig", "bolt"), uploaded(model, "screw")
    with pytest.raises(UserError) as refused:
        in_use.choose(model, fit, administrator)
    assert refused.value.code == "not_trained", "a model is locked until it was trained once"
    db.session.rollback()
    run = runs.finished_training(model, administrator)
    assert in_use.of_model(model) == run.weights[0]
    with pytest.raises(UserError) as refused:
        in_use.choose(model, others, administrator)
    assert refused.value.code == "weights_other_categories"
    db.session.rollback()
    in_use.choose(model, fit, administrator)
    trash.delete_run(run, administrator)
    assert in_use.for_prediction(model, None) == fit, "they judge on, though their model has no run any more"


def test_a_failed_run_whose_weights_were_chosen_does_not_go_on(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    failed = runs.running_training(model, administrator)
    weights = saved_weights(failed)
    training_runs.fail(failed.id, {"code": "disk_full", "params": {}})
    in_use.choose(model, weights, administrator)
    with pytest.raises(UserError) as refused:
        training_runs.resume(failed)
    assert (refused.value.status, refused.value.code) == (409, "weights_in_use")
    db.session.rollback()
    in_use.choose(model, first.weights[0], administrator)
    training_runs.resume(failed)
    assert failed.status == RunStatus.QUEUED


def test_a_run_is_not_deleted_while_others_could_judge_instead(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    second = runs.finished_training(model, administrator)
    with pytest.raises(UserError) as refused:
        trash.delete_run(first, administrator)
    assert (refused.value.status, refused.value.code) == (409, "weights_in_use")
    db.session.rollback()
    assert first.deleted_at is None
    in_use.choose(model, second.weights[0], administrator)
    trash.delete_run(first, administrator)
    assert in_use.of_model(model) == second.weights[0]
    assert in_use.previous(model) is None, "no way leads back to what was deleted"


def test_the_only_run_takes_its_weights_along_and_brings_them_back(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    uploaded(model, "fig")
    trash.delete_run(first, administrator)
    assert in_use.of_model(model) is None
    with pytest.raises(UserError) as refused:
        in_use.for_prediction(model, None)
    assert refused.value.code == "not_trained"
    db.session.rollback()
    trash.restore_run(first.id)
    assert in_use.of_model(model) == first.weights[0]
    assert reasons(model) == [
        WeightsChangeReason.FIRST,
        WeightsChangeReason.DELETED,
        WeightsChangeReason.FIRST,
    ]


def test_a_restored_run_stays_beside_those_in_use(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    second = runs.finished_training(model, administrator)
    trash.delete_run(second, administrator)
    trash.restore_run(second.id)
    assert in_use.of_model(model) == first.weights[0]


def test_the_record_outlives_the_weights(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    second = runs.finished_training(model, administrator)
    later = training_runs.start(model, administrator, {}, first.weights[0].id)
    training_runs.request_stop(later)
    in_use.choose(model, second.weights[0], administrator)
    trash.delete_run(first, administrator)
    first.deleted_at = now() - KEPT
    db.session.commit()
    assert trash.purge() == 1
    assert [change.before and change.before["run_number"] for change in in_use.history(model)] == [1, None]
    db.session.refresh(later)
    assert later.initial_weights_id is None
    assert later.initial_weights is not None
    assert later.initial_weights["run_number"] == 1


def test_a_model_goes_for_good_with_its_weights_in_use(model: DetectionModel, first: TrainingRun) -> None:
    file = weights_files.file_of(first.weights[0])
    model.deleted_at = now() - KEPT
    db.session.commit()
    assert purge.purge() == 1
    assert db.session.query(WeightsInUseChange).count() == 0
    assert not file.exists()


def test_a_copy_has_none_in_use(model: DetectionModel, first: TrainingRun, administrator: User) -> None:
    copied, _run = copying.copy_model(model, "Copy", False, administrator)
    assert in_use.of_model(copied) is None


def test_the_value_range_to_compare_with_is_that_of_the_weights_in_use(
    model: DetectionModel, administrator: User
) -> None:
    for number, depth in enumerate((8, 12)):
        ranges.set_range(model, depth, None)
        runs.finished_training(model, administrator)
        shown = ranges.trained_with(model)
        assert shown is not None and shown.numbers == [0, 255], f"run {number + 1}"


def test_a_better_run_offers_itself_until_somebody_chooses(
    model: DetectionModel, first: TrainingRun, administrator: User
) -> None:
    worse = runs.finished_training(model, administrator, metrics=scored(11.7))
    assert offers.of_run(worse) is offers.of_newest(worse) is None
    better = runs.finished_training(model, administrator, metrics=scored(62.7))
    offer = offers.of_newest(better)
    assert offer is not None
    assert (offer.weights.id, round(offer.points, 1), offer.same_test) == (better.weights[0].id, 3.1, True)
    in_use.choose(model, worse.weights[0], administrator)
    assert offers.of_newest(better) is None
    assert offers.of_run(better) is not None, "its own page still has the way"


def test_an_update_takes_what_was_used_so_far(
    model: DetectionModel, first: TrainingRun, administrator: User, tmp_path: Path
) -> None:
    second = runs.finished_training(model, administrator, metrics=scored(11.7))
    deleted = runs.finished_training(model, administrator)
    trash.delete_run(deleted, administrator)
    under_way = training_runs.start(model, administrator, {}, first.weights[0].id)
    saved_weights(under_way)
    sent = uploaded(model, "fig")
    from_upload = training_runs.start(model, administrator, {}, sent.id)
    untrained = detection_models.create_model("New", "", administrator)
    runs_started = (under_way.id, from_upload.id)
    weights = [first.weights[0].id, sent.id, second.weights[0].id]
    model_id, untrained_id = model.id, untrained.id
    db.session.remove()
    flask_migrate.downgrade(revision="value_range")
    flask_migrate.upgrade()
    model = detection_models.get_model(model_id)
    assert model.weights_in_use_id == weights[2], "the newest of a run that has ended and is not deleted"
    documents = [db.session.get_one(Weights, weights_id).document for weights_id in weights]
    (change,) = in_use.history(model)
    assert (change.reason, change.before, change.user) == (WeightsChangeReason.UPDATE, None, None)
    assert change.after == documents[2]
    starts = [db.session.get_one(TrainingRun, run_id).initial_weights for run_id in runs_started]
    assert starts == documents[:2]
    assert in_use.of_model(detection_models.get_model(untrained_id)) is None
