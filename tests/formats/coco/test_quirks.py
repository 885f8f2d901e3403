"""Every quirk that COCO files of other tools are known to have."""

import json
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from tests.formats.coco.coco_files import SQUARE, annotation, coco
from webapp.formats.annotations import parsed as annotation_parsed
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import Finding, ParsedAnnotations, ParsedShape
from webapp.formats.coco.reader import parse_coco
from webapp.formats.masks.rle import decode_mask


def parsed(*annotations: Any, **changes: Any) -> ParsedAnnotations:
    result = parse_coco(coco(*annotations, **changes))
    assert result.annotations_taken + result.annotations_skipped == result.annotations_in_file
    return result


def only_shape(result: ParsedAnnotations) -> ParsedShape:
    assert result.annotations_taken == 1
    return next(shape for image in result.images for shape in image.shapes)


def counts(findings: list[Finding]) -> dict[Fault, int]:
    return {finding.code: finding.count for finding in findings}


def mask_counts(*, compressed: bool) -> Any:
    mask = np.zeros((80, 100), dtype=np.uint8)
    mask[10:30, 10:30] = 1
    mask[15:20, 15:20] = 0
    if compressed:
        return coco_mask.encode(np.asfortranarray(mask))["counts"].decode()
    flat = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    return np.diff([0, *edges, flat.size]).tolist()


def test_a_good_file_needs_no_repair() -> None:
    result = parsed(annotation())
    assert (result.fixed, result.skipped) == ([], [])
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0)


@pytest.mark.parametrize(("image_id", "category_id"), [("1", "1"), (1.0, 1.0), ("1.0", " 1 "), (1, "1")])
def test_string_and_float_ids_are_the_same_ids(image_id: object, category_id: object) -> None:
    result = parsed(annotation(image_id=image_id, category_id=category_id))
    assert only_shape(result).category == "date"


def test_ids_that_are_words() -> None:
    images = [{"id": "img-a", "file_name": "a.jpg", "width": 100, "height": 80}]
    assert only_shape(parsed(annotation(image_id="img-a"), images=images)).area == 400


def test_category_ids_from_zero() -> None:
    categories = [{"id": 0, "name": "date"}, {"id": 1, "name": "fig"}]
    result = parsed(annotation(category_id=0), annotation(category_id=1), categories=categories)
    assert [shape.category for shape in result.images[0].shapes] == ["date", "fig"]
    assert result.categories == ["date", "fig"]


def test_the_same_category_listed_several_times_is_one() -> None:
    categories = [{"id": 1, "name": "date"}, {"id": 2, "name": "date"}, {"id": 1, "name": "date"}]
    result = parsed(annotation(), annotation(category_id=2), categories=categories)
    assert result.categories == ["date"]
    assert result.annotations_taken == 2
    assert counts(result.fixed) == {Fault.CATEGORY_LISTED_TWICE: 2}


def test_an_unused_category_is_left_out_and_reported() -> None:
    categories = [{"id": 0, "name": "objects"}, {"id": 1, "name": "date", "supercategory": "objects"}]
    result = parsed(annotation(), categories=categories)
    assert result.categories == ["date"]
    assert counts(result.skipped) == {Fault.CATEGORY_UNUSED: 1}
    assert result.skipped[0].examples == ["objects"]


def test_one_category_id_for_two_names_is_not_guessed() -> None:
    result = parsed(annotation(), categories=[{"id": 1, "name": "date"}, {"id": 1, "name": "fig"}])
    assert result.skipped[0].code == Fault.CATEGORY_ID_AMBIGUOUS


@pytest.mark.parametrize("unset", [None, "", "undefined", float("nan")])
def test_a_shape_without_a_category_is_called_object_or_as_the_only_one(unset: object) -> None:
    one = parsed(annotation(category_id=unset))
    assert (one.categories, only_shape(one).category) == (["date"], "date")
    assert counts(one.fixed) == {Fault.CATEGORY_ONLY: 1}
    for categories in ([], [{"id": 1, "name": "date"}, {"id": 2, "name": "fig"}]):
        several = parsed(annotation(category_id=unset), annotation(category_id=unset), categories=categories)
        assert several.categories == ["object"]
        assert counts(several.fixed) == {Fault.CATEGORY_MISSING: 2}


