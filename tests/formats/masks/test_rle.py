"""Masks and polygons against plain NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from webapp.formats.masks import rle

masks = arrays.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.integers(0, 1))


@given(masks)
def test_a_mask_survives_encoding(mask: np.ndarray) -> None:
    packed = rle.encode_mask(mask)
    assert np.array_equal(rle.decode_mask(packed), mask)
    assert rle.rle_area(packed) == mask.sum()
    assert rle.parse_rle(packed) == packed


@given(masks.filter(np.any))
def test_the_box_of_a_mask(mask: np.ndarray) -> None:
    rows, columns = np.nonzero(mask)
    x, y, w, h = rle.rle_bbox(rle.encode_mask(mask))
    assert (x, y) == (columns.min(), rows.min())
    assert (x + w, y + h) == (columns.max() + 1, rows.max() + 1)


@given(masks, st.integers(-5, 15), st.integers(-5, 15), st.integers(1, 20), st.integers(1, 20))
def test_a_part_lies_where_it_is_put_and_is_cut_off_at_the_edge(
    part: np.ndarray, x: int, y: int, width: int, height: int
) -> None:
    around = np.zeros((60, 60), np.uint8)
    around[20 + y : 20 + y + part.shape[0], 20 + x : 20 + x + part.shape[1]] = part
    canvas = around[20 : 20 + height, 20 : 20 + width]
    assert rle.encode_part(part, x, y, width, height) == rle.encode_mask(canvas)


@given(masks)
def test_uncompressed_counts_are_the_same_mask(mask: np.ndarray) -> None:
    flat = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff([0, *edges, flat.size]).tolist()
    if flat[0]:
        counts = [0, *counts]
    assert rle.parse_rle({"size": list(mask.shape), "counts": counts}) == rle.encode_mask(mask)


@given(
    st.text(alphabet=[chr(code) for code in range(48, 112)], max_size=12),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_any_text_is_a_mask_or_refused(counts: str, height: int, width: int) -> None:
    try:
        packed = rle.parse_rle({"size": [height, width], "counts": counts})
    except rle.RleInvalid:
        return
    assert rle.decode_mask(packed).shape == (height, width)


def test_runs_longer_than_a_character() -> None:
    mask = np.zeros((2000, 3000), dtype=np.uint8)
    mask[1000:1500, 700:2900] = 1
    packed = rle.encode_mask(mask)
    assert rle.parse_rle(packed) == packed


def test_area_and_box_of_polygons() -> None:
    triangle = [0.0, 0.0, 4.0, 0.0, 0.0, 3.0]
    assert rle.polygon_area(triangle) == 6
    assert rle.polygon_area([v + 1_000_000 for v in triangle]) == 6
    assert rle.polygons_bbox([triangle, [9.0, -1.0, 10.0, 5.0, 8.0, 2.0]]) == [0, -1, 10, 6]
    assert rle.rectangle([1, 2, 3, 4]) == [1, 2, 4, 2, 4, 6, 1, 6]


def test_several_polygons_are_one_mask() -> None:
    packed = rle.polygons_to_rle([rle.rectangle([0, 0, 2, 2]), rle.rectangle([1, 1, 3, 3])], 10, 8)
    expected = np.zeros((8, 10), dtype=np.uint8)
    expected[0:2, 0:2] = expected[1:4, 1:4] = 1
    assert np.array_equal(rle.decode_mask(packed), expected)


def test_a_polygon_far_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        rle.polygons_to_rle([[0.0, 0.0, 1e6, 0.0, 0.0, 1e6]], 10, 10)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 4000).map(lambda side: side / 100), min_size=6, max_size=12).filter(
            lambda flat: len(flat) % 2 == 0
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_part_of_polygons_has_the_pixels_of_the_whole(polygons: list[list[float]]) -> None:
    part, x, y = rle.polygons_part(polygons, 44, 41)
    whole = np.zeros((41, 44), np.uint8)
    whole[y : y + part.shape[0], x : x + part.shape[1]] = part
    # A line that runs exactly between two pixels may be rounded otherwise.
    assert (whole != rle.decode_mask(rle.polygons_to_rle(polygons, 44, 41))).sum() <= 2
