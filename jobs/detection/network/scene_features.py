"""What the network that trainings start from sees in a photo: features by which photos of one scene are found."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from jobs.detection.device import choose_device
from jobs.detection.network.backbone_efficientnet import EfficientNetLite0
from webapp.formats.images.features import pooled

SIDE = 128
"""Pixels; a photo is stretched to a square."""
AT_ONCE = 32
"""Pictures that the network sees together: their feature maps take 50 MB."""
LAYER = "stride8"
_BLOCKS = 5
"""Of the network, up to ``LAYER``."""


class SceneFeatures:
    """The first stages of EfficientNet-Lite0 with its ImageNet weights. Deterministic on one kind of machine."""

    def __init__(self, device: str | None = None) -> None:
        self._device = choose_device(device).name
        network = EfficientNetLite0()
        network.load_imagenet_weights()
        network.blocks = network.blocks[:_BLOCKS]
        network.fold_batchnorm = True
        self._network = network.eval().to(self._device, memory_format=torch.channels_last)

    def __call__(self, views: Sequence[NDArray[np.uint8]]) -> list[bytes]:
        """``webapp.formats.images.features.pooled`` of each of these, from ``view_of``."""
        vectors = []
        with torch.inference_mode():
            for start in range(0, len(views), AT_ONCE):
                inputs = self._inputs(views[start : start + AT_ONCE])
                vectors += pooled(self._network(inputs)[LAYER].float().cpu().numpy())
        return vectors

    def _inputs(self, views: Sequence[NDArray[np.uint8]]) -> torch.Tensor:
        inputs = torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float()
        return ((inputs - 127.0) / 128.0).to(self._device).contiguous(memory_format=torch.channels_last)


def view_of(picture: Image.Image) -> NDArray[np.uint8]:
    """A picture of 8 bits as the network sees it: ``SIDE`` x ``SIDE`` x 3."""
    return np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR))