def test_the_only_category_may_be_without_an_id_as_its_shapes() -> None:
    result = parsed(annotation(category_id=None), categories=[{"id": None, "name": "date"}])
    assert (result.categories, result.skipped) == (["date"], [])


@pytest.mark.parametrize("entry", [{"id": 2}, {"name": "fig"}, {"id": 2, "name": " \n"}, "fig", None])
def test_a_category_without_id_or_name_is_skipped(entry: object) -> None:
    result = parsed(annotation(), categories=[{"id": 1, "name": "date"}, entry])
    assert counts(result.skipped) == {Fault.CATEGORY_UNREADABLE: 1}


def test_a_category_name_is_no_longer_than_the_product_keeps() -> None:
    result = parsed(annotation(), categories=[{"id": 1, "name": "x" * 101}])
    assert result.categories == ["x" * 100]
    assert counts(result.fixed) == {Fault.CATEGORY_NAME_CHANGED: 1}


def test_category_names_are_cleaned() -> None:
    result = parsed(annotation(), categories=[{"id": 1, "name": " 無花果\u0000 "}])
    assert result.categories == ["無花果"]
    assert counts(result.fixed) == {Fault.CATEGORY_NAME_CHANGED: 1}


@pytest.mark.parametrize(("value", "meant"), [(True, True), (False, False), ("1", True), ("0", False)])
def test_iscrowd_as_true_or_text(value: object, meant: bool) -> None:
    result = parsed(annotation(iscrowd=value))
    assert only_shape(result).iscrowd is meant
    assert counts(result.fixed) == {Fault.ISCROWD_UNUSUAL: 1}


@pytest.mark.parametrize("compressed", [True, False])
def test_rle_keeps_its_hole(compressed: bool) -> None:
    segmentation = {"size": [80, 100], "counts": mask_counts(compressed=compressed)}
    shape = only_shape(parsed(annotation(segmentation=segmentation, area=375)))
    assert isinstance(shape.segmentation, dict)
    assert shape.segmentation["counts"] == mask_counts(compressed=True)
    assert (shape.area, shape.bbox) == (375, [10, 10, 20, 20])
    assert decode_mask(shape.segmentation)[17, 17] == 0


@pytest.mark.parametrize(
    "rle",
    [
        {"size": [80, 100], "counts": [8001]},
        {"size": [80, 100], "counts": [1, 2]},
        {"size": [80, 100], "counts": [-5, 8005]},
        {"size": [80, 100], "counts": [0.5, 7999.5]},
        {"size": [80, 100], "counts": ["x"]},
        {"size": [80, 100], "counts": []},
        {"size": [80, 100], "counts": ""},
        {"size": [80, 100], "counts": "ü"},
        {"size": [80, 100], "counts": "oooooooooooo"},
        {"size": [80, 100], "counts": "PP"},
        {"size": [80, 100], "counts": None},
        {"size": [0, 100], "counts": []},
        {"size": [1_000_000, 1_000_000], "counts": [10**12]},
        {"size": "80x100", "counts": [8000]},
        {"size": [80.5, 100], "counts": [8050]},
        {"counts": [8000]},
    ],
)
def test_a_broken_rle_is_skipped_or_becomes_its_box(rle: dict[str, Any]) -> None:
    skipped = parsed(annotation(segmentation=rle, bbox=None), annotation())
    assert counts(skipped.skipped) == {Fault.RLE_INVALID: 1}
    boxed = parsed(annotation(segmentation=rle))
    assert only_shape(boxed).is_box
    assert counts(boxed.fixed) == {Fault.REPLACED_BY_BOX: 1}


def test_an_empty_mask_is_skipped() -> None:
    result = parsed(annotation(segmentation={"size": [80, 100], "counts": [8000]}, bbox=[0, 0, 0, 0]))
    assert counts(result.skipped) == {Fault.NO_AREA: 1, Fault.CATEGORY_UNUSED: 1}


