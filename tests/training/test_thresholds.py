"""The thresholds that are used where nobody asks for others."""

import pytest

from tests.builders import runs
from webapp.contracts.score_thresholds import Thresholds, ThresholdSource
from webapp.models import DetectionModel, User, Weights
from webapp.training.weights import thresholds


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


@pytest.fixture
def weights(model: DetectionModel, administrator: User) -> Weights:
    """Of figs and dates."""
    return runs.finished_training(model, administrator).weights[-1]


def test_without_advice_a_half_and_it_is_said(model: DetectionModel, weights: Weights) -> None:
    in_use = thresholds.in_use(model, weights)
    assert in_use.by_category == dict.fromkeys(weights.categories, 0.5)
    assert in_use.source is ThresholdSource.DEFAULT


def test_the_advised_ones_of_the_weights(model: DetectionModel, weights: Weights) -> None:
    weights.thresholds = {"fig": 0.71, "date": 0.4}
    in_use = thresholds.in_use(model, weights)
    assert (in_use.by_category, in_use.source) == ({"fig": 0.71, "date": 0.4}, ThresholdSource.ADVISED)


def test_what_a_person_has_set_wins_and_the_others_stay_advised(
    model: DetectionModel, weights: Weights
) -> None:
    weights.thresholds = {"fig": 0.71, "date": 0.4}
    model.thresholds = {"date": 0.9, "screw of other weights": 0.1}
    in_use = thresholds.in_use(model, weights)
    assert (in_use.by_category, in_use.source) == ({"fig": 0.71, "date": 0.9}, ThresholdSource.MODEL)
    model.thresholds = {"screw of other weights": 0.1}
    assert thresholds.in_use(model, weights).source is ThresholdSource.ADVISED


def test_a_person_may_have_set_it_for_the_training(
    model: DetectionModel, administrator: User, weights: Weights
) -> None:
    run = runs.finished_training(model, administrator)
    run.parameters = run.parameters | {"score_threshold": 0.3}
    run.weights[-1].thresholds = {"fig": 0.71, "date": 0.4}
    in_use = thresholds.in_use(model, run.weights[-1])
    assert set(in_use.by_category.values()) == {0.3}
    assert in_use.source is ThresholdSource.TRAINING


@pytest.mark.parametrize(
    ("by_category", "expected"),
    [
        ({}, Thresholds(0.5)),
        ({"a": 0.7}, Thresholds(0.7)),
        ({"a": 0.7, "b": 0.4, "c": 0.7}, Thresholds(0.7, {"b": 0.4})),
        ({"a": 0.7, "b": 0.4}, Thresholds(0.4, {"a": 0.7})),
    ],
)
def test_the_most_frequent_one_stands_for_all(by_category: dict[str, float], expected: Thresholds) -> None:
    thresholds_ = Thresholds.of_categories(by_category)
    assert thresholds_ == expected
    assert all(thresholds_.of(name) == each for name, each in by_category.items())
