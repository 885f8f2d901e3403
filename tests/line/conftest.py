"""A model whose weights are a real network that was never trained, and the processes of the line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import psutil
import pytest
import torch
from flask_openapi3 import OpenAPI

from embedded.waiting import wait_until
from jobs.detection.network.architectures import build_config, new_model
from jobs.detection.network.weights import save_weights
from tests.builders.runs import finished_training, model_with_photos
from tests.conftest import environment_of
from tests.preloaded import Preloaded, end
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.extensions import db
from webapp.formats.weights_metadata import WeightsMetadata
from webapp.line import predictor_client
from webapp.models import DetectionModel, User
from webapp.training.weights import files as weights_files

Start = Callable[[str], psutil.Process]


@pytest.fixture(scope="session")
def untrained_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its detections mean nothing, but they are the same each time."""
    file = tmp_path_factory.mktemp("network") / "weights.safetensors"
    parameters = TrainingParameters(image_size=64, score_threshold=0.0)
    torch.manual_seed(3)
    categories = ["fig", "date"]
    network = new_model(build_config(parameters, len(categories)))
    save_weights(
        network,
        file,
        WeightsMetadata(
            architecture=parameters.architecture.value,
            categories=categories,
            parameters=parameters.model_dump(mode="json"),
            dataset_version="",
            iteration=1,
        ),
    )
    return file


@pytest.fixture
def trained(clean_app: OpenAPI, administrator: User, untrained_network: Path) -> DetectionModel:
    """A model with weights that a predictor can load."""
    model = model_with_photos(administrator)
    run = finished_training(model, administrator)
    # As the untrained network has it: what it finds has low scores.
    run.parameters = run.parameters | {"score_threshold": 0.0}
    db.session.commit()
    copyfile(untrained_network, weights_files.file_of(run.weights[-1]))
    return model


@contextmanager
def running(preloaded: Preloaded, app: OpenAPI, folder: Path) -> Iterator[Start]:
    """Starts ``jobs.NAME`` as the supervisor does; ends what it started."""
    started: list[psutil.Process] = []

    def run(name: str) -> psutil.Process:
        log = folder / f"{name}-{len(started)}.log"
        process = preloaded.start(f"jobs.processes.{name}", environment=environment_of(app), log=log)
        started.append(process)
        return process

    yield run
    end(started)


@pytest.fixture
def start(clean_app: OpenAPI, preloaded: Preloaded, tmp_path: Path) -> Iterator[Start]:
    """Starts a process for this test."""
    with running(preloaded, clean_app, tmp_path) as run:
        yield run


@pytest.fixture(scope="module")
def _predictor(
    app: OpenAPI, preloaded: Preloaded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    with running(preloaded, app, tmp_path_factory.mktemp("predictor")) as run, app.app_context():
        run("predictor")
        wait_until(predictor_client.is_alive, "the predictor is at work", 120)
        yield


@pytest.fixture
def predictor(_predictor: None, clean_app: OpenAPI) -> None:
    """A predictor that is at work; all tests of a module share it."""
    # It says so every two seconds, and what it said was emptied with Redis.
    clean_app.extensions["redis"].set(predictor_client.ALIVE, 1, ex=8)


@pytest.fixture
def photo_bytes(shared_data: Path) -> bytes:
    """A real photo, 1130 x 460 pixels or larger."""
    return next(iter(sorted((shared_data / "bsdata" / "val" / "images").glob("*.jpg")))).read_bytes()
