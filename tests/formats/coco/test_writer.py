"""What is written is the same whatever the order, and is read again as it was."""

import gzip
import hashlib
import io
import json
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.parsed import ParsedAnnotations
from webapp.formats.coco.document import ExportImage, ExportShape, FrozenDocument, decompress_document
from webapp.formats.coco.reader import parse_coco
from webapp.formats.coco.shape import make_shape
from webapp.formats.coco.writer import CocoStream
from webapp.formats.masks.rle import encode_mask, rectangle

WIDTH, HEIGHT = 64, 48
CATEGORIES = ["date", "無花果", "unused"]
Labelled = tuple[ExportImage, list[ExportShape]]


def image(key: int, **fields: Any) -> ExportImage:
    values = {"file_name": f"{key}.jpg", "width": WIDTH, "height": HEIGHT, "sha256": f"{key:064x}"}
    return ExportImage(**(values | {"split": "train"} | fields))  # type: ignore[arg-type]


def export_shape(category: str, segmentation: Any, **flags: Any) -> ExportShape:
    shape = make_shape(category, segmentation, is_box=flags.get("is_box", False))
    return ExportShape(category, shape.segmentation, shape.bbox, shape.area, **flags)


def written(photos: list[Labelled], categories: list[str]) -> bytes:
    out = io.BytesIO()
    stream = CocoStream(out, categories)
    for photo, shapes in photos:
        stream.add(photo, shapes)
    stream.finish()
    assert (stream.photos, stream.shapes) == (len(photos), sum(len(shapes) for _photo, shapes in photos))
    return out.getvalue()


def written_again(parsed: ParsedAnnotations, hashes: dict[str, str]) -> bytes:
    """What an import followed by an export gives."""
    photos = []
    for found in parsed.images:
        assert found.width and found.height and found.split
        name = found.file_name
        photo = ExportImage(name, found.width, found.height, hashes[name], found.split, found.no_object)
        fitted = fit_to_image(found, found.width, found.height)
        assert (fitted.fixed, fitted.skipped) == ([], [])
        shapes = [
            ExportShape(s.category, s.segmentation, s.bbox, s.area, s.iscrowd, s.is_box)
            for s in fitted.shapes
        ]
        photos.append((photo, shapes))
    return written(photos, parsed.categories)


polygons = st.builds(
    # Around a centre, at rising angles: what a person would draw, with an area.
    lambda radii, x, y: [
        coordinate
        for index, radius in enumerate(radii)
        for coordinate in (
            x + radius * float(np.cos(2 * np.pi * index / len(radii))),
            y + radius * float(np.sin(2 * np.pi * index / len(radii))),
        )
    ],
    st.lists(st.floats(0.5, 10), min_size=3, max_size=12),
    st.floats(12, WIDTH - 12),
    st.floats(12, HEIGHT - 12),
)


def ring(left: int, top: int, thickness: int) -> Any:
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    mask[top : top + 20, left : left + 20] = 1
    mask[top + thickness : top + 20 - thickness, left + thickness : left + 20 - thickness] = 0
    return encode_mask(mask)


