"""Large photos in tiles: nothing is lost, cut or counted twice."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from jobs.detection.prediction.tiling import OVERLAP, predict_in_tiles, tiles_of
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import decode_mask, encode_mask, rle_area, rle_bbox

DISC, BAR = 200, 100
"""Brightness that a category is drawn with."""
NAMES = {DISC: "disc", BAR: "bar"}


def find(photo: np.ndarray) -> list[FoundObject]:
    """A detector that sees what is drawn: each connected piece of one brightness is an object."""
    found = []
    for value, name in NAMES.items():
        pieces, count = ndimage.label(photo[:, :, 0] == value)
        for number in range(1, count + 1):
            mask = encode_mask(pieces == number)
            found.append(FoundObject(name, 0.9, rle_bbox(mask), float(rle_area(mask)), mask))
    return found


def mask_of(found: FoundObject) -> np.ndarray:
    return decode_mask(found.segmentation).astype(bool)


@pytest.mark.parametrize(
    ("height", "width", "side"), [(100, 100, 200), (300, 301, 200), (1000, 700, 256), (199, 5000, 256)]
)
def test_tiles_cover_the_photo_and_overlap(height: int, width: int, side: int) -> None:
    covered = np.zeros((height, width), int)
    tiles = tiles_of(height, width, side)
    for tile in tiles:
        covered[tile.slices()] += 1
        assert tile.bottom - tile.top == min(side, height)
        assert tile.right - tile.left == min(side, width)
    assert covered.min() >= 1
    lefts = sorted({tile.left for tile in tiles})
    assert all(b - a <= round(side * (1 - OVERLAP)) for a, b in pairwise(lefts))


def test_objects_across_tile_borders_are_whole_and_single() -> None:
    photo = np.zeros((600, 900, 3), np.uint8)
    y, x = np.mgrid[:600, :900]
    photo[np.hypot(x - 230, y - 230) < 30] = DISC  # in the corner of four tiles
    photo[290:300, 20:880] = BAR  # longer than three tiles
    photo[np.hypot(x - 600, y - 100) < 10] = DISC
    photo[np.hypot(x - 625, y - 100) < 10] = DISC  # a neighbour, not the same object
    found = predict_in_tiles(find, photo, 256)
    assert sorted(one.category for one in found) == ["bar", "disc", "disc", "disc"]
    for one in found:
        value = DISC if one.category == "disc" else BAR
        mask = mask_of(one)
        assert mask.shape == (600, 900)
        assert (photo[mask] == value).all()
        assert one.area == mask.sum()
        left, top, width, height = one.bbox
        assert (top, left) == pytest.approx((np.nonzero(mask)[0].min(), np.nonzero(mask)[1].min()))
        assert (width, height) == pytest.approx(
            (np.ptp(np.nonzero(mask)[1]) + 1, np.ptp(np.nonzero(mask)[0]) + 1)
        )
    assert sum(one.area for one in found) == (photo[:, :, 0] > 0).sum()


def test_two_categories_on_one_place_stay_two() -> None:
    photo = np.zeros((100, 400, 3), np.uint8)

    def both(tile: np.ndarray) -> list[FoundObject]:
        mask = encode_mask(np.ones(tile.shape[:2], np.uint8))
        box = [0.0, 0.0, float(tile.shape[1]), float(tile.shape[0])]
        return [FoundObject(name, 0.5, box, box[2] * box[3], mask) for name in ("disc", "bar")]

    found = predict_in_tiles(both, photo, 200)
    assert [(one.category, one.area) for one in found] == [("disc", 40_000), ("bar", 40_000)]


def test_a_photo_no_larger_than_a_tile_is_not_cut() -> None:
    photo = np.zeros((90, 100, 3), np.uint8)
    photo[10:20, 10:20] = DISC
    assert predict_in_tiles(find, photo, 128) == find(photo)
