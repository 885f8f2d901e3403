"""Every quirk that CVAT's XML 1.1 is known to have."""

import math

import numpy as np
import pytest

from tests.formats.coco.coco_files import SQUARE
from tests.formats.coco.test_quirks import counts, only_shape
from tests.formats.cvat.cvat_files import BOX, IMAGE, POLYGON, cvat
from tests.formats.via.test_quirks import parsed
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedShape
from webapp.formats.masks.rle import decode_mask


def test_a_good_file_needs_no_repair() -> None:
    result = parsed(cvat(POLYGON))
    assert (result.format, result.categories) == (AnnotationFormat.CVAT, ["date"])
    assert [(i.file_name, i.width, i.height, i.split) for i in result.images] == [("a.jpg", 100, 80, None)]
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0)
    assert (result.fixed, result.skipped) == ([], [])


def test_the_name_of_the_file_decides_nothing() -> None:
    assert parse_annotations(cvat(POLYGON), "labels.json").format == AnnotationFormat.CVAT


def test_a_box_stays_a_box() -> None:
    assert only_shape(parsed(cvat(BOX))) == ParsedShape(
        "date", [SQUARE], [10, 10, 20, 20], 400.0, is_box=True
    )


def test_a_box_is_turned_clockwise_about_its_centre() -> None:
    box = '<box label="date" xtl="10" ytl="20" xbr="50" ybr="40" rotation="90"/>'
    result = parsed(cvat(box))
    assert only_shape(result).bbox == [20, 10, 20, 40]
    assert counts(result.fixed) == {Fault.BOX_TURNED: 1}
    quarter = only_shape(parsed(cvat(box.replace("90", "30")))).segmentation[0][:2]
    right, down = -20 * math.cos(math.pi / 6) + 5, -20 * math.sin(math.pi / 6) - 10 * math.cos(math.pi / 6)
    assert quarter == pytest.approx([30 + right, 30 + down], abs=0.001)


def test_an_ellipse_is_turned_too() -> None:
    result = parsed(cvat('<ellipse label="date" cx="50" cy="40" rx="20" ry="10" rotation="90"/>'))
    assert only_shape(result).bbox == pytest.approx([40, 20, 20, 40], abs=0.3)
    assert only_shape(result).area == pytest.approx(math.pi * 200, rel=0.03)
    assert counts(result.fixed) == {Fault.OUTLINE_DRAWN: 1}


def test_a_mask_is_runs_row_by_row_in_its_box() -> None:
    result = parsed(cvat('<mask label="date" rle="2, 3, 1" left="5" top="7" width="3" height="2"/>'))
    mask = decode_mask(only_shape(result).segmentation)
    assert mask.shape == (80, 100)
    assert mask[7:9, 5:8].tolist() == [[0, 0, 1], [1, 1, 0]]
    assert mask.sum() == 3


def test_a_mask_of_many_runs_and_its_end_left_out() -> None:
    runs = ",".join(["1"] * 600)
    result = parsed(cvat(f'<mask label="date" rle="{runs}" left="0" top="0" width="30" height="21"/>'))
    mask = decode_mask(only_shape(result).segmentation)
    want = np.zeros(630, np.uint8)
    want[1:600:2] = 1
    assert mask[:21, :30].ravel().tolist() == want.tolist()


