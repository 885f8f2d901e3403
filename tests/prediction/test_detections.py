"""Detections come out of the table as the engine made them, with their masks where these are asked for."""

import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import db
from webapp.models import Detection, PredictionRun, User
from webapp.prediction import detections
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs


@pytest.fixture
def run(client: FlaskClient, administrator: User) -> PredictionRun:
    """A fig of 0.9 and a date of 0.8 on the first of two photos."""
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    prediction = runs.prediction(model, administrator, {f"{n}.jpg": runs.photo_file(n) for n in range(2)})
    prediction_progress.claim(prediction.id)
    runs.predict_next(prediction, ["fig", "date"])
    runs.predict_next(prediction, [])
    return prediction


def test_all_that_was_kept_or_what_counts(run: PredictionRun) -> None:
    first, second = (photo.id for photo in prediction_runs.list_images(run))
    found = detections.of_images([first, second])
    assert [one.category for one in found[first]] == ["fig", "date"]
    assert found[second] == []
    counted = detections.of_images([first], Thresholds(0.5, {"fig": 0.95}))
    assert [one.category for one in counted[first]] == ["date"]


def test_masks_are_read_where_they_are_asked_for(run: PredictionRun) -> None:
    first = prediction_runs.list_images(run)[0].id
    light, whole = (
        detections.of_images([first])[first][0],
        detections.of_images([first], masks=True)[first][0],
    )
    assert (light.mask, whole.segmentation) == (None, runs.SEGMENTATION)
    assert light.shape == whole.shape
    assert light.outlines


def test_outlines_that_were_not_kept_are_drawn_from_the_mask(run: PredictionRun) -> None:
    first = prediction_runs.list_images(run)[0].id
    kept = detections.of_images([first])[first][0]
    db.session.execute(db.update(Detection).values(outlines=db.null(), length=3, width=2))
    for masks in (False, True):
        found = detections.of_images([first], masks=masks)[first][0]
        # Length and width stay those of the table: verdicts in SQL go by them.
        assert (found.outlines, found.length, found.width) == (kept.outlines, 3, 2)
