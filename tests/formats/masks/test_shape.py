"""Outlines and size of masks."""

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from webapp.formats.masks.rle import decode_mask, decode_part, encode_mask, polygons_to_rle
from webapp.formats.masks.shape import measure_mask

HEIGHT, WIDTH = 120, 200


def ring() -> np.ndarray:
    """A disc of radius 40 with a hole of radius 15."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(x - 90, y - 60)
    return ((distance <= 40) & (distance > 15)).astype(np.uint8)


@pytest.mark.parametrize(
    "mask",
    [
        ring(),
        np.ones((HEIGHT, WIDTH), np.uint8),
        np.eye(HEIGHT, WIDTH, dtype=np.uint8),
        np.pad(np.ones((1, 1), np.uint8), ((119, 0), (199, 0))),
    ],
)
def test_a_part_is_the_mask_within_its_box(mask: np.ndarray) -> None:
    part, x, y = decode_part(encode_mask(mask))
    whole = np.zeros_like(mask)
    whole[y : y + part.shape[0], x : x + part.shape[1]] = part
    assert (whole == mask).all()
    assert part.any(axis=0).all() or mask.sum() == 0


def test_outlines_filled_by_the_even_odd_rule_give_the_mask() -> None:
    mask = ring()
    shape = measure_mask(encode_mask(mask))
    assert len(shape.outlines) == 2
    filled = np.zeros_like(mask)
    for outline in shape.outlines:
        filled ^= decode_mask(polygons_to_rle([outline], WIDTH, HEIGHT))
    assert (filled & mask).sum() / (filled | mask).sum() > 0.95
    assert sum(len(outline) for outline in shape.outlines) < 200


def test_a_scratch_is_measured_along_itself() -> None:
    """5 pixels wide and 100 long, turned by 30 degrees: its box would say 89 x 54."""
    angle = np.radians(30)
    along, across = (
        np.array([np.cos(angle), np.sin(angle)]) * 50,
        np.array([-np.sin(angle), np.cos(angle)]) * 2.5,
    )
    middle = np.array([100, 60])
    corners = [
        middle + along + across,
        middle + along - across,
        middle - along - across,
        middle - along + across,
    ]
    shape = measure_mask(polygons_to_rle([np.array(corners).ravel().tolist()], WIDTH, HEIGHT))
    assert shape.length == pytest.approx(100, abs=2)
    assert shape.width == pytest.approx(5, abs=1.5)


def test_the_smallest_masks() -> None:
    empty = {
        "size": [HEIGHT, WIDTH],
        "counts": coco_mask.encode(np.zeros((HEIGHT, WIDTH), np.uint8, "F"))["counts"].decode(),
    }
    assert measure_mask(empty).outlines == []
    pixel = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixel[7, 9] = 1
    shape = measure_mask(encode_mask(pixel))
    assert (shape.length, shape.width) == (1, 1)
    assert shape.outlines
