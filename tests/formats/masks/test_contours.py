"""A mask's outlines cover its pixels and no others."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.formats.masks.contours import mask_polygons
from webapp.formats.masks.rle import decode_mask, encode_mask, polygon_area, polygons_to_rle

MASK = {".": 0, "#": 1}


def mask_of(*rows: str) -> Any:
    return np.array([[MASK[letter] for letter in row] for row in rows], dtype=np.uint8)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_the_outlines_drawn_again_are_the_mask(height: int, width: int, data: st.DataObject) -> None:
    bits = data.draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width).filter(any))
    mask = np.array(bits, dtype=np.uint8).reshape(height, width)
    polygons, _holes = mask_polygons(encode_mask(mask))
    assert (decode_mask(polygons_to_rle(polygons, width, height)) == mask).all()
    # Holes are taken off where the area is summed along the outline, too.
    assert sum(polygon_area(polygon) for polygon in polygons) == mask.sum()


@pytest.mark.parametrize(
    ("rows", "pieces", "holes"),
    [
        (("#",), 1, 0),
        (("#.#",), 2, 0),
        (("###", "#.#", "###"), 1, 1),
        (("#.", ".#"), 2, 0),
        (("#####", "#.#.#", "#####"), 1, 2),
        (("#####", "#...#", "#.#.#", "#...#", "#####"), 2, 1),
        (("####", "#.##", "##.#", "####"), 1, 1),
    ],
)
def test_pieces_and_holes_are_told_apart(rows: tuple[str, ...], pieces: int, holes: int) -> None:
    polygons, found = mask_polygons(encode_mask(mask_of(*rows)))
    assert (len(polygons), found) == (pieces, holes)


def test_a_straight_edge_has_no_points_between_its_corners() -> None:
    mask = np.zeros((50, 80), dtype=np.uint8)
    mask[10:40, 20:70] = 1
    assert mask_polygons(encode_mask(mask))[0] == [[20.0, 10.0, 70.0, 10.0, 70.0, 40.0, 20.0, 40.0]]
