"""Draws the present detections on a few validation photos during training."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from detectron2.engine import HookBase
from torch import nn

from jobs.detection.inputs.dataset import InferenceMapper, Record
from jobs.detection.inputs.images import read_image
from jobs.detection.inputs.left_out import LeftOutImages
from jobs.detection.prediction.inference import detect, find_objects
from jobs.detection.training.validation_ap import in_evaluation_mode
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.suppression import Suppression
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rendering import draw_detections
from webapp.formats.weights_metadata import REFINED

SIDE = 640
"""Px of a picture's long side."""


class DrawSamples(HookBase):
    """Draws the photos at the validation period and after the last iteration."""

    def __init__(
        self,
        model: nn.Module,
        mapper: InferenceMapper,
        records: list[Record],
        categories: list[str],
        score_threshold: float,
        period: int,
        path_of: Callable[[int, int], Path],
        left_out: LeftOutImages,
        suppression: Suppression | None,
    ) -> None:
        """``path_of`` gives the file for an iteration and an index in ``records``."""
        self._model = model
        self._mapper = mapper
        self._records = records
        self._categories = categories
        self._score_threshold = score_threshold
        self._period = period
        self._path_of = path_of
        self._left_out = left_out
        self._suppression = suppression

    def after_step(self) -> None:
        """Raises OSError, when the disk is full."""
        done = self.trainer.iter + 1
        if done % self._period and done < self.trainer.max_iter:
            return
        with in_evaluation_mode(self._model):
            for index, record in enumerate(self._records):
                picture = self._drawn(record)
                if picture is not None:
                    with atomic_path(self._path_of(done, index)) as unfinished:
                        unfinished.write_bytes(picture)

    def seconds(self) -> float:
        """How long the photos take, measured with the first one."""
        began = time.monotonic()
        with in_evaluation_mode(self._model):
            self._drawn(self._records[0])
        return (time.monotonic() - began) * len(self._records)

    def _drawn(self, record: Record) -> bytes | None:
        """A JPEG; None where the photo is left out."""
        if record not in self._left_out:
            try:
                return self._draw(record)
            except Exception as error:
                self._left_out.add(record, error)
        return None

    def _draw(self, record: Record) -> bytes:
        photo = read_image(record["path"])
        found = [
            each
            for each in find_objects(self._detect, photo, self._suppression)
            if each.score >= self._score_threshold
        ]
        picture = draw_detections(photo, found, self._categories)
        picture.thumbnail((SIDE, SIDE))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=85)
        return buffer.getvalue()

    def _detect(self, photo: np.ndarray) -> list[FoundObject]:
        return detect(self._model, self._mapper, photo, self._categories, REFINED)
