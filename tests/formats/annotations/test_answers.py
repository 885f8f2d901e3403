"""What files leave open is read in the safe way, and asked; the same in every format."""

import time
from typing import Any

import numpy as np
import pytest

from tests.formats.coco.coco_files import SQUARE, annotation, coco
from tests.formats.coco.test_quirks import counts, only_shape
from tests.formats.via.via_files import (
    POLYGON,
    labelme,
    labelme_shape,
    region,
    via_annotations,
    via_csv,
    via_photo,
)
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.options import QuestionName, ReadOptions, merge_questions
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import ParsedAnnotations, ParsedShape
from webapp.formats.masks.lines import line_area
from webapp.formats.masks.rle import decode_mask, encode_mask, polygons_to_rle, rle_bbox

BEND = [[10, 10], [50, 10], [50, 40]]
BEND_IN_VIA = {"name": "polyline", "all_points_x": [10, 50, 50], "all_points_y": [10, 10, 40]}
LINES = {
    "linestrip of labelme": labelme(labelme_shape(kind="linestrip", points=BEND)),
    "polyline of VIA": via_annotations(via_photo(region(BEND_IN_VIA, label="date"))),
    "polyline in a CSV of VIA": via_csv(("a.jpg", BEND_IN_VIA, {"label": "date"})),
}
TWO_POINTS = {
    "line of labelme": labelme(labelme_shape(kind="line", points=[[10, 20], [50, 20]])),
    "polyline of VIA": via_annotations(
        via_photo(
            region({"name": "polyline", "all_points_x": [10, 50], "all_points_y": [20, 20]}, label="date")
        )
    ),
}
MASK = encode_mask(np.pad(np.ones((20, 20), dtype=np.uint8), ((10, 50), (10, 70))))


def parsed(data: bytes, **answers: Any) -> ParsedAnnotations:
    result = parse_annotations(data, "labels.json", options=ReadOptions(**answers))
    assert result.annotations_taken + result.annotations_skipped == result.annotations_in_file
    return result


def asked(result: ParsedAnnotations) -> dict[QuestionName, tuple[int, str | None]]:
    """Count and default of each question."""
    return {question.name: (question.count, question.default) for question in result.questions}


def fitted(result: ParsedAnnotations) -> ParsedShape:
    """The only shape, in a photo of 100 x 80 pixels."""
    (image,) = result.images
    (shape,) = fit_to_image(image, 100, 80).shapes
    return shape


@pytest.mark.parametrize("data", LINES.values(), ids=LINES)
def test_an_open_line_is_left_out_unless_somebody_says_its_width(data: bytes) -> None:
    result = parsed(data)
    assert (result.annotations_taken, result.categories) == (0, [])
    assert (counts(result.fixed), counts(result.skipped)) == ({}, {Fault.LINE: 1})
    assert asked(result) == {QuestionName.LINES: (1, None)}
    assert result.questions[0].examples == ["a.jpg #1" if data[:1] == b"{" else "a.jpg row 2"]


@pytest.mark.parametrize("data", LINES.values(), ids=LINES)
def test_an_open_line_with_a_width_becomes_the_area_along_it(data: bytes) -> None:
    result = parsed(data, lines=4.0)
    assert counts(result.fixed) == {Fault.LINE_WIDENED: 1}
    assert asked(result) == {QuestionName.LINES: (1, None)}
    shape = fitted(result)
    assert (shape.category, shape.bbox) == ("date", [10, 8, 42, 32])
    assert shape.area == pytest.approx(70 * 4, rel=0.02)


@pytest.mark.parametrize("data", TWO_POINTS.values(), ids=TWO_POINTS)
def test_a_line_of_two_points_is_a_line(data: bytes) -> None:
    assert counts(parsed(data).skipped) == {Fault.LINE: 1}
    assert fitted(parsed(data, lines=6.0)).bbox == [10, 17, 40, 6]


def test_a_line_that_ends_where_it_began_leaves_open_what_it_surrounds() -> None:
    ring = [[20, 20], [60, 20], [60, 60], [20, 60], [20, 20]]
    shape = fitted(parsed(labelme(labelme_shape(kind="linestrip", points=ring)), lines=4.0))
    assert isinstance(shape.segmentation, dict)
    mask = decode_mask(shape.segmentation)
    assert (mask[40, 40], mask[20, 40], mask[40, 20]) == (0, 1, 1)
    assert mask.sum() == pytest.approx(160 * 4, rel=0.05)


