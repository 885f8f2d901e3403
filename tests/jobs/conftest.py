"""Real workers on real photos."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile

import psutil
import pytest
from flask_openapi3 import OpenAPI

from tests.builders.runs import finished_training
from tests.conftest import environment_of
from tests.jobs.waiting import wait_for
from tests.preloaded import Preloaded, end
from webapp.core.extensions import db
from webapp.exchange.imports import single_request
from webapp.images.intake import Upload
from webapp.models import DetectionModel, RunStatus, Split, User
from webapp.projects import detection_models
from webapp.training import runs as training_runs
from webapp.training.weights import files as weights_files

# The smallest run that still is one: seconds on two cores.
QUICK = {"iterations": 3, "image_size": 64, "batch_size": 1, "warmup_iterations": 1, "checkpoint_period": 2}


def import_split(model: DetectionModel, split: Split, document: Path, photos: list[Path], user: User) -> None:
    """Import a COCO file and photos as the import page does."""
    report = single_request.import_annotations(
        model,
        split,
        [Upload(document.name, document.open("rb"))],
        [Upload(photo.name, photo.open("rb")) for photo in photos],
        user,
    )
    assert report.report["annotations"] > 0


@pytest.fixture
def fruits(clean_app: OpenAPI, administrator: User, shared_data: Path) -> DetectionModel:
    """A model with photos of ``fruits_nuts``: 2 train, 1 validation, 1 test, all with their labels."""
    model = detection_models.create_model("Fruits and nuts", "", administrator)
    folder = shared_data / "fruits_nuts"
    # Detectron2 refuses nothing here: every photo holds dates, figs or hazelnuts.
    photos = sorted((folder / "data" / "images").glob("*.jpg"))
    document = folder / "data" / "trainval.json"
    import_split(model, Split.TRAIN, document, photos[:2], administrator)
    import_split(model, Split.VALIDATION, document, photos[2:3], administrator)
    import_split(model, Split.TEST, document, photos[3:4], administrator)
    db.session.commit()
    return model


@pytest.fixture
def worker(
    clean_app: OpenAPI, preloaded: Preloaded, tmp_path: Path
) -> Iterator[Callable[..., psutil.Process]]:
    """Starts ``jobs.processes.worker NAME`` or ``jobs.processes.janitor`` as the supervisor does.

    Settings may be added to those of the app.
    """
    started: list[psutil.Process] = []

    def start(name: str, **more: str) -> psutil.Process:
        module = ["jobs.processes.janitor"] if name == "janitor" else ["jobs.processes.worker", name]
        log = tmp_path / f"{name}-{len(started)}.log"
        # Two photos at once, whatever the tests are told: a photo a core is the predict worker's way.
        own = {"OMP_NUM_THREADS": "2"} if name == "predict" else {}
        process = preloaded.start(*module, environment=environment_of(clean_app) | own | more, log=log)
        started.append(process)
        return process

    yield start
    end(started)


@pytest.fixture(scope="session")
def kept_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that asks for ``trained`` puts its weights; missing before."""
    return tmp_path_factory.mktemp("kept") / "weights.safetensors"


@pytest.fixture
def trained(
    fruits: DetectionModel, administrator: User, worker: Callable[..., psutil.Process], kept_weights: Path
) -> DetectionModel:
    """A model with the weights of three iterations by a real worker, which are trained once.

    Its detections mean nothing, but they are many.
    """
    if kept_weights.is_file():
        run = finished_training(fruits, administrator)
        copyfile(kept_weights, weights_files.file_of(run.weights[-1]))
        return fruits
    run = training_runs.start(fruits, administrator, QUICK)
    process = worker("train")
    wait_for(run, RunStatus.COMPLETED, RunStatus.FAILED)
    assert run.status == RunStatus.COMPLETED, run.error
    end([process])
    copyfile(weights_files.file_of(weights_files.of_run(run)), kept_weights)
    return fruits
