"""Suggestions of many photos accepted at once, looked at before, and taken back after."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select, update

from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.core.extensions import db
from webapp.formats.masks.outline_operations import iou
from webapp.models import (
    DetectionModel,
    Image,
    LabelSource,
    LabelVersion,
    LibraryRun,
    Split,
    Suggestion,
    User,
)
from webapp.models.columns import now
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped
from webapp.suggestions import drafts
from webapp.suggestions.runs import split_of, unlabelled

BATCH = 200
"""Photos of one transaction."""
PREVIEWED = 12
DOUBLE = 0.5
"""From this intersection over union on two suggestions are one object, whatever their categories."""


def carry_out(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``accept``: ``{photos, shapes, accepted_at}``. What was done before a stop is kept.

    Accepts, or (``undo`` among the parameters) takes back what such a run accepted.
    """
    return _take_back(run) if "undo" in run.parameters else _accept(run)


def distinct(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """Each object once: those with the highest scores first, without the others on the same place."""
    kept: list[Suggestion] = []
    for one in sorted(suggestions, key=lambda suggestion: -suggestion.score):
        if not any(
            _touch(one, other) and iou(one.segmentation, other.segmentation) >= DOUBLE for other in kept
        ):
            kept.append(one)
    return kept


def _touch(one: Suggestion, other: Suggestion) -> bool:
    (x1, y1, w1, h1), (x2, y2, w2, h2) = one.bbox, other.bbox
    return bool(x1 < x2 + w2 and x2 < x1 + w1 and y1 < y2 + h2 and y2 < y1 + h1)


def preview(model: DetectionModel, split: Split | None, score: float) -> list[tuple[Image, list[Suggestion]]]:
    """The first photos on which something would be accepted, with what would."""
    statement = _suggested(model, split, score, Image).distinct().order_by(Image.id).limit(PREVIEWED)
    images = list(db.session.scalars(statement))
    chosen = _above([image.id for image in images], score)
    return [(image, chosen[image.id]) for image in images if image.id in chosen]


def _accept(run: LibraryRun) -> dict[str, Any]:
    """Photos that were labelled in the meantime are skipped."""
    run_id, model, split, score = run.id, run.model, split_of(run), run.parameters["score"]
    user = db.session.get(User, run.parameters["user_id"])
    when = now()
    result: dict[str, Any] = {"photos": 0, "shapes": 0, "accepted_at": when.isoformat()}
    library_runs.progress(run_id, 0, _count(model, split, score))
    for ids in _batches(model, split, score):
        annotation_store.lock(ids)
        chosen = _above(ids, score)
        drafts.accept(chosen, model, user, when)
        db.session.commit()
        result["photos"] += len(chosen)
        result["shapes"] += sum(map(len, chosen.values()))
        _progress(run_id, result)
    return result


def _progress(run_id: int, result: dict[str, Any]) -> None:
    try:
        library_runs.progress(run_id, result["photos"])
    except RunStopped as stop:
        raise RunStopped(result) from stop


def _above(ids: list[int], score: float) -> dict[int, list[Suggestion]]:
    rows = db.session.scalars(
        select(Suggestion)
        .join(Image, Image.id == Suggestion.image_id)
        .where(Suggestion.image_id.in_(ids), *_waiting(score), ~Image.labelled)
        .order_by(Suggestion.image_id, Suggestion.score.desc(), Suggestion.id)
    )
    return {
        image_id: distinct(list(group)) for image_id, group in groupby(rows, key=lambda row: row.image_id)
    }


def _batches(model: DetectionModel, split: Split | None, score: float) -> Iterator[list[int]]:
    after = 0
    while True:
        page = _suggested(model, split, score, Image.id).where(Image.id > after)
        ids = list(db.session.scalars(page.distinct().order_by(Image.id).limit(BATCH)))
        if not ids:
            return
        yield ids
        after = ids[-1]


def _count(model: DetectionModel, split: Split | None, score: float) -> int:
    return int(db.session.scalar(_suggested(model, split, score, func.count(Image.id.distinct()))) or 0)


def _suggested(model: DetectionModel, split: Split | None, score: float, *columns: Any) -> Any:
    return (
        select(*columns)
        .join(Suggestion, Suggestion.image_id == Image.id)
        .where(*unlabelled(model, split), *_waiting(score))
    )


def _waiting(score: float) -> list[Any]:
    return [Suggestion.score >= score, Suggestion.decided_at.is_(None)]


def _take_back(run: LibraryRun) -> dict[str, Any]:
    """Photos whose labels were changed since are left as they are."""
    run_id, model = run.id, run.model
    user = db.session.get(User, run.parameters["user_id"])
    when = datetime.fromisoformat(run.parameters["accepted_at"])
    result: dict[str, Any] = {"photos": 0, "shapes": 0, "taken_back": True}
    accepted = (
        select(Suggestion.image_id)
        .join(Image)
        .where(Image.model_id == model.id, Suggestion.decided_at == when)
    )
    ids = sorted(set(db.session.scalars(accepted)))
    library_runs.progress(run_id, 0, len(ids))
    for first in range(0, len(ids), BATCH):
        versions = annotation_store.lock(ids[first : first + BATCH])
        untouched = [image_id for image_id, version in versions.items() if _is_accepted(image_id, version)]
        labels = [ImageAnnotations(image_id, []) for image_id in untouched]
        annotation_store.write(model, labels, source=LabelSource.RESTORE, user=user)
        waiting = db.session.scalars(
            update(Suggestion)
            .where(Suggestion.image_id.in_(untouched), Suggestion.decided_at == when)
            .values(decided_at=None)
            .returning(Suggestion.id)
        ).all()
        db.session.commit()
        result["photos"] += len(untouched)
        result["shapes"] += len(waiting)
        _progress(run_id, result)
    return result


def _is_accepted(image_id: int, version: int) -> bool:
    newest = select(LabelVersion.source).where(
        LabelVersion.image_id == image_id, LabelVersion.version == version
    )
    return db.session.scalar(newest) is LabelSource.SUGGESTION
