"""Every quirk that files of labelme and its descendants are known to have."""

import base64
import io
import math

import numpy as np
import pytest
from PIL import Image

from tests.formats.coco.coco_files import SQUARE
from tests.formats.coco.test_quirks import counts, only_shape
from tests.formats.via.test_quirks import parsed
from tests.formats.via.via_files import labelme, labelme_shape
from webapp.formats.annotations.any_format import embedded_images, parse_annotations
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedShape
from webapp.formats.masks.rle import decode_mask


def test_a_good_file_needs_no_repair() -> None:
    result = parsed(labelme(labelme_shape()))
    assert (result.format, result.categories) == (AnnotationFormat.LABELME, ["date"])
    assert [(i.file_name, i.width, i.height, i.embedded) for i in result.images] == [
        ("a.jpg", 100, 80, False)
    ]
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0)
    assert (result.fixed, result.skipped) == ([], [])


def test_old_files_know_no_kinds_of_shape() -> None:
    shape = labelme_shape() | {"line_color": None, "fill_color": None}
    del shape["shape_type"], shape["group_id"], shape["flags"]
    result = parsed(labelme(shape, imageHeight=None, imageWidth=None, lineColor=[0, 255, 0, 128]))
    assert only_shape(result).segmentation == [SQUARE]
    assert (result.images[0].width, result.images[0].height, result.fixed) == (None, None, [])


@pytest.mark.parametrize("points", [[[10, 10], [30, 30]], [[30, 10], [10, 30]], [[30, 30], [10, 10]]])
def test_a_rectangle_by_two_corners_in_any_order(points: list[list[float]]) -> None:
    shape = only_shape(parsed(labelme(labelme_shape(kind="rectangle", points=points))))
    assert shape == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0, is_box=True)


def test_a_rectangle_by_four_corners() -> None:
    assert only_shape(parsed(labelme(labelme_shape(kind="rectangle")))).is_box
    turned = labelme_shape(kind="rectangle", points=[[20, 10], [30, 20], [20, 30], [10, 20]])
    assert only_shape(parsed(labelme(turned))).area == 200


def test_a_circle_is_its_centre_and_a_point_of_its_edge() -> None:
    result = parsed(labelme(labelme_shape(kind="circle", points=[[50, 40], [50, 60]])))
    assert only_shape(result).area == pytest.approx(math.pi * 400, rel=0.02)
    assert counts(result.fixed) == {Fault.OUTLINE_DRAWN: 1}


@pytest.mark.parametrize("kind", ["rotation", "oriented_rectangle", "POLYGON", None, ""])
def test_kinds_of_polygon(kind: str | None) -> None:
    assert only_shape(parsed(labelme(labelme_shape(kind=kind)))).segmentation == [SQUARE]


@pytest.mark.parametrize(
    ("kind", "points", "fault"),
    [
        ("point", [[5, 5]], Fault.POINT),
        ("points", [[5, 5], [6, 6], [9, 2]], Fault.POINT),
        ("line", [[5, 5], [9, 9]], Fault.LINE),
        ("linestrip", [[5, 5], [5, 5]], Fault.POINT),
        ("linestrip", [[5, 5], [9, 9], [9, "x"]], Fault.NOT_NUMBERS),
        ("linestrip", [[5, 5], [9, 1e9]], Fault.IMPOSSIBLE_COORDINATES),
        ("polygon", [[5, 5], [9, 9]], Fault.TOO_FEW_POINTS),
        ("polygon", [], Fault.TOO_FEW_POINTS),
        ("polygon", "x", Fault.NO_SHAPE),
        ("polygon", [[5, 5], [9], [7, 8]], Fault.NOT_NUMBERS),
        ("rectangle", [[5, 5]], Fault.TOO_FEW_POINTS),
        ("rectangle", [[5, 5], [5, 9]], Fault.NO_AREA),
        ("rectangle", [5, 5], Fault.NOT_NUMBERS),
        ("circle", [[5, 5]], Fault.TOO_FEW_POINTS),
        ("circle", [[5, 5], [5, 5]], Fault.NO_AREA),
        ("cuboid", [[5, 5], [9, 9], [7, 8]], Fault.UNKNOWN_SHAPE),
        ("mask", [[5, 5], [9, 9]], Fault.RLE_INVALID),
    ],
)
def test_a_shape_that_is_none_is_skipped_and_reported(kind: str, points: object, fault: Fault) -> None:
    result = parsed(labelme(labelme_shape(kind=kind, points=points), labelme_shape()))
    assert counts(result.skipped) == {fault: 1}
    assert result.annotations_taken == 1


@pytest.mark.parametrize("entry", [None, 5, "x", []])
def test_an_entry_that_is_no_shape(entry: object) -> None:
    assert counts(parsed(labelme(entry, labelme_shape())).skipped) == {Fault.NOT_AN_OBJECT: 1}


