"""The first page: models in the order of their use or by hand, and what waits there for a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, PredictionRun, TrainingRun
from webapp.models.columns import now
from webapp.projects.detection_models import ModelSummary

LAST_USED, BY_HAND = "used", "hand"
ORDERS = ("created", LAST_USED, BY_HAND)
NEWS = timedelta(days=1)
"""How long the end of a run is news."""
SHOWN = 4
"""Of each kind."""


@dataclass(frozen=True)
class Waiting:
    """A run that ended, or photos to be labelled."""

    model: DetectionModel
    unlabelled: int = 0
    run: TrainingRun | None = None


def waiting(summaries: list[ModelSummary]) -> list[Waiting]:
    """The runs that ended within a day, the newest first; then the models with the most photos to label."""
    since = now() - NEWS
    runs = [one for one in summaries if (run := one.newest_run) and (run.finished_at or since) > since]
    runs.sort(key=_end, reverse=True)
    unlabelled = [one for one in summaries if one.unlabelled_count]
    unlabelled.sort(key=lambda one: -one.unlabelled_count)
    return [Waiting(one.model, run=one.newest_run) for one in runs[:SHOWN]] + [
        Waiting(one.model, unlabelled=one.unlabelled_count) for one in unlabelled[:SHOWN]
    ]


def _end(summary: ModelSummary) -> datetime:
    run = summary.newest_run
    return (run.finished_at if run else None) or summary.model.created_at


def last_used_first(summaries: list[ModelSummary]) -> list[ModelSummary]:
    """By the newest photo, training or prediction of each model."""
    ids = [one.model.id for one in summaries]
    used = {one.model.id: one.model.created_at for one in summaries}
    for table in (Image, TrainingRun, PredictionRun):
        newest = select(table.model_id, func.max(table.created_at)).where(table.model_id.in_(ids))
        for model_id, at in db.session.execute(newest.group_by(table.model_id)):
            used[model_id] = max(used[model_id], at)
    return sorted(summaries, key=lambda one: used[one.model.id], reverse=True)


def by_hand(summaries: list[ModelSummary]) -> list[ModelSummary]:
    """In the order that people have given them; those that nobody has moved follow in order of creation."""
    return sorted(summaries, key=lambda one: _place(one.model))


def move(model: DetectionModel, before: DetectionModel | None) -> None:
    """Put the model before another one in the order by hand, for everybody; None: at the end. Commits."""
    everything = select(DetectionModel).where(DetectionModel.deleted_at.is_(None))
    # In one order for all, so that two people who move at once do not wait for each other.
    rows = list(db.session.scalars(everything.order_by(DetectionModel.id).with_for_update()))
    rows.sort(key=_place)
    if before is model:
        return
    rows.remove(model)
    rows.insert(rows.index(before) if before else len(rows), model)
    for place, row in enumerate(rows, 1):
        row.place = place
    db.session.commit()


def _place(model: DetectionModel) -> tuple[bool, int]:
    return model.place is None, model.id if model.place is None else model.place
