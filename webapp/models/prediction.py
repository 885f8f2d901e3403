"""Detections: of prediction runs with their photos, and of the folds of cross-validations. Verdict rules."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.formats.masks.segmentation import Box, Polygons, Rle
from webapp.models.columns import PrimaryKey, Timestamp, enum_column
from webapp.models.images import ImageFile
from webapp.models.runs import RangeColumn, RunColumns
from webapp.models.training import Weights


class ImageState(StrEnum):
    """Of one photo in a prediction run."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class PredictionRun(RangeColumn, RunColumns, Model):
    """Weights run over photos; ``parameters`` as ``webapp.contracts.prediction_parameters`` names them."""

    __tablename__ = "prediction_run"
    __table_args__ = (UniqueConstraint("model_id", "number"),)

    number: Mapped[int]
    weights_id: Mapped[int] = mapped_column(ForeignKey("weights.id"))
    resumes: Mapped[int] = mapped_column(default=0)
    """How often the run lost its process since the last finished photo."""
    done: Mapped[int] = mapped_column(default=0)
    """Number of finished photos, including failed ones."""
    total: Mapped[int]
    device: Mapped[str | None] = mapped_column(String(100))
    weights: Mapped[Weights] = relationship()


class PredictedImage(Model):
    """One photo of a prediction run. ``sha256`` is empty where the upload could not be read."""

    __tablename__ = "predicted_photo"
    __table_args__ = (
        Index("ix_predicted_photo_run", "run_id", "id"),
        Index("ix_predicted_photo_state", "run_id", "state", "id"),
    )

    id: Mapped[PrimaryKey]
    run_id: Mapped[int] = mapped_column(ForeignKey("prediction_run.id", ondelete="CASCADE"))
    filename: Mapped[str] = mapped_column(String(255))
    folder: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The folders it was sent with, parted by slashes; empty where none were told."""
    sha256: Mapped[str | None] = mapped_column(ForeignKey("image_file.sha256"), index=True)
    state: Mapped[ImageState] = mapped_column(enum_column(ImageState), default=ImageState.WAITING)
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """``{"code": …, "params": {…}}`` of ``webapp.images.faults``."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a worker started it: a photo whose process dies twice is marked as failed."""
    finished_at: Mapped[Timestamp | None]
    file: Mapped[ImageFile | None] = relationship(lazy="joined")
    run: Mapped[PredictionRun] = relationship()
    detections: Mapped[list["Detection"]] = relationship(
        order_by="Detection.score.desc()", passive_deletes=True, back_populates="photo"
    )

    @property
    def path(self) -> str:
        """Folders and name, which tells it from another one of that name."""
        return f"{self.folder}/{self.filename}" if self.folder else self.filename


class FoundColumns:
    """One object that weights found: ``webapp.formats.found_object.FoundObject`` as a row."""

    category: Mapped[str] = mapped_column(String(100))
    score: Mapped[float]
    bbox: Mapped[Box] = mapped_column(JSONB)
    """``[x, y, width, height]`` in pixels."""
    segmentation: Mapped[Rle] = mapped_column(JSONB)
    """COCO RLE with compressed counts."""
    area: Mapped[float]
    length: Mapped[float]
    """Long side of the smallest rotated rectangle around the mask; pixels."""
    width: Mapped[float]
    """Its short side."""
    outlines: Mapped[Polygons | None] = mapped_column(JSONB)
    """Of the mask, ``[x1, y1, x2, y2, …]`` each, holes among them; None before they were kept."""


class Detection(FoundColumns, Model):
    """One object that was found on a photo of a prediction run."""

    __tablename__ = "detection"

    id: Mapped[PrimaryKey]
    photo_id: Mapped[int] = mapped_column(ForeignKey("predicted_photo.id", ondelete="CASCADE"), index=True)
    photo: Mapped[PredictedImage] = relationship(back_populates="detections")


class TrainingFold(Model):
    """One fold of a cross-validation: its photos judge weights that were trained on all the others.

    The rows of a run are written at its start, and filled one after the other as the folds end.
    """

    __tablename__ = "training_fold"

    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1."""
    metrics: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """As ``TrainingRun.metrics``; None until it has ended, and where none of its photos could be used."""
    objects: Mapped[int | None]
    """Labelled objects on its photos that were looked at."""
    finished_at: Mapped[Timestamp | None]
    """None: not judged yet."""


class OutOfFoldImage(Model):
    """A photo of a cross-validation, and the fold in which it judges.

    It is known by its content, which is unique within a model: the photo may be deleted and come back meanwhile.
    """

    __tablename__ = "out_of_fold_photo"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "fold"], ["training_fold.run_id", "training_fold.number"], ondelete="CASCADE"
        ),
        UniqueConstraint("run_id", "sha256"),
        Index("ix_out_of_fold_photo_fold", "run_id", "fold"),
    )

    id: Mapped[PrimaryKey]
    run_id: Mapped[int]
    fold: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    """The dataset version of the run keeps the file."""
    judged: Mapped[bool] = mapped_column(default=False)
    """Whether weights that were not trained on it have looked at it; False for one that could not be used."""
    detections: Mapped[list["OutOfFoldDetection"]] = relationship(
        order_by="OutOfFoldDetection.score.desc()", passive_deletes=True, back_populates="photo"
    )


class OutOfFoldDetection(FoundColumns, Model):
    """One object that weights found on a photo they were not trained on."""

    __tablename__ = "out_of_fold_detection"

    id: Mapped[PrimaryKey]
    photo_id: Mapped[int] = mapped_column(ForeignKey("out_of_fold_photo.id", ondelete="CASCADE"), index=True)
    photo: Mapped[OutOfFoldImage] = relationship(back_populates="detections")


class Measure(StrEnum):
    """What a rule limits: the number of detections of a photo (``count``), or a property of each."""

    COUNT = "count"
    SCORE = "score"
    AREA = "area"
    """Square pixels."""
    LENGTH = "length"
    """Pixels, the long side of the smallest rectangle around the mask."""
    WIDTH = "width"
    """Its short side."""


class Comparison(StrEnum):
    """On which side of the limit a photo is NG; a value that equals the limit is OK."""

    ABOVE = "above"
    BELOW = "below"


class VerdictRule(Model):
    """A photo is NG where the measure of this category is beyond the limit."""

    __tablename__ = "verdict_rule"

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    category: Mapped[str | None] = mapped_column(String(100))
    """None: all categories."""
    measure: Mapped[Measure] = mapped_column(enum_column(Measure))
    comparison: Mapped[Comparison] = mapped_column(enum_column(Comparison))
    limit: Mapped[float]
