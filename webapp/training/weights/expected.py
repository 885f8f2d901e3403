"""Tensors by which the networks of this product are recognised."""

from webapp.contracts.training_parameters import Architecture

EXPECTED: dict[Architecture, dict[str, tuple[int | str, ...]]] = {
    Architecture.EFFICIENTNET_LITE0_FPN: {
        "backbone.bottom_up.blocks.15._project_conv.weight": (320, 1152, 1, 1),
        "backbone.fpn_lateral5.weight": (128, 320, 1, 1),
        "roi_heads.box_head.fc1.weight": (512, 6272),
        "roi_heads.box_predictor.cls_score.weight": ("C+1", 512),
        "roi_heads.box_predictor.bbox_pred.weight": ("4C", 512),
        "roi_heads.mask_head.predictor.weight": ("C", 128, 1, 1),
    },
    Architecture.R50_FPN: {
        "backbone.bottom_up.res5.2.conv3.weight": (2048, 512, 1, 1),
        "backbone.fpn_lateral5.weight": (256, 2048, 1, 1),
        "roi_heads.box_head.fc1.weight": (1024, 12544),
        "roi_heads.box_predictor.cls_score.weight": ("C+1", 1024),
        "roi_heads.box_predictor.bbox_pred.weight": ("4C", 1024),
        "roi_heads.mask_head.predictor.weight": ("C", 256, 1, 1),
    },
}
"""Tensors that identify an architecture and its number of categories (jobs/detection/network/architectures.py).
C is the number of categories; ``C+1`` includes the background, ``4C`` has a box for each.
"""


def sizes_of(count: int) -> dict[str, int]:
    """What the letters in ``EXPECTED`` mean for a number of categories."""
    return {"C": count, "C+1": count + 1, "4C": 4 * count}