def test_the_width_of_a_line_is_in_pixels_of_the_photo() -> None:
    (image,) = parsed(TWO_POINTS["line of labelme"], lines=6.0).images
    assert fit_to_image(image, 200, 160).shapes[0].bbox == [20, 37, 80, 6]


def test_a_line_and_a_polygon_of_one_group_are_two_shapes() -> None:
    shapes = (labelme_shape(group_id=1), labelme_shape(kind="linestrip", points=BEND, group_id=1))
    assert parsed(labelme(*shapes), lines=4.0).annotations_taken == 2
    assert only_shape(parsed(labelme(*shapes))).segmentation == [SQUARE]


def test_a_scribble_of_thousands_of_points_is_drawn_at_once() -> None:
    points = np.random.default_rng(0).uniform(-500, 1500, (6000, 2)).ravel().tolist()
    began = time.monotonic()
    assert isinstance(line_area(points, 3, (1000, 1000)), dict)
    assert time.monotonic() - began < 5


def test_a_line_is_drawn_where_it_is_as_a_polygon() -> None:
    bend, crossing = [10.0, 10, 50, 10, 50, 40], [10.0, 10, 50, 10, 50, 40, 50, 10.5]
    polygons = line_area(bend, 6, (100, 80))
    drawn = line_area(crossing, 6, (100, 80))
    assert isinstance(polygons, list) and isinstance(drawn, dict)
    there = decode_mask(polygons_to_rle(polygons, 100, 80)).astype(bool)
    also = decode_mask(drawn).astype(bool)
    assert (there & also).sum() / (there | also).sum() > 0.9


def test_a_line_over_itself_and_one_without_length() -> None:
    assert line_area([5, 5, 5, 5], 4, (100, 80)) == []
    there_and_back = line_area([10, 10, 30, 10, 30, 10, 10, 10], 2, (100, 80))
    assert isinstance(there_and_back, dict)
    assert rle_bbox(there_and_back) == pytest.approx([10, 9, 20, 2], abs=1)
    assert counts(parsed(labelme(labelme_shape(kind="line", points=[[5, 5], [5, 5]]))).skipped) == {
        Fault.POINT: 1
    }


NORMALISED = [0.1, 0.125, 0.3, 0.125, 0.3, 0.375, 0.1, 0.375]
"""SQUARE on a photo of 100 x 80, with another height."""
OF_0_TO_1 = {
    "polygon of COCO": coco(annotation(segmentation=[NORMALISED], bbox=[0.1, 0.125, 0.2, 0.25])),
    "box of COCO": coco(annotation(segmentation=[], bbox=[0.1, 0.125, 0.2, 0.25])),
    "polygon of labelme": labelme(
        labelme_shape(points=[[0.1, 0.125], [0.3, 0.125], [0.3, 0.375], [0.1, 0.375]])
    ),
    "rectangle of labelme": labelme(labelme_shape(kind="rectangle", points=[[0.1, 0.125], [0.3, 0.375]])),
    "polygon of VIA": via_annotations(
        via_photo(
            region(POLYGON | {"all_points_x": NORMALISED[0::2], "all_points_y": NORMALISED[1::2]}, label="date")
        )
    ),
    "box of VIA": via_csv(
        ("a.jpg", {"name": "rect", "x": 0.1, "y": 0.125, "width": 0.2, "height": 0.25}, {"label": "date"})
    ),
}  # fmt: skip


@pytest.mark.parametrize("data", OF_0_TO_1.values(), ids=OF_0_TO_1)
def test_coordinates_from_0_to_1_are_multiplied_by_the_size_of_the_photo(data: bytes) -> None:
    result = parsed(data)
    assert counts(result.fixed)[Fault.NORMALISED] == 1
    shape = fitted(result)
    assert shape.bbox == pytest.approx([10, 10, 20, 20])
    assert shape.area == pytest.approx(400)


def test_a_circle_from_0_to_1_stays_round() -> None:
    circle = {"name": "ellipse", "cx": 0.5, "cy": 0.5, "rx": 0.1, "ry": 0.1}
    (image,) = parsed(via_annotations(via_photo(region(circle, label="date")))).images
    (shape,) = fit_to_image(image, 4000, 4000).shapes
    assert shape.area == pytest.approx(np.pi * 400**2, rel=0.002)


