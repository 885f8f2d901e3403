"""What a training run reports, and how it ends."""

import dataclasses
from pathlib import Path
from statistics import mean

import pytest
from PIL import Image

from jobs.detection.checkpoint import load_checkpoint, save_checkpoint
from jobs.detection.errors import (
    CheckpointUnusable,
    DatasetUnusable,
    LossDiverged,
    PhotoMissing,
    PhotoUnreadable,
    PretrainedMissing,
)
from jobs.detection.job import Phase
from jobs.detection.training import train
from tests.detection.conftest import SMALL, Dataset, Recorder, TrainedRun
from webapp.formats.weights_file import read_weights_header
from webapp.services.training_parameters import TrainingParameters


def with_document(dataset: Dataset, **changes: object) -> Dataset:
    return dataclasses.replace(dataset, document={**dataset.document, **changes})


def test_it_learns_one_batch_by_heart(learnt_by_heart: TrainedRun) -> None:
    losses = learnt_by_heart.recorder.losses
    assert mean(losses[-5:]) < 0.5 * mean(losses[:5])


def test_it_reports_every_iteration(shapes: Dataset, tmp_path: Path) -> None:
    recorder = Recorder()
    outcome = train(shapes.job(tmp_path, iterations=3, **SMALL), recorder)
    assert recorder.phases == [Phase.PREPARING, Phase.TRAINING, Phase.SAVING]
    assert recorder.start is not None
    assert recorder.start[:2] == (1, 3)
    assert recorder.start[3].source == "imagenet"
    assert [record.iteration for record in recorder.records] == [1, 2, 3]
    for record in recorder.records:
        assert record.training_loss == pytest.approx(sum(record.loss_parts.values()), rel=1e-5)
        assert set(record.loss_parts) >= {"loss_cls", "loss_box_reg", "loss_mask", "loss_rpn_cls"}
        assert record.validation_loss is not None and record.validation_loss > 0
        assert record.seconds > 0
    assert recorder.records[0].learning_rate < recorder.records[2].learning_rate
    assert recorder.records[-1].seconds_left == 0
    assert (outcome.iterations, outcome.stopped) == (3, False)


def test_weights_say_what_they_were_trained_on(shapes: Dataset, tmp_path: Path) -> None:
    outcome = train(shapes.job(tmp_path, iterations=1, **SMALL), Recorder())
    metadata = read_weights_header(outcome.weights).metadata
    assert metadata is not None
    assert metadata.architecture == "efficientnet_lite0_fpn"
    assert metadata.categories == ["圓形", "方形"]
    assert metadata.dataset_version == "sha256-of-the-version"
    assert metadata.iteration == 1
    assert TrainingParameters(**metadata.parameters).image_size == 96


def test_the_same_seed_gives_the_same_losses(shapes: Dataset, tmp_path: Path) -> None:
    first, second, other = Recorder(), Recorder(), Recorder()
    train(shapes.job(tmp_path, iterations=3, **SMALL), first)
    train(shapes.job(tmp_path, iterations=3, **SMALL), second)
    train(shapes.job(tmp_path, iterations=3, seed=2, **SMALL), other)
    assert first.losses == second.losses
    assert first.losses != other.losses


def test_validation_does_not_change_the_training_losses(shapes: Dataset, tmp_path: Path) -> None:
    images = [image for image in shapes.document["images"] if image["split"] != "validation"]
    ids = {image["id"] for image in images}
    annotations = [each for each in shapes.document["annotations"] if each["image_id"] in ids]
    without = with_document(shapes, images=images, annotations=annotations)
    first, second = Recorder(), Recorder()
    train(shapes.job(tmp_path, iterations=3, **SMALL), first)
    train(without.job(tmp_path, iterations=3, **SMALL), second)
    assert first.losses == second.losses
    assert [record.validation_loss for record in second.records] == [None] * 3


def test_a_resumed_run_goes_on_with_the_same_losses(shapes: Dataset, tmp_path: Path) -> None:
    whole, resumed = Recorder(), Recorder()
    job = shapes.job(tmp_path, iterations=6, checkpoint_period=4, **SMALL)
    train(job, whole)
    assert whole.checkpoints == [(tmp_path / "checkpoint.pt", 4)]
    train(dataclasses.replace(job, resume_from=tmp_path / "checkpoint.pt"), resumed)
    assert resumed.start is not None and resumed.start[0] == 5
    assert [record.iteration for record in resumed.records] == [5, 6]
    assert resumed.losses == pytest.approx(whole.losses[4:], rel=1e-6)
    rates = [record.learning_rate for record in resumed.records]
    assert rates == [record.learning_rate for record in whole.records[4:]]


