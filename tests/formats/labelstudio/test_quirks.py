"""Every quirk that exports of Label Studio are known to have."""

import base64
import io
import json
import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.formats.coco.coco_files import SQUARE
from tests.formats.coco.test_quirks import counts, only_shape
from tests.formats.labelstudio.label_studio_files import (
    POLYGON,
    RECTANGLE,
    annotation,
    export,
    record,
    result,
    task,
)
from tests.formats.via.test_quirks import parsed
from webapp.formats.annotations.any_format import embedded_images, parse_annotations
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.options import QuestionName, ReadOptions
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations, ParsedShape
from webapp.formats.masks.rle import decode_mask

LATER = "2026-02-01T00:00:00Z"


def drawn(*results: Any) -> ParsedAnnotations:
    return parsed(export(task(annotation(*results))))


def test_a_good_file_needs_no_repair() -> None:
    found = drawn(result())
    assert (found.format, found.categories) == (AnnotationFormat.LABEL_STUDIO, ["date"])
    image = found.images[0]
    assert (image.file_name, image.width, image.height) == ("/data/upload/29/0a1b2c3d-a.jpg", 100, 80)
    assert only_shape(found) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0)
    assert (found.fixed, found.skipped, found.questions) == ([], [], [])


def test_json_min_says_the_same() -> None:
    found = parsed(export(record(POLYGON | {"polygonlabels": ["date"]})))
    assert found.format == AnnotationFormat.LABEL_STUDIO_MIN
    assert only_shape(found) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0)
    assert (found.fixed, found.skipped, found.questions) == ([], [], [])


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(task(annotation(result()))).encode(),
        export(task(), task(annotation(result()))),
        export(task(completions=[annotation(result())], annotations=[])),
    ],
    ids=["one task", "the first without labels", "before 2021"],
)
def test_forms_of_a_json_export(data: bytes) -> None:
    found = parsed(data)
    assert found.format == AnnotationFormat.LABEL_STUDIO
    assert only_shape(found).area == 400


def test_a_box_stays_a_box() -> None:
    found = drawn(result("rectanglelabels", RECTANGLE))
    assert only_shape(found) == ParsedShape("date", [SQUARE], [10, 10, 20, 20], 400.0, is_box=True)


def test_a_box_is_turned_about_its_upper_left_corner_in_pixels() -> None:
    found = drawn(result("rectanglelabels", RECTANGLE | {"width": 40, "rotation": 90}))
    # 40 x 20 pixels: their percents differ, so that turning these would give another size.
    assert only_shape(found).bbox == pytest.approx([-10, 10, 20, 40])
    assert counts(found.fixed) == {Fault.BOX_TURNED: 1}


def test_an_ellipse_has_percents_of_both_sides() -> None:
    value = {"x": 50, "y": 50, "radiusX": 20, "radiusY": 12.5, "rotation": 90}
    found = drawn(result("ellipselabels", value))
    assert only_shape(found).bbox == pytest.approx([40, 20, 20, 40], abs=0.3)
    assert only_shape(found).area == pytest.approx(math.pi * 200, rel=0.03)


def test_how_the_photo_was_turned_on_the_screen_changes_nothing() -> None:
    assert only_shape(drawn(result(image_rotation=90))).segmentation == [SQUARE]


def test_another_size_of_the_photo_is_the_same_percent() -> None:
    found = drawn(result(), result(id="r2", original_width=200, original_height=160))
    assert [shape.bbox for shape in found.images[0].shapes] == [[10, 10, 20, 20]] * 2


