"""Renames, recolours, merges and deletes categories. No shape is lost by any of these."""

import re

from flask_babel import gettext as _
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from webapp.annotations import categories
from webapp.audit.objects import values_of
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import Annotation, AuditAction, Category, DetectionModel, Image, ImageCategory


def change(category: Category, name: str, color: str) -> None:
    """Rename and recolour; the labels stay. Commits. Raises UserError beside ``name`` or ``color``."""
    name = categories.checked_name(name)
    color = color.strip().lower()
    if not re.fullmatch("#[0-9a-f]{6}", color):
        raise UserError(_("Choose a colour."), code="color_invalid", field="color")
    category.color = color
    if name != category.name:
        model = db.session.get_one(DetectionModel, category.model_id)
        categories.refuse_double(model, name, but=category)
        if category.name in model.thresholds:
            # Under both names: weights that exist keep the earlier one, those of the next training have the new one.
            model.thresholds = model.thresholds | {name: model.thresholds[category.name]}
        category.name = name
        record(AuditAction.EDIT, category)
        # The REST API returns names, so its ETags must change.
        db.session.flush()
        _count_version(_hold_photos(category))
    else:
        record(AuditAction.EDIT, category)
    categories.commit_name()


def merge(source: Category, target: Category) -> int:
    """Move all shapes of ``source`` to ``target`` and delete ``source``; returns their number. Commits.

    Raises UserError (422) where both are the same or of two models.
    """
    if source.id == target.id or source.model_id != target.model_id:
        raise UserError(_("Choose another category of this model."), code="category_invalid", field="into")
    ids = source.id, target.id
    for last_try in (False, False, True):
        try:
            return _merge(*ids)
        except IntegrityError:
            # A label of the category was saved in the meantime: the next attempt includes it.
            db.session.rollback()
            if last_try:
                raise
    raise AssertionError("the loop returns or raises")


def delete(category: Category) -> None:
    """Delete an unused category. Commits. Raises UserError (409) if shapes have it."""
    sentence = _("Shapes have this category: merge it into another one instead.")
    refusal = UserError(sentence, code="category_used", status=409, field="into")
    if categories.usage(category.model_id).get(category.id):
        raise refusal
    try:
        record(AuditAction.DELETE, category, before=values_of(category))
        db.session.delete(category)
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise refusal from error


def _hold_photos(category: Category) -> list[int]:
    """Lock the photos that show it, in order of id, before the category's row, as every writer of labels does."""
    shown = select(ImageCategory.image_id).where(ImageCategory.category_id == category.id)
    return list(
        db.session.scalars(
            select(Image.id).where(Image.id.in_(shown)).order_by(Image.id).with_for_update(of=Image)
        )
    )


def _merge(source_id: int, target_id: int) -> int:
    source = db.session.get(Category, source_id)
    target = db.session.get(Category, target_id)
    if source is None or target is None:
        raise categories.no_such_category()
    photos = _hold_photos(source)
    moved = db.session.execute(
        update(Annotation)
        .where(Annotation.category_id == source_id)
        .values(category_id=target_id)
        .execution_options(synchronize_session=False)
    )
    _count_version(photos)
    into = {"into": target.name, "into_id": target.id}
    record(AuditAction.MERGE, source, number=int(moved.rowcount), after=into)  # type: ignore[attr-defined]
    db.session.delete(source)
    db.session.commit()
    return int(moved.rowcount)  # type: ignore[attr-defined]


_COUNT_VERSION = text("""
WITH counted AS (
    UPDATE image SET annotations_version = annotations_version + 1,
        category_ids = ARRAY(
            SELECT DISTINCT category_id FROM annotation WHERE image_id = image.id ORDER BY category_id)
    WHERE id = ANY(:ids) RETURNING id, annotations_version
)
UPDATE label_version SET version = counted.annotations_version
FROM counted WHERE image_id = counted.id AND version = counted.annotations_version - 1
""")


def _count_version(photo_ids: list[int]) -> None:
    """Increase the version of these photos' labels without a new entry in their history: no shape changed."""
    db.session.execute(_COUNT_VERSION, {"ids": photo_ids})
