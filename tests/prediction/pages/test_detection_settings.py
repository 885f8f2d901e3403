"""The page that says what counts as a detection, and where it is shown."""

import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from webapp.core.extensions import db
from webapp.models import DetectionModel, Role, User


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    """Its weights advise 0.71 for figs and 0.4 for dates."""
    model = runs.model_with_photos(administrator)
    run = runs.finished_training(model, administrator)
    run.weights[-1].thresholds = {"fig": 0.71, "date": 0.4}
    db.session.commit()
    return model


def address(model: DetectionModel) -> str:
    return f"/models/{model.id}/detection-settings"


SENT = {"suppress": "1", "suppress_mask_iou": "0.4", "suppress_across_categories": "1",
        "category": ["fig", "date"], "category_threshold": ["", "0.9"]}  # fmt: skip


def test_what_is_set_holds_and_what_is_empty_is_advised(client: FlaskClient, model: DetectionModel) -> None:
    page = runs.text_of(client.get(address(model)))
    assert 'placeholder="0.71"' in page and 'placeholder="0.40"' in page
    assert "advised, a good balance on photos it did not learn from" in page
    assert client.post(address(model), data=SENT).location == address(model)
    db.session.refresh(model)
    assert (model.suppress_mask_iou, model.suppress_across_categories) == (0.4, True)
    assert model.thresholds == {"date": 0.9}
    predict = runs.text_of(client.get(f"/models/{model.id}/predict"))
    assert (
        "Score threshold: <strong>fig 0.71 · date 0.90</strong> (set in the settings of this model)"
        in predict
    )
    line = runs.text_of(client.get(f"/models/{model.id}/line"))
    assert "fig 0.71 · date 0.90" in line
    client.post(address(model), data={})
    db.session.refresh(model)
    assert (model.suppress_mask_iou, model.thresholds) == (None, {})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"suppress_mask_iou": "0"}, "a number above 0"),
        ({"suppress_mask_iou": "half"}, "a number above 0"),
        ({"suppress_mask_iou": ""}, "a number above 0"),
        ({"category_threshold": ["0.3", "1.5"]}, "“date” lies between 0 and 1"),
        ({"category_threshold": ["nan", ""]}, "“fig” lies between 0 and 1"),
        ({"category": ["screw", "date"], "category_threshold": ["0.3", "0.5"]}, "no category “screw”"),
    ],
)
def test_nonsense_is_refused_and_stays_in_the_form(
    client: FlaskClient, model: DetectionModel, changes: dict[str, object], sentence: str
) -> None:
    answer = client.post(address(model), data=SENT | changes)
    assert answer.status_code == 422
    assert sentence in runs.text_of(answer)
    db.session.refresh(model)
    assert (model.suppress_mask_iou, model.thresholds) == (0.5, {})


def test_only_an_engineer_changes_it(client: FlaskClient, model: DetectionModel) -> None:
    runs.sign_in(client, Role.ANNOTATOR)
    assert client.get(address(model)).status_code == 200
    assert client.post(address(model), data=SENT).status_code == 403


def test_a_prediction_says_where_its_threshold_comes_from(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(model, administrator, {"a.jpg": runs.photo_file(50)})
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert "(advised, a good balance on photos it did not learn from)" in page
    assert "left out from a mask IoU of 0.5 on" in page
