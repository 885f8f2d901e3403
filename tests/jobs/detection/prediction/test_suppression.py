"""Second detections of an object are left out by their masks."""

import msgspec
import numpy as np
import pytest

from jobs.detection.prediction.inference import boxed_by_mask, find_objects
from jobs.detection.prediction.suppression import suppress
from webapp.contracts.score_thresholds import Thresholds
from webapp.contracts.suppression import Suppression
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import encode_mask, rle_area

SIZE = 120
ON = Suppression()


def found(name: str, score: float, *boxes: tuple[int, int, int, int]) -> FoundObject:
    """A detection whose mask fills these boxes (x, y, width, height), with a box looser than the mask."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    for x, y, width, height in boxes:
        mask[y : y + height, x : x + width] = 1
    rle = encode_mask(mask)
    x, y, width, height = boxes[0] if boxes else (0, 0, 5, 5)
    return FoundObject(name, score, [x - 2.5, y - 2.5, width + 5.0, height + 5.0], float(rle_area(rle)), rle)


BEST = found("dent", 0.9, (10, 10, 20, 20))


@pytest.mark.parametrize(
    ("other", "stays"),
    [
        (found("dent", 0.8, (10, 10, 20, 11)), False),  # IoU 0.55
        (found("dent", 0.8, (16, 10, 20, 20)), False),  # IoU 0.54
        (found("dent", 0.8, (17, 10, 20, 20)), True),  # IoU 0.48, 0.65 inside
        (found("dent", 0.8, (12, 12, 4, 4)), False),  # a part of it
        (found("dent", 0.8, (27, 10, 4, 10)), False),  # 0.75 of it inside
        (found("dent", 0.8, (28, 10, 4, 10)), True),  # 0.5 of it inside
        (found("dent", 0.8, (5, 5, 60, 60)), False),  # around it
        (found("dent", 0.8, (30, 10, 20, 20)), True),  # beside it
        (found("scratch", 0.8, (10, 10, 20, 20)), False),  # a second name for the same mask
        (found("scratch", 0.8, (12, 10, 20, 20)), False),  # IoU 0.82
        (found("scratch", 0.8, (13, 10, 20, 20)), True),  # IoU 0.74: another category that touches it
        (found("scratch", 0.8, (12, 12, 4, 4)), True),  # a part of it has another category
        (found("dent", 0.8), True),  # no pixel at all
    ],
)
def test_what_is_the_same_object(other: FoundObject, stays: bool) -> None:
    assert suppress([BEST, other], ON) == ([BEST, other] if stays else [BEST])


def test_the_better_one_stays_wherever_it_stands() -> None:
    worse = found("dent", 0.3, (11, 11, 20, 20))
    assert suppress([worse, BEST], ON) == [BEST]


def test_boxes_that_meet_are_not_enough() -> None:
    """Two objects side by side, each in the box of the other."""
    upper = found("dent", 0.9, (0, 0, 60, 2), (0, 0, 2, 60))
    lower = found("dent", 0.8, (0, 58, 60, 2), (58, 3, 2, 57))
    assert suppress([upper, lower], ON) == [upper, lower]


def test_what_was_left_out_takes_nothing_with_it() -> None:
    """As in non-maximum suppression: the third one is the same object as the second alone."""
    second = found("dent", 0.8, (16, 10, 20, 20))
    third = found("dent", 0.7, (22, 10, 20, 20))
    assert suppress([BEST, second, third], ON) == [BEST, third]
    assert suppress([second, third], ON) == [second]


def test_the_limit_of_the_overlap_is_a_setting() -> None:
    other = found("dent", 0.8, (17, 10, 20, 20))
    assert suppress([BEST, other], Suppression(mask_iou=0.4)) == [BEST]
    assert suppress([BEST, found("dent", 0.8, (14, 10, 20, 20))], Suppression(mask_iou=0.9)) == [BEST]


def test_off_leaves_everything() -> None:
    second_name = found("scratch", 0.8, (10, 10, 20, 20))
    assert suppress([BEST, BEST, second_name], None) == [BEST, BEST, second_name]
    nothing_alike = Suppression(mask_iou=1.0)
    assert suppress([BEST, second_name], nothing_alike) == [BEST, second_name]
    assert suppress([], ON) == []


def test_across_categories_a_detection_that_counts_is_not_lost_for_one_that_does_not() -> None:
    scratch = found("scratch", 0.8, (10, 10, 20, 20))
    both = Suppression(across_categories=True)
    assert suppress([BEST, scratch], both) == [BEST]
    strict = Thresholds(0.5, {"dent": 0.95})
    assert suppress([BEST, scratch], both, strict) == [scratch]
    assert suppress([BEST, scratch], ON, strict) == [scratch]
    part = found("scratch", 0.8, (12, 12, 16, 12))
    assert suppress([BEST, part], both) == [BEST]
    assert suppress([BEST, part], ON) == [BEST, part]


def test_a_threshold_before_or_after_gives_the_same() -> None:
    """So that a result can be looked at with another threshold without predicting again."""
    dice = np.random.default_rng(5)
    many = sorted(
        (
            found(str(dice.choice(["a", "b"])), float(dice.random()), (*dice.integers(0, 60, 2), 30, 25))
            for _number in range(60)
        ),
        key=lambda one: -one.score,
    )
    kept = suppress(many, ON)
    assert 5 < len(kept) < 50
    for threshold in (0.3, 0.7):
        reaching = [one for one in many if one.score >= threshold]
        assert suppress(reaching, ON) == [one for one in kept if one.score >= threshold]


def test_tiles_are_joined_first() -> None:
    """A part in one tile is inside the object that two tiles make together."""
    photo = np.zeros((SIZE, SIZE, 3), np.uint8)
    photo[20:40, 10:110] = 255

    def network(tile: np.ndarray) -> list[FoundObject]:
        rle = encode_mask(tile[:, :, 0] > 0)
        area = float(rle_area(rle))
        whole = FoundObject("dent", 0.9, [0.0, 0.0, 5.0, 5.0], area, rle)
        part = encode_mask((tile[:, :, 0] > 0) & (np.arange(tile.shape[1]) < 30))
        return (
            [whole, FoundObject("dent", 0.6, [0.0, 0.0, 5.0, 5.0], float(rle_area(part)), part)]
            if area
            else []
        )

    [one] = find_objects(network, photo, ON, tile_size=80)
    assert (one.score, one.area, one.bbox) == (0.9, 2000.0, [10.0, 20.0, 100.0, 20.0])


def test_the_box_around_the_mask_or_between() -> None:
    assert boxed_by_mask(BEST, 1.0).bbox == [10.0, 10.0, 20.0, 20.0]
    assert boxed_by_mask(BEST, 0.0).bbox == BEST.bbox
    wide = msgspec.structs.replace(BEST, bbox=[0.0, 10.0, 40.0, 20.0])
    assert boxed_by_mask(wide, 0.5).bbox == [5.0, 10.0, 30.0, 20.0]
    empty = found("dent", 0.4)
    assert boxed_by_mask(empty, 1.0) == empty
