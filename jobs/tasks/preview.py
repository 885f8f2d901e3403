"""Draws the augmentation preview of the training form."""

from typing import Any

import numpy as np

from jobs.detection.image_errors import of_image
from jobs.detection.inputs.augmentation import preview
from jobs.detection.inputs.images import read_image
from jobs.processes.app_context import application
from jobs.tasks.image_paths import picture_path
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.extensions import db
from webapp.formats.images.value_range import ValueRange
from webapp.images.values import renditions
from webapp.models import ImageFile
from webapp.training import augmentation_preview
from webapp.training.augmentation_preview import NOTHING


def draw_augmentation(key: str, hashes: list[str], values: dict[str, Any], range_key: str = "") -> None:
    """RQ's entry point; ``values`` are the augmentation parameters, ``range_key`` the model's range of values."""
    with application().app_context():
        files = [db.session.get_one(ImageFile, sha256) for sha256 in hashes]
        shown = ValueRange.of_key(range_key)
        photos = [photo for file in files if (photo := _photo(file, shown)) is not None]
        augmentation_preview.store(key, preview(photos, TrainingParameters(**values)) if photos else NOTHING)


def _photo(file: ImageFile, setting: ValueRange | None) -> np.ndarray | None:
    """None where it cannot be read: the preview shows the others."""
    try:
        return read_image(picture_path(renditions.picture_of(file, setting)))
    except Exception as error:
        of_image(error, file.sha256)
        return None
