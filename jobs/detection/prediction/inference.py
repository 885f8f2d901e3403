"""Runs a network on one photo. Evaluation, prediction, samples, suggestions and line use this, so they agree."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import torch
from detectron2.layers import paste_masks_in_image
from detectron2.modeling import GeneralizedRCNN
from detectron2.structures import Boxes
from pycocotools import mask as coco_mask

from jobs.detection.inputs.dataset import InferenceMapper
from jobs.detection.prediction.refinement import infer
from jobs.detection.prediction.soft_edges import soft_boxes
from jobs.detection.prediction.suppression import suppress
from jobs.detection.prediction.tiling import predict_in_tiles
from webapp.contracts.score_thresholds import Thresholds
from webapp.contracts.suppression import Suppression
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import rle_bbox
from webapp.formats.weights_metadata import PLAIN, BoxRule

Network = Callable[[np.ndarray], list[FoundObject]]
"""``detect`` with a network: gives what it finds on a photo, best score first."""


def find_objects(
    network: Network,
    photo: np.ndarray,
    suppression: Suppression | None,
    *,
    tile_size: int | None = None,
    thresholds: Thresholds | None = None,
) -> list[FoundObject]:
    """Each object once, best score first. ``photo`` is height x width x 3, uint8, RGB.

    ``tile_size``: side in px of the tiles that it is divided into. ``thresholds``: those by which detections will
    count.
    """
    found = network(photo) if tile_size is None else predict_in_tiles(network, photo, tile_size)
    return suppress(found, suppression, thresholds)


def detect(
    model: GeneralizedRCNN,
    mapper: InferenceMapper,
    photo: np.ndarray,
    categories: Sequence[str],
    boxes: BoxRule = PLAIN,
) -> list[FoundObject]:
    """What the network finds, best score first; second detections of an object among it (``find_objects``).

    ``photo`` is height x width x 3, uint8, RGB; the model is in evaluation mode. ``categories`` are the names of the
    network's class numbers, from 0. ``boxes`` as the metadata of the weights says.

    Masks are pasted into the photo one at a time: a hundred masks of a 12-megapixel photo at once would be
    1.2 GB.
    """
    model_input = mapper(photo)
    height, width = photo.shape[:2]
    with torch.inference_mode():
        if boxes.refined:
            found = infer(model, model_input)
        else:
            (found,) = model.inference([model_input], do_postprocess=False)
        found = found.to("cpu")
        scaled_height, scaled_width = found.image_size
        scale = width / scaled_width, height / scaled_height
        found.pred_boxes.scale(*scale)
        found.pred_boxes.clip((height, width))
        if boxes.refined:
            found.mask_boxes.scale(*scale)
        else:
            found.mask_boxes = found.pred_boxes
        found = found[found.pred_boxes.nonempty()]
        detections = [_detection(found, index, height, width, categories) for index in range(len(found))]
        if boxes.soft_edges:
            detections = _with_soft_boxes(detections, found, height, width)
    if boxes.mask_share:
        detections = [boxed_by_mask(detection, boxes.mask_share) for detection in detections]
    return sorted(detections, key=lambda detection: -detection.score)


def boxed_by_mask(found: FoundObject, share: float) -> FoundObject:
    """The same with a box between the network's (``share`` 0) and that around its mask (1).

    Around the soft edge of the mask where that is known. Without a pixel in the mask the network's box stays.
    """
    if not found.area:
        return found
    pairs = zip(found.bbox, found.soft_box or rle_bbox(found.segmentation), strict=True)
    return msgspec.structs.replace(
        found, bbox=[(1 - share) * own + share * mask for own, mask in pairs], soft_box=None
    )


def _with_soft_boxes(detections: list[FoundObject], found: Any, height: int, width: int) -> list[FoundObject]:
    around = Boxes(soft_boxes(found.pred_masks[:, 0], found.mask_boxes.tensor))
    around.clip((height, width))
    return [
        msgspec.structs.replace(detection, soft_box=[x1, y1, x2 - x1, y2 - y1])
        if detection.area
        else detection
        for detection, (x1, y1, x2, y2) in zip(detections, around.tensor.tolist(), strict=True)
    ]


def _detection(found: Any, index: int, height: int, width: int, categories: Sequence[str]) -> FoundObject:
    box = found.pred_boxes.tensor[index]
    mask_box = found.mask_boxes.tensor[index]
    mask = paste_masks_in_image(found.pred_masks[index], mask_box[None], (height, width))[0]
    rle = coco_mask.encode(np.asfortranarray(mask.numpy().astype(np.uint8)))
    x1, y1, x2, y2 = box.tolist()
    return FoundObject(
        category=categories[int(found.pred_classes[index])],
        score=float(found.scores[index]),
        bbox=[x1, y1, x2 - x1, y2 - y1],
        area=float(coco_mask.area(rle)),
        mask={"size": [height, width], "counts": rle["counts"].decode("ascii")},
    )
