"""What a file is, is found out; several files become one."""

import base64
import json

import pytest

from tests.formats.coco.coco_files import annotation, coco
from tests.formats.shared_data import SHARED_DATA
from tests.formats.via.via_files import (
    POLYGON,
    labelme,
    labelme_shape,
    region,
    via_1,
    via_csv,
)
from webapp.formats.annotations.any_format import embedded_images, parse_annotations
from webapp.formats.annotations.parsed import AnnotationFormat, FormatFault, FormatRejected


@pytest.mark.parametrize(
    ("name", "format", "images", "annotations", "categories"),
    [
        ("messy/via2_project.json", AnnotationFormat.VIA_PROJECT, 62, 152, {"damage"}),
        (
            "messy/via2_annotations.json",
            AnnotationFormat.VIA_ANNOTATIONS,
            62,
            191,
            {"rear_bumper", "headlamp", "door", "front_bumper", "hood"},
        ),
        ("bsdata/train/annotations_via.json", AnnotationFormat.VIA_ANNOTATIONS, 120, 149, {"Pitting"}),
        ("bsdata/val/annotations_via.json", AnnotationFormat.VIA_ANNOTATIONS, 40, 51, {"Pitting"}),
        ("messy/roboflow_coco.json", AnnotationFormat.COCO, 275, 1048, {"gunny_bag", "wire"}),
    ],
)
def test_real_files_are_taken_whole(
    name: str, format: AnnotationFormat, images: int, annotations: int, categories: set[str]
) -> None:
    result = parse_annotations(SHARED_DATA / name, name)
    assert (result.format, len(result.images), set(result.categories)) == (format, images, categories)
    assert (result.annotations_taken, result.annotations_in_file) == (annotations, annotations)


@pytest.mark.parametrize("part", ["train", "val"])
def test_the_same_labels_as_coco_and_via_are_the_same(part: str) -> None:
    as_coco = parse_annotations(SHARED_DATA / f"bsdata/{part}/annotations_coco.json")
    as_via = parse_annotations(SHARED_DATA / f"bsdata/{part}/annotations_via.json")
    shapes = [
        {image.file_name: [shape.bbox for shape in image.shapes] for image in parsed.images}
        for parsed in (as_coco, as_via)
    ]
    assert shapes[0].keys() == shapes[1].keys()
    for name, boxes in shapes[0].items():
        assert [pytest.approx(box, abs=1) for box in boxes] == shapes[1][name]


def test_a_file_is_read_from_disk_and_from_memory_alike(tmp_path) -> None:
    for data in (coco(annotation()), labelme(labelme_shape()), via_1(region(label="date"))):
        path = tmp_path / "labels.json"
        path.write_bytes(data)
        assert parse_annotations(path) == parse_annotations(data)


@pytest.mark.parametrize(
    "order", [["images", "annotations", "categories"], ["annotations", "info", "images", "categories"]]
)
def test_the_lists_of_a_coco_file_in_any_order(order: list[str]) -> None:
    document = json.loads(coco(annotation())) | {"info": {}}
    data = json.dumps({name: document[name] for name in order}).encode()
    assert parse_annotations(data).annotations_taken == 1


@pytest.mark.parametrize(
    ("data", "filename", "fault"),
    [
        (b"[]", "a.json", FormatFault.UNKNOWN_FORMAT),
        (b'[{"image_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]', "a.json", FormatFault.UNKNOWN_FORMAT),
        (b"{}", "a.json", FormatFault.UNKNOWN_FORMAT),
        (b'{"a": {"b": 1}}', "a.json", FormatFault.UNKNOWN_FORMAT),
        (b'{"images": {}}', "a.json", FormatFault.NOT_COCO),
        (b'{"images": []}', "a.json", FormatFault.NOT_COCO),
        (b"5", "a.json", FormatFault.UNKNOWN_FORMAT),
        (b"<annotation/>", "a.xml", FormatFault.UNKNOWN_FORMAT),
        (b"name,age\nx,1\n", "a.csv", FormatFault.UNKNOWN_FORMAT),
        (b"hello", "a.json", FormatFault.NOT_JSON),
        (b'{"a": ', "a.json", FormatFault.NOT_JSON),
        (b'{"shapes": [{}, ]}', "a.json", FormatFault.NOT_JSON),
        (via_1(region(label="date"))[:-1], "a.json", FormatFault.NOT_JSON),
        (via_1(region(label="date")) + b"x", "a.json", FormatFault.NOT_JSON),
        (b"", "a.json", FormatFault.EMPTY),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\xff", "a.json", FormatFault.NOT_TEXT),
        (b"PK\x03\x04\xff\xff\x80\x80", "a.json", FormatFault.NOT_TEXT),
    ],
)
def test_it_refuses_what_it_does_not_know(data: bytes, filename: str, fault: FormatFault) -> None:
    with pytest.raises(FormatRejected) as caught:
        parse_annotations(data, filename)
    assert caught.value.code == fault


