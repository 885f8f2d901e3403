"""How long a COCO file with 100,000 annotations takes to come in and to go out again in each format, and with how much
memory.

``python -m bench.library`` calls ``measure``. Each step is a process of its own, as the io worker is one, so that
its peak of memory is its own too.
"""

import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from sqlalchemy import insert, select

from bench.common.peak_memory import peak_bytes
from bench.common.report import report
from embedded.servers.postgres import Postgres
from embedded.servers.valkey import Valkey
from embedded.waiting import free_port, wait_until
from jobs.processes.app_context import application
from jobs.tasks import library as task_library
from webapp.accounts import users
from webapp.core import storage
from webapp.core.extensions import db
from webapp.exchange.exports import label_files
from webapp.exchange.exports.selection import ExportSelection
from webapp.exchange.imports import data_imports
from webapp.exchange.imports import runs as import_runs
from webapp.exchange.imports.choices import ImportChoices
from webapp.formats.exports.formats import LabelFormat
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Image, ImageFile, Split
from webapp.projects import detection_models

ANNOTATIONS = 100_000
PHOTOS = 10_000
POINTS = 20
WIDTH, HEIGHT = 800, 600
CATEGORIES = 5
FORMAT = "BENCH_EXPORT_FORMAT"
"""Environment of the step ``export_format``."""
TENTH = 10
"""Each tenth photo stands in the test split, so that a tenth can be exported alone."""


