"""Converts a dataset version to Detectron2 records (one for each photo), and records to inputs of the model."""

import copy
from typing import Any

import numpy as np
import torch
from detectron2.config import CfgNode
from detectron2.data import detection_utils
from detectron2.data import transforms as T
from detectron2.structures import BoxMode, Instances
from fvcore.transforms.transform import TransformList
from pycocotools import mask as coco_mask

from jobs.detection.errors import ImageUnreadable
from jobs.detection.inputs.augmentation import Augmentation
from jobs.detection.inputs.image_cache import ImageCache
from jobs.detection.inputs.images import read_image
from jobs.detection.inputs.scaling import ShortestEdge
from jobs.detection.job import CocoDocument, PathOf
from webapp.contracts.training_parameters import TrainingParameters

Record = dict[str, Any]
"""Detectron2's "standard dataset dict" (height, width, image_id, annotations), with ``path``, the photo's own name as
``file_name``, and its ``split``."""


def category_names(document: CocoDocument) -> list[str]:
    """In the order of their ids; the index is the class number of the network."""
    return [category["name"] for category in _sorted_categories(document)]


def class_numbers(document: CocoDocument) -> dict[int, int]:
    """COCO category id to class number, from 0."""
    return {category["id"]: number for number, category in enumerate(_sorted_categories(document))}


def records_of_split(document: CocoDocument, split: str, path_of: PathOf) -> list[Record]:
    """One record a photo of the split, in the order of their ids.

    Photos without annotations are included as background.
    """
    numbers = class_numbers(document)
    annotations: dict[int, list[dict[str, Any]]] = {}
    for annotation in document["annotations"]:
        annotations.setdefault(annotation["image_id"], []).append(annotation)
    images = sorted(
        (image for image in document["images"] if image["split"] == split), key=lambda image: image["id"]
    )
    return [
        {
            "path": path_of(image),
            "file_name": image["file_name"],
            "split": split,
            "image_id": image["id"],
            "height": image["height"],
            "width": image["width"],
            "annotations": [
                _record_annotation(annotation, numbers, image)
                for annotation in annotations.get(image["id"], [])
            ],
        }
        for image in images
    ]


WINDOW = 1
"""Part of the seed of the window in which a validation photo's loss is taken."""


class TrainingMapper:
    """Turns a record into an input with ground truth: read, scale, augment, masks. Safe for several threads."""

    def __init__(self, cfg: CfgNode, parameters: TrainingParameters) -> None:
        short_side, long_side = cfg.INPUT.MIN_SIZE_TRAIN[0], cfg.INPUT.MAX_SIZE_TRAIN
        self._augmentation = Augmentation(parameters, short_side, long_side)
        # Cached photos are scaled so that the strongest crop still has enough pixels.
        enlarged = (1 + parameters.scale_jitter / 100) / (1 - parameters.crop / 100)
        self._kept_size = ShortestEdge(round(short_side * enlarged), round(long_side * enlarged))
        self._cache = ImageCache()
        self._bgr = cfg.INPUT.FORMAT == "BGR"

    def __call__(self, record: Record, rng: np.random.Generator | None = None) -> dict[str, Any]:
        """Returns ``image`` (3 x H x W, uint8) and ``instances`` (boxes, classes, masks in its px).

        Without ``rng`` the photo is scaled only, or the same window of it each time. Raises ``ImageMissing`` or
        ``ImageUnreadable``.
        """
        kept = self._cache.get(record["path"], lambda: self._read(record))
        boxes = _corners(record) * (kept.shape[1] / record["width"])
        if rng is None:
            fixed = np.random.default_rng([record["image_id"], WINDOW])
            pixels, changes = self._augmentation.plain(kept, fixed, boxes)
        else:
            pixels, changes = self._augmentation.draw(kept, rng, boxes)
        scale = T.ResizeTransform(record["height"], record["width"], *kept.shape[:2])
        return {
            "image": to_tensor(pixels, self._bgr),
            "instances": self._instances(record, TransformList([scale]) + changes, pixels.shape[:2]),
            "height": record["height"],
            "width": record["width"],
            "image_id": record["image_id"],
        }

    def _read(self, record: Record) -> np.ndarray:
        photo = read_image(record["path"])
        _refuse_other_size(photo, record)
        if min(photo.shape[:2]) <= self._kept_size.short_side:
            return photo
        return self._kept_size.get_transform(photo).apply_image(photo)

    def _instances(self, record: Record, transforms: TransformList, shape: tuple[int, int]) -> Instances:
        annotations = [
            detection_utils.transform_instance_annotations(copy.deepcopy(annotation), transforms, shape)
            for annotation in record["annotations"]
            if not annotation["iscrowd"]
        ]
        # A crop may have removed whole objects.
        annotations = [annotation for annotation in annotations if len(annotation["segmentation"])]
        # Polygons are cheaper to rasterise; one RLE in a photo makes bitmaps of all its masks.
        polygons = all(isinstance(annotation["segmentation"], list) for annotation in annotations)
        instances = detection_utils.annotations_to_instances(
            annotations, shape, mask_format="polygon" if polygons else "bitmask"
        )
        if self._augmentation.moves_boxes and len(instances):
            # The box around a rotated box is too large, that of a cropped outline smaller: recompute from masks.
            instances.gt_boxes = instances.gt_masks.get_bounding_boxes()
            instances.gt_boxes.clip(shape)
        return detection_utils.filter_empty_instances(instances)