def test_a_flat_segmentation_list_is_one_polygon() -> None:
    result = parsed(annotation(segmentation=SQUARE))
    assert only_shape(result).segmentation == [SQUARE]
    assert counts(result.fixed) == {Fault.FLAT_SEGMENTATION: 1}


def test_the_coco_that_via_exports() -> None:
    """Flat lists, the number of a photo as text, categories from 0 that are options of an attribute."""
    region = annotation(id=0, image_id="1", category_id=0, segmentation=list(SQUARE))
    box = annotation(id=1, image_id="1", category_id=1, segmentation=[10, 10, 30, 10, 30, 30, 10, 30])
    triangle = annotation(id=2, image_id="1", category_id=1, segmentation=[10, 10, 30, 10, 30, 30])
    document = coco(
        region,
        box,
        triangle,
        info={"description": "VIA project exported to COCO format using VGG Image Annotator"},
        images=[
            {"id": 1, "width": 100, "height": 80, "file_name": "a.jpg", "license": 0, "flickr_url": "a.jpg"}
            | {"coco_url": "a.jpg", "date_captured": ""}
        ],
        licenses=[{"id": 0, "name": "Unknown License", "url": ""}],
        categories=[
            {"supercategory": "type", "id": 0, "name": "date"},
            {"supercategory": "type", "id": 1, "name": "fig &amp; &lt;b&gt;"},
        ],
    )
    info_first = dict(sorted(json.loads(document).items(), key=lambda part: part[0] != "info"))
    result = parse_coco(json.dumps(info_first).encode())
    assert [(shape.category, shape.segmentation, shape.is_box) for shape in result.images[0].shapes] == [
        ("date", [SQUARE], True),
        ("fig & <b>", [SQUARE], True),
        ("fig & <b>", [[10, 10, 30, 10, 30, 30]], False),
    ]
    assert counts(result.fixed)[Fault.FLAT_SEGMENTATION] == 3
    assert result.skipped == []


@pytest.mark.parametrize("nested", [False, True])
def test_points_written_as_pairs(nested: bool) -> None:
    pairs = [[10, 10], [30, 10], [30, 30], [10, 30]]
    result = parsed(annotation(segmentation=[pairs] if nested else pairs))
    assert only_shape(result).segmentation == [SQUARE]
    assert counts(result.fixed) == {Fault.POINT_PAIRS: 1}


@pytest.mark.parametrize("points", [[10, 10], [10, 10, 30, 30], [10, 10, 30, 30, 10, 10]])
def test_a_polygon_of_one_or_two_points_becomes_its_box(points: list[float]) -> None:
    result = parsed(annotation(segmentation=[points]))
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0, is_box=True)
    assert counts(result.fixed) == {Fault.REPLACED_BY_BOX: 1}


@pytest.mark.parametrize(
    "bbox", [None, [10, 10, 0, 20], [10, 10, -5, 20], [10, 10, 20], "box", [1, 2, 3, "x"]]
)
def test_a_polygon_of_two_points_without_a_good_box_is_skipped(bbox: object) -> None:
    result = parsed(annotation(segmentation=[[10, 10, 30, 30]], bbox=bbox), annotation())
    assert counts(result.skipped) == {Fault.TOO_FEW_POINTS: 1}
    assert result.skipped[0].examples == ["a.jpg #1"]


def test_points_on_one_line_are_no_polygon() -> None:
    result = parsed(annotation(segmentation=[[10, 10, 20, 20, 30, 30]], bbox=None), annotation())
    assert counts(result.skipped) == {Fault.NO_AREA: 1}


def test_a_bow_tie_is_a_polygon() -> None:
    bow_tie = [10.0, 10.0, 30.0, 30.0, 30.0, 10.0, 10.0, 30.0]
    assert only_shape(parsed(annotation(segmentation=[bow_tie]))).segmentation == [bow_tie]


def test_an_explicitly_closed_polygon_loses_the_repeated_point() -> None:
    result = parsed(annotation(segmentation=[[*SQUARE, *SQUARE[:2]]]))
    assert only_shape(result).segmentation == [SQUARE]
    assert counts(result.fixed) == {Fault.POLYGON_CLOSED: 1}


