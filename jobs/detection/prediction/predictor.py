"""Predicts photos with a trained network."""

import threading
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from jobs.detection.inputs.dataset import InferenceMapper
from jobs.detection.network.loading import load_model
from jobs.detection.prediction.inference import detect
from webapp.formats.found_object import FoundObject


class Predictor:
    """A loaded network. Keeps no data of a photo after ``predict`` returned.

    Thread-safe; on a GPU the threads take turns.
    """

    def __init__(
        self,
        weights: Path,
        *,
        score_threshold: float | None = None,
        image_size: int | None = None,
        device: str | None = None,
        max_detections: int | None = None,
    ) -> None:
        """``score_threshold`` and ``image_size`` (short side, px) default to those of the training.

        ``max_detections`` on one photo, the best ones; None: as Detectron2 has it, 100.

        Raises ``WeightsRejected``.
        """
        loaded = load_model(weights, image_size, device)
        self.metadata = loaded.metadata
        self.categories = loaded.metadata.categories
        self.device = loaded.device.description
        self.on_cpu = loaded.device.name == "cpu"
        self._turn = nullcontext() if self.on_cpu else threading.Lock()
        threshold = loaded.parameters.score_threshold if score_threshold is None else score_threshold
        self.score_threshold = threshold
        self._model = loaded.model
        if max_detections is not None:
            self._model.roi_heads.box_predictor.test_topk_per_image = max_detections
        self._mapper = InferenceMapper(loaded.cfg)

    def predict(self, photo: np.ndarray, score_threshold: float | None = None) -> list[FoundObject]:
        """``photo`` is height x width x 3, uint8, RGB (``inputs.images.read_image``). Best score first.

        ``score_threshold`` overrides the predictor's own for this photo; on a CPU threads in parallel must use
        the same.
        """
        least = self.score_threshold if score_threshold is None else score_threshold
        with self._turn:
            self._model.roi_heads.box_predictor.test_score_thresh = least
            return detect(self._model, self._mapper, photo, self.categories)
