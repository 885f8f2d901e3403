"""Which part, line or day each photo shows: read from its name, its folder or a table, for a split by part."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from flask_babel import gettext as _
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DataError, OperationalError

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.similar import name_patterns
from webapp.models import AuditAction, AuditKind, DetectionModel, Image

LONGEST = 255
MAX_TABLE = 20_000_000
"""Bytes of a table: some 300,000 lines."""
SHOWN = 30
DELIMITERS = ",;\t"

_FROM_NAMES = text("""
UPDATE image SET part = left(key, 255)
FROM (SELECT id, nullif(substring(filename FROM CAST(:pattern AS text)), '') AS key
    FROM image WHERE model_id = :model_id) AS named
WHERE image.id = named.id AND image.part IS DISTINCT FROM left(key, 255) RETURNING image.id
""")
_FROM_TABLE = text("""
UPDATE image SET part = given.part
FROM unnest(CAST(:names AS text[]), CAST(:parts AS text[])) AS given (filename, part)
WHERE model_id = :model_id AND image.filename = given.filename RETURNING image.id
""")


@dataclass(frozen=True)
class PartsSummary:
    """The parts of a model."""

    parts: int
    photos: int
    """Of which the part is known."""
    total: int
    with_folder: int
    """Photos that came in a folder whose name says something."""
    largest: list[tuple[str, int]]
    """Name and number of photos of the first ``SHOWN``, the largest first."""


def summary(model: DetectionModel) -> PartsSummary:
    """Of the photos as they are."""
    own = Image.model_id == model.id
    total, photos, parts, folders = db.session.execute(
        select(
            func.count(), func.count(Image.part), func.count(Image.part.distinct()), func.count(Image.folder)
        ).where(own)
    ).one()
    rows = db.session.execute(
        select(Image.part, func.count())
        .where(own, Image.part.is_not(None))
        .group_by(Image.part)
        .order_by(func.count().desc(), Image.part)
        .limit(SHOWN)
    )
    return PartsSummary(parts, photos, total, folders, [(part or "", count) for part, count in rows])


def from_names(model: DetectionModel, pattern: str) -> int:
    """Take what the first parentheses of a regular expression find in each name; returns the photos that changed.

    A name without it has no part then. Commits. Raises UserError beside the field ``pattern``.
    """
    name_patterns.limited(pattern)
    try:
        changed = db.session.scalars(_FROM_NAMES, {"pattern": pattern, "model_id": model.id}).all()
    except (DataError, OperationalError) as error:
        raise name_patterns.refusal(error) from error
    return _done(model, len(changed), "names")


def from_folders(model: DetectionModel) -> int:
    """Take the folder that each photo came in, where it is known; returns the photos that changed. Commits."""
    statement = (
        update(Image)
        .where(
            Image.model_id == model.id, Image.folder.is_not(None), Image.part.is_distinct_from(Image.folder)
        )
        .values(part=Image.folder)
        .returning(Image.id)
        .execution_options(synchronize_session=False)
    )
    return _done(model, len(db.session.scalars(statement).all()), "folders")


def from_table(model: DetectionModel, lines: Iterable[str]) -> tuple[int, int]:
    """Take a table with a photo's name and its part in each line, separated by comma, semicolon or tab.

    A head line is a line whose name is of no photo. Returns how many photos changed, and how many lines name none.
    Commits. Raises UserError beside the field ``table`` where no line names a photo.
    """
    given = dict(_pairs(lines))
    values = {"names": list(given), "parts": list(given.values()), "model_id": model.id}
    changed = db.session.scalars(_FROM_TABLE, values).all()
    if not changed:
        db.session.rollback()
        raise UserError(
            _("No line of this table names a photo of this model: each needs the file name, then the part."),
            code="table_without_photos",
            field="table",
            status=422,
        )
    return _done(model, len(changed), "table"), len(given) - len(changed)


def _pairs(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and part of each line that has both; folders before a name do not count."""
    rows = iter(lines)
    first = list(islice(rows, 1))
    delimiter = max(DELIMITERS, key=(first[0] if first else "").count)
    try:
        for row in csv.reader([*first, *rows], delimiter=delimiter):
            if len(row) >= 2 and row[0].strip() and row[1].strip():
                name = row[0].strip().lstrip("\ufeff").replace("\\", "/").rpartition("/")[2]
                yield name, row[1].strip()[:LONGEST]
    except csv.Error:  # what follows a line that cannot be read, is left out
        return


def clear(model: DetectionModel) -> int:
    """Forget all parts; returns the photos that changed. Commits."""
    statement = (
        update(Image)
        .where(Image.model_id == model.id, Image.part.is_not(None))
        .values(part=None)
        .returning(Image.id)
        .execution_options(synchronize_session=False)
    )
    return _done(model, len(db.session.scalars(statement).all()), "none")


def _done(model: DetectionModel, changed: int, source: str) -> int:
    if changed:
        after = {"part": source, "photos": changed}
        record(AuditAction.EDIT, kind=AuditKind.IMAGE, model_id=model.id, after=after)
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.commit()
    return changed
