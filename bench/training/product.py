"""A product of its own for the benches of training: servers, tables, a model with the photos of ``fruits_nuts``."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate

from bench.common.shared_data import data_folder
from embedded.servers.postgres import Postgres
from embedded.servers.valkey import Valkey
from embedded.waiting import free_port, wait_until
from jobs.processes.app_context import application
from webapp.accounts import users
from webapp.core import storage
from webapp.core.extensions import db
from webapp.core.settings import ROOT
from webapp.exchange.imports import single_request
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Split, TrainingRun
from webapp.projects import detection_models
from webapp.training import runs as training_runs

QUICK: dict[str, Any] = {"iterations": 5000, "checkpoint_period": 5}
HELD_BACK = 5


class Product:
    """PostgreSQL and Valkey in a folder of their own, and the processes that a bench starts and kills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres", free_port(), "bench")
        self.valkey = Valkey(folder / "valkey", free_port(), "bench")
        (folder / "valkey").mkdir(parents=True)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.valkey.url(),
        }

    def start(self) -> None:
        """The servers, the tables and the model."""
        self.postgres.initialise()
        self.start_postgres()
        self.start_valkey()
        self.postgres.ensure_database()
        os.environ |= self.environment
        storage.prepare(self.folder / "data")
        with application().app_context():
            flask_migrate.upgrade()
            _fill()

    def start_postgres(self) -> None:
        """Returns when it answers."""
        self.spawn("postgres", self.postgres.command())
        wait_until(self.postgres.answers, "PostgreSQL answers")

    def start_valkey(self) -> None:
        """Returns when it answers."""
        self.spawn("valkey", self.valkey.command(self.folder / "valkey" / "valkey.conf"))
        wait_until(self.valkey.answers, "Valkey answers")

    def start_job_process(
        self, name: str, module: list[str], environment: dict[str, str] | None = None
    ) -> None:
        """``python -m`` this, as the supervisor does."""
        self.spawn(name, [sys.executable, "-W", "ignore", "-m", *module], environment)

    def spawn(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        """Its output goes to a file of this name."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self.environment | (environment or {}),
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """Workers first, servers last."""
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextmanager
def running_product() -> Iterator[Product]:
    """Gone with its files at the end."""
    with tempfile.TemporaryDirectory() as folder:
        running = Product(Path(folder))
        try:
            running.start()
            yield running
        finally:
            running.stop()


def new_run(**parameters: Any) -> TrainingRun:
    """A run of the one model that there is, waiting; no worker hears of it."""
    run = training_runs.start(_model(), None, QUICK | parameters)
    return run


def _model() -> DetectionModel:
    return db.session.query(DetectionModel).one()


def start_overhead(running: Product) -> float:
    """Seconds from *Start* to the end of the first iteration, less the iteration itself, of a warm worker."""
    running.start_job_process("train", ["jobs.processes.worker", "train"])
    with application().app_context():
        # The first one waits for the worker to start, so it never is the smallest.
        return min(_overhead() for _ in range(3))


def _overhead() -> float:
    began = time.perf_counter()
    run = new_run(iterations=2)
    wait_until(lambda: _first_loss(run.id) is not None, "the first iteration", 300)
    total = time.perf_counter() - began
    loss = _first_loss(run.id)
    assert loss is not None  # noqa: S101
    wait_until(lambda: _is_over(run.id), "the run is over", 300)
    return total - loss


def _first_loss(run_id: int) -> float | None:
    db.session.rollback()
    losses = training_runs.list_losses(run_id, limit=1)
    return losses[0].seconds if losses else None


def _is_over(run_id: int) -> bool:
    db.session.rollback()
    db.session.expire_all()
    return training_runs.open_run(run_id).status.is_over


def _fill() -> None:
    """13 photos to train with, 4 for validation, 1 for the test."""
    user = users.create_first_administrator("bench@factory.test", "correct horse battery", "Bench")
    model = detection_models.create_model("Fruits and nuts", "", user)
    data = data_folder("fruits_nuts") / "data"
    photos = sorted((data / "images").glob("*.jpg"))
    document = data / "trainval.json"
    for split, chosen in (
        (Split.TRAIN, photos[HELD_BACK:]),
        (Split.VALIDATION, photos[1:HELD_BACK]),
        (Split.TEST, photos[:1]),
    ):
        single_request.import_annotations(
            model,
            split,
            [Upload(document.name, document.open("rb"))],
            [Upload(photo.name, photo.open("rb")) for photo in chosen],
            user,
        )
    db.session.commit()
