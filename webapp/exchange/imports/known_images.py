"""Looks up existing photos for an import: by hash, id and name."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.formats.annotations.orientation import UPRIGHT
from webapp.models import Image, ImageFile, Split

AT_ONCE = 10_000
"""Values in one condition of a query."""


@dataclass(slots=True)
class KnownImage:
    """A photo that the model has."""

    id: int
    filename: str
    split: Split
    labelled: bool
    width: int
    height: int
    size: int
    """Bytes of the stored file."""
    orientation: int
    """EXIF's, 1 to 8; 1 also where it is not known."""


def by_hash(model_id: int, hashes: list[str]) -> dict[str, KnownImage]:
    """Photos of the model with these SHA-256."""
    found: dict[str, KnownImage] = {}
    for some in batches(hashes, AT_ONCE):
        rows = db.session.execute(
            _known().add_columns(Image.sha256).where(Image.model_id == model_id, Image.sha256.in_(some))
        )
        found |= {row.sha256: KnownImage(*row[:-1]) for row in rows}
    return found


def by_id(ids: list[int]) -> dict[int, KnownImage]:
    """Photos by id, of any model."""
    found: dict[int, KnownImage] = {}
    for some in batches(ids, AT_ONCE):
        rows = db.session.execute(_known().where(Image.id.in_(some)))
        found |= {row.id: KnownImage(*row) for row in rows}
    return found


def sha256_of(image_id: int) -> str | None:
    """The hash of a photo; None if it is gone."""
    return db.session.scalar(select(Image.sha256).where(Image.id == image_id))


def _known():  # type: ignore[no-untyped-def]
    return select(
        Image.id,
        Image.filename,
        Image.split,
        Image.labelled,
        ImageFile.width,
        ImageFile.height,
        ImageFile.size,
        func.coalesce(ImageFile.orientation, UPRIGHT),
    ).join(ImageFile, ImageFile.sha256 == Image.sha256)


def ids_by_name(model_id: int) -> dict[str, int]:
    """Ids of all photos of the model by name."""
    rows = db.session.execute(select(Image.filename, Image.id).where(Image.model_id == model_id))
    return {row.filename: row.id for row in rows}


def sizes(model_id: int) -> list[tuple[str, int, int, str]]:
    """Name, width, height (pixels) and SHA-256 of all photos of the model."""
    rows = db.session.execute(
        select(Image.filename, ImageFile.width, ImageFile.height, Image.sha256)
        .join(ImageFile, ImageFile.sha256 == Image.sha256)
        .where(Image.model_id == model_id)
    )
    return [(row.filename, row.width, row.height, row.sha256) for row in rows]


def taken_names(model_id: int, names: Iterable[str]) -> set[str]:
    """Those of ``names`` that the model's photos use."""
    wanted = list(dict.fromkeys(names))
    taken: set[str] = set()
    for some in batches(wanted, AT_ONCE):
        taken |= set(
            db.session.scalars(
                select(Image.filename).where(Image.model_id == model_id, Image.filename.in_(some))
            )
        )
    return taken
