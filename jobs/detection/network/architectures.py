"""The two Mask R-CNN variants as Detectron2 configurations, and the weights they start from.

The YAML files of Detectron2's model zoo are not in its package, so ``r50_fpn`` is written out here; it is
``COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x``. Where the numbers of ``efficientnet_lite0_fpn`` come from
is in docs/decisions/0008-default-architecture.md.
"""

from collections.abc import Callable
from pathlib import Path

from detectron2.config import CfgNode, get_cfg
from detectron2.modeling import GeneralizedRCNN, build_model
from safetensors.torch import load_file

from jobs.detection.errors import PretrainedMissing
from jobs.detection.job import LoadReport
from jobs.detection.network import backbone_efficientnet
from jobs.detection.network.partial_loading import load_what_fits
from webapp.contracts.training_parameters import (
    LONG_SIDE_RATIO,
    Architecture,
    Schedule,
    TrainingParameters,
)
from webapp.formats.weights_file import COCO_WEIGHTS

GRADIENT_NORM = 5.0
LEVELS = 5
"""Levels of the pyramid that have anchors: p2 to p6."""


def build_config(parameters: TrainingParameters, category_count: int, device: str = "cpu") -> CfgNode:
    """The whole configuration of a run. ``device`` is a torch name."""
    cfg = get_cfg()
    _mask_rcnn(cfg)
    _NETWORKS[parameters.architecture](cfg)
    cfg.MODEL.DEVICE = device
    cfg.MODEL.ROI_HEADS.NUM_CLASSES = category_count
    cfg.MODEL.BACKBONE.FREEZE_AT = parameters.frozen_stages
    cfg.MODEL.ANCHOR_GENERATOR.SIZES = [[parameters.anchor_size * 2**level] for level in range(LEVELS)]
    _input(cfg, parameters)
    _solver(cfg, parameters)
    return cfg


def new_model(cfg: CfgNode) -> GeneralizedRCNN:
    """A model with random weights, on the configured device."""
    return build_model(cfg)


def load_default_weights(
    model: GeneralizedRCNN, architecture: Architecture, pretrained_dir: Path | None
) -> LoadReport:
    """ImageNet weights for the small network, COCO weights for R50-FPN. Raises ``PretrainedMissing``."""
    if architecture is Architecture.EFFICIENTNET_LITE0_FPN:
        bottom_up = model.backbone.bottom_up
        bottom_up.load_imagenet_weights()
        return LoadReport(loaded=len(bottom_up.state_dict()), not_loaded=[], source="imagenet")
    path = (pretrained_dir or Path()) / COCO_WEIGHTS
    if pretrained_dir is None or not path.is_file():
        raise PretrainedMissing(architecture=architecture.value, path=str(COCO_WEIGHTS))
    loaded, not_loaded = load_what_fits(model, load_file(path), same_categories=False)
    return LoadReport(loaded=loaded, not_loaded=not_loaded, source="coco")


def _mask_rcnn(cfg: CfgNode) -> None:
    """What both variants share: Detectron2's ``Base-RCNN-FPN.yaml``."""
    cfg.MODEL.META_ARCHITECTURE = "GeneralizedRCNN"
    cfg.MODEL.MASK_ON = True
    cfg.MODEL.RPN.IN_FEATURES = ["p2", "p3", "p4", "p5", "p6"]
    cfg.MODEL.RPN.PRE_NMS_TOPK_TRAIN = 2000
    cfg.MODEL.RPN.PRE_NMS_TOPK_TEST = 1000
    cfg.MODEL.RPN.POST_NMS_TOPK_TRAIN = 1000
    cfg.MODEL.RPN.POST_NMS_TOPK_TEST = 1000
    cfg.MODEL.ROI_HEADS.NAME = "StandardROIHeads"
    cfg.MODEL.ROI_HEADS.IN_FEATURES = ["p2", "p3", "p4", "p5"]
    cfg.MODEL.ROI_BOX_HEAD.NAME = "FastRCNNConvFCHead"
    cfg.MODEL.ROI_BOX_HEAD.NUM_FC = 2
    cfg.MODEL.ROI_BOX_HEAD.POOLER_RESOLUTION = 7
    cfg.MODEL.ROI_MASK_HEAD.NAME = "MaskRCNNConvUpsampleHead"
    cfg.MODEL.ROI_MASK_HEAD.NUM_CONV = 4
    cfg.MODEL.ROI_MASK_HEAD.POOLER_RESOLUTION = 14