def test_a_mask_beyond_the_edge_is_cut() -> None:
    result = parsed(cvat('<mask label="date" rle="0,600" left="-10" top="70" width="20" height="30"/>'))
    assert only_shape(result).bbox == [0, 70, 10, 10]


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        ('<points label="date" points="5,5;6,6;7,9"/>', Fault.POINT),
        ('<skeleton label="date"><points label="1" points="5,5"/><points label="2" points="6,5"/></skeleton>',
         Fault.POINT),
        ('<polyline label="date" points="5,5;9,9"/>', Fault.LINE),
        ('<polyline label="date" points="5,5"/>', Fault.POINT),
        ('<cuboid label="date" xtl1="1" ytl1="1"/>', Fault.UNKNOWN_SHAPE),
        ('<polygon label="date" points="5,5;9,9"/>', Fault.TOO_FEW_POINTS),
        ('<polygon label="date" points="5,5;9,x;3,3"/>', Fault.NOT_NUMBERS),
        ('<polygon label="date" points="5,5;9,nan;3,3"/>', Fault.IMPOSSIBLE_COORDINATES),
        ('<polygon label="date"/>', Fault.TOO_FEW_POINTS),
        ('<box label="date" xtl="1" ytl="1" xbr="9"/>', Fault.NOT_NUMBERS),
        ('<box label="date" xtl="1" ytl="1" xbr="9" ybr="1"/>', Fault.NO_AREA),
        ('<box label="date" xtl="1" ytl="1" xbr="9" ybr="9" rotation="x"/>', Fault.NOT_NUMBERS),
        ('<ellipse label="date" cx="1" cy="1" rx="0" ry="2"/>', Fault.NO_AREA),
        ('<mask label="date" rle="1,2" left="0" top="0" width="1" height="1"/>', Fault.RLE_INVALID),
        ('<mask label="date" rle="1,-2" left="0" top="0" width="3" height="1"/>', Fault.RLE_INVALID),
        ('<mask label="date" rle="" left="0" top="0" width="3" height="1"/>', Fault.RLE_INVALID),
        ('<mask label="date" rle="9" left="0" top="0" width="3" height="3"/>', Fault.NO_AREA),
        ('<mask label="date" rle="9" left="0" top="0" width="90000" height="90000"/>', Fault.RLE_INVALID),
        ('<mask label="date" rle="9" left="nan" top="0" width="3" height="3"/>', Fault.RLE_INVALID),
    ],
)  # fmt: skip
def test_a_shape_that_is_none_is_skipped_and_reported(shape: str, fault: Fault) -> None:
    result = parsed(cvat(shape, POLYGON))
    assert counts(result.skipped) == {fault: 1}
    assert result.annotations_taken == 1


def test_what_is_not_kept_is_reported() -> None:
    shape = POLYGON.replace(
        "/>", ' occluded="1" z_order="3"><attribute name="depth">deep</attribute></polygon>'
    )
    tag = '<tag label="night" source="manual"><attribute name="lamp">2</attribute></tag>'
    result = parsed(cvat(shape, tag))
    assert result.annotations_taken == 1
    assert result.skipped[0].examples == [
        "occluded × 1 (a.jpg #1: 1)",
        "z_order × 1 (a.jpg #1: 3)",
        "depth × 1 (a.jpg #1: deep)",
        "tag × 1 (a.jpg: night)",
        "lamp × 1 (a.jpg: 2)",
    ]


def test_what_nobody_said_is_not_reported() -> None:
    shape = POLYGON.replace(
        "/>",
        ' occluded="0" z_order="0" source="auto" group_id="0"><attribute name="x">false</attribute></polygon>',
    )
    assert parsed(cvat(shape)).skipped == []


def test_polygons_of_one_group_and_label_are_one_object() -> None:
    parts = [POLYGON.replace("/>", f' group_id="{group}"/>') for group in (4, 4, 5)]
    result = parsed(cvat(*parts))
    assert [len(shape.segmentation) for shape in result.images[0].shapes] == [2, 1]
    assert counts(result.fixed) == {Fault.SHAPES_GROUPED: 1}
    assert result.skipped == []


def test_a_group_of_several_objects_is_reported() -> None:
    grouped = POLYGON.replace("/>", ' group_id="4"/>')
    result = parsed(cvat(grouped, grouped.replace("date", "fig")))
    assert result.annotations_taken == 2
    assert result.skipped[0].examples == ["group_id × 2 (a.jpg #1: 4)"]


