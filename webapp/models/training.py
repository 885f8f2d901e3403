"""Dataset versions, training runs with losses and evaluations, weights, and which of them were in use."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Double, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.models.accounts import User
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column
from webapp.models.runs import RangeColumn, RunColumns


class DatasetVersion(Model):
    """The photos and labels of a run: a compressed COCO document with its hash. Immutable."""

    __tablename__ = "dataset_version"
    __table_args__ = (UniqueConstraint("model_id", "hash"),)

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    hash: Mapped[str] = mapped_column(String(64))
    document: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    """Photos a split, and ``annotations``."""
    categories: Mapped[list[str]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]


class Weights(Model):
    """A tensors-only weights file under ``DATA_DIR/weights``."""

    __tablename__ = "weights"

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[int | None] = mapped_column(
        ForeignKey("training_run.id", ondelete="SET NULL", use_alter=True), index=True
    )
    filename: Mapped[str] = mapped_column(String(255))
    path: Mapped[str] = mapped_column(String(255))
    """Relative to ``DATA_DIR``."""
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    architecture: Mapped[str] = mapped_column(String(64))
    categories: Mapped[list[str]] = mapped_column(JSONB)
    kind: Mapped[str | None] = mapped_column(String(8))
    """``last`` or ``best`` of its run; None for an uploaded file."""
    iteration: Mapped[int | None]
    """After which iteration of its run; None for an uploaded file."""
    thresholds: Mapped[dict[str, float] | None] = mapped_column(JSONB(none_as_null=True))
    """Advised score threshold of each category, as the file has it; None where it is unknown."""
    created_at: Mapped[CreatedAt]
    run: Mapped["TrainingRun | None"] = relationship(foreign_keys=[run_id], back_populates="weights")

    @property
    def metrics(self) -> dict[str, Any] | None:
        """Those of its run, if these are the weights that were tested: of the last and the best only one is."""
        return self.run.metrics if self.run is not None and self.run.weights[-1].id == self.id else None

    @property
    def ap(self) -> float | None:
        """Mask AP, 0 to 100; None if these weights were not tested."""
        return self.run.ap if self.run is not None and self.metrics is not None else None

    @property
    def document(self) -> dict[str, Any]:
        """What is kept of them where they may be deleted: ``id``, ``run_number``, ``kind``, ``filename``, ``ap``."""
        return {
            "id": self.id,
            "run_number": self.run.number if self.run is not None else None,
            "kind": self.kind,
            "filename": self.filename,
            "ap": self.ap,
        }


class WeightsChangeReason(StrEnum):
    """Why other weights are in use than before."""

    FIRST = "first"
    """None were in use when a training ended, or when its run came back from the trash."""
    CHOSEN = "chosen"
    DELETED = "deleted"
    """Their run, the only one with weights, was deleted: none are in use."""
    UPDATE = "update"
    """An update of the product took those that were used so far, the newest."""


class WeightsInUseChange(Model):
    """One change of ``DetectionModel.weights_in_use_id``; ``before`` and ``after`` are ``Weights.document``."""

    __tablename__ = "weights_in_use_change"

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    reason: Mapped[WeightsChangeReason] = mapped_column(enum_column(WeightsChangeReason))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    user: Mapped[User | None] = relationship()


class TrainingRun(RangeColumn, RunColumns, Model):
    """One training; ``parameters`` as ``webapp.contracts.training_parameters`` names them."""

    __tablename__ = "training_run"
    __table_args__ = (UniqueConstraint("model_id", "number"),)

    number: Mapped[int]
    """Counts from 1 within the model: «run 7»."""
    name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    """Name given by a user; empty by default."""
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    dataset_version_id: Mapped[int] = mapped_column(ForeignKey("dataset_version.id"))
    initial_weights_id: Mapped[int | None] = mapped_column(ForeignKey("weights.id", ondelete="SET NULL"))
    initial_weights: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """``Weights.document`` of these at the start, also when they are gone; None for the default weights."""
    iteration: Mapped[int] = mapped_column(default=0)
    iterations: Mapped[int]
    """Planned; 0 until the time budget has fixed them."""
    eta_seconds: Mapped[float | None]
    best_iteration: Mapped[int | None]
    """Iteration with the lowest loss over the whole validation split so far."""
    checkpoints: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """Checkpoints on disk: ``{"kind": "last" or "best", "iteration": …, "size": bytes}``; empty after the end."""
    attempt: Mapped[int] = mapped_column(default=0)
    """How often the run was claimed; a worker of an earlier attempt can no longer write."""
    resumes: Mapped[int] = mapped_column(default=0)
    """How often it was resumed automatically since its last new checkpoint."""
    test_done: Mapped[int | None]
    test_total: Mapped[int | None]
    """Number of test photos, during the test."""
    metrics: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """As Detectron2's evaluator names them: ``{"bbox": {"AP": …}, "segm": {…, "AP-fig": …}}``."""
    intervals: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """95 % intervals over the test photos: ``bbox`` and ``segm`` as in ``metrics``, and ``detections`` at the
    thresholds of ``conclusion`` (``recall``, ``precision``, ``false_alarms`` a photo); each ``[low, high]``, or null
    where the photos cannot tell. None for runs without a test or older than this column."""
    conclusion: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the run is worth: ``{"code", "params"}`` of ``webapp/training/conclusions.py``."""
    leaks: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Photos of its dataset version that judge and show what a photo for training shows, as known at the start:
    ``LeakCheck.document`` in ``webapp/images/similar/leak_check.py``. None for runs older than this column."""
    device: Mapped[str | None] = mapped_column(String(100))
    notices: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """Codes of ``NOTICES`` in ``webapp/runs/errors.py``, such as a fallback to the CPU architecture."""
    left_out_images: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    """Photos of the dataset version that could not be used: ``{"filename", "split", "reason"}``, the reason a document
    of ``webapp.images.faults``."""
    deleted_at: Mapped[Timestamp | None]
    """Since when it is in the trash (``webapp/training/record/trash.py``)."""
    dataset_version: Mapped[DatasetVersion] = relationship()
    weights: Mapped[list[Weights]] = relationship(
        foreign_keys=[Weights.run_id], order_by=Weights.id, passive_deletes=True, back_populates="run"
    )
    """What it saved; the last ones are those that were tested."""

    @property
    def ap(self) -> float | None:
        """Mask AP on the test photos, 0 to 100."""
        return ((self.metrics or {}).get("segm") or {}).get("AP")