def test_a_bitmask_is_black_on_transparent() -> None:
    picture = np.zeros((80, 100, 4), np.uint8)
    picture[10:30, 10:30, 3] = 255
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    shape = only_shape(drawn(result("bitmasklabels", {"imageDataURL": url})))
    assert shape.bbox == [10, 10, 20, 20]
    assert decode_mask(shape.segmentation).sum() == 400


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [
        ("keypointlabels", {"x": 5, "y": 5, "width": 0.2}, Fault.POINT),
        ("polygonlabels", {"points": [[1, 1], [2, 2]]}, Fault.TOO_FEW_POINTS),
        ("polygonlabels", {"points": [[1, 1], [2], [3, 3]]}, Fault.NOT_NUMBERS),
        ("polygonlabels", {"points": "x"}, Fault.NOT_NUMBERS),
        ("rectanglelabels", {"x": 1, "y": None, "width": 2, "height": 3}, Fault.NOT_NUMBERS),
        ("rectanglelabels", {"x": 1, "y": 1, "width": 0, "height": 3}, Fault.NO_AREA),
        ("ellipselabels", {"x": 1, "y": 1, "radiusX": 2}, Fault.NOT_NUMBERS),
        ("vectorlabels", {"vertices": [{"x": 1, "y": 2}]}, Fault.UNKNOWN_SHAPE),
        ("videorectangle", {"sequence": [{"frame": 1, "x": 1}], "labels": ["date"]}, Fault.UNKNOWN_SHAPE),
        ("brushlabels", {"format": "rle", "rle": [0, 1, 1, 2, 3]}, Fault.RLE_INVALID),
        ("brushlabels", {"format": "rle", "rle": [0, 300]}, Fault.RLE_INVALID),
        ("bitmasklabels", {"imageDataURL": "data:image/png;base64,AAAA"}, Fault.RLE_INVALID),
    ],
)
def test_a_region_that_is_no_shape_is_skipped_and_reported(
    kind: str, value: dict[str, Any], fault: Fault
) -> None:
    found = drawn(result(kind, value), result(id="r2"))
    assert counts(found.skipped) == {fault: 1}
    assert found.annotations_taken == 1


def test_a_region_without_a_size_is_in_shares_of_the_photo() -> None:
    box = result("rectanglelabels", RECTANGLE)
    del box["original_width"]
    found = drawn(box)
    assert (only_shape(found).normalised, only_shape(found).bbox) == (True, [0.1, 0.125, 0.2, 0.25])
    assert fit_to_image(found.images[0], 100, 80).shapes[0].bbox == [10, 10, 20, 20]
    box["value"]["rotation"] = 30
    assert counts(drawn(box).skipped) == {Fault.SIZE_NOT_SAID: 1}
    assert counts(found.fixed) == {Fault.NORMALISED: 1}


def test_an_open_polygon_is_a_line() -> None:
    assert counts(drawn(result(value=POLYGON | {"closed": False})).skipped) == {Fault.LINE: 1}


def test_shape_and_label_may_stand_in_two_entries() -> None:
    label = result("labels", RECTANGLE, from_name="what")
    note = result("textarea", RECTANGLE | {"text": ["deep"]}, from_name="note")
    found = drawn(result("rectangle", RECTANGLE), label, note)
    assert only_shape(found).category == "date"
    assert found.skipped[0].examples == ["note × 1 (/data/upload/29/0a1b2c3d-a.jpg #1: deep)"]


def test_json_min_has_them_in_two_lists() -> None:
    label = RECTANGLE | {"labels": ["date"]}
    found = parsed(export(record(RECTANGLE, what=[label])))
    assert only_shape(found).category == "date"


def test_a_choice_names_a_region_without_labels() -> None:
    found = drawn(result("rectangle", RECTANGLE), result("choices", RECTANGLE | {"choices": ["scratch"]}))
    assert only_shape(found).category == "scratch"
    assert found.skipped == []


def test_several_labels_are_joined() -> None:
    found = drawn(result("rectanglelabels", RECTANGLE | {"rectanglelabels": ["date", "ripe"]}, id="r1"))
    entry = result("rectangle", RECTANGLE | {"rectanglelabels": ["date", "ripe"]})
    assert only_shape(drawn(entry)).category == "date + ripe"
    assert counts(drawn(entry).fixed) == {Fault.CATEGORY_SEVERAL: 1}
    assert found.annotations_taken == 1


