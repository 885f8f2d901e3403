"""The box around the soft edge of a mask, against the interpolated mask itself."""

import pytest
import torch
from detectron2.layers import paste_masks_in_image

from jobs.detection.prediction.soft_edges import EDGE, soft_boxes

SIDE = 28


def blob(seed: int) -> torch.Tensor:
    """1 x SIDE x SIDE: a smooth, uneven mask that does not touch the sides: beyond them nothing is pasted."""
    rough = torch.rand(1, 1, 6, 6, generator=torch.Generator().manual_seed(seed)) * 1.4 - 0.4
    smooth = torch.nn.functional.interpolate(rough, size=SIDE, mode="bicubic", align_corners=False)
    return torch.nn.functional.pad(smooth.clamp(0, 1)[0, :, 2:-2, 2:-2], (2, 2, 2, 2))


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_box_around_what_reaches_the_edge(seed: int) -> None:
    mask, box = blob(seed), torch.tensor([[40.0, 30.0, 460.0, 310.0]])
    (found,) = soft_boxes(mask, box)
    (pasted,) = paste_masks_in_image(mask, box, (400, 600), threshold=EDGE)
    rows, columns = pasted.any(1).nonzero()[:, 0], pasted.any(0).nonzero()[:, 0]
    around = torch.tensor([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    assert (found - around).abs().max() <= 1, (found, around)


def test_a_full_mask_reaches_to_the_sides_of_its_box() -> None:
    """Half a cell outside it is 0, as pasting has it."""
    (found,) = soft_boxes(torch.ones(1, SIDE, SIDE), torch.tensor([[0.0, 0.0, SIDE, 2.0 * SIDE]]))
    beyond = 0.5 - EDGE
    assert found.tolist() == pytest.approx([-beyond, -2 * beyond, SIDE + beyond, 2 * (SIDE + beyond)])


def test_without_a_mask_there_is_no_box() -> None:
    found = soft_boxes(torch.full((1, SIDE, SIDE), EDGE / 2), torch.tensor([[0.0, 0.0, 9.0, 9.0]]))
    assert found.isnan().all()
    assert soft_boxes(torch.zeros(0, SIDE, SIDE), torch.zeros(0, 4)).shape == (0, 4)
