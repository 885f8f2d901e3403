"""Makes a training step on a CPU faster without changing what it computes (docs/performance.md, "Training").

Names and shapes of the weights stay, so that a file saved from an accelerated model loads into a plain one.
"""

from typing import Any

import torch
from detectron2.layers import ROIAlign
from detectron2.modeling import GeneralizedRCNN
from torch import Tensor, nn
from torchvision.ops import roi_align

from jobs.detection.network.backbone_efficientnet import EfficientNetLite0


def accelerate(model: GeneralizedRCNN) -> None:
    """Changes the modules in place. For training on a CPU; on a GPU Detectron2's own are right."""
    for name, module in model.named_modules():
        if isinstance(module, ROIAlign):
            _replace(model, name, MatrixROIAlign(module))
    model.to(memory_format=torch.channels_last)
    bottom_up = model.backbone.bottom_up
    if isinstance(bottom_up, EfficientNetLite0):
        bottom_up.fold_batchnorm = True


def _replace(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, module)


class MatrixROIAlign(nn.Module):
    """ROIAlign whose gradient is two matrix products.

    torchvision's gradient on a CPU runs in one thread and adds number by number: a fifth of a training step. The
    average over the samples of a bin is linear in the features, and separable: ``rows x features x columns``. So
    its gradient is ``rows^T x gradient x columns^T``.

    For example, a box from 0 to 4 on a line of 4 features, 2 bins with 2 samples each. Bin 0 is sampled at 0.5 and 1.5,
    bin 1 at 2.5 and 3.5; each sample is half of its bin, and lies between two places: 0.5 is half of place 0 and half
    of place 1. What lies behind the last place counts as on it::

                 place   0     1     2     3
        bin 0          0.25  0.50  0.25  0
        bin 1          0     0     0.25  0.75

    This is ``columns`` (and ``rows``) of the box: features (1, 2, 3, 4) give the bins (2, 3.75), and a gradient of
    (1, 0) on the bins becomes (0.25, 0.5, 0.25, 0) on the features, the first row.
    """

    def __init__(self, plain: ROIAlign) -> None:
        super().__init__()
        self.output_size = plain.output_size
        self.spatial_scale = plain.spatial_scale
        self.sampling_ratio = plain.sampling_ratio
        self.aligned = plain.aligned

    def forward(self, features: Tensor, rois: Tensor) -> Tensor:
        """``features`` N x C x H x W, ``rois`` R x 5 (photo, x1, y1, x2, y2). Returns R x C x bins x bins."""
        settings = (self.output_size, self.spatial_scale, self.sampling_ratio, self.aligned)
        return _ROIAlign.apply(features, rois.to(features.dtype), *settings)


class _ROIAlign(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        rois: Tensor,
        output_size: tuple[int, int],
        spatial_scale: float,
        sampling_ratio: int,
        aligned: bool,
    ) -> Tensor:
        ctx.save_for_backward(rois)
        ctx.settings = (features.shape, output_size, spatial_scale, sampling_ratio, aligned)
        return roi_align(features, rois, output_size, spatial_scale, sampling_ratio, aligned)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        (rois,) = ctx.saved_tensors
        shape, (bins_y, bins_x), scale, ratio, aligned = ctx.settings
        count, channels, height, width = shape
        offset = 0.5 if aligned else 0.0
        starts, ends = rois[:, 1:3] * scale - offset, rois[:, 3:5] * scale - offset
        sizes = ends - starts if aligned else (ends - starts).clamp(min=1.0)
        columns = _weights(starts[:, 0], sizes[:, 0], bins_x, width, ratio)
        rows = _weights(starts[:, 1], sizes[:, 1], bins_y, height, ratio)
        found = gradient.new_zeros(count, channels, height, width)
        photos = rois[:, 0].long()
        for photo in range(count):
            own = (photos == photo).nonzero().squeeze(1)
            if own.numel():
                found[photo] = _spread(gradient[own], rows[own], columns[own])
        return found, None, None, None, None, None


def _spread(gradient: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """R x C x bins x bins to C x H x W, by rows (R x bins x H) and columns (R x bins x W)."""
    count, channels, bins_y, bins_x = gradient.shape
    height, width = rows.shape[2], columns.shape[2]
    # R x (bins_y C) x bins_x times R x bins_x x W.
    stretched = torch.bmm(gradient.transpose(1, 2).reshape(count, bins_y * channels, bins_x), columns)
    lines = rows.reshape(count * bins_y, height).t()
    spread = lines @ stretched.reshape(count * bins_y, channels * width)
    return spread.reshape(height, channels, width).transpose(0, 1)


def _weights(starts: Tensor, sizes: Tensor, bins: int, length: int, ratio: int) -> Tensor:
    """How much each place of a line of features counts in each bin: R x bins x length.

    As torchvision: each bin has a grid of samples, linear between two places; a sample more than one place outside
    counts nothing, one just outside counts as on the edge.
    """
    count = len(starts)
    step = sizes / bins
    grids = torch.full_like(starts, ratio) if ratio > 0 else torch.ceil(step).clamp(min=0)
    most = max(1, int(grids.max())) if count else 1
    sample = torch.arange(most, dtype=starts.dtype)
    bin_starts = starts[:, None] + torch.arange(bins, dtype=starts.dtype) * step[:, None]
    inside_bin = (sample + 0.5) / grids.clamp(min=1)[:, None] * step[:, None]
    places = bin_starts[:, :, None] + inside_bin[:, None, :]
    counted = (sample < grids[:, None])[:, None, :] & (places >= -1.0) & (places <= length)
    places = places.clamp(min=0.0)
    low = places.floor().clamp(max=length - 1)
    share = torch.where(low >= length - 1, torch.zeros_like(places), places - low)
    high = (low + 1).clamp(max=length - 1)
    value = counted.to(starts.dtype) / grids.clamp(min=1)[:, None, None]
    weights = starts.new_zeros(count, bins, length)
    weights.scatter_add_(2, low.long(), value * (1 - share))
    weights.scatter_add_(2, high.long(), value * share)
    return weights
