"""Runs a model on one photo. Evaluation and prediction both use this, so they agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from detectron2.layers import paste_masks_in_image
from detectron2.modeling import GeneralizedRCNN
from pycocotools import mask as coco_mask

from jobs.detection.inputs.dataset import InferenceMapper
from webapp.formats.found_object import FoundObject


def detect(
    model: GeneralizedRCNN, mapper: InferenceMapper, photo: np.ndarray, categories: Sequence[str]
) -> list[FoundObject]:
    """``photo`` is height x width x 3, uint8, RGB; the model is in evaluation mode. Best score first.

    ``categories`` are the names of the network's class numbers, from 0.

    Masks are pasted into the photo one at a time: a hundred masks of a 12-megapixel photo at once would be
    1.2 GB.
    """
    model_input = mapper(photo)
    height, width = photo.shape[:2]
    with torch.inference_mode():
        (found,) = model.inference([model_input], do_postprocess=False)
        found = found.to("cpu")
        scaled_height, scaled_width = found.image_size
        boxes = found.pred_boxes
        boxes.scale(width / scaled_width, height / scaled_height)
        boxes.clip((height, width))
        found = found[boxes.nonempty()]
        detections = [_detection(found, index, height, width, categories) for index in range(len(found))]
    return sorted(detections, key=lambda detection: -detection.score)


def _detection(found: Any, index: int, height: int, width: int, categories: Sequence[str]) -> FoundObject:
    box = found.pred_boxes.tensor[index]
    mask = paste_masks_in_image(found.pred_masks[index], box[None], (height, width))[0]
    rle = coco_mask.encode(np.asfortranarray(mask.numpy().astype(np.uint8)))
    x1, y1, x2, y2 = box.tolist()
    return FoundObject(
        category=categories[int(found.pred_classes[index])],
        score=float(found.scores[index]),
        bbox=[x1, y1, x2 - x1, y2 - y1],
        area=float(coco_mask.area(rle)),
        mask={"size": [height, width], "counts": rle["counts"].decode("ascii")},
    )
