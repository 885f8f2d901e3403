"""Moves photos to the trash, where they stay for 30 days; ``restore.py`` brings them back.

The row and annotations of a photo become one document in ``TrashedImage``, so that other queries see only
existing photos. Its file stays; dataset versions with the photo keep the file even after the purge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Integer,
    cast,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.orm import joinedload

from webapp.annotations import history as annotation_history
from webapp.audit.recording import record, touched
from webapp.core import queues
from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.images import moves
from webapp.models import (
    Annotation,
    AuditAction,
    AuditKind,
    Category,
    Comment,
    DetectionModel,
    Image,
    KeptLabel,
    TrashedImage,
    User,
)
from webapp.models.columns import now

KEPT = timedelta(days=30)
"""In the trash: photos, models and training runs alike."""
FREE_FILES_JOB = "jobs.tasks.files.free_unneeded_files"


@dataclass(frozen=True)
class Deletion:
    """One deletion; ``at`` is common to all its photos and identifies it."""

    count: int
    at: datetime


def delete_images(model: DetectionModel, chosen: ColumnElement[bool], user: User | None) -> Deletion:
    """Move the model's photos that match ``chosen`` (a condition on ``Image``) to the trash. Commits."""
    at = now()
    ids = db.session.scalars(select(Image.id).where(Image.model_id == model.id, chosen)).all()
    count = sum(deleting(model, ids, user.id if user else None, at))
    if count:
        record(AuditAction.DELETE, kind=AuditKind.IMAGE, model_id=model.id)
        db.session.commit()
    return Deletion(count, at)


def deleting(model: DetectionModel, ids: Sequence[int], user_id: int | None, at: datetime) -> Iterator[int]:
    """Move these photos to the trash in steps, each committed; yields the number of each step."""
    ordered = sorted(ids)
    for batch in batches(ordered, moves.BATCH):
        of_batch = (Image.model_id == model.id, Image.id.in_(batch))
        # Holds the rows first: labels that somebody is saving now are waited for, and go with their photo.
        held = db.session.scalars(
            select(Image.id).where(*of_batch).order_by(Image.id).with_for_update(of=Image)
        ).all()
        _delete_batch(list(held), user_id, at)
        touched(held)
        db.session.commit()
        db.session.expire_all()
        yield len(held)


def _delete_batch(ids: list[int], user_id: int | None, at: datetime) -> None:
    photos = select(
        Image.model_id,
        Image.sha256,
        Image.filename,
        Image.split,
        _document(),
        literal(user_id, TrashedImage.deleted_by_id.type),
        literal(at, TrashedImage.deleted_at.type),
    ).where(Image.id.in_(ids))
    columns = ["model_id", "sha256", "filename", "split", "document", "deleted_by_id", "deleted_at"]
    db.session.execute(insert(TrashedImage).from_select(columns, photos.order_by(Image.id)))
    db.session.execute(delete(Image).where(Image.id.in_(ids)).execution_options(synchronize_session=False))


def list_trashed(
    model: DetectionModel, after: tuple[datetime, int] | None = None, limit: int = 60
) -> list[TrashedImage]:
    """A page of the trash, the last deleted first; ``after`` is the (deleted_at, id) of the last row seen."""
    statement = (
        select(TrashedImage).options(joinedload(TrashedImage.file)).where(TrashedImage.model_id == model.id)
    )
    position = tuple_(TrashedImage.deleted_at, TrashedImage.id)
    if after is not None:
        statement = statement.where(position < tuple_(*map(literal, after)))
    newest = (TrashedImage.deleted_at.desc(), TrashedImage.id.desc())
    return list(db.session.scalars(statement.order_by(*newest).limit(limit)))


def deleted_by(photos: Sequence[TrashedImage]) -> dict[int, User]:
    """Who deleted these photos, by id."""
    ids = {photo.deleted_by_id for photo in photos}
    return {user.id: user for user in db.session.scalars(select(User).where(User.id.in_(ids)))}


def delete_for_good(model: DetectionModel, chosen: ColumnElement[bool]) -> int:
    """Permanently delete photos of the trash that match ``chosen``; returns their number. Commits.

    ``chosen`` is a condition on ``TrashedImage``.
    """
    count = _remove(TrashedImage.model_id == model.id, chosen, model_id=model.id)
    if count:
        queues.enqueue(queues.IO, FREE_FILES_JOB)
    return count


def purge(older_than: timedelta = KEPT) -> int:
    """Permanently delete photos that have been in the trash of any model for longer than that. Commits."""
    return _remove(TrashedImage.deleted_at < now() - older_than, model_id=None)


def _remove(*conditions: ColumnElement[bool], model_id: int | None) -> int:
    gone = select(cast(TrashedImage.document["image"]["id"].astext, Integer)).where(*conditions)
    annotation_history.forget(gone)
    for table in (Comment, KeptLabel):
        db.session.execute(
            delete(table).where(table.image_id.in_(gone)).execution_options(synchronize_session=False)
        )
    result = db.session.execute(
        delete(TrashedImage).where(*conditions).execution_options(synchronize_session=False)
    )
    count = int(result.rowcount)  # type: ignore[attr-defined]
    if count:
        record(AuditAction.PURGE, kind=AuditKind.IMAGE, model_id=model_id, number=count)
    db.session.commit()
    return count


def _document() -> ColumnElement[object]:
    """``{image: its row, annotations: [row], categories: [{id, name}]}``."""
    of_photo = Annotation.image_id == Image.id
    annotations = select(func.jsonb_agg(func.to_jsonb(literal_column("annotation")))).where(of_photo)
    categories = select(
        func.jsonb_agg(func.jsonb_build_object("id", Category.id, "name", Category.name))
    ).where(Category.id.in_(select(Annotation.category_id).where(of_photo).correlate(Image)))
    nothing = cast([], TrashedImage.document.type)
    return func.jsonb_build_object(
        "image",
        func.to_jsonb(literal_column("image")),
        "annotations",
        func.coalesce(annotations.correlate(Image).scalar_subquery(), nothing),
        "categories",
        func.coalesce(categories.correlate(Image).scalar_subquery(), nothing),
    )
