"""Every quirk that Pascal VOC's XML is known to have."""

import math

import pytest

from tests.formats.coco.coco_files import SQUARE
from tests.formats.coco.test_quirks import counts, only_shape
from tests.formats.via.test_quirks import parsed
from tests.formats.voc.voc_files import voc, voc_object
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedShape

ROBOFLOW = "<polygon><x1>10</x1><y1>10</y1><x2>30</x2><y2>10</y2><x3>30</x3><y3>30</y3><x4>10</x4><y4>30</y4></polygon>"
LABELME_WEB = "<polygon><username>ann</username>" + "".join(
    f"<pt><x>\n{x}\n</x><y>\n{y}\n</y></pt>" for x, y in ((10, 10), (30, 10), (30, 30), (10, 30))
)


def test_a_good_file_needs_no_repair() -> None:
    result = parsed(voc(voc_object()), "a.xml")
    assert (result.format, result.categories) == (AnnotationFormat.VOC, ["date"])
    assert [(i.file_name, i.width, i.height) for i in result.images] == [("a.jpg", 100, 80)]
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0, is_box=True)
    assert (result.fixed, result.skipped) == ([], [])


@pytest.mark.parametrize(
    "source",
    [
        "<source><database>The VOC2007 Database</database><annotation>PASCAL VOC2007</annotation></source>",
        "<source><database>The VOC2012 Database</database></source>",
    ],
)
def test_pascal_counts_pixels_from_one_and_includes_the_last(source: str) -> None:
    result = parsed(voc(voc_object(box=(1, 1, 100, 80)), more=source))
    assert only_shape(result).bbox == [0, 0, 100, 80]
    assert counts(result.fixed) == {Fault.PIXELS_FROM_ONE: 1}


@pytest.mark.parametrize("database", ["Unknown", "roboflow.com", ""])
def test_other_tools_write_the_edges(database: str) -> None:
    result = parsed(voc(voc_object(), more=f"<source><database>{database}</database></source>"))
    assert only_shape(result).bbox == [10, 10, 20, 20]


def test_fractions_are_kept() -> None:
    assert only_shape(parsed(voc(voc_object(box=("10.5", "1e1", " 30.25 ", 30))))).bbox == [
        10.5,
        10,
        19.75,
        20,
    ]


def test_corners_in_any_order() -> None:
    assert only_shape(parsed(voc(voc_object(box=(30, 30, 10, 10))))).bbox == [10, 10, 20, 20]


@pytest.mark.parametrize("polygon", [ROBOFLOW, LABELME_WEB + "</polygon>"], ids=["Roboflow", "LabelMe"])
def test_a_polygon_is_taken_in_place_of_its_box(polygon: str) -> None:
    result = parsed(voc(voc_object(box=(0, 0, 50, 50), more=polygon)))
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0)


def test_ten_points_of_roboflow_keep_their_order() -> None:
    points = [(50 + 20 * math.cos(a * 0.6), 40 + 20 * math.sin(a * 0.6)) for a in range(10)]
    numbered = "".join(f"<x{n}>{x}</x{n}><y{n}>{y}</y{n}>" for n, (x, y) in enumerate(points, 1))
    shape = only_shape(parsed(voc(voc_object(more=f"<polygon>{numbered}</polygon>"))))
    assert shape.segmentation == [[coordinate for point in points for coordinate in point]]


def test_an_unusable_polygon_is_replaced_by_its_box() -> None:
    result = parsed(voc(voc_object(more="<polygon><x1>1</x1><y1>x</y1></polygon>")))
    assert only_shape(result).bbox == [10, 10, 20, 20]
    assert counts(result.fixed) == {Fault.REPLACED_BY_BOX: 1}


def test_a_turned_box_has_radians() -> None:
    turned = "<robndbox><cx>50</cx><cy>40</cy><w>40</w><h>20</h><angle>1.5707963267948966</angle></robndbox>"
    entry = f"<object><type>robndbox</type><name>date</name>{turned}</object>"
    assert only_shape(parsed(voc(entry))).bbox == pytest.approx([40, 20, 20, 40])