def test_labels_keep_the_order_of_the_task() -> None:
    labels = (
        "<label><name>fig</name></label><label><name>unused</name></label><label><name>date</name></label>"
    )
    result = parsed(cvat(POLYGON, POLYGON.replace("date", "fig"), labels=labels))
    assert result.categories == ["fig", "date"]


def test_a_shape_without_a_label_is_an_object() -> None:
    result = parsed(cvat(POLYGON.replace('label="date"', "")))
    assert only_shape(result).category == "object"
    assert counts(result.fixed) == {Fault.CATEGORY_MISSING: 1}


@pytest.mark.parametrize(
    ("subset", "name", "others"), [("Train", "Train/a.jpg", ["a.jpg"]), ("default", "a.jpg", [])]
)
def test_a_subset_is_the_folder_of_its_photos(subset: str, name: str, others: list[str]) -> None:
    result = parsed(cvat(POLYGON, image=IMAGE.replace("<image", f'<image subset="{subset}"')))
    assert (result.images[0].file_name, result.images[0].other_names) == (name, others)
    assert result.skipped == []


def test_photos_of_two_subsets_may_have_one_name() -> None:
    one = cvat(POLYGON, image=IMAGE.replace("<image", '<image subset="train"')).decode()
    of_val = IMAGE.replace("<image", '<image subset="val"')
    other = f"{of_val}{POLYGON}</image></annotations>"
    result = parsed((one.partition("</annotations>")[0] + other).encode())
    assert [(image.file_name, len(image.shapes)) for image in result.images] == [
        ("train/a.jpg", 1),
        ("val/a.jpg", 1),
    ]


def test_a_subset_of_another_name_is_reported() -> None:
    result = parsed(cvat(POLYGON, image=IMAGE.replace("<image", '<image subset="line 3"')))
    assert result.skipped[0].examples == ["subset × 1 (line 3/a.jpg: line 3)"]


def test_a_photo_of_two_jobs_has_its_shapes_once() -> None:
    one = cvat(POLYGON).decode().partition("</annotations>")[0]
    again = f"{IMAGE}{POLYGON}{POLYGON.replace('30.00,30.00', '30.00,31.00')}</image></annotations>"
    result = parsed((one + again).encode())
    assert len(result.images) == 1
    assert result.annotations_taken == 2
    assert counts(result.skipped) == {Fault.DUPLICATE: 1}


def test_tracks_of_a_film_are_read_frame_by_frame() -> None:
    track = (
        '<track id="3" label="date" source="manual">'
        '<polygon frame="0" keyframe="1" outside="0" points="10,10;30,10;30,30;10,30"/>'
        '<polygon frame="1" keyframe="0" outside="0" points="10,10;30,10;30,30;10,31"/>'
        '<polygon frame="2" keyframe="1" outside="1" points="10,10;30,10;30,30;10,30"/></track>'
    )
    size = "<original_size><width>640</width><height>480</height></original_size>"
    result = parsed(f"<annotations><meta><task>{size}</task></meta>{track}</annotations>".encode())
    assert [(i.file_name, i.width, i.height) for i in result.images] == [
        ("frame_000000.png", 640, 480),
        ("frame_000001.png", 640, 480),
    ]
    assert result.annotations_taken == result.annotations_in_file == 2
    assert counts(result.fixed) == {Fault.FRAME_NAMED: 2}


def test_a_frame_without_a_number_is_skipped() -> None:
    track = '<track label="date"><box xtl="1" ytl="1" xbr="9" ybr="9"/></track>'
    result = parsed(f"<annotations>{track}</annotations>".encode())
    assert counts(result.skipped) == {Fault.UNKNOWN_IMAGE: 1}


def test_a_photo_without_a_name_loses_its_shapes_with_a_reason() -> None:
    result = parsed(cvat(POLYGON, image='<image id="7">'))
    assert counts(result.skipped) == {Fault.IMAGE_UNREADABLE: 1, Fault.UNKNOWN_IMAGE: 1}
