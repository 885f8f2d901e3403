"""Writes annotations: locks the photos' rows, increases their version and keeps the history.

``replace`` is for one photo that somebody edited (editor, REST API, VIA), ``write`` for many at once (imports,
suggestions). No other module adds, changes or deletes annotations of an existing photo.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from flask_babel import gettext as _
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from webapp.annotations import categories, history
from webapp.annotations.shape_checks import Mended, NewShape, all_checked, invalid_shape, repaired
from webapp.audit.recording import record
from webapp.core.batches import batches
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.models import Annotation, AuditAction, DetectionModel, Image, LabelSource, LabelVersion, User
from webapp.models.columns import now

MAX_SHAPES = 10_000
ROWS = 5_000
"""Rows in one INSERT."""


@dataclass(frozen=True)
class ImageAnnotations:
    """The new annotations of a photo: checked shapes, or the mark ``no_object``."""

    image_id: int
    shapes: Sequence[ParsedShape]
    no_object: bool = False
    keep_existing: bool = False
    """Add the shapes to the existing ones instead of replacing them."""


def replace(
    image: Image,
    shapes: list[NewShape],
    no_object: bool,
    expected_version: int,
    *,
    source: LabelSource,
    user: User | None,
    mend: bool = False,
) -> list[Mended]:
    """Replace the photo's annotations by these shapes, if their version is ``expected_version``. Commits.

    With ``mend`` outlines that cross themselves or leave the photo are mended and shapes without an area are
    dropped; returns what was changed. Otherwise they are refused. Raises UserError: 422 with the path of the
    fault as ``field``, 412 for another version.
    """
    changes: list[Mended] = []
    if mend:
        shapes, changes = repaired(shapes, lambda: _polygons_of(image), image.width, image.height)
    if shapes and no_object:
        raise invalid_shape(_("A photo with shapes cannot be marked as showing no object."), "no_object")
    parsed = all_checked(shapes, lambda: _polygons_of(image), image.width, image.height)
    keep(image, parsed, no_object, expected_version, source=source, user=user)
    return changes


def _polygons_of(image: Image) -> set[tuple[float, ...]]:
    rows = db.session.scalars(select(Annotation.segmentation).where(Annotation.image_id == image.id))
    return {tuple(map(float, flat)) for row in rows if isinstance(row, list) for flat in row}


def keep(
    image: Image,
    shapes: Sequence[ParsedShape],
    no_object: bool,
    expected_version: int,
    *,
    source: LabelSource,
    user: User | None,
) -> None:
    """As ``replace``, for shapes that were already checked. Commits; raises UserError (412)."""
    model = db.session.get_one(DetectionModel, image.model_id)
    labels = ImageAnnotations(image.id, shapes, no_object)
    for last_try in (False, True):
        try:
            if lock([image.id]) != {image.id: expected_version}:
                db.session.rollback()
                raise saved_by_someone_else()
            sitting = history.continues_sitting(image.id, expected_version, len(shapes), source, user)
            write(model, [labels], source=source, user=user, sitting=sitting)
            if sitting is None:
                record_labels(image, expected_version, shapes, no_object, source)
            db.session.commit()
            break
        except IntegrityError:
            # Another request added the same category in the meantime: the second attempt finds it.
            db.session.rollback()
            if last_try:
                raise
    db.session.refresh(image)


def record_labels(
    image: Image, version: int, shapes: Sequence[ParsedShape], no_object: bool, source: LabelSource
) -> None:
    """Note it for the audit: once a sitting. The labels themselves are in the history."""
    after = {"version": version + 1, "shapes": len(shapes), "no_object": no_object, "source": source}
    record(AuditAction.LABEL, image, before={"version": version}, after=after)


def lock(image_ids: list[int]) -> dict[int, int]:
    """Lock the photos' rows until the caller commits; returns the versions of their labels by id."""
    rows = db.session.execute(
        select(Image.id, Image.annotations_version)
        .where(Image.id.in_(image_ids))
        .order_by(Image.id)
        .with_for_update(of=Image)
    )
    return {row.id: row.annotations_version for row in rows}