@pytest.mark.parametrize(
    "opening",
    [
        b"[",
        b'{"a":',
        b'{"shapes":[',
        b'{"imagePath":',
        b'{"_via_img_metadata":{"a":',
        b'{"a.jpg1":{"filename":"a.jpg","regions":[',
        b'{"images":[],"categories":[],"annotations":[',
        b'{"images":[],"annotations":[],"categories":[{"x":',
    ],
)
def test_it_refuses_json_nested_10000_deep(opening: bytes) -> None:
    with pytest.raises(FormatRejected) as caught:
        parse_annotations(opening * 10_000, "a.json")
    assert caught.value.code == FormatFault.TOO_DEEP


def test_it_refuses_a_file_of_500_mb_without_reading_it(tmp_path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(500 * 2**20)
    with pytest.raises(FormatRejected) as caught:
        parse_annotations(path, "large.json")
    assert (caught.value.code, caught.value.params) == (FormatFault.TOO_LARGE, {"limit_mb": 128})


def test_one_entry_of_millions_of_numbers_is_refused() -> None:
    data = b'{"images":[],"categories":[],"annotations":[{"segmentation":[[' + b"1.5," * 3_000_000 + b"1]]}]}"
    with pytest.raises(FormatRejected) as caught:
        parse_annotations(data)
    assert caught.value.code == FormatFault.TOO_COMPLEX


def test_more_entries_than_any_data_set_has_are_refused() -> None:
    data = b'{"images":[],"categories":[],"annotations":[' + b"1," * 1_000_001 + b"1]}"
    with pytest.raises(FormatRejected) as caught:
        parse_annotations(data)
    assert (caught.value.code, caught.value.params) == (FormatFault.TOO_MANY, {"limit": 1_000_000})


def test_an_entry_across_many_pieces_of_the_file() -> None:
    photo = "x" * 5_000_000 + '\\"'
    data = labelme(labelme_shape()).replace(b'"imageData": null', f'"imageData": "{photo}"'.encode())
    assert parse_annotations(data).images[0].embedded


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_file_read_in_small_pieces_is_the_same(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        coco(annotation(bbox=[1.5e1, -10.25, 2e1, 20], area=True), annotation(id="x\\u00e9\\n無")),
        labelme(labelme_shape(), imagePath="無\\花.jpg"),
        via_csv(("無.jpg", POLYGON, {"label": "date"}), ("b.jpg", "{", {})),
    ]
    whole = [parse_annotations(data) for data in files]
    monkeypatch.setattr("webapp.formats.files.text_source.PIECE", size)
    assert [parse_annotations(data) for data in files] == whole


def test_photos_of_one_name_in_two_folders_stay_two() -> None:
    files = [
        parse_annotations(coco(annotation()), "train/_annotations.coco.json"),
        parse_annotations(coco(annotation()), "valid\\_annotations.coco.json"),
    ]
    assert [file.images[0].file_name for file in files] == ["train/a.jpg", "valid/a.jpg"]


@pytest.mark.parametrize(
    ("filename", "name", "expected"),
    [
        ("annotations/instances_Train.json", "a.jpg", "annotations/Train/a.jpg"),
        ("annotations/instances_Train.json", "Train/a.jpg", "annotations/Train/a.jpg"),
        ("annotations/instances_Train.json", "../images/a.jpg", "images/a.jpg"),
        ("instances_val2017.json", "a.jpg", "val2017/a.jpg"),
        ("instances_val2017.json", "/x/a.jpg", "/x/a.jpg"),
        ("instances.json", "a.jpg", "a.jpg"),
    ],
)
def test_the_subset_in_the_name_of_a_file_is_a_folder(filename: str, name: str, expected: str) -> None:
    images = [{"id": 1, "file_name": name, "width": 100, "height": 80}]
    assert parse_annotations(coco(annotation(), images=images), filename).images[0].file_name == expected


def test_other_names_that_a_photo_may_have() -> None:
    renamed = parse_annotations(labelme(labelme_shape(), imagePath="old.bmp"), "set/part7.json").images[0]
    assert (renamed.file_name, renamed.other_names) == ("set/old.bmp", ["set/part7.json"])
    assert (
        parse_annotations(labelme(labelme_shape(), imagePath="a.bmp"), "a.json").images[0].other_names == []
    )
    images = [{"id": 1, "file_name": "a_jpg.rf.0.jpg", "extra": {"name": "a.jpg"}}]
    assert parse_annotations(coco(annotation(), images=images)).images[0].other_names == ["a.jpg"]


@pytest.mark.parametrize(
    "name", ["/data/local-files/?d=a.jpg", "https://host/a.jpg", "D:\\x\\a.jpg", "\\\\nas\\a.jpg"]
)
def test_names_that_are_whole_paths_get_no_folder(name: str) -> None:
    images = [{"id": 1, "file_name": name, "width": 100, "height": 80}]
    assert parse_annotations(coco(annotation(), images=images), "x/a.json").images[0].file_name == name


def test_the_photo_inside_a_file_of_via_1() -> None:
    content = "data:image/jpeg;base64," + base64.b64encode(b"photo").decode()
    data = via_1(region(label="date")).replace(
        b'"base64_img_data": ""', f'"base64_img_data": "{content}"'.encode()
    )
    assert parse_annotations(data).images[0].embedded
    assert list(embedded_images(data)) == [("a.jpg", b"photo")]
    assert list(embedded_images(via_1(region(label="date")))) == []
