"""A parameter out of its range is refused in the reader's language, by the name the form shows."""

import pytest
from flask_babel import force_locale
from flask_openapi3 import OpenAPI

from webapp.core.errors import UserError
from webapp.models import DetectionModel, User
from webapp.projects import detection_models
from webapp.training import runs as training_runs


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en", "Batch size: Enter a whole number from 1 to 64."),
        ("zh_Hant_TW", "批次大小：請輸入 1 到 64 的整數。"),
    ],
)
def test_it_names_parameter_and_range(model: DetectionModel, locale: str, sentence: str) -> None:
    with force_locale(locale), pytest.raises(UserError) as refused:
        training_runs.checked_parameters(model, {"batch_size": 99})
    assert (str(refused.value), refused.value.field) == (sentence, "batch_size")


def test_it_names_a_parameter_that_is_not_there(model: DetectionModel) -> None:
    with pytest.raises(UserError, match="bogus"):
        training_runs.checked_parameters(model, {"bogus": 1})
