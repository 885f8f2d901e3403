"""Runs that suggest labels for many photos, and that accept many suggestions."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from webapp.annotations import store as annotation_store
from webapp.contracts.run_status import ACTIVE
from webapp.contracts.score_thresholds import ThresholdSource
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, LibraryKind, LibraryRun, Split, Suggestion, User, Weights
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped
from webapp.suggestions import drafts
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use
from webapp.training.weights import thresholds as weights_thresholds

ACCEPTED_SCORE = 0.7
"""Where no threshold is known: a label is to be right more often than a detection."""
BATCH = 200
"""Photos of one transaction."""


def start(
    model: DetectionModel,
    user: User | None,
    *,
    image: Image | None = None,
    split: Split | None = None,
    weights_id: int | None = None,
) -> LibraryRun:
    """Queue a run over one photo or all unlabelled photos of a split (or of all), by the given weights or those in use.

    An active run with the same parameters is returned instead of a second one. Raises UserError: never trained,
    no such weights, no photos.
    """
    chosen = in_use.for_prediction(model, weights_id)
    asked: dict[str, Any] = {
        "weights_id": chosen.id,
        "image_id": image.id if image else None,
        "split": split.value if split else None,
    }
    if image is None and not _count(model, split):
        raise UserError(_("All photos here are labelled already."), code="no_photos", field="split")
    return _under_way(model, LibraryKind.SUGGEST, asked) or library_runs.start(
        model, LibraryKind.SUGGEST, asked | {"weights": chosen.document}, user
    )


def usual_score(model: DetectionModel) -> float:
    """The score from which on suggestions are accepted where nobody chooses another one: the threshold in use with the
    weights, if one is advised or set.
    """
    weights = in_use.of_model(model)
    used = weights_thresholds.in_use(model, weights) if weights else None
    if used is None or used.source is ThresholdSource.DEFAULT:
        return ACCEPTED_SCORE
    return used.thresholds.overall


def accept_all(model: DetectionModel, user: User, split: Split | None, score: float) -> LibraryRun:
    """Queue a run that accepts all suggestions of at least this score on unlabelled photos.

    Raises UserError for an invalid score.
    """
    if not 0 <= score <= 1:
        raise UserError(_("The score lies between 0 and 1."), code="score_invalid", field="score")
    asked: dict[str, Any] = {
        "split": split.value if split else None,
        "score": score,
        "user_id": user.id,
    }
    return _under_way(model, LibraryKind.ACCEPT, asked) or library_runs.start(
        model, LibraryKind.ACCEPT, asked, user
    )


def active(model: DetectionModel) -> LibraryRun | None:
    """The newest active run of suggestions, for a page that is opened again."""
    return db.session.scalar(
        select(LibraryRun)
        .where(
            LibraryRun.model_id == model.id,
            LibraryRun.kind.in_((LibraryKind.SUGGEST, LibraryKind.ACCEPT)),
            LibraryRun.status.in_(ACTIVE),
        )
        .order_by(LibraryRun.id.desc())
        .limit(1)
    )


def weights_of(run: LibraryRun) -> Weights:
    """The weights of a run. Raises UserError if they were deleted."""
    return weights_files.open_weights(run.model, run.parameters["weights_id"])


def photos_of(run: LibraryRun) -> list[int]:
    """Ids of the photos to process: those unlabelled when the run begins, the newest first."""
    if run.parameters["image_id"] is not None:
        return [run.parameters["image_id"]]
    statement = select(Image.id).where(*_unlabelled(run.model, _split(run)))
    return list(db.session.scalars(statement.order_by(Image.created_at.desc(), Image.id.desc())))


def carry_out_acceptance(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``accept``: ``{photos, shapes}``. What was accepted before a stop is kept.

    Photos that were labelled in the meantime are skipped.
    """
    run_id, model = run.id, run.model
    user = db.session.get(User, run.parameters["user_id"])
    result = {"photos": 0, "shapes": 0}
    library_runs.progress(run_id, 0, _count_suggested(run))
    for ids in _batches_of_suggested(run):
        annotation_store.lock(ids)
        chosen = _suggestions_above(ids, run.parameters["score"])
        drafts.accept(chosen, model, user)
        db.session.commit()
        result["photos"] += len(chosen)
        result["shapes"] += sum(map(len, chosen.values()))
        try:
            library_runs.progress(run_id, result["photos"])
        except RunStopped as stop:
            raise RunStopped(result) from stop
    return result


def _suggestions_above(ids: list[int], score: float) -> dict[int, list[Suggestion]]:
    rows = db.session.scalars(
        select(Suggestion)
        .join(Image, Image.id == Suggestion.image_id)
        .where(Suggestion.image_id.in_(ids), *_waiting(score), ~Image.labelled)
        .order_by(Suggestion.image_id, Suggestion.score.desc(), Suggestion.id)
    )
    return {image_id: list(group) for image_id, group in groupby(rows, key=lambda row: row.image_id)}


def _batches_of_suggested(run: LibraryRun) -> Iterator[list[int]]:
    after = 0
    while True:
        ids = list(
            db.session.scalars(
                _suggested(run, Image.id).where(Image.id > after).distinct().order_by(Image.id).limit(BATCH)
            )
        )
        if not ids:
            return
        yield ids
        after = ids[-1]


def _count_suggested(run: LibraryRun) -> int:
    return int(db.session.scalar(_suggested(run, func.count(Image.id.distinct()))) or 0)


def _suggested(run: LibraryRun, *columns: Any) -> Any:
    return (
        select(*columns)
        .join(Suggestion, Suggestion.image_id == Image.id)
        .where(*_unlabelled(run.model, _split(run)), *_waiting(run.parameters["score"]))
    )


def _waiting(score: float) -> list[Any]:
    return [Suggestion.score >= score, Suggestion.decided_at.is_(None)]


def _split(run: LibraryRun) -> Split | None:
    return Split(run.parameters["split"]) if run.parameters["split"] else None


def _unlabelled(model: DetectionModel, split: Split | None) -> list[Any]:
    conditions: list[Any] = [Image.model_id == model.id, ~Image.labelled]
    return [*conditions, Image.split == split] if split else conditions


def _count(model: DetectionModel, split: Split | None) -> int:
    return int(db.session.scalar(select(func.count(Image.id)).where(*_unlabelled(model, split))) or 0)


def _under_way(model: DetectionModel, kind: LibraryKind, asked: dict[str, Any]) -> LibraryRun | None:
    return db.session.scalar(
        select(LibraryRun)
        .where(
            LibraryRun.model_id == model.id,
            LibraryRun.kind == kind,
            LibraryRun.status.in_(ACTIVE),
            LibraryRun.stop_requested_at.is_(None),
            LibraryRun.parameters.contains(asked),
        )
        .limit(1)
    )
