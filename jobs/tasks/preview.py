"""Draws the augmentation preview of the training form."""

from typing import Any

import numpy as np

from jobs.detection.image_errors import of_image
from jobs.detection.inputs.augmentation import preview
from jobs.detection.inputs.images import read_image
from jobs.processes.app_context import application
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core import storage
from webapp.core.extensions import db
from webapp.models import ImageFile
from webapp.training import augmentation_preview
from webapp.training.augmentation_preview import NOTHING


def draw_augmentation(key: str, hashes: list[str], values: dict[str, Any]) -> None:
    """RQ's entry point; ``values`` are the augmentation parameters."""
    with application().app_context():
        files = [db.session.get_one(ImageFile, sha256) for sha256 in hashes]
        photos = [photo for file in files if (photo := _photo(file)) is not None]
        augmentation_preview.store(key, preview(photos, TrainingParameters(**values)) if photos else NOTHING)


def _photo(file: ImageFile) -> np.ndarray | None:
    """None where it cannot be read: the preview shows the others."""
    try:
        return read_image(storage.image_path(file.sha256, file.suffix))
    except Exception as error:
        of_image(error, file.sha256)
        return None
