"""What a training starts from: the list of weights with a file of one's own, and the settings of an earlier run."""

import io
import re
from typing import Any

import pytest
from babel.dates import format_date
from flask.testing import FlaskClient

from tests.builders import runs
from tests.rest.sending import safetensors
from webapp.models import DetectionModel, RunStatus, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.training import runs as training_runs
from webapp.training.weights import files as weights_files

OTHERS = "These weights know other categories than this model"


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


def upload(client: FlaskClient, model: DetectionModel, name: str, content: bytes) -> Any:
    """As the page's drop zone sends it."""
    return client.post(
        f"/models/{model.id}/predict/weights",
        data={"files": (io.BytesIO(content), name)},
        headers={"Accept": "application/json"},
    ).get_json()


def list_of(client: FlaskClient, model: DetectionModel, query: str = "") -> str:
    return runs.text_of(client.get(f"/models/{model.id}/train/weights{query}"))


def today() -> str:
    """As the page, in English, has the date of weights."""
    return format_date(now(), locale="en")


def chosen_in(page: str, weights_id: int) -> bool:
    return f'<option value="{weights_id}" selected>' in page


def field_of(page: str, name: str) -> str:
    """The tag of a field of the form."""
    (tag,) = re.findall(f'<input[^>]*name="{name}"[^>]*>', page)
    return tag


def test_a_file_of_ones_own_is_chosen_and_says_what_it_is(
    client: FlaskClient, administrator: User, model: DetectionModel
) -> None:
    upload(client, model, "mine.safetensors", safetensors(["fig", "date"]))
    added = weights_files.list_weights(model)[0]
    # A training ends before the list is asked for.
    runs.finished_training(model, administrator)
    page = list_of(client, model)
    assert chosen_in(page, added.id)
    assert f"mine.safetensors (fig, date) · {today()} · EfficientNet-Lite0 FPN" in page
    assert "Upload successful" in page
    assert "Categories: fig, date" in page
    assert OTHERS not in page


@pytest.mark.parametrize("categories", [["screw"], ["fig"], ["fig", "date", "screw"]])
def test_weights_of_other_categories_say_what_is_not_taken(
    client: FlaskClient, model: DetectionModel, categories: list[str]
) -> None:
    upload(client, model, "mine.safetensors", safetensors(categories))
    page = list_of(client, model)
    assert "Upload successful" in page
    assert f"Categories: {', '.join(categories)}" in page
    assert f"{OTHERS}: what fits is taken, the layers for the categories begin anew." in page


def test_a_refused_file_is_not_in_the_list(client: FlaskClient, model: DetectionModel) -> None:
    answer = upload(client, model, "mine.safetensors", safetensors(["fig"], outputs=2))
    assert "do not fit" in str(answer)
    page = list_of(client, model)
    assert "mine.safetensors" not in page
    assert "Upload successful" not in page


def test_the_list_names_runs_and_their_best_and_leaves_out_what_the_disk_has_not(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    first = runs.finished_training(model, administrator)
    second = runs.finished_training(model, administrator, RunStatus.STOPPED, metrics=None)
    page = list_of(client, model, "?weights_id=")
    assert f"★ Run 1 · last · AP 76.4 · {today()} · EfficientNet-Lite0 FPN" in page
    assert f">Run 2 · last · {today()} · EfficientNet-Lite0 FPN" in page
    assert chosen_in(page, first.weights[0].id) is chosen_in(page, second.weights[0].id) is False
    weights_files.file_of(first.weights[0]).unlink()
    assert "Run 1" not in list_of(client, model)


def test_an_earlier_run_can_be_started_again_with_its_settings(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    start = weights_files.of_run(runs.finished_training(model, administrator))
    settings = {"iterations": 77, "learning_rate": 0.0123, "horizontal_flip": False, "seed": 5}
    earlier = training_runs.start(model, administrator, settings, start.id)
    training_runs.save_defaults(model, {"iterations": 11})
    training_runs.request_stop(earlier)
    result = runs.text_of(client.get(f"/training-runs/{earlier.id}/result"))
    address = f"/models/{model.id}/train?like={earlier.id}"
    assert f'href="{address}"' in result
    page = runs.text_of(client.get(address))
    assert f"These are the settings of run {earlier.number}." in page
    assert chosen_in(page, start.id)
    for name, value in (("iterations", 77), ("learning_rate", 0.0123), ("seed", 5)):
        assert f'value="{value}"' in field_of(page, name)
    assert "checked" not in field_of(page, "horizontal_flip")


def test_the_settings_of_another_models_run_are_not_shown(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    earlier = training_runs.start(model, administrator, {"iterations": 77})
    other = detection_models.create_model("Screws", "", administrator)
    page = runs.text_of(client.get(f"/models/{other.id}/train?like={earlier.id}"))
    assert "These are the settings of run" not in page
    assert 'value="77"' not in page
