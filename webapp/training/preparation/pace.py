"""How fast this machine trains a model, measured by its last runs: what a time budget comes to."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import select

from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.extensions import db
from webapp.models import DetectionModel, RunLoss, TrainingRun
from webapp.training import readiness
from webapp.training.readiness import Split

MEASURED = 50
"""Newest iterations of a run; the first ones of a run are slower."""
RUNS = 5
DECIDE_THE_PACE = ("architecture", "image_size", "batch_size")
"""Parameters in which a run of another model must agree to tell how fast this one will be."""
SEEN_AT_LEAST = 12
"""How often Detectron2's shortest schedule (1x: 90,000 iterations of 16 photos) sees each photo of COCO (118,000)."""


@dataclass(frozen=True)
class Pace:
    """What a time comes to."""

    iterations: int
    seen: int
    """How often each training photo is seen."""

    @property
    def is_short(self) -> bool:
        """Whether the photos are too many for this time."""
        return self.seen < SEEN_AT_LEAST


def seconds_per_iteration(model: DetectionModel, parameters: TrainingParameters) -> float | None:
    """The median of the newest run that made iterations: of this model, else of another one whose iterations cost
    as much; None where there is none.
    """
    alike = [
        TrainingRun.parameters[name].astext == str(getattr(parameters, name)) for name in DECIDE_THE_PACE
    ]
    return _of_newest_run(TrainingRun.model_id == model.id) or _of_newest_run(*alike)


def _of_newest_run(*conditions: Any) -> float | None:
    newest = select(TrainingRun.id).where(TrainingRun.iteration > 1, *conditions)
    for run_id in db.session.scalars(newest.order_by(TrainingRun.id.desc()).limit(RUNS)):
        seconds = select(RunLoss.seconds).where(RunLoss.run_id == run_id, RunLoss.iteration > 1)
        found = list(db.session.scalars(seconds.order_by(RunLoss.iteration.desc()).limit(MEASURED)))
        if found:
            return float(median(found))
    return None


def of_minutes(model: DetectionModel, minutes: list[int], parameters: TrainingParameters) -> dict[int, Pace]:
    """By minutes; empty without a measurement or without photos."""
    seconds = seconds_per_iteration(model, parameters)
    photos = next(ready.labelled for ready in readiness.of_model(model) if ready.split == Split.TRAIN)
    if not seconds or not photos:
        return {}
    iterations = {each: max(1, round(60 * each / seconds)) for each in minutes}
    return {
        each: Pace(count, max(1, round(count * parameters.batch_size / photos)))
        for each, count in iterations.items()
    }
