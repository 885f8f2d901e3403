"""``bin/manage doctor``: what is wrong is found, and mended where a program can; what is sound is left alone."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from tests.builders import runs as builders
from webapp.annotations import store
from webapp.annotations.store import ImageAnnotations
from webapp.core import queues, storage
from webapp.core.extensions import db
from webapp.models import (
    Annotation,
    DetectionModel,
    Image,
    ImageFile,
    LabelSource,
    RunStatus,
    TrainingRun,
    User,
    Weights,
)
from webapp.models.columns import now
from webapp.runs import states as run_states


@pytest.fixture
def sound(clean_app: OpenAPI, administrator: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of its own, with a model, its photos, a training and its weights."""
    settings = clean_app.extensions["settings"].model_copy(update={"data_dir": tmp_path})
    monkeypatch.setitem(clean_app.extensions, "settings", settings)
    before = os.umask(0o077)
    storage.prepare(tmp_path)
    tmp_path.chmod(0o700)
    model = builders.model_with_photos(administrator)
    builders.finished_training(model, administrator)
    os.umask(before)


def doctor(app: OpenAPI, *arguments: str) -> Result:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=["doctor", *arguments])
    db.session.expire_all()
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def old(path: Path, content: bytes = b"left") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    os.utime(path, (time.time() - 2 * 86400,) * 2)
    return path


def photo() -> tuple[ImageFile, Path]:
    file = db.session.query(ImageFile).order_by(ImageFile.sha256).first()
    assert file is not None
    return file, storage.image_path(file.sha256, file.suffix)


@pytest.mark.usefixtures("sound")
def test_a_sound_installation_is_left_alone(clean_app: OpenAPI) -> None:
    young = storage.image_path("ab" * 32, ".jpg")
    young.parent.mkdir(mode=0o700)
    young.touch(0o600)
    result = doctor(clean_app, "--mend")
    assert "WRONG" not in result.output and "mended" not in result.output
    assert result.exit_code == 0 and young.exists(), "what is new may be under way"


Left = Callable[[], Path]


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize(
    "left",
    [
        lambda: old(storage.image_path("ab" * 32, ".jpg")),
        lambda: old(storage.data_dir() / "weights" / "left.safetensors"),
        lambda: old(storage.results_dir(999)),
        lambda: old(storage.checkpoint_dir(999)),
    ],
)
def test_what_belongs_to_nothing_is_named_and_removed_by_mend(clean_app: OpenAPI, left: Left) -> None:
    path = left()
    result = doctor(clean_app)
    assert result.exit_code == 1 and path.name in result.output and path.exists()
    assert doctor(clean_app, "--mend").exit_code == 0
    assert not path.exists() and photo()[1].exists()
    assert doctor(clean_app).exit_code == 0


@pytest.mark.usefixtures("sound")
def test_missing_and_damaged_photos_are_named(clean_app: OpenAPI) -> None:
    file, path = photo()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    named = db.session.query(Image.filename).filter(Image.sha256 == file.sha256).limit(1).scalar()
    result = doctor(clean_app, "--mend")
    assert "1 photos are damaged" in result.output and named in result.output
    path.unlink()
    result = doctor(clean_app, "--mend")
    assert (
        result.exit_code == 1 and "1 photos have no file any more" in result.output and named in result.output
    )


@pytest.mark.usefixtures("sound")
def test_weights_without_their_file_are_named(clean_app: OpenAPI) -> None:
    weights = db.session.query(Weights).first()
    assert weights is not None
    storage.weights_path(weights.path).unlink()
    assert f"files of weights are missing: train again.\n         {weights.path}" in doctor(clean_app).output


@pytest.mark.usefixtures("sound")
def test_files_that_others_may_read_are_closed(clean_app: OpenAPI) -> None:
    _file, path = photo()
    path.chmod(0o644)
    path.parent.chmod(0o755)
    assert "2 files and folders can be read by other users" in doctor(clean_app).output
    assert doctor(clean_app, "--mend").exit_code == 0
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.usefixtures("sound")
def test_doubled_labels_are_counted_and_removed_by_mend(clean_app: OpenAPI, administrator: User) -> None:
    image = db.session.query(Image).order_by(Image.id).first()
    assert image is not None
    shape = builders._shape("fig", 10)
    image_id = image.id
    labels = [ImageAnnotations(image_id, [shape, shape])]
    model = db.session.get_one(DetectionModel, image.model_id)
    store.write(model, labels, source=LabelSource.IMPORT, user=administrator)
    db.session.commit()
    assert "Fruits: 1 labels are there twice" in doctor(clean_app).output
    labels_of = db.session.query(Annotation).filter(Annotation.image_id == image_id)
    assert labels_of.count() == 2, "nothing is changed without being asked"
    assert doctor(clean_app, "--mend").exit_code == 0
    assert labels_of.count() == 1 and doctor(clean_app).exit_code == 0


@pytest.mark.usefixtures("sound")
def test_runs_that_nobody_works_on_are_named_and_go_on_by_mend(
    clean_app: OpenAPI, administrator: User
) -> None:
    run_id = builders.running_training(db.session.query(DetectionModel).one(), administrator).id
    assert doctor(clean_app).exit_code == 0
    long_ago = now() - timedelta(hours=1)
    run_states.change_state(
        TrainingRun, run_id, (RunStatus.RUNNING,), RunStatus.RUNNING, heartbeat_at=long_ago
    )
    assert f"training_run {run_id} (running) is worked on by nobody" in doctor(clean_app).output
    assert doctor(clean_app, "--mend").exit_code == 0
    run = db.session.get_one(TrainingRun, run_id)
    assert run.status == RunStatus.QUEUED and run.job_id is not None and queues.is_known(run.job_id)


@pytest.mark.usefixtures("sound")
def test_tables_of_another_version_are_named(clean_app: OpenAPI) -> None:
    before = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.execute(text("UPDATE alembic_version SET version_num = 'of_tomorrow'"))
    db.session.commit()
    try:
        assert "The tables are of version of_tomorrow" in doctor(clean_app).output
    finally:
        db.session.rollback()
        db.session.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})
        db.session.commit()


@pytest.mark.usefixtures("sound")
def test_too_little_room_is_named(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = clean_app.extensions["settings"].model_copy(update={"min_free_gb": 1e9})
    monkeypatch.setitem(clean_app.extensions, "settings", settings)
    assert "(MIN_FREE_GB)" in doctor(clean_app).output
