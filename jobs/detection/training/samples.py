"""Draws the present detections on a few validation photos during training."""

from collections.abc import Callable
from pathlib import Path

from detectron2.engine import HookBase
from torch import nn

from jobs.detection.inputs.dataset import InferenceMapper, Record
from jobs.detection.inputs.images import read_image
from jobs.detection.prediction.inference import detect
from webapp.contracts.atomic_file import atomic_path
from webapp.formats.masks.rendering import draw_detections

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
    ) -> None:
        """``path_of`` gives the file for an iteration and an index in ``records``."""
        self._model = model
        self._mapper = mapper
        self._records = records
        self._categories = categories
        self._score_threshold = score_threshold
        self._period = period
        self._path_of = path_of

    def after_step(self) -> None:
        """Raises OSError, when the disk is full."""
        done = self.trainer.iter + 1
        if done % self._period and done < self.trainer.max_iter:
            return
        self._model.eval()
        try:
            for index, record in enumerate(self._records):
                self._draw(record, self._path_of(done, index))
        finally:
            self._model.train()

    def _draw(self, record: Record, path: Path) -> None:
        photo = read_image(record["path"])
        found = [
            each
            for each in detect(self._model, self._mapper, photo, self._categories)
            if each.score >= self._score_threshold
        ]
        picture = draw_detections(photo, found, self._categories)
        picture.thumbnail((SIDE, SIDE))
        with atomic_path(path) as unfinished:
            picture.save(unfinished, "JPEG", quality=85)
