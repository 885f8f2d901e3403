"""How long sets of files with 100,000 annotations take to come in, and with how much memory: YOLO, masks of Pascal VOC.

``python -m bench.library.set_imports``. The photos are in the model; the labels come as a zip.
"""

import io
import os
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import flask_migrate
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from sqlalchemy import insert, select

from bench.common.peak_memory import peak_bytes
from bench.common.report import report
from bench.library.imports import POINTS, run_step, servers
from jobs.processes.app_context import application
from jobs.tasks import library as task_library
from webapp.accounts import users
from webapp.core import storage
from webapp.core.extensions import db
from webapp.exchange.imports import data_imports
from webapp.exchange.imports import runs as import_runs
from webapp.exchange.imports.choices import ImportChoices
from webapp.formats.png_masks.class_names import voc_colour
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Image, ImageFile, Split
from webapp.projects import detection_models

ANNOTATIONS = 100_000
PHOTOS = {"yolo": 10_000, "voc_masks": 1_000}
WIDTH, HEIGHT = 800, 600
CATEGORIES = 5
ZIP = "set.zip"


def measure() -> None:
    """Prints ``import_<format>_seconds`` and ``import_<format>_peak_mb``."""
    for name in PHOTOS:
        with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as environment:
            run_step(f"prepare_{name}", environment, "bench.library.set_imports")
            measured = run_step("import_zip", environment, "bench.library.set_imports")
        report(f"import_{name}_seconds", measured["seconds"], "s", 20)
        report(f"import_{name}_peak_mb", measured["peak_mb"], "MiB", 500)


def prepare_yolo() -> None:
    """The model, and polygons of 20 points on 10,000 photos."""
    _prepare_model("yolo")
    names = "".join(f"  {number}: defect {number}\n" for number in range(CATEGORIES))
    each = ANNOTATIONS // PHOTOS["yolo"]
    chance = random.Random(1)  # noqa: S311 - not a secret
    with zipfile.ZipFile(_zip(), "w") as archive:
        archive.writestr("data.yaml", f"names:\n{names}")
        for photo in range(PHOTOS["yolo"]):
            lines = (_yolo_line(number, chance) for number in range(each))
            archive.writestr(f"labels/{_stem(photo)}.txt", "".join(lines))


def prepare_voc_masks() -> None:
    """The model, and 100 discs on each of 1,000 photos."""
    _prepare_model("voc_masks")
    each = ANNOTATIONS // PHOTOS["voc_masks"]
    with zipfile.ZipFile(_zip(), "w") as archive:
        for photo in range(PHOTOS["voc_masks"]):
            objects = np.zeros((HEIGHT, WIDTH), np.uint8)
            for number in range(each):
                column, row = number % 12, number // 12
                cv2.circle(
                    objects, (40 + 65 * column, 40 + 62 * row), 12 + (number + photo) % 18, number + 1, -1
                )
            classes = np.where(objects, (objects - 1) % CATEGORIES + 1, 0).astype(np.uint8)
            archive.writestr(f"SegmentationObject/{_stem(photo)}.png", _png(objects))
            archive.writestr(f"SegmentationClass/{_stem(photo)}.png", _png(classes))


def import_zip() -> None:
    """From the first byte that arrives to the report, as the io worker does it."""
    with application().app_context(), _zip().open("rb") as stream:
        model = db.session.scalars(select(DetectionModel)).one()
        start = time.perf_counter()
        data_import = data_imports.create(model, Split.TRAIN, None)
        data_imports.receive(data_import, Upload(ZIP, stream))
        import_id, run_id = data_import.id, import_runs.start_import(data_import, ImportChoices(), None).id
    task_library.carry_out_run(run_id)
    seconds = time.perf_counter() - start
    with application().app_context():
        taken = (data_imports.open_import(import_id).report or {}).get("annotations")
        if taken != ANNOTATIONS:
            raise RuntimeError(f"{taken} annotations were taken")
    print(f'{{"seconds": {seconds}, "peak_mb": {peak_bytes() / 2**20}}}')


def _prepare_model(name: str) -> None:
    storage.prepare(Path(os.environ["DATA_DIR"]))
    with application().app_context():
        flask_migrate.upgrade()
        user = users.create_first_administrator("bench@factory.test", "correct horse battery", "Bench")
        model = detection_models.create_model("Bench", "", user)
        files = [
            {"sha256": f"{n:064x}", "suffix": ".jpg", "width": WIDTH, "height": HEIGHT, "size": 1}
            for n in range(PHOTOS[name])
        ]
        db.session.execute(insert(ImageFile), files)
        photos = [
            {
                "model_id": model.id,
                "sha256": file["sha256"],
                "filename": f"{_stem(n)}.jpg",
                "split": Split.TRAIN,
            }
            for n, file in enumerate(files)
        ]
        db.session.execute(insert(Image), photos)
        db.session.commit()


def _yolo_line(number: int, chance: random.Random) -> str:
    x, y = chance.uniform(0.1, 0.9), chance.uniform(0.1, 0.9)
    around = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    points = np.stack([x + 0.08 * np.cos(around), y + 0.08 * np.sin(around)], axis=1)
    return f"{number % CATEGORIES} {' '.join(f'{share:.6f}' for share in points.ravel())}\n"


def _png(numbers: NDArray[np.uint8]) -> bytes:
    picture = Picture.fromarray(numbers)
    colours = [voc_colour(index) for index in range(256)]
    picture.putpalette([part for one in colours for part in (one >> 16, one >> 8 & 255, one & 255)])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _zip() -> Path:
    return Path(os.environ["DATA_DIR"]) / ZIP


def _stem(number: int) -> str:
    return f"part_{number:06}"


STEPS: dict[str, Callable[[], None]] = {
    step.__name__: step for step in (prepare_yolo, prepare_voc_masks, import_zip)
}

if __name__ == "__main__":
    STEPS[sys.argv[1]]() if len(sys.argv) > 1 else measure()
