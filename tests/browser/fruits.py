"""A model that has really been trained: two photos of fruits and nuts learnt by heart."""

import io
from pathlib import Path
from shutil import copyfile

from PIL import Image as Picture

from tests.builders.runs import finished_training
from webapp.exchange.imports import single_request
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Split, User
from webapp.projects import detection_models
from webapp.training.weights import files as weights_files


def photo_of(shared_data: Path, name: str) -> Path:
    """One of the photos."""
    return shared_data / "fruits_nuts" / "data" / "images" / name


def learnt_model(administrator: User, shared_data: Path, weights: Path) -> DetectionModel:
    """The model with these weights, and a copy of one of its photos without labels."""
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
    run = finished_training(model, administrator)
    copyfile(weights, weights_files.file_of(run.weights[-1]))
    return model