@pytest.mark.parametrize(
    "other",
    [
        annotation(id=2, segmentation=[SQUARE]),  # a shape in pixels: the small one is meant
        annotation(segmentation=[[0, 0, 1, 0, 1, 1, 0, 1]], bbox=[0, 0, 1, 1]),  # whole numbers: one pixel
    ],
)
def test_a_tiny_shape_is_no_shape_from_0_to_1(other: dict[str, Any]) -> None:
    tiny = [] if other["id"] == 1 else [annotation(segmentation=[NORMALISED], bbox=None)]
    assert Fault.NORMALISED not in counts(parsed(coco(*tiny, other)).fixed)


ALL_CROWDS = [annotation(segmentation=MASK, iscrowd=1), annotation(id=2, iscrowd=1)]
BESIDE_OBJECTS = [annotation(segmentation=MASK, iscrowd=1), annotation(id=2)]


@pytest.mark.parametrize(
    ("annotations", "answer", "crowds"),
    [
        (BESIDE_OBJECTS, None, [True, False]),
        (BESIDE_OBJECTS, "crowd", [True, False]),
        (BESIDE_OBJECTS, "object", [False, False]),
        (ALL_CROWDS, None, [False, False]),
        (ALL_CROWDS, "crowd", [True, True]),
    ],
)
def test_crowds_beside_objects_are_meant_and_where_all_is_crowd_it_is_objects(
    annotations: list[dict[str, Any]], answer: str | None, crowds: list[bool]
) -> None:
    result = parsed(coco(*annotations), crowd=answer)
    assert [shape.iscrowd for shape in result.images[0].shapes] == crowds
    marked = sum(one["iscrowd"] for one in annotations)
    assert asked(result) == {QuestionName.CROWD: (marked, "object" if marked == 2 else "crowd")}
    changed = marked - sum(crowds)
    assert counts(result.fixed).get(Fault.CROWD_MASKS_AS_OBJECTS, 0) == changed


TWO_PHOTOS = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}]
LISTED = {
    "COCO": coco(annotation(), images=TWO_PHOTOS),
    "VIA": via_annotations(via_photo(region(label="date")), via_photo(name="b.jpg")),
    "CSV of VIA": via_csv(("a.jpg", POLYGON, {"label": "date"}), ("b.jpg", {}, {})),
}


@pytest.mark.parametrize("data", LISTED.values(), ids=LISTED)
def test_photos_listed_without_shapes_are_asked_about_and_reported(data: bytes) -> None:
    result = parsed(data)
    assert asked(result) == {QuestionName.EMPTY: (1, None)}
    assert [image.no_object for image in result.images] == [False, False]
    assert counts(result.skipped) == {Fault.EMPTY_UNLABELLED: 1}
    result = parsed(data, empty="no_object")
    assert [image.no_object for image in result.images] == [False, True]
    assert (counts(result.skipped), result.questions[0].examples) == ({}, ["b.jpg"])
    assert counts(result.fixed)[Fault.EMPTY_NO_OBJECT] == 1


def test_a_labelme_file_without_shapes_is_asked_about() -> None:
    assert parsed(labelme(), empty="no_object").images[0].no_object
    assert asked(parsed(labelme())) == {QuestionName.EMPTY: (1, None)}


@pytest.mark.parametrize(
    "data",
    [
        coco(annotation(segmentation=[[1, 1]], bbox=None)),
        labelme(labelme_shape(kind="point", points=[[1, 1]])),
        via_csv(("a.jpg", "{broken", {})),
        LINES["polyline of VIA"],
        coco(annotation(), images=[{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}]),
    ],
)
def test_a_photo_whose_shapes_were_left_out_shows_an_object(data: bytes) -> None:
    assert not parsed(data, empty="no_object").images[0].no_object


def test_questions_of_several_files_are_one() -> None:
    files = [parsed(data) for data in (*LINES.values(), labelme())]
    merged = merge_questions(question for file in files for question in file.questions)
    assert {one.name: (one.count, one.default) for one in merged} == {
        QuestionName.LINES: (3, None),
        QuestionName.EMPTY: (1, None),
    }
