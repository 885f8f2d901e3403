"""Restores photos from the trash, with their ids, labels and marks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    cast,
    column,
    delete,
    exists,
    false,
    func,
    insert,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import IntegrityError

from webapp.annotations import categories
from webapp.audit.recording import record, touched
from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.images import moves
from webapp.images.names import free_name
from webapp.models import Annotation, AuditAction, AuditKind, Category, DetectionModel, Image, TrashedImage


@dataclass
class Restored:
    """The result of a restore."""

    count: int = 0
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """Old and new name of photos whose name is used by another photo now."""
    there_again: list[str] = field(default_factory=list)
    """Names of photos that stay in the trash: the same photo was added again."""

    def add(self, step: "Restored") -> None:
        """Add the result of a step."""
        self.count += step.count
        self.renamed += step.renamed
        self.there_again += step.there_again


def restore(model: DetectionModel, *chosen: ColumnElement[bool]) -> Restored:
    """Restore the photos that match ``chosen`` (conditions on ``TrashedImage``). Commits."""
    result = Restored()
    for step in restoring(model, trashed_ids(model, *chosen)):
        result.add(step)
    if result.count:
        record(AuditAction.RESTORE, kind=AuditKind.IMAGE, model_id=model.id)
        db.session.commit()
    return result


def trashed_ids(model: DetectionModel, *chosen: ColumnElement[bool]) -> list[int]:
    """Ids of rows in the trash, the last deleted first."""
    newest = (TrashedImage.deleted_at.desc(), TrashedImage.id)
    return list(
        db.session.scalars(
            select(TrashedImage.id).where(TrashedImage.model_id == model.id, *chosen).order_by(*newest)
        )
    )


def restoring(model: DetectionModel, ids: Sequence[int]) -> Iterator[Restored]:
    """Bring these back in steps, each committed. Of the same photo twice the first one comes back."""
    for batch in batches(list(ids), moves.BATCH):
        try:
            yield _restore_batch(model, batch)
        except IntegrityError:
            # A photo of the same name or content was added in the meantime: try again.
            db.session.rollback()
            yield _restore_batch(model, batch)


def _restore_batch(model: DetectionModel, ids: list[int]) -> Restored:
    result = Restored()
    rows = db.session.execute(
        select(TrashedImage.id, TrashedImage.sha256, TrashedImage.filename)
        .where(TrashedImage.model_id == model.id, TrashedImage.id.in_(ids))
        .order_by(TrashedImage.deleted_at.desc(), TrashedImage.id)
        .with_for_update()
    ).all()
    free = _without_those_there(model, rows, result)
    restored = _insert_photos(free)
    _insert_labels(model, free)
    db.session.execute(
        delete(TrashedImage).where(TrashedImage.id.in_(free)).execution_options(synchronize_session=False)
    )
    db.session.commit()
    result.count = len(free)
    touched(restored)
    return result


def _without_those_there(model: DetectionModel, rows: Any, result: Restored) -> list[int]:
    """The rows that can be restored, each with a free name."""
    hashes = _taken(model, Image.sha256, [row.sha256 for row in rows])
    names = _taken(model, Image.filename, [row.filename for row in rows])
    ids: list[int] = []
    for trashed_id, sha256, filename in rows:
        if sha256 in hashes:
            result.there_again.append(filename)
            continue
        free = filename
        if filename in names:
            free = free_name(model.id, filename, names)
            _rename(trashed_id, free)
            result.renamed.append((filename, free))
        hashes.add(sha256)
        names.add(free)
        ids.append(trashed_id)
    return ids


def _taken(model: DetectionModel, what: Any, values: list[str]) -> set[str]:
    return set(db.session.scalars(select(what).where(Image.model_id == model.id, what.in_(values))))


def _rename(trashed_id: int, name: str) -> None:
    path = cast(["image", "filename"], ARRAY(Text))
    changed = func.jsonb_set(TrashedImage.document, path, func.to_jsonb(cast(name, Text)))
    db.session.execute(
        update(TrashedImage)
        .where(TrashedImage.id == trashed_id)
        .values(document=changed)
        .execution_options(synchronize_session=False)
    )


def _insert_photos(ids: list[int]) -> list[int]:
    """Their ids, which they had before."""
    photo = _rows_of(Image, func.jsonb_populate_record, "image")
    statement = insert(Image).from_select(
        [column.name for column in photo.c],
        select(*photo.c)
        .select_from(TrashedImage)
        .join(photo, true())
        .where(TrashedImage.id.in_(ids))
        .order_by(TrashedImage.id),
    )
    return list(db.session.scalars(statement.returning(Image.id)))


def _insert_labels(model: DetectionModel, ids: list[int]) -> None:
    replaced = _lost_categories(model, ids)
    label = _rows_of(Annotation, func.jsonb_populate_recordset, "annotations")
    columns = dict(label.c)
    old = label.c.category_id
    new = cast(replaced, JSONB)[cast(old, Text)].astext.cast(Integer)
    columns["category_id"] = func.coalesce(new, old)
    # Documents older than the column do not have it.
    columns["suggested"] = func.coalesce(label.c.suggested, false())
    db.session.execute(
        insert(Annotation).from_select(
            list(columns),
            select(*columns.values())
            .select_from(TrashedImage)
            .join(label, true())
            .where(TrashedImage.id.in_(ids))
            .order_by(label.c.id),
        )
    )
    if replaced:
        used = select(func.array_agg(Annotation.category_id.distinct())).where(
            Annotation.image_id == Image.id
        )
        db.session.execute(
            update(Image)
            .where(Image.model_id == model.id, Image.category_ids.overlap([int(old) for old in replaced]))
            .values(category_ids=used.scalar_subquery())
            .execution_options(synchronize_session=False)
        )


def _lost_categories(model: DetectionModel, ids: list[int]) -> dict[str, int]:
    """For each category that was deleted in the meantime, the one with its name, created again if needed."""
    kept = func.jsonb_array_elements(TrashedImage.document["categories"]).table_valued("value").lateral()
    category = kept.c.value.op("->>")
    number = cast(category("id"), Integer)
    rows = db.session.execute(
        select(number, category("name"))
        .select_from(TrashedImage)
        .join(kept, true())
        .where(TrashedImage.id.in_(ids), ~exists().where(Category.id == number))
        .distinct()
    ).all()
    made = categories.ensure(model, sorted({name for _old, name in rows}))
    return {str(old): made[name] for old, name in rows}


def _rows_of(table: Any, read: Any, part: str) -> Any:
    """The rows of ``table`` in this part of the document, as a table function to join with the trash."""
    columns = [column(c.name, c.type) for c in table.__table__.columns if c.computed is None]
    row_type: ColumnElement[Any] = literal_column(f"NULL::{table.__tablename__}")
    return read(row_type, TrashedImage.document[part]).table_valued(*columns).lateral(f"kept_{part}")