masks = st.builds(ring, st.integers(0, 40), st.integers(0, 25), st.integers(1, 9)) | st.binary(
    min_size=WIDTH * HEIGHT // 8, max_size=WIDTH * HEIGHT // 8
).filter(any).map(
    lambda bits: encode_mask(np.unpackbits(np.frombuffer(bits, np.uint8)).reshape(HEIGHT, WIDTH))
)
boxes = st.tuples(st.integers(0, 40), st.integers(0, 30), st.floats(0.5, 16), st.floats(0.5, 16)).map(
    lambda bbox: [rectangle([float(side) for side in bbox])]
)
names = st.sampled_from(CATEGORIES[:2])
shapes_of_all_kinds = st.lists(
    st.builds(export_shape, names, st.lists(polygons, min_size=1, max_size=3), iscrowd=st.booleans())
    | st.builds(export_shape, names, masks, iscrowd=st.booleans())
    | st.builds(export_shape, names, boxes, is_box=st.just(True)),
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(shapes_of_all_kinds, shapes_of_all_kinds, shapes_of_all_kinds)
def test_an_export_imported_again_is_identical(
    first: list[ExportShape], second: list[ExportShape], third: list[ExportShape]
) -> None:
    photos: list[Labelled] = [
        (image(0), first),
        (image(1, split="test"), second),
        (image(2, no_object=True), []),
        (image(3, split="validation"), third),
    ]
    document = written(photos, CATEGORIES)
    parsed = parse_coco(document)
    assert (parsed.fixed, parsed.skipped) == ([], [])
    assert parsed.annotations_taken == sum(len(shapes) for _photo, shapes in photos)
    assert written_again(parsed, {photo.file_name: photo.sha256 for photo, _shapes in photos}) == document


@settings(max_examples=100, deadline=None)
@given(shapes_of_all_kinds, st.randoms(use_true_random=False))
def test_the_file_is_canonical_json_in_any_order_of_the_shapes(
    shapes: list[ExportShape], chance: random.Random
) -> None:
    document = written([(image(0), shapes), (image(1, no_object=True), [])], CATEGORIES)
    text = json.dumps(
        json.loads(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    assert document == text.encode()
    chance.shuffle(shapes)
    assert written([(image(0), shapes), (image(1, no_object=True), [])], CATEGORIES) == document


def many() -> list[Labelled]:
    photos: list[Labelled] = [(image(key), []) for key in range(5)]
    for key in range(1, 20):
        photos[key % 5][1].append(export_shape(CATEGORIES[key % 2], [rectangle([key, 1.0, 5.0, 5.0])]))
    photos[0][1].append(export_shape("date", ring(1, 1, 3)))
    return photos


def test_annotations_are_in_the_order_of_photo_and_category() -> None:
    entries = json.loads(written(many(), CATEGORIES))["annotations"]
    assert [entry["id"] for entry in entries] == list(range(1, 21))
    order = [(entry["image_id"], entry["category_id"]) for entry in entries]
    assert order == sorted(order)


def test_the_document_has_the_form_that_training_reads() -> None:
    document = json.loads(written(many(), CATEGORIES))
    assert document["categories"] == [
        {"id": 1, "name": "date"},
        {"id": 2, "name": "無花果"},
        {"id": 3, "name": "unused"},
    ]
    assert document["images"][0] == {
        "id": 1, "file_name": "0.jpg", "width": 64, "height": 48, "split": "train", "sha256": "0" * 64,
    }  # fmt: skip
    assert set(document["annotations"][0]) == {
        "id", "image_id", "category_id", "bbox", "segmentation", "area", "iscrowd",
    }  # fmt: skip


def test_the_bytes_are_those_that_dataset_versions_have_been_known_by() -> None:
    # A version that was frozen before is found again only by the same hash.
    digest, _packed = frozen(many())
    assert digest == "84cd55cab9e643eeca1dca4c0b8c0e2eb49460d4eb7b7ae933043614b01c4faf"


def frozen(photos: list[Labelled]) -> tuple[str, bytes]:
    document = FrozenDocument()
    document.write(written(photos, CATEGORIES))
    return document.close()


def test_the_hash_changes_with_any_label() -> None:
    photos, hashes = many(), set()
    for _photo, shapes in photos:
        while shapes:
            hashes.add(frozen(photos)[0])
            shapes.pop()
    assert len(hashes) == 20


def test_whole_numbers_and_floats_are_the_same_coordinates() -> None:
    whole = ExportShape("date", [[1, 1, 5, 1, 5, 5]], [1, 1, 4, 4], 8)
    floats = ExportShape("date", [[1.0, 1.0, 5.0, 1.0, 5.0, 5.0]], [1.0, 1.0, 4.0, 4.0], 8.0)
    assert written([(image(0), [whole])], CATEGORIES) == written([(image(0), [floats])], CATEGORIES)


def test_freezing_gives_the_same_bytes_and_the_document_again() -> None:
    digest, packed = frozen(many())
    assert frozen(many()) == (digest, packed)
    assert decompress_document(packed) == json.loads(written(many(), CATEGORIES))
    assert digest == hashlib.sha256(gzip.decompress(packed)).hexdigest()


@pytest.mark.parametrize(
    ("photos", "categories"),
    [
        ([(image(0), [export_shape("fig", [rectangle([1, 1, 5, 5])])])], ["date"]),
        ([(image(0), []), (image(1, file_name="0.jpg"), [])], []),
        ([(image(1), []), (image(0), [])], []),
        ([], ["date", "date"]),
    ],
)
def test_it_refuses_what_does_not_fit_together(photos: list[Labelled], categories: list[str]) -> None:
    with pytest.raises(ValueError, match=r"twice|unknown"):
        written(photos, categories)


def test_it_refuses_numbers_that_json_does_not_know() -> None:
    shape = ExportShape("date", [[1.0, 1.0, float("nan"), 1.0, 5.0, 5.0]], [1.0, 1.0, 4.0, 4.0], 8.0)
    with pytest.raises(ValueError, match="JSON"):
        written([(image(0), [shape])], CATEGORIES)
