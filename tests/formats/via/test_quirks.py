"""Every quirk that files of VIA are known to have."""

import itertools
import json
import math
from typing import Any

import pytest

from tests.formats.coco.coco_files import SQUARE
from tests.formats.coco.test_quirks import counts, only_shape
from tests.formats.via.via_files import (
    POLYGON,
    region,
    via_1,
    via_annotations,
    via_csv,
    via_photo,
    via_project,
)
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations, ParsedShape


def parsed(data: bytes, filename: str = "labels.json") -> ParsedAnnotations:
    result = parse_annotations(data, filename)
    assert result.annotations_taken + result.annotations_skipped == result.annotations_in_file
    return result


def drawn(shape: dict[str, Any]) -> ParsedAnnotations:
    return parsed(via_annotations(via_photo(region(shape, label="date"))))


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (via_annotations(via_photo(region(label="date"))), AnnotationFormat.VIA_ANNOTATIONS),
        (via_project(via_photo(region(label="date"))), AnnotationFormat.VIA_PROJECT),
        (via_1(region(label="date")), AnnotationFormat.VIA_1),
        (via_csv(("a.jpg", POLYGON, {"label": "date"})), AnnotationFormat.VIA_CSV),
    ],
)
def test_each_kind_of_file_is_recognised(data: bytes, format: AnnotationFormat) -> None:
    result = parsed(data, "annotations")
    assert (result.format, result.categories, result.images[0].file_name) == (format, ["date"], "a.jpg")
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0)
    assert (result.fixed, result.skipped) == ([], [])


@pytest.mark.parametrize("name", ["label", "class", "category", "name", "type", "Class", "類別", "thing"])
def test_the_category_whatever_its_attribute_is_called(name: str) -> None:
    assert parsed(via_annotations(via_photo(region(**{name: "date"})))).categories == ["date"]


def test_the_category_among_other_attributes() -> None:
    regions = [region(id=str(i), comment=f"seen {i}", defect_class="pit", quality="good") for i in range(5)]
    assert parsed(via_annotations(via_photo(*regions))).categories == ["pit"]


def test_an_attribute_on_few_regions_is_not_the_category() -> None:
    regions = [region(part=f"part {i % 2}") for i in range(9)] + [region(part="part 1", label="look again")]
    assert parsed(via_annotations(via_photo(*regions))).categories == ["part 0", "part 1"]


def test_the_attribute_that_a_project_shows_is_the_category() -> None:
    photo = via_photo(region(label="A-17", material="steel"))
    assert parsed(via_project(photo, label="material")).categories == ["steel"]
    assert parsed(via_project(photo)).categories == ["A-17"]


def test_an_attribute_that_was_renamed_on_the_way() -> None:
    result = parsed(via_annotations(via_photo(region(label="date"), region(label="fig"), region(name="nut"))))
    assert result.categories == ["date", "fig", "nut"]


def test_the_number_of_an_option_becomes_its_description() -> None:
    attributes = {"kind": {"type": "dropdown", "options": {"1": "date", "2": "fig"}}}
    photo = via_photo(region(kind="2"), region(kind="1"))
    assert parsed(via_project(photo, attributes=attributes)).categories == ["fig", "date"]


def test_the_word_of_an_option_is_kept() -> None:
    attributes = {"kind": {"type": "radio", "options": {"date": "A date palm's fruit"}}}
    assert parsed(via_project(via_photo(region(kind="date")), attributes=attributes)).categories == ["date"]


def test_one_ticked_option() -> None:
    assert parsed(via_annotations(via_photo(region(kind={"date": True, "fig": False})))).categories == [
        "date"
    ]


def test_several_ticked_options_are_joined_and_reported() -> None:
    result = parsed(via_annotations(via_photo(region(kind={"date": True, "fig": True}))))
    assert result.categories == ["date + fig"]
    assert counts(result.fixed) == {Fault.CATEGORY_SEVERAL: 1}


def test_several_ticked_options_of_another_attribute_are_none_of_the_category() -> None:
    result = parsed(via_annotations(via_photo(region(label="date", quality={"good": True, "sharp": True}))))
    assert (result.categories, result.fixed) == (["date"], [])


@pytest.mark.parametrize(
    "attributes", [{}, {"label": ""}, {"label": "undefined"}, {"label": None}, {"k": {}}]
)
def test_a_region_without_category_is_kept_and_reported(attributes: dict[str, Any]) -> None:
    result = parsed(via_annotations(via_photo(region(**attributes))))
    assert result.categories == ["object"]
    assert counts(result.fixed) == {Fault.CATEGORY_MISSING: 1}


def test_a_category_that_is_a_number() -> None:
    assert parsed(via_annotations(via_photo(region(label=3)))).categories == ["3"]


def test_a_rectangle_is_a_box() -> None:
    result = drawn({"name": "rect", "x": 10, "y": 10, "width": 20, "height": 20})
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0, is_box=True)
    assert result.fixed == []


def test_a_rectangle_drawn_backwards() -> None:
    assert only_shape(drawn({"name": "rect", "x": 30, "y": 30, "width": -20, "height": -20})).bbox == [
        10,
        10,
        20,
        20,
    ]


