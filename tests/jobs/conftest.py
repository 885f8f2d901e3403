"""Real workers on real photos."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI

from webapp.core.extensions import db
from webapp.core.settings import ROOT
from webapp.exchange.imports import single_request
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Split, User
from webapp.projects import detection_models

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
def worker(clean_app: OpenAPI, tmp_path: Path) -> Iterator[Callable[[str], "subprocess.Popen[bytes]"]]:
    """Starts ``python -m jobs.processes.worker NAME`` or ``python -m jobs.processes.janitor`` as the supervisor does.

    Settings may be added to those of the app.
    """
    settings = clean_app.extensions["settings"]
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
    }
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, **more: str) -> "subprocess.Popen[bytes]":
        module = ["jobs.processes.janitor"] if name == "janitor" else ["jobs.processes.worker", name]
        with (tmp_path / f"{name}-{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=environment | more, stdout=log, stderr=log
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