def _efficientnet_lite0_fpn(cfg: CfgNode) -> None:
    cfg.MODEL.BACKBONE.NAME = "build_efficientnet_lite0_fpn_backbone"
    cfg.MODEL.FPN.IN_FEATURES = [name for name, _, _ in backbone_efficientnet.TAPS.values()]
    cfg.MODEL.FPN.OUT_CHANNELS = 128
    cfg.MODEL.RPN.PRE_NMS_TOPK_TRAIN = 1000
    cfg.MODEL.RPN.POST_NMS_TOPK_TRAIN = 500
    cfg.MODEL.RPN.POST_NMS_TOPK_TEST = 500
    cfg.MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE = 128
    cfg.MODEL.ROI_BOX_HEAD.FC_DIM = 512
    cfg.MODEL.ROI_MASK_HEAD.CONV_DIM = 128
    cfg.MODEL.PIXEL_MEAN = [127.0] * 3
    cfg.MODEL.PIXEL_STD = [128.0] * 3
    cfg.INPUT.FORMAT = "RGB"


def _r50_fpn(cfg: CfgNode) -> None:
    """Pixel mean and BGR order are Detectron2's defaults: the COCO weights expect them."""
    cfg.MODEL.BACKBONE.NAME = "build_resnet_fpn_backbone"
    cfg.MODEL.RESNETS.DEPTH = 50
    cfg.MODEL.RESNETS.OUT_FEATURES = ["res2", "res3", "res4", "res5"]
    cfg.MODEL.FPN.IN_FEATURES = ["res2", "res3", "res4", "res5"]


_NETWORKS: dict[Architecture, Callable[[CfgNode], None]] = {
    Architecture.EFFICIENTNET_LITE0_FPN: _efficientnet_lite0_fpn,
    Architecture.R50_FPN: _r50_fpn,
}


def _input(cfg: CfgNode, parameters: TrainingParameters) -> None:
    long_side = round(parameters.image_size * LONG_SIDE_RATIO)
    cfg.INPUT.MIN_SIZE_TRAIN = (parameters.image_size,)
    cfg.INPUT.MIN_SIZE_TEST = parameters.image_size
    cfg.INPUT.MAX_SIZE_TRAIN = cfg.INPUT.MAX_SIZE_TEST = long_side
    # What else is done to photos stands in augmentation.py; this line is for plain Detectron2.
    cfg.INPUT.RANDOM_FLIP = "horizontal" if parameters.horizontal_flip else "none"


def _solver(cfg: CfgNode, parameters: TrainingParameters) -> None:
    """Learning rate: warm-up, then the schedule; ``step`` drops to a tenth after three quarters.

    The warm-up ends before the last quarter, so that the full rate is reached at least once.
    """
    drop = parameters.iterations * 3 // 4
    cfg.SOLVER.IMS_PER_BATCH = parameters.batch_size
    cfg.SOLVER.MAX_ITER = parameters.iterations
    cfg.SOLVER.BASE_LR = parameters.learning_rate
    cfg.SOLVER.MOMENTUM = parameters.momentum
    cfg.SOLVER.WEIGHT_DECAY = parameters.weight_decay
    if parameters.schedule is Schedule.COSINE:
        cfg.SOLVER.LR_SCHEDULER_NAME = "WarmupCosineLR"
    cfg.SOLVER.STEPS = (drop,) if drop and parameters.schedule is Schedule.STEP else ()
    cfg.SOLVER.GAMMA = 0.1
    cfg.SOLVER.WARMUP_ITERS = min(parameters.warmup_iterations, max(0, drop - 1))
    cfg.SOLVER.CLIP_GRADIENTS.ENABLED = True
    cfg.SOLVER.CLIP_GRADIENTS.CLIP_TYPE = "norm"
    cfg.SOLVER.CLIP_GRADIENTS.CLIP_VALUE = GRADIENT_NORM