def test_an_x_without_y_is_left_out() -> None:
    result = parsed(annotation(segmentation=[[*SQUARE, 7.0]]))
    assert only_shape(result).segmentation == [SQUARE]
    assert counts(result.fixed) == {Fault.ODD_COORDINATES: 1}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e300, None])
def test_impossible_coordinates(value: object) -> None:
    broken = annotation(segmentation=[[value, *SQUARE[1:]]], bbox=[value, 10, 20, 20])
    result = parsed(broken, annotation())
    assert counts(result.skipped) == {Fault.IMPOSSIBLE_COORDINATES: 1}


@pytest.mark.parametrize("segmentation", ["text", 5, ["text"], [["text"]], [[{}]], [{}], [[[1]]], True])
def test_a_segmentation_of_another_type(segmentation: object) -> None:
    result = parsed(annotation(segmentation=segmentation, bbox=None), annotation())
    assert counts(result.skipped) == {Fault.NOT_NUMBERS: 1}


def test_one_bad_part_of_several_does_not_cost_the_others() -> None:
    result = parsed(annotation(segmentation=[SQUARE, [1, 1, 2, 2]]))
    assert only_shape(result).segmentation == [SQUARE]
    assert [(f.code, f.subject, f.count) for f in result.fixed] == [
        (Fault.POLYGON_PART_DROPPED, "polygon", 1)
    ]


@pytest.mark.parametrize("segmentation", [None, [], {}, [[]]])
def test_a_box_without_polygon_is_kept_as_a_box(segmentation: object) -> None:
    result = parsed(annotation(segmentation=segmentation))
    assert only_shape(result) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0, is_box=True)
    assert counts(result.fixed) == {Fault.BOX_ONLY: 1}


@pytest.mark.parametrize(
    ("rotation", "corners"),
    [
        (90, [40, 20, 40, 60, 20, 60, 20, 20]),
        (-90, [20, 60, 20, 20, 40, 20, 40, 60]),
        (450.0, [40, 20, 40, 60, 20, 60, 20, 20]),
    ],
)
def test_a_box_that_cvat_turned_is_the_turned_rectangle(rotation: float, corners: list[float]) -> None:
    turned = annotation(segmentation=[], bbox=[10, 30, 40, 20], attributes={"rotation": rotation})
    result = parsed(turned)
    assert only_shape(result).segmentation == [corners]
    assert (only_shape(result).bbox, only_shape(result).is_box) == ([20, 20, 20, 40], False)
    assert counts(result.fixed) == {Fault.BOX_TURNED: 1}


@pytest.mark.parametrize("rotation", [0, 0.0, 360, None, "30", True, float("nan"), 1e300])
def test_a_box_that_is_not_turned_stays_a_box(rotation: object) -> None:
    box = annotation(segmentation=[], attributes={"rotation": rotation, "occluded": False})
    assert counts(parsed(box).fixed) == {Fault.BOX_ONLY: 1}


def test_a_box_with_its_rectangle_as_coco_annotator_writes_it() -> None:
    result = parsed(annotation(isbbox=True, iscrowd=False, keypoints=[], metadata={}))
    assert only_shape(result).is_box


@pytest.mark.parametrize("key", ["path", "coco_url"])
def test_the_name_of_a_photo_under_another_key(key: str) -> None:
    images = [{"id": 1, key: "set/a.jpg", "width": 100, "height": 80}]
    assert parsed(annotation(), images=images).images[0].file_name == "set/a.jpg"


def test_neither_polygon_nor_box_is_skipped() -> None:
    result = parsed(annotation(segmentation=[], bbox=[]), annotation())
    assert counts(result.skipped) == {Fault.NO_SHAPE: 1}


@pytest.mark.parametrize("bbox", [[0, 0, 5, 5], None, [10, 10, 30, 30], "wide"])
def test_a_box_that_disagrees_is_computed_from_the_polygon(bbox: object) -> None:
    result = parsed(annotation(bbox=bbox))
    assert only_shape(result).bbox == [10, 10, 20, 20]
    assert counts(result.fixed) == {Fault.BBOX_RECOMPUTED: 1}


def test_a_box_rounded_to_whole_pixels_agrees() -> None:
    assert parsed(annotation(bbox=[9, 9, 21, 21])).fixed == []


