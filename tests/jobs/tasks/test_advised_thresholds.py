"""At the end of a training the validation photos advise thresholds."""

from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from jobs.tasks import run_job
from jobs.tasks import training as task_training
from jobs.tasks.database import database_listener
from tests.jobs.conftest import QUICK
from tests.jobs.detection.conftest import TrainedRun
from tests.jobs.waiting import state_of
from webapp.formats.weights_file import read_weights_header
from webapp.images.intake import Upload
from webapp.models import DetectionModel, RunStatus, User
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs
from webapp.training.weights import files as weights_files
from webapp.training.weights import upload as weights_upload


def test_the_validation_photos_advise_thresholds_also_after_a_stop(
    fruits: DetectionModel,
    administrator: User,
    clean_app: OpenAPI,
    learnt_by_heart: TrainedRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The run starts from weights that find something, and is stopped at once."""
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    with learnt_by_heart.outcome.weights.open("rb") as stream:
        start = weights_upload.add_uploaded(fruits, Upload("good.safetensors", stream))
    settings = QUICK | {"iterations": 500, "image_size": 160, "learning_rate": 1e-6}
    run = training_runs.start(fruits, administrator, settings, start.id)
    record = training_progress.record

    def record_and_stop(*given: Any, **more: Any) -> None:
        record(*given, **more)
        training_runs.request_stop(run)

    monkeypatch.setattr(training_progress, "record", record_and_stop)
    monkeypatch.setattr(database_listener, "STOP_CHECK_SECONDS", 0)
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.STOPPED, run.error
    assert (run.iteration, run.metrics is not None, run.notices) == (1, True, [])
    [weights] = run.weights
    metadata = read_weights_header(weights_files.file_of(weights)).metadata
    assert metadata is not None
    assert weights.thresholds == metadata.thresholds
    assert set(weights.thresholds or {}) == {"date", "fig", "hazelnut"}
