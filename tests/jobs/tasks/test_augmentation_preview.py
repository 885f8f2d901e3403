"""The preview of the augmentation, drawn by a real worker for the form."""

from collections.abc import Callable

from flask_openapi3 import OpenAPI

from embedded.waiting import wait_until
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core import queues
from webapp.models import DetectionModel, User
from webapp.projects import detection_models
from webapp.training import augmentation_preview


def test_a_worker_draws_it_once(fruits: DetectionModel, worker: Callable) -> None:
    key = augmentation_preview.ask(fruits, TrainingParameters(rotation=20))
    assert key is not None
    assert augmentation_preview.ask(fruits, TrainingParameters(rotation=20, iterations=7)) == key
    assert augmentation_preview.ask(fruits, TrainingParameters(rotation=30)) != key
    assert queues.waiting(queues.PREDICT) == 2
    worker("predict")
    wait_until(lambda: augmentation_preview.picture(key) is not None, "the preview is drawn", 120)
    picture = augmentation_preview.picture(key)
    assert picture is not None
    assert picture.startswith(b"\xff\xd8")


def test_without_training_photos_there_is_none(clean_app: OpenAPI, administrator: User) -> None:
    model = detection_models.create_model("Empty", "", administrator)
    assert augmentation_preview.ask(model, TrainingParameters()) is None