@pytest.mark.parametrize("area", [None, 0, 900, "400", float("nan"), True, 10**1000])
def test_a_missing_or_wrong_area_is_computed(area: object) -> None:
    result = parsed(annotation(area=area))
    assert only_shape(result).area == 400
    assert counts(result.fixed) == {Fault.AREA_RECOMPUTED: 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_does_no_harm(encoding: str) -> None:
    assert parse_coco(coco(annotation()).decode().encode(encoding)).annotations_taken == 1


def test_a_photo_listed_twice_is_one_and_its_shapes_come_once() -> None:
    images = [{"id": i, "file_name": "a.jpg", "width": 100, "height": 80} for i in (1, 2)]
    other = annotation(image_id=2, segmentation=[[v + 5 for v in SQUARE]], bbox=[15, 15, 20, 20])
    result = parsed(annotation(), annotation(image_id=2), other, images=images)
    assert [len(image.shapes) for image in result.images] == [2]
    assert counts(result.fixed) == {Fault.IMAGE_LISTED_TWICE: 1}
    assert counts(result.skipped) == {Fault.DUPLICATE: 1}


def test_one_image_id_for_two_photos_is_not_guessed() -> None:
    images = [{"id": 1, "file_name": name, "width": 100, "height": 80} for name in ("a.jpg", "b.jpg")]
    result = parsed(annotation(), images=images)
    assert [(image.file_name, image.shapes) for image in result.images] == [("a.jpg", []), ("b.jpg", [])]
    assert result.skipped[0].code == Fault.IMAGE_ID_AMBIGUOUS


@pytest.mark.parametrize("entry", [{"id": 2}, {"file_name": "b.jpg"}, {"id": 2, "file_name": ""}, 5, None])
def test_a_photo_without_id_or_name_is_skipped(entry: object) -> None:
    images = [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}, entry]
    result = parsed(annotation(), images=images)
    assert [(f.code, f.subject) for f in result.skipped] == [(Fault.IMAGE_UNREADABLE, "image")]


@pytest.mark.parametrize(
    ("width", "read"), [("100", 100), (100.0, 100), (-1, None), ("wide", None), (0, None)]
)
def test_the_size_of_a_photo(width: object, read: int | None) -> None:
    images = [{"id": 1, "file_name": "a.jpg", "width": width, "height": 80}]
    result = parsed(annotation(), images=images)
    assert result.images[0].width == read
    assert (Fault.IMAGE_SIZE_UNREADABLE in counts(result.fixed)) is (read is None)


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (annotation(image_id=9), Fault.UNKNOWN_IMAGE),
        (annotation(image_id=None), Fault.UNKNOWN_IMAGE),
        (annotation(image_id=True), Fault.UNKNOWN_IMAGE),
        (annotation(image_id=[1]), Fault.UNKNOWN_IMAGE),
        (annotation(category_id=9), Fault.UNKNOWN_CATEGORY),
        (annotation(category_id={}), Fault.UNKNOWN_CATEGORY),
        ("annotation", Fault.NOT_AN_OBJECT),
        (None, Fault.NOT_AN_OBJECT),
    ],
)
def test_an_annotation_that_belongs_to_nothing_is_skipped(broken: object, fault: Fault) -> None:
    result = parsed(broken, annotation())
    assert result.annotations_taken == 1
    assert counts(result.skipped) == {fault: 1}


def test_names_that_no_database_takes() -> None:
    raw = coco(annotation()).replace(b"a.jpg", rb"a\u0000\ud800.jpg")
    assert parse_coco(raw).images[0].file_name == "a?.jpg"


def test_folders_and_backslashes_stay_for_the_matching() -> None:
    images = [{"id": 1, "file_name": "train\\a (1).jpg", "width": 100, "height": 80}]
    assert parsed(annotation(), images=images).images[0].file_name == "train\\a (1).jpg"


def test_examples_are_limited_and_counts_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotation_parsed, "MAX_EXAMPLES", 5)
    result = parse_coco(json.dumps(json.loads(coco(*[annotation(bbox=None)] * 50))).encode())
    assert (result.fixed[0].count, len(result.fixed[0].examples)) == (50, 5)
