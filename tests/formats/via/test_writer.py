"""A project for VIA 2: what VIA knows stands in it as it is, the rest as near as VIA can hold it."""

import io
import json
from dataclasses import replace
from typing import Any

import numpy as np

from tests.formats.coco.test_writer import export_shape, image, ring
from tests.formats.via.via_files import POLYGON, region, via_annotations, via_photo
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.parsed import AnnotationFault
from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.masks.rle import decode_mask, encode_mask, polygons_to_rle, rectangle
from webapp.formats.via.writer import ViaChanges, ViaStream, ViaWords

TRIANGLE = [1.0, 1.0, 9.0, 1.0, 5.0, 8.5]
OTHER = [20.0, 20.0, 30.0, 20.0, 30.0, 30.0]


def project(*photos: tuple[ExportImage, list[ExportShape]], folder: str = "") -> tuple[Any, ViaChanges]:
    out = io.BytesIO()
    stream = ViaStream(out, "滾珠螺桿", ["date", "無花果", "<b>"], ViaWords(category="類別"), folder)
    for photo, shapes in photos:
        stream.add(photo, shapes)
    stream.finish()
    assert (stream.photos, stream.shapes) == (len(photos), sum(len(shapes) for _photo, shapes in photos))
    return json.loads(out.getvalue()), stream.changes


def regions_of(*shapes: ExportShape) -> tuple[list[Any], ViaChanges]:
    document, changes = project((image(0, size=100), list(shapes)))
    return document["_via_img_metadata"]["photo 0.jpg100"]["regions"], changes


def test_photos_stand_under_the_key_that_via_gives_them_unless_it_begins_with_a_number() -> None:
    first = replace(image(0, size=100), file_name="a.jpg")
    document, _changes = project((first, []), (image(1, size=7, split="test", no_object=True), []))
    keys = ["a.jpg100", "photo 1.jpg7"]
    assert document["_via_image_id_list"] == list(document["_via_img_metadata"]) == keys
    second = document["_via_img_metadata"]["photo 1.jpg7"]
    assert second == {
        "filename": "1.jpg",
        "size": 7,
        "regions": [],
        "file_attributes": {"split": "test", "no_object": "yes"},
    }
    assert document["_via_data_format_version"] == "2.0.10"


def test_the_project_names_the_model_its_photos_folder_and_its_categories() -> None:
    document, _changes = project(folder="photos/")
    assert document["_via_settings"]["project"]["name"] == "滾珠螺桿"
    assert document["_via_settings"]["core"]["default_filepath"] == "photos/"
    category = document["_via_attributes"]["region"]["name"]
    assert (category["type"], category["description"]) == ("dropdown", "類別")
    assert category["options"] == {"date": "date", "無花果": "無花果", "<b>": "&lt;b&gt;"}
    assert (document["_via_img_metadata"], document["_via_image_id_list"]) == ({}, [])


def test_boxes_and_polygons_stand_as_they_are() -> None:
    box = export_shape("date", [rectangle([2.5, 3.0, 10.0, 4.25])], is_box=True)
    regions, changes = regions_of(box, export_shape("無花果", [TRIANGLE], iscrowd=True))
    assert regions == [
        {
            "shape_attributes": {"name": "rect", "x": 2.5, "y": 3.0, "width": 10.0, "height": 4.25},
            "region_attributes": {"name": "date"},
        },
        {
            "shape_attributes": {
                "name": "polygon",
                "all_points_x": [1.0, 9.0, 5.0],
                "all_points_y": [1.0, 1.0, 8.5],
            },
            "region_attributes": {"name": "無花果", "crowd": {"yes": True}},
        },
    ]
    assert changes.as_document() == {}


def test_the_parts_of_one_shape_carry_its_number() -> None:
    regions, changes = regions_of(export_shape("date", [TRIANGLE]), export_shape("date", [TRIANGLE, OTHER]))
    assert [region["region_attributes"].get("object") for region in regions] == [None, "#2", "#2"]
    assert changes.as_document() == {"several_polygons": 1}


