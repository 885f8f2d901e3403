"""What the numbers of a mask mean, and that every shape equals its pixels."""

from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from tests.formats.sets.set_files import Array, boxes, canvas, codes, only, photos, png, read, voc_png
from webapp.formats.annotations.parsed import ParsedAnnotations
from webapp.formats.masks.rle import decode_mask, encode_mask, rle_area, rle_bbox
from webapp.formats.masks.runs import encode_runs, runs_of
from webapp.formats.masks.segmentation import Rle
from webapp.formats.png_masks.class_names import voc_colour

LEFT, RIGHT = (0, 0, 10, 10), (50, 20, 10, 10)
BOXES = [[0.0, 0.0, 10.0, 10.0], [50.0, 20.0, 10.0, 10.0]]
TWO = canvas((1, *LEFT), (2, *RIGHT))


def of(mask: bytes, texts: dict[str, str]) -> ParsedAnnotations:
    """The labels of one mask, with these texts above its folder."""
    return only(read({"masks/a.png": mask} | texts, photos("images/a.jpg")))


def categories(parsed: ParsedAnnotations) -> list[str]:
    """Of the area on the left and of the one on the right."""
    found = sorted((bbox, category) for category, bbox in boxes(parsed)["images/a.jpg"])
    assert [bbox for bbox, _ in found] == BOXES
    return [category for _, category in found]


def coloured(*colours: tuple[int, int, int]) -> Array:
    table = np.array([(0, 0, 0), *colours], dtype=np.uint8)
    return cast(Array, table[TWO])


INDEX = png(TWO)
COLOURS = png(coloured((64, 0, 0), (64, 0, 9)))
NAMES = {
    "a list with background": (INDEX, "classes.txt", "_background_\nnut\nbolt"),
    "labelme's list": (INDEX, "class_names.txt", "__ignore__\n_background_\nnut\nbolt"),
    "a list without background": (INDEX, "classes.txt", "nut\nbolt"),
    "roboflow's table": (INDEX, "_classes.csv", "Pixel Value, Class\n0, background\n1, nut\n2, bolt"),
    "CamVid": (COLOURS, "label_colors.txt", "64 0 0\tnut\n64 0 9\tbolt"),
    "class_dict.csv": (COLOURS, "class_dict.csv", "name,r,g,b\nnut,64,0,0\nbolt,64,0,9"),
    "supervisely": (INDEX, "obj_class_to_machine_color.json", '{"nut": [1, 1, 1], "bolt": [2, 2, 2]}'),
    "colours of VOC": (
        png(coloured((128, 0, 0), (0, 128, 0))),
        "classes.txt",
        "background\nnut\nbolt",
    ),
}


@pytest.mark.parametrize(("mask", "file", "text"), NAMES.values(), ids=NAMES)
def test_files_that_name_numbers_or_colours(mask: bytes, file: str, text: str) -> None:
    assert categories(of(mask, {file: text})) == ["nut", "bolt"]


WITHOUT_NAMES = {
    "index": (INDEX, ["class 1", "class 2"]),
    "colours": (COLOURS, ["class #400000", "class #400009"]),
    "grey steps": (png(TWO * 85), ["class 85", "class 170"]),
    "16 bits": (png(TWO.astype(np.uint16) * 1000), ["class 1000", "class 2000"]),
}


@pytest.mark.parametrize(("mask", "expected"), WITHOUT_NAMES.values(), ids=WITHOUT_NAMES)
def test_numbers_without_names_get_one_and_a_remark(mask: bytes, expected: list[str]) -> None:
    parsed = of(mask, {})
    assert categories(parsed) == expected
    assert codes(parsed, "fixed") == {"mask_taken": 1, "class_unnamed": 2}


def test_cvat_writes_colours_by_its_label_map() -> None:
    files = {
        "labelmap.txt": "# label:color_rgb:parts:actions\nbackground:0,0,0::\nnut:10,20,30::\nbolt:40,50,60::",
        "SegmentationClass/a.png": png(coloured((10, 20, 30), (40, 50, 60))),
        "SegmentationObject/a.png": png(coloured((128, 0, 0), (0, 128, 0))),
    }
    parsed = only(read(files, photos("JPEGImages/a.jpg")))
    assert sorted(boxes(parsed)["JPEGImages/a.jpg"]) == [("bolt", BOXES[1]), ("nut", BOXES[0])]


BINARY = {
    "black and white": png(canvas((255, *LEFT), (255, *RIGHT))),
    "0 and 1": png(canvas((1, *LEFT), (1, *RIGHT))),
    "one bit": png(np.asarray(TWO > 0)),
    "colour": png(coloured((255, 255, 255), (255, 255, 255))),
    "alpha": png(np.dstack([np.full((*TWO.shape, 3), 255, np.uint8), (TWO > 0).astype(np.uint8) * 255])),
    "a palette that begins with white": b"",
}


