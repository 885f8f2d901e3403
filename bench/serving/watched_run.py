"""A training run as a worker would write it, without an engine: iterations and their signals."""

import threading
import time
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from bench.common.running_product import RunningProduct
from webapp.app import create_app
from webapp.core import signals
from webapp.core.extensions import db
from webapp.core.settings import load_settings
from webapp.models import DatasetVersion, RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.runs import states
from webapp.training import progress
from webapp.training.progress import Losses

PERIOD = 1.0
"""Seconds of an iteration."""
LAST = 10_000
PAST = 300
"""Iterations that it begins with."""


class WatchedRun:
    """Its row, and what writes it."""

    def __init__(self, product: RunningProduct, model: int) -> None:
        lines = (product.folder / "run" / "env").read_text().splitlines()
        addresses = {key.lower(): value for key, value in (line.split("=", 1) for line in lines)}
        self.app = create_app(load_settings(data_dir=product.folder, **addresses))
        with self.app.app_context():
            version = DatasetVersion(
                model_id=model,
                hash="0" * 64,
                document=b"",
                counts={"train": 9, "validation": 4, "test": 5, "annotations": 44},
                categories=["fig"],
            )
            run = TrainingRun(
                model_id=model,
                number=1,
                dataset_version=version,
                status=RunStatus.RUNNING,
                parameters={},
                iterations=LAST,
                started_at=now(),
                heartbeat_at=now(),
            )
            db.session.add_all([version, run])
            db.session.commit()
            self.id, self.iteration = run.id, 0
            for _ in range(PAST):
                self._record()
        threading.Thread(target=self._beat, daemon=True).start()

    def iterate(self, seconds: float) -> dict[int, float]:
        """One after the other, so long; the time of each signal, by the number of the iteration."""
        sent: dict[int, float] = {}
        end = time.monotonic() + seconds
        with self.app.app_context():
            while time.monotonic() < end:
                began = time.monotonic()
                self.iteration += 1
                sent[self.iteration] = time.time()
                signals.publish(signals.training_topic(self.id), iteration=self.iteration)
                time.sleep(max(0.0, PERIOD - (time.monotonic() - began)))
        return sent

    def _beat(self) -> None:
        """As a worker does, or the janitor fails the run."""
        with suppress(SQLAlchemyError):  # the product has ended
            while True:
                with self.app.app_context():
                    states.touch(TrainingRun, self.id, iteration=self.iteration)
                time.sleep(2)

    def _record(self) -> None:
        self.iteration += 1
        progress.record(
            self.id, Losses(self.iteration, 1 / self.iteration, 1.2 / self.iteration, 0.005, PERIOD, 600.0)
        )