def test_what_is_said_of_the_photo_is_reported() -> None:
    quality = {"type": "choices", "from_name": "quality", "to_name": "image", "value": {"choices": ["NG"]}}
    relation = {"type": "relation", "from_id": "r1", "to_id": "r2", "direction": "right"}
    found = drawn(result(), quality, relation)
    assert found.annotations_taken == 1
    assert found.skipped[0].count == 2
    assert "quality × 1 (/data/upload/29/0a1b2c3d-a.jpg: NG)" in found.skipped[0].examples


def test_predictions_drafts_and_what_was_cancelled_are_no_labels() -> None:
    data = export(
        task(
            annotation(result(), was_cancelled=True),
            predictions=[{"model_version": "v1", "score": 0.9, "result": [result(), result(id="r2")]}],
            drafts=[{"result": [result()]}],
        )
    )
    found = parsed(data)
    assert found.annotations_taken == 0
    assert counts(found.skipped) == {Fault.CANCELLED: 1, Fault.NOT_SUBMITTED: 3}
    assert len(found.images) == 1


def two_annotators(**changes: Any) -> bytes:
    """The first one's labels are submitted later, though they stand first."""
    first = annotation(result(), completed_by={"id": 1, "email": "ann@example.com"}, updated_at=LATER)
    second = annotation(
        result("rectanglelabels", RECTANGLE), completed_by={"id": 2, "email": "bo@example.com"}
    )
    return export(task(first | changes, second), task(annotation(result()), data={"image": "b.jpg"}))


def test_of_several_annotators_the_last_submitted_is_taken() -> None:
    found = parsed(two_annotators())
    assert [shape.is_box for shape in found.images[0].shapes] == [False]
    assert counts(found.skipped) == {Fault.OTHER_ANNOTATOR: 1}
    question = found.questions[0]
    assert (question.name, question.count) == (QuestionName.ANNOTATOR, 1)
    assert question.choices == ["ann@example.com", "bo@example.com"]


def test_an_annotator_who_is_asked_for_is_taken() -> None:
    found = parse_annotations(two_annotators(), options=ReadOptions(annotator="bo@example.com"))
    assert [len(image.shapes) for image in found.images] == [1, 1]
    assert found.images[0].shapes[0].is_box


def test_one_who_cancelled_is_no_annotator() -> None:
    found = parsed(two_annotators(was_cancelled=True))
    assert found.images[0].shapes[0].is_box
    assert found.questions == []


@pytest.mark.parametrize(("wanted", "is_box"), [(None, True), ("1", False), ("2", True), ("nobody", True)])
def test_annotators_of_json_min(wanted: str | None, is_box: bool) -> None:
    records = [
        record(POLYGON | {"polygonlabels": ["date"]}),
        record(RECTANGLE | {"rectanglelabels": ["date"]}, annotator=2, updated_at=LATER),
    ]
    found = parse_annotations(export(*records), options=ReadOptions(annotator=wanted))
    assert len(found.images) == 1
    assert only_shape(found).is_box is is_box
    assert counts(found.skipped) == {Fault.OTHER_ANNOTATOR: 1}
    assert found.questions[0].choices == ["1", "2"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"image": "/data/local-files/?d=line%203/a.jpg"}, "/data/local-files/?d=line%203/a.jpg"),
        ({"text": "a note", "photo": "s3://bucket/a.jpg"}, "s3://bucket/a.jpg"),
        ({"thumbnail": "http://x/t.jpg", "image": "http://x/a.jpg"}, "http://x/a.jpg"),
        ({"picture": "http://host/a"}, "http://host/a"),
        ({"text": "no photo"}, "0a1b2c3d-a.jpg"),
        ({"image": "/image1"}, "/image1"),
        ({"meta": {"source": {"url": "http://x/a.jpg"}}}, "http://x/a.jpg"),
    ],
)
def test_names_of_photos(data: dict[str, str], name: str) -> None:
    assert parsed(export(task(annotation(result()), data=data))).images[0].file_name == name


