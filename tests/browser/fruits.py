"""A model that has really been trained: two photos of fruits and nuts learnt by heart."""

import io
from pathlib import Path
from shutil import copyfile

from PIL import Image as Picture

from jobs.tasks.training import train_run
from tests.builders.runs import finished_training
from webapp.core.extensions import db
from webapp.exchange.imports import single_request
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import DetectionModel, RunStatus, Split, User
from webapp.projects import detection_models
from webapp.training import runs as training_runs
from webapp.training.weights import files as weights_files

# Enough to find the same objects again on a copy.
BY_HEART = {
    "iterations": 80,
    "image_size": 160,
    "batch_size": 2,
    "warmup_iterations": 5,
    "learning_rate": 0.005,
    "checkpoint_period": 80,
}


def photo_of(shared_data: Path, name: str) -> Path:
    """One of the photos."""
    return shared_data / "fruits_nuts" / "data" / "images" / name


def learnt_by_heart(administrator: User, shared_data: Path, kept: Path) -> DetectionModel:
    """The model, with a copy of one of its photos without labels. ``run_job.application`` is the test's app.

    It is trained once: ``kept`` is where its weights are put, and taken from where they are there already.
    """
    originals = [photo_of(shared_data, name) for name in ("0.jpg", "1.jpg")]
    model = detection_models.create_model("Fruits and nuts", "", administrator)
    labels = shared_data / "fruits_nuts" / "data" / "trainval.json"
    coco = Upload("coco.json", labels.open("rb"))
    uploads = [Upload(file.name, file.open("rb")) for file in originals]
    single_request.import_annotations(model, Split.TRAIN, [coco], uploads, administrator)
    copy = io.BytesIO()
    with Picture.open(originals[0]) as original:
        original.save(copy, "JPEG", quality=95)
    image_intake.add_images(model, Split.TRAIN, [Upload("copy.jpg", copy)])
    if kept.is_file():
        run = finished_training(model, administrator)
        copyfile(kept, weights_files.file_of(run.weights[-1]))
        return model
    run = training_runs.start(model, administrator, BY_HEART, allow_empty=set(Split))
    train_run(run.id)
    db.session.refresh(run)
    if run.status != RunStatus.COMPLETED:
        raise RuntimeError(run.error)
    copyfile(weights_files.file_of(weights_files.of_run(run)), kept)
    return model
