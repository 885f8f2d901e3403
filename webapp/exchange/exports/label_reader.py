"""Reads the labelled photos of a model, one after the other, from one snapshot of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Text, cast, collate, func, select

from webapp.core.extensions import db
from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.masks.segmentation import Box, Segmentation
from webapp.models import Annotation, Category, Image, ImageFile, Split

PAGE = 200
"""Photos whose shapes are fetched with one query."""
ROWS = 1000
"""Shapes fetched together."""
_segmentation = msgspec.json.Decoder(Segmentation)
_bbox = msgspec.json.Decoder(Box)


@dataclass(frozen=True, slots=True)
class AnnotatedImage:
    """A photo with its labels and its stored file."""

    image: ExportImage
    shapes: list[ExportShape]
    suffix: str


@dataclass(frozen=True)
class LabelSnapshot:
    """Labelled photos of a model or of one split, at the time the snapshot was opened."""

    categories: list[str]
    """All categories of the model, or the used ones, in the order of the model."""
    photos: Iterator[AnnotatedImage]
    """In order of file name; the shapes of each in order of creation."""


@contextmanager
def snapshot(
    model_id: int, split: Split | None = None, unused_categories: bool = False
) -> Iterator[LabelSnapshot]:
    """A REPEATABLE READ snapshot; it keeps a database connection, so do not wait for clients inside.

    With ``unused_categories`` all categories of the model are included, so that files of its splits number them
    alike.
    """
    engine = db.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    conditions = [Image.model_id == model_id, Image.labelled]
    if split is not None:
        conditions.append(Image.split == split)
    with engine.connect() as connection:
        categories = select(Category.id, Category.name).where(Category.model_id == model_id)
        if not unused_categories:
            used = select(Annotation.category_id).join(Image).where(*conditions).distinct()
            categories = categories.where(Category.id.in_(used))
        rows = connection.execute(categories.order_by(Category.position, Category.id))
        names = {row.id: row.name for row in rows}
        yield LabelSnapshot(list(names.values()), _photos(connection, conditions, names))


def _photos(connection: Connection, conditions: list[Any], names: dict[int, str]) -> Iterator[AnnotatedImage]:
    rows = connection.execute(
        select(
            Image.id,
            Image.filename,
            Image.sha256,
            Image.split,
            Image.no_object,
            ImageFile.width,
            ImageFile.height,
            ImageFile.suffix,
            ImageFile.size,
        )
        .join(ImageFile)
        .where(*conditions)
        # Sorted as in Python, independent of the database's collation.
        .order_by(collate(Image.filename, "C"))
        .execution_options(yield_per=PAGE)
    )
    for page in rows.partitions():
        labelled = groupby(_shapes(connection, [row.id for row in page]), key=lambda row: row.image_id)
        image_id, shapes = next(labelled, (None, iter(())))
        for row in page:
            found = []
            if row.id == image_id:
                found = [_shape(shape, names) for shape in shapes]
                image_id, shapes = next(labelled, (None, iter(())))
            image = ExportImage(
                row.filename, row.width, row.height, row.sha256, row.split.value, row.no_object, row.size
            )
            yield AnnotatedImage(image, found, row.suffix)


def _shapes(connection: Connection, image_ids: list[int]) -> Iterator[Row[Any]]:
    """The shapes of these photos, in the given order of photos."""
    # JSON as text: msgspec parses it several times faster than the driver, and reads integers as floats.
    return iter(
        connection.execute(
            select(
                Annotation.image_id,
                Annotation.category_id,
                cast(Annotation.segmentation, Text).label("segmentation"),
                cast(Annotation.bbox, Text).label("bbox"),
                Annotation.area,
                Annotation.iscrowd,
                Annotation.is_box,
            )
            .where(Annotation.image_id == func.any(image_ids))
            .order_by(func.array_position(image_ids, Annotation.image_id), Annotation.id)
            .execution_options(yield_per=ROWS)
        )
    )


def _shape(row: Row[Any], names: dict[int, str]) -> ExportShape:
    return ExportShape(
        names[row.category_id],
        _segmentation.decode(row.segmentation),
        _bbox.decode(row.bbox),
        row.area,
        row.iscrowd,
        row.is_box,
    )