def test_a_circle_becomes_a_polygon_of_its_area() -> None:
    result = drawn({"name": "circle", "cx": 50, "cy": 40, "r": 20})
    shape = only_shape(result)
    assert shape.area == pytest.approx(math.pi * 400, rel=0.02)
    assert shape.bbox == pytest.approx([30, 20, 40, 40], abs=0.3)
    assert not shape.is_box
    assert counts(result.fixed) == {Fault.OUTLINE_DRAWN: 1}


def test_an_ellipse_that_is_turned() -> None:
    upright = only_shape(drawn({"name": "ellipse", "cx": 50, "cy": 40, "rx": 30, "ry": 10}))
    turned = only_shape(
        drawn({"name": "ellipse", "cx": 50, "cy": 40, "rx": 30, "ry": 10, "theta": math.pi / 2})
    )
    assert upright.area == pytest.approx(math.pi * 300, rel=0.02)
    assert upright.bbox == pytest.approx([20, 30, 60, 20], abs=0.3)
    assert turned.bbox == pytest.approx([40, 10, 20, 60], abs=0.3)


def test_a_large_circle_is_as_round_as_a_small_one() -> None:
    shape = only_shape(drawn({"name": "circle", "cx": 500, "cy": 500, "r": 400}))
    assert isinstance(shape.segmentation, list)
    corners = list(zip(shape.segmentation[0][0::2], shape.segmentation[0][1::2], strict=True))
    for (x1, y1), (x2, y2) in itertools.pairwise(corners):
        assert math.hypot((x1 + x2) / 2 - 500, (y1 + y2) / 2 - 500) > 400 - 0.26


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        ({"name": "point", "cx": 5, "cy": 5}, Fault.POINT),
        ({"name": "polyline", "all_points_x": [1, 9], "all_points_y": [1, 9]}, Fault.LINE),
        ({"name": "polygon", "all_points_x": [1, 9], "all_points_y": [1, 9]}, Fault.TOO_FEW_POINTS),
        ({"name": "polygon", "all_points_x": [1, 5, 9], "all_points_y": [1, 5, 9]}, Fault.NO_AREA),
        ({"name": "polygon", "all_points_x": [1, 5, "x"], "all_points_y": [1, 5, 7]}, Fault.NOT_NUMBERS),
        ({"name": "polygon", "all_points_x": [1, 5, [9]], "all_points_y": [1, 5, 7]}, Fault.NOT_NUMBERS),
        ({"name": "polygon", "all_points_x": 5, "all_points_y": None}, Fault.NOT_NUMBERS),
        ({"name": "polygon", "all_points_x": [1, 5, 1e9], "all_points_y": [1, 5, 7]}, Fault.IMPOSSIBLE_COORDINATES),
        ({"name": "rect", "x": 5, "y": 5, "width": 0, "height": 9}, Fault.NO_AREA),
        ({"name": "rect", "x": 5, "y": 5}, Fault.NOT_NUMBERS),
        ({"name": "rect", "x": 1e300, "y": 5, "width": 9, "height": 9}, Fault.IMPOSSIBLE_COORDINATES),
        ({"name": "circle", "cx": 5, "cy": 5, "r": 0}, Fault.NO_AREA),
        ({"name": "circle", "cx": 5, "cy": 5, "r": float("nan")}, Fault.NOT_NUMBERS),
        ({"name": "ellipse", "cx": 5, "cy": 5, "rx": 9, "ry": -2}, Fault.NO_AREA),
        ({"name": "cube"}, Fault.UNKNOWN_SHAPE),
        ({"x": 5}, Fault.NO_SHAPE),
    ],
)  # fmt: skip
def test_a_shape_that_is_none_is_skipped_and_reported(shape: dict[str, Any], fault: Fault) -> None:
    result = parsed(via_annotations(via_photo(region(shape, label="date"), region(label="date"))))
    assert counts(result.skipped) == {fault: 1}
    assert result.skipped[0].examples == ["a.jpg #1"]
    assert result.annotations_taken == 1


@pytest.mark.parametrize("broken", [None, 5, "x", [], {"shape_attributes": 5}, {}])
def test_a_region_that_is_none_does_not_cost_the_others(broken: object) -> None:
    result = parsed(via_annotations(via_photo(broken, region(label="date"))))
    assert (result.annotations_in_file, result.annotations_taken) == (2, 1)


def test_a_polygon_closed_by_its_first_point_again() -> None:
    shape = {"name": "polygon", "all_points_x": [10, 30, 30, 10, 10], "all_points_y": [10, 10, 30, 30, 10]}
    result = drawn(shape)
    assert only_shape(result).segmentation == [SQUARE]
    assert counts(result.fixed) == {Fault.POLYGON_CLOSED: 1}


def test_more_xs_than_ys() -> None:
    result = drawn(POLYGON | {"all_points_x": [10, 30, 30, 10, 99]})
    assert only_shape(result).segmentation == [SQUARE]
    assert counts(result.fixed) == {Fault.ODD_COORDINATES: 1}


