"""A model whose weights are a real network that was never trained, and the processes of the line."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import pytest
import torch
from flask_openapi3 import OpenAPI

from embedded.waiting import wait_until
from jobs.detection.network.architectures import build_config, new_model
from jobs.detection.network.weights import save_weights
from tests.builders.runs import finished_training, model_with_photos
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.settings import ROOT
from webapp.formats.weights_file import WeightsMetadata
from webapp.line import predictor_client
from webapp.models import DetectionModel, User
from webapp.training.weights import files as weights_files

Start = Callable[[str], "subprocess.Popen[bytes]"]


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
    copyfile(untrained_network, weights_files.file_of(run.weights[-1]))
    return model


@contextmanager
def running(app: OpenAPI, folder: Path) -> Iterator[Start]:
    """Starts ``python -m jobs.NAME`` as the supervisor does; ends what it started."""
    settings = app.extensions["settings"]
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
    }
    started: list[subprocess.Popen[bytes]] = []

    def run(name: str) -> "subprocess.Popen[bytes]":
        with (folder / f"{name}-{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"jobs.processes.{name}"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def start(clean_app: OpenAPI, tmp_path: Path) -> Iterator[Start]:
    """Starts a process for this test."""
    with running(clean_app, tmp_path) as run:
        yield run


@pytest.fixture(scope="module")
def _predictor(app: OpenAPI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with running(app, tmp_path_factory.mktemp("predictor")) as run:
        run("predictor")
        yield


@pytest.fixture
def predictor(clean_app: OpenAPI, _predictor: None) -> None:
    """A predictor that is at work; all tests of a module share it."""
    wait_until(predictor_client.is_alive, "the predictor is at work", 120)


@pytest.fixture
def photo_bytes(shared_data: Path) -> bytes:
    """A real photo, 1130 x 460 pixels or larger."""
    return next(iter(sorted((shared_data / "bsdata" / "val" / "images").glob("*.jpg")))).read_bytes()
