"""Actions on ticked photos or on all of a filter: few in the request, many by the io worker.

More than ``AT_ONCE`` photos become a ``LibraryRun`` that works in steps; a stop keeps the steps that are done.
It applies to the photos that existed at the time of the request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, select

from webapp.core.extensions import db
from webapp.images import moves, trash
from webapp.images import restore as image_restore
from webapp.images import undo as image_undo
from webapp.images.browsing.queries import ImageQuery
from webapp.images.moves import Moved
from webapp.images.restore import Restored
from webapp.images.similar import leak_check
from webapp.images.trash import Deletion
from webapp.models import DetectionModel, Image, LibraryKind, LibraryRun, Split, TrashedImage, User
from webapp.models.columns import now
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped

AT_ONCE = 2_000
"""The most photos in a request; more are left to the worker."""
EXAMPLES = 5


@dataclass(frozen=True)
class ImageChoice:
    """Ticked photos, or all that a query finds."""

    ids: Sequence[int] = ()
    query: ImageQuery | None = None

    def where(self, model: DetectionModel) -> ColumnElement[bool]:
        """The condition on ``Image``."""
        if self.query is not None:
            return and_(*self.query.where(model))
        return and_(Image.model_id == model.id, Image.id.in_(self.ids))


def move(model: DetectionModel, choice: ImageChoice, split: Split, user: User) -> Moved | LibraryRun:
    """Put the photos into a split, now or by a run."""
    chosen = and_(choice.where(model), Image.split != split)
    if choice.query is not None and _are_many(Image.id, chosen):
        asked = {"query": msgspec.to_builtins(choice.query), "split": split.value}
        return library_runs.start(model, LibraryKind.MOVE, asked, user)
    return moves.move(model, chosen, split)


def undo_move(model: DetectionModel, name: str, user: User) -> Moved | LibraryRun:
    """Move the photos of an earlier move back. Raises UserError (409) as ``undo.plan``."""
    plan = image_undo.plan(model, name)
    if sum(map(len, plan.values())) > AT_ONCE:
        return library_runs.start(model, LibraryKind.MOVE, {"undo": name}, user)
    return moves.arrange(model, plan)


def delete(model: DetectionModel, choice: ImageChoice, user: User) -> Deletion | LibraryRun:
    """Put the photos into the trash, now or by a run."""
    chosen = choice.where(model)
    if choice.query is not None and _are_many(Image.id, chosen):
        asked = {"query": msgspec.to_builtins(choice.query)}
        return library_runs.start(model, LibraryKind.DELETE, asked, user)
    return trash.delete_images(model, chosen, user)


def restore(
    model: DetectionModel, user: User, ids: Sequence[int] = (), at: datetime | None = None
) -> Restored | LibraryRun:
    """Restore photos from the trash: these, else those deleted together at this time, else all."""
    chosen = _in_trash(ids, at)
    if not ids and _are_many(TrashedImage.id, TrashedImage.model_id == model.id, *chosen):
        asked = {"at": at.isoformat() if at else None}
        return library_runs.start(model, LibraryKind.RESTORE, asked, user)
    return image_restore.restore(model, *chosen)


def carry_out_move(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``move``: ``{count, split, undo, parted}``; ``split`` is None for an undo.

    ``parted``: so many of the photos have a photo of their group on the other side of training now.
    """
    model, run_id, asked = run.model, run.id, run.parameters
    split = Split(asked["split"]) if "split" in asked else None
    moved = Moved()

    def result() -> dict[str, Any]:
        undo = image_undo.remember(model, moved) if split else None
        parted = leak_check.parted_by(model, moved.ids) if split else 0
        return {"count": moved.count, "split": split and split.value, "undo": undo, "parted": parted}

    plan = {split: _asked_ids(run, Image.split != split)} if split else image_undo.plan(model, asked["undo"])
    total = sum(map(len, plan.values()))
    done = 0
    try:
        library_runs.progress(run_id, done, total)
        for rows in moves.arranging(model, plan):
            moved.add(rows)
            db.session.commit()
            done = min(total, done + moves.BATCH)
            library_runs.progress(run_id, done)
    except RunStopped as stop:
        raise RunStopped(result()) from stop
    return result()


def carry_out_deletion(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``delete``: ``{count, at}``; ``at`` is the common ``deleted_at`` of its photos."""
    model, run_id, at, count = run.model, run.id, now(), 0
    user_id, ids = run.created_by_id, _asked_ids(run)
    try:
        library_runs.progress(run_id, 0, len(ids))
        for number in trash.deleting(model, ids, user_id, at):
            count += number
            library_runs.progress(run_id, count)
    except RunStopped as stop:
        raise RunStopped({"count": count, "at": at.isoformat()}) from stop
    return {"count": count, "at": at.isoformat()}


def carry_out_restoring(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``restore``: ``{count, renamed, there_again}`` with a few examples of each."""
    model, run_id, restored, done = run.model, run.id, Restored(), 0
    at = run.parameters["at"]
    ids = image_restore.trashed_ids(model, *_in_trash((), datetime.fromisoformat(at) if at else None))
    try:
        library_runs.progress(run_id, 0, len(ids))
        for step in image_restore.restoring(model, ids):
            restored.add(step)
            done = min(len(ids), done + moves.BATCH)
            library_runs.progress(run_id, done)
    except RunStopped as stop:
        raise RunStopped(restored_document(restored)) from stop
    return restored_document(restored)


def restored_document(restored: Restored) -> dict[str, Any]:
    """Counts, and a few examples."""
    return {
        "count": restored.count,
        "renamed": len(restored.renamed),
        "renamed_examples": restored.renamed[:EXAMPLES],
        "there_again": len(restored.there_again),
        "there_again_examples": restored.there_again[:EXAMPLES],
    }


def _asked_ids(run: LibraryRun, *also: ColumnElement[bool]) -> list[int]:
    query = msgspec.convert(run.parameters["query"], ImageQuery)
    # Photos that were added after the request are not included.
    there_then = Image.created_at <= run.created_at
    return list(db.session.scalars(select(Image.id).where(*query.where(run.model), there_then, *also)))


def _in_trash(ids: Sequence[int], at: datetime | None) -> list[ColumnElement[bool]]:
    if ids:
        return [TrashedImage.id.in_(ids)]
    return [TrashedImage.deleted_at == at] if at else []


def _are_many(column: Any, *chosen: ColumnElement[bool]) -> bool:
    return len(db.session.scalars(select(column).where(*chosen).limit(AT_ONCE + 1)).all()) > AT_ONCE