def _inverted_palette() -> bytes:
    image = Image.fromarray((TWO == 0).astype(np.uint8)).convert("L")
    image.putpalette([255, 255, 255, 0, 0, 0])
    return png(np.asarray(image.convert("RGB")))


BINARY["a palette that begins with white"] = _inverted_palette()


@pytest.mark.parametrize("mask", BINARY.values(), ids=BINARY)
def test_a_mask_of_one_number_is_an_object_without_a_category(mask: bytes) -> None:
    parsed = of(mask, {})
    assert categories(parsed) == ["object", "object"]
    assert codes(parsed, "fixed") == {"mask_taken": 1, "mask_divided": 1, "category_missing": 2}


def test_255_beside_small_numbers_is_void_and_said() -> None:
    parsed = of(png(canvas((1, *LEFT), (255, 30, 0, 5, 5), (2, *RIGHT))), {})
    assert categories(parsed) == ["class 1", "class 2"]
    assert codes(parsed, "skipped") == {"mask_void": 1}


def test_areas_that_touch_at_a_corner_are_one_object() -> None:
    parsed = of(png(np.eye(50, 100, dtype=np.uint8) * 255), {})
    assert boxes(parsed)["images/a.jpg"] == [("object", [0.0, 0.0, 50.0, 50.0])]


def test_soft_edges_are_divided_in_the_middle_with_a_remark() -> None:
    y, x = np.mgrid[:50, :100]
    distance = np.hypot(x - 50.3, y - 25.2)
    parsed = of(png((np.clip(20.5 - distance, 0, 1) * 255).astype(np.uint8)), {})
    (shape,) = parsed.images[0].shapes
    assert shape.area == pytest.approx(np.pi * 20**2, rel=0.01)
    assert codes(parsed, "fixed")["mask_soft"] == 1


def test_a_mask_saved_as_jpeg_is_divided_in_the_middle() -> None:
    large = np.kron(canvas((255, 10, 5, 30, 20)), np.ones((4, 4), np.uint8))
    files = {"masks/a.jpg": png(large, "JPEG", quality=80)}
    parsed = only(read(files, photos("images/a.jpg", width=400, height=200)))
    assert boxes(parsed) == {"images/a.jpg": [("object", [40.0, 20.0, 120.0, 80.0])]}


def test_a_thousand_areas_are_a_thousand_objects() -> None:
    mask = np.zeros((200, 100), np.uint8)
    mask[::4, ::4] = 255
    parsed = only(read({"masks/a.png": png(mask)}, photos("images/a.jpg", height=200)))
    assert parsed.annotations_taken == 50 * 25


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(arrays.arrays(np.int32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 4)))
def test_run_lengths_of_all_numbers_at_once_equal_those_of_each(labels: Array) -> None:
    expected = {number: encode_mask(labels == number) for number in np.unique(labels).tolist() if number}
    found = encode_runs(runs_of(labels))
    assert {number: one.mask for number, one in found.items()} == expected
    assert [(one.bbox, one.area) for one in found.values()] == [
        (rle_bbox(mask), rle_area(mask)) for mask in expected.values()
    ]


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(arrays.arrays(np.uint8, (20, 40), elements=st.sampled_from([0, 0, 0, 1, 2, 3])), st.booleans())
def test_the_objects_of_voc_equal_their_pixels(blocks: Array, void: bool) -> None:
    objects = np.kron(blocks, np.ones((5, 5), np.uint8))
    if void:
        objects[0, :] = 255
    classes = np.where(objects == 255, 255, np.minimum(objects, 2)).astype(np.uint8)
    files = {"SegmentationClass/a.png": voc_png(classes), "SegmentationObject/a.png": voc_png(objects)}
    parsed = only(read(files, photos("JPEGImages/a.jpg", width=200, height=100)))
    found = {}
    for image in parsed.images:
        for shape in image.shapes:
            found[encode(shape.segmentation)] = shape.category
    numbers = [number for number in np.unique(objects).tolist() if number not in {0, 255}]
    assert found == {encode(encode_mask(objects == n)): f"class {min(n, 2)}" for n in numbers}


def encode(rle: object) -> bytes:
    return cast(bytes, decode_mask(cast(Rle, rle)).tobytes())


def test_the_colours_of_voc() -> None:
    assert [f"{voc_colour(index):06x}" for index in (0, 1, 2, 3, 8, 255)] == [
        "000000", "800000", "008000", "808000", "400000", "e0e0c0",
    ]  # fmt: skip