def test_a_mask_stands_as_its_exact_outlines() -> None:
    mask = decode_mask(ring(3, 4, 5))
    mask[40:44, 50:60] = 1
    regions, changes = regions_of(export_shape("date", encode_mask(mask)))
    flat = [
        [
            float(side)
            for point in zip(shape["all_points_x"], shape["all_points_y"], strict=True)
            for side in point
        ]
        for shape in (region["shape_attributes"] for region in regions)
    ]
    height, width = mask.shape
    assert (decode_mask(polygons_to_rle(flat, width, height)) == mask).all()
    assert changes.as_document() == {"several_polygons": 1, "masks": 1, "holes": 1}


def test_a_mask_of_one_piece_is_one_region() -> None:
    mask = np.zeros((48, 64), dtype=np.uint8)
    mask[1:5, 1:5] = 1
    regions, changes = regions_of(export_shape("date", encode_mask(mask)))
    assert len(regions) == 1
    assert changes.as_document() == {"masks": 1}


def test_a_project_that_is_imported_again_is_the_same() -> None:
    box = export_shape("date", [rectangle([2.5, 3.0, 10.0, 4.25])], is_box=True)
    shapes = [
        box,
        export_shape("無花果", [TRIANGLE, OTHER]),
        export_shape("無花果", [OTHER], iscrowd=True),
        export_shape("date", [OTHER, TRIANGLE]),
    ]
    document, _changes = project(
        (image(0, size=100), shapes), (image(1, size=7, split="test", no_object=True), [])
    )
    again = parse_annotations(json.dumps(document).encode(), "via.json")
    assert [finding.code for finding in again.fixed] == [AnnotationFault.SHAPES_GROUPED]
    assert (again.annotations_in_file, again.skipped) == (len(shapes), [])
    first, second = again.images
    assert (first.split, first.no_object, second.split, second.no_object) == ("train", False, "test", True)
    assert [(one.category, one.segmentation, one.bbox, one.is_box, one.iscrowd) for one in first.shapes] == [
        (one.category, one.segmentation, one.bbox, one.is_box, one.iscrowd) for one in shapes
    ]


def test_projects_saved_before_still_join_parts_and_mark_crowds() -> None:
    parts = [
        region(name="date", object="3"),
        region({**POLYGON, "all_points_x": [50, 70, 70, 50]}, name="date", object="3"),
    ]
    crowd = region({**POLYGON, "all_points_y": [40, 40, 60, 60]}, name="fig", crowd="yes")
    again = parse_annotations(
        via_annotations(via_photo(*parts, crowd, file_attributes={"split": "train"})), "via.json"
    )
    (image,) = again.images
    assert [(shape.category, len(shape.segmentation), shape.iscrowd) for shape in image.shapes] == [
        ("date", 2, False),
        ("fig", 1, True),
    ]


def test_the_category_alone_is_what_via_takes_for_one() -> None:
    document, _changes = project()
    types = {name: one["type"] for name, one in document["_via_attributes"]["region"].items()}
    assert types == {"name": "dropdown", "object": "text", "crowd": "checkbox"}


def test_numbers_that_name_the_category_join_nothing() -> None:
    regions = [region(object="1"), region({**POLYGON, "all_points_x": [50, 70, 70, 50]}, object="1")]
    again = parse_annotations(via_annotations(via_photo(*regions)), "via.json")
    assert [shape.category for shape in again.images[0].shapes] == ["1", "1"]


def test_a_photo_that_is_listed_twice_gets_no_part_twice() -> None:
    document, _changes = project((image(0, size=100), [export_shape("date", [TRIANGLE, OTHER])]))
    photos = document["_via_img_metadata"]
    photos["again"] = photos["photo 0.jpg100"]
    again = parse_annotations(json.dumps(document).encode(), "via.json")
    assert [shape.segmentation for shape in again.images[0].shapes] == [[TRIANGLE], [OTHER]]
