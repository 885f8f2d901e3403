"""Detectron2's inference of one photo with boxes and masks that are more exact, from the same weights.

A network that learnt from few photos places a box a little differently from each of the regions that it looks at, and
mostly a little too small. Detectron2 keeps the box with the best score and looks for the mask inside it alone, so what
the box cuts off is lost to the mask too. Here

- the box of a detection is the mean of all boxes of its category that overlap it by ``SAME_OBJECT``, weighted by their
  scores ("box voting", Gidaris and Komodakis, ICCV 2015, section 4.3);
- the mask is looked for in a box that is larger by ``MARGIN``.

Scores, categories and which detections there are stay Detectron2's (docs/decisions/0135-exact-boxes.md).
"""

import torch
from detectron2.modeling import GeneralizedRCNN
from detectron2.modeling.roi_heads.fast_rcnn import fast_rcnn_inference
from detectron2.structures import Boxes, Instances, pairwise_iou
from torch import Tensor

SAME_OBJECT = 0.7
"""Intersection over union from which a box counts as one of the same object."""
MARGIN = 0.1
"""Share of its width and height by which a box is enlarged for its mask."""


def infer(model: GeneralizedRCNN, image: dict[str, Tensor]) -> Instances:
    """As ``model.inference([image], do_postprocess=False)``, with ``mask_boxes``: the boxes that the masks fill.

    ``image`` as ``InferenceMapper`` gives it. All boxes are px of the network's input.
    """
    images = model.preprocess_image([image])
    features = model.backbone(images.tensor)
    proposals, _ = model.proposal_generator(images, features, None)
    heads = model.roi_heads
    levels = [features[name] for name in heads.box_in_features]
    pooled = heads.box_pooler(levels, [each.proposal_boxes for each in proposals])
    predictions = heads.box_predictor(heads.box_head(pooled))
    predictor = heads.box_predictor
    (boxes,) = predictor.predict_boxes(predictions, proposals)
    (scores,) = predictor.predict_probs(predictions, proposals)
    limits = (predictor.test_score_thresh, predictor.test_nms_thresh, predictor.test_topk_per_image)
    (found,), _ = fast_rcnn_inference([boxes], [scores], [proposals[0].image_size], *limits)
    # R x 1 x 4 where the categories share their boxes.
    by_category = boxes.view(len(boxes), boxes.shape[1] // 4, 4).expand(-1, scores.shape[1] - 1, 4)
    voted = _voted(found, by_category.nan_to_num(), scores.nan_to_num())
    found.pred_boxes = Boxes(_enlarged(voted))
    (found,) = heads.forward_with_given_boxes(features, [found])
    found.mask_boxes, found.pred_boxes = found.pred_boxes, Boxes(voted)
    return found


def _voted(found: Instances, boxes: Tensor, scores: Tensor) -> Tensor:
    """N x 4. ``boxes``: R x C x 4 of all regions and categories, ``scores``: R x (C + 1)."""
    voted = found.pred_boxes.tensor.clone()
    clipped = Boxes(boxes.reshape(-1, 4).clone())
    clipped.clip(found.image_size)
    boxes = clipped.tensor.view_as(boxes)
    for category in found.pred_classes.unique().tolist():
        own = found.pred_classes == category
        overlaps = pairwise_iou(Boxes(voted[own]), Boxes(boxes[:, category]))
        weights = torch.where(overlaps >= SAME_OBJECT, scores[:, category], 0.0)
        total = weights.sum(dim=1, keepdim=True)
        mean = weights @ boxes[:, category] / total.clamp(min=torch.finfo(total.dtype).tiny)
        voted[own] = torch.where(total > 0, mean, voted[own])
    return voted


def _enlarged(boxes: Tensor) -> Tensor:
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * (1 + MARGIN)
    return torch.cat([middle - half, middle + half], dim=1)
