"""Shapes of rings by the even-odd rule: as masks to the pixel, as polygons where COCO can hold them."""

import numpy as np
import pytest

from webapp.formats.masks.contours import mask_rings
from webapp.formats.masks.rings import to_geometry, to_mask, to_segmentation
from webapp.formats.masks.rle import decode_mask, encode_mask

OUTER = [0.0, 0, 20, 0, 20, 20, 0, 20]
HOLE = [5.0, 5, 15, 5, 15, 15, 5, 15]
BESIDE = [30.0, 0, 40, 0, 40, 10, 30, 10]


@pytest.mark.parametrize("seed", range(5))
def test_rings_of_a_mask_give_the_same_mask(seed: int) -> None:
    mask = (np.random.default_rng(seed).random((17, 23)) < 0.6).astype(np.uint8)
    rle = encode_mask(mask)
    assert to_mask(mask_rings(rle), 23, 17) == rle


def test_a_mask_moved_by_whole_pixels_is_the_mask_moved() -> None:
    mask = np.zeros((30, 30), np.uint8)
    mask[5:15, 5:20] = np.random.default_rng(7).integers(0, 2, (10, 15))
    moved = [
        [value + (4 if place % 2 else 3) for place, value in enumerate(flat)]
        for flat in mask_rings(encode_mask(mask))
    ]
    assert (decode_mask(to_mask(moved, 30, 30)) == np.roll(mask, (4, 3), axis=(0, 1))).all()


def test_parts_are_stored_as_they_came_and_a_hole_as_a_mask() -> None:
    assert to_segmentation([OUTER, BESIDE], 60, 40, as_mask=False) == [OUTER, BESIDE]
    with_hole = to_segmentation([OUTER, HOLE], 60, 40, as_mask=False)
    assert isinstance(with_hole, dict)
    assert decode_mask(with_hole).sum() == 400 - 100


def test_rings_that_cross_each_other_and_leave_the_photo_are_made_pieces_inside() -> None:
    found = to_segmentation([OUTER, [10.0, -10, 60, -10, 60, 5, 10, 5]], 40, 40, as_mask=False)
    assert isinstance(found, list)
    geometry = to_geometry(found)
    assert geometry.is_valid
    assert geometry.area == pytest.approx(20 * 20 - 10 * 5 + 20 * 5)
    assert min(min(flat) for flat in found) >= 0
