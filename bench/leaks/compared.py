"""The product's own comparison of photos, in this process, on a database of its own."""

import io
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from sqlalchemy import select, text

from embedded.servers.postgres import Postgres
from embedded.servers.valkey import Valkey
from embedded.waiting import free_port, wait_until
from jobs.detection.network.scene_features import SceneFeatures
from jobs.tasks.similar import features as similar_features
from webapp.accounts import users
from webapp.app import create_app
from webapp.core import storage
from webapp.core.extensions import db
from webapp.core.settings import load_settings
from webapp.formats.images.decoding import read_image
from webapp.images import intake as image_intake
from webapp.images.similar import features, near_duplicates
from webapp.models import DetectionModel, Image, ImageFile, Split
from webapp.projects import detection_models


@contextmanager
def product() -> Iterator[None]:
    """An app context on empty servers, which end with it."""
    with tempfile.TemporaryDirectory(prefix="bench-leaks-") as name:
        folder = Path(name)
        postgres = Postgres(folder / "postgres", free_port(), "bench")
        postgres.initialise()
        valkey_folder = folder / "valkey"
        valkey_folder.mkdir()
        valkey = Valkey(valkey_folder, free_port(), "bench")
        with (
            _running(postgres.command(), folder / "postgres.log"),
            _running(valkey.command(valkey_folder / "valkey.conf"), folder / "valkey.log"),
        ):
            wait_until(postgres.answers, f"PostgreSQL answers, see {folder / 'postgres.log'}")
            wait_until(valkey.answers, "Valkey answers")
            postgres.ensure_database()
            data = folder / "data"
            app = create_app(
                load_settings(database_url=postgres.url(), redis_url=valkey.url(), data_dir=data)
            )
            storage.prepare(data)
            with app.app_context():
                flask_migrate.upgrade()
                yield
                db.session.remove()
                db.engine.dispose()


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def new_model(name: str) -> DetectionModel:
    """An empty one, of an administrator that is made with the first."""
    user = db.session.scalar(select(users.User)) or users.create_first_administrator(
        "admin@factory.test", os.urandom(12).hex(), "Admin"
    )
    return detection_models.create_model(name, "", user)


def add(model: DetectionModel, data: bytes, name: str) -> int | None:
    """A photo as an upload leaves it, with its thumbnail; its id, None where the model has these bytes. No commit."""
    file = image_intake.store_image(read_image(io.BytesIO(data), name, 10**8))
    if db.session.scalar(select(Image.id).where(Image.model_id == model.id, Image.sha256 == file.sha256)):
        return None
    image = Image(model_id=model.id, sha256=file.sha256, filename=name, split=Split.TRAIN)
    db.session.add(image)
    db.session.flush()
    image_intake.thumbnail(file)
    return image.id


def compare(model: DetectionModel) -> dict[str, float]:
    """What the predict worker and the io worker do until nothing waits; the seconds of each."""
    model_id = model.id
    began = time.monotonic()
    network = SceneFeatures()
    while files := features.next_files(model_id, similar_features.BATCH):
        features.store(similar_features.features_of(network, files))
    seen = time.monotonic()
    while near_duplicates.compare_some(model_id):
        pass
    return {"features": seen - began, "comparison": time.monotonic() - seen}


def forget_waiting() -> None:
    """Nothing is to be compared."""
    db.session.execute(text("DELETE FROM photo_to_compare"))
    db.session.commit()


def count_files() -> int:
    """Stored photos."""
    return len(db.session.scalars(select(ImageFile.sha256)).all())