def measure() -> None:
    """Prints ``import_seconds``, ``import_peak_mb``, ``export_seconds``, ``export_peak_mb``, ``export_growth_mb``, and
    ``export_<format>_seconds`` and ``export_<format>_peak_mb`` of the other formats.
    """
    with tempfile.TemporaryDirectory() as name, servers(Path(name)) as environment:
        run_step("prepare", environment)
        imported = run_step("import_file", environment)
        exported = run_step("export_file", environment)
        small = run_step("export_tenth", environment)
        others = {
            format: run_step("export_format", environment | {FORMAT: format})
            for format in LabelFormat
            if format != LabelFormat.COCO
        }
    report("import_seconds", imported["seconds"], "s", 15)
    report("import_peak_mb", imported["peak_mb"], "MiB", 500)
    report("export_seconds", exported["seconds"], "s", 10)
    report("export_peak_mb", exported["peak_mb"], "MiB")
    report("export_growth_mb", exported["peak_mb"] - small["peak_mb"], "MiB more than a tenth of it", 0)
    for format, measured in others.items():
        report(f"export_{format}_seconds", measured["seconds"], "s", 20)
        report(f"export_{format}_peak_mb", measured["peak_mb"], "MiB", 500)


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey as the product runs them; the environment that leads to them."""
    postgres = Postgres(folder / "postgres", free_port(), "bench")
    postgres.initialise()
    valkey = Valkey(folder, free_port(), "bench")
    commands = [postgres.command(), valkey.command(folder / "valkey.conf")]
    with (folder / "log").open("wb") as log:
        processes = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]
        try:
            wait_until(postgres.answers, "PostgreSQL answers")
            wait_until(valkey.answers, "Valkey answers")
            postgres.ensure_database()
            yield os.environ | {
                "DATABASE_URL": postgres.url(),
                "REDIS_URL": valkey.url(),
                "DATA_DIR": str(folder / "data"),
            }
        finally:
            for process in processes:
                process.send_signal(signal.SIGINT)
                process.wait(60)


def run_step(
    name: str, environment: dict[str, str], module: str = "bench.library.imports"
) -> dict[str, float]:
    """What a step of a module printed as JSON. Raises CalledProcessError where it failed."""
    command = [sys.executable, "-m", module, name]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout or b"{}")


def prepare() -> None:
    """The tables, a model with photos without files, and the COCO file."""
    folder = Path(os.environ["DATA_DIR"])
    storage.prepare(folder)
    with application().app_context():
        flask_migrate.upgrade()
        user = users.create_first_administrator("bench@factory.test", "correct horse battery", "Bench")
        model = detection_models.create_model("Bench", "", user)
        files = [
            {"sha256": f"{n:064x}", "suffix": ".jpg", "width": WIDTH, "height": HEIGHT, "size": 1}
            for n in range(PHOTOS)
        ]
        db.session.execute(insert(ImageFile), files)
        photos = [
            {
                "model_id": model.id,
                "sha256": file["sha256"],
                "filename": _name(n),
                "split": Split.TRAIN if n % TENTH else Split.TEST,
            }
            for n, file in enumerate(files)
        ]
        db.session.execute(insert(Image), photos)
        db.session.commit()
    _coco_file().write_text(json.dumps(_document()))


def import_file() -> None:
    """From the first byte that arrives to the report, as the io worker does it."""
    with application().app_context(), _coco_file().open("rb") as stream:
        model = db.session.scalars(select(DetectionModel)).one()
        start = time.perf_counter()
        data_import = data_imports.create(model, Split.TRAIN, None)
        data_imports.receive(data_import, Upload("labels.json", stream))
        import_id, run_id = data_import.id, import_runs.start_import(data_import, ImportChoices(), None).id
    task_library.carry_out_run(run_id)
    seconds = time.perf_counter() - start
    with application().app_context():
        taken = (data_imports.open_import(import_id).report or {}).get("annotations")
        if taken != ANNOTATIONS:
            raise RuntimeError(f"{taken} annotations were taken")
    _print(seconds)


def _export(choice: ExportSelection, shapes: int) -> None:
    with application().app_context(), tempfile.TemporaryFile() as out:
        model = db.session.scalars(select(DetectionModel)).one()
        start = time.perf_counter()
        file = label_files.write(model, choice)
        for chunk in label_files.chunks(file, choice):
            out.write(chunk)
        seconds = time.perf_counter() - start
        if file.shapes != shapes:
            raise RuntimeError(f"{file.shapes} annotations were written")
    _print(seconds)


def export_file() -> None:
    """From the first row to the last byte."""
    _export(ExportSelection(), ANNOTATIONS)


def export_tenth() -> None:
    """A tenth of the photos with a tenth of the annotations: what an export needs beside its rows."""
    _export(ExportSelection(split=Split.TEST), ANNOTATIONS // TENTH)


def export_format() -> None:
    """All labels in the format that the environment names, without photos."""
    _export(ExportSelection(format=LabelFormat(os.environ[FORMAT])), ANNOTATIONS)


def _print(seconds: float) -> None:
    print(json.dumps({"seconds": seconds, "peak_mb": peak_bytes() / 2**20}))


def _coco_file() -> Path:
    return Path(os.environ["DATA_DIR"]) / "labels.json"


def _name(number: int) -> str:
    return f"part_{number:06}.jpg"


def _document() -> dict[str, object]:
    """Polygons of 20 points on photos of 800 x 600 pixels."""
    chance = random.Random(1)  # noqa: S311 - not a secret
    annotations = []
    for number in range(ANNOTATIONS):
        x, y, radius = chance.uniform(100, 700), chance.uniform(100, 500), chance.uniform(10, 90)
        polygon: list[float] = []
        for point in range(POINTS):
            angle, length = 2 * math.pi * point / POINTS, radius * chance.uniform(0.8, 1)
            polygon += [round(x + length * math.cos(angle), 2), round(y + length * math.sin(angle), 2)]
        xs, ys = polygon[0::2], polygon[1::2]
        annotations.append(
            {
                "id": number,
                "image_id": number % PHOTOS,
                "category_id": 1 + number % CATEGORIES,
                "segmentation": [polygon],
                "bbox": [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)],
                "area": _area(xs, ys),
                "iscrowd": 0,
            }
        )
    images = [{"id": n, "file_name": _name(n), "width": WIDTH, "height": HEIGHT} for n in range(PHOTOS)]
    categories = [{"id": n, "name": f"defect {n}"} for n in range(1, CATEGORIES + 1)]
    return {"images": images, "annotations": annotations, "categories": categories}


def _area(xs: list[float], ys: list[float]) -> float:
    pairs = zip(xs, ys, xs[1:] + xs[:1], ys[1:] + ys[:1], strict=True)
    return abs(sum(x * next_y - next_x * y for x, y, next_x, next_y in pairs)) / 2


STEPS: dict[str, Callable[[], None]] = {
    step.__name__: step for step in (prepare, import_file, export_file, export_tenth, export_format)
}

if __name__ == "__main__":
    STEPS[sys.argv[1]]() if len(sys.argv) > 1 else measure()