def test_a_task_of_two_photos_by_the_names_of_their_fields() -> None:
    data = {"front": "a.jpg", "back": "b.jpg"}
    found = parsed(export(task(annotation(result(to_name="back")), data=data)))
    assert [(i.file_name, len(i.shapes)) for i in found.images] == [("a.jpg", 0), ("b.jpg", 1)]


def test_a_second_photo_that_cannot_be_told_is_not_guessed() -> None:
    data = {"front": "a.jpg", "back": "b.jpg"}
    entries = [result(to_name="img-1"), result(to_name="img-2", id="r2")]
    found = parsed(export(task(annotation(*entries), data=data)))
    assert counts(found.skipped) == {Fault.UNKNOWN_IMAGE: 1}


def test_a_set_up_that_repeats_its_parts() -> None:
    data = {"images": [{"url": "a.jpg"}, {"url": "b.jpg"}]}
    entries = [result(to_name="page_1"), result(to_name="page_0", id="r2"), result(to_name="page_7", id="r3")]
    found = parsed(export(task(annotation(*entries), data=data)))
    assert [(i.file_name, len(i.shapes)) for i in found.images] == [("a.jpg", 1), ("b.jpg", 1)]
    assert counts(found.skipped) == {Fault.UNKNOWN_IMAGE: 1}


def test_a_list_of_tasks_is_no_photo() -> None:
    found = parsed(export(task(annotation(), file_upload="0a1b2c3d-tasks.json", data={"text": "x"})))
    assert counts(found.skipped) == {Fault.IMAGE_UNREADABLE: 1}


def test_a_task_of_several_photos_in_one_field() -> None:
    entries = [result(item_index=1), result(item_index=7, id="r2")]
    found = parsed(export(task(annotation(*entries), data={"pages": ["a.jpg", "b.jpg"]})))
    assert [(i.file_name, len(i.shapes)) for i in found.images] == [("a.jpg", 0), ("b.jpg", 1)]
    assert counts(found.skipped) == {Fault.UNKNOWN_IMAGE: 1, Fault.EMPTY_UNLABELLED: 1}


def test_a_photo_of_two_tasks_has_its_shapes_once() -> None:
    found = parsed(export(task(annotation(result())), task(annotation(result(), result(id="r2")))))
    assert found.annotations_taken == 1
    assert counts(found.skipped) == {Fault.DUPLICATE: 2}


def test_a_photo_inside_the_task() -> None:
    data = export(task(annotation(result()), data={"image": "data:image/png;base64,AAAA"}))
    image = parsed(data).images[0]
    assert (image.file_name, image.embedded) == ("task-1.png", True)
    assert list(embedded_images(data)) == [("task-1.png", b"\0\0\0")]


def test_a_split_in_the_task() -> None:
    found = parsed(export(task(annotation(result()), data={"image": "a.jpg", "split": "validation"})))
    assert found.images[0].split == "validation"


def test_a_photo_of_our_own_export_without_labels_shows_no_object() -> None:
    found = parsed(export(task(annotation(), data={"image": "a.jpg", "split": "test"})))
    assert found.images[0].no_object
    assert not parsed(export(task(annotation()))).images[0].no_object


@pytest.mark.parametrize(
    "data", [b"[]", b'[{"image": "a.jpg"}]', b'[{"text": "a", "sentiment": "good"}]', b"[[1]]", b"[1, 2]"]
)
def test_other_lists_are_not_taken_for_it(data: bytes) -> None:
    with pytest.raises(Exception, match="unknown_format"):
        parse_annotations(data, "labels.json")
