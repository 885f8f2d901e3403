"""The sentence on what a run is worth, in both languages."""

from typing import Any

import flask_babel
import pytest
from flask_openapi3 import OpenAPI

from webapp.contracts.score_thresholds import Thresholds
from webapp.contracts.training_parameters import TrainingParameters
from webapp.training import conclusions


def summary(right: int, false: int, missed: int, photos: int = 40, f1: float = 0.8) -> dict[str, Any]:
    """A test with two categories; the second has one more false alarm below 0.30."""
    counts = [[[right, false, missed], [0, int(step <= 30), 0]] for step in range(101)]
    return {
        "photos": photos,
        "categories": [{"name": "fig"}, {"name": "date"}],
        "counts": counts,
        "best": {"threshold": 0.5, "f1": f1},
    }


def document(side: float) -> dict[str, Any]:
    """A training photo with one object, and a crowd and a test photo that do not count."""
    return {
        "images": [
            {"id": 1, "width": 4000, "height": 3000, "split": "train"},
            {"id": 2, "width": 300, "height": 300, "split": "test"},
        ],
        "annotations": [
            {"image_id": 1, "bbox": [0, 0, side, side], "iscrowd": 0},
            {"image_id": 1, "bbox": [0, 0, 900, 900], "iscrowd": 1},
            {"image_id": 2, "bbox": [0, 0, 200, 200], "iscrowd": 0},
        ],
    }


def conclude(found: dict[str, Any], side: float = 400, iterations: int = 250, **thresholds: float) -> Any:
    return conclusions.of_test(
        found, Thresholds(0.5, thresholds), document(side), TrainingParameters(image_size=320), iterations
    )


CASES = [
    (
        conclude(summary(44, 6, 7)),
        "finds",
        "Finds 44 of 51; 6 false alarms on 40 photos",
        "51 個找到 44 個；40 張照片誤報 6 個",
    ),
    (
        conclude(summary(1, 0, 0, photos=1)),
        "finds",
        "Finds 1 of 1; no false alarm on 1 photo",
        "1 個找到 1 個；1 張照片沒有誤報",
    ),
    (
        conclude(summary(44, 6, 7), date=0.2),
        "finds",
        "Finds 44 of 51; 7 false alarms on 40 photos",
        "51 個找到 44 個；40 張照片誤報 7 個",
    ),
    (
        conclude(summary(0, 1, 0)),
        "no_objects",
        "40 photos without objects: 1 false alarm",
        "40 張照片沒有物件：誤報 1 個",
    ),
    (
        conclude(summary(0, 6, 51, f1=0.0), side=40),
        "objects_small",
        "Has learned nothing yet: objects are 4 px at this image size. Take a larger one.",
        "還沒有學到東西：在這個影像大小下，物件只有 4 px。請改用較大的影像大小。",
    ),
    (
        conclude(summary(0, 6, 51, f1=0.0), iterations=20),
        "few_iterations",
        "Has learned nothing yet: 20 iterations are too few.",
        "還沒有學到東西：只訓練 20 代太少。",
    ),
    (
        conclude(summary(0, 6, 51, f1=0.0)),
        "learned_nothing",
        "Has learned nothing yet: look through the labels, or train longer.",
        "還沒有學到東西：請檢查標記，或延長訓練。",
    ),
    (
        conclusions.NOT_TESTED,
        "not_tested",
        "Not tested: nothing tells yet what it is worth.",
        "未經測試：還不知道效果如何。",
    ),
]


@pytest.mark.parametrize(("conclusion", "code", "english", "chinese"), CASES)
def test_it_is_said_in_both_languages(
    clean_app: OpenAPI, conclusion: dict[str, Any], code: str, english: str, chinese: str
) -> None:
    assert conclusion["code"] == code
    with flask_babel.force_locale("en"):
        assert conclusions.sentence(conclusion) == english
    with flask_babel.force_locale("zh_Hant_TW"):
        assert conclusions.sentence(conclusion) == chinese


def test_a_run_without_a_conclusion_has_no_sentence() -> None:
    assert conclusions.sentence(None) is None


def test_objects_are_measured_in_pixels_of_the_network() -> None:
    parameters = TrainingParameters(image_size=320)
    assert conclusions.training_object_side(document(375), parameters) == pytest.approx(40)
    strip = document(375)
    strip["images"][0] |= {"width": 8000, "height": 100}
    # The long side is limited, as Detectron2's is.
    assert conclusions.training_object_side(strip, parameters) == pytest.approx(375 * 320 * 1333 / 800 / 8000)
    assert conclusions.training_object_side({"images": [], "annotations": []}, parameters) is None
