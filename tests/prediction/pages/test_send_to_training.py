"""From a prediction result into the training: one press, and the photo waits there with its suggestions."""

from http import HTTPStatus

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.builders import library
from tests.builders.runs import sign_in
from webapp.annotations import queries as annotation_queries
from webapp.core.extensions import db
from webapp.formats.masks.rle import encode_mask
from webapp.models import (
    Detection,
    DetectionModel,
    Image,
    ImageState,
    PredictedImage,
    PredictionRun,
    Review,
    Role,
    RunStatus,
    Split,
    User,
    Weights,
)
from webapp.projects import detection_models
from webapp.suggestions import drafts as suggestion_drafts


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def predicted(client: FlaskClient, model: DetectionModel, administrator: User) -> PredictedImage:
    """A photo of another model's library, predicted by this one: two objects on it."""
    other = detection_models.create_model("Other", "", administrator)
    library.add_images(client, other.id, {"part.png": library.photo(5)})
    file = db.session.scalars(select(Image)).one().file
    weights = Weights(
        model_id=model.id,
        filename="w",
        path="w",
        sha256="0" * 64,
        size=1,
        architecture="x",
        categories=["fig"],
    )
    db.session.add(weights)
    db.session.flush()
    run = PredictionRun(
        model_id=model.id,
        number=1,
        weights_id=weights.id,
        status=RunStatus.COMPLETED,
        parameters={"score_threshold": 0.5},
        total=1,
        done=1,
    )
    db.session.add(run)
    db.session.flush()
    photo = PredictedImage(run_id=run.id, filename="part.png", sha256=file.sha256, state=ImageState.DONE)
    db.session.add(photo)
    db.session.flush()
    mask = np.zeros((60, 80), np.uint8)
    mask[10:30, 10:40] = 1
    for score in (0.9, 0.6):
        rle = dict(encode_mask(mask))
        db.session.add(
            Detection(
                photo_id=photo.id,
                category="fig",
                score=score,
                bbox=[10, 10, 30, 20],
                segmentation=rle,
                area=600,
                length=30,
                width=20,
            )
        )
    db.session.commit()
    return photo


def press(client: FlaskClient, photo: PredictedImage) -> str:
    address = f"/prediction-runs/{photo.run_id}/photos/{photo.id}/to-training"
    answer = client.post(address, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert "toast" in answer.headers["HX-Trigger"]
    return answer.text


def images_of(model: DetectionModel) -> list[Image]:
    return list(db.session.scalars(select(Image).where(Image.model_id == model.id).order_by(Image.id)))


def test_the_photo_comes_into_the_training_tab_with_its_suggestions(
    client: FlaskClient, model: DetectionModel, predicted: PredictedImage
) -> None:
    answer = press(client, predicted)
    (image,) = images_of(model)
    assert (image.split, image.filename, image.labelled) == (Split.TRAIN, "part.png", False)
    assert [one.score for one in suggestion_drafts.of_image(image)] == [0.9, 0.6]
    assert {one.prediction_run_id for one in suggestion_drafts.of_image(image)} == {predicted.run_id}
    assert f"photo={image.id}" in answer


def test_a_second_press_adds_nothing(
    client: FlaskClient, model: DetectionModel, predicted: PredictedImage
) -> None:
    press(client, predicted)
    press(client, predicted)
    (image,) = images_of(model)
    assert len(suggestion_drafts.of_image(image)) == 2


def test_a_photo_of_the_library_stays_where_it_is(
    client: FlaskClient, model: DetectionModel, predicted: PredictedImage
) -> None:
    library.add_images(client, model.id, {"renamed.png": library.photo(5)}, split="test")
    press(client, predicted)
    (image,) = images_of(model)
    assert (image.split, image.filename) == (Split.TEST, "renamed.png")
    assert len(suggestion_drafts.of_image(image)) == 2


def test_another_photo_of_that_name_keeps_it(
    client: FlaskClient, model: DetectionModel, predicted: PredictedImage
) -> None:
    library.add_images(client, model.id, {"part.png": library.photo(99)})
    press(client, predicted)
    assert [image.filename for image in images_of(model)] == ["part.png", "part (2).png"]


def test_a_photo_that_was_not_predicted_is_refused(client: FlaskClient, predicted: PredictedImage) -> None:
    predicted.state = ImageState.WAITING
    db.session.commit()
    address = f"/prediction-runs/{predicted.run_id}/photos/{predicted.id}/to-training"
    assert client.post(address).status_code == HTTPStatus.CONFLICT


def test_viewers_are_refused(client: FlaskClient, predicted: PredictedImage) -> None:
    address = f"/prediction-runs/{predicted.run_id}/photos/{predicted.id}/to-training"
    sign_in(client, Role.VIEWER)
    assert client.post(address).status_code == HTTPStatus.FORBIDDEN


def say_right(client: FlaskClient, photo: PredictedImage) -> str:
    address = f"/prediction-runs/{photo.run_id}/photos/{photo.id}/right"
    answer = client.post(address, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.text


def test_what_was_predicted_rightly_is_labelled_and_reviewed(
    client: FlaskClient, model: DetectionModel, predicted: PredictedImage
) -> None:
    answer = say_right(client, predicted)
    (image,) = images_of(model)
    assert (image.labelled, image.review, image.split) == (True, Review.REVIEWED, Split.TRAIN)
    labels = annotation_queries.annotations_of(image)
    assert [label.category.name for label in labels] == ["fig", "fig"]
    assert suggestion_drafts.of_image(image) == []
    assert "Confirmed" in answer and "/right" not in answer
    say_right(client, predicted)
    assert len(annotation_queries.annotations_of(image)) == 2, "a second press adds nothing"


def test_a_photo_on_which_rightly_nothing_was_found_shows_no_object(
    client: FlaskClient, model: DetectionModel, predicted: PredictedImage
) -> None:
    db.session.query(Detection).delete()
    db.session.commit()
    say_right(client, predicted)
    (image,) = images_of(model)
    assert image.labelled and image.no_object


def test_labels_that_are_there_stay_and_another_person_reviews_where_the_model_wants_it(
    client: FlaskClient, model: DetectionModel, predicted: PredictedImage
) -> None:
    model.review_by_others = True
    db.session.commit()
    say_right(client, predicted)
    (image,) = images_of(model)
    assert (image.labelled, image.review) == (True, Review.OPEN)
