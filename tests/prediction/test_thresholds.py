"""With which thresholds and suppression a prediction is made."""

import io
from typing import Any

import pytest

from tests.builders import runs
from webapp.core.extensions import db
from webapp.images.intake import Upload
from webapp.models import DetectionModel, PredictionRun, User
from webapp.prediction import parameters as prediction_parameters
from webapp.prediction import runs as prediction_runs
from webapp.prediction.runs import Sources


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    """Its weights advise 0.71 for figs and 0.4 for dates."""
    model = runs.model_with_photos(administrator)
    run = runs.finished_training(model, administrator)
    run.weights[-1].thresholds = {"fig": 0.71, "date": 0.4}
    db.session.commit()
    return model


def predict(model: DetectionModel, user: User, **parameters: Any) -> PredictionRun:
    upload = Upload("a.jpg", io.BytesIO(runs.photo_file(50)))
    return prediction_runs.start(model, user, Sources(uploads=[upload]), parameters=parameters)


def thresholds_of(run: PredictionRun) -> tuple[float, float, str | None]:
    used = prediction_runs.thresholds_of(run)
    return used.of("fig"), used.of("date"), run.parameters.get("threshold_source")


def test_what_is_not_asked_for_comes_from_the_weights(model: DetectionModel, administrator: User) -> None:
    assert thresholds_of(predict(model, administrator)) == (0.71, 0.4, "advised")
    assert thresholds_of(predict(model, administrator, score_threshold=0.5)) == (0.5, 0.5, None)
    own = predict(model, administrator, category_thresholds={"fig": 0.2})
    assert thresholds_of(own) == (0.2, 0.4, "advised")
    own = predict(model, administrator, category_thresholds={"fig": 0.2, "date": 0.3})
    assert thresholds_of(own) == (0.2, 0.3, None)
    model.thresholds = {"date": 0.9}
    assert thresholds_of(predict(model, administrator)) == (0.71, 0.9, "model")


def test_only_what_a_person_asked_for_is_filled_in_again(model: DetectionModel, administrator: User) -> None:
    def asked() -> bool:
        return "score_threshold" in prediction_parameters.last_used(model).model_fields_set

    assert not asked()
    predict(model, administrator, score_threshold=0.3, max_detections=7)
    assert asked()
    predict(model, administrator, max_detections=7)
    assert not asked()
    last = prediction_parameters.last_used(model)
    assert (last.max_detections, last.category_thresholds) == (7, {})


def test_half_of_before_thresholds_were_advised_was_asked_for_by_nobody(
    model: DetectionModel, administrator: User
) -> None:
    run = predict(model, administrator)
    run.parameters = {"score_threshold": 0.5, "max_detections": 100}
    db.session.commit()
    assert "score_threshold" not in prediction_parameters.last_used(model).model_fields_set


def test_a_run_keeps_the_suppression_that_it_was_started_with(
    model: DetectionModel, administrator: User
) -> None:
    run = predict(model, administrator)
    model.suppress_mask_iou = None
    off = predict(model, administrator)
    assert run.parameters["suppression"] == {"mask_iou": 0.5, "across_categories": False}
    assert "suppression" not in off.parameters
