"""Which files are freed, and that a photo which comes back meanwhile keeps its file."""

import io
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select, text, update

from embedded.waiting import wait_until
from tests.builders.library import photo
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.coco.document import FrozenDocument, canonical_json, photo_hashes
from webapp.images import intake as image_intake
from webapp.images import stored_files
from webapp.images.intake import Upload
from webapp.models import (
    DatasetVersion,
    DetectionModel,
    Image,
    ImageFile,
    PredictedImage,
    PredictionRun,
    Split,
    TrashedImage,
    User,
    Weights,
)
from webapp.models.columns import now
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def packed(document: dict[str, Any]) -> bytes:
    frozen = FrozenDocument()
    frozen.write(canonical_json(document).encode())
    return frozen.close()[1]


def upload(shade: int) -> Upload:
    return Upload(f"{shade}.png", io.BytesIO(photo(shade)))


def stored(shade: int) -> str:
    """A photo on the disk that nothing refers to, with its thumbnail."""
    file = image_intake.store_image(image_intake.check_image(upload(shade)))
    image_intake.thumbnail(file)
    db.session.commit()
    return file.sha256


def grow_old() -> None:
    db.session.execute(update(ImageFile).values(created_at=now() - timedelta(days=3)))
    db.session.commit()


def path_of(sha256: str) -> Path:
    return storage.image_path(sha256, ".png")


def test_what_nothing_needs_is_freed_with_its_thumbnail(clean_app: OpenAPI) -> None:
    first, second = stored(1), stored(2)
    grow_old()
    assert stored_files.free_files([first, "0" * 64]) == 1
    assert not path_of(first).exists()
    assert not storage.thumbnail_path(first).exists()
    assert path_of(second).exists()
    assert db.session.scalars(select(ImageFile.sha256)).all() == [second]


def hold_as_photo(model: DetectionModel, sha256: str) -> None:
    db.session.add(Image(model_id=model.id, sha256=sha256, filename="a.png", split=Split.TRAIN))


def hold_in_trash(model: DetectionModel, sha256: str) -> None:
    db.session.add(
        TrashedImage(
            model_id=model.id,
            sha256=sha256,
            filename="a.png",
            split=Split.TRAIN,
            document={},
            deleted_at=now(),
        )
    )


def hold_as_picture(model: DetectionModel, sha256: str) -> None:
    model.picture_sha256 = sha256


def hold_in_prediction(model: DetectionModel, sha256: str) -> None:
    weights = Weights(
        model_id=model.id, filename="w", path="w", sha256="0", size=1, architecture="x", categories=[]
    )
    db.session.add(weights)
    db.session.flush()
    run = PredictionRun(model_id=model.id, number=1, weights_id=weights.id, parameters={}, total=1)
    db.session.add(run)
    db.session.flush()
    db.session.add(PredictedImage(run_id=run.id, filename="a.png", sha256=sha256))


def hold_in_dataset_version(model: DetectionModel, sha256: str) -> None:
    document = {"images": [{"id": n, "sha256": f"{n:064}"} for n in range(20_000)]}
    document["images"].append({"id": 20_001, "sha256": sha256})
    db.session.add(
        DatasetVersion(model_id=model.id, hash="h", document=packed(document), counts={}, categories=[])
    )


@pytest.mark.parametrize(
    "hold",
    [hold_as_photo, hold_in_trash, hold_as_picture, hold_in_prediction, hold_in_dataset_version],
)
def test_what_something_needs_is_kept(
    model: DetectionModel, hold: Callable[[DetectionModel, str], None]
) -> None:
    needed, other = stored(1), stored(2)
    hold(model, needed)
    db.session.commit()
    grow_old()
    assert stored_files.free_unneeded_files() == 1
    assert path_of(needed).exists()
    assert not path_of(other).exists()


def test_a_photo_that_was_sent_lately_may_wait_for_its_row(clean_app: OpenAPI) -> None:
    sha256 = stored(1)
    assert stored_files.free_unneeded_files() == 0
    grow_old()
    stored(1)  # sent again: as new
    assert stored_files.free_files([sha256]) == 0
    assert path_of(sha256).exists()


def test_many_are_freed_in_several_transactions(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_files, "BATCH", 2)
    monkeypatch.setattr(stored_files, "AT_ONCE", 3)
    for shade in range(8):
        stored(shade)
    grow_old()
    assert stored_files.free_unneeded_files() == 8
    assert db.session.scalar(select(ImageFile.sha256)) is None


def test_a_photo_that_is_sent_again_while_it_is_freed_keeps_its_file(
    clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = stored(1)
    grow_old()
    without_needed = stored_files._VersionHashes.without_needed

    def send_again() -> None:
        with clean_app.app_context():
            image_intake.store_image(image_intake.check_image(upload(1)))
            db.session.commit()

    sender = threading.Thread(target=send_again)

    def meanwhile(self: object, hashes: list[str]) -> list[str]:
        sender.start()
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        with db.engine.connect() as watcher:
            wait_until(lambda: bool(watcher.scalar(waiting)), "the sender waits for the row")
        return without_needed(self, hashes)  # type: ignore[arg-type]

    monkeypatch.setattr(stored_files._VersionHashes, "without_needed", meanwhile)
    assert stored_files.free_files([sha256]) == 1
    sender.join(30)
    db.session.rollback()
    assert db.session.get(ImageFile, sha256) is not None
    assert path_of(sha256).exists()


def test_hashes_are_found_wherever_the_pieces_of_the_document_end() -> None:
    for padding in range(0, 160, 7):
        hashes = {f"{n:064x}" for n in range(30_000)}
        document = {"a": "x" * padding, "images": [{"sha256": sha256} for sha256 in sorted(hashes)]}
        assert photo_hashes(packed(document)) == hashes
