"""The box around a mask, taken where the network only begins to see the object.

A mask ends where the network gives a pixel 0.5. At the tip of an object its cells are blurred, so the tip is cut off,
and the box around the mask is too small. Where the probability passes ``EDGE`` is nearer to where the object ends
(docs/decisions/0169-boxes-around-soft-edges.md).
"""

import torch
from torch import Tensor

EDGE = 0.25
"""Probability of the mask at the sides of the box."""


def soft_boxes(probabilities: Tensor, boxes: Tensor) -> Tensor:
    """N x 4 (x1, y1, x2, y2): around where the mask, interpolated between its cells, is ``EDGE`` or more.

    ``probabilities`` is N x S x S, 0 to 1, of the cells of ``boxes``, N x 4. NaN where no cell reaches ``EDGE``.
    Outside of a box the mask is 0, as ``detectron2.layers.paste_masks_in_image`` has it.
    """
    padded = torch.nn.functional.pad(probabilities, (1, 1, 1, 1))
    low, high = _ends(padded)
    top, bottom = _ends(padded.transpose(1, 2))
    cell = (boxes[:, 2:] - boxes[:, :2]) / probabilities.shape[-1]
    corners = torch.stack([low, top], 1), torch.stack([high, bottom], 1)
    return torch.cat([boxes[:, :2] + ends * cell for ends in corners], 1)


def _ends(padded: Tensor) -> tuple[Tensor, Tensor]:
    """Where rows first reach ``EDGE`` and where they last do, N each, in cells from the box's left side.

    Along a column the interpolated mask is highest at the middle of a cell, so the rows of cells tell.
    """
    before, after = padded[..., :-1], padded[..., 1:]
    middles = torch.arange(padded.shape[-1] - 1, device=padded.device) - 0.5
    place = middles + ((EDGE - before) / (after - before)).nan_to_num()
    begins, ends = (before < EDGE) & (after >= EDGE), (before >= EDGE) & (after < EDGE)
    first = torch.where(begins, place, torch.inf).amin((1, 2))
    last = torch.where(ends, place, -torch.inf).amax((1, 2))
    nothing = torch.isinf(first)
    return first.masked_fill(nothing, torch.nan), last.masked_fill(nothing, torch.nan)
