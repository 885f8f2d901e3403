"""Runs that suggest labels for many photos, and that accept many suggestions."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from webapp.contracts.run_status import ACTIVE
from webapp.contracts.score_thresholds import ThresholdSource
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, LibraryKind, LibraryRun, Split, User, Weights
from webapp.runs import library_runs
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use
from webapp.training.weights import thresholds as weights_thresholds

ACCEPTED_SCORE = 0.7
"""Where no threshold is known: a label is to be right more often than a detection."""


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


def undo_acceptance(run: LibraryRun, user: User) -> LibraryRun:
    """Queue a run that takes back what a run of acceptance made. Raises UserError (409): it made nothing."""
    accepted_at = (run.result or {}).get("accepted_at")
    if run.kind is not LibraryKind.ACCEPT or not accepted_at:
        raise UserError(_("There is nothing to take back."), code="nothing_to_undo", status=409)
    asked: dict[str, Any] = {"undo": run.id, "accepted_at": accepted_at, "split": None, "user_id": user.id}
    return _under_way(run.model, LibraryKind.ACCEPT, asked) or library_runs.start(
        run.model, LibraryKind.ACCEPT, asked, user
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
    statement = select(Image.id).where(*unlabelled(run.model, split_of(run)))
    return list(db.session.scalars(statement.order_by(Image.created_at.desc(), Image.id.desc())))


def split_of(run: LibraryRun) -> Split | None:
    """The split that a run is about; None: all."""
    return Split(run.parameters["split"]) if run.parameters["split"] else None


def unlabelled(model: DetectionModel, split: Split | None) -> list[Any]:
    """Conditions on ``Image`` for the unlabelled photos of a split, or of all."""
    conditions: list[Any] = [Image.model_id == model.id, ~Image.labelled]
    return [*conditions, Image.split == split] if split else conditions


def _count(model: DetectionModel, split: Split | None) -> int:
    return int(db.session.scalar(select(func.count(Image.id)).where(*unlabelled(model, split))) or 0)


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
