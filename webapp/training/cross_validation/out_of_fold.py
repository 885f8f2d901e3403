"""What was found on each photo by weights that were not trained on it, stored fold by fold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import selectinload

from webapp.core import signals
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.models import Image, OutOfFoldDetection, OutOfFoldImage, TrainingFold, TrainingRun
from webapp.models.columns import now
from webapp.runs import states as run_states


def plan(run_id: int, folds: Mapping[str, int]) -> None:
    """The folds of a new run: the number of the fold, from 1, by SHA-256 of the photo. The caller commits."""
    numbers = [{"run_id": run_id, "number": number} for number in sorted(set(folds.values()))]
    db.session.execute(insert(TrainingFold), numbers)
    photos = [
        {"run_id": run_id, "fold": fold, "sha256": sha256, "judged": False} for sha256, fold in folds.items()
    ]
    db.session.execute(insert(OutOfFoldImage), photos)


def folds_of(run_id: int) -> list[TrainingFold]:
    """In order of their number; none for a run that is no cross-validation."""
    statement = select(TrainingFold).where(TrainingFold.run_id == run_id).order_by(TrainingFold.number)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def photos_by_fold(run_id: int) -> dict[str, int]:
    """As ``plan`` was given them."""
    rows = db.session.execute(
        select(OutOfFoldImage.sha256, OutOfFoldImage.fold).where(OutOfFoldImage.run_id == run_id)
    )
    return {sha256: fold for sha256, fold in rows}


def store(
    run_id: int,
    fold: int,
    found: Mapping[str, Sequence[FoundObject]],
    metrics: dict[str, Any] | None,
    objects: int,
    attempt: int | None = None,
) -> None:
    """A fold has ended: what was found on each photo that was looked at, by SHA-256, and what the test of them says.

    Commits. Raises RunTakenAway if another worker owns the run.
    """
    rows = db.session.execute(
        select(OutOfFoldImage.sha256, OutOfFoldImage.id).where(
            OutOfFoldImage.run_id == run_id,
            OutOfFoldImage.fold == fold,
            OutOfFoldImage.sha256.in_(list(found)),
        )
    )
    ids = {sha256: photo_id for sha256, photo_id in rows}
    # Where an attempt to store it was interrupted, nobody knows whether it succeeded.
    of_fold = select(OutOfFoldImage.id).where(OutOfFoldImage.run_id == run_id, OutOfFoldImage.fold == fold)
    db.session.execute(delete(OutOfFoldDetection).where(OutOfFoldDetection.photo_id.in_(of_fold)))
    db.session.execute(update(OutOfFoldImage).where(OutOfFoldImage.id.in_(ids.values())).values(judged=True))
    detections = [
        {"photo_id": ids[sha256]} | one.as_columns() for sha256, each in found.items() for one in each
    ]
    if detections:
        db.session.execute(insert(OutOfFoldDetection), detections)
    db.session.execute(
        update(TrainingFold)
        .where(TrainingFold.run_id == run_id, TrainingFold.number == fold)
        .values(metrics=metrics, objects=objects, finished_at=now())
    )
    # With the attempt in the same transaction: of two workers only the one that owns the run stores a fold.
    run_states.touch(TrainingRun, run_id, attempt, test_done=None, test_total=None)
    signals.publish(signals.training_topic(run_id))


@dataclass(frozen=True)
class JudgedImage:
    """A photo that judged, and what it is in the model now; None where it is there no more."""

    row: OutOfFoldImage
    image_id: int | None
    filename: str | None


def page(run: TrainingRun, after: int, limit: int) -> list[JudgedImage]:
    """Photos that have been looked at, with their detections; ``after`` is the id of the last row that is known."""
    rows = db.session.execute(
        select(OutOfFoldImage, Image.id, Image.filename)
        .outerjoin(Image, (Image.sha256 == OutOfFoldImage.sha256) & (Image.model_id == run.model_id))
        .where(OutOfFoldImage.run_id == run.id, OutOfFoldImage.judged, OutOfFoldImage.id > after)
        .options(selectinload(OutOfFoldImage.detections))
        .order_by(OutOfFoldImage.id)
        .limit(limit)
    )
    return [JudgedImage(*row) for row in rows]


def found_by_photo(run_id: int) -> dict[str, list[FoundObject]]:
    """What was found on each photo that has been looked at, by SHA-256; on some of them nothing."""
    judged = db.session.scalars(
        select(OutOfFoldImage.sha256).where(OutOfFoldImage.run_id == run_id, OutOfFoldImage.judged)
    )
    found: dict[str, list[FoundObject]] = {sha256: [] for sha256 in judged}
    columns = [column for column in OutOfFoldDetection.__table__.columns if column.name != "photo_id"]
    rows = db.session.execute(
        select(OutOfFoldImage.sha256, *columns)
        .join(OutOfFoldImage, OutOfFoldDetection.photo_id == OutOfFoldImage.id)
        .where(OutOfFoldImage.run_id == run_id)
        .order_by(OutOfFoldImage.sha256, OutOfFoldDetection.score.desc(), OutOfFoldDetection.id)
    )
    for sha256, group in groupby(rows, lambda row: row.sha256):
        found[sha256] = list(map(FoundObject.of_row, group))
    return found
