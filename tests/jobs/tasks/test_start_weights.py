"""A training that begins with an uploaded file for another number of categories."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from jobs.tasks import run_job, training as task_training  # isort: skip  (prepares Detectron2)
from jobs.detection.network.architectures import build_config, new_model
from jobs.detection.network.weights import save_weights
from tests.builders.runs import text_of
from tests.jobs.conftest import QUICK
from tests.jobs.waiting import state_of
from webapp.contracts.training_parameters import TrainingParameters
from webapp.formats.weights_metadata import WeightsMetadata
from webapp.images.intake import Upload
from webapp.models import DetectionModel, RunStatus, User
from webapp.training import log as training_log
from webapp.training import runs as training_runs
from webapp.training.weights import upload as weights_upload

ANEW = "The weights to start from know other categories, so the layers for the categories began anew."
SETTINGS = QUICK | {"iterations": 1}


def uploaded(model: DetectionModel, folder: Path, categories: list[str]) -> int:
    """The id of weights for these categories, taken in as the page does."""
    parameters = TrainingParameters()
    metadata = WeightsMetadata(
        architecture=parameters.architecture.value,
        categories=categories,
        parameters=parameters.model_dump(mode="json"),
    )
    file = folder / "mine.safetensors"
    save_weights(new_model(build_config(parameters, len(categories))), file, metadata)
    with file.open("rb") as stream:
        return weights_upload.add_uploaded(model, Upload(file.name, stream)).id


@pytest.mark.parametrize(
    ("categories", "not_loaded"), [(["date", "fig", "hazelnut"], 0), (["date"], 6), (["a", "b", "c", "d"], 6)]
)
def test_what_fits_is_taken_and_the_page_says_what_was_not(
    fruits: DetectionModel,
    administrator: User,
    client: FlaskClient,
    clean_app: OpenAPI,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    categories: list[str],
    not_loaded: int,
) -> None:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    start = uploaded(fruits, tmp_path, categories)
    run = training_runs.start(fruits, administrator, SETTINGS, start)
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.COMPLETED, run.error
    assert (run.notices == ["weights_other_categories"]) is (not_loaded > 0)
    # The log goes on below that of another test, whose run had this number.
    began = [line for line in training_log.tail(run.id, 1000) if "start weights" in line][-1]
    assert began.count("roi_heads.") == not_loaded
    assert (ANEW in text_of(client.get(f"/training-runs/{run.id}/result"))) is (not_loaded > 0)