def test_it_refuses_a_damaged_checkpoint(shapes: Dataset, tmp_path: Path) -> None:
    damaged = tmp_path / "checkpoint.pt"
    damaged.write_bytes(b"PK\x03\x04 half a file")
    job = dataclasses.replace(shapes.job(tmp_path, iterations=2, **SMALL), resume_from=damaged)
    with pytest.raises(CheckpointUnusable):
        train(job, Recorder())


def test_stop_ends_in_order_and_saves_weights(shapes: Dataset, tmp_path: Path) -> None:
    recorder = Recorder(stop_after=2)
    outcome = train(shapes.job(tmp_path, iterations=50, **SMALL), recorder)
    assert (outcome.iterations, outcome.stopped, len(recorder.records)) == (2, True, 2)
    metadata = read_weights_header(outcome.weights).metadata
    assert metadata is not None and metadata.iteration == 2
    assert recorder.phases[-1] is Phase.SAVING


def test_a_diverged_loss_fails_with_the_iteration_and_leaves_the_curve(
    shapes: Dataset, tmp_path: Path
) -> None:
    recorder = Recorder()
    wild = {**SMALL, "learning_rate": 1.0, "warmup_iterations": 0}
    with pytest.raises(LossDiverged) as caught:
        train(shapes.job(tmp_path, iterations=200, **wild), recorder)
    assert caught.value.params == {"iteration": len(recorder.records), "learning_rate": 1.0}
    assert not (tmp_path / "weights.safetensors").exists()


def test_a_loss_that_is_not_a_number_fails_the_run(shapes: Dataset, tmp_path: Path) -> None:
    job = shapes.job(tmp_path, iterations=4, checkpoint_period=2, **SMALL)
    train(job, Recorder())
    state = load_checkpoint(tmp_path / "checkpoint.pt")
    state["model"]["roi_heads.mask_head.predictor.bias"].fill_(float("nan"))
    save_checkpoint(tmp_path / "checkpoint.pt", state)
    recorder = Recorder()
    with pytest.raises(LossDiverged) as caught:
        train(dataclasses.replace(job, resume_from=tmp_path / "checkpoint.pt"), recorder)
    assert caught.value.params["iteration"] == 3
    assert recorder.records == []


def test_photos_without_labels_are_background(shapes: Dataset, tmp_path: Path) -> None:
    images = shapes.document["images"]
    labelled = [each for each in shapes.document["annotations"] if each["image_id"] in (0, 3)]
    recorder = Recorder()
    mostly_empty = with_document(shapes, images=images, annotations=labelled)
    train(mostly_empty.job(tmp_path, iterations=3, **SMALL), recorder)
    assert len(recorder.records) == 3


def test_it_refuses_a_dataset_without_training_photos(shapes: Dataset, tmp_path: Path) -> None:
    empty = with_document(shapes, images=[], annotations=[])
    with pytest.raises(DatasetUnusable) as caught:
        train(empty.job(tmp_path, **SMALL), Recorder())
    assert caught.value.params == {"reason": "no_photos"}


def test_it_names_a_missing_photo_before_the_first_iteration(shapes: Dataset, tmp_path: Path) -> None:
    recorder = Recorder()
    elsewhere = dataclasses.replace(shapes, folder=tmp_path)
    with pytest.raises(PhotoMissing) as caught:
        train(elsewhere.job(tmp_path, **SMALL), recorder)
    assert caught.value.params == {"file_name": "0.png"}
    assert recorder.start is None


def test_it_refuses_a_photo_of_another_size(shapes: Dataset, tmp_path: Path) -> None:
    for image in shapes.document["images"]:
        Image.new("RGB", (40, 30)).save(tmp_path / image["file_name"])
    smaller = dataclasses.replace(shapes, folder=tmp_path)
    with pytest.raises(PhotoUnreadable) as caught:
        train(smaller.job(tmp_path, **SMALL), Recorder())
    assert caught.value.params["reason"] == "40 x 30 px instead of 128 x 96"


def test_r50_without_its_weights_is_refused(shapes: Dataset, tmp_path: Path) -> None:
    job = shapes.job(tmp_path, architecture="r50_fpn", **SMALL)
    with pytest.raises(PretrainedMissing):
        train(dataclasses.replace(job, pretrained_dir=tmp_path), Recorder())


def test_r50_trains(shapes: Dataset, tmp_path: Path) -> None:
    recorder = Recorder()
    job = shapes.job(tmp_path, architecture="r50_fpn", iterations=1, **{**SMALL, "learning_rate": 1e-6})
    outcome = train(dataclasses.replace(job, random_start=True), recorder)
    assert len(recorder.records) == 1
    metadata = read_weights_header(outcome.weights).metadata
    assert metadata is not None and metadata.architecture == "r50_fpn"