def test_what_is_not_kept_is_reported() -> None:
    more = (
        "<pose>Left</pose><truncated>1</truncated><difficult>1</difficult><occluded>0</occluded>"
        "<attributes><attribute><name>depth</name><value>deep</value></attribute></attributes>"
        "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    )
    result = parsed(voc(voc_object(more=more)))
    assert result.annotations_taken == 1
    assert result.skipped[0].examples == [
        "pose × 1 (a.jpg #1: Left)",
        "truncated × 1 (a.jpg #1: 1)",
        "difficult × 1 (a.jpg #1: 1)",
        "depth × 1 (a.jpg #1: deep)",
        "part × 1 (a.jpg #1: head)",
    ]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("<object><name>date</name></object>", Fault.NO_SHAPE),
        (voc_object(box=(1, "x", 2, 3)), Fault.NOT_NUMBERS),
        (voc_object(box=(1, "nan", 2, 3)), Fault.NOT_NUMBERS),
        (voc_object(box=(5, 5, 5, 9)), Fault.NO_AREA),
        (voc_object(box=(5, 5, 1e300, 9)), Fault.IMPOSSIBLE_COORDINATES),
        (voc_object(more="<deleted>1</deleted>"), Fault.CANCELLED),
    ],
)
def test_an_object_that_is_none_is_skipped_and_reported(entry: str, fault: Fault) -> None:
    result = parsed(voc(entry, voc_object()))
    assert counts(result.skipped) == {fault: 1}
    assert result.annotations_taken == 1


@pytest.mark.parametrize(
    ("filename", "more", "name"),
    [
        ("a.jpg", "<path>C:\\photos\\b.jpg</path>", "set/a.jpg"),
        ("", "<path>C:\\photos\\b.jpg</path>", "C:\\photos\\b.jpg"),
        ("2007_000032", "", "set/2007_000032.jpg"),
        ("part.v2", "", "set/part.v2"),
        ("\n  無花果.png\n", "", "set/無花果.png"),
    ],
)
def test_names_of_photos(filename: str, more: str, name: str) -> None:
    result = parsed(voc(voc_object(), filename=filename, more=more), "set/x.xml")
    assert result.images[0].file_name == name


def test_without_a_name_it_is_that_of_the_file() -> None:
    result = parsed(voc(voc_object(), filename=""), "set/a.b.xml")
    assert result.images[0].file_name == "set/a.b.jpg"
    assert counts(result.fixed) == {Fault.IMAGE_NAME_GUESSED: 1}


def test_a_size_of_zero_is_no_size() -> None:
    result = parsed(voc(voc_object(), size="<size><width>0</width><height>0</height></size>"))
    assert (result.images[0].width, result.annotations_taken) == (None, 1)
    assert counts(result.fixed) == {Fault.IMAGE_SIZE_UNREADABLE: 1}


def test_an_object_without_a_name() -> None:
    result = parsed(voc(voc_object(name="")))
    assert only_shape(result).category == "object"
    assert counts(result.fixed) == {Fault.CATEGORY_MISSING: 1}


@pytest.mark.parametrize("encoding", ["gbk", "big5", "shift_jis", "utf-16", "iso-8859-1"])
def test_encodings_that_the_file_declares(encoding: str) -> None:
    name = "part-é" if encoding == "iso-8859-1" else "部品"
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    data = (head + voc(voc_object(name)).decode()).encode(encoding)
    result = parse_annotations(data, "a.xml")
    assert result.categories == [name]
    assert result.fixed == []


def test_a_declaration_that_is_wrong() -> None:
    data = b'<?xml version="1.0" encoding="gbk"?>\n' + voc(voc_object("部品"))
    assert parse_annotations(data, "a.xml").categories == ["部品"]