def test_numbers_written_as_text() -> None:
    shape = {"name": "rect", "x": "10", "y": "10", "width": "20", "height": "20"}
    assert only_shape(drawn(shape)).bbox == [10, 10, 20, 20]


def test_a_photo_under_two_keys_is_one_and_its_shapes_come_once() -> None:
    other = region({"name": "rect", "x": 1, "y": 1, "width": 5, "height": 5}, label="date")
    first, second = via_photo(region(label="date")), via_photo(region(label="date"), other, size=-1)
    result = parsed(via_annotations(first, second))
    assert [len(image.shapes) for image in result.images] == [2]
    assert counts(result.fixed) == {Fault.IMAGE_LISTED_TWICE: 1}
    assert counts(result.skipped) == {Fault.DUPLICATE: 1}


def test_two_equal_shapes_of_one_photo_both_stay() -> None:
    assert (
        parsed(via_annotations(via_photo(region(label="date"), region(label="date")))).annotations_taken == 2
    )


def test_a_photo_without_file_name_is_called_as_its_key_says() -> None:
    photo = via_photo(region(label="date"), name="b.jpg")
    document = {"b.jpg123": {key: value for key, value in photo.items() if key != "filename"}}
    assert parsed(json.dumps(document).encode()).images[0].file_name == "b.jpg"


def test_photos_without_regions_are_listed() -> None:
    result = parsed(via_annotations(via_photo(), via_photo(region(label="date"), name="b.jpg")))
    assert [(image.file_name, len(image.shapes)) for image in result.images] == [("a.jpg", 0), ("b.jpg", 1)]


def test_an_entry_that_is_no_photo_is_reported() -> None:
    document = json.loads(via_annotations(via_photo(region(label="date")))) | {"b.jpg1": None}
    result = parsed(json.dumps(document).encode())
    assert [(f.code, f.subject) for f in result.skipped] == [(Fault.NOT_AN_OBJECT, "image")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_does_no_harm(encoding: str) -> None:
    for data in (
        via_project(via_photo(region(label="date"))),
        via_csv(("a.jpg", POLYGON, {"label": "date"})),
    ):
        assert parsed(data.decode().encode(encoding)).categories == ["date"]


def test_a_file_in_big5_is_understood_and_reported() -> None:
    photo = via_photo(region(label="無花果"), name="照片.jpg")
    for data in (
        json.dumps({"a": photo}, ensure_ascii=False).encode("cp950"),
        via_csv(("照片.jpg", POLYGON, '{"label":"無花果"}')).decode().encode("cp950"),
    ):
        result = parsed(data)
        assert (result.images[0].file_name, result.categories) == ("照片.jpg", ["無花果"])
        assert counts(result.fixed) == {Fault.TEXT_ENCODING: 1}


def test_csv_rows_of_photos_without_regions_are_no_annotations() -> None:
    result = parsed(via_csv(("a.jpg", {}, {}), ("b.jpg", POLYGON, {"label": "date"}), ("b.jpg", POLYGON, {})))
    assert [(image.file_name, len(image.shapes)) for image in result.images] == [("a.jpg", 0), ("b.jpg", 2)]
    assert result.annotations_in_file == 2


def test_csv_of_via_1_has_a_hash_before_its_header() -> None:
    data = b"#" + via_csv(("a.jpg", POLYGON, {"label": "date"}))
    assert parsed(data).categories == ["date"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_that_a_spreadsheet_saved_again(delimiter: str) -> None:
    shape, attributes = json.dumps(POLYGON).replace('"', '""'), '{""label"":""date""}'
    header = (
        "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
    )
    row = delimiter.join(["a.jpg", "123", "{}", "1", "0", f'"{shape}"', f'"{attributes}"'])
    result = parsed(f"{header.replace(',', delimiter)}\r\n{row}\r\n".encode("utf-8-sig"))
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0)


def test_csv_names_with_a_comma_are_not_quoted_by_via() -> None:
    row = via_csv(("a.jpg", POLYGON, {"label": "date"})).replace(b"\na.jpg,", b"\na, b.jpg,")
    assert parsed(row).images[0].file_name == "a, b.jpg"


def test_what_via_writes_into_a_csv_where_nothing_was_chosen() -> None:
    result = parsed(via_csv(("a.jpg", POLYGON, '{"label":undefined, "k": "x:undefined,"}')))
    assert only_shape(result).segmentation == [SQUARE]
    assert result.skipped == []


@pytest.mark.parametrize("cell", ["{", "[]", "5", '{"name": "polygon"', "[" * 100_000])
def test_a_broken_csv_row_does_not_cost_the_others(cell: str) -> None:
    result = parsed(via_csv(("a.jpg", cell, {"label": "date"}), ("a.jpg", POLYGON, {"label": "date"})))
    assert counts(result.skipped) == {Fault.ROW_UNREADABLE: 1}
    assert result.annotations_taken == 1


def test_a_csv_cell_of_a_very_long_polygon() -> None:
    xs = list(range(50_000))
    shape = {"name": "polygon", "all_points_x": xs, "all_points_y": [x % 2 for x in xs]}
    assert parsed(via_csv(("a.jpg", shape, {"label": "date"}))).annotations_taken == 1
