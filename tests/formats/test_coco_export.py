"""What is written is the same whatever the order, and is read again as it was."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.formats.annotations import ParsedAnnotations
from webapp.formats.coco import parse_coco
from webapp.formats.coco_export import (
    ExportImage,
    ExportShape,
    canonical_json,
    coco_document,
    compress_document,
    dataset_hash,
    decompress_document,
)
from webapp.formats.coco_shape import make_shape
from webapp.formats.fitting import fit_to_photo
from webapp.formats.rle import encode_mask, rectangle

WIDTH, HEIGHT = 64, 48
CATEGORIES = ["date", "無花果", "unused"]


def image(key: int, **fields: Any) -> ExportImage:
    values = {
        "key": key,
        "file_name": f"{key}.jpg",
        "width": WIDTH,
        "height": HEIGHT,
        "sha256": f"{key:064x}",
    }
    return ExportImage(**(values | {"split": "train"} | fields))  # type: ignore[arg-type]


def export_shape(key: int, category: str, segmentation: Any, **flags: Any) -> ExportShape:
    shape = make_shape(category, segmentation, is_box=flags.get("is_box", False))
    return ExportShape(key, category, shape.segmentation, shape.bbox, shape.area, **flags)


def written_again(parsed: ParsedAnnotations, hashes: dict[str, str]) -> dict[str, Any]:
    """What an import followed by an export gives."""
    images, shapes = [], []
    for key, found in enumerate(parsed.images):
        assert found.width and found.height and found.split
        name = found.file_name
        images.append(
            ExportImage(key, name, found.width, found.height, hashes[name], found.split, found.no_object)
        )
        fitted = fit_to_photo(found, found.width, found.height)
        assert (fitted.fixed, fitted.skipped) == ([], [])
        for s in fitted.shapes:
            shapes.append(ExportShape(key, s.category, s.segmentation, s.bbox, s.area, s.iscrowd, s.is_box))
    return coco_document(images, shapes, parsed.categories)


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
keys = st.integers(0, 3)
names = st.sampled_from(CATEGORIES[:2])
shapes_of_all_kinds = st.lists(
    st.builds(export_shape, keys, names, st.lists(polygons, min_size=1, max_size=3), iscrowd=st.booleans())
    | st.builds(export_shape, keys, names, masks, iscrowd=st.booleans())
    | st.builds(export_shape, keys, names, boxes, is_box=st.just(True)),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(shapes_of_all_kinds)
def test_an_export_imported_again_is_identical(shapes: list[ExportShape]) -> None:
    images = [image(0), image(1, split="test"), image(2, no_object=True), image(3, split="validation")]
    document = coco_document(images, shapes, CATEGORIES)
    parsed = parse_coco(canonical_json(document).encode())
    assert (parsed.fixed, parsed.skipped) == ([], [])
    assert parsed.annotations_taken == len(shapes)
    again = written_again(parsed, {entry.file_name: entry.sha256 for entry in images})
    assert again == document
    assert dataset_hash(again) == dataset_hash(document)


def many() -> tuple[list[ExportImage], list[ExportShape]]:
    shapes = [
        export_shape(key % 5, CATEGORIES[key % 2], [rectangle([key, 1.0, 5.0, 5.0])]) for key in range(1, 20)
    ]
    return [image(key) for key in range(5)], [*shapes, export_shape(0, "date", ring(1, 1, 3))]


def test_the_order_of_the_input_does_not_matter() -> None:
    images, shapes = many()
    document = coco_document(images, shapes, CATEGORIES)
    chance = random.Random(1)  # noqa: S311
    for _ in range(5):
        chance.shuffle(images)
        chance.shuffle(shapes)
        assert coco_document(images, shapes, CATEGORIES) == document


def test_the_document_has_the_form_that_training_reads() -> None:
    document = coco_document(*many(), CATEGORIES)
    assert document["categories"] == [
        {"id": 1, "name": "date"},
        {"id": 2, "name": "無花果"},
        {"id": 3, "name": "unused"},
    ]
    assert document["images"][0] == {
        "id": 1, "file_name": "0.jpg", "width": 64, "height": 48, "split": "train", "sha256": "0" * 64,
    }  # fmt: skip
    assert [entry["id"] for entry in document["annotations"]] == list(range(1, 21))
    assert set(document["annotations"][0]) == {
        "id", "image_id", "category_id", "bbox", "segmentation", "area", "iscrowd",
    }  # fmt: skip


def test_the_hash_changes_with_any_label() -> None:
    images, shapes = many()
    hashes = {dataset_hash(coco_document(images, shapes[:number], CATEGORIES)) for number in range(20)}
    assert len(hashes) == 20


def test_whole_numbers_and_floats_are_the_same_coordinates() -> None:
    whole = ExportShape(0, "date", [[1, 1, 5, 1, 5, 5]], [1, 1, 4, 4], 8)
    floats = ExportShape(0, "date", [[1.0, 1.0, 5.0, 1.0, 5.0, 5.0]], [1.0, 1.0, 4.0, 4.0], 8.0)
    one, other = (coco_document([image(0)], [shape], CATEGORIES) for shape in (whole, floats))
    assert dataset_hash(one) == dataset_hash(other)


def test_compressing_gives_the_same_bytes_and_the_document_again() -> None:
    document = coco_document(*many(), CATEGORIES)
    assert compress_document(document) == compress_document(document)
    assert decompress_document(compress_document(document)) == document


@pytest.mark.parametrize(
    ("images", "shapes", "categories"),
    [
        ([image(0)], [export_shape(1, "date", [rectangle([1, 1, 5, 5])])], ["date"]),
        ([image(0)], [export_shape(0, "fig", [rectangle([1, 1, 5, 5])])], ["date"]),
        ([image(0), image(1, file_name="0.jpg")], [], []),
        ([image(0), image(0, file_name="b.jpg")], [], []),
        ([], [], ["date", "date"]),
    ],
)
def test_it_refuses_what_does_not_fit_together(images: Any, shapes: Any, categories: Any) -> None:
    with pytest.raises(ValueError, match=r"twice|unknown"):
        coco_document(images, shapes, categories)
