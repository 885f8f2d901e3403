"""Predicts photos with a trained network."""

import functools
import threading
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from jobs.detection.inputs.dataset import InferenceMapper
from jobs.detection.network.loading import load_model
from jobs.detection.prediction.inference import detect, find_objects
from webapp.contracts.score_thresholds import Thresholds
from webapp.contracts.suppression import Suppression
from webapp.formats.found_object import FoundObject

NETWORK_DETECTIONS = 100
"""On one photo, as Detectron2 has it."""


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
        max_detections: int = NETWORK_DETECTIONS,
    ) -> None:
        """``score_threshold`` and ``image_size`` (short side, px) default to those of the training.

        ``max_detections`` on one photo (with tiles: on one tile), the best ones.

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
        self._most = max_detections
        # Not fewer: second detections of an object take no place from other objects.
        most = max(max_detections, NETWORK_DETECTIONS)
        self._model.roi_heads.box_predictor.test_topk_per_image = most
        self._mapper = InferenceMapper(loaded.cfg)

    def predict(
        self,
        photo: np.ndarray,
        suppression: Suppression | None,
        *,
        score_threshold: float | None = None,
        tile_size: int | None = None,
        thresholds: Thresholds | None = None,
    ) -> list[FoundObject]:
        """``photo`` is height x width x 3, uint8, RGB (``inputs.images.read_image``). Best score first.

        ``score_threshold`` overrides the predictor's own for this photo; on a CPU threads in parallel must use
        the same. ``tile_size`` and ``thresholds`` as ``find_objects`` has them.
        """
        least = self.score_threshold if score_threshold is None else score_threshold
        if tile_size is None:
            network = functools.partial(self._detect, least)
            return find_objects(network, photo, suppression, thresholds=thresholds)[: self._most]

        def of_tile(tile: np.ndarray) -> list[FoundObject]:
            return self._detect(least, tile)[: self._most]

        return find_objects(of_tile, photo, suppression, tile_size=tile_size, thresholds=thresholds)

    def _detect(self, least: float, photo: np.ndarray) -> list[FoundObject]:
        with self._turn:
            self._model.roi_heads.box_predictor.test_score_thresh = least
            return detect(self._model, self._mapper, photo, self.categories, self.metadata.boxes)