@pytest.mark.parametrize("label", [None, "", "  ", [], {}])
def test_a_shape_without_label_is_kept_and_reported(label: object) -> None:
    result = parsed(labelme(labelme_shape(label=label)))
    assert result.categories == ["object"]
    assert counts(result.fixed) == {Fault.CATEGORY_MISSING: 1}


def test_parts_of_one_group_and_label_are_one_object() -> None:
    moved = [[x + 40, y] for x, y in labelme_shape()["points"]]
    result = parsed(
        labelme(
            labelme_shape(group_id=1),
            labelme_shape(points=moved, group_id=1),
            labelme_shape(label="fig", group_id=1),
            labelme_shape(group_id=2),
        )
    )
    assert [(s.category, len(s.segmentation), s.area) for s in result.images[0].shapes] == [
        ("date", 2, 800),
        ("fig", 1, 400),
        ("date", 1, 400),
    ]
    assert counts(result.fixed) == {Fault.SHAPES_GROUPED: 1}


def png(mask: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_mask_keeps_its_hole_and_its_place() -> None:
    mask = np.full((21, 21), 255, dtype=np.uint8)
    mask[5:10, 5:10] = 0
    entry = labelme_shape(kind="mask", points=[[10, 10], [30, 30]], mask=png(mask))
    shape = only_shape(parsed(labelme(entry)))
    assert isinstance(shape.segmentation, dict)
    assert (shape.area, shape.bbox) == (21 * 21 - 25, [10, 10, 21, 21])
    decoded = decode_mask(shape.segmentation)
    assert decoded.shape == (80, 100)
    assert (decoded[10, 10], decoded[17, 17], decoded[9, 9]) == (1, 0, 0)


@pytest.mark.parametrize(("corner", "area"), [([-10, -10], 11 * 11), ([90, 70], 100), ([200, 200], 0)])
def test_a_mask_that_reaches_out_of_the_photo(corner: list[int], area: int) -> None:
    entry = labelme_shape(kind="mask", points=[corner], mask=png(np.full((21, 21), 255, dtype=np.uint8)))
    result = parsed(labelme(entry))
    assert sum(shape.area for shape in result.images[0].shapes) == area


@pytest.mark.parametrize("mask", ["", "%%%", base64.b64encode(b"no picture").decode(), 5, None])
def test_a_broken_mask_is_skipped(mask: object) -> None:
    entry = labelme_shape(kind="mask", points=[[10, 10], [30, 30]], mask=mask)
    assert counts(parsed(labelme(entry)).skipped) == {Fault.RLE_INVALID: 1}


def test_a_photo_without_name_is_called_as_its_file() -> None:
    result = parsed(labelme(labelme_shape(), imagePath=None), "部品 3.json")
    assert result.images[0].file_name == "部品 3.jpg"
    itself = parsed(labelme(labelme_shape(), imagePath="部品 3.json"), "部品 3.json")
    assert itself.images[0].file_name == "部品 3.jpg"
    assert counts(result.fixed) == {Fault.IMAGE_NAME_GUESSED: 1}


@pytest.mark.parametrize(
    ("path", "filename", "expected"),
    [
        ("..\\images\\a.jpg", "labels/a.json", "images/a.jpg"),
        ("..\\images\\a.jpg", "a.json", "..\\images\\a.jpg"),
        ("a.jpg", "set 1/a.json", "set 1/a.jpg"),
        ("C:\\photos\\a.jpg", "labels/a.json", "C:\\photos\\a.jpg"),
        ("/photos/a.jpg", "labels/a.json", "/photos/a.jpg"),
    ],
)
def test_the_photo_is_named_relative_to_its_file(path: str, filename: str, expected: str) -> None:
    assert parsed(labelme(labelme_shape(), imagePath=path), filename).images[0].file_name == expected


@pytest.mark.parametrize("prefix", ["", "data:image/jpeg;base64,"])
def test_the_photo_inside(prefix: str) -> None:
    content = prefix + base64.b64encode(b"\xff\xd8 a photo").decode()
    data = labelme(labelme_shape(), imageData=content)
    assert parsed(data, "set/a.json").images[0].embedded
    assert list(embedded_images(data, "set/a.json")) == [("set/a.jpg", b"\xff\xd8 a photo")]


def test_a_broken_photo_inside_does_not_cost_the_shapes() -> None:
    data = labelme(labelme_shape(), imageData="%%%")
    assert parsed(data).annotations_taken == 1
    assert list(embedded_images(data)) == [("a.jpg", None)]


def test_no_photo_inside() -> None:
    assert list(embedded_images(labelme(labelme_shape()))) == []


def test_a_file_in_big5_is_understood_and_reported() -> None:
    data = labelme(labelme_shape(label="無花果")).decode().encode("ascii").decode("unicode_escape")
    result = parse_annotations(data.encode("cp950"))
    assert result.categories == ["無花果"]
    assert counts(result.fixed) == {Fault.TEXT_ENCODING: 1}
