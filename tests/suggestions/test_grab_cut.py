"""Outline from a box: the polygon of the object, told from its surroundings."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from webapp.formats.masks.simplified import outlines_of
from webapp.suggestions.grab_cut import Box, Stroke, grown_by, outline_in, window_of

WIDTH, HEIGHT = 300, 200


def noisy(shades: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A photo of these shades with the grain of a camera."""
    grain = np.random.default_rng(4).normal(0, 4, (*shades.shape, 3))
    return np.clip(shades[..., None] + grain, 0, 255).astype(np.uint8)


def drawn(polygons: list[list[float]]) -> NDArray[np.uint8]:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for flat in polygons:
        cv2.fillPoly(mask, [np.round(np.array(flat).reshape(-1, 2) - 0.5).astype(np.int32)], 1)
    return mask


def overlap(polygons: list[list[float]], truth: NDArray[np.uint8]) -> float:
    mask = drawn(polygons)
    return float((mask & truth).sum() / (mask | truth).sum())


def cut(
    photo: NDArray[np.uint8],
    box: Box,
    include: list[Stroke] | None = None,
    exclude: list[Stroke] | None = None,
) -> list[list[float]]:
    window = window_of(grown_by(box, include or []), photo.shape[1], photo.shape[0])
    crop = photo[window.top : window.bottom, window.left : window.right]
    return outline_in(crop, window, box, include or [], exclude or [])


@pytest.fixture
def disc() -> NDArray[np.uint8]:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(mask, (120, 90), (50, 30), 20, 0, 360, 1, -1)
    return mask


def test_the_object_in_a_loose_box_is_found(disc: NDArray[np.uint8]) -> None:
    polygons = cut(noisy(60 + 120 * disc), (65, 50, 112, 82))
    assert len(polygons) == 1
    assert overlap(polygons, disc) > 0.95
    assert len(polygons[0]) < 2 * 60, "an outline that a person can still edit"


def test_the_same_box_gives_the_same_outline(disc: NDArray[np.uint8]) -> None:
    photo = noisy(90 + 40 * disc)
    assert cut(photo, (65, 50, 112, 82)) == cut(photo, (65, 50, 112, 82))


def test_a_stroke_adds_what_the_box_left_out(disc: NDArray[np.uint8]) -> None:
    photo = noisy(60 + 120 * disc)
    half: Box = (65, 50, 50, 82)
    stroke: Stroke = [(120, 90), (160, 100)]
    assert overlap(cut(photo, half), disc) < 0.6
    assert overlap(cut(photo, half, include=[stroke]), disc) > 0.9


def test_a_stroke_over_a_larger_part_that_does_not_touch_keeps_the_first(disc: NDArray[np.uint8]) -> None:
    larger = np.zeros_like(disc)
    cv2.rectangle(larger, (190, 30), (280, 170), 1, -1)
    both = disc | larger
    photo = noisy(60 + 120 * both)
    box: Box = (65, 50, 112, 82)
    assert overlap(cut(photo, box), disc) > 0.95
    assert overlap(cut(photo, box, include=[[(200, 40), (270, 160)]]), both) > 0.9


def test_a_stroke_takes_away_what_does_not_belong(disc: NDArray[np.uint8]) -> None:
    beside = np.zeros_like(disc)
    cv2.rectangle(beside, (60, 20), (90, 50), 1, -1)
    photo = noisy(60 + 120 * (disc | beside))
    box: Box = (55, 15, 125, 120)
    stroke: Stroke = [(62, 35), (88, 35)]
    without = drawn(cut(photo, box, include=[[(100, 90), (140, 95)]], exclude=[stroke]))
    assert not without[33:37, 65:85].any()
    assert without[90, 120]


def test_a_box_at_the_edge_and_over_the_whole_photo_gives_an_outline() -> None:
    photo = noisy(np.full((HEIGHT, WIDTH), 120, np.uint8))
    (outline,) = cut(photo, (0, 0, WIDTH, HEIGHT))
    xs, ys = outline[0::2], outline[1::2]
    assert min(xs) >= 0 and max(xs) <= WIDTH and min(ys) >= 0 and max(ys) <= HEIGHT


def test_an_outline_never_crosses_itself() -> None:
    touching = np.zeros((12, 12), np.uint8)
    touching[1:5, 1:5] = touching[5:11, 5:11] = 1
    from shapely import Polygon

    for tolerance in (0.3, 0.6, 2.0):
        for flat in outlines_of(touching, tolerance):
            assert Polygon(np.array(flat).reshape(-1, 2)).is_valid


def test_outlines_run_along_the_edge_of_the_pixels() -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[5:15, 10:20] = 1
    (outline,) = outlines_of(mask, 0.3, origin=(100, 50))
    assert (min(outline[0::2]), max(outline[0::2])) == (110.25, 119.75)
    assert (min(outline[1::2]), max(outline[1::2])) == (55.25, 64.75)


def test_crumbs_are_left_out_and_an_empty_mask_has_no_outline() -> None:
    mask = np.zeros((40, 40), np.uint8)
    assert outlines_of(mask, 0.5) == []
    mask[5:35, 5:25] = 1
    mask[2, 38] = 1
    assert len(outlines_of(mask, 0.5)) == 1


def test_a_stroke_takes_away_all_of_a_part_that_has_its_colours() -> None:
    left, right = np.zeros((2, HEIGHT, WIDTH), np.uint8)
    left[60:120, 60:120] = right[60:120, 120:160] = 1
    colours = 40 + left[..., None] * np.array([160, 20, 10]) + right[..., None] * np.array([20, 150, 30])
    photo = np.clip(colours + np.random.default_rng(4).normal(0, 12, colours.shape), 0, 255).astype(np.uint8)
    box: Box = (52, 52, 116, 76)
    assert overlap(cut(photo, box), left | right) > 0.9
    assert overlap(cut(photo, box, exclude=[[(130, 75), (150, 105)]]), left) > 0.9


def test_a_stroke_over_an_object_of_one_colour_takes_itself_alone_away(disc: NDArray[np.uint8]) -> None:
    stroke: Stroke = [(100, 70), (100, 110)]
    assert overlap(cut(noisy(60 + 120 * disc), (65, 50, 112, 82), exclude=[stroke]), disc) > 0.5
