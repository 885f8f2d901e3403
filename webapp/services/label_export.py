"""The labels of a model as one COCO file, in the same form as training freezes them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import Annotation, DetectionModel, Image, Split
from webapp.services.dataset_versions import document_of

CHUNK_BYTES = 64 * 1024


def coco_document(model: DetectionModel, split: Split | None = None) -> dict[str, Any]:
    """The labelled photos of the model, or of one split, with their labels."""
    of_model = [Image.model_id == model.id, Image.labelled]
    if split is not None:
        of_model.append(Image.split == split)
    images = list(db.session.scalars(select(Image).where(*of_model).order_by(Image.id)))
    annotations = list(
        db.session.scalars(
            select(Annotation)
            .join(Image)
            .where(*of_model)
            .order_by(Annotation.id)
            .options(selectinload(Annotation.category))
        )
    )
    return document_of(images, annotations)


def as_file(document: dict[str, Any]) -> Iterator[bytes]:
    """The document as UTF-8 JSON, in pieces of about 64 KiB."""
    pieces: list[str] = []
    size = 0
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(document):
        pieces.append(piece)
        size += len(piece)
        if size >= CHUNK_BYTES:
            yield "".join(pieces).encode()
            pieces, size = [], 0
    yield "".join(pieces).encode()


def filename(model: DetectionModel, split: Split | None = None) -> str:
    """«Ball screw-train-coco.json», without what a file name cannot hold."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", model.name).strip(" .") or "model"
    return "-".join([name, *([split.value] if split else []), "coco.json"])