def write(
    model: DetectionModel,
    labels: Sequence[ImageAnnotations],
    *,
    source: LabelSource,
    user: User | None,
    sitting: LabelVersion | None = None,
) -> None:
    """Write the labels of many photos of a model, with few statements for all together; the caller commits.

    The shapes must fit their photo (``shape_checks``, ``formats.annotations.fitting``), and each photo may
    occur once. Deleted photos are skipped. Pass at most some thousand photos at a time, for the memory's sake.
    With ``sitting`` that history entry is updated instead of adding a new one.
    """
    there = lock([photo.image_id for photo in labels])
    labels = [photo for photo in labels if photo.image_id in there]
    ids = list(there)
    names = dict.fromkeys(shape.category for photo in labels for shape in photo.shapes)
    by_name = categories.ensure(model, list(names))
    if sitting is None:
        history.keep_present(ids)
    replaced = [photo.image_id for photo in labels if not photo.keep_existing]
    db.session.execute(
        delete(Annotation)
        .where(Annotation.image_id.in_(replaced))
        .execution_options(synchronize_session=False)
    )
    _insert(labels, by_name)
    marks = [{"id": photo.image_id, "no_object": photo.no_object} for photo in labels]
    refresh_images(marks)
    if sitting is None:
        history.add_present(ids, source, user)
    else:
        [version] = there.values()
        sitting.version, sitting.saved_at = version + 1, now()
        sitting.shapes, sitting.no_object = len(labels[0].shapes), labels[0].no_object
        db.session.flush()


_INSERT = text("""
INSERT INTO annotation
    (image_id, category_id, segmentation, bbox, area, iscrowd, is_box, suggested, created_at)
SELECT image_id, category_id, segmentation, bbox, area, iscrowd, is_box, suggested, :now
FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS (
    image_id integer, category_id integer, segmentation jsonb, bbox jsonb, area double precision,
    iscrowd boolean, is_box boolean, suggested boolean
)) WITH ORDINALITY ORDER BY ordinality
""")
_REFRESH = text("""
UPDATE image SET
    annotations_version = annotations_version + 1,
    no_object = mark.no_object AND cardinality(used.ids) = 0,
    labelled = mark.no_object OR cardinality(used.ids) > 0,
    category_ids = used.ids,
    review = CASE WHEN review = 'reviewed' THEN 'open' ELSE review END
FROM jsonb_to_recordset(CAST(:marks AS jsonb)) AS mark(id integer, no_object boolean)
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT DISTINCT category_id FROM annotation WHERE image_id = mark.id ORDER BY category_id) AS ids) AS used
WHERE image.id = mark.id
""")


def _insert(labels: Sequence[ImageAnnotations], by_name: dict[str, int]) -> None:
    rows = [
        {
            "image_id": photo.image_id,
            "category_id": by_name[shape.category],
            "segmentation": shape.segmentation,
            "bbox": shape.bbox,
            "area": shape.area,
            "iscrowd": shape.iscrowd,
            "is_box": shape.is_box,
            "suggested": shape.suggested,
        }
        for photo in labels
        for shape in photo.shapes
    ]
    for batch in batches(rows, ROWS):
        db.session.execute(_INSERT, {"rows": msgspec.json.encode(batch).decode(), "now": now()})


def refresh_images(marks: Sequence[Mapping[str, object]]) -> None:
    """Update the columns of ``image`` that depend on its annotations: ``{"id": …, "no_object": …}`` each.

    The version is increased. Reviewed photos become ``open`` again; rejected ones stay rejected until a user
    marks them as corrected.
    """
    db.session.execute(_REFRESH, {"marks": msgspec.json.encode(marks).decode()})


def saved_by_someone_else() -> UserError:
    """The error (412) for a change of an outdated version."""
    return UserError(
        _(
            "Somebody else saved the labels of this photo in the meantime: get them again and repeat your change."
        ),
        code="annotations_changed",
        status=412,
    )