class RunLoss(Model):
    """The losses of one iteration."""

    __tablename__ = "run_loss"

    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id", ondelete="CASCADE"), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True)
    """From 1."""
    training_loss: Mapped[float | None]
    """None if it was not finite."""
    validation_loss: Mapped[float | None]
    """Of one photo, in turn."""
    full_validation_loss: Mapped[float | None]
    """The mean over all validation photos, at the validation period."""
    validation_ap: Mapped[float | None]
    """Mask AP on validation photos, 0 to 100, at the validation period."""
    learning_rate: Mapped[float]
    seconds: Mapped[float]
    device_memory: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes: peak of the GPU, or resident memory of the process."""
    parts: Mapped[dict[str, float]] = mapped_column(JSONB, default=dict)
    """Parts of the training loss by Detectron2's names: ``loss_cls``, ``loss_mask``, …"""


class RunEvaluation(Model):
    """Test result of a run. Runs without test photos, or older than this table, have none."""

    __tablename__ = "run_evaluation"

    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id", ondelete="CASCADE"), primary_key=True)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """``iou``: share of overlap from which a mask counts; ``photos``, ``objects``: how many;
    ``best``: ``{"threshold", "f1"}`` overall; ``suppression``: ``{"mask_iou", "across_categories"}`` with which the
    detections were made, null where it was off, absent in tests that are older than it;
    ``categories``: for each ``{"name", "objects", "bbox": {"AP", "AP50", "AP75"}, "segm", "precision", "best"}``,
    ``precision`` with 101 values at the recalls 0.00 to 1.00, null without objects;
    ``counts[t][c]``: ``[right, false, missed]`` at the threshold t / 100 for category c;
    ``mistaken[t]``: ``[category of the object, category it was taken for, how many]`` for each pair there is;
    ``intervals``: ``recall``, ``precision`` and ``false_alarms`` (a photo) with ``[t][0]`` overall and ``[t][c + 1]``
    of category c, each ``[low, high]`` or null; absent in tests from before it."""
    test_hash: Mapped[str | None] = mapped_column(String(64))
    """Equal for tests of the same photos with the same labels; None for tests from before this column."""
    resamples: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    """``webapp.contracts.intervals.pack`` of the figures of which differences are told."""
    created_at: Mapped[CreatedAt]


class EvaluatedImage(Model):
    """One photo of the test."""

    __tablename__ = "evaluated_photo"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("run_evaluation.run_id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    """The dataset version of the run keeps the file."""
    width: Mapped[int]
    height: Mapped[int]
    found_scores: Mapped[list[float]] = mapped_column(ARRAY(Double))
    """For each labelled object the score of the detection that found it; -1 if none did."""
    false_scores: Mapped[list[float]] = mapped_column(ARRAY(Double))
    """Scores of false detections."""
    shapes: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    """Compressed JSON, see ``webapp.training.evaluations.EvaluatedShapes``."""
