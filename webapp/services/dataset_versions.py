"""Freezes what a run trains on: photos, labels and a hash."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.errors import UserError
from webapp.extensions import db
from webapp.formats.coco_export import (
    ExportImage,
    ExportShape,
    coco_document,
    compress_document,
    dataset_hash,
)
from webapp.models import Annotation, DatasetVersion, DetectionModel, Image, Split
from webapp.services import storage


def labelled_images(model: DetectionModel) -> list[Image]:
    """The photos a dataset version holds, in order of their id."""
    return list(
        db.session.scalars(select(Image).where(Image.model_id == model.id, Image.labelled).order_by(Image.id))
    )


def freeze(model: DetectionModel, allow_empty: set[Split]) -> DatasetVersion:
    """The version of the labels as they stand; the same labels give the same version.

    Raises UserError with one entry of ``details["faults"]`` for each reason: no labels, no training photos,
    an empty validation or test split that ``allow_empty`` does not name, a photo's file missing.
    """
    images = labelled_images(model)
    annotations = list(
        db.session.scalars(
            select(Annotation)
            .join(Image)
            .where(Image.model_id == model.id, Image.labelled)
            .order_by(Annotation.id)
            .options(selectinload(Annotation.category))
        )
    )
    _refuse_untrainable(images, annotations, allow_empty)
    document = document_of(images, annotations)
    digest = dataset_hash(document)
    version = db.session.scalar(
        select(DatasetVersion).where(DatasetVersion.model_id == model.id, DatasetVersion.hash == digest)
    )
    if version is None:
        version = DatasetVersion(
            model_id=model.id,
            hash=digest,
            document=compress_document(document),
            counts={split.value: sum(i.split == split for i in images) for split in Split}
            | {"annotations": len(annotations)},
            categories=[category["name"] for category in document["categories"]],
        )
        db.session.add(version)
        db.session.flush()
    return version


def document_of(images: list[Image], annotations: list[Annotation]) -> dict[str, Any]:
    """The COCO document of these photos and labels; categories that no label uses are left out."""
    used = {annotation.category.id: annotation.category for annotation in annotations}
    categories = sorted(used.values(), key=lambda category: (category.position, category.id))
    return coco_document(
        [
            ExportImage(
                key=image.id,
                file_name=image.filename,
                width=image.width,
                height=image.height,
                sha256=image.sha256,
                split=image.split.value,
                no_object=image.no_object,
            )
            for image in images
        ],
        [
            ExportShape(
                image_key=annotation.image_id,
                category=annotation.category.name,
                segmentation=annotation.segmentation,
                bbox=annotation.bbox,
                area=annotation.area,
                iscrowd=annotation.iscrowd,
                is_box=annotation.is_box,
            )
            for annotation in annotations
        ],
        [category.name for category in categories],
    )


def _refuse_untrainable(images: list[Image], annotations: list[Annotation], allow_empty: set[Split]) -> None:
    faults: list[tuple[str, str]] = []
    counts = {split: sum(image.split == split for image in images) for split in Split}
    trained = {image.id for image in images if image.split == Split.TRAIN}
    if not annotations:
        faults.append(("no_labels", _("No photo of this model has labels: label some photos first.")))
    elif not any(annotation.image_id in trained and not annotation.iscrowd for annotation in annotations):
        faults.append(
            ("train_empty", _("No photo in train has labels: label some photos for training first."))
        )
    if counts[Split.VALIDATION] == 0 and Split.VALIDATION not in allow_empty:
        faults.append(
            (
                "validation_empty",
                _("No labelled photo is kept for validation: add some, or choose to train without."),
            )
        )
    if counts[Split.TEST] == 0 and Split.TEST not in allow_empty:
        faults.append(
            ("test_empty", _("No labelled photo is kept for the test: add some, or choose to train without."))
        )
    missing = [
        image.filename
        for image in images
        if not storage.photo_path(image.sha256, image.file.suffix).is_file()
    ]
    if missing:
        faults.append(
            (
                "photo_missing",
                _(
                    "The file of %(filename)s is missing on the server: delete the photo or add it again.",
                    filename=missing[0],
                ),
            )
        )
    if faults:
        raise UserError(
            " ".join(sentence for _code, sentence in faults),
            code=faults[0][0],
            field="dataset",
            faults=[{"code": code, "detail": sentence} for code, sentence in faults],
        )
