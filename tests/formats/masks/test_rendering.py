"""Result pictures show mask, box, name and score, in Chinese too, at any size."""

import msgspec
import numpy as np
import pytest

from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rendering import COLOURS, draw_detections
from webapp.formats.masks.rle import encode_mask

GREY = 120


def detection(
    box: tuple[float, float, float, float], size: tuple[int, int], index: int = 0, hole: bool = False
) -> FoundObject:
    """Of the category with this number; ``drawn`` gives the names."""
    x, y, w, h = (int(value) for value in box)
    mask = np.zeros(size, dtype=np.uint8)
    mask[y : y + h, x : x + w] = 1
    if hole:
        mask[y + h // 3 : y + 2 * h // 3, x + w // 3 : x + 2 * w // 3] = 0
    return FoundObject(str(index), 0.87, list(box), float(mask.sum()), encode_mask(mask))


def drawn(size: tuple[int, int], detections: list[FoundObject], names: list[str]) -> np.ndarray:
    named = [msgspec.structs.replace(found, category=names[int(found.category)]) for found in detections]
    return np.asarray(draw_detections(np.full((*size, 3), GREY, dtype=np.uint8), named, names))


def test_mask_is_tinted_hole_and_surroundings_are_not() -> None:
    size = (300, 400)
    result = drawn(size, [detection((100, 100, 150, 150), size, hole=True)], ["a"])
    tint = np.array(COLOURS[0]) * 0.4 + GREY * 0.6
    assert result[120, 230] == pytest.approx(tint, abs=1)
    assert tuple(result[175, 175]) == (GREY,) * 3
    assert tuple(result[280, 380]) == (GREY,) * 3


def test_box_has_the_colour_of_its_category() -> None:
    size = (300, 400)
    for index in (0, 1, 11):
        result = drawn(
            size, [detection((100, 100, 150, 150), size, index)], [f"x{number}" for number in range(12)]
        )
        assert tuple(result[249, 170]) == COLOURS[index % len(COLOURS)]


def test_chinese_names_are_drawn_each_in_its_own_shape() -> None:
    """A font without these characters would draw the same empty box for both."""
    size = (400, 600)
    labels = []
    for name in ("瑕疵", "點蝕", "__"):
        result = drawn(size, [detection((200, 200, 100, 100), size)], [name])
        label = result[150:199, 200:420]
        labels.append((label != COLOURS[0]).any(axis=2) & (label != GREY).any(axis=2))
    defect, pitting, plain = labels
    assert defect.sum() > plain.sum() + 50
    assert pitting.sum() > plain.sum() + 50
    assert (defect != pitting).sum() > 50


@pytest.mark.parametrize("size", [(24, 32), (60, 4000), (3000, 4000)])
def test_labels_stay_inside_and_lines_grow_with_the_photo(size: tuple[int, int]) -> None:
    height, width = size
    corners = [
        detection((0, 0, width / 4, height / 4), size),
        detection((width * 3 / 4, height * 3 / 4, width / 4, height / 4), size, index=1),
    ]
    result = drawn(size, corners, ["一個很長的類別名稱", "edge"])
    assert result.shape == (*size, 3)
    if size == (3000, 4000):
        column = result[1000:2900, 3500:3501, :]
        line = (column == COLOURS[1]).all(axis=2).sum()
        assert line >= 6


def test_the_photo_itself_is_left_alone() -> None:
    photo = np.full((100, 100, 3), GREY, dtype=np.uint8)
    draw_detections(photo, [detection((10, 10, 50, 50), (100, 100))], ["0"])
    assert (photo == GREY).all()