class InferenceMapper:
    """Scales a photo for the model; ``height`` and ``width`` ask for results in px of the photo."""

    def __init__(self, cfg: CfgNode) -> None:
        self._resize = ShortestEdge(cfg.INPUT.MIN_SIZE_TEST, cfg.INPUT.MAX_SIZE_TEST)
        self._bgr = cfg.INPUT.FORMAT == "BGR"

    def __call__(self, photo: np.ndarray) -> dict[str, Any]:
        """``photo`` is height x width x 3, uint8, RGB."""
        height, width = photo.shape[:2]
        scaled = self._resize.get_transform(photo).apply_image(photo)
        return {"image": to_tensor(scaled, self._bgr), "height": height, "width": width}


def _corners(record: Record) -> np.ndarray:
    """N x 4: left, top, right, bottom of the objects, px of the photo."""
    boxes = [each["bbox"] for each in record["annotations"] if not each["iscrowd"]]
    corners = np.array(boxes, float).reshape(-1, 4)
    corners[:, 2:] += corners[:, :2]
    return corners


def to_tensor(photo: np.ndarray, bgr: bool) -> torch.Tensor:
    """height x width x 3, RGB, to 3 x height x width in the network's channel order."""
    channels_first = photo.transpose(2, 0, 1)
    return torch.as_tensor(np.ascontiguousarray(channels_first[::-1] if bgr else channels_first))


def _refuse_other_size(photo: np.ndarray, record: Record) -> None:
    """Labels made for another photo size would be misplaced."""
    height, width = photo.shape[:2]
    if (height, width) != (record["height"], record["width"]):
        reason = f"{width} x {height} px instead of {record['width']} x {record['height']}"
        raise ImageUnreadable(file_name=record["path"].name, reason=reason)


def _sorted_categories(document: CocoDocument) -> list[dict[str, Any]]:
    return sorted(document["categories"], key=lambda category: category["id"])


def _record_annotation(
    annotation: dict[str, Any], numbers: dict[int, int], image: dict[str, Any]
) -> dict[str, Any]:
    return {
        "category_id": numbers[annotation["category_id"]],
        "bbox": [float(value) for value in annotation["bbox"]],
        "bbox_mode": BoxMode.XYWH_ABS,
        "iscrowd": int(bool(annotation.get("iscrowd", 0))),
        "segmentation": _segmentation(annotation, image["height"], image["width"]),
    }


def _segmentation(annotation: dict[str, Any], height: int, width: int) -> list[list[float]] | dict[str, Any]:
    """Polygons of at least three points, or compressed RLE; the box's rectangle if there is neither."""
    found = annotation.get("segmentation")
    if isinstance(found, dict):
        if isinstance(found["counts"], list):
            return coco_mask.frPyObjects(found, height, width)
        return {"size": list(found["size"]), "counts": found["counts"]}
    polygons = [polygon for polygon in found or [] if len(polygon) >= 6 and len(polygon) % 2 == 0]
    if polygons:
        return polygons
    x, y, w, h = annotation["bbox"]
    return [[x, y, x + w, y, x + w, y + h, x, y + h]]
