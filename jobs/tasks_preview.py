"""Draws what the augmentation does to a few photos, for the training form."""

from typing import Any

from jobs.app_context import application
from jobs.detection.augmentation import preview
from jobs.detection.photos import read_photo
from webapp.extensions import db
from webapp.models import ImageFile
from webapp.services import augmentation_preview, storage
from webapp.services.training_parameters import TrainingParameters


def draw_augmentation(key: str, hashes: list[str], values: dict[str, Any]) -> None:
    """RQ's entry point; ``values`` are the parameters that shape the picture."""
    with application().app_context():
        files = [db.session.get_one(ImageFile, sha256) for sha256 in hashes]
        photos = [read_photo(storage.photo_path(file.sha256, file.suffix)) for file in files]
        augmentation_preview.store(key, preview(photos, TrainingParameters(**values)))
