"""Copies a model for the next product: settings and categories at once, photos with their labels by a run.

Photos are copied by ``INSERT … SELECT`` in one transaction: after a stop or failure the copy has no photos.
Files are stored once by content, so none is copied. Runs and weights stay with the original.
"""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, literal, select, text

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import moves
from webapp.models import (
    Annotation,
    AuditAction,
    Category,
    DetectionModel,
    Image,
    ImageCount,
    LibraryKind,
    LibraryRun,
    User,
)
from webapp.projects import detection_models, members
from webapp.runs import library_runs


def copy_model(
    source: DetectionModel, name: str, with_photos: bool, user: User | None
) -> tuple[DetectionModel, LibraryRun | None]:
    """Make the copy and, with ``with_photos``, start the run that copies the photos. Commits.

    Raises UserError beside the field ``name`` as ``create_model`` does.
    """
    detection_models.lock(source)
    model = DetectionModel(
        name=detection_models.checked_name(name),
        description=source.description,
        picture_sha256=source.picture_sha256,
        training_defaults=source.training_defaults,
        bit_depth=source.bit_depth,
        value_range=source.value_range,
        proposed_range=source.proposed_range,
        suppress_mask_iou=source.suppress_mask_iou,
        suppress_across_categories=source.suppress_across_categories,
        thresholds=source.thresholds,
        closed=source.closed,
        review_by_others=source.review_by_others,
        groups_off=source.groups_off,
        group_name_pattern=source.group_name_pattern,
        created_by_id=user.id if user else None,
    )
    db.session.add(model)
    record(AuditAction.COPY, model, after={"source": source.name, "source_id": source.id})
    detection_models.flush_name()
    members.copy(source, model)
    names = Category.name, Category.color, Category.position
    of_source = select(literal(model.id), *names).where(Category.model_id == source.id).order_by(Category.id)
    db.session.execute(insert(Category).from_select(["model_id", "name", "color", "position"], of_source))
    if not with_photos:
        db.session.commit()
        return model, None
    # The run is created in the same transaction as the copy, and prevents that the original is deleted.
    return model, library_runs.start(model, LibraryKind.COPY, {"source_id": source.id}, user)


def copy_again(model: DetectionModel, user: User) -> LibraryRun:
    """Restart the copying of photos after a stop or failure. Commits.

    Raises UserError: 404 if the original was deleted or is not there for this person, 409 if there is nothing to
    restart.
    """
    run = detection_models.summary(model).copy_run
    if run is None or not run.status.is_over:
        raise UserError(
            _("The photos of this model are being copied or are there already."), code="no_copy", status=409
        )
    source = detection_models.open_model(run.parameters["source_id"], user)
    detection_models.lock(source)
    return library_runs.start(model, LibraryKind.COPY, {"source_id": source.id}, user)


def copy_images(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``copy``: copy the photos of ``source_id`` into the run's model.

    Returns ``{"source": its name, "photos": n, "there_already": n}``; the latter were added to the copy in the
    meantime. Raises UserError if the original does not exist.
    """
    source = db.session.get(DetectionModel, run.parameters["source_id"])
    if source is None or source.deleted_at is not None:
        raise UserError(_("The model that was to be copied is not there any more."), code="not_found")
    result = {"source": source.name, "photos": 0, "there_already": 0}
    run_id, ids = run.id, {"source": source.id, "target": run.model_id}
    counts = select(ImageCount.count).where(ImageCount.model_id == source.id)
    total, seen, last = sum(db.session.scalars(counts)), 0, 0
    try:
        while True:
            library_runs.progress(run_id, min(seen, total), total)
            batch = db.session.execute(_STATEMENT, ids | {"last": last, "limit": moves.BATCH}).one()
            if not batch.seen:
                return result
            last, seen = batch.last, seen + batch.seen
            result["photos"] += batch.copied
            result["there_already"] += batch.seen - batch.copied
    except BaseException:
        db.session.rollback()
        raise


def _columns(table: Any, *but: str) -> list[str]:
    return [c.name for c in table.__table__.columns if c.computed is None and c.name not in ("id", *but)]


def _statement() -> str:
    photo = _columns(Image, "model_id", "category_ids")
    label = _columns(Annotation, "image_id", "category_id")
    # One statement has one snapshot: labels that are saved at the same time are copied completely or not at all.
    return f"""
WITH source AS MATERIALIZED (
    SELECT * FROM image WHERE model_id = :source AND id > :last ORDER BY id LIMIT :limit
), added AS (
    INSERT INTO category (model_id, name, color, position)
    SELECT :target, name, color, position FROM category AS old WHERE model_id = :source AND NOT EXISTS (
        SELECT 1 FROM category WHERE model_id = :target AND name = old.name)
    ON CONFLICT (model_id, name) DO UPDATE SET name = EXCLUDED.name
    RETURNING id, name
), pair AS MATERIALIZED (
    SELECT old.id AS old_id, new.id AS new_id
    FROM category AS old
    JOIN (SELECT id, name FROM category WHERE model_id = :target UNION ALL SELECT id, name FROM added) AS new
        ON new.name = old.name
    WHERE old.model_id = :source
), copied AS (
    INSERT INTO image (model_id, category_ids, {", ".join(photo)})
    SELECT :target, ARRAY(SELECT new_id FROM pair WHERE old_id = ANY(source.category_ids) ORDER BY new_id),
        {", ".join(photo)}
    FROM source ORDER BY source.id
    ON CONFLICT DO NOTHING
    RETURNING id, sha256
), labelled AS (
    INSERT INTO annotation (image_id, category_id, {", ".join(label)})
    SELECT copied.id, pair.new_id, {", ".join(f"annotation.{name}" for name in label)}
    FROM copied
    JOIN source ON source.sha256 = copied.sha256
    JOIN annotation ON annotation.image_id = source.id
    JOIN pair ON pair.old_id = annotation.category_id
    ORDER BY annotation.id
)
SELECT (SELECT count(*) FROM source) AS seen, (SELECT count(*) FROM copied) AS copied,
    (SELECT max(id) FROM source) AS last
"""  # noqa: S608 (only the names of our own columns are put in)


_STATEMENT = text(_statement())
