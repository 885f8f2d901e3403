"""The list of a model's weights, for the forms of training and prediction."""

from dataclasses import dataclass

from sqlalchemy import select

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, TrainingRun, Weights
from webapp.projects import detection_models
from webapp.training.weights import files as weights_files


@dataclass(frozen=True)
class WeightsChoice:
    """Weights with their run; ``ready`` is False if the file is missing."""

    weights: Weights
    run: TrainingRun | None
    ready: bool

    @property
    def ap(self) -> float | None:
        """Mask AP of that run, 0 to 100."""
        return detection_models.ap_of(self.run) if self.run else None


def weights_choices(model: DetectionModel) -> list[WeightsChoice]:
    """Newest first."""
    rows = weights_files.list_weights(model)
    run_ids = [row.run_id for row in rows]
    runs = {run.id: run for run in db.session.scalars(select(TrainingRun).where(TrainingRun.id.in_(run_ids)))}
    return [WeightsChoice(row, runs.get(row.run_id) if row.run_id else None, _is_there(row)) for row in rows]


def _is_there(row: Weights) -> bool:
    try:
        weights_files.file_of(row)
    except UserError:
        return False
    return True
