"""Labels that are one object twice."""

import hashlib
from pathlib import Path

import pytest

from webapp.formats.coco.reader import parse_coco
from webapp.formats.masks.doubles import Covered, doubled, doubles_within, has_near
from webapp.formats.masks.rle import polygons_bbox, polygons_to_rle
from webapp.formats.masks.segmentation import Polygon

SIDE = 100
SQUARE: Polygon = [10, 10, 50, 10, 50, 50, 10, 50]


def covered(polygon: Polygon, category: str = "scratch", as_mask: bool = False) -> Covered:
    box = polygons_bbox([polygon])
    outline = polygons_to_rle([polygon], SIDE, SIDE) if as_mask else [polygon]
    return Covered(category, outline, box, box[2] * box[3])


def shifted(by: float) -> Polygon:
    return [value + by * (place % 2 == 0) for place, value in enumerate(SQUARE)]


@pytest.mark.parametrize(
    ("other", "is_double"),
    [
        (covered(SQUARE), True),
        (covered(SQUARE[2:] + SQUARE[:2]), True),
        (covered([50, 10, 10, 10, 10, 50, 50, 50]), True),
        (covered(SQUARE, as_mask=True), True),
        (covered(shifted(1)), True),
        (covered(shifted(4)), False),
        (covered(SQUARE, category="dent"), False),
        (covered([60, 60, 90, 60, 90, 90]), False),
    ],
    ids=["equal", "another start", "another direction", "as a mask", "near", "off", "category", "far"],
)
def test_masks_of_one_category_are_compared(other: Covered, is_double: bool) -> None:
    assert doubled([covered(SQUARE)], [other], SIDE, SIDE) == [is_double]
    assert doubles_within([covered(SQUARE), other], SIDE, SIDE) == ([1] if is_double else [])


def test_the_first_of_several_stays() -> None:
    shapes = [covered(shifted(by)) for by in (0, 60, 0.5, 1)]
    assert doubles_within(shapes, SIDE, SIDE) == [2, 3]
    assert has_near(shapes) and not has_near(shapes[:2])


def test_a_chain_of_near_ones_is_not_one_object() -> None:
    assert doubles_within([covered(shifted(by)) for by in (0, 2, 4)], SIDE, SIDE) == [1]


@pytest.mark.parametrize("start", [0, 4])
def test_a_small_shape_in_whole_pixels_is_the_same(start: int) -> None:
    small = [10.4, 10.6, 13.4, 10.6, 13.4, 13.4, 10.4, 13.4]
    whole = [float(round(value)) for value in small[start:] + small[:start]]
    assert doubled([covered(small)], [covered(whole)], SIDE, SIDE) == [True]
    other = [value + 1 for value in whole]
    assert doubled([covered(small)], [covered(other)], SIDE, SIDE) == [False]


def test_real_photos_under_several_names(shared_data: Path) -> None:
    """Roboflow's versions: 299 files are 212 photos, whose labels start at another point in each."""
    shapes: dict[str, list[list[Covered]]] = {}
    for split in ("train", "val", "test"):
        folder = shared_data / "wagon" / split
        for image in parse_coco((folder / "_annotations.coco.json").read_bytes()).images:
            content = hashlib.sha256((folder / image.file_name).read_bytes()).hexdigest()
            labels = [Covered(one.category, one.segmentation, one.bbox, one.area) for one in image.shapes]
            shapes.setdefault(content, []).append(labels)
    kept = {content: list(sets[0]) for content, sets in shapes.items()}
    for content, sets in shapes.items():
        for labels in sets[1:]:
            twice = doubled(kept[content], labels, 640, 640)
            kept[content] += [one for one, is_double in zip(labels, twice, strict=True) if not is_double]
    assert len(kept) == 212
    assert sum(len(labels) for sets in shapes.values() for labels in sets) == 1151
    assert sum(map(len, kept.values())) == 830


def test_nothing_and_shapes_far_outside() -> None:
    assert doubled([], [covered(SQUARE)], SIDE, SIDE) == [False]
    assert doubled([covered(SQUARE)], [], SIDE, SIDE) == []
    far = [covered([9000 + value for value in SQUARE]), covered([9001 + value for value in SQUARE])]
    assert doubles_within(far, SIDE, SIDE) == []
