"""What the test of a training run found: figures for every threshold, and each photo."""

from typing import Any

from sqlalchemy import ARRAY, Double, ForeignKey, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt


class RunEvaluation(Model):
    """The test of a run. Runs of before this table was made, and those without test photos, have none."""

    __tablename__ = "run_evaluation"

    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id", ondelete="CASCADE"), primary_key=True)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """``iou``: share of overlap from which a mask counts; ``photos``, ``objects``: how many;
    ``best``: ``{"threshold", "f1"}`` overall;
    ``categories``: for each ``{"name", "objects", "bbox": {"AP", "AP50", "AP75"}, "segm", "precision", "best"}``,
    ``precision`` with 101 values at the recalls 0.00 to 1.00, null without objects;
    ``counts[t][c]``: ``[right, false, missed]`` at the threshold t / 100 for category c;
    ``mistaken[t]``: ``[category of the object, category it was taken for, how many]`` for each pair there is."""
    created_at: Mapped[CreatedAt]


class EvaluatedPhoto(Model):
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
    """For each labelled object the score it was found with; -1 where it was not found at all."""
    false_scores: Mapped[list[float]] = mapped_column(ARRAY(Double))
    """The scores of detections that found nothing."""
    shapes: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    """Compressed JSON, see ``webapp.training.evaluations.PhotoShapes``."""
