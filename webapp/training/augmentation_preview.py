"""Preview of the augmentation on photos of the model, drawn by a worker: the web has no Detectron2."""

import hashlib
import json
import re

from flask import current_app
from sqlalchemy import select

from webapp.contracts.training_parameters import TrainingParameters
from webapp.core import queues
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Split

JOB = "jobs.tasks.preview.draw_augmentation"
PHOTOS = 2
KEPT_SECONDS = 600
WAITING_SECONDS = 60
"""After this time a preview that was not drawn is requested again."""
NOTHING = b""
"""Stored in place of a picture where none of the photos could be read."""
SHAPING = (
    "seed", "horizontal_flip", "vertical_flip", "rotation", "crop", "brightness", "contrast", "blur",
)  # fmt: skip
"""The parameters that affect the preview."""


def ask(model: DetectionModel, parameters: TrainingParameters) -> str | None:
    """The key of the preview, which is queued unless cached; None for a model without training photos."""
    photos = db.session.scalars(
        select(Image.sha256)
        .where(Image.model_id == model.id, Image.split == Split.TRAIN, Image.labelled)
        .order_by(Image.id)
        .limit(PHOTOS)
    ).all()
    if not photos:
        return None
    shown = model.range_in_use
    range_key = shown.key if shown else ""
    values = {name: getattr(parameters, name) for name in SHAPING}
    digest = hashlib.sha256(json.dumps([list(photos), values, range_key]).encode()).hexdigest()
    # Of this model alone: another with the same photos may be closed to other people.
    key = f"{model.id}-{digest}"
    redis = current_app.extensions["redis"]
    if not redis.exists(_picture(key)) and redis.set(
        f"{_picture(key)}:asked", "1", nx=True, ex=WAITING_SECONDS
    ):
        queues.enqueue(queues.PREDICT, JOB, key, list(photos), values, range_key)
    return key


def is_of(model: DetectionModel, key: str) -> bool:
    """Whether it is a key of this model."""
    return re.fullmatch(f"{model.id}-[0-9a-f]{{64}}", key) is not None


def picture(key: str) -> bytes | None:
    """The JPEG; None until it is drawn."""
    return current_app.extensions["redis"].get(_picture(key))


def store(key: str, data: bytes) -> None:
    """Called by the worker."""
    current_app.extensions["redis"].set(_picture(key), data, ex=KEPT_SECONDS)


def _picture(key: str) -> str:
    return f"augmentation-preview:{key}"
