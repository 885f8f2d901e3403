"""Bringing shapes onto the true photo: cut at its edge, scaled to its size."""

from typing import Any

import numpy as np
import pytest

from tests.formats.coco.coco_files import SQUARE, annotation, coco
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import ParsedImage
from webapp.formats.coco.reader import parse_coco
from webapp.formats.masks.polygons import clip_polygon
from webapp.formats.masks.rle import decode_mask, encode_mask, polygon_area, polygons_to_rle


def image_with(**fields: Any) -> ParsedImage:
    """A 100 x 80 photo with one annotation."""
    return parse_coco(coco(annotation(**fields))).images[0]


def test_shapes_inside_stay_as_they_came() -> None:
    image = image_with()
    fitted = fit_to_image(image, 100, 80)
    assert fitted.shapes[0] is image.shapes[0]
    assert (fitted.fixed, fitted.skipped) == ([], [])


def test_a_polygon_partly_outside_is_cut_and_reported() -> None:
    outside = [-10.0, 70.0, 20.0, 70.0, 20.0, 90.0, -10.0, 90.0]
    fitted = fit_to_image(image_with(segmentation=[outside], bbox=[-10, 70, 30, 20]), 100, 80)
    assert fitted.shapes[0].bbox == [0, 70, 20, 10]
    assert fitted.shapes[0].area == 200
    assert [(f.code, f.count, f.examples) for f in fitted.fixed] == [(Fault.CLIPPED, 1, ["a.jpg #1"])]


def test_a_polygon_wholly_outside_is_skipped() -> None:
    fitted = fit_to_image(image_with(segmentation=[[v + 200 for v in SQUARE]]), 100, 80)
    assert fitted.shapes == []
    assert [(f.code, f.subject, f.count) for f in fitted.skipped] == [(Fault.OUTSIDE_PHOTO, "annotation", 1)]


@pytest.mark.parametrize("bbox", [[100, 10, 20, 20], [10, 80, 20, 20], [-20, 10, 20, 20]])
def test_a_shape_that_only_touches_the_edge_is_outside(bbox: list[float]) -> None:
    x, y, w, h = bbox
    polygon = [x, y, x + w, y, x + w, y + h, x, y + h]
    assert fit_to_image(image_with(segmentation=[polygon], bbox=bbox), 100, 80).shapes == []
    assert fit_to_image(image_with(segmentation=[], bbox=bbox), 100, 80).shapes == []


def test_the_part_inside_of_several_polygons_is_kept() -> None:
    far = [v + 200 for v in SQUARE]
    fitted = fit_to_image(image_with(segmentation=[SQUARE, far]), 100, 80)
    assert fitted.shapes[0].segmentation == [SQUARE]
    assert fitted.fixed[0].code == Fault.CLIPPED


def test_a_box_partly_outside_stays_a_box() -> None:
    fitted = fit_to_image(image_with(segmentation=[], bbox=[90, -10, 30, 30]), 100, 80)
    assert fitted.shapes[0].is_box
    assert fitted.shapes[0].bbox == [90, 0, 10, 20]
    assert fitted.shapes[0].segmentation == [[90, 0, 100, 0, 100, 20, 90, 20]]


def test_the_same_photo_in_another_resolution_scales_its_shapes() -> None:
    fitted = fit_to_image(image_with(), 200, 160)
    assert fitted.shapes[0].bbox == [20, 20, 40, 40]
    assert fitted.shapes[0].area == 1600
    assert [(f.code, f.examples) for f in fitted.fixed] == [
        (Fault.SIZE_DIFFERS_SCALED, ["a.jpg: 100 x 80 / 200 x 160"])
    ]


def test_proportions_within_a_hundredth_are_the_same() -> None:
    assert fit_to_image(image_with(), 2000, 1601).fixed[0].code == Fault.SIZE_DIFFERS_SCALED


@pytest.mark.parametrize(("width", "height"), [(80, 100), (90, 90), (100, 40)])
def test_a_turned_or_cropped_photo_keeps_the_coordinates(width: int, height: int) -> None:
    fitted = fit_to_image(image_with(), width, height)
    assert fitted.shapes[0].bbox == [10, 10, 20, 20]
    assert fitted.fixed[0].code == Fault.SIZE_DIFFERS_KEPT


def test_a_size_the_file_does_not_tell_is_no_difference() -> None:
    image = image_with()
    image.width = None
    assert fit_to_image(image, 500, 500).fixed == []


def test_crowds_stay_crowds_when_cut() -> None:
    image = image_with(segmentation=[[v - 20 for v in SQUARE]], iscrowd=1)
    assert fit_to_image(image, 100, 80).shapes[0].iscrowd


def mask_image(mask: np.ndarray) -> ParsedImage:
    return image_with(segmentation=dict(encode_mask(mask)))


def test_a_mask_of_another_resolution_is_resampled() -> None:
    mask = np.zeros((40, 50), dtype=np.uint8)
    mask[10:20, 10:20] = 1
    fitted = fit_to_image(mask_image(mask), 100, 80).shapes[0]
    assert (fitted.bbox, fitted.area) == ([20, 20, 20, 20], 400)


def test_a_mask_on_a_larger_canvas_is_cut() -> None:
    mask = np.zeros((200, 100), dtype=np.uint8)
    mask[70:90, 0:10] = 1
    fitted = fit_to_image(mask_image(mask), 100, 80)
    assert isinstance(fitted.shapes[0].segmentation, dict)
    assert decode_mask(fitted.shapes[0].segmentation).shape == (80, 100)
    assert fitted.shapes[0].area == 100
    assert fitted.fixed[0].code == Fault.CLIPPED


def test_a_mask_outside_of_the_photo_is_skipped() -> None:
    mask = np.zeros((200, 100), dtype=np.uint8)
    mask[150:160, 0:10] = 1
    assert fit_to_image(mask_image(mask), 100, 80).skipped[0].code == Fault.OUTSIDE_PHOTO


def test_a_concave_polygon_cut_in_two_covers_the_right_pixels() -> None:
    # A comb whose back lies outside: two teeth remain.
    comb = [-10.0, 10, 40, 10, 40, 20, -5, 20, -5, 40, 40, 40, 40, 50, -10, 50]
    clipped = clip_polygon(comb, 100, 80)
    assert polygon_area(clipped) == 800
    mask = decode_mask(polygons_to_rle([clipped], 100, 80))
    expected = np.zeros((80, 100), dtype=np.uint8)
    expected[10:20, 0:40] = 1
    expected[40:50, 0:40] = 1
    assert np.array_equal(mask, expected)
