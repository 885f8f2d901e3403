"""The labels of a model with their photos, as one zip that is made while it is sent."""

from collections.abc import Iterator

from sqlalchemy import select
from zipstream import ZipStream

from webapp.extensions import db
from webapp.models import DetectionModel, Image, Split
from webapp.services import label_export, storage


def chunks(model: DetectionModel, split: Split | None = None) -> Iterator[bytes]:
    """``annotations.json`` and ``photos/<file name>`` of each labelled photo whose file is there."""
    statement = select(Image).where(Image.model_id == model.id, Image.labelled).order_by(Image.id)
    if split is not None:
        statement = statement.where(Image.split == split)
    archive = ZipStream()
    archive.add(label_export.as_file(label_export.coco_document(model, split)), "annotations.json")
    for image in db.session.scalars(statement):
        path = storage.photo_path(image.sha256, image.file.suffix)
        if path.is_file():
            # Stored as it is: a photo does not get smaller.
            archive.add_path(path, f"photos/{image.filename}")
    return iter(archive)


def filename(model: DetectionModel, split: Split | None = None) -> str:
    """As the JSON file's, ending in zip."""
    return label_export.filename(model, split).removesuffix(".json") + ".zip"
