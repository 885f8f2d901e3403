"""Union, difference, division and simplification of outlines, measured by what they cover."""

import numpy as np
import pytest
import shapely

from webapp.formats.masks import outline_operations as operations
from webapp.formats.masks.rings import to_geometry
from webapp.formats.masks.segmentation import Polygons

SQUARE: Polygons = [[0, 0, 20, 0, 20, 20, 0, 20]]
RIGHT: Polygons = [[15, 0, 40, 0, 40, 20, 15, 20]]
FAR: Polygons = [[100, 0, 120, 0, 120, 20, 100, 20]]


def area(became: operations.Became) -> float:
    assert became is not None
    return sum(float(to_geometry(rings).area) for rings in became)


def test_shapes_are_merged_also_where_they_do_not_touch() -> None:
    [merged, *others] = operations.merge([SQUARE, RIGHT, FAR])
    assert others == [[], []]
    assert merged is not None and len(merged) == 1 and len(merged[0]) == 2
    assert area(merged) == pytest.approx(800 + 400)


def test_what_the_cutter_covers_is_taken_away_and_what_it_misses_is_unchanged() -> None:
    cut, unchanged = operations.cut([SQUARE, FAR], RIGHT)
    assert area(cut) == pytest.approx(300)
    assert unchanged is None
    [gone] = operations.cut([SQUARE], [[-1, -1, 50, -1, 50, 50, -1, 50]])
    assert gone == []


def test_a_hole_is_a_ring_inside() -> None:
    [became] = operations.cut([SQUARE], [[5, 5, 10, 5, 10, 10, 5, 10]])
    assert became is not None and [len(rings) for rings in became] == [2]
    assert area(became) == pytest.approx(375)


def test_a_line_divides_and_one_that_ends_inside_does_not() -> None:
    pieces, missed = operations.split([SQUARE, FAR], [10, -5, 10, 25])
    assert pieces is not None and [area([piece]) for piece in pieces] == [200, 200]
    assert missed is None
    assert operations.split([SQUARE], [10, -5, 10, 10]) == [None]


def test_a_stroke_is_added_and_erased_with_its_width() -> None:
    [painted] = operations.brush([], [10, 10, 50, 10], 8)
    assert area(painted) == pytest.approx(40 * 8 + np.pi * 16, rel=0.03)
    [dab] = operations.brush([], [10, 10], 8)
    assert area(dab) == pytest.approx(np.pi * 16, rel=0.06)
    [rest] = operations.erase([SQUARE], [-10, 10, 30, 10], 4)
    assert rest is not None and len(rest) == 1 and len(rest[0]) == 2
    assert area(rest) == pytest.approx(400 - 80, rel=0.01)


def test_a_line_has_flat_ends() -> None:
    assert area(operations.line_of_width([0, 0, 30, 0], 6)[0]) == pytest.approx(180)
    assert operations.line_of_width([5, 5], 6) == [[]]


def test_fewer_points_stay_within_the_tolerance() -> None:
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = [(100 + 60 * np.stack([np.cos(turn), np.sin(turn)], axis=1)).ravel().tolist()]
    [became] = operations.simplify([circle], 0.5)
    assert became is not None
    assert len(became[0][0]) < len(circle[0]) / 5
    assert operations.iou(became[0], circle) > 0.98
    assert shapely.hausdorff_distance(to_geometry(became[0]), to_geometry(circle)) <= 0.51


def test_an_outline_gets_as_few_points_as_cover_the_same() -> None:
    turn = np.linspace(0, 2 * np.pi, 143, endpoint=False)
    radius = 60 + np.random.default_rng(3).normal(0, 0.4, 143)
    wavy = [(100 + radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)).ravel().tolist()]
    few = operations.with_few_points(wavy, 0.98)
    assert len(few[0]) < len(wavy[0]) / 4
    assert operations.iou(few, wavy) >= 0.98


def test_a_shape_shares_the_border_of_its_neighbour_without_gap_and_overlap() -> None:
    neighbour: Polygons = [[20, -5, 40, -5, 40, 25, 20, 25]]
    for x in (17.5, 22.0):  # a gap, an overlap
        [became] = operations.join([[[0, 0, x, 1, x, 19, 0, 20]]], [neighbour], 6)
        assert became is not None
        shape, beside = to_geometry(became[0]), to_geometry(neighbour)
        assert shapely.intersection(shape, beside).area == pytest.approx(0, abs=1e-6)
        shared = shapely.intersection(shape.boundary, beside.boundary)
        assert shared.length == pytest.approx(18, abs=1.5)
    assert operations.join([SQUARE], [FAR], 6) == [None]
