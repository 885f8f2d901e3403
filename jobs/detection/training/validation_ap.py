"""How well the present weights find the objects of the validation photos: AP, as the test at the end measures it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from torch import nn

from jobs.detection.evaluation.coco_scores import compare, percent
from jobs.detection.evaluation.evaluator import with_images_of
from jobs.detection.inputs.dataset import InferenceMapper, Record, category_names
from jobs.detection.inputs.images import read_image
from jobs.detection.inputs.left_out import LeftOutImages
from jobs.detection.job import CocoDocument
from jobs.detection.prediction.inference import detect, find_objects
from webapp.contracts.suppression import Suppression
from webapp.formats.found_object import FoundObject
from webapp.formats.weights_metadata import REFINED

VALIDATION_AP = "validation_ap"
MOST = 60
"""Photos that are looked at, spread over the split: more would take the time from the training."""


class ValidationAp:
    """Mask AP of the model on at most ``MOST`` validation photos."""

    def __init__(
        self,
        model: nn.Module,
        mapper: InferenceMapper,
        records: list[Record],
        document: CocoDocument,
        left_out: LeftOutImages,
        suppression: Suppression | None,
    ) -> None:
        self._model = model
        self._mapper = mapper
        self._records = spread(records)
        self._document = document
        self._categories = category_names(document)
        self._left_out = left_out
        self._suppression = suppression

    def measure(self, should_stop: Callable[[], bool]) -> float | None:
        """0 to 100; None without labelled objects to find, and where a stop interrupts it."""
        detections: dict[int, list[FoundObject]] = {}
        with in_evaluation_mode(self._model):
            for record in self._records:
                if should_stop():
                    return None
                found = self._found(record)
                if found is not None:
                    detections[record["image_id"]] = found
        if not detections:
            return None
        looked_at = with_images_of(self._document, detections)
        return percent(compare(looked_at, "validation", detections, ["segm"])["segm"].stats[:1])

    def seconds(self) -> float:
        """How long all photos take, measured with the first one."""
        if not self._records:
            return 0.0
        began = time.monotonic()
        with in_evaluation_mode(self._model):
            self._found(self._records[0])
        return (time.monotonic() - began) * len(self._records)

    def _found(self, record: Record) -> list[FoundObject] | None:
        """None where the photo is left out."""
        if record not in self._left_out:
            try:
                return find_objects(self._detect, read_image(record["path"]), self._suppression)
            except Exception as error:
                self._left_out.add(record, error)
        return None

    def _detect(self, photo: np.ndarray) -> list[FoundObject]:
        return detect(self._model, self._mapper, photo, self._categories, REFINED)


@contextmanager
def in_evaluation_mode(model: nn.Module) -> Iterator[None]:
    """For looking at photos between two iterations; afterwards the training goes on."""
    model.eval()
    try:
        yield
    finally:
        model.train()


def spread(records: list[Record]) -> list[Record]:
    """At most ``MOST`` of them, at equal distances."""
    return records[:: max(1, -(-len(records) // MOST))]
