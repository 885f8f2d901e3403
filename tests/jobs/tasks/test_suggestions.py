"""Labels suggested by a real worker, with weights that one has trained."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from embedded.waiting import wait_until
from tests.jobs.waiting import state_of, wait_for
from webapp.annotations import categories
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Image, RunStatus, Split, Suggestion, Uncertainty, User
from webapp.runs import library_runs
from webapp.suggestions import drafts as suggestion_drafts
from webapp.suggestions import runs as suggestion_runs

UNLABELLED = 12


@pytest.fixture
def model(trained: DetectionModel, shared_data: Path) -> DetectionModel:
    """Trained, with photos without labels: some to train on, one for the test."""
    files = sorted((shared_data / "fruits_nuts" / "data" / "images").glob("*.jpg"))[-UNLABELLED - 1 :]
    uploads = [Upload(file.name, file.open("rb")) for file in files]
    image_intake.add_images(trained, Split.TRAIN, uploads[1:])
    image_intake.add_images(trained, Split.TEST, uploads[:1])
    return trained


def looked_at() -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(select(Uncertainty.image_id)))


def test_all_unlabelled_photos_of_a_tab_are_looked_at_and_the_progress_is_told(
    model: DetectionModel, administrator: User, worker: Callable
) -> None:
    damaged = db.session.scalars(select(Image).where(Image.split == Split.TRAIN, ~Image.labelled)).first()
    assert damaged is not None
    image_intake.file_path(damaged.file).write_bytes(b"no picture any more")
    damaged_id, name = damaged.id, damaged.filename
    run = suggestion_runs.start(model, administrator, split=Split.TRAIN)
    worker("predict")
    wait_until(lambda: state_of(run).is_over or run.done >= 1, "the first photo is done", 120)
    assert run.total == UNLABELLED
    wait_for(run, RunStatus.COMPLETED, RunStatus.FAILED)
    assert (run.status, run.error, run.done) == (RunStatus.COMPLETED, None, UNLABELLED)
    expected = set(db.session.scalars(select(Image.id).where(Image.split == Split.TRAIN, ~Image.labelled)))
    assert len(expected) == UNLABELLED
    assert looked_at() == expected - {damaged_id}
    kept = db.session.scalar(select(func.count()).select_from(Suggestion))
    [example] = run.result["failed_examples"]
    assert (example["filename"], example["reason"]["code"]) == (name, "photo_missing")
    result = {name: run.result[name] for name in ("photos", "shapes", "failed", "image_id")}
    assert result == {"photos": UNLABELLED - 1, "shapes": kept, "failed": 1, "image_id": None}
    known = {category.name for category in categories.list_categories(model)}
    for suggestion in db.session.scalars(select(Suggestion)):
        assert suggestion.category in known
        assert suggestion.score >= suggestion_drafts.KEPT_SCORE


def test_a_stop_keeps_what_was_suggested(
    model: DetectionModel, administrator: User, worker: Callable
) -> None:
    run = suggestion_runs.start(model, administrator)
    worker("predict")
    wait_until(lambda: state_of(run).is_over or run.done >= 1, "the first photo is done", 120)
    library_runs.request_stop(run)
    wait_for(run, RunStatus.STOPPED, RunStatus.COMPLETED, RunStatus.FAILED)
    assert run.status == RunStatus.STOPPED
    assert 1 <= len(looked_at()) == run.result["photos"] <= UNLABELLED
