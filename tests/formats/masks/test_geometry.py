"""Outlines that leave the photo or cross themselves, held against what shapely itself says of the areas."""

import numpy as np
import pytest
import shapely

from webapp.formats.masks.geometry import Mend, repair_box, repair_polygon
from webapp.formats.masks.polygons import clip_polygon
from webapp.formats.masks.rle import polygon_area
from webapp.formats.masks.segmentation import Box, Polygon, Polygons

WIDTH, HEIGHT = 100, 80
COMB = [-10.0, 10, 40, 10, 40, 20, -5, 20, -5, 40, 40, 40, 40, 50, -10, 50]
"""Its back lies outside: two teeth are in the photo."""


def areas(polygons: Polygons) -> shapely.Geometry:
    """What they cover together."""
    return shapely.union_all([shapely.Polygon(np.reshape(flat, (-1, 2))) for flat in polygons])


def star(generator: np.random.Generator) -> Polygon:
    """Does not cross itself; most stars leave the photo, and many fall apart there."""
    angles = np.sort(generator.uniform(0, 2 * np.pi, 14))
    radius = generator.uniform(5, 90, 14)
    middle = generator.uniform((-30, -30), (WIDTH + 30, HEIGHT + 30))
    return (middle + radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)).ravel().tolist()


def test_what_needs_nothing_comes_back_as_it_is() -> None:
    square = [10.0, 10, 20, 10, 20, 20, 10, 20]
    polygons, mends = repair_polygon(square, WIDTH, HEIGHT)
    assert (polygons, mends) == ([square], [])
    assert polygons[0] is square


def test_what_falls_apart_at_the_edge_becomes_several_polygons() -> None:
    polygons, mends = repair_polygon(COMB, WIDTH, HEIGHT)
    assert mends == [Mend.OUTSIDE]
    assert sorted(map(polygon_area, polygons)) == [400, 400]
    assert areas(polygons).equals(shapely.union(shapely.box(0, 10, 40, 20), shapely.box(0, 40, 40, 50)))


def test_a_bow_tie_that_leaves_the_photo_is_divided_and_cut() -> None:
    polygons, mends = repair_polygon([80.0, 10, 120, 50, 120, 10, 80, 50], WIDTH, HEIGHT)
    assert mends == [Mend.CROSSED, Mend.OUTSIDE]
    assert areas(polygons).equals(shapely.Polygon([(80, 10), (100, 30), (80, 50)]))


@pytest.mark.parametrize("flat", [[-9.0, 0, -1, 0, -1, 9], [0.0, 0, 1, 0, 1, 1], [-5.0, 0, 0.1, 0, 0.1, 5]])
def test_no_area_is_left(flat: Polygon) -> None:
    assert repair_polygon(flat, WIDTH, HEIGHT) == ([], [Mend.GONE])


def test_both_ways_of_cutting_cover_what_shapely_does() -> None:
    """An import keeps one outline for each that came, an edit divides what fell apart: the same pixels."""
    generator = np.random.default_rng(1)
    photo = shapely.box(0, 0, WIDTH, HEIGHT)
    apart = 0
    for _number in range(300):
        flat = star(generator)
        whole = shapely.Polygon(np.reshape(flat, (-1, 2)))
        expected = shapely.intersection(whole, photo)
        if not whole.is_valid or photo.covers(whole) or expected.area < 1:
            continue
        clipped = clip_polygon(flat, WIDTH, HEIGHT)
        assert polygon_area(clipped) == pytest.approx(expected.area, rel=1e-9)
        polygons, _mends = repair_polygon(flat, WIDTH, HEIGHT)
        apart += len(polygons) > 1
        large = [part for part in shapely.get_parts(expected) if part.area >= max(1, 0.01 * expected.area)]
        assert len(polygons) == len(large)
        # Corners are rounded to a hundredth of a pixel.
        difference = areas(polygons).symmetric_difference(shapely.union_all(large))
        assert difference.area < 0.005 * whole.length
    assert apart > 20


@pytest.mark.parametrize(
    ("box", "kept", "mends"),
    [
        ([0.0, 0, 100, 80], [0.0, 0, 100, 80], []),
        ([90.0, -10, 30, 30], [90, 0, 10, 20], [Mend.OUTSIDE]),
        ([100.0, 10, 20, 20], [], [Mend.GONE]),
        ([5.0, 5, 0.5, 1], [], [Mend.GONE]),
        ([5.0, 5, -3, -3], [], [Mend.GONE]),
    ],
)
def test_boxes(box: Box, kept: Box, mends: list[Mend]) -> None:
    assert repair_box(box, WIDTH, HEIGHT) == (kept, mends)
