"""Projects of VIA 3."""

import json
import math
from typing import Any

import pytest

from tests.formats.coco.coco_files import SQUARE
from tests.formats.coco.test_quirks import counts, only_shape
from tests.formats.via.test_quirks import parsed
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedShape


def via_3(*regions: Any, attributes: Any = None, **changes: Any) -> bytes:
    """A project of one photo; regions as (xy, attribute values)."""
    document = {
        "project": {"pid": "__VIA_PROJECT_ID__", "pname": "parts", "vid_list": ["1"]},
        "config": {"file": {"loc_prefix": {"1": ""}}, "ui": {}},
        "attribute": attributes
        or {
            "1": {
                "aname": "class",
                "type": 4,
                "options": {"0": "date", "1": "fig"},
                "anchor_id": "FILE1_Z0_XY1",
            }
        },
        "file": {"1": {"fid": 1, "fname": "a.jpg", "type": 2, "loc": 1, "src": "a.jpg"}},
        "metadata": {
            f"1_{index}": {"vid": "1", "flg": 0, "z": [], "xy": xy, "av": values}
            for index, (xy, values) in enumerate(regions)
        },
        "view": {"1": {"fid_list": [1]}},
    }
    return json.dumps(document | changes).encode()


def test_a_polygon_and_its_option() -> None:
    result = parsed(via_3(([7, *SQUARE], {"1": "1"})))
    assert (result.format, result.images[0].file_name) == (AnnotationFormat.VIA_3, "a.jpg")
    assert only_shape(result) == ParsedShape("fig", [SQUARE], [10, 10, 20, 20], 400.0)
    assert (result.fixed, result.skipped) == ([], [])


@pytest.mark.parametrize("xy", [[2, 10, 10, 20, 20], [8, 10, 20, 20, 10, 30, 20, 20, 30]])
def test_boxes(xy: list[float]) -> None:
    shape = only_shape(parsed(via_3((xy, {"1": "0"}))))
    assert (shape.category, shape.bbox, shape.is_box) == ("date", [10, 10, 20, 20], True)


@pytest.mark.parametrize("xy", [[3, 50, 40, 20], [4, 50, 40, 20, 20], [9, 30, 40, 70, 40, 50, 60]])
def test_round_shapes(xy: list[float]) -> None:
    result = parsed(via_3((xy, {"1": "0"})))
    assert only_shape(result).area == pytest.approx(math.pi * 400, rel=0.02)
    assert only_shape(result).bbox == pytest.approx([30, 20, 40, 40], abs=0.3)
    assert counts(result.fixed) == {Fault.OUTLINE_DRAWN: 1}


def test_several_ticked_options_are_joined_and_reported() -> None:
    result = parsed(via_3(([7, *SQUARE], {"1": "0,1"})))
    assert result.categories == ["date + fig"]
    assert counts(result.fixed) == {Fault.CATEGORY_SEVERAL: 1}


def test_what_is_said_about_the_whole_photo_is_no_annotation() -> None:
    assert parsed(via_3(([], {"2": "blurred"}), ([7, *SQUARE], {"1": "0"}))).annotations_in_file == 1


@pytest.mark.parametrize(
    ("xy", "fault"),
    [
        ([1, 5, 5], Fault.POINT),
        ([5, 5, 5, 9, 9], Fault.LINE),
        ([2, 5, 5], Fault.UNKNOWN_SHAPE),
        ([99, 5, 5], Fault.UNKNOWN_SHAPE),
        ([[]], Fault.UNKNOWN_SHAPE),
        ([7, 5, 5, "x", 9], Fault.NOT_NUMBERS),
        ([9, 1, 1, 2, 2, 3, 3], Fault.NO_AREA),
        ([9, 1, 1, 2, 2, 3, 1e300], Fault.IMPOSSIBLE_COORDINATES),
        (None, Fault.NO_SHAPE),
    ],
)
def test_a_shape_that_is_none_is_skipped_and_reported(xy: object, fault: Fault) -> None:
    result = parsed(via_3((xy, {"1": "0"}), ([7, *SQUARE], {"1": "0"})))
    assert counts(result.skipped) == {fault: 1}
    assert result.annotations_taken == 1


@pytest.mark.parametrize("view", [{}, {"1": {"fid_list": [1, 1]}}, {"1": {"fid_list": [9]}}, {"1": None}])
def test_a_region_whose_photo_is_not_certain_is_skipped(view: dict[str, Any]) -> None:
    result = parsed(via_3(([7, *SQUARE], {"1": "0"}), view=view))
    if view:
        assert counts(result.skipped)[Fault.UNKNOWN_IMAGE] == 1
    else:
        assert result.annotations_taken == 1


def test_a_triangle_is_a_polygon_though_a_circle_through_three_points_has_as_many_numbers() -> None:
    assert only_shape(parsed(via_3(([7, 10, 10, 30, 10, 10, 30], {"1": "0"})))).segmentation == [
        [10, 10, 30, 10, 10, 30]
    ]
