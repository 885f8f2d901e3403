"""Freezes photos and labels for a training run: a COCO document with its hash."""

from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.exchange.exports.label_reader import AnnotatedImage, snapshot
from webapp.formats.coco.document import FrozenDocument
from webapp.formats.coco.writer import CocoStream
from webapp.images import stored_files
from webapp.models import DatasetVersion, DetectionModel, Split


@dataclass
class _Contents:
    """Counts of the frozen document, from which it is decided whether it can be trained on."""

    counts: dict[Split, int] = field(default_factory=lambda: dict.fromkeys(Split, 0))
    annotations: int = 0
    has_training_shape: bool = False
    has_shape: bool = False
    """In any split; a crowd is none."""
    missing: str | None = None
    """The first photo whose file is missing."""

    def add(self, photo: AnnotatedImage) -> None:
        split = Split(photo.image.split)
        self.counts[split] += 1
        self.annotations += len(photo.shapes)
        if not self.has_training_shape and any(not shape.iscrowd for shape in photo.shapes):
            self.has_shape = True
            self.has_training_shape = split == Split.TRAIN
        if self.missing is None and not storage.image_path(photo.image.sha256, photo.suffix).is_file():
            self.missing = photo.image.file_name


def freeze(model: DetectionModel, allow_empty: set[Split], in_folds: bool = False) -> DatasetVersion:
    """The dataset version of the committed labels; equal labels give the same version.

    ``in_folds``: it is for a cross-validation, for which splits do not matter. Raises UserError with one entry of
    ``details["faults"]`` for each reason: no labels, no training photos, an empty validation or test split that
    ``allow_empty`` does not name, a photo's file missing.
    """
    stored_files.keep_files_of_this_transaction()
    contents = _Contents()
    document = FrozenDocument()
    # Photo by photo, with the same bytes as an export: only the compressed document is in memory.
    with snapshot(model.id) as labels:
        categories = labels.categories
        stream = CocoStream(document, categories)
        for photo in labels.photos:
            stream.add(photo.image, photo.shapes)
            contents.add(photo)
        stream.finish()
    _refuse_untrainable(contents, set(Split) if in_folds else allow_empty, in_folds)
    digest, packed = document.close()
    version = db.session.scalar(
        select(DatasetVersion).where(DatasetVersion.model_id == model.id, DatasetVersion.hash == digest)
    )
    if version is None:
        version = DatasetVersion(
            model_id=model.id,
            hash=digest,
            document=packed,
            counts={split.value: count for split, count in contents.counts.items()}
            | {"annotations": contents.annotations},
            categories=categories,
        )
        db.session.add(version)
        db.session.flush()
    return version


def _refuse_untrainable(contents: _Contents, allow_empty: set[Split], in_folds: bool) -> None:
    faults: list[tuple[str, str]] = []
    if not contents.annotations:
        faults.append(("no_labels", _("No photo of this model has labels: label some photos first.")))
    elif not (contents.has_shape if in_folds else contents.has_training_shape):
        faults.append(
            ("train_empty", _("No photo in train has labels: label some photos for training first."))
        )
    if contents.counts[Split.VALIDATION] == 0 and Split.VALIDATION not in allow_empty:
        faults.append(
            (
                "validation_empty",
                _("No labelled photo is kept for validation: add some, or choose to train without."),
            )
        )
    if contents.counts[Split.TEST] == 0 and Split.TEST not in allow_empty:
        faults.append(
            ("test_empty", _("No labelled photo is kept for the test: add some, or choose to train without."))
        )
    if contents.missing is not None:
        faults.append(
            (
                "photo_missing",
                _(
                    "The file of %(filename)s is missing on the server: delete the photo or add it again.",
                    filename=contents.missing,
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
