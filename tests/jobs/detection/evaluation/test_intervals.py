"""What a test stores of how sure its figures are."""

import copy

import numpy as np
import pytest

from jobs.detection.evaluation.evaluator import Evaluation, judge
from tests.jobs.detection.evaluation.conftest import Tested
from webapp.contracts.intervals import unpack


@pytest.fixture
def evaluation(tested: Tested) -> Evaluation:
    return judge(tested[0], "test", tested[1])


def test_every_figure_lies_in_its_interval(evaluation: Evaluation) -> None:
    found = evaluation.intervals.metrics
    for task, figures in evaluation.metrics.items():
        assert set(found[task]) == set(figures)
        for name, value in figures.items():
            interval = found[task][name]
            assert (interval is None) == (value is None), (task, name)
            assert interval is None or 0 <= interval[0] <= value <= interval[1] <= 100, (task, name)  # type: ignore[operator]


def test_the_counts_of_photos_add_up_to_those_of_the_test(evaluation: Evaluation) -> None:
    counts = evaluation.intervals.counts
    categories, photos = counts.objects.shape
    for category in range(categories):
        right, false = (
            each.by_threshold(photos, category).sum(axis=1) for each in (counts.right, counts.false)
        )
        missed = counts.objects[category].sum() - right
        expected = [rows[category] for rows in evaluation.summary["counts"]]
        assert np.stack([right, false, missed], axis=1).tolist() == expected


def test_shares_lie_in_their_intervals_at_every_threshold(evaluation: Evaluation) -> None:
    stored = evaluation.summary["intervals"]
    assert {name: len(rows) for name, rows in stored.items()} == dict.fromkeys(
        ("recall", "precision", "false_alarms"), 101
    )
    for step, rows in enumerate(evaluation.summary["counts"]):
        for place, (right, false, missed) in enumerate([np.sum(rows, axis=0).tolist(), *rows]):
            for name, part, whole in (
                ("recall", right, right + missed),
                ("precision", right, right + false),
                ("false_alarms", false, evaluation.summary["photos"]),
            ):
                interval = stored[name][step][place]
                assert (interval is None) == (whole == 0)
                assert interval is None or interval[0] <= part / whole + 1e-4
                assert interval is None or part / whole - 1e-4 <= interval[1]


def test_thresholds_by_category_have_an_interval_together(evaluation: Evaluation) -> None:
    counts = evaluation.intervals.counts
    for step in (10, 70):
        expected = {name: rows[step][0] for name, rows in evaluation.summary["intervals"].items()}
        assert counts.at([step, step, step]) == expected
    assert counts.at([10, 70, 0]) not in (counts.at([10, 10, 10]), counts.at([70, 70, 70]))


def test_the_same_test_is_known_again(tested: Tested, evaluation: Evaluation) -> None:
    """Whatever its photos are called and in whatever order they and their labels stand."""
    document, detections = tested
    document = copy.deepcopy(document)
    for image in document["images"]:
        image["sha256"] = image["file_name"]
    plain = judge(document, "test", detections)
    assert plain.intervals.test_hash == evaluation.intervals.test_hash
    other = copy.deepcopy(document)
    other["images"].reverse()
    other["annotations"].reverse()
    other["categories"].append({"id": 9, "name": "new"})
    moved = {image_id: detections[image_id] for image_id in reversed(detections)}
    for image in other["images"]:
        image["file_name"] = f"renamed {image['file_name']}"
    again = judge(other, "test", moved)
    assert again.intervals.test_hash == plain.intervals.test_hash
    one, two = (unpack(each.intervals.resamples)["bbox AP50"] for each in (plain, again))
    assert two.resamples == pytest.approx(one.resamples, abs=1e-4)
    other["annotations"][0]["bbox"][2] += 1
    assert judge(other, "test", moved).intervals.test_hash != plain.intervals.test_hash
    del moved[1]
    fewer = document | {"images": document["images"][1:]}
    assert judge(fewer, "test", moved).intervals.test_hash != plain.intervals.test_hash
