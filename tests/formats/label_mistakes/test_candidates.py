"""Each kind of mistake is told by its own evidence, and good labels are not blamed."""

import pytest

from tests.suggestions.label_mistakes import judged
from webapp.formats.label_mistakes.candidates import Candidate, candidates
from webapp.formats.label_mistakes.expectations import Expectations, expectations_of
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.formats.label_mistakes.overlaps import JudgedLabel, JudgedPhoto, Overlaps
from webapp.formats.masks.rle import polygons_to_rle

CLEARLY = 0.5


def photo(number: int, detections: list[judged.FoundObject] | None = None) -> Overlaps:
    labels = [
        JudgedLabel(at, one.category, one.segmentation, one.bbox)
        for at, one in enumerate(judged.labels_of(number))
    ]
    found = [judged.found(*each) for each in judged.truth()] if detections is None else detections
    return Overlaps(JudgedPhoto(number, *judged.SIZE, labels, found))


@pytest.fixture(scope="module")
def expected() -> Expectations:
    return expectations_of([photo(number) for number in range(judged.PHOTOS)])


@pytest.mark.parametrize(
    ("kind", "labels", "detections"),
    [
        (MistakeKind.MISSING, (), (0,)),
        (MistakeKind.WRONG_CATEGORY, (0,), (0,)),
        (MistakeKind.SHIFTED, (0,), (0,)),
        (MistakeKind.MERGED, (0,), (0, 1)),
        (MistakeKind.DOUBLED, (4, 0), ()),
        (MistakeKind.SPURIOUS, (4,), ()),
    ],
)
def test_a_mistake_is_the_likeliest_of_its_photo(
    expected: Expectations, kind: MistakeKind, labels: tuple[int, ...], detections: tuple[int, ...]
) -> None:
    first, *others = candidates(photo(judged.WRONG[kind]), expected)
    assert (first.kind, first.labels, first.detections) == (kind, labels, detections)
    assert first.score > CLEARLY
    assert all(one.score < CLEARLY / 2 for one in others), others


def test_labels_that_agree_are_not_doubted(expected: Expectations) -> None:
    assert candidates(photo(judged.PHOTOS - 1), expected) == []


def test_a_doubtful_detection_says_little(expected: Expectations) -> None:
    doubtful = [judged.found(category, polygon, 0.2) for category, polygon in judged.truth()]
    found = candidates(photo(judged.WRONG[MistakeKind.MISSING], doubtful), expected)
    missing = [one for one in found if one.kind is MistakeKind.MISSING]
    assert all(one.score < CLEARLY for one in missing)


def test_where_networks_find_little_a_label_that_is_not_found_says_little() -> None:
    photos = [photo(number, []) for number in range(judged.PHOTOS)]
    expected = expectations_of(photos)
    found: list[Candidate] = [one for each in photos for one in candidates(each, expected)]
    assert {one.kind for one in found} == {MistakeKind.DOUBLED}


def test_a_box_is_held_against_boxes(expected: Expectations) -> None:
    # A circle fills three quarters of its box.
    mask = polygons_to_rle([[60, 30, 90, 60, 60, 90, 30, 60]], *judged.SIZE)
    round_object = judged.FoundObject("fig", 0.97, [30.0, 30.0, 60.0, 60.0], 1800.0, mask)
    label = JudgedLabel(1, "fig", [judged.square(30, 30)], [30.0, 30.0, 60.0, 60.0], is_box=True)
    overlaps = Overlaps(JudgedPhoto(1, *judged.SIZE, [label], [round_object]))
    assert overlaps.iou[0, 0] == pytest.approx(1)
    assert candidates(overlaps, expected) == []


def test_a_crowd_is_neither_blamed_nor_taken_for_bare_ground(expected: Expectations) -> None:
    crowd = JudgedLabel(1, "fig", [judged.square(0, 0, 230, 310)], [0.0, 0.0, 310.0, 230.0], iscrowd=True)
    found = [judged.found(*each) for each in judged.truth()]
    overlaps = Overlaps(JudgedPhoto(1, *judged.SIZE, [crowd], found))
    assert candidates(overlaps, expected) == []


def test_nothing_is_known_without_photos() -> None:
    nothing = expectations_of([])
    assert candidates(Overlaps(JudgedPhoto(1, *judged.SIZE, [], [])), nothing) == []
