"""Finds objects in photos with a trained model."""

import threading
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from jobs.detection.inputs.dataset import InferenceMapper
from jobs.detection.network.loading import load_model
from jobs.detection.prediction.inference import detect
from webapp.formats.found_object import FoundObject


class Predictor:
    """Keeps a model ready. Holds nothing of a photo after ``predict`` returned.

    Several threads may use it at once; on a GPU they take turns.
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
        """``photo`` is height x width x 3, uint8, RGB (``photos.read_image``). Best score first.

        ``score_threshold`` takes the place of the predictor's own for this photo; threads that use the predictor at
        once on a CPU must agree on it.
        """
        least = self.score_threshold if score_threshold is None else score_threshold
        with self._turn:
            self._model.roi_heads.box_predictor.test_score_thresh = least
            return detect(self._model, self._mapper, photo, self.categories)
