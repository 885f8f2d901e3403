"""Draws the augmentation preview of the training form."""

from typing import Any

from jobs.detection.inputs.augmentation import preview
from jobs.detection.inputs.images import read_image
from jobs.processes.app_context import application
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core import storage
from webapp.core.extensions import db
from webapp.models import ImageFile
from webapp.training import augmentation_preview


def draw_augmentation(key: str, hashes: list[str], values: dict[str, Any]) -> None:
    """RQ's entry point; ``values`` are the augmentation parameters."""
    with application().app_context():
        files = [db.session.get_one(ImageFile, sha256) for sha256 in hashes]
        photos = [read_image(storage.image_path(file.sha256, file.suffix)) for file in files]
        augmentation_preview.store(key, preview(photos, TrainingParameters(**values)))
