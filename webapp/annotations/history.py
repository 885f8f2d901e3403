"""The history of photos' labels: earlier versions, who made each and how.

Functions that write run in the caller's transaction, which has locked the photos' rows (``store.lock``).
"""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, text
from sqlalchemy.orm import undefer

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import Image, LabelSource, LabelVersion, User
from webapp.models.columns import now

KEPT = 100
"""Most versions of a photo; older ones are deleted."""
SITTING = timedelta(minutes=5)
"""Saves of one user within this time are merged into one version, unless shapes were deleted."""

# Complete rows of `annotation`, so that a restored version is identical to the last digit.
_ROWS_OF_PHOTO = """
SELECT coalesce(jsonb_agg(to_jsonb(annotation) || jsonb_build_object('category', category.name)
    ORDER BY annotation.id), '[]')
FROM annotation JOIN category ON category.id = annotation.category_id WHERE annotation.image_id = image.id
"""
# Labels older than the history get an entry of their own; photos without labels get none.
_KEEP_PRESENT = text(f"""
INSERT INTO label_version (model_id, image_id, version, source, created_at, saved_at, shapes, no_object, document)
SELECT image.model_id, image.id, image.annotations_version, 'earlier', :now, :now,
    jsonb_array_length(present.rows), image.no_object, present.rows
FROM image CROSS JOIN LATERAL ({_ROWS_OF_PHOTO}) AS present(rows)
WHERE image.id = ANY(:ids) AND (image.labelled OR EXISTS (
    SELECT 1 FROM label_version WHERE image_id = image.id AND version = image.annotations_version))
ON CONFLICT (image_id, version) DO UPDATE SET document = EXCLUDED.document
""")  # noqa: S608 (no value is put in)
_ADD_PRESENT = text("""
INSERT INTO label_version (model_id, image_id, version, source, user_id, created_at, saved_at, shapes, no_object)
SELECT model_id, id, annotations_version, :source, :user_id, :now, :now,
    (SELECT count(*) FROM annotation WHERE image_id = image.id), no_object
FROM image WHERE id = ANY(:ids)
""")
_PRUNE = text("""
DELETE FROM label_version USING image
WHERE image.id = ANY(:ids) AND label_version.image_id = image.id AND label_version.id <= (
    SELECT older.id FROM label_version AS older WHERE older.image_id = image.id
    ORDER BY older.version DESC OFFSET :kept LIMIT 1)
""")


def keep_present(image_ids: list[int]) -> None:
    """Store the current labels as documents of their versions, before they are replaced."""
    db.session.execute(_KEEP_PRESENT, {"ids": image_ids, "now": now()})


def add_present(image_ids: list[int], source: LabelSource, user: User | None) -> None:
    """Add a version for the labels that were just written."""
    values = {"ids": image_ids, "source": source.value, "user_id": user.id if user else None, "now": now()}
    db.session.execute(_ADD_PRESENT, values)
    db.session.execute(_PRUNE, {"ids": image_ids, "kept": KEPT})


def continues_sitting(
    image_id: int, version: int, shapes: int, source: LabelSource, user: User | None
) -> LabelVersion | None:
    """The version that a save of ``shapes`` shapes is merged into; None if it becomes a new version.

    A save with fewer shapes always becomes a new version, so that deleted shapes can be restored.
    """
    if source is not LabelSource.EDITOR or user is None:
        return None
    return db.session.scalars(
        select(LabelVersion)
        .where(
            LabelVersion.image_id == image_id,
            LabelVersion.version == version,
            LabelVersion.source == source,
            LabelVersion.user_id == user.id,
            LabelVersion.created_at > now() - SITTING,
            LabelVersion.shapes <= shapes,
        )
        .with_for_update(of=LabelVersion)
    ).one_or_none()


def versions_of(image: Image) -> list[LabelVersion]:
    """The newest first, at most ``KEPT``; without their documents."""
    return list(
        db.session.scalars(
            select(LabelVersion)
            .where(LabelVersion.image_id == image.id)
            .order_by(LabelVersion.version.desc())
            .limit(KEPT)
        )
    )


def version_of(image: Image, version: int) -> LabelVersion:
    """An earlier version with its document. Raises UserError (404) if it is not stored or is the current one."""
    found = db.session.scalars(
        select(LabelVersion)
        .where(LabelVersion.image_id == image.id, LabelVersion.version == version)
        .options(undefer(LabelVersion.document))
    ).one_or_none()
    if found is None or found.document is None:
        raise UserError(
            _("This earlier state is not kept any more: open the history again."),
            code="version_not_kept",
            status=404,
        )
    return found


def forget(image_ids: Any) -> None:
    """Delete the history of purged photos; ``image_ids`` is a list or a SELECT. The caller commits."""
    db.session.execute(
        delete(LabelVersion)
        .where(LabelVersion.image_id.in_(image_ids))
        .execution_options(synchronize_session=False)
    )
