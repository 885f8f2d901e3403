"""How labels and detections of one photo overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import polygons_to_rle
from webapp.formats.masks.segmentation import Box, Rle, Segmentation

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class JudgedLabel:
    """A label that is held against detections."""

    id: int
    category: str
    segmentation: Segmentation
    bbox: Box
    iscrowd: bool = False
    is_box: bool = False
    """Only its rectangle was drawn: it is held against boxes."""


@dataclass(frozen=True)
class JudgedPhoto:
    """A photo with its labels, and what a network found on it that has not learnt from it."""

    id: int
    width: int
    height: int
    labels: Sequence[JudgedLabel]
    detections: Sequence[FoundObject]


class Overlaps:
    """Of one photo: matrices with a row for each detection and a column for each label, unless said otherwise."""

    def __init__(self, photo: JudgedPhoto) -> None:
        self.photo = photo
        masks = [_mask(label, photo) for label in photo.labels]
        found = [one.segmentation for one in photo.detections]
        self.labels_area = _areas(masks)
        self.found_area = _areas(found)
        self.shared = _shared(found, masks, self.found_area, self.labels_area)
        """Square pixels that both cover."""
        self.labels_shared = _shared(masks, masks, self.labels_area, self.labels_area)
        """Of two labels: labels x labels."""
        self.found_shared = _shared(found, found, self.found_area, self.found_area)
        """Of two detections: detections x detections."""
        self._boxes = [number for number, label in enumerate(photo.labels) if label.is_box]

    @cached_property
    def iou(self) -> Matrix:
        """Intersection over union of the masks; where only a box was drawn, of the boxes."""
        iou = _ratio(self.shared, self.found_area[:, None] + self.labels_area - self.shared)
        if self._boxes and len(iou):
            found = np.array([one.bbox for one in self.photo.detections], dtype=np.float64)
            boxes = np.array([self.photo.labels[at].bbox for at in self._boxes], dtype=np.float64)
            iou[:, self._boxes] = coco_mask.iou(found, boxes, [0] * len(boxes))
        return iou

    @cached_property
    def inside_label(self) -> Matrix:
        """Share of the detection that lies in the label."""
        return _ratio(self.shared, self.found_area[:, None])

    @cached_property
    def inside_found(self) -> Matrix:
        """Share of the label that lies in the detection."""
        return _ratio(self.shared, self.labels_area[None, :])

    @cached_property
    def beside(self) -> Matrix:
        """Share of the smaller of the two that lies outside the other: 0 where one is inside the other."""
        return 1 - _ratio(self.shared, np.minimum(self.found_area[:, None], self.labels_area[None, :]))

    @cached_property
    def labels_iou(self) -> Matrix:
        """Of two labels."""
        return _ratio(self.labels_shared, self.labels_area[:, None] + self.labels_area - self.labels_shared)

    @cached_property
    def found_iou(self) -> Matrix:
        """Of two detections."""
        return _ratio(self.found_shared, self.found_area[:, None] + self.found_area - self.found_shared)

    @cached_property
    def same_category(self) -> NDArray[np.bool_]:
        """Whether detection and label say the same."""
        found = np.array([one.category for one in self.photo.detections], dtype=object)
        labels = np.array([label.category for label in self.photo.labels], dtype=object)
        return np.asarray(found[:, None] == labels[None, :], dtype=bool)

    @cached_property
    def own(self) -> Matrix:
        """``iou`` with detections of the label's category, 0 with those of others."""
        return np.where(self.same_category, self.iou, 0.0)

    @cached_property
    def judged(self) -> list[int]:
        """The labels that are held against detections: a crowd may hold any number of objects."""
        return [at for at, label in enumerate(self.photo.labels) if not label.iscrowd]

    @cached_property
    def scores(self) -> NDArray[np.float64]:
        """Of the detections."""
        return np.array([one.score for one in self.photo.detections], dtype=np.float64)


def _mask(label: JudgedLabel, photo: JudgedPhoto) -> Rle:
    if isinstance(label.segmentation, dict):
        return label.segmentation
    return polygons_to_rle(list(map(list, label.segmentation)), photo.width, photo.height)


def _areas(masks: Sequence[Rle]) -> NDArray[np.float64]:
    return np.asarray(coco_mask.area(list(masks)) if masks else [], dtype=np.float64)


def _shared(
    first: Sequence[Rle], second: Sequence[Rle], areas: NDArray[np.float64], others: NDArray[np.float64]
) -> Matrix:
    if not first or not second:
        return np.zeros((len(first), len(second)))
    iou = np.nan_to_num(np.asarray(coco_mask.iou(list(first), list(second), [0] * len(second))))
    sums: Matrix = areas[:, None] + others
    return iou * sums / (1 + iou)


def _ratio(part: Matrix, whole: NDArray[np.float64]) -> Matrix:
    return part / np.maximum(whole, 1.0)
