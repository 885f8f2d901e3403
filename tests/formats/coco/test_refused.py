"""Annotation files that cannot be read as a whole, and a great many that are broken somewhere."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.coco.coco_files import annotation, coco
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.parsed import FormatFault, FormatRejected
from webapp.formats.coco.reader import parse_coco


def fault_of(data: bytes, **limits: int) -> FormatRejected:
    with pytest.raises(FormatRejected) as caught:
        parse_coco(data, **limits)
    return caught.value


@pytest.mark.parametrize("data", [b" ", b"hello", b"{", b'{"images": [}', b"1" * 5000])
def test_it_refuses_what_is_not_json(data: bytes) -> None:
    assert fault_of(data).code == FormatFault.NOT_JSON


def test_it_says_where_the_json_breaks() -> None:
    assert fault_of(b'{"images":\n [,]}').params == {"line": 2, "column": 3}


def test_it_refuses_an_empty_file() -> None:
    assert fault_of(b"").code == FormatFault.EMPTY


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x89PNG\r\n\x1a\n", b'{"images": "\xe9t\xe9"}']
)
def test_it_refuses_what_is_not_text(data: bytes) -> None:
    assert fault_of(data).code == FormatFault.NOT_TEXT


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"images":[],"annotations":[{"segmentation":['])
def test_it_refuses_json_nested_10000_deep(opening: bytes) -> None:
    assert fault_of(opening * 10_000).code == FormatFault.TOO_DEEP


@pytest.mark.parametrize("depth", [65, 300, 900])
def test_depth_that_json_allows_harms_nothing_later(depth: int) -> None:
    deep: list[object] = []
    for _ in range(depth):
        deep = [deep]
    fields = ["id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd"]
    result = parse_coco(coco(*[annotation(**{name: deep}) for name in fields]))
    assert result.annotations_taken + result.annotations_skipped == len(fields)


def test_it_refuses_a_file_over_the_limit() -> None:
    rejected = fault_of(b" " * (2 * 1024 * 1024 + 1), max_bytes=2 * 1024 * 1024)
    assert (rejected.code, rejected.params) == (FormatFault.TOO_LARGE, {"limit_mb": 2})


@pytest.mark.parametrize("data", [b"[]", b"5", b"null", b'"images"', b'{"_via_settings": {}}'])
def test_it_refuses_json_that_is_not_coco(data: bytes) -> None:
    rejected = fault_of(data)
    assert (rejected.code, rejected.params) == (FormatFault.NOT_COCO, {"missing": "images"})


@pytest.mark.parametrize("missing", ["images", "annotations", "categories"])
@pytest.mark.parametrize("instead", [None, {}, "list"])
def test_it_names_the_list_that_is_missing(missing: str, instead: object) -> None:
    assert fault_of(coco(annotation(), **{missing: instead})).params == {"missing": missing}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([1, "a.jpg"]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
annotations = st.fixed_dictionaries(
    {},
    optional={
        "id": json_values,
        "image_id": st.just(1) | json_values,
        "category_id": st.just(1) | json_values,
        "segmentation": json_values
        | st.lists(st.lists(st.floats(-50, 150), max_size=12), max_size=3)
        | st.fixed_dictionaries({"size": st.just([8, 10]) | json_values, "counts": st.text() | json_values}),
        "bbox": st.lists(st.floats(-50, 150), min_size=4, max_size=4) | json_values,
        "area": json_values,
        "iscrowd": json_values,
    },
)


@settings(max_examples=300, deadline=None)
@given(st.lists(annotations | json_values, max_size=5), st.lists(json_values, max_size=2))
def test_broken_annotations_are_always_accounted_for(entries: list[object], extra: list[object]) -> None:
    images = [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}, *extra]
    result = parse_coco(
        coco(*entries, annotation(), images=images, categories=[{"id": 1, "name": "date"}, *extra])
    )
    assert result.annotations_taken + result.annotations_skipped == len(entries) + 1
    for image in result.images:
        fitted = fit_to_image(image, 90, 80)
        assert len(fitted.shapes) + sum(finding.count for finding in fitted.skipped) == len(image.shapes)
        for shape in fitted.shapes:
            x, y, width, height = shape.bbox
            assert x >= 0 and y >= 0 and x + width <= 90.001 and y + height <= 80.001


def test_150_mutated_files_raise_nothing_but_our_own_error() -> None:
    rle = {"size": [80, 100], "counts": [100, 50, 7850]}
    original = coco(annotation(), annotation(segmentation=rle), annotation(segmentation=[]))
    chance = random.Random(7)  # noqa: S311
    for _ in range(150):
        data = bytearray(original)
        for _ in range(chance.randint(1, 8)):
            position = chance.randrange(len(data))
            data[position : position + chance.randint(0, 3)] = chance.choice(
                [b"", b"9", b"-", b"[", b"]", b'"', b"null", b"1e999", bytes([chance.randrange(256)])]
            )
        try:
            result = parse_coco(bytes(data))
        except FormatRejected:
            continue
        assert result.annotations_taken + result.annotations_skipped == result.annotations_in_file
        json.dumps([image.file_name for image in result.images]).encode()
