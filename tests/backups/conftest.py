"""An installation that holds something of everything, and empty ones to restore into."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask_openapi3 import OpenAPI
from sqlalchemy import create_engine, text

from tests.backups.contents import Contents, contents_here
from tests.builders import runs as builders
from webapp.backups import making
from webapp.bare_app import configure
from webapp.core import storage
from webapp.core.extensions import db
from webapp.core.settings import load_settings
from webapp.images import trash as image_trash
from webapp.models import Image, User
from webapp.prediction import progress as prediction_progress
from webapp.projects import trash as model_trash

ODD = "tab\there, line\nend, back\\slash, \\N, \\., 檢測 🔬"


@pytest.fixture
def installation(
    clean_app: OpenAPI, administrator: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OpenAPI:
    """Photos, labels, runs, trash, a prediction and files of imports and exports, in a data folder of its own."""
    settings = clean_app.extensions["settings"].model_copy(update={"data_dir": tmp_path / "data"})
    monkeypatch.setitem(clean_app.extensions, "settings", settings)
    storage.prepare(settings.data_dir)
    model = builders.model_with_photos(administrator)
    model.description = ODD
    builders.finished_training(model, administrator)
    running = builders.running_training(model, administrator)
    for folder, name in (
        (storage.run_dir(running.id), "training.log"),
        (storage.checkpoint_dir(running.id), "checkpoint.pt"),
        (storage.import_dir(3), "7"),
        (storage.exports_dir(), "夾雜 a very long name " + "x" * 90 + ".zip"),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() * 5000)
    predicted = builders.prediction(model, administrator, {"a.jpg": builders.photo_file(70)})
    prediction_progress.claim(predicted.id)
    builders.predict_next(predicted, ["fig"])
    photo = db.session.query(Image).order_by(Image.id).first()
    assert photo is not None
    image_trash.delete_images(model, Image.id == photo.id, administrator)
    model.name = "Figs"
    db.session.commit()
    other = builders.model_with_photos(administrator)
    model_trash.delete_model(other, other.name, administrator)
    db.session.commit()
    return clean_app


@pytest.fixture
def whole(installation: OpenAPI, tmp_path: Path) -> Iterator[tuple[Path, Contents]]:
    """A backup of it, and what was there when it was made."""
    there = contents_here()
    path = tmp_path / "backup.tar"
    making.make(path)
    yield path, there


Empty = Callable[..., "Flask"]


@pytest.fixture
def empty(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Empty]:
    """Makes applications on databases without tables, and enters their context."""
    with ExitStack() as ending:

        def make(**more: object) -> Flask:
            return ending.enter_context(
                _empty(database_url, redis_url, tmp_path / secrets.token_hex(4), more)
            )

        yield make


@contextmanager
def _empty(database_url: str, redis_url: str, folder: Path, more: dict[str, object]) -> Iterator[Flask]:
    name = f"empty_{secrets.token_hex(4)}"
    server = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = database_url.rsplit("/", 1)[0] + f"/{name}"
    app = Flask(name)
    configure(app, load_settings(database_url=url, redis_url=redis_url, data_dir=folder, **more))
    storage.prepare(folder)
    try:
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
