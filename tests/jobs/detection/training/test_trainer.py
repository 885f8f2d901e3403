"""What a training run reports, and how it ends."""

import dataclasses
from pathlib import Path

import pytest
from PIL import Image

from jobs.detection.errors import (
    CheckpointUnusable,
    DatasetUnusable,
    LossDiverged,
    PretrainedMissing,
)
from jobs.detection.job import Phase
from jobs.detection.network.weights import read_weights
from jobs.detection.training.checkpoint import load_checkpoint, save_checkpoint
from jobs.detection.training.trainer import train
from tests.jobs.detection.conftest import SMALL, Dataset, Recorder, TrainedRun
from webapp.contracts.training_parameters import TrainingParameters
from webapp.formats.weights_file import read_weights_header


def with_document(dataset: Dataset, **changes: object) -> Dataset:
    return dataclasses.replace(dataset, document={**dataset.document, **changes})


@pytest.fixture(scope="module")
def short_run(shapes: Dataset, tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    """Three iterations that several tests look at."""
    recorder = Recorder()
    job = shapes.job(tmp_path_factory.mktemp("short"), iterations=3, **SMALL)
    return TrainedRun(shapes, train(job, recorder), recorder)


def test_it_reports_every_iteration(short_run: TrainedRun) -> None:
    recorder, outcome = short_run.recorder, short_run.outcome
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


def test_weights_say_what_they_were_trained_on(short_run: TrainedRun) -> None:
    metadata = read_weights_header(short_run.outcome.weights).metadata
    assert metadata is not None
    assert metadata.architecture == "efficientnet_lite0_fpn"
    assert metadata.categories == ["圓形", "方形"]
    assert metadata.dataset_version == "sha256-of-the-version"
    assert metadata.iteration == 3
    assert TrainingParameters(**metadata.parameters).image_size == 96


def test_the_same_seed_gives_the_same_losses(shapes: Dataset, short_run: TrainedRun, tmp_path: Path) -> None:
    again, other = Recorder(), Recorder()
    train(shapes.job(tmp_path, iterations=3, **SMALL), again)
    train(shapes.job(tmp_path, iterations=3, seed=2, **SMALL), other)
    assert short_run.recorder.losses == again.losses
    assert short_run.recorder.losses != other.losses


def test_validation_does_not_change_the_training_losses(
    shapes: Dataset, short_run: TrainedRun, tmp_path: Path
) -> None:
    images = [image for image in shapes.document["images"] if image["split"] != "validation"]
    ids = {image["id"] for image in images}
    annotations = [each for each in shapes.document["annotations"] if each["image_id"] in ids]
    without = with_document(shapes, images=images, annotations=annotations)
    recorder = Recorder()
    train(without.job(tmp_path, iterations=3, **SMALL), recorder)
    assert short_run.recorder.losses == recorder.losses
    assert [record.validation_loss for record in recorder.records] == [None] * 3


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_resumed_run_goes_on_with_the_same_losses(shapes: Dataset, tmp_path: Path, optimizer: str) -> None:
    whole, half, resumed = Recorder(), Recorder(stop_after=2), Recorder()
    parameters = {
        "iterations": 4,
        "checkpoint_period": 3,
        "optimizer": optimizer,
        "rotation": 10.0,
        "copy_paste": 50.0,
    }
    learning_rate = 0.005 if optimizer == "sgd" else 0.0005
    job = shapes.job(tmp_path / "whole", **SMALL, **parameters, learning_rate=learning_rate)
    train(job, whole)
    job = dataclasses.replace(job, output_dir=tmp_path / "half")
    train(job, half)
    train(dataclasses.replace(job, resume_from=tmp_path / "half" / "checkpoint.pt"), resumed)
    assert resumed.start is not None and resumed.start[0] == 3
    assert [record.iteration for record in resumed.records] == [3, 4]
    assert [*half.losses, *resumed.losses] == pytest.approx(whole.losses, rel=1e-6)
    rates = [record.learning_rate for record in resumed.records]
    assert rates == [record.learning_rate for record in whole.records[2:]]
    validations = [record.validation_loss for record in resumed.records]
    assert validations == pytest.approx([each.validation_loss for each in whole.records[2:]], rel=1e-6)


def test_checkpoints_keep_the_last_state_and_the_best_weights(shapes: Dataset, tmp_path: Path) -> None:
    recorder = Recorder()
    parameters = {"iterations": 6, "checkpoint_period": 4, "validation_period": 2}
    outcome = train(shapes.job(tmp_path, **SMALL, **parameters), recorder)
    full = {
        record.iteration: (record.validation_ap, -record.full_validation_loss)
        for record in recorder.records
        if record.full_validation_loss is not None
    }
    assert sorted(full) == [2, 4, 6]
    assert all(0 <= ap <= 100 for ap, _ in full.values())
    assert outcome.best_iteration == max(full, key=lambda iteration: full[iteration])
    last = {file.kind: file for file in recorder.checkpoints[-1]}
    assert (last["last"].iteration, last["best"].iteration) == (6, outcome.best_iteration)
    on_disk = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert on_disk.pop("weights.safetensors")
    best = f"best-{outcome.best_iteration}.safetensors"
    assert on_disk == {"checkpoint.pt": last["last"].size, best: last["best"].size}


def test_training_ends_early_when_the_validation_brings_no_gain(shapes: Dataset, tmp_path: Path) -> None:
    recorder = Recorder()
    still = SMALL | {"learning_rate": 1e-12, "warmup_iterations": 0}
    parameters = {"iterations": 50, "validation_period": 1, "early_stopping": 2}
    outcome = train(shapes.job(tmp_path, **still, **parameters), recorder)
    assert (outcome.ended_early, outcome.stopped) == (True, False)
    assert outcome.iterations == len(recorder.records) < 50
    resumed = Recorder()
    job = dataclasses.replace(
        shapes.job(tmp_path, **still, **parameters), resume_from=tmp_path / "checkpoint.pt"
    )
    assert train(job, resumed).iterations == outcome.iterations
    assert resumed.records == []


def test_epochs_see_every_photo(shapes: Dataset, tmp_path: Path) -> None:
    recorder = Recorder()
    train(shapes.job(tmp_path, epochs=2, **SMALL), recorder)
    assert len(recorder.records) == 6


def test_frozen_stages_keep_their_weights(shapes: Dataset, tmp_path: Path) -> None:
    def weights_after(iterations: int) -> dict:
        folder = tmp_path / str(iterations)
        job = shapes.job(folder, iterations=iterations, frozen_stages=2, **(SMALL | {"warmup_iterations": 0}))
        return read_weights(train(job, Recorder()).weights)[0]

    one, two = weights_after(1), weights_after(2)
    for block, moves in (
        ("stem.0", False),
        ("blocks.2._project_conv", False),
        ("blocks.3._expand_conv", True),
    ):
        name = f"backbone.bottom_up.{block}.weight"
        assert one[name].equal(two[name]) is not moves


def test_samples_of_the_validation_photos_are_drawn(shapes: Dataset, tmp_path: Path) -> None:
    job = dataclasses.replace(
        shapes.job(tmp_path, iterations=3, validation_period=2, **SMALL),
        sample_path=lambda iteration, index: tmp_path / "samples" / f"{iteration}-{index}.jpg",
        sample_photos=1,
    )
    with_samples, without = Recorder(), Recorder()
    train(job, with_samples)
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == ["2-0.jpg", "3-0.jpg"]
    with Image.open(tmp_path / "samples" / "2-0.jpg") as picture:
        assert picture.size == (128, 96)
    train(dataclasses.replace(job, sample_path=None), without)
    assert with_samples.losses == without.losses


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
    job = shapes.job(tmp_path, iterations=4, **SMALL)
    train(job, Recorder(stop_after=2))
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


def damaged(shapes: Dataset, folder: Path, *, spared: set[str]) -> Dataset:
    """The same photos: of each three one is missing, one cut off and one of another size, but for those spared."""
    for number, image in enumerate(shapes.document["images"]):
        data = shapes.path_of(image).read_bytes()
        target = folder / image["file_name"]
        if image["file_name"] in spared:
            target.write_bytes(data)
        elif number % 3 == 1:
            target.write_bytes(data[:200])
        elif number % 3 == 2:
            Image.new("RGB", (40, 30)).save(target)
    return dataclasses.replace(shapes, folder=folder)


@pytest.mark.parametrize("data_workers", [0, 2])
def test_a_photo_that_cannot_be_used_is_named_and_left_out(
    shapes: Dataset, tmp_path: Path, data_workers: int
) -> None:
    recorder = Recorder()
    some = damaged(shapes, tmp_path, spared={"2.png", "4.png"})
    job = some.job(
        tmp_path / "run",
        iterations=4,
        validation_period=2,
        data_workers=data_workers,
        **SMALL | {"batch_size": 2},
    )
    samples = tmp_path / "samples"
    job = dataclasses.replace(
        job, sample_photos=2, sample_path=lambda iteration, index: samples / f"{iteration}-{index}.jpg"
    )
    outcome = train(job, recorder)
    assert outcome.iterations == len(recorder.records) == 4
    left_out = {(image.file_name, image.split, image.error.code) for image in recorder.without}
    assert left_out == {
        ("0.png", "train", "photo_missing"),
        ("1.png", "train", "photo_unreadable"),
        ("3.png", "validation", "photo_missing"),
    }
    assert len(recorder.without) == 3
    # The only validation photo left stands for both.
    assert all(record.validation_loss is not None for record in recorder.records)
    assert {path.name for path in samples.iterdir()} == {"2-0.jpg", "4-0.jpg"}


def test_it_refuses_to_start_where_no_photo_can_be_used(shapes: Dataset, tmp_path: Path) -> None:
    recorder = Recorder()
    none = damaged(shapes, tmp_path, spared={"3.png", "4.png"})
    with pytest.raises(DatasetUnusable) as caught:
        train(none.job(tmp_path / "run", iterations=4, **SMALL), recorder)
    assert caught.value.params == {"reason": "no_usable_photos", "file_name": "1.png"}
    assert recorder.records == []
    gone = dataclasses.replace(shapes, folder=tmp_path / "gone")
    with pytest.raises(DatasetUnusable):
        train(gone.job(tmp_path / "run", **SMALL), recorder)


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
