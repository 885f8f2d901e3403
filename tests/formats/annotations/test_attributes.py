"""What files say beside the category is not kept, and each report names and counts it."""

import json

import pytest

from tests.formats.coco.coco_files import annotation, coco
from tests.formats.shared_data import SHARED_DATA
from tests.formats.via.test_quirks import parsed
from tests.formats.via.test_via3_quirks import via_3
from tests.formats.via.via_files import (
    CSV_HEADER,
    POLYGON,
    labelme,
    labelme_shape,
    region,
    via_1,
    via_annotations,
    via_photo,
)
from webapp.formats.annotations.parsed import AnnotationFault as Fault

CSV_ROWS = [
    ["a.jpg", "123", '{"shift": "night", "no_object": "yes"}', "2", str(number), json.dumps(POLYGON), said]
    for number, said in enumerate(['{"label": "date", "note": "deep"}', '{"label": "date", "note": "flat"}'])
]
VIA_CSV = "\n".join(
    [CSV_HEADER, *(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in CSV_ROWS)]
).encode()
CATEGORIES = [
    {"id": 1, "name": "date", "supercategory": "fruit"},
    {"id": 2, "name": "nut", "supercategory": "shell"},
    {"id": 3, "name": "fig", "supercategory": "fig"},
    {"id": 4, "name": "unused", "supercategory": "other"},
]
PHOTO = {"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(
            via_annotations(
                via_photo(
                    region(label="date", comment="worn", sure={"yes": True, "no": False}),
                    region(label="date", comment="new", checked=True, grade=0),
                    file_attributes={"caption": "line 3", "public_domain": "", "split": "elsewhere"},
                )
            ),
            [
                "caption × 1 (a.jpg: line 3)",
                "split × 1 (a.jpg: elsewhere)",
                "checked × 1 (a.jpg #2: true)",
                "comment × 2 (a.jpg #1: worn)",
                "sure × 1 (a.jpg #1: yes)",
                "grade × 1 (a.jpg #2: 0)",
            ],
            id="VIA 2",
        ),
        pytest.param(via_1(region(label="date", note="deep")), ["note × 1 (a.jpg #1: deep)"], id="VIA 1"),
        pytest.param(VIA_CSV, ["shift × 1 (a.jpg: night)", "note × 2 (a.jpg row 2: deep)"], id="VIA CSV"),
        pytest.param(
            via_3(
                ([7, 10, 10, 30, 10, 30, 30], {"1": "0", "2": "deep"}),
                ([], {"3": "night"}),
                attributes={
                    "1": {"aname": "class", "options": {"0": "date"}},
                    "2": {"aname": "note"},
                    "3": {"aname": "shift"},
                },
            ),
            ["shift × 1 (a.jpg: night)", "note × 1 (a.jpg 1_0: deep)"],
            id="VIA 3",
        ),
        pytest.param(
            labelme(
                labelme_shape(flags={"occluded": True, "cut": False}, description="half"),
                labelme_shape(
                    flags={"occluded": True}, description="", score=0.5, attributes={"side": "left"}
                ),
                flags={"blurred": True, "dark": False},
            ),
            [
                "blurred × 1 (a.jpg: true)",
                "description × 1 (a.jpg #1: half)",
                "occluded × 2 (a.jpg #1: true)",
                "side × 1 (a.jpg #2: left)",
                "score × 1 (a.jpg #2: 0.5)",
            ],
            id="labelme",
        ),
        pytest.param(
            coco(
                annotation(attributes={"Severity": "high", "occluded": False, "rotation": 0.0}),
                annotation(id=2, category_id=2, keypoints=[15, 15, 2, 0, 0, 0], num_keypoints=1, ignore=1),
                annotation(id=3, category_id=3, keypoints=[0, 0, 0], ignore=0, caption="a fig", score=None),
                categories=CATEGORIES,
                images=[PHOTO | {"extra": {"name": "b.jpg", "user_tags": ["night"]}, "license": 1}],
            ),
            [
                "user_tags × 1 (a.jpg: night)",
                "Severity × 1 (a.jpg #1: high)",
                "ignore × 1 (a.jpg #2: 1)",
                "keypoints × 1 (a.jpg #2: 15, 15, 2, 0, 0, 0)",
                "caption × 1 (a.jpg #3: a fig)",
                "supercategory × 2 (date: fruit)",
            ],
            id="COCO",
        ),
    ],
)
def test_each_attribute_is_named_and_counted(data: bytes, said: list[str]) -> None:
    result = parsed(data, "labels.json")
    [found] = [finding for finding in result.skipped if finding.code == Fault.ATTRIBUTE_NOT_KEPT]
    assert found.examples == said
    assert found.count == sum(int(example.split("×")[1].split()[0]) for example in said)
    assert result.annotations_skipped == 0


def test_a_photo_of_a_via_csv_keeps_what_our_own_export_says_of_it() -> None:
    assert parsed(VIA_CSV, "labels.csv").images[0].no_object


@pytest.mark.parametrize(
    "data",
    [
        coco(annotation(), categories=[{"id": 1, "name": "date", "supercategory": "fruit"}]),
        coco(annotation(attributes={"note": "", "occluded": False}, keypoints=[], extra={}, ignore=0)),
        coco(annotation(attributes={"track_id": 0, "keyframe": True, "occluded": "false"}, color="#ff0000")),
        labelme(labelme_shape(kind="rotation", direction=0.5)),
        labelme(labelme_shape(difficult=False, score=None, kie_linking=[], attributes={})),
        via_annotations(via_photo(region(label="date", note="", many={"a": False}, object="3", crowd="yes"))),
    ],
)
def test_what_tools_fill_in_by_themselves_is_nothing_that_was_said(data: bytes) -> None:
    assert parsed(data).skipped == []


def test_files_of_the_field_that_say_nothing_beside_the_category() -> None:
    for name in ("messy/cvat_coco.json", "messy/roboflow_coco.json", "bsdata/val/annotations_coco.json"):
        codes = {finding.code for finding in parsed((SHARED_DATA / name).read_bytes()).skipped}
        assert Fault.ATTRIBUTE_NOT_KEPT not in codes, name


def test_names_without_end_are_counted_together() -> None:
    regions = [region(**{"label": "date", f"note {number}": "deep"}) for number in range(1200)]
    [found] = parsed(via_annotations(via_photo(*regions))).skipped
    assert (found.count, len(found.examples)) == (1200, 1001)
    assert found.examples[-1] == "… × 200 (a.jpg #1001: deep)"


@pytest.mark.parametrize("value", ["\ud83d", "x" * 100_000, [[["deep"]] * 100] * 100, {"\ud83d": {"a": [1]}}])
def test_whatever_stands_there_fits_into_a_report(value: object) -> None:
    [found] = parsed(coco(annotation(note=value, **{"\ud83d": 1}))).skipped
    assert found.count == 2
    assert all(len(example) <= 120 and example.encode() for example in found.examples)
