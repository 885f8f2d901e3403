"""What a threshold means: hand-made photos whose outcome can be told by looking."""

from typing import Any

import pytest

from jobs.detection.evaluation.evaluator import judge
from jobs.detection.evaluation.shape_outlines import outlines
from jobs.detection.evaluation.threshold_table import best_step
from tests.jobs.detection.conftest import annotation_of
from tests.jobs.detection.evaluation.test_evaluator import SIZE
from tests.jobs.detection.evaluation.test_evaluator import found as found_of
from webapp.formats.found_object import FoundObject

SCRATCH, DENT = 0, 1
A, B, C, NOWHERE = (10, 10, 40, 40), (100, 10, 40, 40), (10, 100, 40, 40), (140, 140, 30, 30)


def document(*labels: tuple[int, tuple[int, int, int, int]], crowd: bool = False) -> dict[str, Any]:
    """One test photo with these objects (class number, box)."""
    annotations = [annotation_of(7, number + 1, box) for number, box in labels]
    for place, annotation in enumerate(annotations):
        # Ids as a foreign file may have them: pycocotools alone would lose the object with the id 0.
        annotation |= {"id": place, "iscrowd": int(crowd and place == len(annotations) - 1)}
    return {
        "images": [{"id": 7, "file_name": "a.png", "width": SIZE, "height": SIZE, "split": "test"}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "scratch"}, {"id": 2, "name": "dent"}],
    }


def found(number: int, score: float, box: tuple[int, int, int, int]) -> FoundObject:
    return found_of(("scratch", "dent")[number], score, box)


def counts(doc: dict[str, Any], detections: list[FoundObject], threshold: float) -> list[list[int]]:
    """[right, false, missed] of scratch and dent."""
    return judge(doc, "test", {7: detections}).summary["counts"][round(threshold * 100)]


def test_found_missed_and_false_follow_the_threshold() -> None:
    doc = document((SCRATCH, A), (SCRATCH, B), (DENT, C))
    detections = [found(SCRATCH, 0.9, A), found(SCRATCH, 0.4, B), found(DENT, 0.6, NOWHERE)]
    assert counts(doc, detections, 0.3) == [[2, 0, 0], [0, 1, 1]]
    assert counts(doc, detections, 0.5) == [[1, 0, 1], [0, 1, 1]]
    assert counts(doc, detections, 0.9) == [[1, 0, 1], [0, 0, 1]]
    assert counts(doc, detections, 1.0) == [[0, 0, 2], [0, 0, 1]]


def test_a_second_detection_of_the_same_object_is_a_false_alarm() -> None:
    assert counts(document((SCRATCH, A)), [found(SCRATCH, 0.9, A), found(SCRATCH, 0.8, A)], 0.5)[0] == [
        1,
        1,
        0,
    ]


def test_less_than_half_an_overlap_finds_nothing() -> None:
    beside = (10 + 25, 10, 40, 40)
    assert counts(document((SCRATCH, A)), [found(SCRATCH, 0.9, beside)], 0.5)[0] == [0, 1, 1]


def test_what_lies_in_a_crowd_counts_neither_way() -> None:
    doc = document((SCRATCH, A), (SCRATCH, B), crowd=True)
    assert counts(doc, [found(SCRATCH, 0.9, A), found(SCRATCH, 0.8, B)], 0.5)[0] == [1, 0, 0]


def test_an_object_taken_for_another_category_is_named_from_the_score_of_the_mistake() -> None:
    evaluation = judge(document((SCRATCH, A)), "test", {7: [found(DENT, 0.7, A)]})
    assert evaluation.summary["mistaken"][50] == [[SCRATCH, DENT, 1]]
    assert evaluation.summary["mistaken"][71] == []


def test_an_object_that_was_found_is_not_mistaken_at_that_threshold() -> None:
    evaluation = judge(document((SCRATCH, A)), "test", {7: [found(DENT, 0.9, A), found(SCRATCH, 0.6, A)]})
    assert evaluation.summary["mistaken"][50] == []
    # Above the score that finds it, what is left is the mistake.
    assert evaluation.summary["mistaken"][70] == [[SCRATCH, DENT, 1]]


def test_a_photo_knows_its_objects_and_detections() -> None:
    doc = document((SCRATCH, A), (DENT, B))
    (photo,) = judge(doc, "test", {7: [found(SCRATCH, 0.4, NOWHERE), found(SCRATCH, 0.9, A)]}).photos
    assert [(each.category, each.found_score) for each in photo.objects] == [(SCRATCH, 0.9), (DENT, None)]
    assert [(each.found.score, each.right) for each in photo.detections] == [(0.9, True), (0.4, False)]


def test_figures_of_each_category() -> None:
    doc = document((SCRATCH, A))
    detections = [found(SCRATCH, 0.9, A), found(DENT, 0.3, NOWHERE)]
    scratch, dent = judge(doc, "test", {7: detections}).summary["categories"]
    assert scratch["objects"] == 1
    assert scratch["segm"] == pytest.approx({"AP": 100, "AP50": 100, "AP75": 100})
    assert scratch["precision"] == [1.0] * 101
    assert scratch["best"] == {"threshold": 0.45, "f1": 1.0}
    assert (dent["objects"], dent["segm"]["AP"], dent["precision"]) == (0, None, None)


def test_the_best_threshold_separates_right_from_false() -> None:
    doc = document((SCRATCH, A), (SCRATCH, B))
    detections = [found(SCRATCH, 0.9, A), found(SCRATCH, 0.8, B), found(SCRATCH, 0.4, NOWHERE)]
    best = judge(doc, "test", {7: detections}).summary["best"]
    assert best["f1"] == 1
    assert 0.4 < best["threshold"] <= 0.8


def test_without_anything_found_there_is_no_best() -> None:
    assert best_step([[0, 0, 3]] * 101)["f1"] == 0


@pytest.mark.parametrize("box", [A, (0, 0, SIZE, SIZE)])
def test_an_outline_runs_along_its_mask(box: tuple[int, int, int, int]) -> None:
    (outline,) = outlines(found(SCRATCH, 0.9, box).segmentation)
    x, y, width, height = box
    assert {(min(outline[0::2]), min(outline[1::2]))} == {(x, y)}
    assert (max(outline[0::2]), max(outline[1::2])) == (x + width - 1, y + height - 1)
    assert len(outline) == 8


def test_nothing_has_no_outline() -> None:
    assert outlines(found(SCRATCH, 0.9, (5, 5, 0, 0)).segmentation) == []
